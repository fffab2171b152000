"""Figures of a comparison of two runs: scores that moved, themes that came or went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bxtext.figures.style import (
    CX,
    EX,
    INK,
    MUTED,
    RULE,
    VOICE_COLOUR,
    drawable,
    empty_chart,
    in_house_style,
    name_rows,
    say_others,
    start_chart,
)

if TYPE_CHECKING:
    import pandas as pd

    from bxtext.figures.style import Chart
    from bxtext.wording import Wording

CAME = ("born", "split", "returned")  # the other changes of a theme end it


@in_house_style
def plot_score_changes(
    tests: pd.DataFrame, drivers: pd.DataFrame, *, voice: str, wording: Wording, max_drivers: int = 14
) -> Chart:
    """Draw how far each driver's score in new comments is from that in earlier ones, with its 95 % interval.

    Parameters
    ----------
    tests : DataFrame
        As `compare_runs` makes them.
    drivers : DataFrame
        The table of this name.
    voice : str
        `customer` or `employee`.
    wording : Wording
        The language.
    max_drivers : int
        Drivers drawn, the surest changes first; those beyond noise are full.
    """
    title = wording.text(f"figure.score_changes.title.{voice}")
    own = tests[(tests["voice"] == voice) & (tests["kind"] == "score") & tests["p_value"].notna()]
    own = own[own["subject"].isin(drivers["driver_id"])]
    if own.empty:
        return empty_chart(title, wording)
    shown = own.sort_values(["p_value", "subject"]).head(max_drivers)
    shown = shown.sort_values(["change", "subject"], ascending=[False, True], ignore_index=True)
    labels, rows, colour = wording.labels(drivers), np.arange(len(shown)), VOICE_COLOUR[voice]
    chart = start_chart(title, height=1.3 + 0.3 * len(shown))
    axes = chart.subplots()
    axes.axvline(0, color=RULE, linewidth=1.2, zorder=0)
    axes.hlines(rows, shown["ci_low"], shown["ci_high"], color=colour, linewidth=3.2, alpha=0.35)
    fills = np.where(shown["alarm"], colour, "white")
    axes.scatter(shown["change"], rows, color=fills, edgecolors=colour, s=34, zorder=3)
    reach = 1.08 * float(shown[["ci_low", "ci_high"]].abs().to_numpy().max())
    axes.set_xlim(-reach, reach)
    axes.xaxis.set_major_formatter(lambda value, _: wording.number(value, "+.0f") if value else "0")
    axes.set_xlabel(drawable(wording.text("figure.score_changes.axis")))
    axes.spines["left"].set_visible(False)
    name_rows(axes, [labels[key] for key in shown["subject"]], width=44)
    for row, (before, now) in enumerate(zip(shown["before"], shown["now"], strict=True)):
        said = wording.text("figure.score_changes.row", before=before, now=now)
        axes.text(1.02, row, drawable(said), transform=axes.get_yaxis_transform(), va="center", fontsize=8, color=MUTED)
    chart.caption = wording.text("figure.score_changes.caption", n=int(own["alarm"].sum()), tested=len(own))
    chart.caption += say_others(len(own) - len(shown), wording)
    chart.alt = wording.text(
        "figure.score_changes.alt",
        title=title,
        n=int(own["alarm"].sum()),
        best=labels[shown["subject"].iloc[0]],
        gain=shown["change"].iloc[0],
        worst=labels[shown["subject"].iloc[-1]],
        loss=shown["change"].iloc[-1],
    )
    return chart


@in_house_style
def plot_theme_changes(moved: pd.DataFrame, *, wording: Wording, max_themes: int = 20) -> Chart:
    """Draw the themes that came, to the right, and those that went, to the left, by their share of remarks.

    Parameters
    ----------
    moved : DataFrame
        `themes` of a `Drift`.
    wording : Wording
        The language.
    max_themes : int
        Themes drawn, the largest first.
    """
    title = wording.text("figure.theme_changes.title")
    known = moved[moved["share"].notna()]
    if known.empty:
        return empty_chart(title, wording)
    largest = known.sort_values(["share", "theme_id"], ascending=[False, True]).head(max_themes)
    side = np.where(largest["change"].isin(CAME), 1, -1)
    shown = largest.assign(reach=largest["share"] * side).sort_values(["reach", "theme_id"], ascending=[False, True])
    labels, rows = wording.labels(shown), np.arange(len(shown))
    colours = [CX if theme.startswith("customer") else EX for theme in shown["theme_id"]]
    chart = start_chart(title, height=1.3 + 0.32 * len(shown))
    axes = chart.subplots()
    axes.barh(rows, shown["reach"], color=colours, height=0.62, alpha=0.85)
    axes.axvline(0, color=RULE, linewidth=1.2)
    reach = 1.5 * float(shown["share"].max())
    axes.set_xlim(-reach, reach)
    axes.xaxis.set_major_formatter(lambda value, _: wording.number(abs(value), ".1%"))
    axes.set_xlabel(drawable(wording.text("figure.theme_changes.axis")))
    axes.spines["left"].set_visible(False)
    name_rows(axes, [labels[key] for key in shown["theme_id"]], width=44)
    for row, (change, end) in enumerate(zip(shown["change"], shown["reach"], strict=True)):
        said, gap = drawable(wording.text(f"theme_change.{change}")), 0.02 * reach * np.sign(end)
        axes.text(end + gap, row, said, va="center", ha="left" if end > 0 else "right", fontsize=8, color=INK)
    came = int(known["change"].isin(CAME).sum())
    chart.caption = wording.text("figure.theme_changes.caption", came=came, went=len(known) - came)
    chart.caption += say_others(len(known) - len(shown), wording)
    chart.alt = f"{title}. {chart.caption}"
    return chart
