"""Native charts of named rows, that a reader can edit: bars with intervals, dots, lines, two sides back to back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pptx.chart.data import CategoryChartData
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
    XL_TICK_MARK,
)
from pptx.util import Inches, Pt

from bxtext.figures import Measure, Rows
from bxtext.report.evidence import tidy_name
from bxtext.report.slides import native
from bxtext.report.slides.fitting import EMU, SMALLEST, Box, text_width
from bxtext.report.slides.lettering import QUIET, colour_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pptx.slide import Slide

    from bxtext.figures import Series

RULE, WHITE = "D5DAE0", "FFFFFF"
SHAPES = {
    "bars": XL_CHART_TYPE.BAR_CLUSTERED, "stacked": XL_CHART_TYPE.BAR_STACKED,
    "dots": XL_CHART_TYPE.LINE_MARKERS, "lines": XL_CHART_TYPE.LINE_MARKERS,
}  # fmt: skip
MARKERS = (XL_MARKER_STYLE.CIRCLE, XL_MARKER_STYLE.SQUARE, XL_MARKER_STYLE.DIAMOND)
MAX_ROWS = 16  # bars of a chart
NAMES_AIR = 0.07  # of the width of a chart, between its names and its bars
WIDEST_NAMES = 0.64  # of the width of a chart
HIGHEST_ROW, LEGEND = Inches(0.6), Inches(0.4)
AXIS_HEIGHT = Inches(0.26)  # of the numbers under bars


def draw_rows(slide: Slide, series: Rows, box: Box) -> Any:
    """Draw named rows as bars, dots or lines, with their intervals; return the shape."""
    series = _show_ends(series)
    box = _not_too_high(series, box)
    data = CategoryChartData(number_format=series.form)
    data.categories = [tidy_name(name) for name in series.names]
    for measure in series.measures:
        data.add_series(tidy_name(measure.name), measure.values)
    frame = slide.shapes.add_chart(SHAPES[series.shape], *native.corners_of(box), data)
    chart = frame.chart
    flat = series.shape in {"bars", "stacked"}
    size = _row_size(box, len(series.names)) if flat else SMALLEST
    native.set_words(chart, size)
    _set_axes(chart, series, size)
    for place, (drawn, measure) in enumerate(zip(chart.plots[0].series, series.measures, strict=True)):
        if flat:
            _paint_bars(drawn, measure)
        else:
            _paint_line(drawn, measure, MARKERS[place % 3], line=series.shape == "lines", thick=place == 0)
        if measure.low:
            native.add_interval(drawn, measure, column=len(series.measures) + 1 + 2 * place, colour=measure.colour)
    if flat:
        plot = chart.plots[0]
        plot.gap_width, plot.overlap = 35, 100 if series.shape == "stacked" else 0
        _label_bars(plot, series, size)
    native.rewrite_workbook(chart)
    return frame


def draw_halves(slide: Slide, series: Rows, box: Box, *, gutter: int) -> list[Any]:
    """Draw ranked rows in two columns on one scale, where one column can't hold them; return the shapes."""
    if not _in_two(series):
        return [draw_rows(slide, series, box)]
    half = -(-len(series.names) // 2)
    width = (box.width - gutter) // 2
    names = max(text_width(tidy_name(name), _row_size(box, half)) for name in series.names) / width
    share = min(WIDEST_NAMES, names + NAMES_AIR)
    frames = []
    for column, places in enumerate((range(half), range(half, len(series.names)))):
        left = box.left + column * (width + gutter)
        # a bar is as thick in both
        height = AXIS_HEIGHT + (box.height - AXIS_HEIGHT) * len(places) // half
        room = Box(left, box.top, width, height)
        frame = draw_rows(slide, _pick(series, places), room)
        native.fix_plot(frame.chart, (share, 0.0, 0.98 - share, 1.0 - AXIS_HEIGHT / room.height))
        frames.append(frame)
    return frames


def _in_two(series: Rows) -> bool:
    """Whether ranked rows with intervals, none of which may be left out, take two columns."""
    return series.shape == "bars" and bool(series.measures[0].low) and MAX_ROWS < len(series.names) <= 2 * MAX_ROWS


def draw_side(slide: Slide, names: Sequence[str], measure: Measure, box: Box, *, highest: float, mirrored: bool) -> Any:  # noqa: PLR0913  what to draw, where, how
    """Draw one wing of a butterfly: bars from the middle outward, names at the outer edge; return the shape."""
    data = CategoryChartData(number_format="0")
    data.categories = [tidy_name(name) for name in names]
    data.add_series(tidy_name(measure.name), measure.values)
    frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *native.corners_of(box), data)
    chart = frame.chart
    size = _row_size(box, len(names))
    rows = Rows("bars", tuple(names), (measure,), bounds=(0, highest))
    native.set_words(chart, size)
    _set_axes(chart, rows, size)
    chart.value_axis.has_major_gridlines = False
    chart.value_axis.visible = False  # each bar bears its figure, and the gaps beside it are lined up with the bars
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.HIGH
    chart.category_axis.format.line.fill.background()
    chart.value_axis.reverse_order = mirrored
    _paint_bars(chart.plots[0].series[0], measure)
    chart.plots[0].gap_width = 35
    _label_bars(chart.plots[0], rows, size)
    native.fix_plot(chart, (0.45 if mirrored else 0.0, 0.0, 0.55, 1.0))
    native.rewrite_workbook(chart)
    return frame


def _show_ends(series: Rows) -> Rows:
    """Return ranked rows as a slide can hold them: the first ones and, where rows have intervals, the last ones too."""
    excess = len(series.names) - MAX_ROWS
    if series.shape not in {"bars", "stacked"} or excess <= 0:
        return series
    first = MAX_ROWS // 2 if series.measures[0].low else MAX_ROWS
    return _pick(series, [place for place in range(len(series.names)) if place < first or place >= first + excess])


def _pick(series: Rows, places: Sequence[int]) -> Rows:
    return replace(
        series,
        names=tuple(series.names[place] for place in places),
        measures=tuple(native.pick_rows(measure, places) for measure in series.measures),
    )


def list_hidden(series: Series | None) -> list[str]:
    """Return the names of the rows that a slide has no room for."""
    if not isinstance(series, Rows) or _in_two(series):
        return []
    shown = set(_show_ends(series).names)
    return [name for name in series.names if name not in shown]


def _not_too_high(series: Rows, box: Box) -> Box:
    """Return the upper part of a box that a few bars fill without getting fat."""
    if series.shape not in {"bars", "stacked"}:
        return box
    needed = HIGHEST_ROW * len(series.names) + LEGEND * (len(series.measures) > 1)
    return box.cut_top(min(box.height, max(needed, 2 * HIGHEST_ROW)))[0]


def _row_size(box: Box, n_rows: int) -> float:
    """Return the size of letters, in points, that rows leave room for."""
    return max(SMALLEST, min(12.0, box.height / EMU / n_rows * 0.52))


def _set_axes(chart: Any, series: Rows, size: float) -> None:
    flat = series.shape in {"bars", "stacked"}
    names, values = chart.category_axis, chart.value_axis
    names.format.line.color.rgb = colour_of(RULE)
    names.major_tick_mark = XL_TICK_MARK.NONE
    names.tick_labels.font.size = Pt(size)
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    values.major_tick_mark = XL_TICK_MARK.NONE
    values.tick_labels.font.size = Pt(SMALLEST)
    values.tick_labels.font.color.rgb = colour_of(QUIET)
    values.format.line.fill.background()
    values.has_major_gridlines = series.bounds is not None
    if series.bounds is not None:
        values.major_gridlines.format.line.color.rgb = colour_of(RULE)
        low, high = series.bounds
        values.minimum_scale, values.maximum_scale, values.major_unit = low, high, (high - low) / 2
        if not flat:
            values.major_unit = (high - low) / 4 if (low, high) == (0, 100) else 10
    if flat:
        names.reverse_order = True
        values.visible = series.bounds is not None
        values.tick_label_position = XL_TICK_LABEL_POSITION.HIGH  # below the bars, which are drawn from the top
    chart.has_legend = len(series.measures) > 1
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
        chart.legend.font.size = Pt(11)


def _paint_bars(drawn: Any, measure: Measure) -> None:
    drawn.format.fill.solid()
    drawn.format.fill.fore_color.rgb = colour_of(measure.colour)
    drawn.invert_if_negative = False
    for place, pale in enumerate(measure.pale):
        if pale:
            fill = drawn.points[place].format.fill
            fill.solid()
            fill.fore_color.rgb = native.paler(measure.colour)


def _label_bars(plot: Any, series: Rows, size: float) -> None:
    """Write the figure of each bar: at its foot where an interval stands at its end."""
    plot.has_data_labels = True
    labels = plot.data_labels
    labels.number_format, labels.number_format_is_linked = series.form, False
    labels.show_value = True
    labels.font.size, labels.font.bold = Pt(size), True
    if series.shape == "stacked":
        labels.position = XL_LABEL_POSITION.CENTER
        labels.number_format = f"{series.form};{series.form};"  # no figure on a bar of length zero
        first = plot.series[0].data_labels  # white on the full colour
        first.show_value, first.number_format, first.number_format_is_linked = True, labels.number_format, False
        first.position = XL_LABEL_POSITION.CENTER
        first.font.size, first.font.bold, first.font.color.rgb = Pt(size), True, colour_of(WHITE)
    elif series.bounds is not None and series.bounds[0] == 0:
        labels.position = XL_LABEL_POSITION.INSIDE_BASE
        labels.font.color.rgb = colour_of(WHITE)
    else:
        labels.position = XL_LABEL_POSITION.OUTSIDE_END


def _paint_line(drawn: Any, measure: Measure, marker: Any, *, line: bool, thick: bool) -> None:
    drawn.smooth = False
    if line:
        drawn.format.line.color.rgb = colour_of(measure.colour)
        drawn.format.line.width = Pt(2.5 if thick else 1.5)
    else:
        drawn.format.line.fill.background()
    native.paint_marker(drawn.marker, measure.colour, marker, 8 if thick or not line else 4)
