"""Stage 1, read: the client's files in, comments out; what can't be read is set aside with its reason.

lines = comments + quarantined rows + structural lines, for every source.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from bxtext.errors import InputError, fault_list
from bxtext.parallel import map_partitions
from bxtext.read.columnar import read_parquet
from bxtext.read.columns import digest, encodable, map_batch, match_columns, wanted_columns
from bxtext.read.delimited import read_delimited, suggest_skip_rows
from bxtext.read.files import check_content, digest_file, file_ending, find_file, fingerprint, refuse_if_changed
from bxtext.read.json_records import read_json_document, read_json_lines
from bxtext.read.records import BATCH, Batch
from bxtext.read.workbook import find_header_row, read_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from bxtext.params import Source
    from bxtext.read.columns import Mapped
    from bxtext.read.records import Aside, Records

__all__ = ["READERS", "Comments", "open_records", "read_comments", "source_faults"]


def _read_sqlite(source: Source, path: Path) -> Records:
    from bxtext.read.database import read_sqlite  # noqa: PLC0415  SQLAlchemy: slow to import, and seldom needed

    return read_sqlite(source, path)


READERS: dict[str, Callable[[Source, Path], Records]] = {
    ".csv": read_delimited, ".tsv": read_delimited, ".txt": read_delimited, ".xlsx": read_workbook,
    ".json": read_json_document, ".jsonl": read_json_lines, ".parquet": read_parquet,
    ".sqlite": _read_sqlite, ".db": _read_sqlite,
}  # fmt: skip
_DELIMITED = (".csv", ".tsv", ".txt")
_REMEDY = "mend the file or its mapping, or raise read.max_quarantined"
WHOLE_ROW = "*"  # the column of a row that is set aside as a whole


@dataclass(frozen=True)
class Comments:
    """What was read, as the tables of these names."""

    sources: pd.DataFrame
    comments: pd.DataFrame
    quarantined: pd.DataFrame
    bad_cells: pd.DataFrame
    read_notes: pd.DataFrame
    source_columns: pd.DataFrame


@dataclass(frozen=True)
class _Opened:
    """A source whose header is known and whose rows are still to be read."""

    source: Source
    path: Path | None
    before: tuple[int, int, int] | None  # what the file looked like when it was opened
    records: Records
    columns: dict[str, int]


def read_comments(sources: Sequence[Source], root: Path, *, max_quarantined: float = 0.2) -> Comments:
    """Read every source of a client.

    Parameters
    ----------
    sources : sequence of Source
        The files and how to read them.
    root : Path
        Folder that paths of sources start from.
    max_quarantined : float
        Largest share of unreadable rows, or of unreadable cells of one column, in [0, 1], that a source may have.

    Returns
    -------
    Comments
        The tables `sources`, `comments`, `quarantined`, `bad_cells`, `read_notes` and `source_columns`.

    Raises
    ------
    InputError
        A file or column is missing, a file is damaged or changes meanwhile, or too much of it can't be read.
    """
    opened, faults = _open_sources(sources, root)
    if faults:
        raise InputError(fault_list("the sources", faults))
    read = [_read_source(one, max_quarantined) for one in opened]
    pa.default_memory_pool().release_unused()  # what the decoders no longer need: 100 MB and more
    return Comments(*(pd.concat(frames, ignore_index=True) for frames in zip(*read, strict=True)))


def source_faults(sources: Iterable[Source], root: Path) -> list[str]:
    """Return what is wrong with the files and columns of the sources, without reading their rows."""
    return _open_sources(sources, root)[1]


def _open_sources(sources: Iterable[Source], root: Path) -> tuple[list[_Opened], list[str]]:
    """Open every source once, so that all their faults are told together, before the rows of any are read."""
    opened, faults = [], []
    for source in sources:
        path = None if source.connection else root / source.path
        before = fingerprint(path) if path else None
        try:
            records = open_records(source, root)
            opened.append(_Opened(source, path, before, records, match_columns(source, records.header)))
        except InputError as error:
            faults.append(f"source {source.name!r}: {error}{_skip_hint(source, root, error)}")
    return opened, faults


def _skip_hint(source: Source, root: Path, error: InputError) -> str:
    if source.connection or not str(error).startswith("E_COLUMN_MISSING"):
        return ""
    look = {".xlsx": find_header_row} | dict.fromkeys(_DELIMITED, suggest_skip_rows)
    ending = file_ending(root / source.path)
    n_above = look[ending](source, root / source.path, wanted_columns(source).values()) if ending in look else None
    return f"; row {n_above + 1} names them: set `skip_rows: {n_above}`" if n_above else ""


def open_records(source: Source, root: Path) -> Records:
    """Open a source: its header is known at once, its rows are read as they are asked for.

    Raises
    ------
    InputError
        The file or database is missing, damaged, or not what it says.
    """
    if source.connection:
        from bxtext.read.database import read_connection  # noqa: PLC0415  as above

        records = read_connection(source)
    else:
        path = find_file(source.path, root, tuple(READERS))
        check_content(path, shown=source.path)
        records = READERS[file_ending(path)](source, path)
    return replace(records, header=[encodable(name) for name in records.header])


def _read_source(opened: _Opened, max_quarantined: float) -> tuple[pd.DataFrame, ...]:
    source, path, records, columns = opened.source, opened.path, opened.records, opened.columns
    mapped = map_partitions(partial(map_batch, source, columns, records.header), records.batches)
    sha256 = digest_file(path) if path else ""
    if path and opened.before:
        refuse_if_changed(path, opened.before)
    if not mapped:  # the types of an empty table
        mapped = [map_batch(source, columns, records.header, Batch([], []))]
    comments, repeated = _identify(source, pd.concat([batch.comments for batch in mapped], ignore_index=True))
    quarantined = pd.DataFrame(
        [(*entry, WHOLE_ROW) for entry in records.aside.broken] + [entry for batch in mapped for entry in batch.broken],
        columns=["row", "reason", "column"],
    )
    quarantined["byte"] = quarantined["row"].where(quarantined["reason"] == "bad_bytes").map(records.aside.stray_bytes)
    bad_cells = pd.concat([batch.bad_cells for batch in mapped], ignore_index=True)
    _refuse_if_rows_unread(source, len(comments), quarantined, max_quarantined)
    _refuse_if_cells_unread(source, len(comments), bad_cells, mapped, max_quarantined)
    n_structural = records.aside.structural.total()
    entry = {
        "source": source.name,
        "voice": source.voice,
        "file": path.name if path else source.connection,
        "sha256": sha256 or digest(*sorted(comments["comment_id"])),
        "n_lines": len(comments) + len(quarantined) + n_structural,
        "n_received": len(comments) + len(quarantined),
        "n_comments": len(comments),
        "n_quarantined": len(quarantined),
        "n_structural": n_structural,
        "n_bad_cells": len(bad_cells),
        "first_date": comments["date"].min(),
        "last_date": comments["date"].max(),
    }
    return (
        pd.DataFrame([entry]),
        comments,
        quarantined.assign(source=source.name),
        bad_cells.assign(source=source.name),
        _notes(source, records.aside, mapped, repeated),
        _columns(opened),
    )


def _columns(opened: _Opened) -> pd.DataFrame:
    """What the columns of a source are called, in order, and what each is read as."""
    header, meanings = opened.records.header, opened.columns.items()
    means = [", ".join(name for name, place in meanings if place == column) or None for column in range(len(header))]
    told = {"position": range(1, len(header) + 1), "column": header, "means": means}
    return pd.DataFrame(told).astype({"means": "str"}).assign(source=opened.source.name)


def _notes(source: Source, aside: Aside, mapped: Sequence[Mapped], repeated: dict[str, int]) -> pd.DataFrame:
    counts = Counter(aside.notes)
    counts.update(repeated)
    for batch in mapped:
        counts.update(batch.notes)
    counts.update({f"S_{kind.upper()}": count for kind, count in aside.structural.items()})
    notes = [{"source": source.name, "code": code, "n": count} for code, count in sorted(counts.items()) if count]
    return pd.DataFrame(notes, columns=["source", "code", "n"])


def _refuse_if_rows_unread(source: Source, n_comments: int, quarantined: pd.DataFrame, max_quarantined: float) -> None:
    n_received = n_comments + len(quarantined)
    if len(quarantined) > max_quarantined * n_received:
        reasons = ", ".join(f"{count} {reason}" for reason, count in quarantined["reason"].value_counts().items())
        raise InputError(
            f"E_UNREAD source {source.name!r} ({source.place}): {len(quarantined)} of {n_received} rows can't be read"
            f" ({reasons}); {_REMEDY} above {max_quarantined}"
        )


def _refuse_if_cells_unread(
    source: Source, n_comments: int, bad_cells: pd.DataFrame, mapped: Sequence[Mapped], max_quarantined: float
) -> None:
    """Refuse a column whose written cells are mostly unreadable, however few they are."""
    n_written = sum((batch.n_written for batch in mapped), Counter())
    for (column, reason), cells in bad_cells.groupby(["column", "reason"]):
        n_cells = n_written.get(str(column), n_comments)
        if len(cells) > max_quarantined * n_cells:
            raise InputError(
                f"E_UNREAD source {source.name!r} ({source.place}), column {column!r}: {len(cells)} of {n_cells} cells"
                f" are {reason}, such as {cells['found'].iloc[0]!r} in row {cells['row'].iloc[0]};"
                f" {_REMEDY} above {max_quarantined}"
            )


def _identify(source: Source, comments: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Ids that don't depend on the order of rows: the source's own, else a digest of the row's content.

    Returns
    -------
    (DataFrame, dict of str to int)
        The comments with their ids, and how many repeat an id of the source, and how many all that another row says.
    """
    own = comments.pop("own_id")
    ids = (source.name + ":" + own).astype("str")
    unsure = own.isna() | own.duplicated(keep=False)  # only these need their content to be told apart
    content = _digest_rows(comments[unsure])
    ids = ids.fillna(content)
    order = pd.DataFrame({"id": ids[unsure], "content": content}).sort_values(["id", "content"], kind="stable")
    again = order.groupby("id").cumcount()
    again = again[again > 0]
    ids[again.index] += "-" + (again + 1).astype("str")
    comments["comment_id"] = ids
    return comments, {
        "W_DUPLICATE_ID": int(own[again.index].notna().sum()),
        "W_EXACT_DUPLICATES": int(order.duplicated().sum()),
    }


def _digest_rows(rows: pd.DataFrame) -> pd.Series:
    """A digest of what each row says, whatever the order of the columns."""
    names = sorted(map(str, rows))
    digests = [
        digest(*map(str, row))
        for start in range(0, len(rows), BATCH)
        for row in rows[names].iloc[start : start + BATCH].itertuples(index=False)
    ]
    return pd.Series(digests, index=rows.index, dtype="str")
