"""What a report says, as frozen records: the template only lays them out."""

from __future__ import annotations

import base64
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bxtext.figures import Chart

SVG_UNITS = 160 / 72  # an SVG's size is in points; a picture's, here, in pixels of 160 to the inch


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
    """A figure under its one-line takeaway; `source` is what the page shows, `chart` what other formats draw anew."""

    kind: ClassVar[str] = "picture"
    takeaway: str
    source: str
    alt: str
    caption: str
    width: int
    height: int
    chart: Chart


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


@dataclass(frozen=True)
class Side:
    """What one voice calls for: what to do, how sure that is (`tone` its light), the figures it rests on."""

    voice: str
    heading: str
    text: str
    certainty: str
    tone: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Action:
    """A thing to do for customers, and its mirror for employees."""

    title: str
    sides: tuple[Side, ...]


@dataclass(frozen=True)
class Actions:
    """What to do, the most pressing first."""

    kind: ClassVar[str] = "actions"
    items: tuple[Action, ...]


@dataclass(frozen=True)
class Quote:
    """A comment as it was made, where it comes from, and the filters it answers to."""

    text: str
    language: str
    origin: str
    tone: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Filter:
    """A way to choose among quotes: its name, the words for no choice at all, and (key, words) of each choice."""

    name: str
    every: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Quotes:
    """Comments to be read, and filtered."""

    kind: ClassVar[str] = "quotes"
    title: str
    filters: tuple[Filter, ...]
    items: tuple[Quote, ...]


Block = Text | Items | Picture | Grid | Actions | Quotes


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
class Gauge:
    """A figure that heads the report, and what it means; `tone` is a light, a voice or empty."""

    name: str
    value: str
    note: str
    tone: str


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
    gauges: tuple[Gauge, ...] = ()


def frame_chart(chart: Chart, takeaway: str, *, as_text: bool = False) -> Picture:
    """Return a chart as a picture that travels inside the page: lines for bars and curves, dots for what is dense."""
    if chart.dense:
        png = chart.to_png()
        width, height = struct.unpack(">II", png[16:24])  # the size stands in a PNG's header
        source = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
    else:
        svg = chart.to_svg(as_text=as_text)
        points = re.findall(r"[\d.]+", svg[svg.index("viewBox") : svg.index(">")])[2:4]
        width, height = (round(float(length) * SVG_UNITS) for length in points)
        # quotes and spaces may stand in an attribute once escaped: half the size of base64
        source = "data:image/svg+xml," + quote(svg, safe=" !$&'()*+,-./:;=?@[]_{|}~")
    return Picture(takeaway, source, chart.alt, chart.caption, width, height, chart)


def list_words(blocks: Iterable[Block]) -> list[str]:
    """Return the paragraphs and the points of lists among some blocks, in their order."""
    said: list[str] = []
    for block in blocks:
        if isinstance(block, Items):
            said += block.items
        elif isinstance(block, Text):
            said.append(block.text)
    return said


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
