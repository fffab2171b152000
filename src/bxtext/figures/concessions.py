"""Figure of `concession_counts`: what people forgive, and what spoils."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bxtext.figures.series import Measure, Rows
from bxtext.figures.style import (
    MUTED,
    VOICE_COLOUR,
    drawable,
    empty_chart,
    in_house_style,
    name_rows,
    say_others,
    say_span,
    start_chart,
)
from bxtext.tables import ALL

if TYPE_CHECKING:
    import pandas as pd

    from bxtext.figures.style import Chart
    from bxtext.wording import Wording

MIN_AXIS = 15  # comments at the end of the axis: five of them don't fill the page
PALE_BAR = 0.38  # opacity of what is forgiven beside what spoils
PALE_COLOUR = {"customer": "#A6CBE4", "employee": "#F3C3A5"}  # the same where opacity can't be had
PAIR = ["positive_driver_id", "negative_driver_id"]


def rank_concessions(concession_counts: pd.DataFrame, *, voice: str) -> pd.DataFrame:
    """Return the pairs of drivers a voice sets against each other, over all units, the most frequent first.

    Returns
    -------
    DataFrame
        `positive_driver_id`, `negative_driver_id`, `n_documents`, and in how many of these the bad (`spoils`) or the
        good (`forgives`) has the last word. Suppressed pairs are left out.
    """
    whole = concession_counts[(concession_counts["unit"] == ALL) & (concession_counts["voice"] == voice)]
    shown = whole[~whole["suppressed"].astype(bool)]
    pairs = shown[PAIR].assign(n_documents=shown["n_documents"].astype(int), spoils=shown["n_spoilt"].astype(int))
    pairs["forgives"] = pairs["n_documents"] - pairs["spoils"]
    return pairs.sort_values(["n_documents", *PAIR], ascending=[False, True, True], ignore_index=True)


@in_house_style
def plot_concessions(  # noqa: PLR0913  two tables, then what to draw of them
    concession_counts: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    voice: str,
    wording: Wording,
    span: str = "",
    max_pairs: int = 10,
) -> Chart:
    """Draw the pairs of drivers most often set against each other, the praised one left, the blamed one right."""
    title = wording.text(f"figure.concessions.title.{voice}")
    ranked = rank_concessions(concession_counts, voice=voice)
    if ranked.empty:
        return empty_chart(title, wording)
    pairs, labels = ranked.head(max_pairs), wording.labels(drivers)
    rows, colour = np.arange(len(pairs)), VOICE_COLOUR[voice]
    chart = start_chart(title, width=8.6, height=1.7 + 0.42 * len(pairs))
    axes = chart.subplots()
    axes.barh(rows, pairs["spoils"], color=colour, height=0.6)
    axes.barh(rows, pairs["forgives"], left=pairs["spoils"], color=colour, height=0.6, alpha=PALE_BAR)
    for row, (spoils, forgives) in enumerate(zip(pairs["spoils"], pairs["forgives"], strict=True)):
        for count, middle, tint in ((spoils, spoils / 2, "white"), (forgives, spoils + forgives / 2, "black")):
            if count:
                axes.text(middle, row, wording.number(count), color=tint, ha="center", va="center", fontsize=8.5)
    name_rows(axes, [labels[key] for key in pairs["positive_driver_id"]], width=25)
    other = axes.twinx()
    axes.set_zorder(other.get_zorder() + 1)
    axes.patch.set_visible(False)
    name_rows(other, [labels[key] for key in pairs["negative_driver_id"]], width=25)
    for side, place, name in ((axes, "left", "praise"), (other, "right", "blame")):
        side.spines[["left", "right", "bottom"]].set_visible(False)
        x = -0.02 if place == "left" else 1.02
        said = drawable(wording.text(f"figure.concessions.{name}"))
        axes.text(
            x, 1.02, said, transform=axes.transAxes, color=MUTED, fontsize=9, fontweight="bold", va="bottom",
            ha="right" if place == "left" else "left",
        )  # fmt: skip
    axes.set_xticks([])
    axes.set_xlim(0, max(pairs["n_documents"].max(), MIN_AXIS))
    keys = [f"■ {wording.text('figure.concessions.spoils')}", f"■ {wording.text('figure.concessions.forgives')}"]
    for x, said, alpha in ((0.0, keys[0], 1.0), (0.52, keys[1], 0.55)):
        axes.text(x, -0.04, drawable(said), transform=axes.transAxes, color=colour, alpha=alpha, fontsize=8.5, va="top")
    total = int(ranked["n_documents"].sum())
    chart.caption = wording.text("figure.concessions.caption", n=total)
    chart.caption += say_others(len(ranked) - len(pairs), wording) + say_span(span, wording)
    chart.series = Rows(
        "stacked",
        tuple(f"{labels[praised]} / {labels[blamed]}" for praised, blamed in pairs[PAIR].itertuples(index=False)),
        tuple(
            Measure(wording.text(f"figure.concessions.{word}"), tint, tuple(pairs[word].tolist()))
            for word, tint in (("spoils", colour), ("forgives", PALE_COLOUR[voice]))
        ),
    )
    first = pairs.iloc[0]
    chart.alt = wording.text(
        "figure.concessions.alt",
        title=title,
        praised=labels[first["positive_driver_id"]],
        blamed=labels[first["negative_driver_id"]],
        spoils=int(first["spoils"]),
        forgives=int(first["forgives"]),
    )
    return chart
