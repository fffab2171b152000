"""Nasty files: each is read right, or set aside row by row, or refused with a code; never silently wrong.

The files lie beside the folder that BXTEXT_DATA names, in `faults`; without it these tests are skipped, and what they
show is shown on smaller files in test_read.py.
"""

from __future__ import annotations

import json
import os
import resource
import time
from pathlib import Path

import pandas as pd
import pytest

from bxtext.clean import clean_comments
from bxtext.errors import InputError, ParamsError
from bxtext.params import Source, check_slug
from bxtext.read import read_comments, source_faults
from bxtext.tables import check_table

FAULTS = Path(os.environ.get("BXTEXT_DATA", "")).resolve().parent / "faults"
pytestmark = pytest.mark.skipif(
    not (os.environ.get("BXTEXT_DATA") and (FAULTS / "MANIFEST.json").is_file()), reason="BXTEXT_DATA is not set"
)
ALL_COLUMNS = {"text": "commentaire", "id": "id", "date": "date", "rating": "note", "unit": "site"}
TEXT, TEXT_ID = {"text": "commentaire"}, {"text": "commentaire", "id": "id"}
NOT_TABLES = {"client_names.json", "pii_truth.jsonl"}  # names of clients, and texts with marked spans

REFUSED = {
    "preamble.csv": r"E_COLUMN_MISSING.*set `skip_rows: 3`",
    "head_none_match.csv": "E_COLUMN_MISSING.*'commentaire'.*'note'",
    "rows_0_empty_file.csv": "E_EMPTY_FILE",
    "xlsx_many_sheets.xlsx": r"E_SHEET.*'Lisez-moi' \(1 rows\), 'Données' \(41 rows\)",
    "xlsx_zipbomb_1gb.xlsx": "E_ZIP_RATIO",
    "xlsx_billion_laughs.xlsx": "E_XML_ENTITY",
    "gz_truncated.csv.gz": "E_CORRUPT_FILE",
    "gz_bad_crc.csv.gz": "E_CORRUPT_FILE",
    "parquet_truncated.parquet": "E_CORRUPT_FILE",
    "parquet_bitflip.parquet": "E_CORRUPT_FILE",
}
COLUMNS = {
    **dict.fromkeys(("dates_french.csv", "enc_utf7_like.csv"), ALL_COLUMNS),
    "qualtrics_3headers.csv": {"text": "Q2_TEXT", "id": "ResponseId"},
}
SET_ASIDE = {  # rows by reason
    "enc_one_bad_byte.csv": {"bad_bytes": 1},
    "sep_commas_in_text_unquoted.csv": {"too_many_fields": 10},
    "quote_unbalanced.csv": {"too_many_fields": 1},
    "rag_more_fields.csv": {"too_many_fields": 1},
    "trailing_total.csv": {"footer_like": 2},
    "xlsx_formula_no_cache.xlsx": {"formula_without_value": 1},
    "parquet_types.parquet": {"blob": 1},
    "jsonl_truncated_tail.jsonl": {"bad_json": 1},
    "jsonl_odd.jsonl": {"not_an_object": 2, "repeated_key": 1, "not_a_value": 1},
    "ok.sqlite": {"blob": 1},
}
NOTED = {
    "enc_cp1252.csv": {"W_ENCODING:cp1252": 1},
    "enc_mixed_lines.csv": {"W_MIXED_ENCODING": 12},
    "blank_lines.csv": {"S_BLANK": 41},
    "qualtrics_3headers.csv": {"S_QUALTRICS_HEADER": 2},
    "id_duplicates.csv": {"W_DUPLICATE_ID": 10},
    "nul_bytes.csv": {"W_CONTROL_CHARS": 4},
    "control_chars.csv": {"W_CONTROL_CHARS": 3},
    "dates_mixed_tz.csv": {"W_DST": 2},
    "xlsx_mixed_types.xlsx": {"W_NON_STRING": 4},
    "gz_concatenated.csv.gz": {"S_REPEATED_HEADER": 1},
    "jsonl_truncated_tail.jsonl": {"W_TRUNCATED": 1},
    "jsonl_odd.jsonl": {"W_SURROGATE": 1, "W_CONTROL_CHARS": 1},
    "redos.csv": {"W_LONG_TEXT": 1},
}
EXTRA_ROWS = {"gz_concatenated.csv.gz": -1, "trailing_total.csv": 2}  # a second header counted; a footer not counted


def entries():
    if not FAULTS.is_dir():
        return []
    manifest = json.loads((FAULTS / "MANIFEST.json").read_text(encoding="utf-8"))
    return [entry for entry in manifest if entry["file"] not in NOT_TABLES]


def source_of(name, columns, **changes):
    return Source(name="s", voice="customer", path=str(FAULTS / name), columns=columns, rating_scale=(0, 10), **changes)


def fitting_source(name, **changes):
    """The source with the most of the usual columns that the file has."""
    candidates = [COLUMNS[name]] if name in COLUMNS else [
        ALL_COLUMNS, {key: ALL_COLUMNS[key] for key in ("text", "id", "date")}, TEXT_ID, TEXT, {"text": "comment"},
        {"text": "texte"},
    ]  # fmt: skip
    fits = [source_of(name, columns, **changes) for columns in candidates]
    return next((source for source in fits if not source_faults([source], Path("/"))), fits[0])


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry["file"])
def test_a_nasty_file_is_read_set_aside_or_refused(entry):
    name = entry["file"]
    source = fitting_source(name)
    start, memory = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if name in REFUSED:
        with pytest.raises(InputError, match=REFUSED[name]):
            read_comments([source], Path("/"), max_quarantined=1)
        assert time.monotonic() - start < 2
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 100_000, "kilobytes"
        return
    found = read_comments([source], Path("/"), max_quarantined=1)
    ledger = found.sources.iloc[0]
    assert ledger["n_lines"] == ledger["n_comments"] + ledger["n_quarantined"] + ledger["n_structural"]
    assert ledger["n_received"] == entry["true_rows"] + EXTRA_ROWS.get(name, 0)
    assert found.quarantined["reason"].value_counts().to_dict() == SET_ASIDE.get(name, {})
    noted = found.read_notes.set_index("code")["n"]
    assert {code: noted.get(code) for code in NOTED.get(name, {})} == NOTED.get(name, {})
    for table in ("sources", "comments", "quarantined", "bad_cells", "read_notes"):
        again = getattr(read_comments([source], Path("/"), max_quarantined=1), table)
        first = check_table(getattr(found, table), table)
        pd.testing.assert_frame_equal(first, check_table(again, table), obj=table)


@pytest.mark.parametrize(
    "name",
    ["enc_utf8_bom.csv", "enc_cp1252.csv", "enc_utf16le_bom.csv", "enc_utf16be_nobom.csv", "enc_utf16_tab.txt",
     "enc_mixed_lines.csv", "enc_mojibake_once.csv", "enc_mojibake_twice.csv", "sep_tab.csv", "sep_pipe.csv",
     "eol_mixed.csv", "blank_lines.csv", "trailing_total.csv"],
)  # fmt: skip
def test_the_same_texts_whatever_the_dress(name):
    plain, dressed = (
        clean_comments(read_comments([fitting_source(file)], Path("/"), max_quarantined=1).comments).documents
        for file in ("enc_utf8.csv", name)
    )
    assert dressed["text"].tolist() == plain["text"].tolist()


def read_file(name, **changes):
    return read_comments([fitting_source(name, **changes)], Path("/"), max_quarantined=1)


def test_french_dates_are_days_or_bad_cells():
    found = read_file("dates_french.csv")
    days = found.comments.set_index("comment_id")["date"]
    assert (days[[f"s:{place}" for place in (0, 2, 3, 4, 5, 6, 7)]] == pd.Timestamp(2025, 2, 1)).all()
    assert days["s:14"] == pd.Timestamp(2024, 2, 29)
    assert set(found.bad_cells["found"]) >= {"31/02/2025", "12/25/2025", "45689", "9999-12-31"}
    assert (len(found.bad_cells), days.notna().sum(), len(days)) == (14, 9, 24)


def test_days_are_those_of_the_declared_zone():
    days = read_file("dates_mixed_tz.csv").comments.set_index("comment_id")["date"]
    assert days["s:4"] == pd.Timestamp(2024, 12, 31)
    assert days["s:5"] == pd.Timestamp(2025, 1, 1)
    assert days["s:8"] == pd.Timestamp(2025, 1, 2), "24:00 is the next day"


def test_ratings_are_numbers_or_bad_cells():
    found = read_file("num_french.csv")
    silent = 2  # « - » and « NSP » say that there is no rating
    assert found.comments["rating"].notna().sum() + len(found.bad_cells) + silent == 15


def test_names_that_look_like_nothing_are_kept():
    found = read_comments([source_of("surname_null.csv", TEXT, groups={"name": "manager"})], Path("/"))
    assert set(found.comments["group_name"]) == {"Null", "NA", "None", "True", "007"}


def test_answers_that_say_nothing_are_told_from_short_ones():
    cleaned = clean_comments(read_file("comments_empty_variants.csv").comments)
    assert set(cleaned.documents["text"]) >= {"0", "Non", "x", "ok", "👍", "😡😡"}
    assert len(cleaned.documents) + len(cleaned.dropped) == 31
    assert set(cleaned.dropped["reason"]) == {"empty", "nothing_to_say"}


def test_hostile_strings_are_cleaned_in_no_time():
    start = time.process_time()
    clean_comments(read_file("redos.csv").comments)
    assert time.process_time() - start < 5


def test_a_client_is_named_as_a_file_may_be_or_refused():
    names = json.loads((FAULTS / "client_names.json").read_text(encoding="utf-8"))
    safe = []
    for name in names:
        try:
            safe.append(check_slug(name))
        except ParamsError:
            continue
    assert safe == ["nul"], "a name like another on the systems this runs on"
