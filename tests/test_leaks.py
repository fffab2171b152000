"""The leak scanner: whatever way a private value takes into a file, it is found; clean files are not accused."""

import base64
import gzip
import io
import json
import struct
import time
import zipfile
import zlib
from fractions import Fraction
from shutil import copytree

import nbformat
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.comments import Comment
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches
from pypdf import PdfWriter

from bxtext.errors import PrivacyError
from bxtext.language import fold_letters
from bxtext.params import load_params
from bxtext.pipeline import run_line
from bxtext.publish.leaks import (
    CLOSE,
    REFUSED,
    SIMPLE,
    SMALLEST,
    Canaries,
    bundle_files,
    check_bundle,
    hash_grams,
    own_numbers,
    scan_bundle,
)
from bxtext.publish.masked import Names, find_masked
from bxtext.run import Run, find_run
from bxtext.tables import TABLES

COMMENT = "Depuis la réorganisation du dépôt, Béatrice nous laisse seuls le samedi soir sans consigne aucune"
SCORE = 41.374829153
CANARIES = Canaries(
    ids=frozenset({"9f31c0de7ab24415"}),
    names=Names(frozenset({"beatrice.lenoir@exemple.fr"})),
    grams=frozenset(hash_grams(fold_letters(COMMENT))),
    numbers=own_numbers([SCORE]),
    paths=frozenset({"data/raw/acme/barometre.csv"}),
)


def text_file(text):
    return lambda path: path.write_text(text, encoding="utf-8")


def zip_of(name, content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def plant_workbook(change):
    def plant(path):
        book = openpyxl.Workbook()
        book.active["A1"] = "Scores"
        change(book)
        book.save(path)

    return plant


def hide_sheet(book):
    sheet = book.create_sheet("brut")
    sheet["A1"] = COMMENT
    sheet.sheet_state = "veryHidden"


def hide_row(book):
    book.active["A9"] = COMMENT
    book.active.row_dimensions[9].hidden = True


def comment_cell(book):
    book.active["A1"].comment = Comment(COMMENT, "x")


def describe_book(book):
    book.properties.description = "9f31c0de7ab24415"


def write_figure(book):
    book.active["B2"] = SCORE


def plant_slides(change):
    def plant(path):
        deck = Presentation()
        change(deck.slides.add_slide(deck.slide_layouts[5]))
        deck.save(path)

    return plant


def note_slide(slide):
    slide.notes_slide.notes_text_frame.text = COMMENT


def chart_slide(slide):
    data = CategoryChartData()
    data.categories = ["a", "b"]
    data.add_series("s", (SCORE, 2))
    slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, Inches(1), Inches(1), Inches(4), Inches(3), data)


def name_shape(slide):
    slide.shapes.title.name = "9f31c0de7ab24415"


def plant_picture(path):
    about = PngInfo()
    about.add_text("Comment", COMMENT, zip=True)
    Image.new("L", (4, 4)).save(path, pnginfo=about)


def append_to_picture(path):
    Image.new("L", (4, 4)).save(path)
    path.write_bytes(path.read_bytes() + zip_of("x.txt", COMMENT))


def plant_table(path):
    table = pa.table({"score": [SCORE], "who": ["x"]})
    pq.write_table(table, path)


def plant_table_metadata(path):
    pq.write_table(pa.table({"a": [1]}).replace_schema_metadata({b"note": COMMENT.encode()}), path)


def plant_pdf(path):
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_attachment("brut.csv", COMMENT.encode())
    writer.write(path)


def plant_pdf_title(path):
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_metadata({"/Subject": "beatrice.lenoir@exemple.fr"})
    writer.write(path)


def plant_notebook(path):
    path.write_text(json.dumps({"cells": [], "metadata": {"papermill": {"note": COMMENT}}}), encoding="utf-8")


def typed_array(kind):
    data = base64.b64encode(np.array([1.0, SCORE, 2.0, 3.0, 4.0, 5.0], dtype=kind)).decode()
    return f'<script>{{"y": {{"dtype": "{kind}", "bdata": "{data}"}}}}</script>'


CHUNK = b"Title\x00" + COMMENT.encode()
LEAKS = {
    "plain.html": text_file(f"<p>{COMMENT}</p>"),
    "attribute.html": text_file('<img alt="9f31c0de7ab24415">'),
    "tags.html": text_file(f"<p>{COMMENT.replace(' ', '</b> <b>')}</p>"),
    "entities.html": text_file("".join(f"&#{ord(letter)};" for letter in COMMENT)),
    "comment.html": text_file("<!-- beatrice.lenoir&#64;exemple.fr -->"),
    "link.html": text_file('<a href="mailto:beatrice.lenoir%40exemple.fr">'),
    "escaped.json": text_file(json.dumps(COMMENT)),
    "figure.svg": text_file(f"<text>{SCORE}</text>"),
    "path.html": text_file("made of data/raw/acme/barometre.csv"),
    "float64.html": text_file(typed_array("<f8")),
    "base64.html": text_file(base64.b64encode(COMMENT.encode()).decode()),
    "base64_twice.html": text_file(base64.b64encode(base64.b64encode(COMMENT.encode())).decode()),
    "base64_zip.html": text_file("data:;base64," + base64.b64encode(zip_of("a.txt", COMMENT)).decode()),
    "hex.txt": text_file(COMMENT.encode().hex()),
    "utf16.txt": lambda path: path.write_text(COMMENT, encoding="utf-16"),
    "utf16be.txt": lambda path: path.write_bytes(COMMENT.encode("utf-16-be")),
    "x.gz": lambda path: path.write_bytes(gzip.compress(COMMENT.encode())),
    "zip_in_zip.zip": lambda path: path.write_bytes(zip_of("b.zip", zip_of("a.txt", COMMENT))),
    "member_name.zip": lambda path: path.write_bytes(zip_of("9f31c0de7ab24415.txt", b"")),
    "hidden_sheet.xlsx": plant_workbook(hide_sheet),
    "hidden_row.xlsx": plant_workbook(hide_row),
    "cell_comment.xlsx": plant_workbook(comment_cell),
    "properties.xlsx": plant_workbook(describe_book),
    "figure.xlsx": plant_workbook(write_figure),
    "notes.pptx": plant_slides(note_slide),
    "chart.pptx": plant_slides(chart_slide),
    "shape_name.pptx": plant_slides(name_shape),
    "text.png": plant_picture,
    "after.png": append_to_picture,
    "figure.parquet": plant_table,
    "metadata.parquet": plant_table_metadata,
    "attached.pdf": plant_pdf,
    "subject.pdf": plant_pdf_title,
    "executed.ipynb": plant_notebook,
    "log.txt": text_file(f"2026-11-22 ERROR bad row: {COMMENT}"),
}


# P13, P14
@pytest.mark.parametrize("name", LEAKS)
def test_each_leak_is_found(tmp_path, name):
    LEAKS[name](tmp_path / name)
    findings = scan_bundle(tmp_path, CANARIES)
    assert findings
    assert {finding.file for finding in findings} == {name}
    told = " ".join(map(str, findings))
    assert "Béatrice" not in told
    assert "lenoir" not in told


def test_a_leak_deep_in_a_folder_is_found_and_private_folders_are_left_alone(tmp_path):
    for folder in ("figures/2026", "tables", "notebooks"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.txt").write_text(COMMENT, encoding="utf-8")
    (tmp_path / "manifest.json").write_text(COMMENT, encoding="utf-8")
    assert [finding.file for finding in scan_bundle(tmp_path, CANARIES)] == ["figures/2026/a.txt"]


def test_clean_files_are_not_accused(tmp_path):
    text_file("<p>Le samedi soir, nous sommes seuls. Score 41,4 ; 41.37 ; 33.333333</p>")(tmp_path / "a.html")
    plant_workbook(lambda book: book.active.append(["Score", 41.4, 2 / 3]))(tmp_path / "a.xlsx")
    plant_slides(lambda _: None)(tmp_path / "a.pptx")
    Image.new("RGB", (40, 40)).save(tmp_path / "a.png")
    pq.write_table(pa.table({"score": [50.0, 1 / 3]}), tmp_path / "a.parquet")
    assert scan_bundle(tmp_path, CANARIES) == []


def test_what_cannot_be_opened_is_a_finding(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(zip_of("a.txt", COMMENT * 50)[:-30] + b"PK\x05\x06" + b"\x00" * 18)
    (tmp_path / "b.gz").write_bytes(gzip.compress(b"x" * 1000)[:20])
    (tmp_path / "c.parquet").write_bytes(b"PAR1broken")
    assert {finding.file for finding in scan_bundle(tmp_path, CANARIES)} >= {"b.gz", "c.parquet"}


def test_compressed_text_of_a_picture_is_read(tmp_path):
    body = b"Comment\x00\x00" + zlib.compress(COMMENT.encode())
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"zTXt", body),
        (b"tEXt", CHUNK),
        (b"IEND", b""),
    ]
    data = b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    assert {finding.layer for finding in scan_bundle(tmp_path, CANARIES)} == {"zTXt/", "tEXt/"}


def test_numbers_anybody_may_have_are_no_canaries():
    assert not own_numbers([0.5, 1 / 3, 700 / 17, 50.0, float("nan")]).size


@given(st.floats(0.02, 100), st.integers(1, 4000), st.sampled_from([0, 5e-10, -5e-10, 2e-9]))
def test_a_number_is_somebodys_own_unless_its_nearest_simple_fraction_is_close(number, denominator, off):
    for value in (number, max(round(number * denominator), 1) / denominator + off):
        nearest = Fraction(value).limit_denominator(SIMPLE)
        assert own_numbers([value]).size == (value > SMALLEST and abs(nearest - Fraction(value)) > CLOSE)


@pytest.mark.parametrize(
    ("shown", "kinds"),
    [
        ("41.374829", {"figure of one person"}),
        ("41,3748292", {"figure of one person"}),
        ("41.37482915300001", {"figure of one person"}),
        ("41.37482900001", set()),  # agrees as far as six digits, and shows that it is another
    ],
)
def test_a_figure_is_compared_to_as_many_digits_as_are_shown(tmp_path, shown, kinds):
    (tmp_path / "report.txt").write_text(f"score {shown} of 100", encoding="utf-8")
    assert {finding.kind for finding in scan_bundle(tmp_path, CANARIES)} == kinds


def make_gate(acme, comment):
    run = Run("acme", "r1", acme, load_params("acme", acme))
    comments = pd.DataFrame({
        "comment_id": ["c1"], "source": "s", "source_type": "survey", "voice": "employee", "text": [comment],
        "respondent_id": ["9f31c0de7ab24415"],
    })  # fmt: skip
    run.write("comments", comments)
    documents = pd.DataFrame({
        "document_id": ["c1"], "source": "s", "voice": "employee", "text": ["écrivez à [email] vite"], "language": "fr",
        "n_words": 4, "n_masked": 1, "repaired": 0, "respondent_id": ["9f31c0de7ab24415"],
    })  # fmt: skip
    run.write("documents", documents)
    for name in ("mentions", "driver_scores"):
        run.write(name, pd.DataFrame(columns=[column.name for column in TABLES[name].columns]))
    return run


def test_a_run_that_would_leak_is_refused_and_the_message_quotes_nothing(acme):
    run = make_gate(acme, "écrivez à zoe.brun@exemple.fr vite")
    (run.folder / "report.html").write_text("<p>Tout va bien</p>", encoding="utf-8")
    check_bundle(run)
    (run.folder / "report.html").write_text("<p>écrire à zoe.brun@exemple.fr</p>", encoding="utf-8")
    with pytest.raises(PrivacyError, match=r"report.html: personal data") as caught:
        check_bundle(run)
    assert caught.value.exit_code == 4
    assert "zoe" not in str(caught.value)
    assert bundle_files(run.folder) == []
    assert (run.folder / REFUSED / "report.html").is_file()


def test_words_that_customers_write_too_are_nobodys_own(acme):
    run = make_gate(acme, COMMENT)
    (run.folder / "report.html").write_text(f"<q>{COMMENT}</q>", encoding="utf-8")
    comments = run.read("comments")
    run.write("comments", pd.concat([comments, comments.assign(comment_id="c2", voice="customer", respondent_id="d")]))
    check_bundle(run)
    run.write("comments", comments)
    with pytest.raises(PrivacyError, match="words of a comment"):
        check_bundle(run)


def test_a_figure_that_customers_have_too_is_nobodys_own(acme):
    run = make_gate(acme, COMMENT)
    one = pd.DataFrame({
        "document_id": ["c1"], "driver_id": "ex.voice", "polarity": 0.7310585786300049, "n_positive": 1,
        "n_negative": 0, "confidence": 1.0, "actor": "manager", "stage": "everyday", "intent": "praise",
        "method": "cue", "evidence": "merci",
    })  # fmt: skip
    (run.folder / "report.txt").write_text("net sentiment 0.7310585786300049", encoding="utf-8")
    run.write("mentions", pd.concat([one, one.assign(document_id="c2")]))
    check_bundle(run)
    run.write("mentions", one)
    with pytest.raises(PrivacyError, match="figure of one person"):
        check_bundle(run)


@pytest.mark.parametrize("said", ["un accueil parfait", "merci Parfait"])
def test_a_name_that_many_write_as_a_common_word_accuses_nobody(acme, said):
    run = make_gate(acme, "merci à Parfait vite")
    own = run.read("documents").assign(text="merci à [name] vite")
    others = [own.assign(document_id=f"d{place}", text=said, voice="customer", n_masked=0) for place in range(5)]
    run.write("documents", pd.concat([own, *others]))
    (run.folder / "report.html").write_text("<q>C’est parfait</q>", encoding="utf-8")
    if said.endswith("parfait"):
        check_bundle(run)
    else:
        with pytest.raises(PrivacyError, match="personal data"):
            check_bundle(run)


def test_the_name_of_a_place_is_no_leak(acme):
    run = make_gate(acme, "merci à Charles vite")
    run.write("documents", run.read("documents").assign(text="merci à [name] vite", unit="Charles Schwab"))
    (run.folder / "report.html").write_text("<th>Charles Schwab</th>", encoding="utf-8")
    check_bundle(run)


def test_the_sample_has_no_leak_and_is_scanned_in_seconds(root):
    if not (root / "data" / "runs" / "sample" / "latest").is_dir():
        pytest.skip("no run of the sample: `bxtext run sample` makes one")
    run = find_run("sample", root, load_params("sample", root))
    assert bundle_files(run.folder)
    start = time.process_time()
    check_bundle(run)
    assert time.process_time() - start < 4


PARAMETERS = nbformat.v4.new_code_cell("client, run_id, overrides = '', '', {}", metadata={"tags": ["parameters"]})
REPORT_CELL = """
from bxtext.publish import publish_run
from bxtext.run import open_run
run = open_run(client, run_id)
publish_run(run, ("documents", "drivers", "importance", "segment_themes"))
(run.folder / "report.html").write_text(page)
"""


def test_a_leaking_run_fails_at_the_gate_and_the_good_one_stays(acme, root):
    (acme / "notebooks").unlink()
    copytree(root / "notebooks", acme / "notebooks")
    written = {stage: nbformat.v4.new_code_cell(REPORT_CELL.replace("page)", f"{page!r})")) for stage, page in
               (("r1", "<p>BX 50</p>"), ("r2", f"<p>{COMMENT}</p>"))}  # fmt: skip
    for run_id, cell in written.items():
        run = Run("acme", run_id, acme, load_params("acme", acme))
        for name, table in TABLES.items():
            run.write(name, pd.DataFrame(columns=[column.name for column in table.columns]))
        one = {"source": "s", "voice": "employee", "text": COMMENT, "respondent_id": "9f31c0de7ab24415"}
        run.write("comments", pd.DataFrame([one | {"comment_id": "c1", "source_type": "survey"}]))
        counted = {"document_id": "c1", "language": "fr", "n_words": 16, "n_masked": 0, "repaired": 0}
        run.write("documents", pd.DataFrame([one | counted]))
        notebook = nbformat.v4.new_notebook(cells=[PARAMETERS, cell])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, acme / "notebooks" / "10_report.ipynb")
        if run_id == "r1":
            run_line("acme", acme, run_id=run_id, first="report")
        else:
            with pytest.raises(PrivacyError, match=r"report.html: words of a comment"):
                run_line("acme", acme, run_id=run_id, first="report")
    runs = acme / "data/runs/acme"
    assert (runs / "latest").resolve().name == "r1"
    assert [path.name for path in (runs / "ledger").glob("*.parquet")] == ["r1.parquet"]
    manifest = (runs / "r2" / "manifest.json").read_text(encoding="utf-8")
    assert json.loads(manifest)["status"] == "failed"
    assert not (runs / "r2" / "report.html").exists()
    assert "samedi" not in manifest


def test_what_was_masked_is_found_whatever_stands_around_it():
    raw = [
        "Merci (encore) à Béatrice Lenoir\n et à Dupuis-Morel. C'est tout? +1",
        "Écrire à jean.valmont@exemple.fr",
        "Rien n'a changé pour Madeleine",
    ]
    masked = ["Merci (encore) à [name] et à [name]. C'est tout? +1", "Écrire à [email]", "Autre chose pour [name]"]
    comments = pd.DataFrame({"comment_id": list("abc"), "text": raw})
    documents = pd.DataFrame({"document_id": list("abc"), "text": masked, "n_masked": [2, 1, 1]})
    assert find_masked(comments, documents) == {"beatrice lenoir", "dupuis-morel", "jean.valmont@exemple.fr"}
