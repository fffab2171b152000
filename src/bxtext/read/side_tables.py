"""Small tables beside the comments: the client's own figures of its units, and what its brand promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bxtext.errors import InputError, fault_list
from bxtext.params import Columns, Source
from bxtext.read import open_records
from bxtext.read.columns import as_text, find_column, nearest_column, show_cell
from bxtext.read.dates import parse_months
from bxtext.read.ratings import parse_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from bxtext.params import Params

OUTCOMES = ["name", "unit", "period", "value"]
PROMISES = ["text", "driver"]


def read_outcomes(
    root: Path,
    *,
    file: str | None = None,
    unit: str = "unit",
    period: str | None = None,
    figures: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return the client's own figures of its units, such as retention or productivity.

    Parameters
    ----------
    root : Path
        The project's folder, from which `file` is named.
    file : str, optional
        A table in any form a source may have, a row a unit, or a unit and month; without one, nothing is read.
    unit, period : str
        Its columns with the unit and, if it has one, the month.
    figures : mapping of str to str, optional
        Name of each figure -> its column; by default every other column, under its own name.

    Returns
    -------
    DataFrame
        `name`, `unit`, `period` (null for the whole time) and `value`, in a fixed order; empty cells are left out.

    Raises
    ------
    InputError
        The file or a column is missing, a cell holds no number or month, or a unit has two rows for one month.
    """
    if file is None:
        return pd.DataFrame(columns=OUTCOMES).astype({"value": float})
    cells = _read_cells(root, file)
    placed = [name for name in (unit, period) if name is not None]
    found = _find_columns(cells, [*placed, *(figures or {}).values()], file)
    chosen = {name: found[column] for name, column in (figures or {}).items()}
    chosen = chosen or {name: name for name in cells.columns if name not in {found[key] for key in placed}}

    units = cells[found[unit]]
    months = pd.Series(None, index=cells.index, dtype="str")
    faults = _faults(units, units.isna().to_numpy(), "no unit")
    if period is not None:
        told, bad = parse_months(cells[found[period]].tolist())
        months = pd.Series(told.array, index=cells.index)
        faults += _faults(cells[found[period]], bad | told.isna().to_numpy(), "no month")
    twice = pd.DataFrame({"unit": units, "month": months}).duplicated().to_numpy()
    faults += _faults(units, twice, "a second row of a unit and month")
    parts = []
    for name, column in chosen.items():
        numbers, bad = parse_numbers(cells[column].tolist())
        faults += _faults(cells[column], bad, "no number")
        parts.append(pd.DataFrame({"name": name, "unit": units, "period": months, "value": numbers.array}))
    if faults:
        raise InputError(fault_list(file, faults))
    long = pd.concat(parts) if parts else pd.DataFrame(columns=OUTCOMES).astype({"value": float})
    return long.dropna(subset=["value"]).sort_values(OUTCOMES[:3], ignore_index=True)


def read_promises(root: Path, *, file: str | None = None, said: Sequence[Any] = ()) -> pd.DataFrame:
    """Return the brand's promises, `text` and `driver`, of a file and of the parameters.

    Parameters
    ----------
    root : Path
        The project's folder, from which `file` is named.
    file : str, optional
        A table in any form a source may have, with the columns `text` and `driver`.
    said : sequence
        Promises with a `text` and a `driver`.

    Raises
    ------
    InputError
        The file is missing, can't be read or lacks a column.
    """
    promises = pd.DataFrame([(promise.text, promise.driver) for promise in said], columns=PROMISES)
    if file is None:
        return promises
    cells = _read_cells(root, file)
    found = _find_columns(cells, PROMISES, file)
    read = cells[[found[name] for name in PROMISES]].set_axis(PROMISES, axis=1)
    return pd.concat([promises, read.dropna()], ignore_index=True)


def side_faults(params: Params, root: Path) -> list[str]:
    """Return what is wrong with the files of both, before a run needs them at its end."""
    faults = []
    for name, read in (("outcomes", read_outcomes), ("promises", read_promises)):
        section = getattr(params, name)
        try:
            read(root, **{field: getattr(section, field) for field in type(section).model_fields})
        except InputError as error:
            faults.append(f"{name}: {error}")
    return faults


def _read_cells(root: Path, file: str) -> pd.DataFrame:
    """Return the cells of a file as text, under the names of its columns; the index is the place of the row."""
    # how its file is written is all that counts of this source
    source = Source(name="table", voice="customer", path=file, columns=Columns(text="text"))
    records = open_records(source, root)
    places, rows = [], []
    for batch in records.batches:
        places += batch.places
        rows += [[as_text(cell) for cell in row] for row in batch.rows]
    if records.aside.broken:
        place, reason = records.aside.broken[0]
        raise InputError(
            f"E_UNREAD {file}: {len(records.aside.broken)} rows can't be read, such as row {place} ({reason})"
        )
    return pd.DataFrame(rows, index=places, columns=records.header, dtype="str")


def _find_columns(cells: pd.DataFrame, wanted: Sequence[str], file: str) -> dict[str, str]:
    """Return the column of each wanted name."""
    header = list(cells.columns)
    places = {name: find_column(name, header, shown=file) for name in wanted}
    missing = [f"no column {name!r}; {nearest_column(name, header)}" for name, place in places.items() if place is None]
    if missing:
        raise InputError(f"E_COLUMN_MISSING {file}: " + "; ".join(missing))
    return {name: header[place] for name, place in places.items() if place is not None}


def _faults(column: pd.Series[str], bad: NDArray[np.bool_], what: str) -> list[str]:
    """Return what to say of the bad cells of a column: how many, and the first of them."""
    if not bad.any():
        return []
    first = int(np.flatnonzero(bad)[0])
    shown = column.iloc[first]
    such = "is empty" if pd.isna(shown) else f"holds {show_cell(shown)!r}"
    return [f"column {column.name!r}: {what} in {int(bad.sum())} rows; row {column.index[first]} {such}"]
