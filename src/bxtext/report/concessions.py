"""Section on what people forgive and what spoils."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bxtext.figures import plot_concessions, rank_concessions
from bxtext.report.content import Block, Section, Text, frame_chart, make_grid
from bxtext.report.evidence import each_row
from bxtext.tables import VOICES

if TYPE_CHECKING:
    from bxtext.report.evidence import Evidence


def concessions_section(evidence: Evidence) -> Section:
    """Return the drivers each voice praises and blames in one breath."""
    wording, tables = evidence.wording, evidence.tables
    title = wording.text("section.concessions")
    blocks: list[Block] = [Text(wording.text("concession.intro"))]
    takeaways = []
    for voice in VOICES:
        pairs = rank_concessions(tables["concession_counts"], voice=voice)
        if pairs.empty:
            continue
        first = pairs.iloc[0]
        said = wording.text(
            f"concession.takeaway.{voice}",
            praised=evidence.driver(first["positive_driver_id"]),
            blamed=evidence.driver(first["negative_driver_id"]),
            n=int(first["n_documents"]),
        )
        takeaways.append(said)
        chart = plot_concessions(
            tables["concession_counts"], tables["drivers"], voice=voice, wording=wording, span=evidence.span
        )
        rows = [
            [
                evidence.labels[row.positive_driver_id],
                evidence.labels[row.negative_driver_id],
                wording.number(row.spoils),
                wording.number(row.forgives),
            ]
            for row in each_row(pairs)
        ]
        columns = [wording.text(f"column.{name}") for name in ("praise", "blame", "spoils", "forgives")]
        grid = make_grid(wording.text(f"concession.all.{voice}"), columns, rows, text=2)
        blocks += [frame_chart(chart, said), grid]
    if not takeaways:
        needed = evidence.params.scores.min_respondents
        return Section("concessions", title, wording.text("concession.none", n=needed))
    return Section("concessions", title, takeaways[0], tuple(blocks))
