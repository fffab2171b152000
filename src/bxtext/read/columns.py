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

# Where a verbatim stands, and the sign that was asked for.
FIELDS = {"text": None, "pros": "positive", "cons": "negative"}
LONG_TEXT = 100_000  # characters from which a comment is noted as long
MAX_SHOWN = 25  # characters of a bad cell that are shown
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BY_PLACE = re.compile(r"column_([1-9]\d{0,3})")
_SCIENTIFIC = re.compile(r"\d[.,]\d+E\+?\d+", re.IGNORECASE)
_HARMLESS = re.compile(r"[\d.,/+\-%]{1,6}|\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?")


@dataclass(frozen=True)
class Mapped:
    """One batch as `comments` (ids apart), rows set aside, cells set aside.

    And how many dates and ratings were written by column, and warnings by code.
    """

    comments: pd.DataFrame
    broken: list[tuple[int, str, str]]
    bad_cells: pd.DataFrame
    n_written: Counter[str]
    notes: Counter[str]


def match_columns(source: Source, header: Sequence[str]) -> dict[str, int]:
    """Return where each wanted column stands, by what it means.

    Names are compared as written, then without case, accents and kinds of space; `column_3` is the third column of any
    file, when none is called so.

    Raises
    ------
    InputError
        E_COLUMN_MISSING or E_DUPLICATE_COLUMN; all missing columns at once.
    """
    found, faults = {}, []
    for meaning, name in wanted_columns(source).items():
        place = find_column(name, header, shown=source.place)
        if place is None:
            faults.append(f"no column {name!r} (for {meaning}); {nearest_column(name, header)}")
        else:
            found[meaning] = place
    if faults:
        raise InputError(f"E_COLUMN_MISSING {source.place}: " + "; ".join(faults))
    return found


def find_column(name: str, header: Sequence[str], *, shown: str) -> int | None:
    """Return where a column stands, None when there is none of this name.

    Raises
    ------
    InputError
        E_DUPLICATE_COLUMN: there are several; `shown` is the file as errors name it.
    """
    folded = [fold_text(written) for written in header]
    places = [place for place, written in enumerate(header) if written == name]
    places = places or [place for place, written in enumerate(folded) if written and written == fold_text(name)]
    places = places or _numbered_place(name, len(header))
    if len(places) > 1:
        these = " or ".join(f"`column_{place + 1}`" for place in places)
        raise InputError(
            f"E_DUPLICATE_COLUMN {shown}: {len(places)} columns are called {name!r}; rename one, or say"
            f" {these} for its place"
        )
    return places[0] if places else None


def _numbered_place(name: str, n_columns: int) -> list[int]:
    """Where `column_3` stands when no column is called so: a column without a name of its own is named by its place."""
    found = _BY_PLACE.fullmatch(name)
    return [int(found.group(1)) - 1] if found and int(found.group(1)) <= n_columns else []


def wanted_columns(source: Source) -> dict[str, str]:
    """Return the names of the columns a source uses, by what they mean."""
    wanted = {meaning: name for meaning, name in source.columns.model_dump().items() if name is not None}
    return wanted | {f"group {name}": column for name, column in sorted(source.groups.items())}


def nearest_column(name: str, header: Sequence[str]) -> str:
    """Name the nearest column, or only count them: the first row of a file without a header is a comment."""
    hint = did_you_mean(name, header)
    return hint if hint.startswith("did you mean") else f"{len(header)} columns found; is row 1 a header?"


def map_batch(source: Source, columns: dict[str, int], header: Sequence[str], batch: Batch) -> Mapped:
    """Turn the cells of a batch into rows of `comments`; a row with pros and cons gives two."""
    cells = _Cells(columns, header, batch)
    details = _read_details(source, cells)
    asked = [(meaning, sign) for meaning, sign in FIELDS.items() if meaning in columns]
    frames, broken = [], []
    for meaning, sign in asked:
        texts, faults = cells.texts(meaning)
        frame = details.assign(text=pd.Series(texts, dtype="str"), field=pd.Series(sign, details.index, dtype="str"))
        if len(asked) > 1:
            frame["own_id"] = frame["own_id"] + f":{meaning}"
        frames.append(frame.loc[np.array([fault is None for fault in faults], dtype=bool)])
        broken += [
            (place, fault, header[columns[meaning]])
            for place, fault in zip(batch.places, faults, strict=True)
            if fault is not None
        ]
    comments = pd.concat(frames, ignore_index=True)
    gone = {place for place, _, _ in broken} if len(asked) == 1 else set()
    bad = [(*where, *what) for where, what in cells.bad.items() if where[0] not in gone]
    bad_cells = pd.DataFrame(bad, columns=["row", "column", "reason", "found"])
    return Mapped(comments, broken, bad_cells, cells.n_written, +cells.notes)


def _read_details(source: Source, cells: _Cells) -> pd.DataFrame:
    """All but the text, one row a row of the file."""
    details = pd.DataFrame(
        {"source": source.name, "source_type": source.type, "voice": source.voice},
        index=range(cells.n_rows), dtype="str",
    )  # fmt: skip
    written = cells.plain("date")
    details["date"], bad, n_unclear = parse_dates(written, source.date_format, source.time_zone)
    cells.set_aside(bad, "bad_date", "date", written)
    cells.notes["W_DST"] += n_unclear
    written = cells.plain("rating")
    details["rating"], bad = parse_ratings(written, source.rating_scale, source.rating_labels)
    cells.set_aside(bad, "bad_rating", "rating", written)
    details["unit"] = pd.Series(cells.plain("unit"), dtype="str")
    if ALL in set(details["unit"].dropna()):
        raise InputError(
            f"E_UNIT {source.place}, column {source.columns.unit!r}: a unit is called {ALL!r}, which stands for all of"
            " them; rename it"
        )
    for name in sorted(source.groups):
        details[GROUP_PREFIX + name] = pd.Series(cells.plain(f"group {name}"), dtype="str")
    details["own_id"] = pd.Series(cells.plain("id"), dtype="str")
    cells.notes["W_SCIENTIFIC_ID"] += sum(map(bool, details["own_id"].dropna().map(_SCIENTIFIC.fullmatch)))
    # whoever wrote pros and cons in one row is one person, named or not
    who = cells.plain("respondent_id" if "respondent_id" in cells.columns or "text" in cells.columns else "id")
    people = [None if cell is None else digest(source.voice, cell) for cell in who]
    details["respondent_id"] = pd.Series(people, dtype="str")
    return details


class _Cells:
    """The cells of a batch by what they mean; those that can't be read are collected in `bad`."""

    def __init__(self, columns: dict[str, int], header: Sequence[str], batch: Batch) -> None:
        self.columns = columns
        self.n_rows = len(batch.rows)
        self.bad: dict[tuple[int, str], tuple[str, str]] = {}  # row and column: reason and what is shown
        self.n_written: Counter[str] = Counter()
        self.notes: Counter[str] = Counter()
        self._header, self._batch = header, batch

    def plain(self, meaning: str) -> list[str | None]:
        """Return a column as text; all empty when the source has none."""
        if meaning not in self.columns:
            return [None] * self.n_rows
        raw = self._raw(meaning)
        if _all_texts(raw) and "".join(raw).isascii():  # as most columns of most files are: nothing to look at
            return [cell.strip() or None for cell in raw]
        for place, cell in zip(self._batch.places, raw, strict=True):
            if not isinstance(cell, str) and (fault := cell_fault(cell)):
                self.bad[place, self._header[self.columns[meaning]]] = (fault, type(cell).__name__)
        return [None if (text := as_text(cell)) is None else encodable(text) for cell in raw]

    def set_aside(self, faulty: NDArray[np.bool_], reason: str, meaning: str, found: Sequence[str | None]) -> None:
        """Note the cells of a column that say nothing readable."""
        if meaning in self.columns:
            name = self._header[self.columns[meaning]]
            self.n_written[name] += sum(cell is not None for cell in found)
            self.bad |= {
                (self._batch.places[row], name): (reason, show_cell(found[row]))
                for row in np.flatnonzero(faulty).tolist()
            }

    def texts(self, meaning: str) -> tuple[list[str | None], list[str | None]]:
        """Return the verbatims, and why a cell can't be one; a formula in error is an empty verbatim."""
        raw = self._raw(meaning)
        if _all_texts(raw):
            return [_printable(cell.strip() or None, self.notes) for cell in raw], [None] * len(raw)
        faults = [None if isinstance(cell, str) else cell_fault(cell) for cell in raw]
        name = self._header[self.columns[meaning]]
        for place, fault in zip(self._batch.places, faults, strict=True):
            if fault == "formula_error":
                self.bad[place, name] = (fault, "error")
        plain = [as_text(cell) for cell in raw]
        self.notes["W_NON_STRING"] += sum(
            text is not None and not isinstance(cell, str | bytes) for cell, text in zip(raw, plain, strict=True)
        )
        return [_printable(text, self.notes) for text in plain], [None if f == "formula_error" else f for f in faults]

    def _raw(self, meaning: str) -> list[Any]:
        place = self.columns[meaning]
        return [row[place] for row in self._batch.rows]


def _all_texts(cells: list[Any]) -> bool:
    return {*map(type, cells)} <= {str}


def _printable(text: str | None, notes: Counter[str]) -> str | None:
    """Return the verbatim as it can be written to any file; what is odd about it is counted."""
    if text is None:
        return None
    if len(text) > LONG_TEXT:
        notes["W_LONG_TEXT"] += 1
    if text.isprintable():
        return text
    notes["W_CONTROL_CHARS"] += _CONTROL.search(text) is not None
    written = encodable(text)
    notes["W_SURROGATE"] += written != text
    return written


def encodable(text: str) -> str:
    """Return a text without halves of characters, which no file can hold."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


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


def show_cell(cell: str | None) -> str:
    """Return a bad cell when it looks like a date or a rating; a phone number or a comment may have slipped in."""
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
