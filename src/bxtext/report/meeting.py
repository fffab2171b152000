"""Sections on the two voices together: the mirror, the links between drivers, the claims put to the test."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from bxtext.figures import FOUND, plot_linkage, plot_mirror, surest_links, widest_gaps
from bxtext.report.content import Block, Cell, Section, Text, frame_chart, make_grid
from bxtext.report.evidence import each_row, first_reason
from bxtext.report.summary import say_link, say_q
from bxtext.tables import ALL, VERDICTS
from bxtext.wording import NONE

if TYPE_CHECKING:
    from bxtext.report.content import Grid
    from bxtext.report.evidence import Evidence

FEWEST_LINKS, MAX_LINKS = 6, 20  # links listed: those found, and the surest others to make six
TONES = {"supported": "green", "not_supported": "grey", "not_enough_data": "plain"}  # none of them is bad news
MARKS = {"supported": "●", "not_supported": "◇", "not_enough_data": "○"}
SHARES = {"no_cx_without_ex", "no_cx_without_engagement", "service_carries_it"}  # claims whose effect is a share
LEADS = {"employees_first_customers_follow": 1, "customers_first_employees_follow": -1}  # who goes first, as a lag
STEP = 10  # points of one voice that go with points of the other


def mirror_section(evidence: Evidence) -> Section:
    """Return each customer driver beside its employee counterpart."""
    wording, mirror = evidence.wording, evidence.tables["mirror"]
    title = wording.text("section.mirror")
    gaps = widest_gaps(mirror)
    if gaps.empty:
        return Section("mirror", title, wording.text("mirror.none"))
    sure = int(((gaps["ci_low"] > 0) | (gaps["ci_high"] < 0)).sum())
    takeaway = _say_symmetry(evidence, n=len(gaps), sure=sure)
    chart = plot_mirror(mirror, evidence.tables["drivers"], wording=wording, span=evidence.span)
    names = ("pair_cx", "pair_ex", "cx", "ex", "gap", "interval")
    rows = [
        [
            evidence.labels.get(row.cx_driver_id, row.cx_driver_id),
            evidence.labels.get(row.ex_driver_id, row.ex_driver_id),
            wording.number(row.cx, ".0f"),
            wording.number(row.ex, ".0f"),
            wording.number(row.gap, "+.0f"),
            wording.interval(row.ci_low, row.ci_high, "+.0f"),
        ]
        for row in each_row(gaps)
    ]
    blocks: list[Block] = [
        Text(wording.text("mirror.intro")),
        frame_chart(chart, takeaway),
        make_grid(wording.text("mirror.all"), [wording.text(f"column.{name}") for name in names], rows, text=2),
    ]
    blocks += [*_tension_blocks(evidence), *_symmetry_blocks(evidence)]
    whole = mirror[(mirror["unit"] == ALL) & (mirror["period"] == ALL)]
    if missing := int(whole["gap"].isna().sum()):
        blocks.append(Text(wording.text("mirror.missing", n=missing), "note"))
    return Section("mirror", title, takeaway, tuple(blocks))


def _say_symmetry(evidence: Evidence, *, n: int, sure: int) -> str:
    wording, symmetry = evidence.wording, evidence.tables["symmetry"]
    whole = symmetry[(symmetry["unit"] == ALL) & (symmetry["period"] == ALL) & symmetry["symmetry"].notna()]
    if whole.empty:
        return wording.text("mirror.takeaway_gaps", n=n, sure=sure)
    figure, low, high = (float(whole[name].iloc[0]) for name in ("symmetry", "ci_low", "ci_high"))
    distance = 100 - round(figure)  # as it is rounded: the two figures add up on the page
    return wording.text(
        "mirror.takeaway", n=n, sure=sure, symmetry=figure, distance=distance,
        interval=wording.interval(100 - high, 100 - low),
    )  # fmt: skip


def _tension_blocks(evidence: Evidence) -> list[Block]:
    """Return the pairs and units where one voice is content and the other isn't."""
    wording, tensions = evidence.wording, evidence.tables["tensions"]
    heading = Text(wording.text("tension.title"), "heading")
    if tensions.empty:
        return [heading, Text(wording.text("tension.none"))]
    rows = []
    for row in each_row(tensions):
        apart = row.kind == "apart"
        form = "+.0f" if apart else "+.2f"
        kind = f"apart.{'customer' if row.figure > 0 else 'employee'}" if apart else row.kind
        place = wording.text("moves.where_all") if row.unit == ALL else row.unit
        rows.append(
            [
                place,
                evidence.labels.get(row.cx_driver_id, row.cx_driver_id),
                evidence.labels.get(row.ex_driver_id, row.ex_driver_id),
                wording.text(f"tension.{kind}"),
                wording.number(row.figure, form),
                wording.interval(row.ci_low, row.ci_high, form),
            ]
        )
    columns = [wording.text(f"column.{name}") for name in ("where", "pair_cx", "pair_ex", "tension", "gap", "interval")]
    grid = make_grid(wording.text("tension.all"), columns, rows, text=4, folded=False)
    return [heading, Text(wording.text("tension.intro")), grid]


def _symmetry_blocks(evidence: Evidence) -> list[Block]:
    """Return how near the two voices stand in each unit, the widest apart first."""
    wording, symmetry = evidence.wording, evidence.tables["symmetry"]
    units = symmetry[(symmetry["unit"] != ALL) & (symmetry["period"] == ALL) & symmetry["symmetry"].notna()]
    if units.empty:
        return []
    rows = [
        [
            row.unit,
            wording.number(row.symmetry, ".0f"),
            wording.interval(row.ci_low, row.ci_high),
            wording.number(row.n_pairs),
        ]
        for row in each_row(units.sort_values(["symmetry", "unit"]))
    ]
    columns = [wording.text(f"column.{name}") for name in ("unit", "symmetry", "interval", "pairs")]
    return [make_grid(wording.text("mirror.units"), columns, rows)]


def links_section(evidence: Evidence) -> Section:
    """Return the links found between drivers, and whether they are stronger where people meet people."""
    wording, linkage = evidence.wording, evidence.tables["linkage"]
    blocks: list[Block] = [Text(wording.text("links.intro"))]
    links = surest_links(linkage)
    found = links[links["q"] < FOUND]
    if links.empty:
        takeaway = wording.text("links.no_data", reason=first_reason(linkage, wording))
    elif found.empty:
        takeaway = wording.text("links.none", pairs=len(links), detectable=float(linkage["detectable"].median()))
    else:
        takeaway = wording.text("links.takeaway", n=len(found), pairs=len(links))
    if len(links):
        chart = plot_linkage(linkage, evidence.tables["drivers"], wording=wording, span=evidence.span)
        surest = say_link(evidence, found.iloc[0]) if len(found) else takeaway
        blocks.append(frame_chart(chart, surest))
    if len(links):
        blocks.append(_link_grid(evidence, links.head(min(MAX_LINKS, max(FEWEST_LINKS, len(found))))))
    blocks += [*_effect_blocks(evidence, found), *_moderation_blocks(evidence)]
    return Section("links", wording.text("section.links"), takeaway, tuple(blocks))


def _link_grid(evidence: Evidence, found: pd.DataFrame) -> Grid:
    wording = evidence.wording
    names = ("pair_ex", "pair_cx", "lag", "level", "verdict", "rho", "q", "units")
    rows = []
    for link in each_row(found):
        leader = "customer" if link.lag < 0 else "employee"
        lead = (
            wording.text(f"links.lead.{leader}", n=abs(int(link.lag))) if link.lag else wording.text("links.lead.none")
        )
        rows.append(
            [
                evidence.labels.get(link.ex_driver_id, link.ex_driver_id),
                evidence.labels.get(link.cx_driver_id, link.cx_driver_id),
                lead,
                wording.text(f"links.level.{link.level}"),
                wording.text("links.sure" if link.q < FOUND else "links.unsure"),
                wording.number(link.rho, "+.2f"),
                say_q(evidence, link.q),
                wording.number(link.n_units),
            ]
        )
    columns = [wording.text(f"column.{name}") for name in names]
    return make_grid(wording.text("links.all"), columns, rows, text=5, folded=False)


def _effect_blocks(evidence: Evidence, found: pd.DataFrame) -> list[Block]:
    """Return by how many points one voice stands higher where the other does: the links found, then all measured."""
    wording, effects = evidence.wording, evidence.tables["link_effects"]
    known = effects[effects["within"].notna()]
    if known.empty:
        return []
    pair = ["ex_driver_id", "cx_driver_id"]
    surest = found[pair].merge(known, on=pair)
    clear = surest[(surest["within_low"] > 0) | (surest["within_high"] < 0)]
    heading = Text(wording.text("effect.title"), "heading")
    blocks: list[Block] = [heading, Text(_say_points(evidence, clear) or wording.text("effect.open"))]
    if len(surest):
        blocks.append(_effect_grid(evidence, "effect.found", surest, folded=False))
    blocks += [_effect_grid(evidence, "effect.all", known), Text(wording.text("effect.note", step=STEP), "note")]
    return blocks


def _say_points(evidence: Evidence, clear: pd.DataFrame) -> str:
    """Say the surest link in points; empty where no interval leaves zero out."""
    if clear.empty:
        return ""
    wording, link = evidence.wording, clear.iloc[0]
    low, high = STEP * link["within_low"], STEP * link["within_high"]
    return wording.text(
        "effect.takeaway",
        step=STEP,
        ex=evidence.driver(link["ex_driver_id"]),
        cx=evidence.driver(link["cx_driver_id"]),
        points=STEP * link["within"],
        interval=wording.interval(low, high, "+.1f"),
        when=_say_when(evidence, int(link["lag"])),
    )


def _say_when(evidence: Evidence, lag: int) -> str:
    if not lag:
        return evidence.wording.text("summary.same_month")
    return evidence.wording.text("summary.when" if lag > 0 else "effect.before", n=abs(lag))


def _effect_grid(evidence: Evidence, title: str, effects: pd.DataFrame, *, folded: bool = True) -> Grid:
    wording = evidence.wording
    rows = [
        [
            evidence.labels.get(row.ex_driver_id, row.ex_driver_id),
            evidence.labels.get(row.cx_driver_id, row.cx_driver_id),
            _say_when(evidence, int(row.lag)),
            *(
                wording.text(
                    "what_if.figure",
                    figure=wording.number(STEP * getattr(row, name), "+.1f"),
                    interval=wording.interval(
                        STEP * getattr(row, f"{name}_low"), STEP * getattr(row, f"{name}_high"), "+.1f"
                    ),
                )
                for name in ("within", "between")
            ),
            wording.number(row.n_units),
        ]
        for row in each_row(effects)
    ]
    names = ("pair_ex", "pair_cx", "when", "within", "between", "units")
    columns = [wording.text(f"column.{name}") for name in names]
    return make_grid(wording.text(title, step=STEP), columns, rows, text=3, folded=folded)


def _moderation_blocks(evidence: Evidence) -> list[Block]:
    """Return the difference that human interaction makes to the link of the two voices, where it can be told."""
    wording, moderation = evidence.wording, evidence.tables["moderation"]
    heading = Text(wording.text("moderation.title"), "heading")
    known = moderation[(moderation["level"] == "difference") & moderation["rho"].notna()]
    if known.empty:
        return [heading, Text(wording.text("moderation.none", reason=first_reason(moderation, wording)))]
    rows = [
        [
            evidence.labels.get(row.ex_driver_id, wording.text("moderation.all_drivers")),
            evidence.labels.get(row.cx_driver_id, wording.text("moderation.all_drivers")),
            wording.number(row.rho, "+.2f"),
            wording.interval(row.ci_low, row.ci_high, "+.2f"),
            say_q(evidence, row.q_value),
            wording.number(row.n_units),
        ]
        for row in each_row(known.sort_values(["q_value", "ex_driver_id", "cx_driver_id"]))
    ]
    names = ("pair_ex", "pair_cx", "difference", "interval", "q", "units")
    columns = [wording.text(f"column.{name}") for name in names]
    said = wording.text("moderation.takeaway", found=int((known["q_value"] < FOUND).sum()), pairs=len(known))
    return [heading, Text(said), make_grid(wording.text("moderation.all"), columns, rows, text=2)]


def claims_section(evidence: Evidence) -> Section:
    """Return the verdict of this data on each claim."""
    wording, claims = evidence.wording, evidence.tables["claims"]
    title = wording.text("section.claims")
    if claims.empty:
        return Section("claims", title, wording.text("claim.none"))
    counts = {verdict: int((claims["verdict"] == verdict).sum()) for verdict in VERDICTS}
    rows: list[list[str | Cell]] = []
    for claim in each_row(claims.assign(order=claims["verdict"].map(VERDICTS.index)).sort_values(["order", "claim"])):
        key = f"claim.{claim.claim}"
        reason = wording.reason(claim.reason) if isinstance(claim.reason, str) else ""
        found, pairs = count_followers(evidence, claim.claim)
        verdict = wording.text(f"verdict.{claim.verdict}")
        if claim.verdict == "supported" and 0 < found < pairs:  # a few pairs don't make a rule
            verdict = wording.text("claim_part.supported", n=found, pairs=pairs)
        rows.append(
            [
                wording.text(key) if key in wording else claim.claim,
                Cell(f"{MARKS[claim.verdict]} {verdict}", tone=TONES[claim.verdict]),
                reason or _say_detail(evidence, claim.detail),
                _say_effect(evidence, claim),
                wording.text(f"count.{claim.unit_of_n}", n=int(claim.n)),
            ]
        )
    columns = [wording.text(f"column.{name}") for name in ("claim", "verdict", "detail", "effect", "rests_on")]
    blocks = (
        Text(wording.text("claim.intro"), "note"),
        make_grid(wording.text("links.verdicts"), columns, rows, text=5, folded=False),
    )
    told = "links.claims_open" if counts["not_enough_data"] == len(rows) else "links.claims_takeaway"
    return Section("claims", title, wording.text(told, n=len(rows), **counts), blocks)


def count_followers(evidence: Evidence, claim: str) -> tuple[int, int]:
    """Return how many pairs of drivers are linked with the lead that a claim names, and of how many looked at."""
    lead = LEADS.get(claim, 0)
    links = surest_links(evidence.tables["linkage"])
    return int(((links["q"] < FOUND) & (links["lag"] * lead > 0)).sum()), len(links)


def _say_effect(evidence: Evidence, claim: Any) -> str:
    """Return the effect of a claim on the scale its words name, and its interval where it has one."""
    wording, key = evidence.wording, f"claim_effect.{claim.claim}"
    if pd.isna(claim.effect):
        return NONE
    said = wording.number(claim.effect, ".2f")
    if key in wording:
        found, pairs = count_followers(evidence, claim.claim)
        n = found if claim.claim in LEADS else int(claim.effect)
        said = wording.text(key, effect=claim.effect, n=n, of=int(claim.n), pairs=pairs)
    if pd.isna(claim.ci_low):
        return said
    form = ".0%" if claim.claim in SHARES else ".2f"
    interval = wording.interval(claim.ci_low, claim.ci_high, form)
    return wording.text("claim_effect.interval", effect=said, interval=interval)


def _say_detail(evidence: Evidence, detail: object) -> str:
    """Return what is behind a claim, drivers by their labels: units, drivers, or a pair of drivers and its lag."""
    if not isinstance(detail, str):
        return NONE
    parts = re.split(r"(, | \| |; )", detail)
    marks = {" | ": " · ", "; ": evidence.wording.text("form.pause")}
    lag = re.fullmatch(r"lag (-?\d+)", parts[-1])
    if lag:
        parts[-1] = evidence.wording.text("links.lag", n=int(lag[1]))
    return "".join(marks.get(part, evidence.labels.get(part, part)) for part in parts)
