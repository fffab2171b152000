"""The master of the slides: the house's own, or a client's file, and the room it leaves."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from lxml import etree
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR
from pptx.exc import PythonPptxError
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches

from bxtext.errors import ParamsError
from bxtext.figures import BX, CX, EX
from bxtext.report.slides.fitting import SMALLEST, Box, shorten_to
from bxtext.report.slides.lettering import INK, QUIET, Lettering, colour_of

if TYPE_CHECKING:
    from pathlib import Path

    from pptx.presentation import Presentation as Deck
    from pptx.shapes.placeholder import LayoutPlaceholder
    from pptx.slide import Slide, SlideLayout

TITLES = {PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE}
SMALL = {PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER}
FONT, DEEP = "Arial", "06382B"
COLOURS = {
    "dk1": INK, "lt1": "FFFFFF", "dk2": DEEP, "lt2": "F5F7F9", "accent1": CX[1:], "accent2": EX[1:],
    "accent3": BX[1:], "accent4": "E69F00", "accent5": "56B4E9", "accent6": QUIET, "hlink": "00664A",
    "folHlink": QUIET,
}  # fmt: skip
WIDTH, HEIGHT, MARGIN = Inches(13.333), Inches(7.5), Inches(0.6)
GAP = Inches(0.12)
FOOTER_SIZE = 12  # of most masters


@dataclass(frozen=True)
class Master:
    """A presentation without slides: its layouts for the cover and the rest, the room of a title and the room below.

    On the house's `own` master what stands under a title of one line moves up.
    """

    deck: Deck
    cover: SlideLayout
    plain: SlideLayout
    title: Box
    body: Box
    own: bool


def open_master(path: Path | None) -> Master:
    """Return the master of a client's file, or the house's own.

    Parameters
    ----------
    path : Path or None
        A PPTX file: its slides are left out, its layouts are used.

    Raises
    ------
    ParamsError
        The file is missing, or no presentation, or has no layout with a title.
    """
    deck = _house_deck() if path is None else _client_deck(path)
    layouts = [layout for layout in deck.slide_layouts if _find(layout, TITLES) is not None]
    if not layouts:
        raise ParamsError(f"report.master: {path and path.name} has no layout with a title; add one, or leave it out")
    cover = min(layouts, key=lambda layout: (_kind(layout) != PP_PLACEHOLDER.CENTER_TITLE, layouts.index(layout)))
    plain = min(layouts, key=lambda layout: (layout is cover, _n_others(layout), layouts.index(layout)))
    title = _box(_find(plain, TITLES))
    lowest = [
        small.top for small in plain.placeholders if small.placeholder_format.type in SMALL and small.top > title.bottom
    ]
    top = title.bottom + GAP
    bottom = min([*lowest, int(deck.slide_height or HEIGHT) - Inches(0.4)]) - GAP
    return Master(deck, cover, plain, title, Box(title.left, top, title.width, bottom - top), own=path is None)


def add_slide(master: Master, layout: SlideLayout, *, footer: str) -> Slide:
    """Add a slide with its title alone, and the footer and the number that its layout has."""
    slide = master.deck.slides.add_slide(layout)
    for placeholder in list(slide.placeholders):
        if placeholder.placeholder_format.type not in {*TITLES, PP_PLACEHOLDER.SUBTITLE}:
            placeholder.element.getparent().remove(placeholder.element)
    for small in layout.placeholders:
        kind = small.placeholder_format.type
        if kind in SMALL - {PP_PLACEHOLDER.DATE}:
            element = copy.deepcopy(small.element)
            slide.shapes._spTree.append(element)  # noqa: SLF001  no public way to show a footer
            if kind == PP_PLACEHOLDER.FOOTER:
                said = shorten_to(footer, int(small.width), 1, FOOTER_SIZE, bold=True)
                slide.placeholders[small.placeholder_format.idx].text_frame.text = said
    for number, shape in enumerate(slide.shapes, start=2):
        shape.element.xpath(".//p:cNvPr")[0].set("id", str(number))
    return slide


def _client_deck(path: Path) -> Deck:
    if not path.is_file():
        raise ParamsError(f"report.master: no file {path.name}; give its path from the project's root")
    try:
        deck = Presentation(str(path))
    except (BadZipFile, KeyError, ValueError, PythonPptxError) as error:
        raise ParamsError(f"report.master: {path.name} is no presentation; save it as .pptx") from error
    for slide_id in list(deck.slides._sldIdLst):  # noqa: SLF001  no public way to remove a slide
        deck.part.drop_rel(slide_id.rId)
        deck.slides._sldIdLst.remove(slide_id)  # noqa: SLF001
    return deck


def _find(layout: SlideLayout, kinds: set[Any]) -> LayoutPlaceholder | None:
    return next((one for one in layout.placeholders if one.placeholder_format.type in kinds), None)


def _kind(layout: SlideLayout) -> Any:
    found = _find(layout, TITLES)
    return found and found.placeholder_format.type


def _n_others(layout: SlideLayout) -> int:
    """Return how many placeholders a layout has beside its title and what stands at its foot."""
    return sum(one.placeholder_format.type not in TITLES | SMALL for one in layout.placeholders)


def _box(shape: Any) -> Box:
    return Box(int(shape.left), int(shape.top), int(shape.width), int(shape.height))


def _house_deck() -> Deck:
    """Return the house's master: two layouts, one typeface, the colours of the figures."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = WIDTH, HEIGHT
    master = deck.slide_master
    for layout in list(deck.slide_layouts):
        if layout.name not in {"Title Slide", "Title Only"}:
            deck.slide_layouts.remove(layout)
    _set_theme(next(rel.target_part for rel in master.part.rels.values() if rel.reltype.endswith("/theme")))
    for style in master.element.find(qn("p:txStyles")).iter(qn("a:lvl1pPr")):
        style.set("algn", "l")
    cover, plain = deck.slide_layouts
    for owner in (master, plain, cover):
        for one in list(owner.placeholders):
            _place(one, cover=owner is cover)
    _add_rectangle(plain, Box(0, 0, Inches(0.16), HEIGHT), BX[1:])
    _paint_cover(cover)
    return deck


def _place(one: Any, *, cover: bool) -> None:
    """Put a placeholder where the house wants it; the footer stands above the title and names the part."""
    wide = WIDTH - 2 * MARGIN
    kind = one.placeholder_format.type
    if kind in TITLES and cover:
        _set(one, Box(MARGIN, Inches(2.0), wide, Inches(1.5)), Lettering(44, "FFFFFF", bold=True), low=True)
    elif kind in TITLES:
        _set(one, Box(MARGIN, Inches(0.62), wide, Inches(0.95)), Lettering(24, bold=True))
    elif kind == PP_PLACEHOLDER.SUBTITLE:
        _set(one, Box(MARGIN, Inches(3.75), wide, Inches(2.6)), Lettering(16, "DDEBE5"))
    elif kind == PP_PLACEHOLDER.BODY:
        _set(one, Box(MARGIN, Inches(1.7), wide, Inches(5)), Lettering(16))
    elif cover or kind == PP_PLACEHOLDER.DATE:
        one.element.getparent().remove(one.element)
    elif kind == PP_PLACEHOLDER.FOOTER:
        _set(one, Box(MARGIN, Inches(0.3), wide, Inches(0.3)), Lettering(11, BX[1:], bold=True))
    else:
        corner = Box(WIDTH - MARGIN - Inches(0.8), Inches(7.08), Inches(0.8), Inches(0.26))
        _set(one, corner, Lettering(SMALLEST, QUIET, align="r"))


def _set(one: Any, box: Box, lettering: Lettering, *, low: bool = False) -> None:
    one.left, one.top, one.width, one.height = box.left, box.top, box.width, box.height
    frame = one.text_frame
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.BOTTOM if low else MSO_ANCHOR.TOP
    body = one.element.find(qn("p:txBody"))
    for fit in ("a:normAutofit", "a:spAutoFit", "a:noAutofit"):
        for found in body.find(qn("a:bodyPr")).findall(qn(fit)):
            body.find(qn("a:bodyPr")).remove(found)
    styles = body.find(qn("a:lstStyle"))
    for old in list(styles):
        styles.remove(old)
    styles.append(
        parse_xml(
            f'<a:lvl1pPr {nsdecls("a")} marL="0" indent="0" algn="{lettering.align or "l"}"><a:buNone/>'
            f'<a:defRPr sz="{100 * int(lettering.size)}" b="{int(lettering.bold)}">'
            f'<a:solidFill><a:srgbClr val="{lettering.colour}"/></a:solidFill>'
            "</a:defRPr></a:lvl1pPr>"
        )
    )


def _set_theme(part: Any) -> None:
    """Set the colours and the typeface of the theme, which python-pptx keeps as it found it."""
    theme = etree.fromstring(part.blob)
    scheme = theme.find(".//" + qn("a:clrScheme"))
    for name, colour in COLOURS.items():
        slot = scheme.find(qn(f"a:{name}"))
        for old in list(slot):
            slot.remove(old)
        etree.SubElement(slot, qn("a:srgbClr"), val=colour)
    for family in ("a:majorFont", "a:minorFont"):
        theme.find(f".//{qn(family)}/{qn('a:latin')}").set("typeface", FONT)
    theme.set("name", "bxtext")
    part._blob = etree.tostring(theme, xml_declaration=True, encoding="UTF-8", standalone=True)  # noqa: SLF001


def _paint_cover(cover: SlideLayout) -> None:
    fill = cover.background.fill
    fill.solid()
    fill.fore_color.rgb = colour_of(DEEP)
    for place, colour in enumerate((CX, EX, BX)):  # customers, employees, brand
        _add_rectangle(cover, Box(MARGIN + place * Inches(0.75), Inches(1.5), Inches(0.65), Inches(0.09)), colour[1:])


def _add_rectangle(layout: SlideLayout, box: Box, colour: str) -> None:
    """Draw a rectangle behind all else of a layout."""
    tree = layout.shapes._spTree  # noqa: SLF001  a layout has no public way to be drawn on
    number = 100 + len(tree)
    shape = parse_xml(
        f'<p:sp {nsdecls("p", "a")}><p:nvSpPr><p:cNvPr id="{number}" name="Rectangle {number}"/><p:cNvSpPr/>'
        f'<p:nvPr userDrawn="1"/></p:nvSpPr><p:spPr><a:xfrm><a:off x="{int(box.left)}" y="{int(box.top)}"/>'
        f'<a:ext cx="{int(box.width)}" cy="{int(box.height)}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill><a:ln><a:noFill/></a:ln></p:spPr></p:sp>'
    )
    tree.insert(2, shape)
