"""How words are set on a slide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pptx.dml.color import RGBColor
from pptx.util import Emu, Pt

from bxtext.report.evidence import tidy_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pptx.slide import Slide

    from bxtext.report.slides.fitting import Box

INK, QUIET = "1F2933", "5F6B76"


@dataclass(frozen=True)
class Lettering:
    """Size in points, colour, weight, alignment, and the space between paragraphs, in lines."""

    size: float
    colour: str = INK
    bold: bool = False
    align: Any = None
    gap: float = 0.0


def colour_of(colour: str) -> Any:
    """Return a colour from six hexadecimal digits, with or without a hash."""
    return RGBColor.from_string(colour.removeprefix("#"))


def write_words(frame: Any, paragraphs: Sequence[str], lettering: Lettering) -> None:
    """Fill an empty text frame."""
    for place, said in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = tidy_name(said)
        run.font.size, run.font.bold = Pt(lettering.size), lettering.bold
        run.font.color.rgb = colour_of(lettering.colour)
        if lettering.align is not None:
            paragraph.alignment = lettering.align
        if place and lettering.gap:
            paragraph.space_before = Pt(lettering.gap * lettering.size)


def add_words(slide: Slide, box: Box, paragraphs: Sequence[str], lettering: Lettering, *, name: str) -> None:
    """Write paragraphs into a box of their own, without margins, under a name that says what it is."""
    shape = slide.shapes.add_textbox(Emu(box.left), Emu(box.top), Emu(box.width), Emu(box.height))
    shape.name, frame = name, shape.text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    write_words(frame, paragraphs, lettering)
