"""Figures of `driver_scores` and `importance`: how well a driver does, how much it matters, how it moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from bxtext.figures.series import Measure, Points, Rows, measure_scores, rounded
from bxtext.figures.style import (
    BX,
    MUTED,
    RULE,
    VOICE_COLOUR,
    drawable,
    empty_chart,
    in_house_style,
    name_rows,
    place_labels,
    say_others,
    say_span,
    score_axis,
    shorten,
    start_chart,
)
from bxtext.tables import ALL

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from bxtext.figures.style import Chart
    from bxtext.wording import Wording

LATENT = "latent"  # seldom said, and yet it moves the outcome
MAX_NAMED = 14  # points of a scatter that are named, the most telling first


def rank_drivers(driver_scores: pd.DataFrame, drivers: pd.DataFrame, *, voice: str) -> pd.DataFrame:
    """Return a voice's drivers over everybody and the whole time, best score first, without outcomes.

    Returns
    -------
    DataFrame
        The columns of `driver_scores` and `drivers`.
    """
    whole = driver_scores[
        (driver_scores["voice"] == voice) & (driver_scores["period"] == ALL) & (driver_scores["cut"] == ALL)
    ]
    joined = whole.merge(drivers[drivers["tier"] != "outcome"], on="driver_id")
    shown = joined[~joined["suppressed"] & joined["score"].notna()]
    return shown.sort_values(["score", "driver_id"], ascending=[False, True], ignore_index=True)


def months_of(driver_scores: pd.DataFrame) -> list[str]:
    """Return the months that have a score, sorted."""
    return sorted(set(driver_scores["period"].unique()) - {ALL})


@in_house_style
def plot_driver_scores(driver_scores: pd.DataFrame, drivers: pd.DataFrame, *, voice: str, wording: Wording) -> Chart:
    """Draw the score of every driver of a voice with its 95 % interval, best first."""
    ranked = rank_drivers(driver_scores, drivers, voice=voice)
    title = wording.text(f"figure.scores.title.{voice}")
    if ranked.empty:
        return empty_chart(title, wording)
    labels = wording.labels(drivers)
    names = [labels[key] for key in ranked["driver_id"]]
    rows = np.arange(len(ranked))
    chart = start_chart(title, height=1.15 + 0.3 * len(ranked))
    axes = chart.subplots()
    colour = VOICE_COLOUR[voice]
    axes.hlines(rows, ranked["ci_low"], ranked["ci_high"], color=colour, linewidth=3.2, alpha=0.35)
    axes.scatter(ranked["score"], rows, color=colour, s=34, zorder=3)
    score_axis(axes, wording)
    name_rows(axes, names, width=44)
    for row, (score, count) in enumerate(zip(ranked["score"], ranked["n_respondents"], strict=True)):
        axes.text(103, row, wording.number(score, ".0f"), va="center", ha="left", fontweight="bold", color=colour)
        said = drawable(wording.text("figure.n", n=int(count)))
        axes.text(110, row, said, va="center", ha="left", color=MUTED, fontsize=8)
    chart.caption = wording.text(
        f"figure.scores.caption.{voice}",
        n=int(ranked["n_documents"].max()),
    )
    chart.caption += say_span(wording.span(months_of(driver_scores)), wording)
    chart.series = Rows(
        "bars",
        _name_and_count(names, ranked["n_respondents"], wording),
        (measure_scores(wording.text("column.score"), colour, ranked),),
        bounds=(0, 100),
        caption=wording.text(f"series.scores.{voice}", n=int(ranked["n_documents"].max()))
        + say_span(wording.span(months_of(driver_scores)), wording),
    )
    chart.alt = wording.text(
        "figure.scores.alt",
        title=title,
        n=len(ranked),
        best=names[0],
        best_score=ranked["score"].iloc[0],
        worst=names[-1],
        worst_score=ranked["score"].iloc[-1],
    )
    return chart


def _name_and_count(names: Iterable[str], counts: pd.Series[int], wording: Wording) -> tuple[str, ...]:
    return tuple(
        f"{name} ({wording.text('figure.n', n=int(count))})" for name, count in zip(names, counts, strict=True)
    )


@in_house_style
def plot_importance(
    importance: pd.DataFrame, drivers: pd.DataFrame, *, voice: str, wording: Wording, span: str = ""
) -> Chart:
    """Draw how often each driver is said against how much it moves the outcome; `span` is the time covered.

    Lines stand at the even shares; drivers whose place is settled by their intervals are filled, latent ones large.
    """
    title = wording.text(f"figure.importance.title.{voice}")
    shown = importance[(importance["voice"] == voice) & importance["derived"].notna()]
    shown = shown[shown["driver_id"].isin(drivers["driver_id"])]
    if shown.empty:
        return empty_chart(title, wording)
    latent = shown["place"] == LATENT
    reach = shown["stated"] / shown["stated"].max() + shown["derived"] / max(shown["derived"].max(), 1e-9)
    shown = shown.assign(reach=reach + 2 * latent).sort_values(["reach", "driver_id"], ascending=[False, True])
    latent, settled = shown["place"] == LATENT, shown["place"] != "undetermined"
    labels = wording.labels(drivers)
    names = [labels[key] for key in shown["driver_id"]]
    chart = start_chart(title, height=5.4)
    chart.dense = True
    axes = chart.subplots()
    colour = VOICE_COLOUR[voice]
    axes.scatter(
        shown["stated"], shown["derived"], facecolor=np.where(settled, colour, "white"), edgecolor=colour,
        s=np.where(latent, 80, 30), alpha=0.85, zorder=3,
    )  # fmt: skip
    most_stated, most_derived = shown[["stated", "derived"]].max()
    axes.set_xlim(-0.03 * most_stated, 1.15 * most_stated)  # room for marks at zero
    axes.set_ylim(-0.03 * most_derived, 1.15 * most_derived)
    axes.axvline(shown["stated"].mean(), color=RULE, linewidth=1, zorder=0)
    axes.axhline(1 / len(shown), color=RULE, linewidth=1, zorder=0)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(lambda value, _: wording.number(value, ".0%"))
    axes.set_xlabel(drawable(wording.text("figure.importance.stated")))
    axes.set_ylabel(drawable(wording.text("figure.importance.derived")))
    named = place_labels(
        axes, shown[["stated", "derived"]].to_numpy(), [shorten(name, 28) for name in names[:MAX_NAMED]], size=7.8
    )
    chart.caption = wording.text(
        "figure.importance.caption",
        n=len(shown),
        named=len(named),
        latent=int(latent.sum()),
        explained=shown["explained"].max(),
    )
    chart.caption += say_span(span, wording)
    stated, derived = (
        Measure(wording.text(f"figure.importance.{name}"), colour, rounded(shown[name], 3))
        for name in ("stated", "derived")
    )
    chart.series = Points(
        tuple(names),
        stated,
        derived,
        pale=tuple((~settled).tolist()),
        crossing=(float(shown["stated"].mean()), 1 / len(shown)),
        form="0%",
        caption=wording.text("series.importance", n=len(shown), explained=shown["explained"].max())
        + say_span(span, wording),
    )
    top = shown.sort_values(["derived", "driver_id"], ascending=[False, True])
    chart.alt = wording.text(
        "figure.importance.alt",
        title=title,
        most_said=names[int(np.argmax(shown["stated"]))],
        most_moving=labels[top["driver_id"].iloc[0]],
    )
    return chart


@in_house_style
def plot_league(  # noqa: PLR0913  the two tables, then what to draw
    driver_scores: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    voice: str,
    driver_id: str,
    wording: Wording,
    max_units: int = 20,
) -> Chart:
    """Draw the units by one driver, ranked by the score drawn toward everybody's: few voices don't lead the table."""
    title = wording.text("figure.league.title", driver=wording.quote(wording.labels(drivers)[driver_id]))
    own = driver_scores[
        (driver_scores["voice"] == voice) & (driver_scores["driver_id"] == driver_id) & (driver_scores["period"] == ALL)
    ].dropna(subset=["score_shrunk"])
    everybody = own[own["cut"] == ALL]
    ranked = own[own["cut"] == "unit"].sort_values(["score_shrunk", "group"], ascending=[False, True])
    if len(ranked) < 2 or everybody.empty:
        return empty_chart(title, wording)
    heard = ranked["n_respondents"].rank(ascending=False, method="first") <= max_units
    units = ranked[heard]
    rows = np.arange(len(units))
    chart = start_chart(title, height=1.3 + 0.3 * len(units))
    axes = chart.subplots()
    colour = VOICE_COLOUR[voice]
    axes.hlines(rows, units["ci_low"], units["ci_high"], color=colour, linewidth=3.2, alpha=0.25)
    axes.scatter(units["score"], rows, facecolor="white", edgecolor=colour, s=26, zorder=3)
    axes.scatter(units["score_shrunk"], rows, color=colour, s=36, zorder=4)
    score_axis(axes, wording)
    axes.axvline(everybody["score"].iloc[0], color=MUTED, linewidth=1, linestyle=(0, (5, 3)), zorder=0)
    name_rows(axes, units["group"], width=26)
    for row, (score, count) in enumerate(zip(units["score_shrunk"], units["n_respondents"], strict=True)):
        axes.text(103, row, wording.number(score, ".0f"), va="center", ha="left", fontweight="bold", color=colour)
        said = drawable(wording.text("figure.n", n=int(count)))
        axes.text(110, row, said, va="center", ha="left", color=MUTED, fontsize=8)
    chart.caption = wording.text(
        "figure.league.caption", score=everybody["score"].iloc[0], n=int(units["n_respondents"].sum())
    )
    chart.caption += say_others(len(ranked) - len(units), wording)
    chart.caption += say_span(wording.span(months_of(driver_scores)), wording)
    chart.alt = wording.text(
        "figure.league.alt",
        title=title,
        best=units["group"].iloc[0],
        best_score=units["score_shrunk"].iloc[0],
        worst=units["group"].iloc[-1],
        worst_score=units["score_shrunk"].iloc[-1],
    )
    return chart


@in_house_style
def plot_trend(  # noqa: PLR0913  the two tables, then the line to draw
    driver_scores: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    voice: str,
    driver_id: str,
    cut: str,
    group: str,
    wording: Wording,
    halves: tuple[float, float] | None = None,
) -> Chart:
    """Draw one driver's monthly score at a unit (or another group of a cut) against everybody's.

    `halves` are the mean scores of the first and of the second half of the time, where the chart is to show them.
    """
    monthly = driver_scores[
        (driver_scores["voice"] == voice) & (driver_scores["driver_id"] == driver_id) & (driver_scores["period"] != ALL)
    ]
    here = monthly[(monthly["cut"] == cut) & (monthly["group"] == group)]
    everybody = monthly[monthly["cut"] == ALL]
    name = wording.labels(drivers)[driver_id]
    months = months_of(driver_scores)
    split = Halves(*halves, since=months[len(months) // 2]) if halves else None
    return plot_trace(here, everybody, voice=voice, driver=name, group=group, wording=wording, halves=split)


class Halves(NamedTuple):
    """The mean scores of the first and of the second half of the time, and the first month of the second."""

    before: float
    now: float
    since: str


@in_house_style
def plot_trace(  # noqa: PLR0913  two tables, then whose they are
    here: pd.DataFrame,
    everybody: pd.DataFrame,
    *,
    voice: str,
    driver: str,
    group: str,
    wording: Wording,
    halves: Halves | None = None,
) -> Chart:
    """Draw scores month by month, with their interval, against everybody's.

    Parameters
    ----------
    here, everybody : DataFrame
        `period` (months), `n_mentions`, `score`, `ci_low`, `ci_high`; one and the same table is drawn once.
    voice, driver, group : str
        Who speaks, of what, and who of them; the last two as they are named to the reader.
    wording : Wording
    halves : Halves, optional
        Levels to draw over the two halves of the time.
    """
    title = wording.text("figure.trend.title", driver=wording.quote(driver), group=group)
    months = sorted({*here["period"], *everybody["period"]})
    alone = here is everybody
    here, everybody = (table.set_index("period").reindex(months) for table in (here, everybody))
    if here["score"].notna().sum() < 2:
        return empty_chart(title, wording)
    colour = VOICE_COLOUR[voice]
    chart = start_chart(title, height=3.3)
    axes = chart.subplots()
    places = np.arange(len(months))
    lines, measures = [(here["score"], group, colour)], [measure_scores(group, colour, here)]
    if not alone:
        lines.append((everybody["score"], wording.text("figure.trend.all"), MUTED))
        measures.append(Measure(wording.text("figure.trend.all"), MUTED, rounded(everybody["score"], 0)))
        axes.plot(places, everybody["score"], color=MUTED, linewidth=1.6, marker="o", markersize=2.5)
    axes.fill_between(
        places, here["ci_low"].astype(float), here["ci_high"].astype(float), color=colour, alpha=0.16, linewidth=0
    )
    axes.plot(places, here["score"], color=colour, linewidth=2.2, marker="o", markersize=5)
    if halves:
        late = np.array([month >= halves.since for month in months])
        _draw_halves(axes, late, halves, colour, wording)
        # a measure each, so that no line leads from the one to the other
        for name, level, within in (("first_half", halves.before, ~late), ("second_half", halves.now, late)):
            levels = np.where(within, level, np.nan)
            measures.append(Measure(wording.text(f"figure.trend.{name}"), BX, rounded(levels, 0)))
    _name_ends(axes, lines)
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 25, 50, 75, 100])
    axes.set_ylabel(drawable(wording.text("figure.trend.axis")))
    axes.axhline(50, color=RULE, linewidth=1, zorder=0)
    axes.set_xlim(-0.4, len(months) - 0.6)
    step = max(1, len(months) // 7)
    ticks = places[::-1][::step][::-1]
    axes.set_xticks(ticks, [wording.month(months[tick], short=True).replace(" ", "\n") for tick in ticks])
    said = wording.text(
        "series.trend", n=int(here["n_mentions"].sum()), all_n=int(everybody["n_mentions"].sum())
    ) + say_span(wording.span(months), wording)
    chart.series = Rows(
        "lines",
        tuple(wording.month(month, short=True) for month in months),
        tuple(measures),
        bounds=(0, 100),
        caption=said,
    )
    known = here["score"].dropna()
    chart.caption = wording.text(
        "figure.trend.caption",
        n=int(here["n_mentions"].sum()),
        all_n=int(everybody["n_mentions"].sum()),
    )
    chart.caption += wording.text("figure.trend.halves_help") if halves else ""
    chart.caption += say_span(wording.span(months), wording)
    chart.alt = wording.text(
        "figure.trend.alt",
        title=title,
        first=known.iloc[0],
        first_month=wording.month(known.index[0]),
        last=known.iloc[-1],
        last_month=wording.month(known.index[-1]),
    )
    return chart


def _draw_halves(axes: Axes, late: NDArray[np.bool_], halves: Halves, colour: str, wording: Wording) -> None:
    """Draw the mean of each half of the time, early and late, as a level with its figure."""
    for half, level in enumerate((halves.before, halves.now)):
        places = np.flatnonzero(late == bool(half))
        if len(places):
            axes.hlines(level, places[0] - 0.3, places[-1] + 0.3, color=colour, linewidth=1.3, linestyle=(0, (5, 3)))
            axes.text(
                (places[0] + places[-1]) / 2, level + 2, wording.number(level, ".0f"), color=colour, ha="center",
                va="bottom", fontweight="bold", fontsize=9.5, zorder=6,
                path_effects=[withStroke(linewidth=2.5, foreground="white")],
            )  # fmt: skip


def _name_ends(axes: Axes, lines: list[tuple[pd.Series[float], str, str]]) -> None:
    """Name lines at their right ends, far enough apart to be read."""
    ends = sorted(
        (float(scores.dropna().iloc[-1]), name, colour) for scores, name, colour in lines if scores.notna().any()
    )
    heights = [ends[0][0]]
    for height, _, _ in ends[1:]:
        heights.append(max(height, heights[-1] + 11))
    overshoot = max(0.0, heights[-1] - 97)
    for height, (_, name, colour) in zip(heights, ends, strict=True):
        axes.text(
            1.015, (height - overshoot) / 100, shorten(name, 16), transform=axes.transAxes,
            color=colour, va="center", ha="left", fontweight="bold", fontsize=8.5,
        )  # fmt: skip
