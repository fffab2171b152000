import io
import math
import re
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from pages import TODAY, hostile_page, make_evidence, read_payloads, sample_page, sample_tables, tidied

from bxtext.report.workbook import PERSONAL, cell_text, write_workbook
from bxtext.tables import TABLES
from bxtext.wording import load_dictionary, load_wording


@pytest.fixture(scope="module", params=["fr", "en"])
def made(request):
    page, evidence = sample_page(request.param)
    content = write_workbook(page, evidence)
    return evidence, page, content, load_workbook(io.BytesIO(content))


def read_sheet(book, name):
    head, *rows = book[name].iter_rows(values_only=True)
    return pd.DataFrame(rows, columns=head)


def count_in_parts(content, pattern):
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return sum(len(re.findall(pattern, parts.read(name))) for name in parts.namelist())


def test_first_sheet_says_what_this_is(made):
    evidence, page, _, book = made
    told = " ".join(str(value) for row in book.worksheets[0].iter_rows(values_only=True) for value in row if value)
    for said in (page.client, evidence.span, evidence.run_id, page.summary[0].text, page.made):
        assert said in told
    assert book.sheetnames[0] == evidence.wording.text("sheet.cover")
    assert evidence.wording.text("method.association") in told


def test_every_published_table_has_a_sheet_and_no_comment_has(made):
    evidence, _, _, book = made
    published = [name for name in evidence.tables if not PERSONAL & set(TABLES[name].key)]
    assert sorted(book.sheetnames[1:-1]) == sorted(evidence.wording.text(f"sheet.{name}") for name in published)
    assert book.sheetnames[1] == evidence.wording.text("sheet.brand")
    assert book.sheetnames[-1] == evidence.wording.text("sheet.dictionary")
    assert {"documents", "dropped", "segment_themes"} <= set(evidence.tables) - set(published)
    ids = set(evidence.tables["documents"]["document_id"])
    cells = {value for sheet in book for row in sheet.iter_rows(values_only=True) for value in row}
    assert not cells & ids


def test_figures_are_those_of_the_tables_and_typed(made):
    evidence, _, _, book = made
    sheet = read_sheet(book, evidence.wording.text("sheet.driver_scores"))
    table = evidence.tables["driver_scores"]
    shown = table[~table["suppressed"]].reset_index(drop=True)
    assert len(sheet) == len(shown)
    assert np.allclose(sheet["score"].astype(float), shown["score"], equal_nan=True)
    assert sheet["n_respondents"].tolist() == shown["n_respondents"].tolist()
    assert all(isinstance(value, int | float) for value in sheet["score"].dropna())
    labels = evidence.labels
    assert sheet["driver"].tolist() == [labels[key] for key in shown["driver_id"]]
    sources = read_sheet(book, evidence.wording.text("sheet.sources"))
    assert sources["first_date"][0].date() == evidence.tables["sources"]["first_date"][0].date()


def test_what_too_few_carry_is_left_out_with_its_counts():
    page, evidence = sample_page("en")
    few = {**evidence.tables, "driver_scores": evidence.tables["driver_scores"].assign(suppressed=True)}
    evidence = replace(evidence, tables=few)
    book = load_workbook(io.BytesIO(write_workbook(page, evidence)))
    assert read_sheet(book, "Driver scores").empty


def test_codes_and_reasons_are_in_the_clients_language(made):
    evidence, _, _, book = made
    wording = evidence.wording
    brand = read_sheet(book, wording.text("sheet.brand"))
    known = evidence.tables["brand"]["quadrant"]
    assert brand["quadrant"].dropna().tolist() == [wording.text(f"quadrant.{code}") for code in known.dropna()]
    assert wording.text("sheet.all") in set(brand["unit"])
    importance = read_sheet(book, wording.text("sheet.importance"))
    told = wording.reason("12 respondents with a rating; at least 100 are needed")
    assert told in set(importance["reason"])


def test_dictionary_explains_every_column_of_every_sheet(made):
    evidence, _, _, book = made
    listed = read_sheet(book, evidence.wording.text("sheet.dictionary"))
    sheet, column, meaning, _ = listed.columns
    assert listed[meaning].str.len().min() >= 5
    for name in book.sheetnames[1:-1]:
        heads = [cell.value for cell in book[name][1]]
        assert listed.loc[listed[sheet] == name, column].tolist() == heads
        assert len(set(heads)) == len(heads)


def test_the_french_dictionary_covers_all_that_may_be_published():
    known = load_dictionary("fr")
    for table in TABLES.values():
        if PERSONAL & set(table.key):
            continue
        assert f"table.{table.name}" in known, table.name
        for column in table.columns:
            assert f"column.{column.name}" in known, f"{table.name}.{column.name}"


def test_names_of_sheets_can_be_names_of_sheets():
    for language in ("fr", "en"):
        wording = load_wording(language)
        names = [
            wording.text(key) for key in ("sheet.cover", "sheet.dictionary", *(f"sheet.{name}" for name in TABLES))
            if key in wording
        ]  # fmt: skip
        assert len({name.lower() for name in names}) == len(names)
        assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\]|^'|'$", name) for name in names)


def test_sheets_can_be_read_on_a_screen(made):
    _, _, _, book = made
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes is not None
        assert sheet.auto_filter.ref is not None
        assert all(8 <= dimension.width <= 120 for dimension in sheet.column_dimensions.values() if dimension.width)


def test_same_tables_make_the_same_bytes(made, tmp_path):
    evidence, page, content, _ = made
    shuffled = {name: frame.sample(frac=1, random_state=3) for name, frame in sample_tables().items()}
    again = make_evidence(tmp_path, shuffled, language=evidence.wording.language)
    assert write_workbook(page, again) == content


def test_hostile_names_are_texts_and_nothing_else():
    names = read_payloads()
    page, evidence = hostile_page()
    content = write_workbook(page, evidence)
    assert count_in_parts(content, rb"<f[ >]|<hyperlink|relationships/hyperlink|externalLink") == 0
    book = load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
    units = set(read_sheet(book, "BX")["unit"]) - {"all"}
    assert units == tidied(names)
    assert set(read_sheet(book, "Themes")["label_en"]) == tidied(names)
    assert book.worksheets[0]["A1"].value == page.client


def test_control_characters_and_half_characters_never_crash():
    for nasty in ("a\ud800b", "\x00\x0b\x1f", "\ufffe\uffff", "\u202eabc", "_x0000_"):
        written = cell_text(nasty)
        written.encode("utf-8")
        assert not re.search(r"[\x00-\x1f\ud800-\udfff\ufffe\uffff\u202e]", written)


@given(st.text(alphabet=st.characters(codec=None), max_size=40))
def test_any_text_can_be_written(text):
    cell_text(text).encode("utf-8")


@given(st.integers(0, 3), st.sampled_from(["a", "é", "😀"]))
def test_long_cells_are_cut_with_a_mark(extra, letter):
    unit = len(letter.encode("utf-16-le")) // 2
    fits = letter * (32_767 // unit)
    assert cell_text(fits) == fits
    cut = cell_text(fits + letter * (extra + 1))
    assert cut.endswith("[…]")
    assert len(cut.encode("utf-16-le")) // 2 <= 32_767
    assert math.isclose(len(cut), len(fits), rel_tol=0.01)


def test_the_day_of_the_file_is_the_day_of_the_report(made):
    _, _, _, book = made
    assert book.properties.created.date() == TODAY
