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

from bxtext.publish.cells import CELL, NOWHERE, Cells, find_places, hide_small, list_cells
from bxtext.publish.joint import join_reports
from bxtext.publish.members import Members, compare_members, spell_out
from bxtext.tables import ALL

if TYPE_CHECKING:
    from bxtext.publish.cells import Flags, Numbers
    from bxtext.publish.joint import Joint


@dataclass(frozen=True)
class Since:
    """The cells of this report and those of another, before it, as a reader of both sees them.

    Attributes
    ----------
    cells : Cells
        Of this report.
    changed : Cells
        Of the comments that are in one of the two.
    stayed : Cells
        Of the comments that are in both.
    known, held : ndarray of bool, shape (n stayed,)
        Cells that are of those who stayed in the earlier report too, and were shown or hidden.
    joint : Joint, optional
        Both reports as one, where comments are gone since.
    """

    cells: Cells
    changed: Cells
    stayed: Cells
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
        may = hide_small(self.stayed, k=k, hidden=~told | self.held, known=self.known)
        telling[self._places_stayed[told & ~may]] = True
        return telling

    @cached_property
    def _places_changed(self) -> Numbers:
        return find_places(self.changed.table, self.cells.table)

    @cached_property
    def _places_stayed(self) -> Numbers:
        return find_places(self.stayed.table, self.cells.table)

    def _tell_stayed(self, shown: Flags) -> Flags:
        """Tell which cells of those who stayed follow from this report: all of a cell, less the months that are new."""
        place = self._places_stayed
        table = self.cells.table
        n_stayed = np.zeros(len(table), dtype=np.int64)
        n_stayed[place] = self.stayed.table["n_documents"]
        group = [name for name in CELL if name != "period"]
        new = table[shown & (n_stayed == 0) & (table["period"] != ALL).to_numpy()]
        new = new.groupby(group)["n_documents"].sum().rename("new").reset_index()
        new = table[group].merge(new, on=group, how="left")["new"].fillna(0).where(table["period"] == ALL, 0)
        follows: Flags = shown & (table["n_documents"] - n_stayed == new.to_numpy()).to_numpy()
        return follows[place]


def look_back(cells: Cells, now: Members, before: Members) -> Since:
    """Return what two reports together tell.

    Parameters
    ----------
    cells : Cells
        Of this report.
    now, before : Members
        Of this report, and of the earlier one under the names of now.

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
    left, came = before.take(~now.has(before.document)), now.take(~before.has(now.document))
    stayed = now.take(before.has(now.document))
    changed, kept = list_cells(pd.concat([spell_out(left), spell_out(came)])), list_cells(spell_out(stayed))
    compared = kept.table[CELL].merge(compare_members(stayed, before, k=1), on=CELL, how="left")
    known, held = ((compared[name] == True).to_numpy() for name in ("known", "held"))  # noqa: E712  missing is False
    return Since(cells, changed, kept, known, held, join_reports(cells, now, before))
