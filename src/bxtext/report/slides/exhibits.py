"""One slide of the story: its title, its chart or table, its source line, its notes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pptx.enum.text import PP_ALIGN
from pptx.util import Inches, Pt

from bxtext.figures import Butterfly, Points, Rows
from bxtext.report.content import Grid, Picture
from bxtext.report.evidence import tidy_name
from bxtext.report.slides.charts import draw_halves, draw_side, list_hidden
from bxtext.report.slides.fitting import (
    EMU,
    LEADING,
    SMALLEST,
    Box,
    count_lines,
    glue_end,
    largest_size,
    shorten_to,
    split_sentences,
    text_height,
)
from bxtext.report.slides.grids import draw_column, draw_grid, drop_empty, grid_width, keep_readable, split_grid
from bxtext.report.slides.lettering import QUIET, Lettering, add_words
from bxtext.report.slides.master import Master, add_slide
from bxtext.report.slides.points import count_silent, draw_points, list_numbered
from bxtext.report.slides.story import explain, list_comments
from bxtext.wording import NONE, load_wording

if TYPE_CHECKING:
    from pptx.slide import Slide

    from bxtext.report.content import Page
    from bxtext.report.slides.story import Exhibit

TITLE_SIZES = (24, 22, 20, 18)
TITLE_LINES = 2
LEAD = Lettering(14, QUIET)
SOURCE = Lettering(SMALLEST, QUIET)
SOURCE_LINES = 2
EDGE, GUTTER = Inches(0.08), Inches(0.6)
SOURCE_HEIGHT = round(SOURCE_LINES * LEADING * SOURCE.size * EMU) + EDGE
PROSE_SIZES, PROSE_GAP = (18, 16, 15, 14, 13, 12, SMALLEST), 0.6
HALF_SIZE = SMALLEST  # of the letters in tables side by side, at least
# the number formats of a spreadsheet know no language: a thousand is parted as the report parts it
FORMS = {("fr", "#,##0"): '[>=1000]#"\u202f"##0;0', ("fr", "0%"): '0"\u202f"%'}
MOST_TOLD = 40  # rows of a table told in the notes
COMMENT = Lettering(14, gap=PROSE_GAP)
KEY_WIDTH = Inches(3.6)  # of the list beside a scatter
NARROWEST, LOWEST = Inches(2.6), Inches(0.6)  # room for words beside or below a table
HEAD_HEIGHT, MIDDLE_WIDTH = Inches(0.32), Inches(0.7)  # of a butterfly
METHOD = ("score", "interval", "association")  # what the notes tell of how figures are made


def draw_exhibit(setting: Master, page: Page, exhibit: Exhibit) -> None:
    """Add the slide of an exhibit."""
    wording = load_wording(page.language)
    slide = add_slide(setting, setting.plain, footer=tidy_name(exhibit.section.title))
    box = write_title(slide, setting, exhibit.takeaway)
    shown, notes = exhibit.shown, explain(exhibit)
    if isinstance(shown, tuple):
        _draw_words(slide, [tidy_name(said) for said in shown], box)
    else:
        box, foot = box.cut_bottom(SOURCE_HEIGHT)
        if isinstance(shown, Grid):
            hidden, rest = _draw_grids(slide, shown, exhibit.beside, box, page.language)
            _draw_comments(slide, list_comments(exhibit), rest)
            source = _say_base(page, shown.title)
            notes += [" · ".join(cell.text for cell in row) for row in shown.rows[:MOST_TOLD]]
        else:
            _draw_series(slide, shown, box, page.language)
            left_out = list_hidden(shown.chart.series)
            hidden = len(left_out)
            source = shown.chart.series.caption if shown.chart.series and shown.chart.series.caption else shown.caption
            if isinstance(shown.chart.series, Points):
                notes = [" · ".join(shown.chart.series.names), *notes]
            notes = [shown.takeaway, shown.alt, *left_out, *notes]
        source = tidy_name(source + (" " + wording.text("slides.others", n=hidden) if hidden else ""))
        _write_source(slide, source, foot)
        notes = [source, *notes]
    write_notes(slide, [exhibit.takeaway, *notes, *(wording.text(f"method.{name}") for name in METHOD)])


def write_title(slide: Slide, setting: Master, takeaway: str) -> Box:
    """Write as many sentences of a takeaway as fit on two lines, the rest under them; return the room that is left."""
    sentences, width, box = split_sentences(tidy_name(takeaway)), setting.title.width, setting.body
    titles = [glue_end(" ".join(sentences[:number]).removesuffix(".")) for number in range(1, len(sentences) + 1)]
    kept, size = next(
        (
            (number, size)
            for number in range(len(sentences), 0, -1)
            for size in (TITLE_SIZES[:2] if number > 1 else TITLE_SIZES)
            if count_lines(titles[number - 1], width, size, bold=True) <= TITLE_LINES
        ),
        (1, TITLE_SIZES[-1]),
    )
    most = max(TITLE_LINES, int(setting.title.height / (LEADING * size * EMU)))
    said = shorten_to(titles[kept - 1], width, most, size, bold=True)
    title: Any = slide.shapes.title
    title.text_frame.text = said
    title.text_frame.paragraphs[0].runs[0].font.size = Pt(size)
    spare = setting.title.height - text_height([said], width, size, bold=True) - EDGE
    if setting.own and spare > 0:
        title.left, title.top, title.width = setting.title.left, setting.title.top, width
        title.height = setting.title.height - spare
        box = Box(box.left, box.top - spare, box.width, box.height + spare)
    return _write_lead(slide, " ".join(sentences[kept:]), box) if kept < len(sentences) else box


def _write_lead(slide: Slide, lead: str, box: Box) -> Box:
    said = shorten_to(lead, box.width, 2, LEAD.size)
    top, rest = box.cut_top(text_height([said], box.width, LEAD.size))
    add_words(slide, top, [said], LEAD, name="Lead")
    return rest.cut_top(EDGE)[1]


def _write_source(slide: Slide, source: str, box: Box) -> None:
    said = shorten_to(source, box.width, SOURCE_LINES, SOURCE.size)
    add_words(slide, box.cut_top(EDGE)[1], [said], SOURCE, name="Source")


def _say_base(page: Page, title: str) -> str:
    wording, facts = load_wording(page.language), dict(page.facts)
    analysed, span = (facts.get(wording.text(f"fact.{name}"), NONE) for name in ("analysed", "period"))
    return wording.text("slides.base", title=title, analysed=analysed, span=span)


def _draw_words(slide: Slide, words: list[str], box: Box) -> None:
    if not words:  # the title says it all
        return
    size = largest_size(words, box, PROSE_SIZES, gap=PROSE_GAP)
    while len(words) > 1 and text_height(words, box.width, size, gap=PROSE_GAP) > box.height:
        words = words[:-1]
    add_words(slide, box, words, Lettering(size, gap=PROSE_GAP), name="Text")


def _draw_grids(slide: Slide, grid: Grid, beside: Grid | None, box: Box, language: str) -> tuple[int, Box]:
    """Draw a table, and the one that follows it where there is room beside.

    Return how many rows had no room, and what room is left beside or below.
    """
    grid, n_rows = drop_empty(keep_readable(grid)), len(grid.rows)
    grids, room = [grid, *([beside] if beside is not None else [])], box.width - GUTTER
    wanted = [grid_width(one, HALF_SIZE) for one in grids]
    if len(grids) == 1 or sum(wanted) > room:
        grids = split_grid(grid, box, gutter=GUTTER)
        wanted, room = [1] * len(grids), box.width - GUTTER * (len(grids) - 1)
    hidden, left, right, bottom = n_rows - len(grid.rows), box.left, box.left, box.top
    for one, width in zip(grids, wanted, strict=True):
        share = width * room // sum(wanted)
        frame, missing = draw_grid(slide, one, Box(left, box.top, share, box.height))
        describe(frame, one.title, load_wording(language).text("slides.table", title=one.title, n=len(one.rows)))
        right, bottom = int(frame.left + frame.width), max(bottom, int(frame.top + frame.height))
        hidden, left = hidden + missing, left + share + GUTTER
    beside_it = Box(right + GUTTER, box.top, box.left + box.width - right - GUTTER, box.height)
    below_it = Box(box.left, bottom + GUTTER // 2, box.width, box.bottom - bottom - GUTTER // 2)
    return hidden, beside_it if beside_it.width >= NARROWEST else below_it


def _draw_comments(slide: Slide, comments: list[str], box: Box) -> None:
    """Write what the section says of a table in the room that it leaves, as much as that holds."""
    if box.width < NARROWEST or box.height < LOWEST:
        return
    while comments and text_height(comments, box.width, COMMENT.size, gap=PROSE_GAP) > box.height:
        comments = comments[:-1]
    if comments:
        add_words(slide, box, comments, COMMENT, name="Comment")


def _draw_series(slide: Slide, picture: Picture, box: Box, language: str) -> None:
    series = picture.chart.series
    if isinstance(series, Rows):
        series = replace(series, form=FORMS.get((language, series.form), series.form))
        for frame in draw_halves(slide, series, box, gutter=EDGE):
            describe(frame, picture.takeaway, picture.alt)
    elif isinstance(series, Points):
        describe(draw_points(slide, series, _draw_key(slide, series, box, language)), picture.takeaway, picture.alt)
    elif isinstance(series, Butterfly):
        _draw_butterfly(slide, picture, series, box)


def _draw_key(slide: Slide, series: Points, box: Box, language: str) -> Box:
    """List beside a scatter the points whose names have no room in it, with their figures; return what is left."""
    if not list_numbered(series, box):
        return box
    wording = load_wording(language)
    chart = Box(box.left, box.top, box.width - KEY_WIDTH - EDGE, box.height)
    key = Box(chart.left + chart.width + EDGE, box.top, KEY_WIDTH, box.height)
    kind = "share" if series.form == "0%" else "score"
    named = [
        wording.text(
            f"slides.point.{kind}", name=f"{number}. {series.names[place]}",
            x=series.x.values[place], y=series.y.values[place],
        )
        for number, place in enumerate(list_numbered(series, chart), start=1)
    ]  # fmt: skip
    lines = [wording.text("slides.unnamed"), *named]
    silent = count_silent(series, chart)
    if silent:
        lines.append(wording.text("slides.silent", n=silent))
    size = largest_size(lines, key, (14, 13, 12, SMALLEST), gap=0.3)
    most = int(key.height / (LEADING * size * EMU))
    if text_height(lines, key.width, size) > key.height:  # each on one line, that all be named
        lines = [shorten_to(line, key.width, 1, size) for line in lines][:most]
    add_words(slide, key, lines, Lettering(size, gap=0.3), name="Key")
    return chart


def _draw_butterfly(slide: Slide, picture: Picture, series: Butterfly, box: Box) -> None:
    """Draw two wings, and between them the gap of each pair."""
    heads, box = box.cut_top(HEAD_HEIGHT)
    wing = (box.width - MIDDLE_WIDTH) // 2
    lefts = (box.left, box.left + wing, box.left + wing + MIDDLE_WIDTH)
    scores = [score for side in (series.left, series.right) for score in side.values if score is not None]
    highest = min(100.0, -(-max(scores) // 10) * 10)  # one scale for both wings
    for left, names, measure, align in (
        (lefts[0], series.left_names, series.left, PP_ALIGN.RIGHT),
        (lefts[2], series.right_names, series.right, PP_ALIGN.LEFT),
    ):
        head = Box(left, heads.top, wing, heads.height - EDGE)
        add_words(slide, head, [measure.name], Lettering(13, measure.colour, bold=True, align=align), name="Voice")
        room = Box(left, box.top, wing, box.height)
        drawn = draw_side(slide, names, measure, room, highest=highest, mirrored=align == PP_ALIGN.RIGHT)
        describe(drawn, measure.name, picture.alt)
    head = Box(lefts[1], heads.top, MIDDLE_WIDTH, heads.height - EDGE)
    add_words(slide, head, [series.middle_title], Lettering(13, QUIET, bold=True, align=PP_ALIGN.CENTER), name="Gap")
    middle = draw_column(slide, series.middle, series.sure, Box(lefts[1], box.top, MIDDLE_WIDTH, box.height))
    describe(middle, series.middle_title, picture.alt)


def describe(frame: Any, title: str, alt: str) -> None:
    """Give a chart or a table its alternative text, which python-pptx has no name for."""
    properties = frame._element.nvGraphicFramePr.cNvPr  # noqa: SLF001
    properties.set("title", tidy_name(title))
    properties.set("descr", tidy_name(alt))


def write_notes(slide: Slide, notes: list[str]) -> None:
    """Write the speaker's notes, each sentence once."""
    told = list(dict.fromkeys(tidy_name(note) for note in notes if note))
    frame: Any = slide.notes_slide.notes_text_frame
    frame.text = "\n".join(told)
    for shape in slide.shapes:  # a reader who can't see a box hears what is in it
        properties = shape._element.xpath(".//p:cNvPr")[0]  # noqa: SLF001
        if shape.has_text_frame and not properties.get("descr"):
            properties.set("descr", shape.text_frame.text)
