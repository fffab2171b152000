"""Stage 1, read: the client's files in, comments out; what can't be read is set aside with its reason.

received = comments + quarantined, for every source.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bxtext.errors import InputError, did_you_mean, fault_list
from bxtext.tables import ALL, GROUP_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from bxtext.params import Source

csv.field_size_limit(10_000_000)

SEPARATORS = (",", ";", "\t", "|")
DATE_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d")


@dataclass(frozen=True)
class Records:
    """What a file holds: cells as text, each row with its place in the file, and the rows that broke."""

    header: list[str]
    rows: list[list[str | None]]
    places: list[int]
    broken: list[tuple[int, str]]


@dataclass(frozen=True)
class Comments:
    """What was read, as the tables `sources`, `comments` and `quarantined`."""

    sources: pd.DataFrame
    comments: pd.DataFrame
    quarantined: pd.DataFrame


def read_comments(sources: Sequence[Source], root: Path, *, max_quarantined: float = 0.2) -> Comments:
    """Read every source of a client.

    Parameters
    ----------
    sources : sequence of Source
        The files and how to read them.
    root : Path
        Folder that paths of sources start from.
    max_quarantined : float
        Largest share of unreadable rows, in [0, 1], that a source may have.

    Returns
    -------
    Comments
        The tables `sources`, `comments` and `quarantined`.

    Raises
    ------
    InputError
        A file or column is missing, a file is damaged, or too many of its rows can't be read.
    """
    faults = source_faults(sources, root)
    if faults:
        raise InputError(fault_list("the sources", faults))
    read = [_read_source(source, root, max_quarantined) for source in sources]
    return Comments(*(pd.concat(frames, ignore_index=True) for frames in zip(*read, strict=True)))


def _read_source(source: Source, root: Path, max_quarantined: float) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    path = root / source.path
    records = _read_records(source, path)
    comments, quarantined = _map_columns(source, records)
    received = len(records.rows) + len(records.broken)
    if len(quarantined) > max_quarantined * received:
        reasons = ", ".join(f"{count} {reason}" for reason, count in quarantined["reason"].value_counts().items())
        raise InputError(
            f"source {source.name!r} ({source.path}): {len(quarantined)} of {received} rows can't be read "
            f"({reasons}); mend the file or its mapping, or raise read.max_quarantined above {max_quarantined}"
        )
    entry = {
        "source": source.name,
        "voice": source.voice,
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "n_received": received,
        "n_comments": len(comments),
        "n_quarantined": len(quarantined),
        "first_date": comments["date"].min(),
        "last_date": comments["date"].max(),
    }
    return pd.DataFrame([entry]), comments, quarantined


def source_faults(sources: Iterable[Source], root: Path) -> list[str]:
    """Return what is wrong with the files and columns of the sources, without reading them whole."""
    faults = []
    for source in sources:
        path = root / source.path
        where = f"source {source.name!r}: {source.path}"
        if path.suffix.lower() not in READERS:
            faults.append(f"{where}: files end in {', '.join(READERS)}")
            continue
        if not path.is_file():
            beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
            faults.append(f"{where}: no such file; {did_you_mean(path.name, beside) if beside else 'no such folder'}")
            continue
        try:
            header = _read_records(source, path, limit=1).header
        except InputError as error:
            faults.append(str(error))
            continue
        faults += [
            f"{where}: no column {name!r} (for {meaning}); {_nearest_column(name, header)}"
            for meaning, name in _wanted_columns(source).items()
            if name not in header
        ]
    return faults


def _nearest_column(name: str, header: Sequence[str]) -> str:
    """Name the nearest column, or only count them: the first row of a file without a header is a comment."""
    hint = did_you_mean(name, header)
    return hint if hint.startswith("did you mean") else f"{len(header)} columns found; is row 1 a header?"


def _wanted_columns(source: Source) -> dict[str, str]:
    wanted = {meaning: name for meaning, name in source.columns.model_dump().items() if name is not None}
    return wanted | {f"group {name}": column for name, column in source.groups.items()}


def _read_records(source: Source, path: Path, limit: int | None = None) -> Records:
    records = READERS[path.suffix.lower()](source, path, limit)
    repeated = sorted({name for name in records.header if name and records.header.count(name) > 1})
    used = [name for name in repeated if name in _wanted_columns(source).values()]
    if used:
        raise InputError(f"source {source.name!r}: {source.path}: two columns are called {used[0]!r}; rename one")
    return records


def _read_csv(source: Source, path: Path, limit: int | None) -> Records:
    text = "".join(_decode(source, path, limit).splitlines(keepends=True)[source.skip_rows :])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=source.separator or _find_separator(text))
    header: list[str] = []
    rows: list[list[str | None]] = []
    places, broken = [], []
    cells: list[str] = []
    for number, cells in enumerate(reader, start=source.skip_rows + 1):
        if not cells:
            continue
        if not header:
            header = [cell.strip() for cell in cells]
        elif len(cells) != len(header):
            broken.append((number, "too_many_fields" if len(cells) > len(header) else "too_few_fields"))
        elif any("\ufffd" in cell for cell in cells):
            broken.append((number, "bad_bytes"))
        else:
            rows.append(list(cells))
            places.append(number)
        if limit is not None and len(rows) >= limit:
            break
    if not header:
        raise InputError(f"source {source.name!r}: {source.path}: empty; expected a header row")
    if limit is None and text.count('"') % 2 and any("\n" in cell for cell in cells):
        raise InputError(
            f"source {source.name!r}: {source.path}, row {number}: a quotation mark is opened there and never closed,"
            " so that the rest of the file would be one cell; close or double it"
        )
    return Records(header, rows, places, broken)


def _decode(source: Source, path: Path, limit: int | None) -> str:
    """Bytes to text: a declared encoding, else byte order mark, UTF-8, then Windows-1252; never a guess beyond."""
    with path.open("rb") as file:
        data = file.read() if limit is None else file.read(200_000)
    where = f"source {source.name!r}: {source.path}"
    if source.encoding:
        try:
            # a sample may end inside a character: only a whole file has to
            decoder = codecs.getincrementaldecoder(source.encoding)()
            return decoder.decode(data, final=limit is None).removeprefix("\ufeff")
        except LookupError as error:
            raise InputError(f"{where}: unknown encoding {source.encoding!r}; such as utf-8 or cp1252") from error
        except UnicodeDecodeError as error:
            raise InputError(
                f"{where}: byte {error.start} isn't {source.encoding}; declare another encoding"
            ) from error
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if b"\x00" in data[:1000]:
        raise InputError(f"{where}: looks like UTF-16 without its mark; declare `encoding: utf-16-le` (or -be)")
    text = data.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    if limit is not None and bad == 1 and text.endswith("\ufffd"):
        return text  # the sample of the file was cut inside a character
    if bad == 0 or bad * 50 < text.count("\n"):
        return text  # a stray byte: only its row is set aside
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{where}: byte {error.start} is neither UTF-8 nor Windows-1252; declare `encoding`, such as mac_roman"
        ) from error


def _find_separator(text: str) -> str:
    """The separator that cuts the first rows most, and into as many fields as the header."""
    start = text[:100_000]
    if not any(separator in start.partition("\n")[0] for separator in SEPARATORS):
        return "\x1f"  # one column: whatever its comments hold, nothing separates them

    def agreement(separator: str) -> tuple[int, int]:
        rows = [row for row in csv.reader(io.StringIO(start, newline=""), delimiter=separator) if row][:50]
        width = len(rows[0]) if rows else 1
        return (0, 0) if width == 1 else (sum(len(row) == width for row in rows), width)

    return max(SEPARATORS, key=agreement)


def _read_xlsx(source: Source, path: Path, limit: int | None) -> Records:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise InputError(f"source {source.name!r}: {source.path}: not a readable .xlsx file; save it again") from error
    if source.sheet is not None and source.sheet not in book.sheetnames:
        hint = did_you_mean(source.sheet, book.sheetnames)
        raise InputError(f"source {source.name!r}: {source.path}: no sheet {source.sheet!r}; {hint}")
    sheet = book[source.sheet or book.sheetnames[0]]
    cells = sheet.iter_rows(min_row=source.skip_rows + 1, values_only=True)
    header = [_as_text(cell) or "" for cell in next(cells, ())]
    rows, places = [], []
    for number, row in enumerate(cells, start=source.skip_rows + 2):
        values = [_as_text(cell) for cell in row]
        if any(values):
            rows.append((values + [None] * len(header))[: len(header)])
            places.append(number)
        if limit is not None and len(rows) >= limit:
            break
    book.close()
    return Records(header, rows, places, [])


def _read_jsonl(source: Source, path: Path, _limit: int | None) -> Records:
    """Read the whole file, even for a look at the header: any line may hold a key of its own."""
    objects, places, broken = [], [], []
    with path.open(encoding="utf-8-sig", errors="replace", newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError:
                broken.append((number, "bad_json"))
                continue
            if not isinstance(record, dict):
                broken.append((number, "not_an_object"))
                continue
            objects.append(record)
            places.append(number)
    header = sorted({name for record in objects for name in record})
    if not header:
        raise InputError(f"source {source.name!r}: {source.path}: no line holds a JSON object")
    return Records(header, [[_as_text(record.get(name)) for name in header] for record in objects], places, broken)


def _read_parquet(source: Source, path: Path, limit: int | None) -> Records:
    try:
        file = pq.ParquetFile(path)
        table = file.read() if limit is None else file.schema_arrow.empty_table()
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"source {source.name!r}: {source.path}: not a readable Parquet file") from error
    columns = [[_as_text(cell) for cell in column.to_pylist()] for column in table.columns]
    rows = [list(cells) for cells in zip(*columns, strict=True)]
    return Records(list(table.column_names), rows, list(range(1, len(rows) + 1)), [])


def _as_text(cell: Any) -> str | None:
    """Text of a typed cell: whole floats without their point, days without midnight."""
    if cell is None or (isinstance(cell, float) and np.isnan(cell)):
        return None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if hasattr(cell, "isoformat"):
        return str(cell.isoformat()).removesuffix("T00:00:00")
    return str(cell)


READERS: dict[str, Callable[[Source, Path, int | None], Records]] = {
    ".csv": _read_csv, ".tsv": _read_csv, ".txt": _read_csv,
    ".xlsx": _read_xlsx, ".jsonl": _read_jsonl, ".parquet": _read_parquet,
}  # fmt: skip


def _map_columns(source: Source, records: Records) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Turn the cells of a source into `comments` rows and `quarantined` rows."""
    raw = pd.DataFrame(records.rows, columns=records.header, dtype=object)
    columns = source.columns

    def cells(name: str | None) -> pd.Series:
        if name is None:
            return pd.Series([None] * len(raw), dtype=object)
        return raw[name].map(lambda cell: (cell or "").strip() or None).astype(object)

    comments = pd.DataFrame({"source": source.name, "source_type": source.type, "voice": source.voice}, index=raw.index)
    comments["text"] = cells(columns.text)
    comments["date"], bad_date = _parse_dates(cells(columns.date), source.date_format)
    comments["rating"], bad_rating = _parse_ratings(cells(columns.rating), source.rating_scale)
    comments["respondent_id"] = [
        None if cell is None else _digest(source.voice, cell) for cell in cells(columns.respondent_id)
    ]
    comments["unit"] = cells(columns.unit)
    if (comments["unit"] == ALL).any():
        raise InputError(
            f"source {source.name!r}: {source.path}, column {columns.unit!r}: a unit is called {ALL!r}, which stands"
            " for all of them; rename it"
        )
    for name, column in sorted(source.groups.items()):
        comments[GROUP_PREFIX + name] = cells(column)
    comments["comment_id"], repeated_id = _identify(source, comments, cells(columns.id))

    place = pd.Series(records.places, dtype="int64")
    bad = [pd.DataFrame(records.broken, columns=["row", "reason"])]
    faulty = pd.Series(data=False, index=raw.index)
    for mask, reason, named in (
        (bad_date, "bad_date", columns.date),
        (bad_rating, "bad_rating", columns.rating),
        (repeated_id, "repeated_id", columns.id),
    ):
        fresh = mask & ~faulty
        bad.append(pd.DataFrame({"row": place[fresh], "reason": reason, "column": named}))
        faulty |= mask
    quarantined = pd.concat([frame for frame in bad if len(frame)] or bad[:1], ignore_index=True)
    return comments[~faulty], quarantined.assign(source=source.name)


def _parse_dates(cells: pd.Series, declared: str | None) -> tuple[pd.Series, pd.Series]:
    """Days by the declared format, else ISO first, then day first; a time of day is left out."""
    days = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[us]")
    written = cells.notna()
    text = cells.where(written, "").astype("str")
    if declared is None:
        text = text.str.replace(r"[T ]\d{1,2}:\d{2}.*$", "", regex=True)
    # a declared format is that of written dates; typed ones, as a workbook has them, arrive in ISO form
    for date_format in (declared, DATE_FORMATS[0]) if declared else DATE_FORMATS:
        open_cells = written & days.isna()
        if open_cells.any():
            parsed = pd.to_datetime(text[open_cells], format=date_format, errors="coerce")
            days[open_cells] = parsed.astype("datetime64[us]")
    return days.dt.normalize(), written & days.isna()


def _parse_ratings(cells: pd.Series, scale: tuple[float, float]) -> tuple[pd.Series, pd.Series]:
    """Ratings rescaled to [0, 1], up is good; a decimal comma is a decimal point."""
    written = cells.notna()
    numbers = pd.to_numeric(cells.where(written, "").astype("str").str.replace(",", "."), errors="coerce")
    worst, best = scale
    ratings = (numbers - worst) / (best - worst)
    bad = written & ~ratings.between(0, 1)
    return ratings.mask(bad), bad


def _identify(source: Source, comments: pd.DataFrame, own: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Ids that don't depend on the order of rows: the source's own, else a digest of the row's content."""
    content = pd.Series(
        [_digest(*(str(cell) for cell in row)) for row in comments.itertuples(index=False)],
        index=comments.index, dtype=object,
    )  # fmt: skip
    ids = content.where(own.isna(), source.name + ":" + own.astype("str"))
    order = pd.DataFrame({"id": ids, "content": content}).sort_values(["id", "content"], kind="stable")
    occurrence = order.groupby("id").cumcount().reindex(comments.index)
    repeated = (occurrence > 0) & own.notna()
    counted = ids.where(occurrence == 0, ids + "-" + (occurrence + 1).astype("str"))
    return counted.where(~repeated, ids), repeated


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
