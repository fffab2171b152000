"""What follows from two reports at once: all they show and all sums they obey, solved together.

Where comments are gone since, a reader may add up and take away cells of both. Of each subject that the leavers spoke
of, linear programming asks again what is known: of small groups of this report, and of who stayed, left or came.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bxtext.publish.audit import audit_cells, write_sums
from bxtext.publish.cells import NOWHERE, Cells, Family, find_places, list_cells
from bxtext.publish.members import Members, spell_out
from bxtext.tables import group_columns

if TYPE_CHECKING:
    from bxtext.publish.audit import Sums
    from bxtext.publish.cells import Flags, Numbers

    Levels = dict[tuple[str, str], Numbers]

NEITHER = "–"  # where somebody was who was in no group


@dataclass
class Web:
    """Cells of parts of what was said, and all sums they obey.

    Attributes
    ----------
    documents : ndarray of int, shape (n documents,)
        Every `document` of any part, sorted; of several subjects, one for each of them.
    tables, families, size
        What the parts added so far consist of.
    """

    documents: Numbers
    tables: list[pd.DataFrame] = field(default_factory=list)
    families: list[Family] = field(default_factory=list)
    size: int = 0

    def add(self, said: pd.DataFrame) -> tuple[Numbers, Levels]:
        """Add a part, as `list_cells` asks; return its cells, and the cell of every comment by cut and kind of time."""
        cells = list_cells(said)
        for family in cells.families:
            self.link(*(self._spread(own, said["document"]) for own in (family.parent, family.child)))
        levels = {level: self._spread(cell, said["document"]) for level, cell in cells.levels.items()}
        places = np.arange(self.size, self.size + len(cells.table))
        self.tables.append(cells.table)
        self.size += len(cells.table)
        return places, levels

    def link(self, parent: Numbers, child: Numbers) -> None:
        """Say that each cell of `parent` is the sum of those of `child` its comments are in."""
        self.families.append(Family(parent, child, self._people))

    def join(self) -> Cells:
        """Return all cells as one."""
        return Cells(pd.concat(self.tables, ignore_index=True), tuple(self.families))

    @cached_property
    def _people(self) -> Numbers:
        """Every comment counts for one."""
        return np.arange(len(self.documents))

    def _spread(self, cells: Numbers, documents: pd.Series[int]) -> Numbers:
        everywhere = np.full(len(self.documents), NOWHERE)
        everywhere[np.searchsorted(self.documents, documents)] = np.where(cells == NOWHERE, NOWHERE, cells + self.size)
        return everywhere


@dataclass(frozen=True)
class Joint:
    """The cells of both reports, and of those who stayed, left and came.

    Attributes
    ----------
    cells : Cells
    sums : Sums
        That the cells obey.
    now : ndarray of int
        Where each is among the cells of the later report; `NOWHERE` for those of the earlier one or of neither.
    had : ndarray of bool
        Cells that the earlier report shows.
    apart : ndarray of bool
        Cells of neither report: who stayed, left or came.
    """

    cells: Cells
    sums: Sums
    now: Numbers
    had: Flags
    apart: Flags

    def find_telling(self, shown: Flags, risky: Flags, movable: Flags, *, k: int, subjects: set[str]) -> list[int]:
        """Return a shown cell of the later report for each group that is known: the smallest that helps to know it."""
        own = self.now != NOWHERE
        now = own & shown[self.now]
        subjects = subjects & set(self.cells.table["subject"][now])
        small = (self.cells.n_respondents < k) & self.apart
        known: dict[int, Numbers] = {}
        for width, at_risk in ((k, own & risky[self.now]), (1, small)):
            known |= audit_cells(self.cells, self.had | now, k=width, risky=at_risk, subjects=subjects, sums=self.sums)
        helping = [near[now[near]] for near in known.values()]
        helping = [near[movable[self.now[near]]] for near in helping]
        return [int(self.now[near[self.cells.n_respondents[near].argmin()]]) for near in helping if len(near)]


def join_reports(cells: Cells, now: Members, before: Members) -> Joint | None:
    """Return the cells of two reports together, of all subjects of which comments are gone since the earlier one.

    Parameters
    ----------
    cells : Cells
        Of the later report.
    now, before : Members
        As `look_back` asks.
    """
    gone = np.unique(before.cell[~now.has(before.document)])
    subjects = before.cells["subject"].iloc[gone].unique()
    now, before = (one.take(one.in_cells(one.cells["subject"].isin(subjects))) for one in (now, before))
    if not len(now.cell):
        return None
    both = [spell_out(one) for one in (now, before)]
    about = [pd.Categorical(said["subject"], categories=subjects).codes for said in both]
    numbers = [
        own.astype(np.int64) * len(before.documents) + said["document"] for own, said in zip(about, both, strict=True)
    ]
    codes, known = pd.factorize(np.concatenate(numbers))
    cut = len(both[0])
    both = [said.assign(document=own) for said, own in zip(both, (codes[:cut], codes[cut:]), strict=True)]
    web = Web(np.arange(len(known)))
    (at_now, later), (at_before, earlier) = (web.add(said) for said in both)
    apart = join_levels([web.add(part)[1] for part in _take_apart(*both)])
    for levels in (later, earlier):
        for level in levels.keys() & apart.keys():
            web.link(levels[level], apart[level])
    joined = web.join()
    place, had = np.full(web.size, NOWHERE), np.zeros(web.size, dtype=bool)
    place[at_now] = find_places(joined.table.iloc[at_now], cells.table)
    shown = before.cells[before.cells["shown"]]
    had[at_before] = find_places(joined.table.iloc[at_before], shown) != NOWHERE
    neither = np.ones(web.size, dtype=bool)
    neither[[*at_now, *at_before]] = False
    sums = write_sums(joined)
    return Joint(replace(joined, families=()), sums, place, had, neither)  # who is behind a family takes much room


def _take_apart(now: pd.DataFrame, before: pd.DataFrame) -> list[pd.DataFrame]:
    """Return who stayed, who left and who came; who moved is in a group of those who moved alike."""
    left = before[~before["document"].isin(now["document"])]
    stayed = now[now["document"].isin(before["document"])].copy()
    came = now[~now["document"].isin(before["document"])]
    was = before.set_index("document").loc[stayed["document"]].set_axis(stayed.index)
    for name in sorted({"unit", "period", *group_columns(stayed), *group_columns(was)} & {*stayed, *was}):
        if name in stayed:
            own = stayed[name].astype("str")
            then = was.reindex(columns=[name])[name].astype("str").fillna(NEITHER)
            moved = own.notna() & (then != own)
            own[moved] = then[moved] + " > " + own[moved]
            stayed[name] = own
        else:
            stayed[name] = was[name]
    return [part for part in (stayed, left, came) if len(part)]


def join_levels(parts: list[Levels]) -> Levels:
    """Return the cell of every comment over parts that share no comment."""
    joined: Levels = {}
    for levels in parts:
        for level, cell in levels.items():
            joined[level] = np.maximum(joined.get(level, NOWHERE), cell)
    return joined
