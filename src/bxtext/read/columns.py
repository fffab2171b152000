"""Cells to comments: which column means what, typed; a bad cell is set aside, its comment kept."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bxtext.errors import InputError, did_you_mean
from bxtext.language import fold_text
from bxtext.read.dates import parse_dates
from bxtext.read.ratings import parse_ratings
from bxtext.read.records import Unreadable
from bxtext.tables import ALL, GROUP_PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bxtext.params import Source
    from bxtext.read.records import Batch

LONG_TEXT = 100_000  # characters from which a comment is noted as long
MAX_SHOWN = 25  # characters of a bad cell that are shown
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SCIENTIFIC = re.compile(r"\d[.,]\d+E\+?\d+", re.IGNORECASE)
_HARMLESS = re.compile(r"[\d\s.,:/+\-%eE]+")


@dataclass(frozen=True)
class Mapped:
    """One batch as `comments` (ids apart), rows set aside, cells set aside, and warnings by code."""

    comments: pd.DataFrame
    broken: list[tuple[int, str, str]]
    bad_cells: pd.DataFrame
    notes: Counter[str]


def match_columns(source: Source, header: Sequence[str]) -> dict[str, int]:
    """Return where each wanted column stands, by what it means.

    Names are compared as written, then without case, accents and kinds of space.

    Raises
    ------
    InputError
        E_COLUMN_MISSING or E_DUPLICATE_COLUMN; all missing columns at once.
    """
    folded = [fold_text(name) for name in header]
    found, faults = {}, []
    for meaning, name in wanted_columns(source).items():
        places = [place for place, shown in enumerate(header) if shown == name]
        places = places or [place for place, shown in enumerate(folded) if shown and shown == fold_text(name)]
        if len(places) > 1:
            raise InputError(f"E_DUPLICATE_COLUMN {source.place}: two columns are called {name!r}; rename one")
        if places:
            found[meaning] = places[0]
        else:
            faults.append(f"no column {name!r} (for {meaning}); {_nearest_column(name, header)}")
    if faults:
        raise InputError(f"E_COLUMN_MISSING {source.place}: " + "; ".join(faults))
    return found


def wanted_columns(source: Source) -> dict[str, str]:
    """Return the names of the columns a source uses, by what they mean."""
    wanted = {meaning: name for meaning, name in source.columns.model_dump().items() if name is not None}
    return wanted | {f"group {name}": column for name, column in sorted(source.groups.items())}


def _nearest_column(name: str, header: Sequence[str]) -> str:
    """Name the nearest column, or only count them: the first row of a file without a header is a comment."""
    hint = did_you_mean(name, header)
    return hint if hint.startswith("did you mean") else f"{len(header)} columns found; is row 1 a header?"


def map_batch(source: Source, columns: dict[str, int], header: Sequence[str], batch: Batch) -> Mapped:
    """Turn the cells of a batch into rows of `comments`."""
    notes: Counter[str] = Counter()
    bad: list[tuple[int, str, str, str]] = []

    def cells(meaning: str) -> list[str | None]:
        if meaning not in columns:
            return [None] * len(batch.rows)
        raw = [row[columns[meaning]] for row in batch.rows]
        for place, cell in zip(batch.places, raw, strict=True):
            if not isinstance(cell, str) and (fault := cell_fault(cell)):
                bad.append((place, header[columns[meaning]], fault, type(cell).__name__))
        return [as_text(cell) for cell in raw]

    def set_aside(faulty: NDArray[np.bool_], reason: str, meaning: str, found: Sequence[str | None]) -> None:
        if not faulty.any():
            return
        name = header[columns[meaning]]
        bad.extend((batch.places[row], name, reason, _shown(found[row])) for row in np.flatnonzero(faulty).tolist())

    texts = cells("text")
    faults = [None if isinstance(row[columns["text"]], str) else cell_fault(row[columns["text"]]) for row in batch.rows]
    broken = [
        (place, fault, header[columns["text"]])
        for place, fault in zip(batch.places, faults, strict=True)
        if fault and fault != "formula_error"
    ]
    notes["W_NON_STRING"] += sum(
        text is not None and not isinstance(row[columns["text"]], str | bytes)
        for row, text in zip(batch.rows, texts, strict=True)
    )
    comments = pd.DataFrame(
        {"source": source.name, "source_type": source.type, "voice": source.voice}, index=range(len(texts))
    )
    comments["text"] = [_printable(text, notes) for text in texts]
    written = cells("date")
    comments["date"], bad_dates, n_unclear = parse_dates(written, source.date_format, source.time_zone)
    set_aside(bad_dates, "bad_date", "date", written)
    notes["W_DST"] += n_unclear
    written = cells("rating")
    comments["rating"], bad_ratings = parse_ratings(written, source.rating_scale)
    set_aside(bad_ratings, "bad_rating", "rating", written)
    comments["respondent_id"] = [
        None if cell is None else digest(source.voice, cell) for cell in cells("respondent_id")
    ]
    comments["unit"] = cells("unit")
    if ALL in set(comments["unit"].dropna()):
        raise InputError(
            f"E_UNIT {source.place}, column {source.columns.unit!r}: a unit is called {ALL!r}, which stands for all of"
            " them; rename it"
        )
    for name in sorted(source.groups):
        comments[GROUP_PREFIX + name] = cells(f"group {name}")
    comments["own_id"] = cells("id")
    notes["W_SCIENTIFIC_ID"] += sum(_SCIENTIFIC.fullmatch(own) is not None for own in comments["own_id"].dropna())
    gone = {place for place, _, _ in broken}
    kept = np.array([place not in gone for place in batch.places], dtype=bool)
    bad_cells = pd.DataFrame(
        [cell for cell in bad if cell[0] not in gone], columns=["row", "column", "reason", "found"]
    )
    return Mapped(comments[kept], broken, bad_cells, +notes)


def _printable(text: str | None, notes: Counter[str]) -> str | None:
    """Return the verbatim as it can be written to any file; what is odd about it is counted."""
    if text is None:
        return None
    notes["W_LONG_TEXT"] += len(text) > LONG_TEXT
    if text.isascii() and text.isprintable():
        return text
    notes["W_CONTROL_CHARS"] += _CONTROL.search(text) is not None
    if _SURROGATE.search(text):
        notes["W_SURROGATE"] += 1
        return _SURROGATE.sub("\ufffd", text)
    return text


def cell_fault(cell: Any) -> str | None:
    r"""Return why a typed cell can't be read as text, None when it can.

    Examples
    --------
    >>> cell_fault(4.5), cell_fault(["a"]), cell_fault(b"\xff")
    (None, 'not_a_value', 'blob')
    """
    if isinstance(cell, Unreadable):
        return cell.reason
    if isinstance(cell, list | dict | tuple):
        return "not_a_value"
    return "blob" if isinstance(cell, bytes) and as_text(cell) is None and cell.strip() else None


def as_text(cell: Any) -> str | None:
    r"""Return the text of a cell, None when it is empty or no value: whole floats have no point, days no midnight.

    Examples
    --------
    >>> as_text(" 00123 "), as_text(4.0), as_text(""), as_text(b"caf\xc3\xa9"), as_text([1])
    ('00123', '4', None, 'café', None)
    """
    if isinstance(cell, str):
        return cell.strip() or None
    if cell is None or _is_nan(cell) or isinstance(cell, list | dict | tuple | Unreadable):
        return None
    if isinstance(cell, bytes):
        text = cell.decode(errors="surrogateescape").strip()
        return text if text and text.isprintable() else None
    if hasattr(cell, "isoformat"):
        return str(cell.isoformat()).removesuffix("T00:00:00")
    return str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell)


def _is_nan(cell: Any) -> bool:
    return isinstance(cell, float) and bool(np.isnan(cell))


def _shown(cell: str | None) -> str:
    """A bad cell, when it holds no words: those might be a comment that slipped from its column."""
    text = (cell or "")[:MAX_SHOWN]
    if _HARMLESS.fullmatch(text):
        return text
    return "".join("a" if sign.isalpha() else "9" if sign.isdigit() else sign for sign in text if sign.isprintable())


def digest(*parts: str) -> str:
    """Return 16 hexadecimal digits of some texts.

    Examples
    --------
    >>> len(digest("customer", "42"))
    16
    """
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
