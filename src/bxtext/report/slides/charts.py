"""Native charts, that a reader can edit: bars with intervals, dots, lines, points, and two sides back to back."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pptx.chart.data import CategoryChartData, XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
    XL_TICK_MARK,
)
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Emu, Inches, Pt
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_cell_to_rowcol

from bxtext.figures import Measure, Points, Rows
from bxtext.report.evidence import tidy_name
from bxtext.report.slides.fitting import EMU, Box, text_width
from bxtext.report.slides.lettering import INK, QUIET, colour_of

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
PALENESS = 0.62  # how far a less sure bar is drawn toward white
MAX_ROWS = 16  # bars of a slide
HIGHEST_ROW, LEGEND = Inches(0.6), Inches(0.4)
MAX_NAMED = 12  # points that are named
PLOT = (0.08, 0.03, 0.89, 0.82)  # of a scatter: left, top, width, height, as shares of the chart
EPOCH = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
SIDES = (
    (XL_LABEL_POSITION.RIGHT, 1, 0), (XL_LABEL_POSITION.LEFT, -1, 0),
    (XL_LABEL_POSITION.ABOVE, 0, -1), (XL_LABEL_POSITION.BELOW, 0, 1),
)  # fmt: skip


def draw_rows(slide: Slide, series: Rows, box: Box) -> Any:
    """Draw named rows as bars, dots or lines, with their intervals; return the shape."""
    series = _show_ends(series)
    box = _not_too_high(series, box)
    data = CategoryChartData(number_format=series.form)
    data.categories = [tidy_name(name) for name in series.names]
    for measure in series.measures:
        data.add_series(tidy_name(measure.name), measure.values)
    frame = slide.shapes.add_chart(SHAPES[series.shape], *_corners(box), data)
    chart = frame.chart
    flat = series.shape in {"bars", "stacked"}
    size = _row_size(box, len(series.names)) if flat else 10
    _set_words(chart, size)
    _set_axes(chart, series, size)
    for place, (drawn, measure) in enumerate(zip(chart.plots[0].series, series.measures, strict=True)):
        if flat:
            _paint_bars(drawn, measure)
        else:
            _paint_line(drawn, measure, MARKERS[place % 3], line=series.shape == "lines", thick=place == 0)
        if measure.low:
            _add_interval(drawn, measure, column=len(series.measures) + 1 + 2 * place, colour=measure.colour)
    if flat:
        plot = chart.plots[0]
        plot.gap_width, plot.overlap = 35, 100 if series.shape == "stacked" else 0
        _label_bars(plot, series, size)
    _rewrite_workbook(chart)
    return frame


def draw_side(slide: Slide, names: Sequence[str], measure: Measure, box: Box, *, highest: float, mirrored: bool) -> Any:  # noqa: PLR0913  what to draw, where, how
    """Draw one wing of a butterfly: bars from the middle outward, names at the outer edge; return the shape."""
    data = CategoryChartData(number_format="0")
    data.categories = [tidy_name(name) for name in names]
    data.add_series(tidy_name(measure.name), measure.values)
    frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *_corners(box), data)
    chart = frame.chart
    size = _row_size(box, len(names))
    rows = Rows("bars", tuple(names), (measure,), bounds=(0, highest))
    _set_words(chart, size)
    _set_axes(chart, rows, size)
    chart.value_axis.has_major_gridlines = False
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.HIGH
    chart.category_axis.format.line.fill.background()
    chart.value_axis.reverse_order = mirrored
    _paint_bars(chart.plots[0].series[0], measure)
    chart.plots[0].gap_width = 35
    _label_bars(chart.plots[0], rows, size)
    _fix_plot(chart, (0.45 if mirrored else 0.0, 0.0, 0.55, 1.0))
    _rewrite_workbook(chart)
    return frame


def draw_points(slide: Slide, series: Points, box: Box) -> Any:
    """Draw named points, their names where they cover nothing; return the shape."""
    data = XyChartData(number_format=series.form)
    groups = [[place for place, pale in enumerate(series.pale) if pale == state] for state in (True, False)]
    groups = sorted(filter(None, groups), key=len, reverse=True)  # some programs lose a first series that is shorter
    for group in groups:
        drawn = data.add_series(series.y.name)
        for place in group:
            drawn.add_data_point(series.x.values[place], series.y.values[place])
    frame = slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, *_corners(box), data)
    chart = frame.chart
    _set_words(chart, 10)
    chart.has_legend = False
    limits = [_limits(measure, series.form) for measure in (series.x, series.y)]
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
    for drawn, group in zip(chart.plots[0].series, groups, strict=True):
        drawn.format.line.fill.background()
        _paint_marker(drawn.marker, series.x.colour, XL_MARKER_STYLE.DIAMOND, 9, pale=series.pale[group[0]])
        for position, place in enumerate(group):
            if place in placed:
                _name_point(drawn.points[position], series.names[place], placed[place])
        for measure, way in ((series.x, "x"), (series.y, "y")):
            if measure.low:
                _add_interval(drawn, _of(measure, group), column=column, colour="#C3CAD1", way=way)
                column += 2
    _fix_plot(chart, PLOT)
    _rewrite_workbook(chart)
    return frame


def _show_ends(series: Rows) -> Rows:
    """Return ranked rows as a slide can hold them: the first ones and, where rows have intervals, the last ones too."""
    excess = len(series.names) - MAX_ROWS
    if series.shape not in {"bars", "stacked"} or excess <= 0:
        return series
    first = MAX_ROWS // 2 if series.measures[0].low else MAX_ROWS
    places = [place for place in range(len(series.names)) if place < first or place >= first + excess]
    return replace(
        series,
        names=tuple(series.names[place] for place in places),
        measures=tuple(_of(measure, places) for measure in series.measures),
    )


def count_hidden(series: Series | None) -> int:
    """Return how many rows a slide has no room for."""
    return len(series.names) - len(_show_ends(series).names) if isinstance(series, Rows) else 0


def _not_too_high(series: Rows, box: Box) -> Box:
    """Return the upper part of a box that a few bars fill without getting fat."""
    if series.shape not in {"bars", "stacked"}:
        return box
    needed = HIGHEST_ROW * len(series.names) + LEGEND * (len(series.measures) > 1)
    return box.cut_top(min(box.height, max(needed, 2 * HIGHEST_ROW)))[0]


def _corners(box: Box) -> tuple[Emu, Emu, Emu, Emu]:
    return Emu(box.left), Emu(box.top), Emu(box.width), Emu(box.height)


def _row_size(box: Box, n_rows: int) -> float:
    """Return the size of letters, in points, that rows leave room for."""
    return max(7.0, min(12.0, box.height / EMU / n_rows * 0.52))


def _set_words(chart: Any, size: float) -> None:
    chart.has_title = False
    chart.font.size, chart.font.color.rgb = Pt(size), colour_of(INK)


def _set_axes(chart: Any, series: Rows, size: float) -> None:
    flat = series.shape in {"bars", "stacked"}
    names, values = chart.category_axis, chart.value_axis
    names.format.line.color.rgb = colour_of(RULE)
    names.major_tick_mark = XL_TICK_MARK.NONE
    names.tick_labels.font.size = Pt(size)
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    values.major_tick_mark = XL_TICK_MARK.NONE
    values.tick_labels.font.size = Pt(9)
    values.tick_labels.font.color.rgb = colour_of(QUIET)
    values.format.line.fill.background()
    values.has_major_gridlines = series.bounds is not None
    if series.bounds is not None:
        values.major_gridlines.format.line.color.rgb = colour_of(RULE)
        low, high = series.bounds
        values.minimum_scale, values.maximum_scale, values.major_unit = low, high, (high - low) / 2
        if series.shape == "dots":
            low, high, step = _limits_of([number for measure in series.measures for number in _all(measure)])
            values.minimum_scale, values.maximum_scale, values.major_unit = low, high, step
        elif not flat:
            values.major_unit = (high - low) / 4
    if flat:
        names.reverse_order = True
        values.visible = False
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
            fill.fore_color.rgb = _paler(measure.colour)


def _paler(colour: str) -> Any:
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return RGBColor(*(round(part + (255 - part) * PALENESS) for part in parts))


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
    _paint_marker(drawn.marker, measure.colour, marker, 8 if thick or not line else 4)


def _paint_marker(marker: Any, colour: str, style: Any, size: int, *, pale: bool = False) -> None:
    marker.style, marker.size = style, size
    marker.format.fill.solid()
    marker.format.fill.fore_color.rgb = _paler(colour) if pale else colour_of(colour[1:])
    marker.format.line.color.rgb = colour_of(colour[1:])


def _add_interval(drawn: Any, measure: Measure, *, column: int, colour: str, way: str = "") -> None:
    """Draw the 95 % interval as error bars, whose lengths stand in two more columns of the chart's own sheet."""
    above = _lengths(measure.high, measure.values)
    below = _lengths(measure.values, measure.low)
    first = _first_row(drawn)
    parts = "".join(
        f"<c:{side}><c:numRef><c:f>Sheet1!${letter}${first}:${letter}${first + len(lengths) - 1}</c:f>"
        f'<c:numCache><c:formatCode>General</c:formatCode><c:ptCount val="{len(lengths)}"/>'
        + "".join(f'<c:pt idx="{place}"><c:v>{length:g}</c:v></c:pt>' for place, length in enumerate(lengths))
        + f"</c:numCache></c:numRef></c:{side}>"
        for side, lengths, letter in (("plus", above, _letter(column)), ("minus", below, _letter(column + 1)))
    )
    width = 19050 if way == "" else 9525
    ink = INK if way == "" and drawn._element.getparent().tag == qn("c:barChart") else colour[1:]  # noqa: SLF001
    bars = parse_xml(
        f"<c:errBars {nsdecls('c', 'a')}>"
        + (f'<c:errDir val="{way}"/>' if way else "")
        + f'<c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="1"/>{parts}'
        f'<c:spPr><a:ln w="{width}"><a:solidFill><a:srgbClr val="{ink}"/></a:solidFill></a:ln></c:spPr></c:errBars>'
    )
    element = drawn._element  # noqa: SLF001  no public way to give a series an interval
    anchor = next(child for child in element if child.tag in {qn("c:cat"), qn("c:xVal")})
    anchor.addprevious(bars)


def _lengths(ends: Sequence[float | None], starts: Sequence[float | None]) -> list[float]:
    return [
        0.0 if end is None or start is None else round(end - start, 3) for end, start in zip(ends, starts, strict=True)
    ]


def _first_row(drawn: Any) -> int:
    found = next(drawn._element.iter(qn("c:val"), qn("c:yVal"))).find(f".//{qn('c:f')}").text  # noqa: SLF001
    return int(re.findall(r"\$(\d+)", found)[0])


def _letter(column: int) -> str:
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[column]


def _all(measure: Measure) -> list[float]:
    return [
        number for numbers in (measure.values, measure.low, measure.high) for number in numbers if number is not None
    ]


def _of(measure: Measure, group: Sequence[int]) -> Measure:
    values, low, high = (
        tuple(column[place] for place in group) if column else ()
        for column in (measure.values, measure.low, measure.high)
    )
    pale = tuple(measure.pale[place] for place in group) if measure.pale else ()
    return Measure(measure.name, measure.colour, values, low, high, pale)


def _limits(measure: Measure, form: str) -> tuple[float, float, float]:
    if form == "0%":
        high = 1.12 * max(_all(measure), default=1.0)
        step = next((step for step in (0.01, 0.02, 0.05, 0.1, 0.2) if high / step <= 7), 0.25)
        return 0.0, round(-(-high // step) * step, 4), step
    return _limits_of(_all(measure))


def _limits_of(numbers: Sequence[float]) -> tuple[float, float, float]:
    """Return the ends and the step of an axis of scores that holds all the numbers."""
    if not numbers:
        return 0.0, 100.0, 25.0
    return max(0.0, (min(numbers) - 3) // 10 * 10), min(100.0, -(-(max(numbers) + 3) // 10) * 10), 10.0


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


def _name_point(point: Any, name: str, position: Any) -> None:
    frame = point.data_label.text_frame
    frame.text = tidy_name(name)
    frame.word_wrap = False
    run = frame.paragraphs[0].runs[0]
    run.font.size, run.font.color.rgb = Pt(9), colour_of(INK)
    point.data_label.position = position


def _place_names(series: Points, limits: Sequence[tuple[float, float, float]], box: Box) -> dict[int, Any]:
    """Return where each name goes: the first side of its point at which it covers no point and no other name."""
    left, top, width, height = PLOT
    (x_low, x_high, _), (y_low, y_high, _) = limits

    def to_chart(x: float | None, y: float | None) -> tuple[float, float]:
        across, down = ((x or 0.0) - x_low) / (x_high - x_low), 1 - ((y or 0.0) - y_low) / (y_high - y_low)
        return box.width * (left + width * across), box.height * (top + height * down)

    at = [to_chart(x, y) for x, y in zip(series.x.values, series.y.values, strict=True)]
    x_line, y_line = to_chart(*series.crossing)
    mark, line = Inches(0.07), Inches(0.17)
    taken = [(x - mark, y - mark, x + mark, y + mark) for x, y in at]
    taken += [(x_line, 0.0, x_line, float(box.height)), (0.0, y_line, float(box.width), y_line)]
    placed: dict[int, Any] = {}
    for place, (name, (x, y)) in enumerate(zip(series.names[:MAX_NAMED], at, strict=False)):
        wide = text_width(name, 9)
        for position, across, down in SIDES:
            middle_x, middle_y = x + across * (mark + wide / 2 + line / 3), y + down * (mark + line / 2)
            label = (middle_x - wide / 2, middle_y - line / 2, middle_x + wide / 2, middle_y + line / 2)
            inside = label[0] >= box.width * left and label[2] <= box.width and label[1] >= 0
            others = [one for number, one in enumerate(taken) if number != place]
            if inside and label[3] <= box.height * (top + height) and not any(_meet(label, one) for one in others):
                placed[place] = position
                taken.append(label)
                break
    return placed


def _meet(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _fix_plot(chart: Any, shares: tuple[float, float, float, float]) -> None:
    """Fix where the plot stands in its chart, so that what stands beside it can be lined up."""
    area = chart._chartSpace.chart.plotArea  # noqa: SLF001  no public way to place a plot
    for old in area.findall(qn("c:layout")):
        area.remove(old)
    values = "".join(f'<c:{name} val="{share}"/>' for name, share in zip("xywh", shares, strict=True))
    area.insert(
        0,
        parse_xml(
            f'<c:layout {nsdecls("c")}><c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/>'
            f'<c:yMode val="edge"/>{values}</c:manualLayout></c:layout>'
        ),
    )


def _rewrite_workbook(chart: Any) -> None:
    """Write the chart's own sheet anew from what the chart shows: texts as texts, no date of today, nothing else."""
    target = io.BytesIO()
    workbook = Workbook(target, {"in_memory": True})
    workbook.set_properties({"created": EPOCH})
    sheet = workbook.add_worksheet("Sheet1")
    for reference in chart._chartSpace.iter(qn("c:strRef"), qn("c:numRef")):  # noqa: SLF001
        first = reference.find(qn("c:f")).text.split("!")[1].split(":")[0].replace("$", "")
        row, column = xl_cell_to_rowcol(first)
        for point in reference.iter(qn("c:pt")):
            value, at = point.find(qn("c:v")).text or "", row + int(point.get("idx"))
            if reference.tag == qn("c:strRef"):
                sheet.write_string(at, column, value)
            else:
                sheet.write_number(at, column, float(value))
    workbook.close()
    chart.part.chart_workbook.update_from_xlsx_blob(target.getvalue())
