"""Rows of a table in groups of equal names: sorted once, then added up as often as need be.

Sums over the nine million rows of a million comments in their cells take a third of the time that pandas takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]

MOST = 2**62  # numbers that a row's names are told by


@dataclass(frozen=True)
class Groups:
    """Rows in groups; those that lack a name are in none.

    Attributes
    ----------
    names : DataFrame
        What the rows of each group have in common, sorted.
    rows : ndarray of int, shape (n rows in groups,)
        Places of the rows, group by group, in their order within each.
    starts : ndarray of int, shape (n groups,)
        Where each group begins in `rows`.
    """

    names: pd.DataFrame
    rows: Places
    starts: Places

    @property
    def sizes(self) -> Places:
        """Rows in each group."""
        return np.diff(np.append(self.starts, len(self.rows)))

    def add_up(self, values: ArrayLike) -> Floats:
        """Return the sum over each group of a value a row of the table."""
        inside = np.asarray(values, dtype=np.float64)[self.rows]
        return np.add.reduceat(inside, self.starts) if len(inside) else np.empty(0)

    def of_rows(self) -> Places:
        """Return the number of the group that each of `rows` is in."""
        return np.repeat(np.arange(len(self.starts)), self.sizes)


def group_rows(frame: pd.DataFrame, names: Sequence[str]) -> Groups:
    """Put the rows of a table in groups of equal names.

    Parameters
    ----------
    frame : DataFrame
    names : sequence of str
        Columns: texts, categories, or numbers from 0.

    Examples
    --------
    >>> groups = group_rows(pd.DataFrame({"unit": ["b", "a", None, "b"], "n": [1, 2, 3, 4]}), ["unit"])
    >>> groups.names["unit"].tolist(), groups.sizes.tolist(), groups.add_up([1, 2, 3, 4]).tolist()
    (['a', 'b'], [1, 2], [2.0, 5.0])
    """
    number, size = np.zeros(len(frame), dtype=np.int64), 1
    inside = np.ones(len(frame), dtype=bool)
    coded = {name: _code(frame[name]) for name in names}
    for code, known in coded.values():
        n_known = max(len(known), 1)
        if size * n_known > MOST:
            number = np.unique(number, return_inverse=True)[1]
            size = int(number.max(initial=0)) + 1
        inside &= code >= 0
        number, size = number * n_known + code, size * n_known
    rows = np.arange(len(frame)) if inside.all() else np.flatnonzero(inside)
    number = number[rows]
    if (number[1:] < number[:-1]).any():
        order = np.argsort(number, kind="stable")
        rows, number = rows[order], number[order]
    starts = (
        np.flatnonzero(np.concatenate([[True], number[1:] != number[:-1]])) if len(number) else np.empty(0, np.intp)
    )
    first = rows[starts]
    told = {
        name: pd.Categorical.from_codes(code[first], known)
        if isinstance(frame[name].dtype, pd.CategoricalDtype)
        else known[code[first]]
        for name, (code, known) in coded.items()
    }
    return Groups(pd.DataFrame(told), rows, starts)


def _code(column: pd.Series) -> tuple[NDArray[np.int64], pd.Index]:
    """Return a number for each name, in their order, -1 for a missing one; and the names."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype(np.int64), column.cat.categories
    if column.dtype.kind in "iu":
        code = column.to_numpy(np.int64)
        return code, pd.RangeIndex(int(code.max(initial=0)) + 1)
    code, known = pd.factorize(column, sort=True)
    return code.astype(np.int64), pd.Index(known)
