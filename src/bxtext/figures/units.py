"""Figures of `brand` and `mirror`: what the two voices make together, unit by unit and pair by pair."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import FancyArrowPatch
from matplotlib.patheffects import withStroke

from bxtext.figures.series import Butterfly, Measure, Points, Rows, measure_scores, round_bounds, rounded
from bxtext.figures.style import (
    BX,
    CX,
    EX,
    INK,
    MUTED,
    RULE,
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
from bxtext.tables import ALL, LIGHTS, UNDECIDED

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from bxtext.figures.style import Chart
    from bxtext.wording import Wording

PER_LINE = 6  # numbered units on a line of the key
LIGHT_NAMES = ("people", "product", "process")
LIGHT_MARKS = {"green": "o", "amber": "D", "red": "^"}  # a shape too: not everybody tells red from green
LIGHT_COLOURS = {"green": "#00805C", "amber": "#E69F00", "red": "#C8102E"}


def rank_units(brand: pd.DataFrame) -> pd.DataFrame:
    """Return the units that have a BX over the whole time, best first."""
    whole = brand[(brand["period"] == ALL) & (brand["unit"] != ALL) & brand["bx"].notna()]
    return whole.sort_values(["bx", "unit"], ascending=[False, True], ignore_index=True)


def most_heard(units: pd.DataFrame, max_units: int) -> pd.DataFrame:
    """Return the `max_units` units with most people heard, in the order they came."""
    heard = (units["n_customers"] + units["n_employees"]).rank(ascending=False, method="first")
    return units[heard <= max_units].reset_index(drop=True)


def _span(table: pd.DataFrame, wording: Wording) -> str:
    months = set(table["period"]) - {ALL}
    return wording.span(months) if months else ""


@in_house_style
def plot_brand(brand: pd.DataFrame, *, wording: Wording, max_units: int = 20) -> Chart:
    """Draw each unit's BX with its 95 % interval, and the CX and EX it is made of."""
    title = wording.text("figure.brand.title")
    ranked = rank_units(brand)
    if ranked.empty:
        return empty_chart(title, wording)
    units = most_heard(ranked, max_units)
    rows = np.arange(len(units))
    chart = start_chart(title, height=1.5 + 0.32 * len(units))
    axes = chart.subplots()
    axes.hlines(rows, units["ci_low"], units["ci_high"], color=BX, linewidth=7, alpha=0.25)
    axes.scatter(units["bx"], rows, color=BX, s=64, marker="D", zorder=3)
    axes.scatter(units["cx"], rows, color=CX, s=30, zorder=4, edgecolor="white", linewidth=0.6)
    axes.scatter(units["ex"], rows, color=EX, s=28, marker="s", zorder=4, edgecolor="white", linewidth=0.6)
    score_axis(axes, wording)
    name_rows(axes, units["unit"], width=26)
    for row, score in enumerate(units["bx"]):
        axes.text(102, row, wording.number(score, ".0f"), va="center", ha="left", fontweight="bold", color=BX)
    _draw_key(axes, [("o", CX, "CX"), ("s", EX, "EX"), ("D", BX, "BX")], wording)
    chart.caption = wording.text(
        "figure.brand.caption",
        customers=int(units["n_customers"].sum()),
        employees=int(units["n_employees"].sum()),
        units=wording.text("count.units", n=len(units)),
    )
    chart.caption += say_others(len(ranked) - len(units), wording) + say_span(_span(brand, wording), wording)
    chart.series = Rows(
        "dots",
        tuple(units["unit"]),
        (
            Measure(wording.text("figure.key.cx"), CX, rounded(units["cx"])),
            Measure(wording.text("figure.key.ex"), EX, rounded(units["ex"])),
            measure_scores(wording.text("figure.key.bx"), BX, units, ("bx", "ci_low", "ci_high")),
        ),
        bounds=round_bounds(units[["cx", "ex", "ci_low", "ci_high"]]),
    )
    chart.alt = wording.text(
        "figure.brand.alt",
        title=title,
        units=wording.text("count.units", n=len(units)),
        best=units["unit"].iloc[0],
        best_score=units["bx"].iloc[0],
        worst=units["unit"].iloc[-1],
        worst_score=units["bx"].iloc[-1],
    )
    return chart


def _draw_key(axes: Axes, marks: list[tuple[str, str, str]], wording: Wording) -> None:
    """One line above the rows that says what each mark is."""
    for place, (marker, colour, name) in zip((0.0, 0.36, 0.72), marks, strict=True):
        axes.plot(
            place + 0.01, 1.035, marker=marker, color=colour, markersize=6, transform=axes.transAxes, clip_on=False
        )
        said = drawable(wording.text(f"figure.key.{name.lower()}"))
        axes.text(place + 0.03, 1.035, said, transform=axes.transAxes, color=colour, va="center", fontsize=8.5)


@in_house_style
def plot_quadrant(
    brand: pd.DataFrame,
    *,
    wording: Wording,
    high_score: float = 50.0,
    max_units: int = 20,
    movements: pd.DataFrame | None = None,
) -> Chart:
    """Draw the units by CX and EX; the corner a unit stands in says what the two voices make together.

    A mark is full where the intervals decide the corner. With `movements`, a line leads from the first half of the
    time through the unit's mark to the second half where BX surely changed.
    """
    title = wording.text("figure.quadrant.title")
    ranked = rank_units(brand)
    if ranked.empty:
        return empty_chart(title, wording)
    units = most_heard(ranked, max_units)
    chart = start_chart(title, width=7.6, height=7.4)
    chart.dense = True
    axes = chart.subplots()
    low, high = _square(units, high_score, _sure_moves(units, movements))
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_aspect("equal")
    axes.axvline(high_score, color=MUTED, linewidth=1)
    axes.axhline(high_score, color=MUTED, linewidth=1)
    corners = {
        "virtuous": (0.985, 0.985), "hidden_cost": (0.985, 0.015),
        "unfulfilled": (0.015, 0.985), "vicious": (0.015, 0.015),
    }  # fmt: skip
    for quadrant, (x, y) in corners.items():
        axes.text(
            x, y, drawable(wording.text(f"quadrant.{quadrant}")), transform=axes.transAxes, color=MUTED, zorder=5,
            fontsize=9.5, fontweight="bold", path_effects=[withStroke(linewidth=2.5, foreground="white")],
            ha="right" if x > 0.5 else "left", va="top" if y > 0.5 else "bottom",
        )  # fmt: skip
    moved = _sure_moves(units, movements)
    strokes = [*zip(units[["cx_low", "ex"]].to_numpy(), units[["cx_high", "ex"]].to_numpy(), strict=True),
               *zip(units[["cx", "ex_low"]].to_numpy(), units[["cx", "ex_high"]].to_numpy(), strict=True)]  # fmt: skip
    strokes += [(np.array([low, high_score]), np.array([high, high_score])),
                (np.array([high_score, low]), np.array([high_score, high]))]  # fmt: skip
    for move in moved.merge(units[["unit", "cx", "ex"]], on="unit").to_dict("records"):
        before, now = ((move[f"cx_{half}"], move[f"ex_{half}"]) for half in ("before", "now"))
        middle = (move["cx"], move["ex"])
        strokes += [(np.array(before), np.array(middle)), (np.array(middle), np.array(now))]
        axes.plot(*zip(before, middle, strict=True), color=BX, linewidth=1.2, alpha=0.55, marker=".", zorder=2,
                  markevery=[0])  # fmt: skip
        arrow = FancyArrowPatch(
            middle, now, arrowstyle="-|>", mutation_scale=10, color=BX, alpha=0.55, linewidth=1.2, shrinkA=0, shrinkB=0,
            zorder=2,
        )  # fmt: skip
        axes.add_patch(arrow)
    axes.hlines(units["ex"], units["cx_low"], units["cx_high"], color=RULE, linewidth=1.2, zorder=1)
    axes.vlines(units["cx"], units["ex_low"], units["ex_high"], color=RULE, linewidth=1.2, zorder=1)
    decided = (units["quadrant"] != UNDECIDED).to_numpy()
    inside = np.where(decided, BX, "white")
    axes.scatter(units["cx"], units["ex"], facecolor=inside, edgecolor=BX, linewidth=1.2, s=40, marker="D", zorder=3)
    axes.set_xlabel(drawable(wording.text("figure.quadrant.cx")))
    axes.set_ylabel(drawable(wording.text("figure.quadrant.ex")))
    named = units.iloc[np.argsort(~decided, kind="stable")].reset_index(drop=True)
    _name_units(axes, named, np.array(strokes), wording)
    chart.caption = wording.text(
        "figure.quadrant.caption",
        units=wording.text("count.units", n=len(units)),
        line=high_score,
        moves=wording.text("figure.quadrant.moves") if len(moved) else "",
    )
    chart.caption += say_others(len(ranked) - len(units), wording) + say_span(_span(brand, wording), wording)
    by_cx, by_ex = (
        measure_scores(wording.text(f"figure.quadrant.{side}"), BX, named, (side, f"{side}_low", f"{side}_high"))
        for side in ("cx", "ex")
    )
    chart.series = Points(
        tuple(named["unit"]),
        by_cx,
        by_ex,
        pale=tuple((named["quadrant"] == UNDECIDED).tolist()),
        crossing=(high_score, high_score),
        corners=tuple(
            wording.text(f"quadrant.{name}") for name in ("virtuous", "hidden_cost", "unfulfilled", "vicious")
        ),
        caption=wording.text("series.quadrant", units=wording.text("count.units", n=len(units)), line=high_score)
        + say_others(len(ranked) - len(units), wording)
        + say_span(_span(brand, wording), wording),
    )
    counts = units["quadrant"].value_counts()
    chart.alt = wording.text(
        "figure.quadrant.alt",
        title=title,
        **{name: int(counts.get(name, 0)) for name in (*corners, UNDECIDED)},
    )
    return chart


def _name_units(axes: Axes, units: pd.DataFrame, strokes: NDArray[np.float64], wording: Wording) -> None:
    """Name every unit: beside its mark, or by a number in it and a key under the plot where there is no place."""
    names = [shorten(name, 22) for name in units["unit"]]
    placed = place_labels(axes, units[["cx", "ex"]].to_numpy(), names, size=8.5, strokes=strokes)
    rest = units.drop(index=placed)
    if rest.empty:
        return
    hollow = (rest["quadrant"] == UNDECIDED).to_numpy()
    axes.scatter(rest["cx"], rest["ex"], facecolor=np.where(hollow, "white", BX), edgecolor=BX, linewidth=1.2, s=130,
                 marker="D", zorder=4)  # fmt: skip
    for n, (x, y, pale) in enumerate(zip(rest["cx"], rest["ex"], hollow, strict=True), start=1):
        colour = BX if pale else "white"
        axes.text(x, y, str(n), fontsize=7.5, color=colour, fontweight="bold", ha="center", va="center", zorder=5)
    said = [
        wording.text("figure.quadrant.numbered_unit", n=n, unit=drawable(name).replace("\n", " "))
        for n, name in enumerate(rest["unit"], start=1)
    ]
    lines = [" · ".join(said[start : start + PER_LINE]) for start in range(0, len(said), PER_LINE)]
    key = wording.text("figure.quadrant.numbered", list="\n".join(lines))
    axes.set_xlabel(f"{axes.get_xlabel()}\n{key}", linespacing=1.6)


def _sure_moves(units: pd.DataFrame, movements: pd.DataFrame | None) -> pd.DataFrame:
    """Return the movements of the units shown whose BX surely changed."""
    if movements is None:
        return units.iloc[:0]
    found = find_moved_units(movements)
    return found[found["unit"].isin(units["unit"])]


def find_moved_units(movements: pd.DataFrame) -> pd.DataFrame:
    """Return the units whose BX surely changed from the first half of the time to the second, falls first."""
    told = movements[(movements["unit"] != ALL) & movements["bx_change"].notna()]
    sure = told[(told["bx_change_low"] > 0) | (told["bx_change_high"] < 0)]
    return sure.sort_values(["bx_change", "unit"], ignore_index=True)


def _square(units: pd.DataFrame, high_score: float, moved: pd.DataFrame) -> tuple[float, float]:
    """Limits that hold all units, their movements and the line between high and low, in steps of five."""
    ends = [moved[f"{side}_{half}"] for side in ("cx", "ex") for half in ("before", "now") if len(moved)]
    values = np.concatenate([units["cx"], units["ex"], [high_score], *ends])
    low, high = np.floor((values.min() - 4) / 5) * 5, np.ceil((values.max() + 4) / 5) * 5
    return max(0.0, float(low)), min(100.0, float(high))


@in_house_style
def plot_lights(lights: pd.DataFrame, *, wording: Wording, high_score: float = 50.0, max_units: int = 20) -> Chart:
    """Draw people, product and process of each unit, by voice and for both: a colour and a shape for each light."""
    title = wording.text("figure.lights.title")
    whole = lights[(lights["period"] == ALL) & (lights["unit"] != ALL)]
    if whole.empty:
        return empty_chart(title, wording)
    heard = whole.groupby("unit")["n_respondents"].max().sort_values(ascending=False, kind="stable")
    units = sorted(heard.index[:max_units])
    shown = whole[whole["unit"].isin(units)]
    chart = start_chart(title, width=8.2, height=1.9 + 0.3 * len(units))
    axes = chart.subplots()
    told = set(zip(shown["light"], shown["voice"], strict=True))
    every = list(product(LIGHT_NAMES, ("customer", "employee", "both")))
    columns = [key for key in every if key in told]  # an empty column says nothing
    places = {key: place + LIGHT_NAMES.index(key[0]) for place, key in enumerate(columns)}  # a gap between the three
    rows = {unit: row for row, unit in enumerate(units)}
    for colour, voice in product(LIGHTS, ("customer", "employee", "both")):
        own = shown[(shown["colour"] == colour) & (shown["voice"] == voice)]
        at = [places[light, voice] for light in own["light"]]
        size = 95 if voice == "both" else 40
        axes.scatter(
            at, own["unit"].map(rows), marker=LIGHT_MARKS[colour], color=LIGHT_COLOURS[colour], s=size, zorder=3
        )
    name_rows(axes, units, width=26)
    axes.set_xlim(-0.8, max(places.values()) + 0.8)
    words = {"customer": "voice.customer", "employee": "voice.employee", "both": "figure.lights.both"}
    axes.set_xticks(list(places.values()), [drawable(wording.text(words[voice])) for _, voice in places], rotation=35,
                    ha="left", rotation_mode="anchor")  # fmt: skip
    axes.xaxis.tick_top()
    for light in LIGHT_NAMES:
        middle = [place for (name, _), place in places.items() if name == light]
        if not middle:
            continue
        axes.text(float(np.mean(middle)), len(units) - 0.1, drawable(wording.text(f"figure.lights.{light}")),
                  ha="center", va="top", fontweight="bold", fontsize=9.5)  # fmt: skip
    axes.spines[["left", "bottom"]].set_visible(False)
    said = wording.text("figure.lights.key", line=high_score).split("|")
    marks = [
        axes.plot(
            [], [], linestyle="", marker=LIGHT_MARKS[colour], color=LIGHT_COLOURS[colour], label=drawable(words_)
        )[0]
        for colour, words_ in zip(LIGHTS, said, strict=True)
    ]
    chart.legend(handles=marks, loc="outside lower center", ncols=3, frameon=False, fontsize=8.5)
    unheard = [
        wording.text(
            "lights.column",
            light=wording.text(f"figure.lights.{light}").lower(),
            voice=wording.text(words[voice]).lower(),
        )
        for light, voice in every
        if (light, voice) not in told
    ]
    both = shown[shown["voice"] == "both"].groupby("unit")["colour"]
    counted = wording.text("count.units", n=len(units))
    chart.caption = wording.text("figure.lights.caption", units=counted)
    chart.caption += wording.text("lights.unheard", list=wording.join(unheard)) if unheard else ""
    chart.caption += say_others(len(heard) - len(units), wording) + say_span(_span(lights, wording), wording)
    chart.alt = wording.text(
        "figure.lights.alt",
        title=title,
        units=counted,
        red=int((both.agg(lambda colours: "red" in set(colours))).sum()),
        green=int((both.agg(lambda colours: set(colours) == {"green"})).sum()),
    )
    return chart


@in_house_style
def plot_mirror(mirror: pd.DataFrame, drivers: pd.DataFrame, *, wording: Wording, span: str = "") -> Chart:
    """Draw the mirror pairs as a butterfly, customers left, employees right; `span` is the time covered, in words."""
    title = wording.text("figure.mirror.title")
    gaps = widest_gaps(mirror)
    if gaps.empty:
        return empty_chart(title, wording)
    pairs = gaps.sort_values(["gap", "pair"], ascending=[False, True], ignore_index=True)
    labels = wording.labels(drivers)
    rows = np.arange(len(pairs))
    chart = start_chart(title, width=8.6, height=1.5 + 0.42 * len(pairs))
    left, middle, right = chart.subplots(1, 3, width_ratios=[1, 0.2, 1])
    for axes, side, colour, voice in ((left, "cx", CX, "customer"), (right, "ex", EX, "employee")):
        axes.barh(rows, pairs[side], color=colour, height=0.62, alpha=0.88)
        axes.set_xlim((100, 0) if side == "cx" else (0, 100))
        axes.set_xticks([0, 50, 100])
        axes.axvline(50, color="white", linewidth=1.2)
        name_rows(axes, [labels[key] for key in pairs[f"{side}_driver_id"]], width=25)
        axes.set_title(drawable(wording.text(f"voice.{voice}")), color=colour, fontsize=9.5, fontweight="bold")
        axes.spines[["left", "bottom"]].set_visible(False)
        for row, score in enumerate(pairs[side]):
            axes.text(
                score + 2.5, row, wording.number(score, ".0f"), color=colour, fontsize=8.5, fontweight="bold",
                va="center", ha="right" if side == "cx" else "left",
            )  # fmt: skip
    right.yaxis.tick_right()
    middle.axis("off")
    middle.set_xlim(-1, 1)
    middle.set_ylim(left.get_ylim())
    middle.set_title(drawable(wording.text("figure.mirror.gap")), color=MUTED, fontsize=9)
    for row, (gap, low, high) in enumerate(zip(pairs["gap"], pairs["ci_low"], pairs["ci_high"], strict=True)):
        sure = low > 0 or high < 0
        middle.text(
            0, row, wording.number(gap, "+.0f"), ha="center", va="center", fontsize=9,
            color=INK if sure else MUTED, fontweight="bold" if sure else "normal",
        )  # fmt: skip
    n_pairs = wording.text("count.pairs", n=len(pairs))
    chart.caption = wording.text("figure.mirror.caption", pairs=n_pairs) + say_span(span, wording)
    chart.series = Butterfly(
        tuple(labels[key] for key in pairs["cx_driver_id"]),
        tuple(labels[key] for key in pairs["ex_driver_id"]),
        left=Measure(wording.text("voice.customer"), CX, rounded(pairs["cx"], 0)),
        right=Measure(wording.text("voice.employee"), EX, rounded(pairs["ex"], 0)),
        middle_title=wording.text("figure.mirror.gap"),
        middle=tuple(wording.number(gap, "+.0f") for gap in pairs["gap"]),
        sure=tuple(((pairs["ci_low"] > 0) | (pairs["ci_high"] < 0)).tolist()),
    )
    widest = gaps.iloc[0]
    chart.alt = wording.text(
        "figure.mirror.alt",
        title=title,
        pairs=n_pairs,
        cx=labels[widest["cx_driver_id"]],
        cx_score=widest["cx"],
        ex=labels[widest["ex_driver_id"]],
        ex_score=widest["ex"],
    )
    return chart


def widest_gaps(mirror: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs over everybody and the whole time that have a gap, the widest first."""
    whole = mirror[(mirror["unit"] == ALL) & (mirror["period"] == ALL) & mirror["gap"].notna()]
    order = whole["gap"].abs().sort_values(ascending=False, kind="stable").index
    return whole.loc[order].reset_index(drop=True)
