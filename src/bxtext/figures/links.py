"""Figures of `linkage` and `themes`: which drivers move together, what people speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from bxtext.figures.series import Measure, Rows, count_remarks, rounded
from bxtext.figures.style import (
    BX,
    INK,
    MUTED,
    VOICE_COLOUR,
    drawable,
    empty_chart,
    in_house_style,
    name_rows,
    say_others,
    say_span,
    shorten,
    start_chart,
)

if TYPE_CHECKING:
    from bxtext.figures.style import Chart
    from bxtext.wording import Wording

PALENESS = 0.3  # opacity of what isn't established, so that chance doesn't catch the eye
FEWEST_LINKS, MAX_LINKS = 3, 12  # links that make a chart on a slide
FOUND = 0.05  # false discovery rate below which a link is called found


def surest_links(linkage: pd.DataFrame) -> pd.DataFrame:
    """Return each pair of drivers at its surest lag and level, the surest pair first.

    The level is `across` (rho over all cells, whose interval is published) where a link is found there, so that one
    link is told by one figure; else `within` (each unit's mean taken away) where it is found there alone.

    Returns
    -------
    DataFrame
        `ex_driver_id`, `cx_driver_id`, `lag`, `level`, `rho`, `q`, `n_units`, `n_cells`.
    """
    keys = ["ex_driver_id", "cx_driver_id", "lag", "n_units", "n_cells"]
    levels = [
        linkage[[*keys, rho, q]].set_axis([*keys, "rho", "q"], axis=1).assign(level=level)
        for level, rho, q in (("across", "rho", "q_value"), ("within", "within_rho", "within_q"))
    ]
    known = pd.concat(levels).dropna(subset=["rho", "q"])
    rank = np.select([(known["q"] < FOUND) & (known["level"] == "across"), known["q"] < FOUND], [0, 1], 2)
    ordered = known.assign(rank=rank, size=-known["rho"].abs()).sort_values(
        ["rank", "q", "size", "level", *keys[:3]], ignore_index=True
    )
    best = ordered.drop_duplicates(["ex_driver_id", "cx_driver_id"]).sort_values(["q", "rank", "size", *keys[:3]])
    return best.drop(columns=["rank", "size"]).reset_index(drop=True)


@in_house_style
def plot_linkage(
    linkage: pd.DataFrame, drivers: pd.DataFrame, *, wording: Wording, max_drivers: int = 12, span: str = ""
) -> Chart:
    """Draw Spearman's rho of employee against customer drivers at the surest lag; a frame marks q < 0.05."""
    import seaborn as sns  # noqa: PLC0415  a second to import, for this figure alone

    title = wording.text("figure.linkage.title")
    best = surest_links(linkage)
    if best.empty:
        return empty_chart(title, wording)
    labels = wording.labels(drivers)
    # the drivers with the surest links, so that the map can be read
    ex_ids = best["ex_driver_id"].drop_duplicates().head(max_drivers).tolist()
    cx_ids = best["cx_driver_id"].drop_duplicates().head(max_drivers).tolist()
    shown = best[best["ex_driver_id"].isin(ex_ids) & best["cx_driver_id"].isin(cx_ids)]
    rho = shown.pivot_table(index="ex_driver_id", columns="cx_driver_id", values="rho", aggfunc="first")
    chart = start_chart(title, width=8.6, height=2.6 + 0.42 * len(ex_ids))
    chart.dense = True
    axes = chart.subplots()
    palette = sns.color_palette("vlag", as_cmap=True)
    sns.heatmap(
        rho.reindex(index=ex_ids, columns=cx_ids), ax=axes, cmap=palette,
        vmin=-1, vmax=1, linewidths=1.5, linecolor="white", alpha=PALENESS,
        cbar_kws={"location": "bottom", "shrink": 0.45, "aspect": 30, "pad": 0.03},
    )  # fmt: skip
    bar = axes.collections[0].colorbar
    assert bar is not None and bar.solids is not None  # noqa: S101, PT018  asked for just above
    bar.outline.set_visible(False)
    bar.solids.set_alpha(1)
    bar.set_ticks([-1, -0.5, 0, 0.5, 1], labels=[wording.number(tick, "+.1f") for tick in (-1, -0.5, 0, 0.5, 1)])
    bar.set_label(drawable(wording.text("figure.linkage.axis")), color=MUTED, fontsize=8.5)
    for link in shown[shown["q"] < FOUND].to_dict("records"):
        row, column = ex_ids.index(link["ex_driver_id"]), cx_ids.index(link["cx_driver_id"])
        full = palette((link["rho"] + 1) / 2)
        axes.add_patch(Rectangle((column + 0.05, row + 0.05), 0.9, 0.9, facecolor=full, edgecolor=INK, linewidth=1.6))
        said = f"{wording.number(link['rho'], '+.2f')}\n{wording.text('figure.linkage.lag', lag=link['lag'])}"
        colour = "white" if abs(link["rho"]) > 0.6 else INK
        axes.text(column + 0.5, row + 0.5, said, ha="center", va="center", fontsize=6.6, color=colour)
    axes.set_yticklabels([shorten(labels[key], 30) for key in ex_ids], rotation=0)
    axes.set_xticklabels(
        [shorten(labels[key], 46, lines=1) for key in cx_ids], rotation=45, ha="left", rotation_mode="anchor"
    )
    axes.xaxis.tick_top()
    axes.tick_params(axis="x", labelcolor=VOICE_COLOUR["customer"], labelsize=8.5)
    axes.tick_params(axis="y", labelcolor=VOICE_COLOUR["employee"], labelsize=8.5)
    axes.set_xlabel("")
    axes.set_ylabel("")
    n_pairs = wording.text("count.pairs", n=len(best))
    n_found = int((best["q"] < FOUND).sum())
    chart.caption = wording.text(
        "figure.linkage.caption",
        units=wording.text("count.units", n=int(best["n_units"].max())),
        cells=wording.text("count.cells", n=int(best["n_cells"].max())),
        pairs=n_pairs,
    )
    chart.caption += say_span(span, wording)
    found = best[best["q"] < FOUND].head(MAX_LINKS)
    if len(found) >= FEWEST_LINKS:
        names = [
            f"{labels[link['ex_driver_id']]} → {labels[link['cx_driver_id']]} "
            f"({wording.text('figure.linkage.lag', lag=link['lag'])})"
            for link in found.to_dict("records")
        ]
        chart.series = Rows(
            "bars",
            tuple(names),
            (Measure(wording.text("figure.linkage.axis"), BX, rounded(found["rho"], 2)),),
            form="+0.00;-0.00",
            bounds=(-1, 1),
            caption=wording.text("series.linkage", units=int(best["n_units"].max()), pairs=n_pairs)
            + say_span(span, wording),
        )
    chart.alt = wording.text("figure.linkage.alt", title=title, n=n_found, pairs=n_pairs)
    return chart


@in_house_style
def plot_themes(themes: pd.DataFrame, *, wording: Wording, max_themes: int = 15, span: str = "") -> Chart:
    """Draw how much is said about each theme, the largest first; a theme has the colour of its voice."""
    voice = themes["theme_id"].str.rsplit("-", n=1).str[0]
    title = wording.text(f"figure.themes.title.{voice.iloc[0] if len(set(voice)) == 1 else 'both'}")
    if themes.empty:
        return empty_chart(title, wording)
    ordered = themes.sort_values(["n_segments", "theme_id"], ascending=[False, True])
    shown = ordered.head(max_themes)
    labels = wording.labels(themes)
    names = [labels[key] for key in shown["theme_id"]]
    rows = np.arange(len(shown))
    chart = start_chart(title, height=1.0 + 0.32 * len(shown))
    axes = chart.subplots()
    bars = axes.barh(rows, shown["n_segments"], color=voice.loc[shown.index].map(VOICE_COLOUR), height=0.62)
    for bar, stable in zip(bars, shown["stable"], strict=True):
        bar.set_alpha(0.88 if stable else PALENESS)
    name_rows(axes, names, width=44)
    axes.set_xlim(0, shown["n_segments"].max() * 1.12)
    axes.set_xticks([])
    axes.spines[["left", "bottom"]].set_visible(False)
    for row, count in enumerate(shown["n_segments"]):
        axes.text(count, row, f"  {wording.number(int(count))}", va="center", ha="left", color=MUTED, fontsize=8.5)
    chart.caption = wording.text("figure.themes.caption", n=int(ordered["n_segments"].sum()))
    chart.caption += "" if shown["stable"].all() else wording.text("figure.themes.unstable")
    chart.caption += say_others(len(ordered) - len(shown), wording) + say_span(span, wording)
    chart.series = count_remarks(shown, VOICE_COLOUR[voice.loc[shown.index[0]]], wording)
    chart.alt = wording.text(
        "figure.themes.alt", title=title, n=len(shown), largest=names[0], size=int(shown["n_segments"].iloc[0])
    )
    return chart
