"""Sections on what is at stake: where a better score would go with a better index, whose fault, which promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bxtext.report.content import Block, Cell, Section, Text, make_grid
from bxtext.report.evidence import each_row, first_reason
from bxtext.tables import ALL, VOICES
from bxtext.wording import NONE

if TYPE_CHECKING:
    from bxtext.report.content import Grid
    from bxtext.report.evidence import Evidence

TONES = {"kept": "green", "broken": "red", "undecided": "amber", "not_enough_data": "grey"}
MARKS = {"kept": "●", "broken": "▲", "undecided": "◆", "not_enough_data": "○"}


def what_if_section(evidence: Evidence) -> Section:
    """Return, for each driver, how much higher the indices are where it stands higher: an association."""
    wording, what_if = evidence.wording, evidence.tables["what_if"]
    title = wording.text("section.what_if")
    known = what_if[what_if["bx"].notna()]
    if known.empty:
        return Section("what_if", title, wording.text("what_if.none", reason=first_reason(what_if, wording)))
    sure = known[known["bx_low"] > 0].sort_values(["bx", "driver_id"], ascending=[False, True])
    points = float(known["points"].iloc[0])
    if sure.empty:
        takeaway = wording.text("what_if.open", n=len(known))
    else:
        first = sure.iloc[0]
        takeaway = wording.text(
            "what_if.takeaway",
            driver=evidence.driver(first["driver_id"]),
            voice=wording.text(f"voice.{first['voice']}").lower(),
            points=points,
            bx=first["bx"],
            interval=wording.interval(first["bx_low"], first["bx_high"], ".1f"),
        )
    blocks: list[Block] = [Text(wording.text("what_if.intro", points=points), "note")]
    if len(sure):
        blocks.append(_what_if_grid(evidence, wording.text("what_if.sure"), sure, folded=False))
    blocks.append(_what_if_grid(evidence, wording.text("what_if.all"), known.sort_values(["voice", "driver_id"])))
    return Section("what_if", title, takeaway, tuple(blocks))


def _what_if_grid(evidence: Evidence, title: str, rows: pd.DataFrame, *, folded: bool = True) -> Grid:
    wording = evidence.wording
    cells = [
        [
            evidence.labels.get(row.driver_id, row.driver_id),
            wording.text(f"voice.{row.voice}"),
            *(
                wording.text(
                    "what_if.figure",
                    figure=wording.number(getattr(row, side), "+.1f"),
                    interval=wording.interval(getattr(row, f"{side}_low"), getattr(row, f"{side}_high"), "+.1f"),
                )
                for side in ("bx", "cx", "ex")
            ),
            wording.number(row.n_units),
        ]
        for row in each_row(rows)
    ]
    columns = [wording.text(f"column.{name}") for name in ("driver", "voice", "bx", "cx", "ex", "units")]
    return make_grid(title, columns, cells, text=2, folded=folded)


def blame_section(evidence: Evidence) -> Section:
    """Return who or what the complaints of each voice are about, providers among them."""
    wording, blame = evidence.wording, evidence.tables["blame"]
    title = wording.text("section.blame")
    blocks: list[Block] = [Text(wording.text("blame.intro"), "note")]
    takeaways: list[str] = []
    for voice in VOICES:
        own = blame[(blame["voice"] == voice) & (blame["unit"] == ALL) & blame["share"].notna()]
        own = own.sort_values(["share", "actor"], ascending=[False, True])
        if own.empty:
            continue
        most = own.iloc[0]
        said = wording.text(
            f"blame.takeaway.{voice}",
            actor=wording.text(f"actor.{most['actor']}"),
            share=most["share"],
            interval=wording.interval(most["ci_low"], most["ci_high"], ".0%"),
        )
        providers = own[own["actor"] == "provider"]
        if voice == "customer" and len(providers):
            row = providers.iloc[0]
            interval = wording.interval(row["ci_low"], row["ci_high"], ".0%")
            said += " " + wording.text("blame.providers", share=row["share"], interval=interval)
        if takeaways:  # the first one heads the section
            blocks.append(Text(said, "takeaway"))
        takeaways.append(said)
        rows = [
            [
                wording.text(f"actor.{row.actor}"),
                wording.number(row.share, ".0%"),
                wording.interval(row.ci_low, row.ci_high, ".0%"),
                wording.number(row.cost, ".1f"),
                wording.interval(row.cost_low, row.cost_high, ".1f"),
            ]
            for row in each_row(own)
        ]
        columns = [
            wording.text(f"column.{name}") for name in ("actor", "share_of_complaints", "interval", "cost", "interval")
        ]
        blocks.append(make_grid(wording.text(f"blame.all.{voice}"), columns, rows, folded=False))
    if not takeaways:
        return Section("blame", title, wording.text("blame.none", reason=first_reason(blame, wording)))
    return Section("blame", title, takeaways[0], tuple(blocks))


def promises_section(evidence: Evidence) -> Section:
    """Return what the brand promises against what each voice says of it."""
    wording, promises = evidence.wording, evidence.tables["promises"]
    title = wording.text("section.promises")
    if promises.empty:
        return Section("promises", title, wording.text("promise.none"))
    verdicts = promises["cx_verdict"].value_counts()
    takeaway = wording.text(
        "promise.takeaway",
        n=len(promises),
        kept=int(verdicts.get("kept", 0)),
        broken=int(verdicts.get("broken", 0)),
        rest=int(verdicts.get("undecided", 0) + verdicts.get("not_enough_data", 0)),
    )

    def verdict(row: object, side: str) -> Cell:
        value = getattr(row, f"{side}_verdict")
        score = getattr(row, side)
        figure = wording.number(score, ".0f") if pd.notna(score) else NONE
        return Cell(f"{MARKS[value]} {wording.text(f'promise.verdict.{value}')} {figure}", tone=TONES[value])

    rows: list[list[str | Cell]] = [
        [
            wording.quote(row.text),
            evidence.labels.get(row.driver_id, row.driver_id),
            verdict(row, "cx"),
            verdict(row, "ex"),
            wording.number(row.gap, "+.0f"),
            wording.interval(row.ci_low, row.ci_high, "+.0f"),
        ]
        for row in each_row(promises)
    ]
    names = ("promise", "driver", "kept_customers", "kept_employees", "gap", "interval")
    columns = [wording.text(f"column.{name}") for name in names]
    grid = make_grid(wording.text("promise.all"), columns, rows, text=4, folded=False)
    return Section("promises", title, takeaway, (Text(wording.text("promise.intro"), "note"), grid))
