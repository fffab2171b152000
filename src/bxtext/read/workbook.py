"""Workbooks: one visible sheet, cells typed; hidden sheets are never read, formulas without a value never guessed."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, Any

from bxtext.errors import InputError
from bxtext.language import fold_text
from bxtext.read.files import check_archive
from bxtext.read.records import Aside, Records, Unreadable, in_batches, name_columns, skip_headers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from openpyxl.workbook.workbook import Workbook

    from bxtext.params import Source

MAX_COLUMNS = 5_000
MAX_TITLES = 30  # rows above the header that are looked through
_HIDDEN_ROW = re.compile(rb'<row [^>]{0,400}hidden="1"')
_MERGED = re.compile(rb"<mergeCell ")
_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"}


def read_workbook(source: Source, path: Path) -> Records:
    """Open one sheet of a workbook.

    Raises
    ------
    InputError
        E_CORRUPT_FILE, E_ZIP_RATIO, E_XML_ENTITY, E_FORMAT; E_SHEET: the sheet isn't there, or several could be meant;
        E_DIMENSION: more columns than a table of comments has.
    """
    check_archive(path, shown=source.path)
    values, formulas = (_open_book(path, source, data_only=data_only) for data_only in (True, False))
    sheet = _choose_sheet(values, source)
    aside = Aside()
    rows = _iterate_rows(values, formulas, sheet, source, aside)
    header = next(rows, None)
    if header is None:
        raise InputError(f"E_EMPTY_FILE {source.path}: sheet {sheet!r} is empty")
    aside.structural["header"] += 1
    names = name_columns(["" if cell is None else str(cell) for cell in header[1]])
    answers = _well_formed(skip_headers(header[1], rows, aside), len(names), aside)
    return Records(names, in_batches(answers), aside)


def _open_book(path: Path, source: Source, *, data_only: bool) -> Workbook:
    import openpyxl  # noqa: PLC0415  slow to import, and seldom needed
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        return openpyxl.load_workbook(path, read_only=True, data_only=data_only)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError):
        raise InputError(f"E_CORRUPT_FILE {source.path}: not a readable workbook; save it again") from None


def visible_sheets(source: Source, path: Path) -> dict[str, int]:
    """Return the titles of the visible sheets of a workbook, and the rows each says it has.

    Raises
    ------
    InputError
        As `read_workbook`.
    """
    check_archive(path, shown=source.path)
    book = _open_book(path, source, data_only=True)
    n_rows = _count_rows(book)
    book.close()
    return n_rows


def find_header_row(source: Source, path: Path, wanted: Iterable[str]) -> int | None:
    """Return how many rows stand above the one that names the wanted columns, when one of the first rows does."""
    names = {fold_text(name) for name in wanted}
    book = _open_book(path, source, data_only=True)
    rows = book[_choose_sheet(book, source)].iter_rows(max_row=MAX_TITLES, values_only=True)
    found = (place for place, row in enumerate(rows) if names <= {fold_text(str(cell)) for cell in row})
    n_above = next(found, None)
    book.close()
    return n_above


def _count_rows(book: Workbook) -> dict[str, int]:
    """Rows of each visible sheet, by its title."""
    return {str(sheet.title): sheet.max_row or 0 for sheet in book.worksheets if sheet.sheet_state == "visible"}


def _choose_sheet(book: Workbook, source: Source) -> str:
    visible = _count_rows(book)
    sizes = ", ".join(f"{title!r} ({n_rows} rows)" for title, n_rows in visible.items())
    if source.sheet is not None:
        if source.sheet not in visible:
            raise InputError(f"E_SHEET {source.path}: no visible sheet {source.sheet!r}; there are {sizes}")
        return source.sheet
    if len(visible) != 1:
        raise InputError(f"E_SHEET {source.path}: {len(visible)} visible sheets, {sizes}; name one in `sheet`")
    return next(iter(visible))


def _iterate_rows(
    values: Workbook, formulas: Workbook, sheet: str, source: Source, aside: Aside
) -> Iterator[tuple[int, list[Any]]]:
    """Rows that aren't blank, the header first."""
    raw = _raw_sheet(values, sheet)
    for code, pattern in (("W_HIDDEN_ROWS", _HIDDEN_ROW), ("W_MERGED", _MERGED)):
        if found := len(pattern.findall(raw)):
            aside.notes[code] = found
    has_formulas = b"<f" in raw
    first = source.skip_rows + 1
    aside.structural["skipped"] += source.skip_rows
    cells = values[sheet].iter_rows(min_row=first, values_only=True)
    written = formulas[sheet].iter_rows(min_row=first, values_only=True) if has_formulas else None
    try:
        for place, row in enumerate(cells, start=first):
            if len(row) > MAX_COLUMNS:
                raise InputError(
                    f"E_DIMENSION {source.path}, row {place}: {len(row):,} columns; at most {MAX_COLUMNS:,} are read."
                    " Delete stray cells far to the right"
                )
            formulas_of_row = next(written) if written is not None else row
            typed = [_typed(cell, formula) for cell, formula in zip(row, formulas_of_row, strict=False)]
            if any(cell is not None and str(cell).strip() for cell in typed):
                yield place, typed
            else:
                aside.structural["blank"] += 1
    except (zipfile.BadZipFile, SyntaxError, ValueError, KeyError, OSError, EOFError):
        raise InputError(f"E_CORRUPT_FILE {source.path}: sheet {sheet!r} can't be read; save it again") from None
    finally:
        values.close()
        formulas.close()


def _raw_sheet(book: Workbook, sheet: str) -> bytes:
    part = book[sheet]._worksheet_path  # noqa: SLF001  the reader tells neither hidden rows nor merged cells
    with book._archive.open(part) as raw:  # noqa: SLF001  same
        return bytes(raw.read())


def _typed(cell: Any, formula: Any) -> Any:
    """Return the cell, or why its formula has given no value."""
    if cell is None and isinstance(formula, str) and formula.startswith("="):
        return Unreadable("formula_without_value")
    if isinstance(cell, str) and cell in _ERRORS:
        return Unreadable("formula_error")
    return cell


def _well_formed(rows: Iterator[tuple[int, list[Any]]], width: int, aside: Aside) -> Iterator[tuple[int, list[Any]]]:
    """Rows cut or filled to the header's width; cells beyond it make a row broken."""
    for place, row in rows:
        if any(value is not None for value in row[width:]):
            aside.broken.append((place, "too_many_fields"))
        else:
            yield place, (row + [None] * width)[:width]
