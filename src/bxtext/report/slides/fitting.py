"""How much room a text takes on a slide, so that nothing is cut off or runs over its neighbour."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from matplotlib.font_manager import FontProperties, findfont
from PIL import ImageFont

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PIL.ImageFont import FreeTypeFont

EMU = 12_700  # to a point
LEADING = 1.2  # height of a line, in sizes of its letters
TYPEFACE = "DejaVu Sans"  # wider than what slides are set in, and on every machine: never too little room
SHORT_WORD = 12  # letters of a word that would look lost on a line
SMALLEST = 11  # points of what is read in a room
WIDER = 0.93  # what is left of its width when the margin is taken back
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-Ý«“])")


@dataclass(frozen=True)
class Box:
    """A rectangle on a slide, in EMU."""

    left: int
    top: int
    width: int
    height: int

    @property
    def bottom(self) -> int:
        """Where it ends."""
        return self.top + self.height

    def cut_top(self, height: int) -> tuple[Box, Box]:
        """Return the upper part of this height, and what is left."""
        return (
            Box(self.left, self.top, self.width, height),
            Box(self.left, self.top + height, self.width, self.height - height),
        )

    def cut_bottom(self, height: int) -> tuple[Box, Box]:
        """Return what is left, and the lower part of this height."""
        upper, lower = self.cut_top(self.height - height)
        return upper, lower


@cache
def _font(*, bold: bool) -> FreeTypeFont:
    path = findfont(FontProperties(family=TYPEFACE, weight="bold" if bold else "normal"))
    return ImageFont.truetype(path, 100)


def text_width(text: str, size: float, *, bold: bool = False) -> int:
    """Return the width of a line of text set in `size` points, in EMU."""
    return round(_font(bold=bold).getlength(text) / 100 * size * EMU * WIDER)


def count_lines(text: str, width: int, size: float, *, bold: bool = False) -> int:
    """Return how many lines a text fills between margins `width` EMU apart."""
    space, lines, used = text_width(" ", size, bold=bold), 1, 0
    for word in text.split(" "):
        room = text_width(word, size, bold=bold)
        if used and used + space + room > width:
            lines, used = lines + 1, 0
        lines += max(0, -(-room // width) - 1)  # a word longer than the line is broken
        used += room + (space if used else 0)
    return lines


def text_height(texts: Iterable[str], width: int, size: float, *, gap: float = 0.0, bold: bool = False) -> int:
    """Return the height of paragraphs, `gap` lines apart, in EMU."""
    counts = [count_lines(text, width, size, bold=bold) for text in texts]
    return round((sum(counts) + gap * max(0, len(counts) - 1)) * LEADING * size * EMU)


def largest_size(texts: Sequence[str], box: Box, sizes: Sequence[int], *, gap: float = 0.0) -> int:
    """Return the largest of some sizes, falling, in which paragraphs fit into a box; the last one if none does."""
    fitting = (size for size in sizes if text_height(texts, box.width, size, gap=gap) <= box.height)
    return next(fitting, sizes[-1])


def shorten_to(text: str, width: int, lines: int, size: float, *, bold: bool = False) -> str:
    """Return a text cut at a word, with a mark, where it would fill more than `lines` lines."""
    if count_lines(text, width, size, bold=bold) <= lines:
        return text
    words = text.split(" ")
    while len(words) > 1 and count_lines(" ".join([*words, "…"]), width, size, bold=bold) > lines:
        words.pop()
    kept = " ".join(words)
    while len(kept) > 1 and count_lines(f"{kept} …", width, size, bold=bold) > lines:
        kept = kept[:-1]
    return f"{kept} …"


def glue_end(text: str) -> str:
    r"""Return a text whose last word never stands alone on its line.

    Examples
    --------
    >>> glue_end("nothing is unaccounted for")
    'nothing is unaccounted\xa0for'
    """
    start, space, last = text.rpartition(" ")
    return f"{start}\N{NO-BREAK SPACE}{last}" if space and len(last) <= SHORT_WORD else text


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text.

    Examples
    --------
    >>> split_sentences("A (q = 0.04). B, in all.")
    ['A (q = 0.04).', 'B, in all.']
    """
    return _SENTENCE_END.split(text)
