"""Sections on places: the units by CX, EX and BX, and what moves where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bxtext.figures import find_moved_units, plot_brand, plot_lights, plot_quadrant, plot_trend, rank_units
from bxtext.report.content import Block, Cell, Section, Text, frame_chart, make_grid
from bxtext.report.evidence import each_row, established, find_moves, name_members, name_place
from bxtext.report.summary import name_some, place_units
from bxtext.tables import ALL, LIGHTS, QUADRANTS
from bxtext.wording import NONE

if TYPE_CHECKING:
    from bxtext.report.content import Grid
    from bxtext.report.evidence import Evidence

SAME_RANKING = "one_brand_ranking"  # the claim that the formulas rank the units alike
MAX_TRENDS = 3  # falls drawn month by month
MAX_MOVES = 30  # moves listed
MOST_OPEN = 20  # units in a table that stands open
LIGHT_NAMES = ("people", "product", "process")
MARKS = {"green": "●", "amber": "◆", "red": "▲"}


def brand_section(evidence: Evidence) -> Section:
    """Return BX by unit, by three formulas."""
    wording, brand = evidence.wording, evidence.tables["brand"]
    title = wording.text("section.brand")
    intro = Text(wording.text("brand.intro", h=evidence.params.brand.human_interaction))
    ranked = rank_units(brand)
    whole = brand[(brand["unit"] == ALL) & (brand["period"] == ALL) & brand["bx"].notna()]
    takeaway = wording.text("brand.none")
    if len(whole):
        total = whole.iloc[0]
        interval = wording.interval(total["ci_low"], total["ci_high"])
        takeaway = wording.text("brand.takeaway", bx=total["bx"], interval=interval, cx=total["cx"], ex=total["ex"])
    if ranked.empty:
        return Section("brand", title, takeaway, (intro, *_missing_units(evidence)))
    best, worst = ranked.iloc[0], ranked.iloc[-1]
    said = wording.text(
        "brand.takeaway_units", best=best["unit"], best_score=best["bx"], worst=worst["unit"], worst_score=worst["bx"]
    )
    blocks: list[Block] = [
        intro,
        frame_chart(plot_brand(brand, wording=wording, max_units=evidence.max_units), said),
        *_formulas(evidence, ranked),
        _unit_grid(evidence, ranked),
        *_missing_units(evidence),
    ]
    return Section("brand", title, takeaway, tuple(blocks))


def _formulas(evidence: Evidence, ranked: pd.DataFrame) -> list[Block]:
    """Say whether sum, geometric mean and weakest link rank the units alike: the claim's own verdict."""
    claims = evidence.tables["claims"].set_index("claim")
    claim = claims.loc[SAME_RANKING] if SAME_RANKING in claims.index else None
    if claim is None or pd.isna(claim["effect"]):
        return []
    key = "brand.formulas_agree" if claim["verdict"] == "supported" else "brand.formulas_differ"
    wording = evidence.wording
    columns = [wording.text(f"column.{name}") for name in ("unit", "bx", "geometric", "weakest")]
    rows = [
        [row.unit, *(wording.number(value, ".0f") for value in (row.bx, row.bx_geometric, row.bx_weakest))]
        for row in each_row(ranked)
    ]
    return [
        Text(wording.text(key, tau=float(claim["effect"])), "note"),
        make_grid(wording.text("brand.formulas"), columns, rows),
    ]


def _missing_units(evidence: Evidence) -> list[Block]:
    wording, brand = evidence.wording, evidence.tables["brand"]
    lost = brand[(brand["period"] == ALL) & (brand["unit"] != ALL) & brand["bx"].isna()]
    if lost.empty:
        return []
    named = [
        wording.text("brand.missing_unit", unit=row.unit, reason=wording.reason(str(row.reason)))
        if isinstance(row.reason, str)
        else row.unit
        for row in each_row(lost)
    ]
    return [Text(wording.text("brand.missing", list=name_some(evidence, named)), "note")]


def _unit_grid(evidence: Evidence, ranked: pd.DataFrame) -> Grid:
    wording = evidence.wording
    rows = [
        [
            row.unit,
            wording.number(row.bx, ".0f"),
            wording.interval(row.ci_low, row.ci_high),
            wording.number(row.cx, ".0f"),
            wording.interval(row.cx_low, row.cx_high),
            wording.number(row.ex, ".0f"),
            wording.interval(row.ex_low, row.ex_high),
            wording.number(row.n_customers),
            wording.number(row.n_employees),
        ]
        for row in each_row(ranked)
    ]
    names = ("unit", "bx", "interval", "cx", "interval", "ex", "interval", "customers", "employees")
    return make_grid(wording.text("brand.all"), [wording.text(f"column.{name}") for name in names], rows)


def lights_section(evidence: Evidence) -> Section:
    """Return people, product and process of each unit: the weakest of the three is the verdict."""
    wording, lights = evidence.wording, evidence.tables["lights"]
    title, line = wording.text("section.lights"), evidence.params.brand.high_score
    units = lights[(lights["period"] == ALL) & (lights["unit"] != ALL) & (lights["voice"] == "both")]
    if units.empty:
        return Section("lights", title, wording.text("lights.none"))
    colours = units.pivot_table(index="unit", columns="light", values="colour", aggfunc="first")
    red = {light: int((colours[light] == "red").sum()) for light in sorted(colours.columns)}
    worst = max(red, key=lambda light: red[light])
    key = "lights.takeaway" if red[worst] else "lights.takeaway_none"
    takeaway = wording.text(key, light=wording.text(f"figure.lights.{worst}"), n=red[worst], units=len(colours))
    scores = units.set_index(["unit", "light"])["score"]

    def cell(unit: str, light: str) -> Cell:
        colour = colours[light].get(unit) if light in colours else None
        if not isinstance(colour, str):
            return Cell(NONE)
        said = f"{MARKS[colour]} {wording.text(f'light.{colour}')} {wording.number(scores[unit, light], '.0f')}"
        return Cell(said, tone=colour)

    chart = plot_lights(lights, wording=wording, high_score=line, max_units=evidence.max_units)
    weakest = colours.reindex(columns=LIGHT_NAMES).dropna().apply(lambda own: max(own, key=LIGHTS.index), axis=1)

    def verdict(unit: str) -> Cell:
        colour = weakest.get(unit)
        return Cell(f"{MARKS[colour]} {wording.text(f'light.{colour}')}", tone=colour) if colour else Cell(NONE)

    ranked = pd.DataFrame(
        {"red": (colours == "red").sum(axis=1), "heard": units.groupby("unit")["n_respondents"].max()}
    )
    rows: list[list[str | Cell]] = [
        [unit, *(cell(unit, light) for light in LIGHT_NAMES), verdict(unit)]
        for unit in ranked.sort_index(key=lambda names: names.str.casefold())
        .sort_values(["red", "heard"], ascending=False, kind="stable")
        .index
    ]
    names = ("unit", "people_light", "product_light", "process_light", "verdict")
    columns = [wording.text(f"column.{name}") for name in names]
    blocks: list[Block] = [
        Text(wording.text("brand.lights_help") + wording.text("lights.verdict"), "note"),
        frame_chart(chart, takeaway),
        make_grid(wording.text("lights.all"), columns, rows, text=5, folded=len(rows) > MOST_OPEN),
    ]
    if opposite := _name_opposite(evidence, lights):
        blocks.insert(1, Text(wording.text("lights.opposite", list=opposite)))
    return Section("lights", title, takeaway, tuple(blocks))


def _name_opposite(evidence: Evidence, lights: pd.DataFrame) -> str:
    """Name the units and lights that one voice shows green and the other red."""
    wording = evidence.wording
    units = lights[(lights["period"] == ALL) & (lights["unit"] != ALL)]
    sides = units.pivot_table(index=["unit", "light"], columns="voice", values="colour", aggfunc="first")
    sides = sides.reindex(columns=["customer", "employee"]).dropna()
    told = sides[(sides["customer"] != sides["employee"]) & sides.isin({"green", "red"}).all(axis=1)]
    return wording.join(
        [
            wording.text(
                "lights.opposite_unit",
                unit=row.unit,
                light=wording.text(f"figure.lights.{row.light}").lower(),
                cx=wording.text(f"light.{row.customer}"),
                ex=wording.text(f"light.{row.employee}"),
            )
            for row in each_row(told.reset_index())
        ]
    )


def quadrant_section(evidence: Evidence) -> Section:
    """Return where the two voices put each unit, and which units have moved."""
    wording, brand, movements = evidence.wording, evidence.tables["brand"], evidence.tables["movements"]
    title, line = wording.text("section.quadrant"), evidence.params.brand.high_score
    ranked = rank_units(brand)
    if ranked.empty:
        return Section("quadrant", title, wording.text("brand.none"))
    placed = place_units(evidence, ranked)
    takeaway = f"{placed['settled']}{placed['open']}".strip()
    chart = plot_quadrant(
        brand, wording=wording, high_score=line, max_units=evidence.max_units, movements=movements
    )  # fmt: skip
    blocks: list[Block] = [Text(wording.text("quadrant_help.text"), "note"), frame_chart(chart, takeaway)]
    settled = ranked[ranked["quadrant"].isin(QUADRANTS)]
    if len(settled):
        rows = [
            [wording.text(f"quadrant.{name}"), wording.join(own["unit"].tolist())]
            for name in QUADRANTS
            if len(own := settled[settled["quadrant"] == name])
        ]
        columns = [wording.text(f"column.{name}") for name in ("quadrant", "units")]
        blocks.append(make_grid(wording.text("quadrant_help.settled"), columns, rows, text=2, folded=False))
    blocks += _movement_blocks(evidence, movements)
    return Section("quadrant", title, takeaway, tuple(blocks))


def _movement_blocks(evidence: Evidence, movements: pd.DataFrame) -> list[Block]:
    """Return the units whose BX surely changed from the first half of the time to the second."""
    wording = evidence.wording
    n_told = int((movements["bx_change"].notna() & (movements["unit"] != ALL)).sum())
    heading = Text(wording.text("movement.title"), "heading")
    if not n_told:
        return [heading, Text(wording.text("movement.no_data"))]
    sure = find_moved_units(movements)
    if sure.empty:
        return [heading, Text(wording.text("movement.none", n=n_told))]
    falls = sure[sure["bx_change"] < 0]
    said = wording.text("movement.takeaway", n=n_told, falls=len(falls), rises=len(sure) - len(falls))
    rows = [
        [
            row.unit,
            wording.text(f"quadrant.{row.quadrant_before}") if isinstance(row.quadrant_before, str) else NONE,
            wording.text(f"quadrant.{row.quadrant_now}") if isinstance(row.quadrant_now, str) else NONE,
            wording.number(row.bx_before, ".0f"),
            wording.number(row.bx_now, ".0f"),
            wording.number(row.bx_change, "+.0f"),
            wording.interval(row.bx_change_low, row.bx_change_high, "+.0f"),
        ]
        for row in each_row(sure)
    ]
    names = ("unit", "quadrant_before", "quadrant_now", "bx_before", "bx_now", "change", "interval")
    columns = [wording.text(f"column.{name}") for name in names]
    return [heading, Text(said), make_grid(wording.text("movement.all"), columns, rows, text=3, folded=False)]


def moves_section(evidence: Evidence) -> Section:
    """Return what changed since the last run, and the drivers that fell or rose within the time, and where."""
    wording, tables = evidence.wording, evidence.tables
    title, intro = wording.text("section.moves"), Text(wording.text("moves.intro", split=evidence.split), "note")
    since = _since_blocks(evidence)
    moves = find_moves(tables["driver_scores"])
    if moves.empty:
        return Section("moves", title, wording.text("moves.no_data"), (intro, *since))
    found = established(moves)
    if found.empty:
        return Section("moves", title, wording.text("moves.none", n=len(moves)), (intro, *since))
    falls = found[found["change"] < 0]
    takeaway = wording.text("moves.takeaway", falls=len(falls), rises=len(found) - len(falls), n=len(moves))
    blocks: list[Block] = [intro]
    # one chart a driver: a fall at a unit is a fall in its region too
    drawn = falls[falls["cut"] != ALL].drop_duplicates(["voice", "driver_id"]).head(MAX_TRENDS)
    for fall in each_row(drawn):
        chart = plot_trend(
            tables["driver_scores"],
            tables["drivers"],
            voice=fall.voice,
            driver_id=fall.driver_id,
            cut=fall.cut,
            group=fall.group,
            wording=wording,
            halves=(fall.before, fall.now),
        )
        said = wording.text(
            "moves.fall",
            driver=evidence.driver(fall.driver_id),
            where=name_members(evidence, fall.cut, fall.group),
            before=fall.before,
            now=fall.now,
            split=evidence.split,
        )
        blocks.append(frame_chart(chart, said))
    blocks += [_move_grid(evidence, found.head(MAX_MOVES)), *since]
    return Section("moves", title, takeaway, tuple(blocks))


def _since_blocks(evidence: Evidence) -> list[Block]:
    """Return what changed since the last good run, and what may explain it."""
    wording, earlier = evidence.wording, evidence.earlier
    heading = Text(wording.text("since.title"), "heading")
    if earlier is None:
        every = wording.text(f"since.every.{evidence.params.run.every}")
        return [heading, Text(wording.text("since.first", every=every))]
    changed = [wording.text(f"since.why.{name}") for name in earlier.causes]
    why = wording.text("since.why.some", list=wording.join(changed)) if changed else wording.text("since.why.nothing")
    found = earlier.changed_scores
    said = wording.text("since.takeaway", n=len(found), compared=len(earlier.scores), day=earlier.day)
    blocks: list[Block] = [heading, Text(f"{said} {why}")]
    if len(found):
        rows = [
            [
                evidence.labels.get(row.driver_id, row.driver_id),
                wording.text(f"voice.{row.voice}"),
                *(wording.number(value, ".0f") for value in (row.before, row.now)),
                wording.number(row.change, "+.0f"),
            ]
            for row in each_row(found)
        ]
        names = ("driver", "voice", "last_report", "this_report", "change")
        columns = [wording.text(f"column.{name}") for name in names]
        blocks.append(make_grid(wording.text("since.all"), columns, rows, text=2, folded=False))
    return blocks


def _move_grid(evidence: Evidence, found: pd.DataFrame) -> Grid:
    wording = evidence.wording
    rows = [
        [
            evidence.labels.get(row.driver_id, row.driver_id),
            wording.text(f"voice.{row.voice}"),
            name_place(evidence, row.cut, row.group),
            wording.number(row.before, ".0f"),
            wording.number(row.now, ".0f"),
            wording.number(row.change, "+.0f"),
        ]
        for row in each_row(found)
    ]
    columns = [wording.text(f"column.{name}") for name in ("driver", "voice", "where", "before", "now", "change")]
    return make_grid(wording.text("moves.all"), columns, rows, text=3, folded=False)
