"""What native charts share: letters, marks, intervals, and the sheet of figures inside each of them."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_MARKER_STYLE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Emu, Pt
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_cell_to_rowcol

from bxtext.figures import Measure
from bxtext.report.slides.lettering import INK, colour_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bxtext.report.slides.fitting import Box


PALENESS = 0.62  # how far a less sure bar is drawn toward white
EPOCH = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def corners_of(box: Box) -> tuple[Emu, Emu, Emu, Emu]:
    """Return a box as python-pptx wants it."""
    return Emu(box.left), Emu(box.top), Emu(box.width), Emu(box.height)


def set_words(chart: Any, size: float) -> None:
    """Set the letters of a chart, and leave its title to the slide."""
    chart.has_title = False
    chart.font.size, chart.font.color.rgb = Pt(size), colour_of(INK)


def paler(colour: str) -> Any:
    """Return a colour drawn toward white."""
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return RGBColor(*(round(part + (255 - part) * PALENESS) for part in parts))


def paint_marker(marker: Any, colour: str, style: Any, size: int, *, pale: bool = False) -> None:
    """Give a series its mark; a pale one is less sure."""
    marker.style, marker.size = style, size
    marker.format.fill.solid()
    marker.format.fill.fore_color.rgb = paler(colour) if pale else colour_of(colour[1:])
    marker.format.line.color.rgb = colour_of(colour[1:])


def hide_marks(drawn: Any) -> None:
    """Leave only the labels of a series."""
    drawn.format.line.fill.background()
    drawn.marker.style = XL_MARKER_STYLE.NONE


def add_interval(drawn: Any, measure: Measure, *, column: int, colour: str, way: str = "") -> None:
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


def all_numbers(measure: Measure) -> list[float]:
    """Return the numbers of a measure and the ends of its intervals."""
    return [
        number for numbers in (measure.values, measure.low, measure.high) for number in numbers if number is not None
    ]


def pick_rows(measure: Measure, group: Sequence[int]) -> Measure:
    """Return a measure with some of its rows."""
    values, low, high = (
        tuple(column[place] for place in group) if column else ()
        for column in (measure.values, measure.low, measure.high)
    )
    pale = tuple(measure.pale[place] for place in group) if measure.pale else ()
    return Measure(measure.name, measure.colour, values, low, high, pale)


def score_limits(numbers: Sequence[float]) -> tuple[float, float, float]:
    """Return the ends and the step of an axis of scores that holds all the numbers."""
    if not numbers:
        return 0.0, 100.0, 25.0
    return max(0.0, (min(numbers) - 3) // 10 * 10), min(100.0, -(-(max(numbers) + 3) // 10) * 10), 10.0


def fix_plot(chart: Any, shares: tuple[float, float, float, float]) -> None:
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


def rewrite_workbook(chart: Any) -> None:
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
