"""The slides: a deck of 12 to 16 in the form of a good consultancy's, on the house's master or a client's own.

A slide says one thing, its title, and shows one exhibit: a native chart that can be edited, or a table. The source line
under it tells n and period; the notes tell how it was made; who can't see the chart reads its alternative text.
"""

from __future__ import annotations

import io
from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pptx.dml.color import RGBColor
from pptx.enum.text import PP_ALIGN
from pptx.util import Emu, Inches, Pt

from bxtext.figures import BX, Butterfly, Points, Rows, say_others
from bxtext.report.content import Grid, Picture
from bxtext.report.evidence import tidy_name
from bxtext.report.slides.charts import count_hidden, draw_points, draw_rows, draw_side
from bxtext.report.slides.fitting import (
    EMU,
    LEADING,
    Box,
    count_lines,
    largest_size,
    shorten_to,
    split_sentences,
    text_height,
)
from bxtext.report.slides.grids import draw_column, draw_grid, draw_pairs, grid_width
from bxtext.report.slides.master import INK, QUIET, Master, add_slide, open_master, save_deck, set_text
from bxtext.report.slides.story import Exhibit, explain, tell_story
from bxtext.wording import NONE, load_wording

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from pptx.slide import Slide

    from bxtext.report.content import Page
    from bxtext.wording import Wording

TITLE_SIZES = (24, 22, 20, 18)
TITLE_LINES = 2
LEAD_SIZE, SOURCE_SIZE, NOTE_LINES = 14, 9, 2
EDGE, GUTTER = Inches(0.08), Inches(0.6)
SOURCE_HEIGHT = round(NOTE_LINES * LEADING * SOURCE_SIZE * EMU) + EDGE
HALF_SIZE = 12  # of the letters in tables side by side, at least
PROSE_SIZES = (18, 16, 15, 14, 13, 12, 11, 10)
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
    wording, setting = load_wording(page.language), open_master(master)
    _draw_cover(setting, page, wording, run_id)
    _draw_summary(setting, page, wording, run_id)
    for exhibit in tell_story(page):
        _draw_exhibit(setting, page, exhibit, wording)
    properties = setting.deck.core_properties
    properties.title, properties.author, properties.last_modified_by = tidy_name(page.title), "bxtext", "bxtext"
    properties.language, properties.revision = page.language, 1
    properties.created = properties.modified = datetime.combine(today, time())
    return _fix_times(save_deck(setting.deck))


def _draw_cover(setting: Master, page: Page, wording: Wording, run_id: str) -> None:
    slide = add_slide(setting, setting.cover, footer="")
    slide.shapes.title.text_frame.text = tidy_name(page.client)
    _shrink_to_fit(slide.shapes.title, setting.cover.placeholders[0])
    facts = " · ".join(
        f"{name} : {value}" if wording.language == "fr" else f"{name}: {value}" for name, value in page.facts
    )
    lines = [wording.text("page.lead"), tidy_name(facts), page.made, *map(tidy_name, page.warnings)]
    subtitle = next(
        (one for one in slide.placeholders if one is not slide.shapes.title and one.placeholder_format.idx == 1), None
    )
    if subtitle is not None:
        subtitle.text_frame.text = lines[0]
        for line in lines[1:]:
            paragraph = subtitle.text_frame.add_paragraph()
            paragraph.text, paragraph.space_before = line, Pt(8)
    _write_notes(slide, [*lines, wording.text("slides.run", run_id=run_id)])


def _shrink_to_fit(title: Any, placeholder: Any) -> None:
    """Set a long name smaller, so that it stays within its place."""
    text, room = title.text_frame.text, Box(0, 0, int(placeholder.width), int(placeholder.height))
    size = largest_size([text], room, (44, 36, 28, 24, 20, 16))
    title.text_frame.text = shorten_to(text, room.width, max(1, int(room.height / (LEADING * size * EMU))), size)
    title.text_frame.paragraphs[0].runs[0].font.size = Pt(size)


def _draw_summary(setting: Master, page: Page, wording: Wording, run_id: str) -> None:
    slide = add_slide(setting, setting.plain, footer=tidy_name(page.client))
    box = _write_title(slide, setting, wording.text("page.summary"))
    titles = {section.anchor: section.title for section in page.sections}
    pairs = [(titles[said.anchor], tidy_name(said.text)) for said in page.summary]
    frame = draw_pairs(slide, pairs, box, colour=BX[1:])
    _describe(frame, wording.text("page.summary"), wording.text("slides.list", n=len(pairs)))
    _write_notes(slide, [said.text for said in page.summary] + [wording.text("slides.run", run_id=run_id)])


def _draw_exhibit(setting: Master, page: Page, exhibit: Exhibit, wording: Wording) -> None:
    slide = add_slide(setting, setting.plain, footer=f"{exhibit.section.title}")
    box = _write_title(slide, setting, tidy_name(exhibit.takeaway))
    shown = exhibit.shown
    notes = explain(exhibit)
    if isinstance(shown, tuple):
        _draw_words(slide, [tidy_name(said) for said in shown], box)
    elif isinstance(shown, Grid):
        box, foot = box.cut_bottom(SOURCE_HEIGHT)
        hidden = _draw_grids(slide, exhibit, box, wording)
        _write_source(slide, _say_base(page, shown.title, wording) + say_others(hidden, wording), foot)
    else:
        assert shown.series is not None  # noqa: S101  the story leaves out those that have none
        caption = tidy_name(shown.series.caption or shown.caption) + say_others(count_hidden(shown.series), wording)
        box, foot = box.cut_bottom(SOURCE_HEIGHT)
        _draw_series(slide, shown, box)
        _write_source(slide, caption, foot)
        notes = [shown.takeaway, caption, shown.alt, *notes]
    method = [wording.text(f"method.{name}") for name in ("score", "interval", "association")]
    _write_notes(slide, [*notes, *method])


def _draw_grids(slide: Slide, exhibit: Exhibit, box: Box, wording: Wording) -> int:
    """Draw a table, and the one that follows it where both are narrow; return how many rows had no room."""
    grids = [exhibit.shown]
    if exhibit.beside is not None:
        half = (box.width - GUTTER) // 2
        if all(grid_width(grid, HALF_SIZE) <= half for grid in (exhibit.shown, exhibit.beside)):
            grids.append(exhibit.beside)
    hidden, width = 0, (box.width - GUTTER * (len(grids) - 1)) // len(grids)
    for place, grid in enumerate(grids):
        frame, missing = draw_grid(slide, grid, Box(box.left + place * (width + GUTTER), box.top, width, box.height))
        _describe(frame, grid.title, wording.text("slides.table", title=grid.title, n=len(grid.rows)))
        hidden += missing
    return hidden


def _say_base(page: Page, title: str, wording: Wording) -> str:
    facts = dict(page.facts)
    analysed, span = (facts.get(wording.text(f"fact.{name}"), NONE) for name in ("analysed", "period"))
    return wording.text("slides.base", title=title, analysed=analysed, span=span)


def _write_title(slide: Slide, setting: Master, takeaway: str) -> Box:
    """Write as many sentences of a takeaway as fit on two lines, the rest under them; return the room that is left."""
    sentences, width, box = split_sentences(takeaway), setting.title.width, setting.body
    kept, size = next(
        (
            (number, size)
            for number in range(len(sentences), 0, -1)
            for size in (TITLE_SIZES[:2] if number > 1 else TITLE_SIZES)
            if count_lines(" ".join(sentences[:number]), width, size, bold=True) <= TITLE_LINES
        ),
        (1, TITLE_SIZES[-1]),
    )
    most = max(TITLE_LINES, int(setting.title.height / (LEADING * size * EMU)))
    said = shorten_to(" ".join(sentences[:kept]).removesuffix("."), width, most, size, bold=True)
    title = slide.shapes.title
    title.text_frame.text = said
    title.text_frame.paragraphs[0].runs[0].font.size = Pt(size)
    if setting.own:
        spare = setting.title.height - text_height([said], width, size, bold=True) - EDGE
        if spare > 0:
            title.left, title.top, title.width = setting.title.left, setting.title.top, width
            title.height = setting.title.height - spare
            box = Box(box.left, box.top - spare, box.width, box.height + spare)
    return _write_lead(slide, " ".join(sentences[kept:]), box) if kept < len(sentences) else box


def _write_lead(slide: Slide, lead: str, box: Box) -> Box:
    said = shorten_to(lead, box.width, 2, LEAD_SIZE)
    height = text_height([said], box.width, LEAD_SIZE)
    top, rest = box.cut_top(height + EDGE)
    _add_words(slide, Box(top.left, top.top, top.width, height), [said], LEAD_SIZE, colour=QUIET)
    return rest


def _write_source(slide: Slide, caption: str, box: Box) -> None:
    said = shorten_to(tidy_name(caption), box.width, NOTE_LINES, SOURCE_SIZE)
    _add_words(slide, Box(box.left, box.top + EDGE, box.width, box.height - EDGE), [said], SOURCE_SIZE, colour=QUIET)


def _draw_words(slide: Slide, words: list[str], box: Box) -> None:
    size = largest_size(words, box, PROSE_SIZES, gap=0.6)
    while len(words) > 1 and text_height(words, box.width, size, gap=0.6) > box.height:
        words = words[:-1]
    _add_words(slide, box, words, size, gap=0.6, colour=INK)


def _add_words(slide: Slide, box: Box, words: list[str], size: float, *, gap: float = 0.0, colour: str = "",
               bold: bool = False, align: Any = None) -> None:  # fmt: skip
    shape = slide.shapes.add_textbox(Emu(box.left), Emu(box.top), Emu(box.width), Emu(box.height))
    set_text(shape.text_frame, words, size, gap=gap, colour=colour, bold=bold, align=align)


def _draw_series(slide: Slide, picture: Picture, box: Box) -> None:
    series = picture.series
    if isinstance(series, Rows):
        _describe(draw_rows(slide, series, box), picture.takeaway, picture.alt)
    elif isinstance(series, Points):
        _describe(draw_points(slide, series, box), picture.takeaway, picture.alt)
    elif isinstance(series, Butterfly):
        _draw_butterfly(slide, picture, series, box)


def _draw_butterfly(slide: Slide, picture: Picture, series: Butterfly, box: Box) -> None:
    """Draw two wings, and between them the gap of each pair."""
    heads, box = box.cut_top(Inches(0.32))
    narrow = Inches(0.7)
    wing = (box.width - narrow) // 2
    places = (box.left, box.left + wing, box.left + wing + narrow)
    for place, width, said, colour, align in (
        (places[0], wing, series.left.name, series.left.colour[1:], PP_ALIGN.RIGHT),
        (places[1], narrow, series.middle_title, QUIET, PP_ALIGN.CENTER),
        (places[2], wing, series.right.name, series.right.colour[1:], PP_ALIGN.LEFT),
    ):
        head = Box(place, heads.top, width, heads.height - EDGE)
        _add_words(slide, head, [said], 13, bold=True, colour=colour, align=align)
    left, right = (Box(place, box.top, wing, box.height) for place in (places[0], places[2]))
    _describe(draw_side(slide, series.left_names, series.left, left, mirrored=True), series.left.name, picture.alt)
    middle = draw_column(slide, series.middle, series.sure, Box(places[1], box.top, narrow, box.height))
    _describe(middle, series.middle_title, picture.alt)
    _describe(draw_side(slide, series.right_names, series.right, right, mirrored=False), series.right.name, picture.alt)


def _describe(frame: Any, title: str, alt: str) -> None:
    """Give a chart or a table its alternative text, which python-pptx has no name for."""
    properties = frame._element.nvGraphicFramePr.cNvPr  # noqa: SLF001
    properties.set("title", tidy_name(title))
    properties.set("descr", tidy_name(alt))


def _write_notes(slide: Slide, notes: list[str]) -> None:
    told = list(dict.fromkeys(tidy_name(note) for note in notes if note))
    slide.notes_slide.notes_text_frame.text = "\n".join(told)


def _fix_times(deck: bytes) -> bytes:
    """Return the same file, every part of it with one time."""
    target = io.BytesIO()
    with ZipFile(io.BytesIO(deck)) as made, ZipFile(target, "w", ZIP_DEFLATED) as fixed:
        for name in made.namelist():
            part = ZipInfo(name, FIRST_DAY)
            part.compress_type = ZIP_DEFLATED
            fixed.writestr(part, made.read(name))
    return target.getvalue()
