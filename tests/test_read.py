"""Reading: the same table whatever the file; the ledger holds; every refusal says what to do."""

from __future__ import annotations

import csv
import io
import json
import time
from collections import Counter

import joblib
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bxtext.clean import clean_comments
from bxtext.errors import InputError
from bxtext.params import Source
from bxtext.read import read_comments, records, source_faults
from bxtext.read.columns import map_batch, match_columns
from bxtext.read.records import Batch
from bxtext.tables import check_table

COLUMNS = {"text": "comment", "date": "day", "rating": "stars", "respondent_id": "who", "unit": "store"}
ROWS = [
    {"day": "2026-01-05", "stars": "5", "who": "a", "store": "Liège", "comment": "Très bien, « parfait » ; merci"},
    {"day": "2026-01-06", "stars": "1", "who": "b", "store": "Liège", "comment": 'Cassé "net",\ndeux fois'},
    {"day": "2026-01-07", "stars": "3", "who": "a", "store": "Mons", "comment": ""},
]


def source(path, **changes):
    return Source(**{"name": "s", "voice": "customer", "path": path, "columns": COLUMNS} | changes)


def read(folder, path, **changes):
    return read_comments([source(path, **changes)], folder, max_quarantined=1)


def write_csv(path, rows, separator=",", encoding="utf-8"):
    text = pd.DataFrame(rows).to_csv(index=False, sep=separator)
    path.write_bytes(text.encode(encoding))


def write(folder, kind):
    frame, path = pd.DataFrame(ROWS), folder / f"file.{kind.partition(' ')[0]}"
    if kind == "xlsx":
        frame.to_excel(path, index=False)
    elif kind == "parquet":
        frame.to_parquet(path)
    elif kind == "jsonl":
        path.write_text("\n".join(json.dumps(row) for row in ROWS))
    else:
        separator, encoding = kind.split()[1:]
        write_csv(path, ROWS, "\t" if separator == "tab" else separator, encoding)
    return path.name


@given(st.lists(st.tuples(*[st.text(st.characters(exclude_categories=()), max_size=8)] * 2), min_size=1, max_size=5))
def test_a_cell_is_read_the_same_whatever_stands_beside_it(rows):
    own, header, number = source("f.csv", columns={"text": "comment", "unit": "store"}), ["comment", "store"], (4, 4)
    columns = match_columns(own, header)
    alone, beside = (
        map_batch(own, columns, header, Batch([*range(len(batch))], batch)) for batch in (rows, [*rows, number])
    )
    pd.testing.assert_frame_equal(alone.comments, beside.comments.iloc[: len(rows)])
    assert alone.notes == beside.notes - Counter(W_NON_STRING=1)


@pytest.mark.parametrize(
    "kind",
    ["csv , utf-8", "csv ; utf-8-sig", "csv ; cp1252", "tsv tab utf-16", "txt | utf-8", "xlsx", "jsonl", "parquet"],
)
def test_every_format_gives_the_same_comments(tmp_path, kind):
    (tmp_path / "a").mkdir()
    write_csv(tmp_path / "a" / "plain.csv", ROWS)
    expected = check_table(read(tmp_path, "a/plain.csv").comments, "comments")
    found = check_table(read(tmp_path, write(tmp_path, kind)).comments, "comments")
    pd.testing.assert_frame_equal(found, expected)
    assert set(found["text"].dropna()) == {row["comment"] for row in ROWS if row["comment"]}


def test_ids_do_not_depend_on_the_order_of_rows(tmp_path):
    write_csv(tmp_path / "a.csv", [*ROWS, ROWS[0]])
    write_csv(tmp_path / "b.csv", [ROWS[0], *ROWS[::-1]])
    first, second = (check_table(read(tmp_path, name).comments, "comments") for name in ("a.csv", "b.csv"))
    pd.testing.assert_frame_equal(first, second)
    assert first["comment_id"].is_unique


def test_respondents_are_digests(tmp_path):
    write_csv(tmp_path / "a.csv", ROWS)
    comments = read(tmp_path, "a.csv").comments
    assert comments["respondent_id"].nunique() == 2
    assert not comments["respondent_id"].isin(["a", "b"]).any()


def test_rows_that_break_are_set_aside_with_place_and_reason(tmp_path):
    text = io.StringIO()
    text.write("day,stars,who,store,comment\n")
    text.write("2026-01-05,5,a,X,fine\n2026-01-05,5,a,X,one,too many\nsoon,5,a,X,when\n2026-01-05,9,a,X,nine\n2026,1\n")
    (tmp_path / "a.csv").write_text(text.getvalue())
    found = read(tmp_path, "a.csv")
    assert found.quarantined[["row", "reason"]].to_numpy().tolist() == [[3, "too_many_fields"], [6, "too_few_fields"]]
    told = found.bad_cells[["row", "column", "reason", "found"]].to_numpy().tolist()
    assert told == [[4, "day", "bad_date", "aaaa"], [5, "stars", "bad_rating", "9"]]
    ledger = found.sources.iloc[0][["n_lines", "n_received", "n_comments", "n_quarantined", "n_structural"]]
    assert ledger.tolist() == [6, 5, 3, 2, 1]
    assert found.comments["date"].notna().sum() == 2, "a bad date costs the date, not the comment"


def test_one_bad_byte_costs_one_row(tmp_path):
    lines = ["comment", *(f"ligne numéro {n}" for n in range(120))]
    data = "\n".join(lines).encode().replace("numéro 7\n".encode(), b"num\xffro 7\n")
    (tmp_path / "a.csv").write_bytes(data)
    found = read(tmp_path, "a.csv", columns={"text": "comment"})
    assert found.quarantined[["row", "reason"]].to_numpy().tolist() == [[9, "bad_bytes"]]
    assert len(found.comments) == 119


def test_lines_above_the_header_do_not_decide_the_separator(tmp_path):
    (tmp_path / "a.csv").write_text("Export, of today\nstars;comment\n5;fine, really\n")
    found = read(tmp_path, "a.csv", columns={"text": "comment", "rating": "stars"}, skip_rows=1)
    assert found.comments["text"].tolist() == ["fine, really"]


def test_one_column_may_hold_commas(tmp_path):
    (tmp_path / "a.csv").write_text("comment\nfine, really\nbad; sad, mad\n")
    found = read(tmp_path, "a.csv", columns={"text": "comment"})
    assert sorted(found.comments["text"]) == ["bad; sad, mad", "fine, really"]


def test_a_quotation_that_never_closes_is_refused_with_its_row(tmp_path):
    rows = [f"{number},fine" for number in range(50)]
    rows[10] = '10,"never closed'
    (tmp_path / "a.csv").write_text("\n".join(["id,comment", *rows]))
    with pytest.raises(InputError, match="line 12: a quotation mark is opened there and never closed"):
        read(tmp_path, "a.csv", columns={"text": "comment"})


def test_a_file_without_header_does_not_print_its_first_comment(tmp_path):
    (tmp_path / "a.csv").write_text("1,Sophie Martin m'a insultée\n2,bien\n")
    (fault,) = source_faults([source("a.csv", columns={"text": "commentaire"})], tmp_path)
    assert "2 columns found; is row 1 a header?" in fault
    assert "Sophie" not in fault


def test_a_declared_encoding_may_be_cut_in_the_sample(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"comment\n" + b"x" * 199_991 + "é fin\n".encode())
    assert source_faults([source("a.csv", columns={"text": "comment"}, encoding="utf-8")], tmp_path) == []


def test_typed_dates_need_no_format(tmp_path):
    frame = pd.DataFrame({"comment": ["x"], "day": [pd.Timestamp(2026, 2, 3)]})
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    found = read(tmp_path, "a.xlsx", columns={"text": "comment", "date": "day"}, date_format="%d/%m/%Y")
    assert found.comments["date"].iloc[0] == pd.Timestamp(2026, 2, 3)


def test_a_unit_called_all_is_refused(tmp_path):
    write_csv(tmp_path / "a.csv", [ROWS[0] | {"store": "all"}])
    with pytest.raises(InputError, match="a unit is called 'all'"):
        read(tmp_path, "a.csv")


def test_scales_point_up(tmp_path):
    write_csv(tmp_path / "a.csv", [{"comment": "x", "stars": "2"}, {"comment": "y", "stars": "4,5"}], separator=";")
    mapped = {"columns": {"text": "comment", "rating": "stars"}, "rating_scale": (5, 1)}
    assert sorted(read(tmp_path, "a.csv", **mapped).comments["rating"]) == pytest.approx([0.125, 0.75])


@pytest.mark.parametrize(
    ("written", "day"),
    [("03/02/2026", 3), ("3/2/2026", 3), ("2026-02-03T10:00:00Z", 3), ("03.02.2026 10:15", 3), ("2026-02-03", 3)],
)
def test_dates_are_iso_or_day_first(tmp_path, written, day):
    write_csv(tmp_path / "a.csv", [ROWS[0] | {"day": written}])
    assert read(tmp_path, "a.csv").comments["date"].iloc[0] == pd.Timestamp(2026, 2, day)


def test_faults_of_all_sources_are_told_at_once(tmp_path):
    write_csv(tmp_path / "reviews.csv", ROWS)
    (tmp_path / "broken.xlsx").write_bytes(b"not a zip")
    (tmp_path / "empty.csv").write_text("")
    faults = source_faults(
        [
            source("review.csv"),
            source("reviews.csv", columns=COLUMNS | {"text": "coment"}),
            source("reviews.doc"),
            source("broken.xlsx"),
            source("empty.csv"),
            source("nowhere/file.csv"),
        ],
        tmp_path,
    )
    assert "no such file; did you mean 'reviews.csv'?" in faults[0]
    assert "no column 'coment' (for text); did you mean 'comment'?" in faults[1]
    assert "files end in .csv" in faults[2]
    assert "E_FORMAT broken.xlsx: its content is not what .xlsx says" in faults[3]
    assert "E_EMPTY_FILE empty.csv" in faults[4]
    assert "no such folder" in faults[5]


def test_a_source_that_is_mostly_broken_is_refused(tmp_path):
    write_csv(tmp_path / "a.csv", [row | {"day": "whenever"} for row in ROWS])
    with pytest.raises(InputError, match="column 'day': 3 of 3 cells are bad_date, such as 'aaaaaaaa' in row 2"):
        read_comments([source("a.csv")], tmp_path, max_quarantined=0.5)


def test_letters_that_fit_no_encoding_are_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"comment\n" + b"caf\x8e \x81 d\x8ecu\n" * 9)
    with pytest.raises(InputError, match="declare `encoding`"):
        read(tmp_path, "a.csv", columns={"text": "comment"})


text_cells = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffd"), min_size=1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    cells=st.lists(text_cells, min_size=1, max_size=6),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    dress=st.tuples(
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
        st.sampled_from(["\n", "\r\n", "\r"]),
    ),
    comment_first=st.booleans(),
)
def test_any_table_reads_back(tmp_path, cells, separator, dress, comment_first):
    encoding, line_end = dress
    rows = [{"id": str(number), "comment": cell} for number, cell in enumerate(cells)]
    frame = pd.DataFrame(rows, columns=["comment", "id"] if comment_first else ["id", "comment"])
    text = frame.to_csv(index=False, sep=separator, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    found = read(tmp_path, "a.csv", columns={"text": "comment", "id": "id"}).comments.sort_values("comment_id")
    assert [cell or None for cell in found["text"].fillna("")] == [cell.strip() or None for cell in cells]


def test_quotes_escaped_by_a_backslash(tmp_path):
    (tmp_path / "a.csv").write_text('id,comment\n1,"he said \\"no\\", twice"\n2,"fine"\n')
    found = read(tmp_path, "a.csv", columns={"text": "comment", "id": "id"}).comments.set_index("comment_id")["text"]
    assert found.to_dict() == {"s:1": 'he said "no", twice', "s:2": "fine"}


def test_column_names_are_matched_without_case_accents_and_kinds_of_space(tmp_path):
    (tmp_path / "a.csv").write_text("Identifiant\u00a0client; COMMENTAIRE LIBRE \n1;bien\n")
    found = read(tmp_path, "a.csv", columns={"text": "commentaire\u00a0libre", "id": "identifiant client"})
    assert found.comments["text"].tolist() == ["bien"]


def test_an_accent_after_a_megabyte_decides_the_encoding(tmp_path):
    rows = ["comment", *(f"remark number {n} in plain letters" for n in range(40_000)), "très déçu, cœur"]
    (tmp_path / "a.csv").write_bytes("\n".join(rows).encode("cp1252"))
    found = read(tmp_path, "a.csv", columns={"text": "comment"})
    assert "très déçu, cœur" in set(found.comments["text"])


def test_ratings_may_be_words_or_smileys(tmp_path):
    write_csv(tmp_path / "a.csv", [{"comment": "x", "stars": "Très satisfait"}, {"comment": "y", "stars": "😡"}])
    labels = {"tres satisfait": 5, "😡": 1}
    found = read(tmp_path, "a.csv", columns={"text": "comment", "rating": "stars"}, rating_labels=labels)
    assert found.comments.set_index("text")["rating"].to_dict() == {"x": 1.0, "y": 0.0}


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_byte_that_is_no_letter_is_found_again(tmp_path, mark, line_end):
    rows = ["comment;n", *(f"déjà {n};{n}" for n in range(20)), '"cœur', '😀 sur";1', "?;2", "été;3"]
    data = f"{mark}{line_end.join(rows)}".encode().replace(b"?;2", b"d\xe9j\xe0 \x81;2")
    (tmp_path / "a.csv").write_bytes(data)
    (told,) = read(tmp_path, "a.csv", columns={"text": "comment"}).quarantined.itertuples()
    assert told.reason == "bad_bytes"
    assert data[int(told.byte) :].startswith(b"\xe9j\xe0 \x81;2")
    data = mark.encode() + b'{"comment": "\xc3\xa9t\xc3\xa9"}\n\n{"comment": "d\xe9j\xc3\xa0"}\n'
    (tmp_path / "a.jsonl").write_bytes(data)
    (told,) = read(tmp_path, "a.jsonl", columns={"text": "comment"}).quarantined.itertuples()
    assert (told.row, told.byte) == (3, data.index(b"\xe9j"))


def test_a_file_with_letters_of_no_encoding_tells_the_byte(tmp_path):
    data = b"comment\n" + b"d\xe9j\xe0 vu\n" * 9 + b"caf\xe9 \x81\n"
    (tmp_path / "a.csv").write_bytes(data)
    (told,) = read(tmp_path, "a.csv", columns={"text": "comment"}).quarantined.itertuples()
    assert told.byte == data.index(b"\x81"), "the file is in Windows-1252: only this byte isn't"


def test_columns_of_one_name_are_told_apart_by_their_place(tmp_path):
    (tmp_path / "a.csv").write_text("note,comment,note,comment\n1,first,5,second\n")
    found = read(tmp_path, "a.csv", columns={"text": "column_4", "rating": "column_3"})
    assert found.comments[["text", "rating"]].to_numpy().tolist() == [["second", 1.0]]
    told = found.source_columns.sort_values("position")
    assert told["column"].tolist() == ["note", "comment", "note", "comment"]
    assert told["means"].fillna("").tolist() == ["", "", "rating", "text"]


def test_a_column_that_is_called_by_a_number_is_that_column(tmp_path):
    (tmp_path / "a.csv").write_text("column_2,other\nmeant,wrong\n")
    assert read(tmp_path, "a.csv", columns={"text": "column_2"}).comments["text"].tolist() == ["meant"]
    (fault,) = source_faults([source("a.csv", columns={"text": "column_3"})], tmp_path)
    assert "no column 'column_3'" in fault


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    text=st.lists(st.sampled_from(["fine", "très long", "", "9"]), min_size=1, max_size=5).map(", ".join),
    before=st.integers(0, 2),
    after=st.integers(0, 2),
)
def test_a_text_cut_by_separators_without_quotes_is_joined(tmp_path, text, before, after):
    header = [*(f"b{n}" for n in range(before)), "comment", *(f"a{n}" for n in range(after)), "end"]
    cells = [*(f"b{n}" for n in range(before)), f"So {text}", *(f"a{n}" for n in range(after)), "last"]
    (tmp_path / "a.csv").write_text("\n".join([",".join(header), ",".join(cells)]))
    mapped = {"columns": {"text": "comment"}, "groups": {"end": "end"}, "separator": ","}
    found = read(tmp_path, "a.csv", join_extra=True, **mapped)
    assert found.comments[["text", "group_end"]].to_numpy().tolist() == [[f"So {text}".strip(), "last"]]
    if "," in text:
        assert read(tmp_path, "a.csv", **mapped).quarantined["reason"].tolist() == ["too_many_fields"]


def test_only_a_text_takes_extra_cells():
    with pytest.raises(ValueError, match=r"join_extra: needs columns\.text"):
        source("a.csv", columns={"pros": "likes"}, join_extra=True)


def test_five_thousand_columns_and_a_million_letters_cost_little(tmp_path):
    names = [*(f"q{n}" for n in range(5_000)), "", "comment"]
    rows = [[*["x"] * 5_001, text] for text in ("fine", "long " * 200_000)]
    (tmp_path / "a.csv").write_text("\n".join(",".join(row) for row in [names, *rows]))
    start = time.process_time()
    found = read(tmp_path, "a.csv", columns={"text": "comment"})
    documents = clean_comments(found.comments).documents
    assert time.process_time() - start < 4
    assert sorted(documents["n_words"]) == [1, 200_000]
    assert found.read_notes.set_index("code")["n"]["W_LONG_TEXT"] == 1
    assert found.source_columns["column"].iloc[5_000] == "column_5001"


def test_a_row_group_a_row_is_a_parquet_file_like_another(tmp_path):
    frame = pd.DataFrame({"comment": [f"remark {n}" for n in range(3_000)]})
    frame.to_parquet(tmp_path / "a.parquet", row_group_size=1)
    assert len(read(tmp_path, "a.parquet", columns={"text": "comment"}).comments) == 3_000


def test_a_header_in_another_encoding_than_the_rest_is_read(tmp_path):
    rows = "déjà,1\n" * 9
    (tmp_path / "a.csv").write_bytes("Réponse,n\n".encode("cp1252") + rows.encode())
    found = read(tmp_path, "a.csv", columns={"text": "Réponse"})
    assert (len(found.comments), found.source_columns["column"].tolist()) == (9, ["Réponse", "n"])
    (tmp_path / "a.csv").write_bytes(b"comment,n\xff\x81\n" + rows.encode())
    found = read(tmp_path, "a.csv", columns={"text": "comment"})
    assert check_table(found.source_columns, "source_columns")["column"].tolist() == ["comment", "n\ufffd\ufffd"]


@pytest.mark.parametrize("backend", ["sequential", "threading"])
def test_rows_in_many_batches_are_the_rows_of_one(tmp_path, monkeypatch, backend):
    rows = [ROWS[place % 3] | {"comment": f"Commentaire {place}", "stars": str(place % 7)} for place in range(200)]
    write_csv(tmp_path / "many.csv", rows)
    whole = read(tmp_path, "many.csv")
    monkeypatch.setattr(records, "BATCH", 30)
    with joblib.parallel_config(backend=backend, n_jobs=2):
        cut = read(tmp_path, "many.csv")
    assert len(whole.bad_cells) == sum(place % 7 in {0, 6} for place in range(200))  # of a scale from 1 to 5
    for name in ("comments", "bad_cells", "sources", "read_notes"):
        pd.testing.assert_frame_equal(getattr(cut, name), getattr(whole, name), obj=name)


def test_a_fault_behind_many_batches_ends_the_reading(tmp_path, monkeypatch):
    write_csv(tmp_path / "open.csv", ROWS[:1] * 100)
    with (tmp_path / "open.csv").open("a", encoding="utf-8") as file:
        file.write('2026-01-08,5,"a,Mons,never closed\n' + "2026-01-08,5,a,Mons,well\n" * 300)
    monkeypatch.setattr(records, "BATCH", 10)
    with joblib.parallel_config(backend="threading", n_jobs=2), pytest.raises(InputError, match="E_QUOTE"):
        read(tmp_path, "open.csv")
