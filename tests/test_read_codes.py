"""Every code that reading may say is met on a small file, and is in docs/formats.md with what to do."""

from __future__ import annotations

import gzip
import os
import re
import sqlite3
import stat
import time
import zipfile

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bxtext.errors import InputError
from bxtext.params import Source
from bxtext.read import database, files, read_comments
from bxtext.read.inspection import known_exports
from bxtext.tables import check_table

TEXT = {"text": "comment"}
PLAIN = "comment,day\n" + "".join(f"Remark number {n},2026-01-{n:02d}\n" for n in range(1, 21))
CODE = re.compile(r"\b[EW]_[A-Z]+(?:_[A-Z]+)*\b")


def read(folder, name, **changes):
    source = Source(**{"name": "s", "voice": "customer", "path": name, "columns": TEXT} | changes)
    found = read_comments([source], folder, max_quarantined=1)
    ledger = found.sources.iloc[0]
    assert ledger["n_lines"] == ledger["n_comments"] + ledger["n_quarantined"] + ledger["n_structural"]
    for table in ("sources", "comments", "quarantined", "bad_cells", "read_notes"):
        check_table(getattr(found, table), table)
    return found


def put(folder, name, data):
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return name


def book(folder, *sheets, change=lambda _: None):
    """A workbook of sheets, each a name and its rows."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    change(made)
    made.save(folder / "a.xlsx")
    return "a.xlsx"


def zipped(folder, members):
    with zipfile.ZipFile(folder / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return "a.xlsx"


def lite(folder, **tables):
    with sqlite3.connect(folder / "a.sqlite") as connection:
        for name, texts in tables.items():
            pd.DataFrame({"comment": texts}).to_sql(name, connection, index=False)
    connection.close()
    return "a.sqlite"


def link_out(folder):
    outside = folder.parent / f"{folder.name}-outside.csv"
    outside.write_text(PLAIN)
    (folder / "a.csv").symlink_to(outside)
    return "a.csv"


def fifo(folder):
    os.mkfifo(folder / "a.csv")
    return "a.csv"


def folder_called_csv(folder):
    (folder / "a.csv").mkdir()
    return "a.csv"


def device(folder):
    (folder / "a.csv").symlink_to("/dev/zero")
    return "a.csv"


def zipped_link(folder):
    member = zipfile.ZipInfo("xl/workbook.xml")
    member.create_system, member.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return zipped(folder, {member: "/etc/passwd"})


ROWS = [["comment", "day"], ["A remark", "2026-01-01"]]
FOREVER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS comment FROM n"
REFUSALS = [  # code, what it says, how to make the file, the source's other fields
    ("E_COLUMN_MISSING", "did you mean 'comments'", lambda f: put(f, "a.csv", "comments\nx\n"), {}),
    ("E_COLUMN_MISSING", "skip_rows: 2", lambda f: put(f, "a.csv", "Export\nof today\ncomment\nx\n"), {}),
    ("E_CONNECTION", "set BXTEXT_CONNECTION_NOWHERE", lambda _: "", {"connection": "nowhere", "query": "SELECT 1"}),
    ("E_CORRUPT_FILE", "cut or damaged", lambda f: put(f, "a.csv.gz", gzip.compress(PLAIN.encode())[:-9]), {}),
    ("E_CORRUPT_FILE", "Parquet", lambda f: put(f, "a.parquet", b"PAR1" + b"\0" * 50 + b"PAR1"), {}),
    ("E_CORRUPT_FILE", "workbook", lambda f: put(f, "a.xlsx", b"PK\x03\x04" + b"x" * 50), {}),
    ("E_CORRUPT_FILE", "SQLite", lambda f: put(f, "a.db", b"SQLite format 3\x00" + b"x" * 5000), {}),
    ("E_DECOMPRESSED_LIMIT", "unpack it by hand", lambda f: put(f, "a.csv.gz", gzip.compress(bytes(1_000_000))), {}),
    ("E_DIMENSION", "stray cells", lambda f: book(f, ("s", ROWS), change=lambda b: b["s"].cell(1, 16_384, "x")), {}),
    ("E_DUPLICATE_COLUMN", "say `column_1` or `column_3`", lambda f: put(f, "a.csv", "comment,n,comment\na,b,c\n"), {}),
    ("E_EMPTY_FILE", "export it again", lambda f: put(f, "a.csv", ""), {}),
    ("E_EMPTY_FILE", "no header row", lambda f: put(f, "a.csv", "\n\n"), {}),
    ("E_EMPTY_FILE", "is empty", lambda f: book(f, ("s", [])), {}),
    ("E_ENCODING", "unknown encoding 'klingon'", lambda f: put(f, "a.csv", PLAIN), {"encoding": "klingon"}),
    ("E_ENCODING", "unknown encoding 'rot13'", lambda f: put(f, "a.csv", PLAIN), {"encoding": "rot13"}),
    ("E_ENCODING", "near byte 8", lambda f: put(f, "a.csv", b"comment\n\xe9\n"), {"encoding": "utf-8"}),
    ("E_ENCODING", "isn't utf-16", lambda f: put(f, "a.csv", PLAIN.encode("utf-16")[:-1]), {}),
    ("E_ENCODING_AMBIGUOUS", "mac_roman", lambda f: put(f, "a.csv", b"comment\n" + b"caf\x8e \x81 d\x8ecu\n" * 9), {}),
    ("E_ENCRYPTED", "plain .xlsx", lambda f: put(f, "a.xlsx", b"\xd0\xcf\x11\xe0" + bytes(99)), {}),
    ("E_FIELD_LENGTH", "10,000,000", lambda f: put(f, "a.csv", "comment\n" + "x" * 10_000_001), {}),
    ("E_FORMAT", "rename it", lambda f: put(f, "a.xlsx", PLAIN), {}),
    ("E_FORMAT", "such as to .csv", lambda f: put(f, "a.xlsx", "<html>"), {}),
    ("E_FORMAT", "a workbook", lambda f: put(f, "a.csv", b"PK\x03\x04" + bytes(30)), {}),
    ("E_FORMAT", "Unpack others", lambda f: put(f, "a.xlsx.gz", gzip.compress(b"x")), {}),
    ("E_FORMAT", "list of objects", lambda f: put(f, "a.json", '{"a": 1}'), {}),
    ("E_FORMAT", "line 2", lambda f: put(f, "a.json", '[{"comment": "x"},\n {"comment": ]'), {}),
    ("E_FORMAT", "nested too deep", lambda f: put(f, "a.json", "[" * 100_000), {}),
    ("E_FORMAT", "outside", lambda f: zipped(f, {"../x.xml": "a"}), {}),
    ("E_FORMAT", "outside", lambda f: zipped(f, {"/etc/x.xml": "a"}), {}),
    ("E_FORMAT", "outside", zipped_link, {}),
    ("E_CORRUPT_FILE", "not a readable workbook", lambda f: zipped(f, {"inner.zip": b"PK\x05\x06" + bytes(18)}), {}),
    ("E_PATH", "not an ordinary file", fifo, {}),
    ("E_PATH", "not an ordinary file", device, {}),
    ("E_PATH", "not an ordinary file", folder_called_csv, {}),
    ("E_PATH", "leads out of the project", link_out, {}),
    ("E_PATH", "no such file", lambda _: "a.csv", {}),
    ("E_PATH", "remote address", lambda _: "https://example.org/a.csv", {}),
    ("E_PATH", "remote address", lambda _: "s3://bucket/a.csv", {}),
    ("E_PATH", "remote address", lambda _: "file:///etc/a.csv", {}),
    ("E_PATH", "remote address", lambda _: "\\\\server\\share\\a.csv", {}),
    ("E_QUOTE", "line 2: a quotation mark is opened", lambda f: put(f, "a.csv", 'id,comment\n1,"never\n' + PLAIN), {}),
    ("E_ROWS", "more than 30 rows", lambda f: lite(f, answers=["x"] * 31), {}),
    ("E_SHEET", "'one' (2 rows), 'two' (2 rows); name one", lambda f: book(f, ("one", ROWS), ("two", ROWS)), {}),
    ("E_SHEET", "no visible sheet 'x'", lambda f: book(f, ("one", ROWS), ("two", ROWS)), {"sheet": "x"}),
    ("E_SQL", "write one SELECT", lambda f: lite(f, answers=["x"]), {"query": "DROP TABLE answers"}),
    ("E_SQL", "refuses the query", lambda f: lite(f, answers=["x"]), {"query": "SELECT nothing FROM answers"}),
    ("E_TABLE", "2 tables (one, two)", lambda f: lite(f, one=["x"], two=["y"]), {}),
    ("E_TIMEOUT", "ran for more than 1 s", lambda f: lite(f, answers=["x"]), {"query": FOREVER}),
    ("E_UNIT", "'all'", lambda f: put(f, "a.csv", "comment,u\nx,all\n"), {"columns": TEXT | {"unit": "u"}}),
    ("E_XML_ENTITY", "entities", lambda f: zipped(f, {"a.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}), {}),
    ("E_ZIP_RATIO", "unpacks from", lambda f: zipped(f, {"a.xml": bytes(3_000_000)}), {}),
]  # fmt: skip
ELSEWHERE = {"E_UNREAD", "E_INPUT_CHANGED", "E_NO_TEXT", "W_SCHEMA_DRIFT"}  # below; test_onboarding, test_read_drift


@pytest.mark.parametrize("row", REFUSALS, ids=[f"{row[0]} {row[1]}" for row in REFUSALS])
def test_a_refusal_says_its_code_and_what_to_do(tmp_path, monkeypatch, row):
    code, told, make, fields = row
    monkeypatch.setattr(database, "MAX_ROWS", 30)
    monkeypatch.setattr(database, "MAX_SECONDS", 1)
    monkeypatch.setattr(files, "MAX_INFLATED", 500_000)
    start = time.monotonic()
    with pytest.raises(InputError) as caught:
        read(tmp_path, make(tmp_path), **fields)
    assert f": {code} " in str(caught.value) or str(caught.value).startswith(f"{code} ")
    assert told in str(caught.value)
    assert time.monotonic() - start < 20, "a pipe that nobody writes to, or a bomb, keeps nobody waiting"


def test_a_file_written_to_meanwhile_is_refused(tmp_path):
    path = tmp_path / put(tmp_path, "a.csv", PLAIN)
    before = files.fingerprint(path)
    files.refuse_if_changed(path, before)
    path.write_text(PLAIN + "One more,2026-02-01\n")
    with pytest.raises(InputError, match=r"E_INPUT_CHANGED a\.csv"):
        files.refuse_if_changed(path, before)


def test_what_was_read_of_a_file_that_grows_is_thrown_away(tmp_path, monkeypatch):
    def append_and_digest(path):
        path.write_text(path.read_text() + "One more,2026-02-01\n")
        return files.digest_file(path)

    monkeypatch.setattr("bxtext.read.digest_file", append_and_digest)
    with pytest.raises(InputError, match=r"E_INPUT_CHANGED a\.csv: was written to while it was read"):
        read(tmp_path, put(tmp_path, "a.csv", PLAIN))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_refused(tmp_path):
    (tmp_path / put(tmp_path, "a.csv", PLAIN)).chmod(0)
    with pytest.raises(InputError, match=r"E_PATH .*permission"):
        read(tmp_path, "a.csv")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("comment,day\n" + "x\n" * 3 + "fine,2026-01-01\n", "E_UNREAD .* 3 of 4 rows can't be read .3 too_few_fields"),
        (
            "comment,day\n" + "x,\n" * 9 + "x,soon\n",
            "E_UNREAD .*column 'day': 1 of 1 cells are bad_date, such as 'aaaa'",
        ),
        ("comment,day\nx,06 12 34 56 78\n", "such as '99 99 99 99 99'"),
    ],
)
def test_a_file_that_is_mostly_unread_is_refused(tmp_path, data, told):
    source = Source(name="s", voice="customer", path=put(tmp_path, "a.csv", data), columns=TEXT | {"date": "day"})
    with pytest.raises(InputError, match=told):
        read_comments([source], tmp_path, max_quarantined=0.5)


def parquet(folder, **columns):
    pq.write_table(pa.table(columns), folder / "a.parquet")
    return "a.parquet"


def formula(folder):
    return book(folder, ("s", [["comment", "n"], ["fine", 1], ["=A2", 2]]))


LINES = '{"comment": "fine"}\n'
SET_ASIDE = [  # reason, how to make a file of which one row is set aside for it, and comments left
    ("too_many_fields", lambda f: put(f, "a.csv", "comment,n\nfine,1\none,two,3\n"), 1),
    ("too_few_fields", lambda f: put(f, "a.csv", "comment,n\nfine,1\none\n"), 1),
    ("footer_like", lambda f: put(f, "a.csv", "comment,n\nfine,1\nTotal : 1,\n"), 1),
    ("bad_bytes", lambda f: put(f, "a.csv", "comment\nété\n".encode() * 9 + b"\xff\xfe\x81\n"), 9),
    ("stray_quote", lambda f: put(f, "a.csv", 'comment,n\n"fine",1\nx,"no end'), 1),
    ("bad_json", lambda f: put(f, "a.jsonl", LINES + '{"comment": \n'), 1),
    ("repeated_key", lambda f: put(f, "a.jsonl", LINES + '{"comment": "a", "comment": "b"}\n'), 1),
    ("repeated_key", lambda f: put(f, "a.json", f'[{LINES}, {{"comment": "a", "comment": "b"}}]'), 1),
    ("not_an_object", lambda f: put(f, "a.jsonl", LINES + "[1]\n"), 1),
    ("json_depth", lambda f: put(f, "a.jsonl", LINES + '{"comment":' + "[" * 100_000 + "\n"), 1),
    ("not_a_value", lambda f: put(f, "a.jsonl", LINES + '{"comment": ["a"]}\n'), 1),
    ("blob", lambda f: parquet(f, comment=pa.array([b"fine", b"\xff\x00\x01"])), 1),
    ("formula_without_value", formula, 1),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "make", "left"), SET_ASIDE, ids=[row[0] for row in SET_ASIDE])
def test_a_row_is_set_aside_with_its_reason(tmp_path, reason, make, left):
    found = read(tmp_path, make(tmp_path))
    assert found.quarantined["reason"].tolist() == [reason]
    assert len(found.comments) == left


def test_what_looks_like_a_footer_is_one_only_at_the_end(tmp_path):
    rows = (
        "comment,n,u\nTotal,,\nfine,1,a\n,,Total respect\nTotal respect to the team,,\n\nTotal,,\nExported by Forms,,\n"
    )
    found = read(tmp_path, put(tmp_path, "a.csv", rows))
    assert found.quarantined[["row", "reason"]].to_numpy().tolist() == [[7, "footer_like"], [8, "footer_like"]]
    assert set(found.comments["text"].dropna()) == {"Total", "fine", "Total respect to the team"}


def test_pros_and_cons_that_both_fail_are_two(tmp_path):
    name = put(tmp_path, "a.jsonl", '{"id": 1, "pros": [1], "cons": [2]}\n{"id": 2, "pros": "good", "cons": "bad"}\n')
    found = read(tmp_path, name, columns={"pros": "pros", "cons": "cons", "id": "id"})
    assert found.quarantined["column"].tolist() == ["pros", "cons"]
    assert found.comments["field"].tolist() == ["positive", "negative"]
    assert len(set(found.comments["respondent_id"])) == 1, "who likes and dislikes is one person"


def hide(made):
    made["s"].row_dimensions[2].hidden = True
    made["s"].merge_cells("A3:B3")


ID = {"columns": TEXT | {"id": "id"}}
MONKEY = "Respondent ID,Collector ID,Why?\n,,Open-Ended Response\n1,2,Because\n"
NOTES = [  # code, how to make the file, fields, how many
    ("S_HEADER", lambda f: put(f, "a.csv", PLAIN), {}, 1),
    ("S_BLANK", lambda f: put(f, "a.csv", "comment,n\n\nx,1\n , \n"), {}, 2),
    ("S_REPEATED_HEADER", lambda f: put(f, "a.csv.gz", gzip.compress(b"comment,n\nx,1\n") * 2), {}, 1),
    ("S_SEPARATOR", lambda f: put(f, "a.csv", "sep=;\ncomment;n\nx, y;1\n"), {}, 1),
    ("S_SKIPPED", lambda f: put(f, "a.csv", "Export, of today\n\ncomment,n\nx,1\n"), {"skip_rows": 2}, 2),
    ("S_QUALTRICS_HEADER", lambda f: put(f, "a.csv", 'comment\nWhy?\n"{""ImportId"":""Q1""}"\nx\n'), {}, 2),
    ("S_SURVEYMONKEY_HEADER", lambda f: put(f, "a.csv", MONKEY), {"columns": {"text": "Why?"}}, 1),
    ("W_ENCODING:cp1252", lambda f: put(f, "a.csv", "comment\nété\n".encode("cp1252")), {}, 1),
    ("W_MIXED_ENCODING", lambda f: put(f, "a.csv", "comment\nété\n".encode() + b"d\xe9\xe7u\n"), {}, 1),
    ("W_JOINED", lambda f: put(f, "a.csv", "n,comment\n1,one, two\n2,x\n"), {"join_extra": True}, 1),
    ("W_LINE_END", lambda f: put(f, "a.csv", "n,comment\n1,cut\rin two\n2,x\n"), {}, 1),
    ("W_CONTROL_CHARS", lambda f: put(f, "a.csv", "comment\na\0b\n"), {}, 1),
    ("W_SURROGATE", lambda f: put(f, "a.jsonl", '{"comment": "half \\ud83d"}\n'), {}, 1),
    ("W_LONG_TEXT", lambda f: put(f, "a.csv", "comment\n" + "x" * 100_001), {}, 1),
    ("W_NON_STRING", lambda f: book(f, ("s", [["comment"], [4.5], [True], ["x"]])), {}, 2),
    ("W_HIDDEN_ROWS", lambda f: book(f, ("s", [*ROWS, *ROWS[1:] * 2]), change=hide), {}, 1),
    ("W_MERGED", lambda f: book(f, ("s", [*ROWS, *ROWS[1:] * 2]), change=hide), {}, 1),
    ("W_TRUNCATED", lambda f: put(f, "a.jsonl", LINES + '{"comm'), {}, 1),
    ("W_DUPLICATE_ID", lambda f: put(f, "a.csv", "id,comment\n1,a\n1,b\n1,c\n"), ID, 2),
    ("W_EXACT_DUPLICATES", lambda f: put(f, "a.csv", "id,comment\n1,a\n2,b\n1,a\n2,c\n"), ID, 1),
    ("W_EXACT_DUPLICATES", lambda f: put(f, "a.csv", PLAIN + PLAIN.partition("\n")[2]), {}, 20),
    ("W_SCIENTIFIC_ID", lambda f: put(f, "a.csv", 'id,comment\n00123,a\n"1,23457E+11",b\n'), ID, 1),
    ("W_DST", lambda f: put(f, "a.csv", "d,comment\n2026-03-29 02:30:00,a\n"), {"columns": TEXT | {"date": "d"}}, 1),
]  # fmt: skip


@pytest.mark.parametrize(("code", "make", "fields", "count"), NOTES, ids=[row[0] for row in NOTES])
def test_what_is_noticed_is_counted(tmp_path, code, make, fields, count):
    noted = read(tmp_path, make(tmp_path), **fields).read_notes.set_index("code")["n"]
    assert noted[code] == count


def test_a_hidden_sheet_is_never_read(tmp_path):
    def hide_sheet(made):
        made["two"].sheet_state = "hidden"

    name = book(tmp_path, ("one", ROWS), ("two", [["comment"], ["secret"]]), change=hide_sheet)
    assert read(tmp_path, name).comments["text"].tolist() == ["A remark"]
    with pytest.raises(InputError, match="no visible sheet 'two'"):
        read(tmp_path, name, sheet="two")


def test_a_formula_in_error_is_an_empty_cell(tmp_path):
    name = book(tmp_path, ("s", [["comment"], ["fine"], ["#N/A"]]))  # openpyxl writes it as an error
    found = read(tmp_path, name)
    assert found.bad_cells[["row", "column", "reason"]].to_numpy().tolist() == [[3, "comment", "formula_error"]]
    assert found.comments["text"].tolist()[0] == "fine"


def test_every_code_is_in_the_docs_and_every_code_of_the_docs_is_met(root):
    page = (root / "docs" / "formats.md").read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in (root / "src" / "bxtext").rglob("*.py"))
    said = set(CODE.findall(code))
    documented = set(CODE.findall(page)) | set(re.findall(r"`(S_[A-Z_]+)`", page))
    met = {row[0].partition(":")[0] for rows in (REFUSALS, NOTES) for row in rows} | ELSEWHERE
    assert said <= documented
    assert documented == met
    reasons = set(re.findall(r"^\| `([a-z_]+)` \|", page.partition("## Rows and cells")[2], re.MULTILINE))
    assert reasons == {row[0] for row in SET_ASIDE} | {"bad_date", "bad_rating", "formula_error"}
    assert not [export["name"] for export in known_exports() if export["name"].partition(" (")[0] not in page]
