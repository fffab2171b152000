"""The ceiling of Necessary Condition Analysis: how high CX is ever seen at this EX."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bxtext.claims import draw_ceilings
from bxtext.figures.style import (
    BX,
    EX,
    INK,
    MUTED,
    drawable,
    empty_chart,
    in_house_style,
    place_labels,
    say_span,
    shorten,
    start_chart,
)
from bxtext.tables import ALL

if TYPE_CHECKING:
    import pandas as pd

    from bxtext.figures.style import Chart
    from bxtext.wording import Wording


@in_house_style
def plot_ceiling(brand: pd.DataFrame, *, wording: Wording) -> Chart:
    """Draw the units by EX and CX under both ceilings; counter-examples have a colour of their own."""
    title = wording.text("figure.ceiling.title")
    units = draw_ceilings(brand)
    if units.empty:
        return empty_chart(title, wording)
    chart = start_chart(title, height=5.4)
    axes = chart.subplots()
    against = units["against"].to_numpy(bool)
    axes.scatter(units["ex"], units["cx"], color=np.where(against, EX, BX), s=36, zorder=3)
    left, right = units["ex"].min(), units["ex"].max()
    bottom, top = units["cx"].min(), units["cx"].max()
    axes.step(units["ex"], units["ce_fdh"], where="post", color=INK, linewidth=1.4)
    axes.plot(units["ex"], units["cr_fdh"], color=MUTED, linewidth=1.4, linestyle=(0, (5, 3)))
    axes.fill_between(units["ex"], units["ce_fdh"], top, step="post", color=MUTED, alpha=0.1, linewidth=0)
    room_x, room_y = 0.07 * (right - left), 0.09 * (top - bottom)
    axes.set_xlim(left - room_x, right + room_x)
    axes.set_ylim(bottom - room_y, top + room_y)
    axes.set_xlabel(drawable(wording.text("figure.quadrant.ex")))
    axes.set_ylabel(drawable(wording.text("figure.quadrant.cx")))
    first = np.argsort(~against, kind="stable")  # the counter-examples are named first
    names = [shorten(name, 22) for name in units["unit"].iloc[first]]
    place_labels(axes, units[["ex", "cx"]].to_numpy()[first], names, size=8)
    counts = {"units": wording.text("count.units", n=len(units)), "n": int(against.sum())}
    sizes = {"steps": units.attrs["d_ce_fdh"], "line": units.attrs["d_cr_fdh"]}
    months = set(brand["period"]) - {ALL}
    chart.caption = wording.text("figure.ceiling.caption", **counts, **sizes)
    chart.caption += say_span(wording.span(months) if months else "", wording)
    chart.alt = wording.text("figure.ceiling.alt", title=title, **counts, **sizes)
    return chart
