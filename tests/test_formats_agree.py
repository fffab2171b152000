"""Page, slides and workbook tell the same figures: one source, rounded once."""

import io
import re

import pytest
from openpyxl import load_workbook
from pages import TODAY, sample_page
from pptx import Presentation

from bxtext.report.slides import write_slides
from bxtext.report.workbook import write_workbook
from bxtext.tables import ALL

CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
VOICES = ("customer", "employee")


@pytest.fixture(scope="module", params=["fr", "en"])
def made(request):
    page, evidence = sample_page(request.param)
    deck = Presentation(io.BytesIO(write_slides(page, today=TODAY, run_id=evidence.run_id)))
    book = load_workbook(io.BytesIO(write_workbook(page, evidence)))
    return page, evidence, deck, book


def scores_on_page(page, voice):
    """Label -> score as printed in the table of a voice's drivers."""
    section = next(one for one in page.sections if one.anchor == voice)
    grids = [block for block in section.blocks if block.kind == "grid"]
    return {row[0].text: row[1].text for grid in grids for row in grid.rows}


def test_scores_are_the_same_everywhere(made):
    page, evidence, deck, book = made
    wording = evidence.wording
    rows = list(book[wording.text("sheet.driver_scores")].iter_rows(values_only=True))
    named = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    everybody = wording.text("sheet.all")
    for voice in VOICES:
        shown = scores_on_page(page, voice)
        kept = [
            row for row in named
            if row["cut"] == row["period"] == everybody and row["voice"] == wording.text(f"voice.{voice}")
        ]  # fmt: skip
        in_book = {row["driver"]: wording.number(row["score"], ".0f") for row in kept if row["score"] is not None}
        assert len(shown) > 5
        assert shown == {label: in_book[label] for label in shown}
        title = next(one.title for one in page.sections if one.anchor == voice)
        slide = next(
            one for one in deck.slides if title in [shape.text for shape in one.shapes if shape.has_text_frame]
        )
        plot = next(shape.chart.plots[0] for shape in slide.shapes if shape.has_chart)
        drawn = dict(zip(plot.categories, plot.series[0].values, strict=True))
        assert drawn
        for name, value in drawn.items():
            assert float(value).is_integer()  # as printed: a second rounding could make another number of it
            assert wording.number(value, ".0f") == shown[re.sub(r" \(n = [^)]*\)$", "", name)]


def test_the_summary_of_the_deck_is_that_of_the_page(made):
    page, _, deck, book = made
    table = next(shape.table for shape in deck.slides[1].shapes if shape.has_table)
    told = [row.cells[1].text for row in table.rows]
    assert all(said.text.startswith(cell.removesuffix(" …")) for said, cell in zip(page.summary, told, strict=True))
    cover = {cell for row in book.worksheets[0].iter_rows(values_only=True) for cell in row}
    assert {said.text for said in page.summary} <= cover


def test_a_link_has_one_figure(made):
    """The surest link, its row in the table of links, and the claim about it: one figure."""
    page, evidence, _, _ = made
    linkage = evidence.tables["linkage"]
    link = linkage.loc[linkage["q_value"].idxmin()]
    strength = evidence.wording.number(abs(link["rho"]), ".2f")
    sentence = next(said.text for said in page.summary if said.anchor == "links")
    assert f" {strength} (" in sentence
    section = next(one for one in page.sections if one.anchor == "links")
    first = next(block for block in section.blocks if block.kind == "grid").rows[0]
    assert evidence.wording.number(link["rho"], "+.2f") in [cell.text for cell in first]


def test_units_stand_in_one_quadrant_everywhere(made):
    page, evidence, _, _ = made
    wording, brand = evidence.wording, evidence.tables["brand"]
    section = next(one for one in page.sections if one.anchor == "quadrant")
    grid = next(block for block in section.blocks if block.kind == "grid")
    settled = brand[(brand["period"] == ALL) & (brand["unit"] != ALL) & (brand["quadrant"] != "undecided")]
    told = {row[0].text: row[1].text for row in grid.rows}
    sentence = next(said.text for said in page.summary if said.anchor == "brand")
    for quadrant, rows in settled.dropna(subset=["quadrant"]).groupby("quadrant"):
        for unit in rows["unit"]:
            assert unit in told[wording.text(f"quadrant.{quadrant}")]
        assert rows["unit"].iloc[0] in sentence or len(rows) > 4
