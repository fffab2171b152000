"""Files as they come: what export tools and spreadsheets do to a table, undone where nothing is lost by it."""

from __future__ import annotations

import json
import subprocess
import sys

import openpyxl
import pandas as pd
import pytest

from bxtext.clean import clean_comments, normalise_text, repair_mojibake
from bxtext.errors import InputError
from bxtext.onboarding import propose_source
from bxtext.params import Source
from bxtext.read import read_comments
from bxtext.read.dates import parse_dates
from bxtext.read.ratings import parse_ratings
from bxtext.segment import segment_documents
from bxtext.tables import check_table


def source(path, **columns):
    return Source(name="s", voice="customer", path=path, columns={"text": "comment"} | columns)


LOSSLESS = {  # dresses of the same three rows
    "separators_end_the_rows": "id;note;comment\n1;4;Très bien;\n2;5;Bien, merci;\n3;1;Nul;\n",
    "separators_end_the_header": "id;note;comment;;\n1;4;Très bien\n2;5;Bien, merci\n3;1;Nul\n",
    "rows_quoted_as_a_whole": 'id,note,comment\n"1,4,Très bien"\n"2,5,""Bien, merci"""\n"3,1,Nul"\n',
    "nul_bytes_fill_the_end": "id;note;comment\n1;4;Très bien\n2;5;Bien, merci\n3;1;Nul\n" + "\0" * 512,
    "header_again_in_capitals": "id;note;comment\n1;4;Très bien\nID;NOTE;COMMENT\n2;5;Bien, merci\n3;1;Nul\n",
    "files_put_together": "\ufeffid;note;comment\n1;4;Très bien\n\ufeffid;note;comment\n2;5;Bien, merci\n3;1;Nul\n",
    "numbers_told_as_text": 'id;note;comment\n="1";="4";Très bien\n="2";5;Bien, merci\n="3";1;Nul\n',
}


@pytest.mark.parametrize("dress", LOSSLESS)
def test_a_dress_that_loses_nothing_is_taken_off(tmp_path, dress):
    (tmp_path / "a.csv").write_text(LOSSLESS[dress], encoding="utf-8")
    found = read_comments([source("a.csv", id="id", rating="note")], tmp_path)
    assert found.comments["text"].tolist() == ["Très bien", "Bien, merci", "Nul"]
    assert found.comments["comment_id"].tolist() == ["s:1", "s:2", "s:3"]
    assert found.comments["rating"].tolist() == [0.75, 1.0, 0.0]
    assert found.quarantined.empty


@pytest.mark.parametrize("footer", ["Moyenne;3,4;", "Total : 123;;", "NPS;42;", "Exporté le 12/03/2026 à 10:12;;"])
def test_sums_below_the_rows_are_no_comments(tmp_path, footer):
    (tmp_path / "a.csv").write_text(f"id;note;comment\n1;4;Très bien\n2;5;Moyenne, sans plus\n\n{footer}\n")
    found = read_comments([source("a.csv")], tmp_path, max_quarantined=1)
    assert found.comments["text"].tolist() == ["Très bien", "Moyenne, sans plus"]
    assert found.quarantined["reason"].tolist() == ["footer_like"]


def test_a_list_of_objects_is_found_however_deep(tmp_path):
    reviews = [{"review": {"text": f"Remark {n}"}, "replies": [{"text": "Thanks"}]} for n in range(3)]
    (tmp_path / "a.json").write_text(json.dumps({"ok": True, "data": {"pages": [1, 2], "reviews": reviews}}))
    found = read_comments([source("a.json", text="review.text")], tmp_path)
    assert found.comments["text"].tolist() == ["Remark 0", "Remark 1", "Remark 2"]


@pytest.mark.parametrize(
    "written",
    ["12 août 2025", "mardi 12 août 2025", "12-août-25", "August 12th, 2025", "12th August 2025",
     "Tue, August 12, 2025", "20250812", "le 12/08/2025 à 14h30"],
)  # fmt: skip
def test_a_day_in_words_is_that_day(written):
    assert parse_dates([written], None, "Europe/Paris").days.tolist() == [pd.Timestamp(2025, 8, 12)]


@pytest.mark.parametrize("written", ["août 2025", "hier", "il y a 3 jours", "202508", "1234567890", "31 février 2025"])
def test_what_names_no_day_is_a_bad_date(written):
    assert parse_dates([written], None, "Europe/Paris").bad.tolist() == [True]


@pytest.mark.parametrize(
    "written", ["4 - Satisfait", "4. Bien", "4 (Bien)", "Satisfait (4)", "Note : 4", "Rated 4 out of 5", "4/5 étoiles"]
)
def test_a_rating_with_its_label_is_its_number(written):
    ratings, bad = parse_ratings([written], (1, 5))
    assert (ratings.tolist(), bad.tolist()) == ([0.75], [False])


@pytest.mark.parametrize("written", ["8/10", "4 ou 5", "3 fois", "4 - 5", "06 12 34 56 78"])
def test_what_says_no_rating_of_the_scale_is_bad(written):
    assert parse_ratings([written], (1, 5))[1].tolist() == [True]


@pytest.mark.parametrize(
    ("left", "read"),
    [
        (
            "L&#39;accueil &eacute;tait tr&egrave;s bien<br/>Merci &agrave; tous",
            "L'accueil était très bien\nMerci à tous",
        ),
        ("&amp;eacute;t&amp;eacute; &amp; automne", "été & automne"),
        ("<p>Propre</p><p><b>Calme</b></p>", "Propre\n\nCalme"),
        ("Trop long\\r\\nTrop cher", "Trop long\nTrop cher"),
        ("&lt;script&gt; R&D; a <3 b, C:\\new", "&lt;script&gt; R&D; a <3 b, C:\\new"),
    ],
)
def test_what_a_web_page_leaves_in_a_text_is_read(left, read):
    assert normalise_text(left) == read
    assert normalise_text(read) == read


def test_letters_garbled_as_latin_1_are_restored():
    texts = pd.Series(["Très déçu à l’accueil", "C’était raté"])
    garbled = texts.map(lambda text: text.encode().decode("latin-1"))
    assert repair_mojibake(garbled, pd.Series(["s", "s"])).tolist() == texts.tolist()


REMARKS = [f"Livraison rapide et colis bien protégé, n° {n}" for n in range(20)]


def propose(folder, rows, separator=";"):
    (folder / "a.csv").write_text("\n".join(separator.join(map(str, row)) for row in rows), encoding="utf-8")
    return propose_source("a.csv", folder).fields


@pytest.mark.parametrize(
    ("answers", "scale"),
    [
        (["4/5", "5/5", "1/5"], [1, 5]),
        (["★★★★☆", "★☆☆☆☆", "★★★★★"], [1, 5]),
        (["8 sur 10", "0 sur 10"], [0, 10]),
        (["80 %", "35 %"], [0, 100]),
        (["Très satisfait", "Insatisfait", "Neutre"], [1, 5]),
        (["Strongly agree", "Disagree"], [1, 5]),
    ],
)
def test_a_rating_is_proposed_however_it_is_written(tmp_path, answers, scale):
    rows = [("note", "commentaire"), *((answers[n % len(answers)], text) for n, text in enumerate(REMARKS))]
    fields = propose(tmp_path, rows)
    assert fields["columns"] == {"text": "commentaire", "rating": "note"}
    assert fields["rating_scale"] == scale
    found = read_comments([Source(name="s", path="a.csv", **fields)], tmp_path)
    assert found.comments["rating"].notna().all()


def test_a_day_that_tells_am_from_pm_has_its_month_first(tmp_path):
    rows = [("date", "commentaire"), *((f"03/0{n % 9 + 1}/2026 3:05 PM", text) for n, text in enumerate(REMARKS))]
    fields = propose(tmp_path, rows)
    found = read_comments([Source(name="s", path="a.csv", **fields)], tmp_path)
    assert set(found.comments["date"].dt.month) == {3}


def test_the_header_is_found_below_titles(tmp_path):
    titles = [("Rapport", "Avis clients"), ("Période", "janvier 2026"), ()]
    fields = propose(
        tmp_path, [*titles, ("id", "note", "commentaire"), *((n, n % 5 + 1, REMARKS[n]) for n in range(20))]
    )
    assert fields["skip_rows"] == 3
    assert fields["columns"] == {"text": "commentaire", "rating": "note", "id": "id"}


def test_the_header_is_found_below_the_titles_of_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["Enquête 2026"],
        [],
        ["Site", "Note", "Commentaire"],
        *(["Lyon", n % 5 + 1, REMARKS[n]] for n in range(20)),
    ):
        book.active.append(row)
    book.active.merge_cells("A1:C1")
    book.save(tmp_path / "a.xlsx")
    fields = propose_source("a.xlsx", tmp_path).fields
    assert (fields["skip_rows"], fields["columns"]["text"]) == (1, "Commentaire")
    with pytest.raises(InputError, match=r"E_COLUMN_MISSING.*set `skip_rows: 2`"):
        read_comments([source("a.xlsx", text="Commentaire")], tmp_path)


def test_a_file_of_thousands_of_columns_is_looked_at_in_seconds(tmp_path):
    wide = [f"q{n}" for n in range(2_000)]
    rows = [("commentaire", *wide), *((text, *["1"] * 2_000) for text in REMARKS)]
    assert propose(tmp_path, rows)["columns"] == {"text": "commentaire"}


def test_a_header_without_rows_is_no_comment_at_every_stage(tmp_path):
    (tmp_path / "a.csv").write_text("id,comment\n")
    found = read_comments([source("a.csv")], tmp_path)
    assert found.sources[["n_lines", "n_comments", "n_structural"]].to_numpy().tolist() == [[1, 0, 1]]
    cleaned = clean_comments(found.comments)
    assert (len(cleaned.documents), len(cleaned.dropped)) == (0, 0)
    segments = segment_documents(check_table(cleaned.documents, "documents"))
    assert len(check_table(segments, "segments")) == 0


TURN_BITS = """
import resource, sys
from pathlib import Path
import numpy as np
from bxtext.errors import InputError
from bxtext.params import Source
from bxtext.read import read_comments

resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
folder = Path(sys.argv[1])
data = (folder / "whole.parquet").read_bytes()
footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
rng, told = np.random.default_rng(7), {"read": 0, "refused": 0}
for _ in range(150):
    damaged = bytearray(data)
    for place in rng.integers(footer, len(data) - 4, 3):  # what the file says of itself
        damaged[place] ^= 1 << int(rng.integers(8))
    (folder / "a.parquet").write_bytes(damaged)
    try:
        source = Source(name="s", voice="customer", path="a.parquet", columns={"text": "comment"})
        ledger = read_comments([source], folder, max_quarantined=1).sources.iloc[0]
        assert ledger["n_lines"] == ledger["n_comments"] + ledger["n_quarantined"]
        told["read"] += 1
    except InputError:
        told["refused"] += 1
print(told["read"], told["refused"])
"""


def test_damaged_parquet_harms_no_other_process(tmp_path):
    """A footer that lies is refused or read; in a process of its own, which it might bring down."""
    pd.DataFrame({"comment": REMARKS, "n": range(20)}).to_parquet(
        tmp_path / "whole.parquet", row_group_size=5, write_page_checksum=True
    )
    ended = subprocess.run(
        [sys.executable, "-c", TURN_BITS, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr[-500:]
    read, refused = map(int, ended.stdout.split())
    assert read + refused == 150
    assert refused > 0
