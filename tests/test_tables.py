"""The contract of tables: what is refused, and that what is written is what is read."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bxtext.errors import TableError
from bxtext.tables import TABLES, check_table, is_ordered, read_table, write_table

DROPPED = pd.DataFrame({"comment_id": ["b", "a"], "reason": ["empty", "duplicate"]})
SEGMENT = {"segment_id": "d:0", "document_id": "d", "position": 0, "text": "un secret", "start": 0, "end": 9}


def test_rows_come_back_sorted_by_key(tmp_path):
    write_table(DROPPED, "dropped", tmp_path)
    assert read_table("dropped", tmp_path)["comment_id"].tolist() == ["a", "b"]


def test_a_column_of_no_use_is_not_read_and_not_missed(tmp_path):
    write_table(pd.DataFrame([SEGMENT]), "segments", tmp_path)
    whole, part = read_table("segments", tmp_path), read_table("segments", tmp_path, without=["text"])
    pd.testing.assert_frame_equal(part, whole.drop(columns="text"))
    write_table(DROPPED, "dropped", tmp_path)
    (tmp_path / "dropped.parquet").replace(tmp_path / "segments.parquet")
    with pytest.raises(TableError, match="unknown column"):
        read_table("segments", tmp_path, without=["text"])


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (DROPPED.drop(columns="reason"), "column 'reason': missing; the stage 'clean'"),
        (DROPPED.assign(raison="x"), "unknown column 'raison'; did you mean 'reason'?"),
        (DROPPED.assign(reason=["empty", None]), "column 'reason': 1 empty cells"),
        (DROPPED.assign(reason=["empty", "tired"]), "1 values are not among"),
        (DROPPED.assign(comment_id=["a", "a"]), "1 rows repeat a key (comment_id)"),
    ],
)
def test_a_breach_is_named(frame, told):
    with pytest.raises(TableError) as caught:
        check_table(frame, "dropped")
    assert told in str(caught.value)


def test_a_breach_never_quotes_a_text():
    frame = pd.DataFrame([SEGMENT, SEGMENT | {"segment_id": "d:1", "start": -1}])
    with pytest.raises(TableError, match="1 values outside") as caught:
        check_table(frame, "segments")
    assert "secret" not in str(caught.value)


def test_a_number_that_is_a_word_is_refused():
    with pytest.raises(TableError, match="expected count"):
        check_table(pd.DataFrame([SEGMENT | {"position": "first"}]), "segments")


def test_a_missing_table_names_its_stage(tmp_path):
    with pytest.raises(TableError, match=r"'mentions' is not in .*; the stage 'drivers' makes it"):
        read_table("mentions", tmp_path)


def test_a_flipped_bit_is_noticed(tmp_path):
    write_table(pd.concat([DROPPED.assign(comment_id=[f"{n}a", f"{n}b"]) for n in range(500)]), "dropped", tmp_path)
    path = tmp_path / "dropped.parquet"
    data = bytearray(path.read_bytes())
    data[60] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(TableError, match="damaged"):
        read_table("dropped", tmp_path)


def test_a_table_has_the_same_bytes_however_it_was_put_together(tmp_path):
    texts = pd.Series([f"comment {n}" + " on the till" * 9 for n in range(30_000)], dtype="str")
    segments = pd.DataFrame(
        {"segment_id": [f"{n:05d}:000" for n in range(len(texts))], "position": 0, "start": 0, "end": 9}
    )
    segments["document_id"] = segments["segment_id"].str[:5]
    pieces = pd.concat([texts[start : start + 700] for start in range(0, len(texts), 700)])
    written = []
    for name, text in (("whole", texts), ("pieces", pieces)):
        write_table(segments.assign(text=text), "segments", tmp_path / name)
        written.append((tmp_path / name / "segments.parquet").read_bytes())
    assert written[0] == written[1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=8, unique=True))
def test_any_text_survives(tmp_path, texts):
    rows = [SEGMENT | {"segment_id": f"{n:02d}", "text": text} for n, text in enumerate(texts)]
    write_table(pd.DataFrame(rows), "segments", tmp_path)
    assert read_table("segments", tmp_path)["text"].tolist() == texts


def test_every_table_has_a_key_among_its_columns_and_says_what_it_is():
    for table in TABLES.values():
        names = [column.name for column in table.columns]
        assert set(table.key) <= set(names)
        assert len(names) == len(set(names))
        assert table.doc.endswith(".")
        assert all(column.doc for column in table.columns)


@given(st.lists(st.tuples(st.sampled_from(["a", "à", "z", "日"]), st.integers(0, 2)), max_size=6))
def test_rows_in_order_are_those_that_sorting_would_leave_with_no_key_twice(rows):
    frame = pd.DataFrame(rows, columns=["unit", "month"]).astype({"unit": "str", "month": "int64"})
    assert is_ordered(frame, ["unit", "month"]) == (rows == sorted(set(rows)))
