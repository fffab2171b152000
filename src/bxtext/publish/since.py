"""What two reports together tell: who came or went between them, and what the later one says of those who stayed.

Both are tables of their own for whoever has both reports, and are held to the rule of a report. A sum of months that
lost one person gives that person away as a month does; and what an earlier report hid is told when a later one shows
all the time, and all that has come since.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bxtext.publish.cells import CELL, HEARD, NOWHERE, Cells, find_places, hide_small, list_cells
from bxtext.publish.joint import join_reports
from bxtext.publish.members import Members, compare_members, spell_out
from bxtext.tables import ALL

if TYPE_CHECKING:
    from bxtext.publish.cells import Flags, Numbers
    from bxtext.publish.joint import Joint


@dataclass(frozen=True)
class Since:
    """The cells of this report and those of another, before it, as a reader of both sees them.

    A year of weekly reports is looked back at together, so that of those who stayed, who are most, only what tells
    them is kept.

    Attributes
    ----------
    cells : Cells
        Of this report.
    changed : Cells
        Of the comments that are in one of the two.
    now : Members
        Of this report, cell by cell of `cells`.
    stayed : ndarray of bool, shape (n documents,)
        Comments of `now` that are in both.
    known, held : ndarray of bool, shape (n cells,)
        Cells that are, of those who stayed, the same in the earlier report, and were shown or hidden.
    joint : Joint, optional
        Both reports as one, where comments are gone since.
    """

    cells: Cells
    changed: Cells
    now: Members
    stayed: Flags
    known: Flags
    held: Flags
    joint: Joint | None

    def find_telling(self, shown: Flags, *, k: int) -> Flags:
        """Return the cells that, beside the earlier report, give away fewer than `k` people or what it hid."""
        telling = np.zeros(len(shown), dtype=bool)
        place = self._places_changed
        told = (place != NOWHERE) & shown[place]
        telling[place[told & ~hide_small(self.changed, k=k, hidden=~told)]] = True
        told = self._tell_stayed(shown) & ~self.known
        if told.any():
            stayed = self._list_stayed(told)
            place = find_places(stayed.table, self.cells.table)
            told = told[place]
            may = hide_small(stayed, k=k, hidden=~told | self.held[place], known=self.known[place])
            telling[place[told & ~may]] = True
        return telling

    @cached_property
    def _places_changed(self) -> Numbers:
        return find_places(self.changed.table, self.cells.table)

    @cached_property
    def _n_stayed(self) -> Numbers:
        """Comments of each cell that were in the earlier report too."""
        return np.bincount(self.now.cell[self.stayed[self.now.document]], minlength=len(self.cells.table))

    def _tell_stayed(self, shown: Flags) -> Flags:
        """Tell which cells of those who stayed follow from this report: all of a cell, less the months that are new."""
        table, n_stayed = self.cells.table, self._n_stayed
        group = [name for name in CELL if name != "period"]
        new = table[shown & (n_stayed == 0) & (table["period"] != ALL).to_numpy()]
        new = new.groupby(group)["n_documents"].sum().rename("new").reset_index()
        new = table[group].merge(new, on=group, how="left")["new"].fillna(0).where(table["period"] == ALL, 0)
        follows: Flags = shown & (n_stayed > 0) & (table["n_documents"] - n_stayed == new.to_numpy()).to_numpy()
        return follows

    def _list_stayed(self, told: Flags) -> Cells:
        """Return the cells of those who stayed, of the subjects that something is told of.

        What everybody said is among them: it tells which groups lie in which.
        """
        subject = self.cells.table["subject"]
        own = subject.isin({HEARD, *subject[told]})
        return list_cells(spell_out(self.now.take(self.now.in_cells(own) & self.stayed[self.now.document])))


def look_back(cells: Cells, now: Members, before: Members) -> Since:
    """Return what two reports together tell.

    Parameters
    ----------
    cells : Cells
        Of this report.
    now, before : Members
        Of this report, cell by cell of `cells`, and of the earlier one under the names of now.

    Examples
    --------
    >>> cell = {"subject": "heard", "cut": ALL, "group": ALL, "period": ALL}
    >>> rows = pd.DataFrame([cell | {"document": name, "respondent": name} for name in "abcdefg"])
    >>> now, before = Members.of(rows), Members.of(rows.iloc[2:].assign(shown=True))
    >>> since = look_back(list_cells(spell_out(now)), now, before)
    >>> since.find_telling(np.array([True]), k=5).tolist()  # two came
    [True]
    """
    before = before.number_as(now)
    stayed = before.has(np.arange(len(now.documents)))
    stays = stayed[now.document]
    left, came = before.take(~now.has(before.document)), now.take(~stays)
    compared = compare_members(now.take(stays), before, k=1)
    compared = cells.table[CELL].merge(compared, on=CELL, how="left")
    known, held = ((compared[name] == True).to_numpy() for name in ("known", "held"))  # noqa: E712  missing is False
    changed = list_cells(pd.concat([spell_out(left), spell_out(came)]))
    return Since(cells, changed, now, stayed, known, held, join_reports(cells, now, before))
