"""The tables that pass between stages: their columns, what each means, checks, reading and writing.

A table is tidy, one row a key, no lists in cells. It is checked on every write and every read; a fault names the
table, the column and the number of rows, and never quotes a text. `docs/tables.md` is generated from here.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bxtext.errors import TableError, did_you_mean
from bxtext.tables.contract import (
    ACTORS,
    ALL,
    CUSTOMER_STAGES,
    EMPLOYEE_STAGES,
    GROUP_PREFIX,
    INTENTS,
    JOURNEY_STAGES,
    LANGUAGES,
    LIGHTS,
    QUADRANTS,
    SIDES,
    TENSIONS,
    UNDECIDED,
    VERDICTS,
    VOICES,
    Column,
    Kind,
    Table,
)
from bxtext.tables.declared import REPORT_TABLES, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = [
    "ACTORS",
    "ALL",
    "CUSTOMER_STAGES",
    "EMPLOYEE_STAGES",
    "GROUP_PREFIX",
    "INTENTS",
    "JOURNEY_STAGES",
    "LANGUAGES",
    "LIGHTS",
    "QUADRANTS",
    "REPORT_TABLES",
    "SCHEMA_VERSION",
    "SIDES",
    "TABLES",
    "TENSIONS",
    "UNDECIDED",
    "VERDICTS",
    "VOICES",
    "Column",
    "Kind",
    "Table",
    "check_table",
    "count_rows",
    "group_columns",
    "is_ordered",
    "put_in_order",
    "read_table",
    "write_table",
]

SCHEMA_VERSION = 1
ROWS = 1_000_000  # written at once

_ARROW = {
    "text": pa.string(), "number": pa.float64(), "count": pa.int64(), "flag": pa.bool_(), "date": pa.date32(),
}  # fmt: skip


def check_table(frame: pd.DataFrame, name: str, *, without: Sequence[str] = ()) -> pd.DataFrame:
    """Return `frame` with the columns, types and row order of table `name`.

    Parameters
    ----------
    frame : DataFrame
        Any order of rows and columns; columns that aren't required may be missing.
    name : str
        A name in `TABLES`.
    without : sequence of str
        Columns of the contract that were left out, and aren't missed.

    Returns
    -------
    DataFrame
        Columns in the order of the contract, groups last; rows sorted by the key.

    Raises
    ------
    TableError
        A column is missing, unknown, of the wrong kind, out of bounds, or the key is empty or not unique.

    Examples
    --------
    >>> frame = pd.DataFrame({"comment_id": ["b", "a"], "reason": ["empty", "duplicate"]})
    >>> check_table(frame, "dropped")["comment_id"].tolist()
    ['a', 'b']
    """
    table = TABLES[name]
    known = [column.name for column in table.columns if column.name not in without]
    for found in frame.columns:
        if table.column(str(found)) is None:
            raise TableError(f"table {name!r}: unknown column {found!r}; {did_you_mean(str(found), known)}")
    groups = sorted(str(found) for found in frame.columns if str(found) not in known)
    checked = pd.DataFrame(index=frame.index)
    for column_name in [*known, *groups]:
        column = table.column(column_name)
        assert column is not None  # noqa: S101  the loop above refused every other name
        checked[column_name] = _checked_column(frame, table, column)
    if is_ordered(checked, table.key):  # most are, and each key is then seen but once
        return checked.reset_index(drop=True)
    repeated = int(checked.duplicated(list(table.key)).sum())
    if repeated:
        raise TableError(
            f"table {name!r}: {repeated} rows repeat a key ({', '.join(table.key)}); one row a key is allowed"
        )
    return checked.sort_values(list(table.key), kind="stable").reset_index(drop=True)


def _checked_column(frame: pd.DataFrame, table: Table, column: Column) -> pd.Series:
    where = f"table {table.name!r}, column {column.name!r}"
    if column.name not in frame.columns:
        if column.required:
            raise TableError(f"{where}: missing; the stage {table.stage!r} must write it")
        values = pd.Series([None] * len(frame), index=frame.index, dtype=object)
    else:
        values = frame[column.name]
    empty = int(values.isna().sum())
    if empty and column.required:
        raise TableError(f"{where}: {empty} empty cells; none is allowed")
    try:
        typed = _typed(values, column)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise TableError(f"{where}: holds {values.dtype}, expected {column.kind}") from error
    if column.allowed:
        odd = sorted(set(typed.dropna().unique()) - set(column.allowed))
        if odd:
            raise TableError(f"{where}: {len(odd)} values are not among {', '.join(column.allowed)}")
    if column.kind in {"number", "count"}:
        slack = 1e-9
        outside = int(
            ((typed < (column.low if column.low is not None else -float("inf")) - slack)
            | (typed > (column.high if column.high is not None else float("inf")) + slack)).sum()
        )  # fmt: skip
        if outside:
            raise TableError(f"{where}: {outside} values outside [{column.low}, {column.high}]")
    return typed


def _typed(values: pd.Series, column: Column) -> pd.Series:
    if column.kind == "text":
        return values.astype("str")
    if column.kind == "number":
        return values.astype("float64")
    if column.kind == "count":
        return values.astype("int64")
    if column.kind == "flag":
        return values.fillna(value=False).astype("bool") if values.isna().any() else values.astype("bool")
    return pd.to_datetime(values).dt.normalize()


def write_table(frame: pd.DataFrame, name: str, folder: Path) -> pd.DataFrame:
    """Check `frame` and write it to `folder/<name>.parquet`; return what was written."""
    checked = check_table(frame, name)
    fields = [
        pa.field(column_name, _ARROW[column.kind])
        for column_name in checked.columns
        if (column := TABLES[name].column(column_name)) is not None
    ]
    metadata = {b"bxtext.table": name.encode(), b"bxtext.schema_version": str(SCHEMA_VERSION).encode()}
    arrow = pa.Table.from_pandas(checked, schema=pa.schema(fields, metadata=metadata), preserve_index=False)
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{name}.parquet"
    arrow = arrow.replace_schema_metadata(metadata)
    with pq.ParquetWriter(partial, arrow.schema, write_page_checksum=True) as writer:
        for start in range(0, max(len(arrow), 1), ROWS):  # of one piece: how a frame was put together leaves no trace
            writer.write_table(arrow.slice(start, ROWS).combine_chunks())
    partial.replace(folder / f"{name}.parquet")  # never written in place: another run may share the file
    return checked


def read_table(name: str, folder: Path, *, without: Sequence[str] = ()) -> pd.DataFrame:
    """Read `folder/<name>.parquet` and check it, but for columns that aren't asked for.

    Raises
    ------
    TableError
        The file is missing (the message names the stage that makes it), damaged, or of another schema version.
    """
    path = _find_table(name, folder)
    with _blame(name, path):
        schema = pq.read_schema(path)
        columns = [column for column in schema.names if column not in without]
        arrow = pq.read_table(path, columns=columns, page_checksum_verification=True)
    _check_version(name, schema)
    return check_table(arrow.to_pandas(), name, without=without)


def count_rows(name: str, folder: Path) -> int:
    """Return how many rows `folder/<name>.parquet` has, without reading them.

    Raises
    ------
    TableError
        As `read_table`, but that the rows aren't looked at.
    """
    path = _find_table(name, folder)
    with _blame(name, path), pq.ParquetFile(path) as file:
        _check_version(name, file.schema_arrow)
        return int(file.metadata.num_rows)


def _find_table(name: str, folder: Path) -> Path:
    path = folder / f"{name}.parquet"
    if not path.exists():
        raise TableError(f"table {name!r} is not in {folder.name}; the stage {TABLES[name].stage!r} makes it")
    return path


@contextmanager
def _blame(name: str, path: Path) -> Iterator[None]:
    """Say which stage makes anew a file that can't be read."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise TableError(
            f"table {name!r}: {path.name} is damaged; run the stage {TABLES[name].stage!r} again"
        ) from error


def _check_version(name: str, schema: pa.Schema) -> None:
    version = (schema.metadata or {}).get(b"bxtext.schema_version", b"none").decode()
    if version != str(SCHEMA_VERSION):
        raise TableError(
            f"table {name!r}: schema version {version}, this bxtext reads {SCHEMA_VERSION}; run the line again"
        )


def group_columns(frame: pd.DataFrame) -> list[str]:
    """Return the `group_<name>` columns of a table, sorted.

    Examples
    --------
    >>> group_columns(pd.DataFrame({"unit": ["a"], "group_region": ["north"]}))
    ['group_region']
    """
    return sorted(str(name) for name in frame.columns if str(name).startswith(GROUP_PREFIX))


def put_in_order(frame: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """Return rows in the order of a key, numbered anew; those that are in it already aren't sorted.

    Examples
    --------
    >>> put_in_order(pd.DataFrame({"unit": ["b", "a"]}), ["unit"])["unit"].tolist()
    ['a', 'b']
    """
    return (
        frame.reset_index(drop=True)
        if is_ordered(frame, key)
        else frame.sort_values(list(key), kind="stable", ignore_index=True)
    )


def is_ordered(frame: pd.DataFrame, key: Sequence[str]) -> bool:
    """Return whether each row comes after the one before it: in order, and none twice.

    Examples
    --------
    >>> is_ordered(pd.DataFrame({"unit": ["a", "a", "b"], "month": [1, 2, 1]}), ["unit", "month"])
    True
    """
    after = np.zeros(max(len(frame) - 1, 0), dtype=bool)
    same = ~after
    for name in key:
        now, before = frame[name].array[1:], frame[name].array[:-1]
        after |= same & np.asarray(now > before, dtype=bool)
        same &= np.asarray(now == before, dtype=bool)
    return bool(after.all())
