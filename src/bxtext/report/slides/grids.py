"""Tables and lists on a slide, set as large as their room allows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Emu, Inches

from bxtext.report.slides.fitting import EMU, LEADING, SMALLEST, Box, count_lines, shorten_to, text_width
from bxtext.report.slides.lettering import INK, QUIET, Lettering, write_words
from bxtext.wording import NONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pptx.slide import Slide

    from bxtext.report.content import Grid

SIZES = (16, 14, 13, 12, SMALLEST)
LONGEST_NUMBER = 16  # letters of a number with its unit, beyond which it is a sentence
LONGEST_BOLD = 45  # letters of a name, beyond which it is a sentence
LONGEST_CELL, MOST_SAID = 60, 6  # letters of a cell, beyond which it is a sentence; rows of sentences on a slide
LONGEST_SAID = 12  # lines of one sentence of the summary
PAD = Inches(0.09)  # left and right of a cell
AIR = 0.45  # of a line, above and below the text of a cell together
STEPS = 60  # in which the room is shared out among columns
ALIGN = {False: PP_ALIGN.LEFT, True: PP_ALIGN.RIGHT}  # of words, of numbers
TONES = {"green": "00664A", "amber": "8A5A00", "red": "9E1B4A"}  # none is the colour of a voice
PLAIN_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # neither fill nor grid
RULE = "D5DAE0"


@dataclass(frozen=True)
class Plan:
    """How a table is set: size of letters, widths of columns, heights of rows, rows shown."""

    size: int
    widths: tuple[int, ...]
    heights: tuple[int, ...]

    @property
    def n_rows(self) -> int:
        """Rows shown, without the header."""
        return len(self.heights) - 1


def draw_grid(slide: Slide, grid: Grid, box: Box) -> tuple[Any, int]:
    """Draw a table of words and numbers; return the shape, and how many rows had no room."""
    heads = [column.title for column in grid.columns]
    rows = [[cell.text for cell in row] for row in grid.rows]
    numeric = [column.numeric for column in grid.columns]
    plan = _plan(heads, rows, numeric, box)
    below = int(any(heads))  # columns without titles need no line for them
    frame = slide.shapes.add_table(
        plan.n_rows + below, len(heads), Emu(box.left), Emu(box.top), Emu(sum(plan.widths)),
        Emu(sum(plan.heights[1 - below :])),
    )  # fmt: skip
    table, bold = _prepare(frame, plan.widths, plan.heights[1 - below :], header=bool(below)), _bold(rows)
    for place, head in enumerate(heads if below else ()):
        _fill(
            table.cell(0, place),
            head,
            Lettering(max(SMALLEST, plan.size - 1), QUIET, bold=True, align=ALIGN[numeric[place]]),
        )
        _rule(table.cell(0, place), QUIET, 12_700)
    for number, row in enumerate(grid.rows[: plan.n_rows], start=below):
        for place, cell in enumerate(row):
            target = table.cell(number, place)
            colour = TONES.get(cell.tone, INK)
            _fill(target, cell.text, Lettering(plan.size, colour, bold=bold[place], align=ALIGN[numeric[place]]))
            _rule(target, RULE, 6_350)
    return frame, len(rows) - plan.n_rows


def keep_readable(grid: Grid) -> Grid:
    """Return a table of sentences with as many rows as a room reads, the first ones; any other as it is."""
    said = any(len(cell.text) > LONGEST_CELL for row in grid.rows for cell in row)
    return replace(grid, rows=grid.rows[:MOST_SAID]) if said else grid


def drop_empty(grid: Grid) -> Grid:
    """Return a table without the columns in which no row says anything."""
    told = [place for place in range(len(grid.columns)) if any(row[place].text not in {"", NONE} for row in grid.rows)]
    rows = tuple(tuple(row[place] for place in told) for row in grid.rows)
    return replace(grid, columns=tuple(grid.columns[place] for place in told), rows=rows)


def _count_shown(grid: Grid, box: Box) -> int:
    heads, numeric = [column.title for column in grid.columns], [column.numeric for column in grid.columns]
    return _plan(heads, [[cell.text for cell in row] for row in grid.rows], numeric, box).n_rows


def split_grid(grid: Grid, box: Box, *, gutter: int) -> list[Grid]:
    """Return a long and narrow table in as many columns as stand side by side."""
    most = _count_shown(grid, box)
    columns = min(-(-len(grid.rows) // most), (box.width + gutter) // (grid_width(grid, SMALLEST) + gutter))
    if columns <= 1:
        return [grid]
    starts = [most * column for column in range(columns)]
    ends = [*starts[1:], len(grid.rows)]
    return [replace(grid, rows=grid.rows[start:end]) for start, end in zip(starts, ends, strict=True)]


def grid_width(grid: Grid, size: int) -> int:
    """Return the width of a table whose cells are all set on one line."""
    rows = [[column.title for column in grid.columns], *([cell.text for cell in row] for row in grid.rows)]
    return sum(
        max(text_width(text, size, bold=True) for text in column) + 3 * PAD for column in zip(*rows, strict=True)
    )


def draw_pairs(slide: Slide, pairs: Sequence[tuple[str, str]], box: Box, *, colour: str) -> Any:
    """Draw names with what is said of each, as a table without a header that fills its box; return the shape."""
    wide = min(round(box.width * 0.26), max(text_width(name, 13, bold=True) for name, _ in pairs) + 3 * PAD)
    widths = (wide, box.width - wide)
    size, heights = SMALLEST, [0]
    for size in SIZES:
        heights = [_row_height([name, said], [True, False], widths, size) for name, said in pairs]
        if sum(heights) <= box.height:
            break
    most = LONGEST_SAID
    while sum(heights) > box.height and most > 1:  # at the smallest size, what is said is cut
        most -= 1
        pairs = [(name, shorten_to(said, widths[1] - 2 * PAD, most, size)) for name, said in pairs]
        heights = [_row_height([name, said], [True, False], widths, size) for name, said in pairs]
    spare = max(0, min(box.height - sum(heights), Inches(0.16) * len(heights))) // len(heights)
    heights = [height + spare for height in heights]
    frame = slide.shapes.add_table(len(pairs), 2, Emu(box.left), Emu(box.top), Emu(box.width), Emu(sum(heights)))
    table = _prepare(frame, widths, heights, header=False)
    for number, (name, said) in enumerate(pairs):
        _fill(table.cell(number, 0), name, Lettering(size, colour, bold=True))
        _fill(table.cell(number, 1), said, Lettering(size))
        for place in (0, 1):
            _rule(table.cell(number, place), RULE, 6_350)
    return frame


def draw_column(slide: Slide, words: Sequence[str], sure: Sequence[bool], box: Box) -> Any:
    """Draw one column of words, one a row of a chart beside it; return the shape."""
    heights = (box.height // len(words),) * len(words)
    size = max(SMALLEST, min(12, int(heights[0] / EMU * 0.55)))
    frame = slide.shapes.add_table(len(words), 1, Emu(box.left), Emu(box.top), Emu(box.width), Emu(sum(heights)))
    table = _prepare(frame, (box.width,), heights, header=False)
    for number, (word, bold) in enumerate(zip(words, sure, strict=True)):
        cell = table.cell(number, 0)
        _fill(cell, word, Lettering(size, INK if bold else QUIET, bold=bold, align=PP_ALIGN.CENTER))
        cell.margin_top = cell.margin_bottom = 0
    return frame


def _plan(heads: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool], box: Box) -> Plan:
    """Return the largest setting that holds all rows; at the smallest, the rows that there is room for."""
    for size in SIZES:
        wanted = _widths(heads, rows, numeric, box.width, size)
        excess = max(1.0, sum(wanted) / box.width)  # at the smallest size, words that are too long are broken
        if excess > 1 and size > SIZES[-1]:
            continue
        widths = tuple(int(width / excess) for width in wanted)
        heights = [_row_height(heads, [True] * len(heads), widths, max(SMALLEST, size - 1))]
        heights += [_row_height(row, _bold(rows), widths, size) for row in rows]
        broken = size == SIZES[0] and max(heights[1:]) > _row_height([""], [False], [box.width], size)
        if sum(heights) <= box.height and not broken:  # the largest letters are for rows that stay on one line
            break
    while sum(heights) > box.height and len(heights) > 2:
        heights.pop()
    return Plan(size, widths, tuple(heights))


def _widths(
    heads: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool], room: int, size: int
) -> tuple[int, ...]:
    """Return the width of each column: that of its longest word, and what else there is room for.

    What is left of the room goes, step by step, where it lowers the rows most.
    """
    air = 2 * PAD + Inches(0.04)
    texts = [heads, *rows]
    sizes = [max(SMALLEST, size - 1)] + [size] * len(rows)
    bolds = [[True] * len(heads)] + [_bold(rows)] * len(rows)
    whole = np.array(
        [
            [text_width(text, points, bold=thick) + air for text, thick in zip(row, bold, strict=True)]
            for row, points, bold in zip(texts, sizes, bolds, strict=True)
        ]
    )
    words = np.array(
        [
            [max((text_width(word, points, bold=True) for word in text.split()), default=0) + air for text in row]
            for row, points in zip(texts, sizes, strict=True)
        ]
    )
    numbers = np.array(
        [[right and len(text) <= LONGEST_NUMBER for text, right in zip(row, numeric, strict=True)] for row in texts]
    )
    words = np.where(numbers, whole, words)  # a number is never broken
    widths, most = words.max(axis=0), whole.max(axis=0)
    step = max(0, room - int(widths.sum())) // STEPS
    for _ in range(STEPS if step else 0):
        wider = np.minimum(widths + step * np.eye(len(heads), dtype=int), most)
        costs = np.maximum(1.0, whole[None] / wider[:, None, :]).max(axis=2).sum(axis=1)
        gains = costs + np.where((wider == widths).all(axis=1), np.inf, 0) - 1e-9 * (most - widths) / room
        widths = wider[int(np.argmin(gains))]
    return tuple(int(width) for width in widths)


def _bold(rows: Sequence[Sequence[str]]) -> list[bool]:
    """Return which columns are set bold: the first, where it holds names and not sentences."""
    return [place == 0 and max(len(row[0]) for row in rows) <= LONGEST_BOLD for place in range(len(rows[0]))]


def _row_height(texts: Sequence[str], bold: Sequence[bool], widths: Sequence[int], size: float) -> int:
    lines = max(
        count_lines(text, width - 2 * PAD, size, bold=thick)
        for text, width, thick in zip(texts, widths, bold, strict=True)
    )
    return round((lines + AIR) * LEADING * size * EMU)


def _prepare(frame: Any, widths: Sequence[int], heights: Sequence[int], *, header: bool) -> Any:
    table = frame.table
    table.first_row, table.horz_banding = header, False
    frame._element.graphic.graphicData.tbl.tblPr.find(qn("a:tableStyleId")).text = PLAIN_STYLE  # noqa: SLF001
    for place, width in enumerate(widths):
        table.columns[place].width = Emu(width)
    for place, height in enumerate(heights):
        table.rows[place].height = Emu(height)
    return table


def _fill(cell: Any, text: str, lettering: Lettering) -> None:
    cell.margin_left = cell.margin_right = PAD
    cell.margin_top = cell.margin_bottom = Emu(round(AIR / 2 * LEADING * lettering.size * EMU))
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    write_words(cell.text_frame, [text], lettering)


def _rule(cell: Any, colour: str, width: int) -> None:
    """Draw a line under a cell."""
    cell._tc.get_or_add_tcPr().append(  # noqa: SLF001  no public way to draw the border of a cell
        parse_xml(f'<a:lnB {nsdecls("a")} w="{width}"><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill></a:lnB>')
    )
