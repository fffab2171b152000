"""Who stands behind a figure: cells of people, and which of them may be shown.

A cell is what somebody spoke of (its subject), in a cut, a group and a period. Hiding a small cell is not enough: its
siblings taken from their parent give it back. So whoever is left of a parent, its shown children taken away, must be
nobody or at least k people, in every family of cells, over groups and over time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bxtext.tables import ALL, GROUP_PREFIX, group_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.int64]
    Named = tuple[Numbers, pd.Index]  # a number for each row, and what the numbers stand for

CELL = ["subject", "cut", "group", "period"]
COUNTED = ["n_documents", "n_respondents"]
HEARD = "heard"  # the subject of everything said, whatever it is about
MONTH = "month"
NOWHERE = -1  # of a row that belongs to no cell of a level: no unit, no date


@dataclass(frozen=True)
class Family:
    """Cells of `parent` and the cells of `child` they are made of; a row, of one respondent, is in a cell of each."""

    parent: Numbers
    child: Numbers
    respondent: Numbers

    @property
    def lost(self) -> Flags:
        """Rows of a parent that are in none of its children."""
        lost: Flags = (self.parent != NOWHERE) & (self.child == NOWHERE)
        return lost

    @cached_property
    def pairs(self) -> Numbers:
        """Each parent and child that share a row, shape (n pairs, 2)."""
        both = (self.parent != NOWHERE) & (self.child != NOWHERE)
        base = int(self.child.max(initial=0)) + 1
        pairs = pd.unique(self.parent[both].astype(np.int64) * base + self.child[both])
        return np.column_stack(np.divmod(np.sort(pairs), base))

    @cached_property
    def _people(self) -> tuple[Numbers, Numbers, Numbers]:
        """The parent of each person in it, that person of each row, and the row's child."""
        inside = self.parent != NOWHERE
        base = int(self.respondent.max(initial=0)) + 1
        person, pairs = pd.factorize(self.parent[inside] * base + self.respondent[inside])
        return pairs // base, person, self.child[inside]

    def count_left(self, shown: Flags) -> Numbers:
        """Return how many people are left of each parent, its shown children taken away, shape (n cells,)."""
        parent, person, child = self._people
        left = np.zeros(len(parent), dtype=bool)
        left[person[(child == NOWHERE) | ~shown[child]]] = True
        return np.bincount(parent[left], minlength=len(shown))


@dataclass(frozen=True)
class Cells:
    """Every cell that somebody is in: its key, its size, and the families it belongs to.

    Attributes
    ----------
    table : DataFrame
        `subject`, `cut`, `group`, `period`, `n_documents`, `n_respondents`; the row number is the cell's.
    families : tuple of Family
        Parents and children, a cell for each row, and who is behind it.
    levels : mapping of tuple of str to ndarray of int
        By cut and kind of time, the cell of each row of what was said; `NOWHERE` for those in none.
    rows : DataFrame
        `document` and `respondent` of each row of what was said.
    """

    table: pd.DataFrame
    families: tuple[Family, ...]
    levels: Mapping[tuple[str, str], Numbers] = field(default_factory=dict, repr=False)
    rows: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)

    @cached_property
    def n_respondents(self) -> Numbers:
        """People behind each cell."""
        return self.table["n_respondents"].to_numpy()

    @property
    def members(self) -> pd.DataFrame:
        """The `document` and `respondent` of whatever is behind each `cell`."""
        inside = [self.rows.assign(cell=cell)[cell != NOWHERE] for cell in self.levels.values()]
        members: pd.DataFrame = pd.concat([self.rows.assign(cell=NOWHERE).head(0), *inside], ignore_index=True)
        return members


def list_cells(said: pd.DataFrame) -> Cells:
    """Return the cells of what was said.

    Parameters
    ----------
    said : DataFrame
        One row a subject and document: `subject`, `document`, `respondent` (integers), and where known `period`,
        `unit` and groups.

    Examples
    --------
    >>> said = pd.DataFrame({"subject": HEARD, "document": range(3), "respondent": [0, 0, 1], "unit": ["a", "a", "b"]})
    >>> cells = list_cells(said).table
    >>> cells[["cut", "group", "n_documents", "n_respondents"]].values.tolist()
    [['all', 'all', 3, 2], ['unit', 'a', 2, 1], ['unit', 'b', 1, 1]]
    """
    cuts = _cut_columns(said)
    about, respondent = pd.factorize(said["subject"]), said["respondent"].to_numpy(np.int64)
    everybody = np.zeros(len(said), dtype=np.int64), pd.Index([ALL])
    groups = {ALL: everybody, **{cut: pd.factorize(said[column]) for cut, column in cuts.items()}}
    times = {ALL: everybody, **({MONTH: pd.factorize(said["period"])} if "period" in said else {})}
    tables, levels, start = [], {}, 0
    for cut, group in groups.items():
        for time, period in times.items():
            table, cell = _count_level((about, group, period), respondent)
            if len(table):
                levels[cut, time] = np.where(cell == NOWHERE, NOWHERE, cell + start)
            tables.append(table.assign(cut=cut))
            start += len(table)
    table = pd.concat(tables)[[*CELL, *COUNTED]].astype(dict.fromkeys(CELL, "str")).reset_index(drop=True)
    order = table.sort_values(CELL).index.to_numpy()
    place = np.append(np.argsort(order), NOWHERE)  # the last for rows that are in no cell
    levels = {level: place[cell] for level, cell in levels.items()}
    families = [
        Family(levels[parent], levels[child], respondent)
        for parent, child in _kin(said, cuts)
        if {parent, child} <= levels.keys()
    ]
    rows = pd.DataFrame({"document": said["document"].to_numpy(), "respondent": respondent})
    return Cells(table.loc[order].reset_index(drop=True), tuple(families), levels, rows)


def _count_level(names: Sequence[Named], respondent: Numbers) -> tuple[pd.DataFrame, Numbers]:
    """Return the cells of one cut and one kind of time, and where each row's is among them.

    Parameters
    ----------
    names : sequence of tuple
        Subject, group and period of each row, as numbers of names.
    respondent : ndarray of int
    """
    shape = [max(len(known), 1) for _, known in names]
    inside = np.flatnonzero(np.all([code != NOWHERE for code, _ in names], axis=0))
    number = np.ravel_multi_index([code[inside] for code, _ in names], shape)
    cell, numbers = pd.factorize(number)
    base = int(respondent.max(initial=0)) + 1
    people = pd.unique(cell * base + respondent[inside]) // base
    codes = np.unravel_index(numbers, shape)
    columns = zip(("subject", "group", "period"), names, codes, strict=True)
    table = pd.DataFrame({name: np.asarray(known, dtype=object)[code] for name, (_, known), code in columns})
    counts = [np.bincount(each, minlength=len(table)) for each in (cell, people)]
    everywhere = np.full(len(respondent), NOWHERE)
    everywhere[inside] = cell
    return table.assign(**dict(zip(COUNTED, counts, strict=True))), everywhere


def find_places(some: pd.DataFrame, table: pd.DataFrame) -> Numbers:
    """Return where each of some cells is in a table of cells; `NOWHERE` when it isn't."""
    numbered = table[CELL].assign(place=range(len(table)))
    place: Numbers = some[CELL].merge(numbered, on=CELL, how="left")["place"].fillna(NOWHERE).to_numpy(np.int64)
    return place


def _cut_columns(said: pd.DataFrame) -> dict[str, str]:
    groups = {name.removeprefix(GROUP_PREFIX): name for name in group_columns(said)}
    return {**({"unit": "unit"} if "unit" in said else {}), **groups}


def _kin(said: pd.DataFrame, cuts: Mapping[str, str]) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Levels of cells that add up to those of another level: groups to everybody, units to regions, months to all."""
    pairs = [(ALL, cut) for cut in cuts]
    for outer, outer_column in cuts.items():
        for inner, inner_column in cuts.items():
            if outer != inner and _is_nested(said[inner_column], said[outer_column]):
                pairs.append((outer, inner))
    places = [((outer, time), (inner, time)) for outer, inner in pairs for time in (ALL, MONTH)]
    return places + [((cut, ALL), (cut, MONTH)) for cut in (ALL, *cuts)]


def _is_nested(inner: pd.Series[str], outer: pd.Series[str]) -> bool:
    """Whether each value of `inner` lies in one value of `outer`, and not the other way round."""
    pairs = pd.DataFrame({"inner": inner, "outer": outer}).dropna().drop_duplicates()
    return len(pairs) > 0 and not pairs["inner"].duplicated().any() and bool(pairs["outer"].duplicated().any())


def hide_small(cells: Cells, *, k: int, hidden: Flags | None = None, known: Flags | None = None) -> Flags:
    """Return which cells may be shown, so that no subtraction within a family leaves fewer than `k` people.

    Parameters
    ----------
    cells : Cells
    k : int
        Fewest people that a shown cell, and whatever is left of a parent, stands for.
    hidden : ndarray of bool, optional
        Cells that must not be shown in any case.
    known : ndarray of bool, optional
        Cells that readers have already: to hide them again would protect nobody.

    Returns
    -------
    ndarray of bool, shape (n cells,)
        Where too few are left of a parent, its smallest shown child is hidden with them, or else the parent itself,
        until it is so nowhere.

    Examples
    --------
    >>> units = ["a"] * 9 + ["b"] * 7 + ["c"] * 2
    >>> said = pd.DataFrame({"subject": HEARD, "document": range(18), "respondent": range(18), "unit": units})
    >>> cells = list_cells(said)
    >>> cells.table["group"][hide_small(cells, k=5)].tolist()  # b stands with c, or all - a - b would be c
    ['all', 'a']
    """
    fixed = np.zeros(len(cells.table), dtype=bool) if known is None else known
    shown = cells.n_respondents >= k
    if hidden is not None:
        shown &= ~hidden
    shown |= fixed
    while True:
        found = []
        for family in cells.families:
            pairs = family.pairs
            left = family.count_left(shown)
            short = (left > 0) & (left < k)
            children = _smallest_child(pairs, shown & ~fixed, cells.n_respondents, short)
            helped = np.zeros(len(short), dtype=bool)
            helped[pairs[np.isin(pairs[:, 1], children), 0]] = True
            bereft = short & ~helped & shown & ~fixed
            bereft &= np.bincount(pairs[shown[pairs[:, 1]], 0], minlength=len(short)) > 0
            found += [children, np.flatnonzero(bereft)]
        fresh = np.unique(np.concatenate(found)) if found else np.array([], dtype=np.int64)
        if not len(fresh):
            return shown
        shown[fresh] = False


def _smallest_child(pairs: Numbers, shown: Flags, size: Numbers, parents: Flags) -> Numbers:
    """Return the smallest shown child of each of the parents that has one."""
    parent, child = pairs[parents[pairs[:, 0]] & shown[pairs[:, 1]]].T
    order = np.lexsort((child, size[child], parent))
    _, first = np.unique(parent[order], return_index=True)
    smallest: Numbers = child[order][first]
    return smallest
