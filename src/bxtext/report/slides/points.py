"""Native scatters: points, the most telling of them named where a name covers nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pptx.chart.data import XyChartData
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
    XL_TICK_MARK,
)
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches, Pt

from bxtext.report.evidence import tidy_name
from bxtext.report.slides import native
from bxtext.report.slides.fitting import SMALLEST, Box, text_width
from bxtext.report.slides.lettering import INK, QUIET, Lettering, colour_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pptx.slide import Slide

    from bxtext.figures import Measure, Points


MAX_NAMED = 24  # points that are named
MOST_NUMBERED = 9  # points without room for a name that bear a number, told beside the chart
PLOT = (0.1, 0.03, 0.87, 0.82)  # of a scatter: left, top, width, height, as shares of the chart
NAMES = Lettering(SMALLEST, INK)
CORNER_AIR = 0.03  # between the name of a corner and the end of the axis, as a share of it
SIDES = (
    (XL_LABEL_POSITION.RIGHT, 1, 0), (XL_LABEL_POSITION.LEFT, -1, 0),
    (XL_LABEL_POSITION.ABOVE, 0, -1), (XL_LABEL_POSITION.BELOW, 0, 1),
)  # fmt: skip


def draw_points(slide: Slide, series: Points, box: Box) -> Any:
    """Draw named points, their names where they cover nothing; return the shape."""
    groups = [[place for place, pale in enumerate(series.pale) if pale == state] for state in (True, False)]
    groups = sorted(filter(None, groups), key=len, reverse=True)
    # some programs lose a first series that is shorter than another: the corners lead where the points are few
    lead = int(bool(series.corners) and len(series.corners) > max(map(len, groups), default=0))
    limits = _both_limits(series)
    data = _chart_data(series, groups, limits, lead=lead)
    frame = slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, *native.corners_of(box), data)
    chart = frame.chart
    native.set_words(chart, SMALLEST)
    chart.has_legend = False
    for axis, measure, (low, high, step), crossing in zip(
        (chart.category_axis, chart.value_axis), (series.x, series.y), limits, reversed(series.crossing), strict=True
    ):
        axis.minimum_scale, axis.maximum_scale, axis.major_unit = low, high, step
        axis.has_major_gridlines = False
        axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
        axis.major_tick_mark = XL_TICK_MARK.NONE
        axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = series.form, False
        axis.format.line.color.rgb = colour_of("9AA5B1")
        _name_axis(axis, measure.name)
        _cross_at(axis, crossing)
    placed = _place_names(series, limits, box)
    column = 2
    every = list(chart.plots[0].series)
    if series.corners:
        _name_corners(every[0 if lead else -1], series.corners)
    for drawn, group in zip(every[lead:], groups, strict=False):
        drawn.format.line.fill.background()
        native.paint_marker(drawn.marker, series.x.colour, XL_MARKER_STYLE.DIAMOND, 9, pale=series.pale[group[0]])
        for position, place in enumerate(group):
            if place in placed:
                _name_point(drawn.points[position], *placed[place])
        for measure, way in ((series.x, "x"), (series.y, "y")):
            if measure.low:
                native.add_interval(drawn, native.pick_rows(measure, group), column=column, colour="#C3CAD1", way=way)
                column += 2
    native.fix_plot(chart, PLOT)
    native.rewrite_workbook(chart)
    return frame


def list_numbered(series: Points, box: Box) -> list[int]:
    """Return the points that bear a number, 1 first, because their names have no room in a box."""
    placed = _place_names(series, _both_limits(series), box)
    return [place for place, (said, _) in placed.items() if said != series.names[place]]


def count_silent(series: Points, box: Box) -> int:
    """Return how many points bear neither name nor number: the least telling ones."""
    return len(series.names) - len(_place_names(series, _both_limits(series), box))


def _both_limits(series: Points) -> list[tuple[float, float, float]]:
    return [_limits(measure, series.form) for measure in (series.x, series.y)]


def _chart_data(
    series: Points, groups: Sequence[Sequence[int]], limits: Sequence[tuple[float, float, float]], *, lead: int
) -> XyChartData:
    """Return the points group by group, and those that only carry the names of the corners, last unless they lead."""
    data = XyChartData(number_format=series.form)
    if lead:
        _add_corners(data, series, limits)
    for group in groups:
        drawn = data.add_series(series.y.name)
        for place in group:
            drawn.add_data_point(series.x.values[place], series.y.values[place])
    if series.corners and not lead:
        _add_corners(data, series, limits)
    return data


def _add_corners(data: XyChartData, series: Points, limits: Sequence[tuple[float, float, float]]) -> None:
    drawn = data.add_series(", ".join(map(tidy_name, series.corners)))
    for x, y in _corner_points(limits):
        drawn.add_data_point(x, y)


def _corner_points(limits: Sequence[tuple[float, float, float]]) -> list[tuple[float, float]]:
    """Return where the corners are named: high on both axes, on x alone, on y alone, low on both."""
    (left, right, _), (low, high, _) = limits
    air = CORNER_AIR * (high - low)
    return [(right, high - air), (right, low + air), (left, high - air), (left, low + air)]


def _name_corners(drawn: Any, names: Sequence[str]) -> None:
    """Write the names of the corners, with no mark of their own."""
    native.hide_marks(drawn)
    sides = (XL_LABEL_POSITION.LEFT, XL_LABEL_POSITION.LEFT, XL_LABEL_POSITION.RIGHT, XL_LABEL_POSITION.RIGHT)
    for place, (name, side) in enumerate(zip(names, sides, strict=True)):
        _name_point(drawn.points[place], name, side, Lettering(11, QUIET, bold=True))


def _limits(measure: Measure, form: str) -> tuple[float, float, float]:
    if form == "0%":
        high = 1.12 * max(native.all_numbers(measure), default=1.0)
        step = next((step for step in (0.01, 0.02, 0.05, 0.1, 0.2) if high / step <= 7), 0.25)
        return 0.0, round(-(-high // step) * step, 4), step
    return native.score_limits(native.all_numbers(measure))


def _name_axis(axis: Any, name: str) -> None:
    axis.has_title = True
    frame = axis.axis_title.text_frame
    frame.text = name
    font = frame.paragraphs[0].runs[0].font
    font.size, font.bold, font.color.rgb = Pt(11), False, colour_of(QUIET)


def _cross_at(axis: Any, value: float) -> None:
    """Let the other axis cross this one's counterpart where the even share, or the line between low and high, lies."""
    element = axis._element  # noqa: SLF001  python-pptx sets it on the other axis only
    for old in element.findall(qn("c:crosses")) + element.findall(qn("c:crossesAt")):
        old.addprevious(parse_xml(f'<c:crossesAt {nsdecls("c")} val="{value:.4f}"/>'))
        element.remove(old)


def _name_point(point: Any, name: str, position: Any, lettering: Lettering = NAMES) -> None:
    frame = point.data_label.text_frame
    frame.text = tidy_name(name)
    frame.word_wrap = False
    run = frame.paragraphs[0].runs[0]
    run.font.size, run.font.bold, run.font.color.rgb = Pt(lettering.size), lettering.bold, colour_of(lettering.colour)
    point.data_label.position = position


def _place_names(series: Points, limits: Sequence[tuple[float, float, float]], box: Box) -> dict[int, tuple[str, Any]]:
    """Return what each point is called and on which side: its name where that covers nothing, else a number."""
    left, top, width, height = PLOT
    (x_low, x_high, _), (y_low, y_high, _) = limits

    def to_chart(x: float | None, y: float | None) -> tuple[float, float]:
        across, down = ((x or 0.0) - x_low) / (x_high - x_low), 1 - ((y or 0.0) - y_low) / (y_high - y_low)
        return box.width * (left + width * across), box.height * (top + height * down)

    at = [to_chart(x, y) for x, y in zip(series.x.values, series.y.values, strict=True)]
    x_line, y_line = to_chart(*series.crossing)
    mark, line = Inches(0.07), Inches(0.19)
    apart = 2 * mark  # of a name from the mark of another point: nearer to its own, without doubt
    taken = [(x - apart, y - mark, x + apart, y + mark) for x, y in at]
    for name, (x, y) in zip(series.corners, _corner_points(limits), strict=False):
        (across, down), wide = to_chart(x, y), text_width(name, 11, bold=True)
        start = across - wide if x == x_high else across
        taken.append((start, down - line / 2, start + wide, down + line / 2))
    taken += [(x_line, 0.0, x_line, float(box.height)), (0.0, y_line, float(box.width), y_line)]
    placed: dict[int, tuple[str, Any]] = {}

    def find_side(place: int, said: str) -> Any:
        """Take the first side of a point at which words cover nothing; None where there is none."""
        (x, y), wide = at[place], text_width(said, NAMES.size)
        for position, across, down in SIDES:
            middle_x, middle_y = x + across * (mark + wide / 2 + line / 3), y + down * (mark + line / 2)
            label = (middle_x - wide / 2, middle_y - line / 2, middle_x + wide / 2, middle_y + line / 2)
            inside = label[0] >= box.width * left and label[2] <= box.width and label[1] >= 0
            others = [one for number, one in enumerate(taken) if number != place]
            if inside and label[3] <= box.height * (top + height) and not any(_meet(label, one) for one in others):
                taken.append(label)
                return position
        return None

    for place, name in enumerate(series.names[:MAX_NAMED]):
        side = find_side(place, name)
        if side is not None:
            placed[place] = name, side
    crowded = [place for place in range(len(series.names)) if place not in placed][:MOST_NUMBERED]
    for number, place in enumerate(crowded, start=1):
        side = find_side(place, str(number))
        placed[place] = str(number), XL_LABEL_POSITION.RIGHT if side is None else side
    return placed


def _meet(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
