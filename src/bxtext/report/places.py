"""Sections on places: the units by CX, EX and BX, and what moves where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bxtext.figures import plot_brand, plot_quadrant, plot_trend, rank_units
from bxtext.report.content import Block, Cell, Section, Text, frame_chart, make_grid
from bxtext.report.evidence import each_row, established, find_moves
from bxtext.report.summary import name_place
from bxtext.tables import ALL, QUADRANTS, UNDECIDED
from bxtext.wording import NONE

if TYPE_CHECKING:
    from bxtext.report.content import Grid
    from bxtext.report.evidence import Evidence

SAME_RANKING = "one_brand_ranking"  # the claim that the formulas rank the units alike
MAX_TRENDS = 3  # falls drawn month by month
MAX_MOVES = 30  # moves listed
MARKS = {"green": "●", "amber": "◆", "red": "▲"}


def brand_section(evidence: Evidence) -> Section:
    """Return BX by unit, the lights and the quadrant."""
    wording, brand, brand_params = evidence.wording, evidence.tables["brand"], evidence.params.brand
    title = wording.text("section.brand")
    intro = Text(wording.text("brand.intro", h=brand_params.human_interaction))
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
    counts = {name: int((ranked["quadrant"] == name).sum()) for name in (*QUADRANTS, UNDECIDED)}
    blocks: list[Block] = [
        intro,
        frame_chart(plot_brand(brand, wording=wording, max_units=evidence.max_units), said),
        *_formulas(evidence, ranked),
        frame_chart(
            plot_quadrant(
                brand,
                wording=wording,
                high_score=brand_params.high_score,
                max_units=evidence.max_units,
            ),
            wording.text("brand.takeaway_quadrant", **counts),
        ),
        Text(wording.text("brand.lights"), "heading"),
        Text(wording.text("brand.lights_help"), "note"),
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
    return [Text(wording.text("brand.missing", list=wording.join(named)), "note")]


def _unit_grid(evidence: Evidence, ranked: pd.DataFrame) -> Grid:
    wording = evidence.wording
    names = (
        "unit", "quadrant", "people_light", "product_light", "process_light", "cx", "ex", "bx", "interval",
    )  # fmt: skip

    def light(value: object) -> Cell:
        if not isinstance(value, str):
            return Cell(NONE)
        return Cell(f"{MARKS[value]} {wording.text(f'light.{value}')}", tone=value)

    rows: list[list[str | Cell]] = [
        [
            row.unit,
            wording.text(f"quadrant.{row.quadrant}") if isinstance(row.quadrant, str) else NONE,
            *(light(getattr(row, name)) for name in ("people", "product", "process")),
            wording.number(row.cx, ".0f"),
            wording.number(row.ex, ".0f"),
            wording.number(row.bx, ".0f"),
            wording.interval(row.ci_low, row.ci_high),
        ]
        for row in each_row(ranked)
    ]
    columns = [wording.text(f"column.{name}") for name in names]
    return make_grid(wording.text("brand.all"), columns, rows, text=5, folded=False)


def moves_section(evidence: Evidence) -> Section:
    """Return the drivers that fell or rose in the last months, and where."""
    wording, tables = evidence.wording, evidence.tables
    title, intro = wording.text("section.moves"), Text(wording.text("moves.intro"))
    moves = find_moves(tables["driver_scores"])
    if moves.empty:
        return Section("moves", title, wording.text("moves.no_data"), (intro,))
    found = established(moves)
    if found.empty:
        return Section("moves", title, wording.text("moves.none", n=len(moves)), (intro,))
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
        )
        said = wording.text(
            "moves.fall",
            driver=evidence.driver(fall.driver_id),
            where=name_place(evidence, fall.cut, fall.group),
            before=fall.before,
            now=fall.now,
        )
        blocks.append(frame_chart(chart, said))
    blocks.append(_move_grid(evidence, found.head(MAX_MOVES)))
    return Section("moves", title, takeaway, tuple(blocks))


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
