"""The slides: a deck of 12 to 16 in the form of a good consultancy's, on the house's master or a client's own.

A slide says one thing, its title, and shows one exhibit: a native chart that can be edited, or a table. The source line
under it tells n and period; the notes tell how it was made; who can't see the chart reads its alternative text.
"""

from __future__ import annotations

import io
from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pptx.util import Pt

from bxtext.figures import BX
from bxtext.report.evidence import tidy_name
from bxtext.report.slides.exhibits import describe, draw_exhibit, write_notes, write_title
from bxtext.report.slides.fitting import EMU, LEADING, SMALLEST, Box, largest_size, shorten_to
from bxtext.report.slides.grids import draw_pairs
from bxtext.report.slides.master import Master, add_slide, open_master
from bxtext.report.slides.story import tell_story
from bxtext.wording import load_wording

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from bxtext.report.content import Page

NAME_SIZES = (44, 36, 28, 24, 20, 16)
FACT_SIZES = (16, 14, 12, SMALLEST)
LONGEST_PROPERTY = 255  # letters of a property of the file
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the time of every part of the file: the same deck is the same bytes


def write_slides(page: Page, *, today: date, run_id: str, master: Path | None = None) -> bytes:
    """Return a page as a PPTX deck: the same bytes from the same page.

    Parameters
    ----------
    page : Page
        What the report says.
    today : date
        The day written into the file.
    run_id : str
        The run, for the notes.
    master : Path, optional
        A PPTX file whose master and layouts replace the house's own.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    ParamsError
        The master is missing, no presentation, or has no layout with a title.
    """
    setting = open_master(master)
    run = load_wording(page.language).text("slides.run", run_id=run_id)
    _draw_cover(setting, page, run)
    _draw_summary(setting, page, run)
    for exhibit in tell_story(page):
        draw_exhibit(setting, page, exhibit)
    properties = setting.deck.core_properties
    properties.title = tidy_name(page.title)[:LONGEST_PROPERTY]
    properties.author = properties.last_modified_by = "bxtext"
    properties.language, properties.revision = page.language, 1
    properties.created = properties.modified = datetime.combine(today, time())
    return _save(setting)


def _draw_cover(setting: Master, page: Page, run: str) -> None:
    wording = load_wording(page.language)
    slide = add_slide(setting, setting.cover, footer="")
    title = slide.shapes.title
    _write_within(title, [tidy_name(page.client)], NAME_SIZES, title)
    facts = " · ".join(wording.text("slides.fact", name=name, value=value) for name, value in page.facts)
    lines = [wording.text("page.lead"), tidy_name(facts), page.made, *map(tidy_name, page.warnings)]
    others = [one for one in slide.placeholders if one.placeholder_format.idx == 1]
    if others:  # the subtitle, on most masters
        _write_within(others[0], lines, FACT_SIZES, others[0])
    write_notes(slide, [*lines, run])


def _write_within(shape: Any, lines: list[str], sizes: tuple[int, ...], place: Any) -> None:
    """Write lines in the largest size in which they stay within their place."""
    room = Box(0, 0, int(place.width), int(place.height))
    size = largest_size(lines, room, sizes, gap=0.5)
    most = max(1, int(room.height / (LEADING * size * EMU)) - len(lines) + 1)
    shape.text_frame.text = "\n".join(shorten_to(line, room.width, most, size) for line in lines)
    for number, paragraph in enumerate(shape.text_frame.paragraphs):
        paragraph.runs[0].font.size = Pt(size)
        paragraph.space_before = Pt(size / 2 if number else 0)


def _draw_summary(setting: Master, page: Page, run: str) -> None:
    wording = load_wording(page.language)
    slide = add_slide(setting, setting.plain, footer=tidy_name(page.client))
    box = write_title(slide, setting, wording.text("page.summary"))
    pairs = [(wording.text(f"summary.lead.{said.anchor}"), tidy_name(said.text)) for said in page.summary]
    frame = draw_pairs(slide, pairs, box, colour=BX)
    describe(frame, wording.text("page.summary"), wording.text("slides.list", n=len(pairs)))
    write_notes(slide, [*(said.text for said in page.summary), run])


def _save(setting: Master) -> bytes:
    """Return the file, every part of it with one time."""
    saved, target = io.BytesIO(), io.BytesIO()
    setting.deck.save(saved)
    with ZipFile(saved) as made, ZipFile(target, "w", ZIP_DEFLATED) as fixed:
        for name in made.namelist():
            part = ZipInfo(name, FIRST_DAY)
            part.compress_type = ZIP_DEFLATED
            fixed.writestr(part, made.read(name))
    return target.getvalue()
