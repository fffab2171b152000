import io
import re
import zipfile
from dataclasses import replace
from itertools import combinations

import pytest
from openpyxl import load_workbook
from pages import TODAY, hostile_page, read_payloads, sample_page, tidied
from pptx import Presentation
from pptx.util import Inches

from bxtext.errors import ParamsError
from bxtext.figures import Measure, Points, Rows, plot_journey
from bxtext.report import find_moves
from bxtext.report.content import Picture, Section, frame_chart, make_grid
from bxtext.report.evidence import tidy_name
from bxtext.report.slides import write_slides
from bxtext.report.slides.charts import draw_halves, draw_rows, list_hidden
from bxtext.report.slides.fitting import SMALLEST, Box, count_lines, glue_end, shorten_to, split_sentences, text_width
from bxtext.report.slides.grids import drop_empty
from bxtext.report.slides.master import add_slide, open_master
from bxtext.report.slides.points import draw_points
from bxtext.report.slides.story import ALWAYS, MOST, OPENING, TOLD, tell_story
from bxtext.wording import load_wording

DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def write(page, **options):
    return write_slides(page, today=TODAY, run_id="20261115T070000Z", **options)


def with_sections(page, *sections):
    """The page with other sections."""
    return replace(page, sections=sections)


def open_deck(content):
    return Presentation(io.BytesIO(content))


def charts_of(deck):
    return [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]


@pytest.fixture(scope="module", params=["fr", "en"])
def made(request):
    page, evidence = sample_page(request.param)
    content = write(page)
    return page, evidence, content, open_deck(content)


@pytest.fixture(scope="module")
def hostile():
    return open_deck(write(hostile_page()[0]))


def find_overlaps(deck):
    """Shapes that leave their slide, or cover one another."""
    faults = []
    for number, slide in enumerate(deck.slides, start=1):
        boxes = [(one.name, one.left, one.top, one.left + one.width, one.top + one.height) for one in slide.shapes]
        for name, left, top, right, bottom in boxes:
            if left < 0 or top < 0 or right > deck.slide_width or bottom > deck.slide_height:
                faults.append(f"{number}: {name} leaves the slide")
        for one, other in combinations(boxes, 2):
            if one[1] < other[3] and other[1] < one[3] and one[2] < other[4] and other[2] < one[4]:
                faults.append(f"{number}: {one[0]} and {other[0]} overlap")
    return faults


def test_a_deck_has_12_to_16_slides_each_with_a_title_and_notes(made):
    page, _, _, deck = made
    assert 12 <= len(deck.slides) <= 16
    for slide in deck.slides:
        assert slide.shapes.title.text_frame.text
        assert len(slide.notes_slide.notes_text_frame.text) > 60
    assert page.client in deck.slides[0].shapes.title.text_frame.text


def test_nothing_leaves_its_slide_or_covers_anything(made, hostile):
    assert find_overlaps(made[3]) == []
    assert find_overlaps(hostile) == []


def test_no_title_or_text_is_longer_than_its_place(made, hostile):
    for deck in (made[3], hostile):
        for slide in deck.slides:
            for shape in slide.shapes:
                if not shape.has_text_frame or not shape.text_frame.text.strip():
                    continue
                needed = 0.0
                for paragraph in shape.text_frame.paragraphs:
                    if not paragraph.runs:  # the number of the slide
                        continue
                    sizes = [run.font.size.pt for run in paragraph.runs if run.font.size]
                    size = sizes[0] if sizes else 11
                    lines = count_lines(paragraph.text, shape.width, size, bold=bool(paragraph.runs[0].font.bold))
                    needed += lines * size * 1.2 * 12_700
                assert needed <= shape.height * 1.12 + Inches(0.05), shape.text_frame.text


def sizes_of(deck):
    """Every size of letters that is written into the slides, with the words it sets."""
    for slide in deck.slides:
        for shape in slide.shapes:
            parts = [shape._element] + ([shape.chart._chartSpace] if shape.has_chart else [])
            for part in parts:
                yield from (
                    int(one.get("sz")) / 100 for one in part.iter(f"{DRAWING}rPr", f"{DRAWING}defRPr") if one.get("sz")
                )


def test_nothing_is_set_smaller_than_a_room_can_read(made, hostile):
    assert min(sizes_of(made[3])) >= SMALLEST
    assert min(sizes_of(hostile)) >= SMALLEST


def ranked(count):
    values = tuple(float(place) for place in range(count, 0, -1))
    measure = Measure("score", "#0072B2", values, low=values, high=values)
    return Rows("bars", tuple(f"driver {place}" for place in range(count)), (measure,), bounds=(0, 100))


@pytest.mark.parametrize("count", [16, 17, 26, 32])
def test_every_driver_is_on_the_deck(count):
    master = open_master(None)
    slide = add_slide(master, master.plain, footer="x")
    frames = draw_halves(slide, ranked(count), master.body, gutter=Inches(0.1))
    shown = [str(name) for frame in frames for name in frame.chart.plots[0].categories]
    assert shown == list(ranked(count).names)
    assert list_hidden(ranked(count)) == []
    assert len({(frame.top, frame.chart.value_axis.maximum_scale) for frame in frames}) == 1


def test_drivers_that_have_no_room_are_named():
    left_out = list_hidden(ranked(40))
    assert len(left_out) == 24
    assert "driver 20" in left_out


def test_every_point_is_named_in_the_chart_beside_it_or_counted_and_named_in_the_notes(made):
    page, _, _, deck = made
    series = [
        block.chart.series
        for section in page.sections
        for block in section.blocks
        if isinstance(block, Picture) and isinstance(block.chart.series, Points)
    ]
    shown = [
        slide
        for slide in deck.slides
        if any(s.has_chart and s.chart.chart_type.name == "XY_SCATTER" for s in slide.shapes)
    ]
    assert shown
    for slide in shown:
        told = [
            text.text
            for shape in slide.shapes
            if shape.has_chart
            for text in shape.chart._chartSpace.iter(f"{DRAWING}t")
        ]
        told += [p.text for shape in slide.shapes if shape.has_text_frame for p in shape.text_frame.paragraphs]
        notes = slide.notes_slide.notes_text_frame.text
        named = next(one.names for one in series if all(tidy_name(name) in notes for name in one.names))
        missing = [name for name in named if not any(tidy_name(name) in one for one in told)]
        assert not missing or any(one.startswith(f"{len(missing)} ") for one in told)


def test_bars_on_a_scale_show_its_numbers(made):
    bars = [chart for chart in charts_of(made[3]) if chart.chart_type.name == "BAR_CLUSTERED"]
    scaled = [chart for chart in bars if chart.value_axis.has_major_gridlines]
    assert scaled
    assert all(chart.value_axis.visible and chart.value_axis.maximum_scale == 100 for chart in scaled)


def test_every_shape_says_what_it_is(made):
    for slide in made[3].slides:
        for shape in slide.shapes:
            assert shape._element.xpath(".//p:cNvPr")[0].get("descr")
            assert not shape.name.startswith("TextBox")


def test_a_few_points_are_not_lost_behind_the_names_of_the_corners():
    master = open_master(None)
    slide = add_slide(master, master.plain, footer="x")
    few = Measure("cx", "#00805C", (40.0, 50.0))
    corners = ("virtuous", "hidden", "unkept", "vicious")
    series = Points(("a", "b"), few, few, (True, True), (50.0, 50.0), corners=corners)
    frame = draw_points(slide, series, master.body)
    lengths = [len(list(one.values)) for one in frame.chart.plots[0].series]
    assert lengths == sorted(lengths, reverse=True)


def test_a_short_last_word_never_stands_alone():
    title = "6,871 comments analysed of 7,033 received, 98%; nothing is unaccounted for"
    assert glue_end(title).split(" ")[-1] == "unaccounted\N{NO-BREAK SPACE}for"


def test_empty_columns_are_left_out():
    grid = make_grid("Claims", ["Claim", "Effect", "Rests on"], [["a", "–", "1"], ["b", "–", "2"]])
    assert [column.title for column in drop_empty(grid).columns] == ["Claim", "Rests on"]


def test_every_chart_and_table_says_what_it_shows(made):
    _, _, _, deck = made
    for slide in deck.slides:
        for shape in slide.shapes:
            if shape.has_chart or shape.has_table:
                alt = shape._element.nvGraphicFramePr.cNvPr.get("descr")
                assert len(alt) > 15
    assert len(charts_of(deck)) >= 9


def test_charts_are_native_with_intervals(made):
    _, _, _, deck = made
    parts = [chart._chartSpace for chart in charts_of(deck)]
    assert sum(bool(list(part.iter(f"{CHART}errBars"))) for part in parts) >= 4
    assert {chart.chart_type.name for chart in charts_of(deck)} >= {"BAR_CLUSTERED", "XY_SCATTER", "LINE_MARKERS"}


def test_the_sheet_of_a_chart_holds_what_it_shows_and_nothing_else(made):
    _, _, _, deck = made
    for chart in charts_of(deck):
        book = load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))
        assert book.sheetnames == ["Sheet1"]
        cells = [cell for row in book["Sheet1"].iter_rows() for cell in row if cell.value is not None]
        assert all(cell.data_type != "f" for cell in cells)
        shown = {point.text for point in chart._chartSpace.iter(f"{CHART}v")}
        numbers = {float(text) for text in shown if re.fullmatch(r"-?[\d.]+(e-?\d+)?", text)}
        for cell in cells:
            assert cell.value in shown or float(cell.value) in numbers


def test_numbers_of_charts_are_published(made):
    page, evidence, _, deck = made
    published = {
        round(float(number) * scale, digits)
        for frame in evidence.tables.values()
        for column in frame.select_dtypes("number")
        for number in frame[column].dropna().unique()
        for scale, digits in ((1, 0), (1, 1), (1, 2), (1, 3))
    }
    assert page.client
    halves = find_moves(evidence.tables["driver_scores"])[["before", "now"]].to_numpy().ravel()
    published |= {round(float(level), 0) for level in halves}
    corners = load_wording(page.language).text("quadrant.vicious")
    for chart in charts_of(deck):
        for drawn in chart._chartSpace.iter(f"{CHART}ser"):
            if corners in drawn.find(f"{CHART}tx//{CHART}v").text:  # names at the ends of the axes, no figures
                continue
            values = [
                float(one.text) for tag in ("val", "xVal", "yVal") for one in drawn.findall(f"{CHART}{tag}//{CHART}v")
            ]
            assert set(values) <= published
            last = [float(one.text) for tag in ("val", "yVal") for one in drawn.findall(f"{CHART}{tag}//{CHART}v")]
            for bars in drawn.findall(f"{CHART}errBars"):
                if bars.find(f"{CHART}errDir") is None:  # the end of an interval is published too
                    above = [float(one.text) for one in bars.findall(f"{CHART}plus//{CHART}v")]
                    ends = [round(value + length, 1) for value, length in zip(last, above, strict=False) if length > 0]
                    assert len(last) != len(above) or set(ends) <= published


def test_same_page_makes_the_same_bytes_without_a_time(made):
    page, _, content, _ = made
    assert write(page) == content
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for name in parts.namelist():
            if name.endswith(".xlsx"):
                with zipfile.ZipFile(io.BytesIO(parts.read(name))) as inner:
                    assert b"2000-01-01" in inner.read("docProps/core.xml")


def test_hostile_names_are_texts_and_nothing_else(hostile):
    told = {shape.text_frame.text for slide in hostile.slides for shape in slide.shapes if shape.has_text_frame}
    assert told
    names = tidied(read_payloads())
    axes = {text for chart in charts_of(hostile) for text in map(str, chart.plots[0].categories)}
    assert axes & names
    for slide in hostile.slides:
        targets = [rel.reltype for rel in slide.part.rels.values()]
        assert not any("hyperlink" in target for target in targets)
    for chart in charts_of(hostile):
        book = load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))
        assert all(cell.data_type != "f" for row in book["Sheet1"].iter_rows() for cell in row)


def test_control_and_half_characters_never_crash():
    page, _ = sample_page("en")
    nasty = "a\ud800\x00\x0b\ufffe\u202e b"
    sections = tuple(replace(section, title=nasty, takeaway=nasty + section.takeaway) for section in page.sections)
    deck = open_deck(write(replace(page, client=nasty, title=nasty, warnings=(nasty,), sections=sections)))
    assert "a\ufffd" in deck.slides[0].shapes.title.text_frame.text


def test_a_page_with_too_little_data_still_makes_a_deck():
    page, _ = sample_page("fr")
    bare = tuple(replace(section, blocks=()) for section in page.sections)
    deck = open_deck(write(replace(page, sections=bare)))
    assert 12 <= len(deck.slides) <= 16
    assert find_overlaps(deck) == []


def test_many_sections_still_make_16_slides_and_keep_the_charts():
    page, _ = sample_page("fr")
    more = tuple(Section(f"more-{place}", f"Partie {place}", "Rien.") for place in range(12))
    story = tell_story(replace(page, sections=(*page.sections, *more)))
    assert len(story) == MOST - 2
    anchors = {exhibit.section.anchor for exhibit in story}
    assert {*TOLD[: MOST - OPENING - 1], ALWAYS} == anchors  # none of those that only say something


def test_a_clients_master_is_taken_and_its_slides_are_not(tmp_path):
    page, _ = sample_page("fr")
    own = Presentation()  # 4:3, centred titles, a date and a footer below
    own.slides.add_slide(own.slide_layouts[1]).shapes.title.text = "Old slide"
    own.save(tmp_path / "master.pptx")
    deck = open_deck(write(page, master=tmp_path / "master.pptx"))
    assert (deck.slide_width, deck.slide_height) == (own.slide_width, own.slide_height)
    assert deck.slides[1].slide_layout.name == "Title Only"
    assert "Old slide" not in {slide.shapes.title.text_frame.text for slide in deck.slides}
    assert 12 <= len(deck.slides) <= 16
    assert find_overlaps(deck) == []


@pytest.mark.parametrize(("content", "said"), [(None, "no file"), (b"not a zip", "is no presentation")])
def test_a_master_that_cannot_be_used_is_named(tmp_path, content, said):
    path = tmp_path / "client.pptx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ParamsError, match=rf"report.master.*{said}|report.master.*client.pptx.*{said}"):
        open_master(path)


def test_the_journey_is_a_native_chart_too(made):
    page, evidence, _, _ = made
    drawn = plot_journey(
        evidence.tables["driver_scores"], evidence.tables["drivers"], voice="customer", wording=evidence.wording
    )
    picture = frame_chart(drawn, "Le parcours.")
    section = Section("journey", "Parcours", "Le parcours.", (picture,))
    deck = open_deck(write(with_sections(page, section)))
    names = [str(name) for chart in charts_of(deck) for name in chart.plots[0].categories]
    assert all(" · " in name for name in names)
    assert len(names) >= 3


def test_long_tables_are_cut_and_say_so():
    page, _ = sample_page("en")
    grid = make_grid(
        "Everything", ["Name", "n"], [[f"Row {place} " * 8, str(place)] for place in range(90)], folded=False
    )
    section = Section("data", "Data", "Much.", (grid,))
    deck = open_deck(write(with_sections(page, section)))
    slide = deck.slides[2]
    table = next(shape.table for shape in slide.shapes if shape.has_table)
    shown = len(table.rows) - 1
    assert 10 < shown < 90
    assert f"{90 - shown} other rows" in " ".join(s.text_frame.text for s in slide.shapes if s.has_text_frame)
    assert find_overlaps(deck) == []


@pytest.mark.parametrize("count", [1, 2, 40])
def test_few_and_many_rows_fit(count):
    master = open_master(None)
    slide = add_slide(master, master.plain, footer="x")
    values = tuple(float(place) for place in range(count))
    bars = Measure("score", "#0072B2", values, low=values, high=values)
    names = tuple(f"name {place}" for place in range(count))
    frame = draw_rows(slide, Rows("bars", names, (bars,), bounds=(0, 100)), master.body)
    assert len(list(frame.chart.plots[0].categories)) == min(count, 16)
    assert frame.height <= master.body.height


def test_points_without_any_figure_are_drawn_empty():
    master = open_master(None)
    slide = add_slide(master, master.plain, footer="x")
    empty = Measure("cx", "#00805C", ())
    draw_points(slide, Points((), empty, empty, (), (50.0, 50.0)), master.body)


def test_sentences_are_split_where_they_end():
    assert split_sentences("9 écarts sur 18 (q < 0,05). En moyenne, 3.5 points. « A » suit.") == [
        "9 écarts sur 18 (q < 0,05).", "En moyenne, 3.5 points.", "« A » suit.",
    ]  # fmt: skip


def test_texts_are_cut_to_their_lines():
    long = "Un texte qui n’en finit pas de dire la même chose " * 20
    width = Inches(4)
    cut = shorten_to(long, width, 2, 12)
    assert cut.endswith("…")
    assert count_lines(cut, width, 12) == 2
    assert text_width(shorten_to("x" * 500, width, 1, 12), 12) <= width
    assert Box(0, 0, 10, 10).cut_top(4) == (Box(0, 0, 10, 4), Box(0, 4, 10, 6))
