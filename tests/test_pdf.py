import io
import sys
from pathlib import Path

import pytest
from pages import sample_page
from pypdf import PdfReader

from bxtext.errors import ParamsError
from bxtext.params.sections import Theme
from bxtext.report import check_formats, pdf, render_page
from bxtext.report.content import Section, Text, make_grid
from bxtext.report.look import load_look

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Acme</title></head>
<body><h1>Acme</h1><section><h2>Scores</h2><p>Staff 64.</p>
<img src="{source}" alt="A chart of scores" width="20" height="20"></section></body></html>"""
DOT = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='20' height='20'/%3E"


def read_pdf(content):
    return PdfReader(io.BytesIO(content))


@pytest.fixture(scope="module")
def made():
    pytest.importorskip("weasyprint")
    return pdf.write_pdf(PAGE.format(source=DOT))


def test_a_pdf_is_tagged_titled_and_in_its_language(made):
    root = read_pdf(made).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert "/StructTreeRoot" in root
    assert read_pdf(made).metadata.title == "Acme"
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()


def test_pages_are_numbered(made):
    assert "1 / 1" in read_pdf(made).pages[0].extract_text()


def test_same_page_makes_the_same_bytes(made):
    assert pdf.write_pdf(PAGE.format(source=DOT)) == made


def test_nothing_is_fetched_from_elsewhere(tmp_path):
    pytest.importorskip("weasyprint")
    secret = tmp_path / "secret.svg"
    secret.write_text("<svg xmlns='http://www.w3.org/2000/svg' width='20' height='20'><text>canary</text></svg>")
    made = pdf.write_pdf(PAGE.format(source=secret.as_uri()))
    assert "canary" not in "".join(page.extract_text() for page in read_pdf(made).pages)


def test_a_whole_section_comes_through_with_its_folded_table():
    pytest.importorskip("weasyprint")
    page, _ = sample_page("en")
    grid = make_grid("All drivers", ["Driver", "Score"], [["Staff", "64"]])
    short = Section("data", "The data", "All there.", (Text("Read this.", "lead"), grid))
    html = render_page(type(page)(**{**vars(page), "sections": (short,), "summary": ()}), load_look(Theme(), Path()))
    told = "".join(one.extract_text() for one in read_pdf(pdf.write_pdf(html)).pages)
    for said in (page.client, "The data", "Read this.", "All drivers", "Staff", "64"):
        assert said in told


def test_without_the_extra_the_remedy_is_named(monkeypatch, root):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    monkeypatch.setattr(pdf, "find_spec", lambda _: None)
    with pytest.raises(ParamsError, match=r"pip install 'bxtext\[pdf\]'"):
        check_formats(("html", "pdf"), None, root)
    check_formats(("html", "xlsx", "pptx"), None, root)
