"""The journey, stage by stage: which drivers are heard there, and how well they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.patches import Rectangle

from bxtext.figures.scores import months_of, rank_drivers
from bxtext.figures.series import Rows, measure_scores
from bxtext.figures.style import (
    INK,
    MUTED,
    VOICE_COLOUR,
    drawable,
    empty_chart,
    in_house_style,
    say_span,
    shorten,
    start_chart,
)
from bxtext.tables import ALL, CUSTOMER_STAGES, EMPLOYEE_STAGES

if TYPE_CHECKING:
    import pandas as pd

    from bxtext.figures.style import Chart
    from bxtext.wording import Wording

STAGES = {"customer": (*CUSTOMER_STAGES, "cross"), "employee": (*EMPLOYEE_STAGES, "cross")}
WIDEST = 5  # tiles in a row
PER_STAGE = 2  # drivers of a stage on a slide, the most mentioned
PALETTE = "RdYlBu"  # red is bad, blue is good, told apart by people of every colour vision
GAP = 0.06


def _find_heard(ranked: pd.DataFrame, outcomes: pd.DataFrame, stage: str) -> pd.DataFrame:
    """Return the drivers heard at a stage, or the outcomes where there is none: a stage told of isn't silent."""
    heard = ranked[ranked["stage"] == stage]
    return outcomes[outcomes["stage"] == stage] if heard.empty else heard


def _heard_outcomes(driver_scores: pd.DataFrame, drivers: pd.DataFrame, voice: str) -> pd.DataFrame:
    whole = driver_scores[(driver_scores["cut"] == ALL) & (driver_scores["period"] == ALL)]
    own = whole[(whole["voice"] == voice) & ~whole["suppressed"].astype(bool) & whole["score"].notna()]
    outcomes = drivers.loc[drivers["tier"] == "outcome", ["driver_id", "stage"]]
    return own.merge(outcomes, on="driver_id").sort_values(["n_mentions", "driver_id"], ascending=[False, True])


@in_house_style
def plot_journey(driver_scores: pd.DataFrame, drivers: pd.DataFrame, *, voice: str, wording: Wording) -> Chart:
    """Draw a tile for each driver heard at a stage of the journey, the most mentioned first, coloured by its score."""
    title = wording.text(f"figure.journey.title.{voice}")
    ranked = rank_drivers(driver_scores, drivers, voice=voice)
    if ranked.empty:
        return empty_chart(title, wording)
    labels = wording.labels(drivers)
    ranked = ranked.sort_values(["n_mentions", "driver_id"], ascending=[False, True])
    outcomes = _heard_outcomes(driver_scores, drivers, voice)
    rows = [
        (stage if number == 0 else None, heard.iloc[number : number + WIDEST])
        for stage in STAGES[voice]
        for heard in [_find_heard(ranked, outcomes, stage)]
        for number in range(0, max(len(heard), 1), WIDEST)
    ]
    chart = start_chart(title, width=8.6, height=0.9 + 0.56 * len(rows))
    axes = chart.subplots()
    colours = mpl.colormaps[PALETTE]
    for row, (stage, heard) in enumerate(rows):
        if stage is not None:
            name = drawable(wording.text(f"stage.{stage}"))
            axes.text(-0.08, row, name, ha="right", va="center", color=INK, fontsize=9)
        if heard.empty:
            axes.text(
                0.08, row, drawable(wording.text("figure.journey.silent")), va="center", color=MUTED, fontsize=8.5
            )
        for place, (driver_id, score) in enumerate(zip(heard["driver_id"], heard["score"], strict=True)):
            tile = Rectangle(
                (place + GAP / 2, row - 0.5 + GAP), 1 - GAP, 1 - 2 * GAP, facecolor=colours(score / 100), linewidth=0
            )
            axes.add_patch(tile)
            dark = score < 18 or score > 85
            said = f"{shorten(labels[driver_id], 21, lines=3)}  {wording.number(score, '.0f')}"
            axes.text(
                place + 0.5, row, said, ha="center", va="center", fontsize=7.4, color="white" if dark else INK,
                linespacing=1.05,
            )  # fmt: skip
    axes.set_xlim(0, WIDEST)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.axis("off")
    silent = sum(stage is not None and heard.empty for stage, heard in rows)
    chart.caption = wording.text(
        "figure.journey.caption", n=len(ranked), documents=int(ranked["n_documents"].max()), silent=silent
    )
    chart.caption += say_span(wording.span(months_of(driver_scores)), wording)
    heard_first = ranked.assign(place=ranked["stage"].map(STAGES[voice].index)).sort_values(
        ["place", "n_mentions", "driver_id"], ascending=[True, False, True]
    )
    told = heard_first.groupby("place").head(PER_STAGE)
    chart.series = Rows(
        "bars",
        tuple(
            f"{wording.text(f'stage.{stage}')} · {labels[key]}"
            for stage, key in zip(told["stage"], told["driver_id"], strict=True)
        ),
        (measure_scores(wording.text("column.score"), VOICE_COLOUR[voice], told),),
        bounds=(0, 100),
        caption=wording.text("series.journey", n=PER_STAGE, documents=int(ranked["n_documents"].max()))
        + say_span(wording.span(months_of(driver_scores)), wording),
    )
    by_score = ranked.sort_values(["score", "driver_id"])
    best, worst = by_score.iloc[-1], by_score.iloc[0]
    chart.alt = wording.text(
        "figure.journey.alt",
        title=title,
        best=labels[best["driver_id"]],
        best_stage=wording.text(f"stage.{best['stage']}"),
        worst=labels[worst["driver_id"]],
        worst_stage=wording.text(f"stage.{worst['stage']}"),
    )
    return chart
