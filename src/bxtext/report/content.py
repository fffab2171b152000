"""What a report says, as frozen records: the template only lays them out."""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bxtext.figures import Chart, Series


@dataclass(frozen=True)
class Text:
    """A paragraph; a `lead` is larger, a `note` smaller, a `heading` opens a part of a section."""

    kind: ClassVar[str] = "text"
    text: str
    tone: str = ""


@dataclass(frozen=True)
class Items:
    """A list."""

    kind: ClassVar[str] = "items"
    items: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """A figure under its one-line takeaway; `series` are its figures, where a slide may draw them anew."""

    kind: ClassVar[str] = "picture"
    takeaway: str
    source: str
    alt: str
    caption: str
    width: int
    height: int
    series: Series | None = None


@dataclass(frozen=True)
class Column:
    """A column of a grid; numbers stand to the right."""

    title: str
    numeric: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell; `tone` is a light (green, amber, red) or empty."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class Grid:
    """A table of words and numbers; a folded one opens on demand."""

    kind: ClassVar[str] = "grid"
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    folded: bool = True


Block = Text | Items | Picture | Grid


@dataclass(frozen=True)
class Section:
    """A part of the report, with its takeaway."""

    anchor: str
    title: str
    takeaway: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Sentence:
    """A sentence of the summary and the section that shows it."""

    text: str
    anchor: str


@dataclass(frozen=True)
class Page:
    """The whole report."""

    language: str
    title: str
    client: str
    made: str
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    summary: tuple[Sentence, ...]
    sections: tuple[Section, ...]


def frame_chart(chart: Chart, takeaway: str) -> Picture:
    """Return a chart as a picture that travels inside the page."""
    png = chart.to_png()
    width, height = struct.unpack(">II", png[16:24])  # the size stands in a PNG's header
    source = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
    return Picture(takeaway, source, chart.alt, chart.caption, width, height, chart.series)


def make_grid(
    title: str, columns: list[str], rows: Sequence[Sequence[str | Cell]], *, text: int = 1, folded: bool = True
) -> Grid:
    """Return a grid whose first `text` columns are words and whose others are numbers."""
    return Grid(
        title,
        tuple(Column(name, numeric=place >= text) for place, name in enumerate(columns)),
        tuple(tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row) for row in rows),
        folded,
    )
