"""Figures of the themes: under their drivers, over drivers, over time, on a map; the emerging ones in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bxtext.figures.series import count_remarks
from bxtext.figures.style import (
    INK,
    MUTED,
    PALE,
    VOICE_COLOUR,
    empty_chart,
    in_house_style,
    name_rows,
    place_labels,
    say_others,
    say_span,
    shorten,
    start_chart,
)
from bxtext.wording import NONE

if TYPE_CHECKING:
    import pandas as pd

    from bxtext.figures.style import Chart
    from bxtext.wording import Wording

UNSTABLE = 0.35  # opacity of a theme that doesn't come back
INDENT = "    "
N_SHOWN = 6  # words of a theme


@in_house_style
def plot_theme_tree(  # noqa: PLR0913  two tables and how to show them
    themes: pd.DataFrame, drivers: pd.DataFrame, *, voice: str, wording: Wording, max_themes: int = 24, span: str = ""
) -> Chart:
    """Draw the themes of a voice under the driver they refine, and last those that no driver covers.

    `span` is the time covered, in words.
    """
    title = wording.text(f"figure.theme_tree.title.{voice}")
    own = themes[themes["theme_id"].str.startswith(f"{voice}-")]
    if own.empty:
        return empty_chart(title, wording)
    shown = own.sort_values(["n_segments", "theme_id"], ascending=[False, True]).head(max_themes)
    shown = shown.assign(group=shown["driver_id"].fillna(""))
    size = shown.groupby("group")["n_segments"].transform("sum").where(shown["group"] != "", -1)
    ordered = shown.assign(size=size).sort_values(["size", "group", "n_segments"], ascending=[False, True, False])
    labels, driver_labels = wording.labels(themes), wording.labels(drivers)
    names, counts, opacity = [], [], []
    for group, rows in ordered.groupby("group", sort=False):
        names.append(driver_labels.get(str(group), wording.text("figure.theme_tree.no_driver")))
        counts.append(np.nan)
        opacity.append(0.0)
        for row in rows.to_dict("records"):
            names.append(INDENT + labels[row["theme_id"]])
            counts.append(float(row["n_segments"]))
            opacity.append(0.9 if row["stable"] else UNSTABLE)
    chart = start_chart(title, height=1.0 + 0.27 * len(names))
    axes = chart.subplots()
    places = np.arange(len(names))
    bars = axes.barh(places, np.nan_to_num(counts), color=VOICE_COLOUR[voice], height=0.66)
    for bar, strength in zip(bars, opacity, strict=True):
        bar.set_alpha(strength)
    name_rows(axes, names, width=48)
    for label, count in zip(axes.get_yticklabels(), counts, strict=True):
        label.set_fontweight("bold" if np.isnan(count) else "normal")
    axes.set_xlim(0, float(np.nanmax(counts)) * 1.12)
    axes.set_xticks([])
    axes.spines[["left", "bottom"]].set_visible(False)
    for place, count in enumerate(counts):
        if not np.isnan(count):
            axes.text(count, place, f"  {wording.number(int(count))}", va="center", color=MUTED, fontsize=8.5)
    n_stable = int(own["stable"].sum())
    chart.caption = wording.text("figure.theme_tree.caption", n=len(own), stable=n_stable)
    chart.caption += say_others(len(own) - len(shown), wording) + say_span(span, wording)
    chart.alt = wording.text("figure.theme_tree.alt", title=title, n=len(own), stable=n_stable)
    by_size = own.sort_values(["n_segments", "theme_id"], ascending=[False, True])
    said = wording.text("figure.themes.caption", n=int(own["n_segments"].sum()))
    said += "" if own["stable"].all() else wording.text("figure.themes.unstable")
    chart.series = replace(count_remarks(by_size, VOICE_COLOUR[voice], wording), caption=said + say_span(span, wording))
    return chart


@in_house_style
def plot_theme_drivers(  # noqa: PLR0913  three tables and how to show them
    profiles: pd.DataFrame,
    themes: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    voice: str,
    wording: Wording,
    max_themes: int = 14,
) -> Chart:
    """Draw how much each theme speaks of each driver that any of them speaks of most."""
    import seaborn as sns  # noqa: PLC0415  a second to import, for this figure alone

    title = wording.text(f"figure.theme_drivers.title.{voice}")
    own = themes[themes["theme_id"].str.startswith(f"{voice}-")]
    shown = own.sort_values(["n_segments", "theme_id"], ascending=[False, True]).head(max_themes)["theme_id"].tolist()
    known = profiles[profiles["theme_id"].isin(shown) & profiles["driver_id"].isin(drivers["driver_id"])]
    if known.empty:
        return empty_chart(title, wording)
    wide = known.pivot_table(index="theme_id", columns="driver_id", values="similarity").loc[shown]
    first = list(dict.fromkeys(wide.idxmax(axis=1)))
    wide = wide[first].clip(lower=0)
    labels, driver_labels = wording.labels(themes), wording.labels(drivers)
    chart = start_chart(title, width=8.6, height=3.2 + 0.34 * len(shown))
    axes = chart.subplots()
    sns.heatmap(
        wide, ax=axes, cmap=sns.light_palette(VOICE_COLOUR[voice], as_cmap=True), vmin=0, vmax=1, linewidths=1.2,
        linecolor="white", cbar=False,
    )  # fmt: skip
    for row, column in zip(*np.nonzero(wide.to_numpy() >= 0.2), strict=True):
        value = float(wide.iloc[row, column])
        said = wording.number(value, ".1f")
        axes.text(
            column + 0.5, row + 0.5, said, ha="center", va="center", fontsize=7, color="white" if value > 0.6 else INK
        )
    axes.set_yticklabels([shorten(labels[key], 36, lines=1) for key in shown], rotation=0)
    axes.set_xticklabels(
        [shorten(driver_labels[str(key)], 40, lines=1) for key in first], rotation=45, ha="left", rotation_mode="anchor"
    )
    axes.xaxis.tick_top()
    axes.set_xlabel("")
    axes.set_ylabel("")
    chart.caption = wording.text("figure.theme_drivers.caption", n=len(shown)) + say_others(
        len(own) - len(shown), wording
    )
    clearest = known.sort_values(["similarity", "theme_id"]).iloc[-1]
    chart.alt = wording.text(
        "figure.theme_drivers.alt",
        title=title,
        theme=labels[clearest["theme_id"]],
        driver=driver_labels[clearest["driver_id"]],
        n=len(shown),
    )
    return chart


@in_house_style
def plot_theme_trend(
    trace: pd.DataFrame, themes: pd.DataFrame, *, voice: str, wording: Wording, max_themes: int = 6
) -> Chart:
    """Draw, month by month, the share of comments that speak of each of the largest themes, with its interval."""
    title = wording.text(f"figure.theme_trend.title.{voice}")
    own = themes[themes["theme_id"].str.startswith(f"{voice}-") & themes["theme_id"].isin(trace["theme_id"])]
    shown = own.sort_values(["n_segments", "theme_id"], ascending=[False, True]).head(max_themes)["theme_id"].tolist()
    periods = sorted(trace.loc[trace["theme_id"].isin(shown), "period"].unique())
    if len(periods) < 2:  # a line takes two points
        return empty_chart(title, wording)
    labels = wording.labels(themes)
    n_rows = -(-len(shown) // 2)
    chart = start_chart(title, height=0.8 + 1.7 * n_rows)
    panels = chart.subplots(n_rows, 2, sharex=True, sharey=True, squeeze=False).ravel()
    ticks = sorted({0, len(periods) // 2, len(periods) - 1})
    for axes, theme in zip(panels, shown, strict=False):
        line = trace[trace["theme_id"] == theme].set_index("period").reindex(periods)
        places = np.arange(len(periods))
        low, high = (line[end].to_numpy(dtype=float) for end in ("ci_low", "ci_high"))
        axes.fill_between(places, low, high, color=VOICE_COLOUR[voice], alpha=0.18, linewidth=0)
        axes.plot(places, line["share"].to_numpy(dtype=float), color=VOICE_COLOUR[voice], linewidth=1.6)
        axes.set_title(shorten(labels[theme], 44, lines=1), fontsize=8.5, loc="left", color=INK)
        axes.set_xticks(ticks, [periods[tick] for tick in ticks])
        axes.yaxis.set_major_formatter(lambda value, _: wording.number(value, ".0%"))
        axes.set_ylim(bottom=0)
    for axes in panels[len(shown) :]:
        axes.set_visible(False)
    n_documents = int(trace[trace["theme_id"] == shown[0]]["n_documents"].sum())
    chart.caption = wording.text("figure.theme_trend.caption", n=n_documents) + say_others(
        len(own) - len(shown), wording
    )
    chart.alt = wording.text("figure.theme_trend.alt", title=title, n=len(shown), first=periods[0], last=periods[-1])
    return chart


@in_house_style
def plot_theme_map(places: pd.DataFrame, themes: pd.DataFrame, *, voice: str, wording: Wording) -> Chart:
    """Draw a sample of the segments, the like ones near each other, with the themes' names where they lie."""
    title = wording.text(f"figure.theme_map.title.{voice}")
    if places.empty:
        return empty_chart(title, wording)
    chart = start_chart(title, width=8.2, height=6.2)
    axes = chart.subplots()
    order = themes.loc[themes["theme_id"].isin(places["theme_id"])].sort_values(
        ["n_segments", "theme_id"], ascending=[False, True]
    )
    for number, row in enumerate(order.to_dict("records")):
        own = places[places["theme_id"] == row["theme_id"]]
        axes.scatter(own["x"], own["y"], s=11, linewidths=0, **_mark(number, stable=bool(row["stable"])))
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(PALE)
    axes.spines[:].set_visible(False)
    labels = wording.labels(themes)
    middles = places.groupby("theme_id")[["x", "y"]].median().loc[order["theme_id"]]
    names = [shorten(labels[str(key)], 24) for key in middles.index]
    named = len(place_labels(axes, middles.to_numpy(dtype=float), names, size=7.5))
    chart.caption = wording.text("figure.theme_map.caption", n=len(places), named=named, themes=len(order))
    chart.alt = wording.text("figure.theme_map.alt", title=title, n=len(places), themes=len(order))
    return chart


def _mark(number: int, *, stable: bool) -> dict[str, Any]:
    """Colour of a theme: neighbours in size differ, and what doesn't come back is pale."""
    import seaborn as sns  # noqa: PLC0415  a second to import

    palette = sns.color_palette("colorblind")
    return {"color": palette[number % len(palette)], "alpha": 0.85 if stable else UNSTABLE}


def describe_emerging(
    emerging_themes: pd.DataFrame, themes: pd.DataFrame, theme_terms: pd.DataFrame, wording: Wording
) -> list[str]:
    """Say which themes are on the rise, one sentence a theme with its words, the largest rise first; or that none is.

    Parameters
    ----------
    emerging_themes, themes, theme_terms : DataFrame
        The tables of these names.
    wording : Wording
        The language to say it in; a theme without words in it keeps those of the other.
    """
    risen = emerging_themes[emerging_themes["verdict"] == "emerging"].sort_values(["q_value", "theme_id"])
    if risen.empty:
        known = len(emerging_themes) and (emerging_themes["verdict"] == "stable").any()
        return [wording.text("emerging.none" if known else "emerging.no_data")]
    labels = wording.labels(themes)
    ranked = theme_terms.sort_values(["theme_id", "rank"])
    own = ranked[ranked["language"] == wording.language].groupby("theme_id")["term"].agg(list)
    words = own.reindex(themes["theme_id"]).fillna(ranked.groupby("theme_id")["term"].agg(list))
    return [
        wording.text(
            "emerging.new" if row["change"] == "born" else "emerging.rise",
            theme=wording.quote(labels[row["theme_id"]]), n=row["n_respondents"], heard=row["n_heard"],
            month=wording.month(row["period"]), ratio=row["ratio"], low=row["ci_low"], high=row["ci_high"],
            words=", ".join(found[:N_SHOWN]) if isinstance(found := words.get(row["theme_id"]), list) else NONE,
        )
        for row in risen.to_dict("records")
    ]  # fmt: skip
