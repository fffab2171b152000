"""Who is behind each cell of a publication, in numbers: a million comments make some seven million rows.

Two publications are compared under the same numbers; `number_as` gives one those of the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from bxtext.groups import group_rows, number_names
from bxtext.publish.cells import CELL, HEARD, NOWHERE, find_places
from bxtext.tables import ALL, GROUP_PREFIX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bxtext.publish.cells import Flags, Numbers

COMPARED = ("near", "held", "known")
IDS = ("document", "respondent")


@dataclass(frozen=True)
class Members:
    """The cells of a publication and who is behind them.

    Attributes
    ----------
    cells : DataFrame
        `subject`, `cut`, `group`, `period`, each once, and, of a publication that is decided, whether it is `shown`.
    cell, document : ndarray of int, shape (n rows,)
        A row each comment that is behind a cell: where the two are in `cells` and `documents`.
    respondent : ndarray of int, shape (n documents,)
        Where who wrote it is in `respondents`; `NOWHERE` for a document of no row.
    documents, respondents : Index of str
        Ids, or digests of them, each once.
    """

    cells: pd.DataFrame
    cell: Numbers
    document: Numbers
    respondent: Numbers
    documents: pd.Index
    respondents: pd.Index

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Self:
        """Return the members that are written out, a row each: the columns of a cell, `document` and `respondent`.

        Examples
        --------
        >>> cell = {"subject": HEARD, "cut": ALL, "group": ALL, "period": ALL}
        >>> members = Members.of(pd.DataFrame([cell | {"document": name, "respondent": "p1"} for name in "abc"]))
        >>> members.document.tolist(), members.respondent.tolist(), len(members.cells)
        ([0, 1, 2], [0, 0, 0], 1)
        """
        cells = group_rows(rows, CELL)
        (document, documents), (wrote, respondents) = (number_names(rows[name]) for name in IDS)
        respondent = np.full(len(documents), NOWHERE)
        respondent[document] = wrote
        table = cells.names.astype("str")
        if "shown" in rows:
            shown = np.zeros(len(table), dtype=bool)
            shown[cells.of_row] = rows["shown"]
            table = table.assign(shown=shown)
        ids = (known.astype("str") for known in (documents, respondents))
        return cls(table, cells.of_row, document.astype(np.int64), respondent, *ids)

    def write_out(self) -> pd.DataFrame:
        """Return a row each who is behind a cell, as `of` takes it, each column a category of what it may hold."""
        columns = {}
        for name in self.cells:
            codes, known = pd.factorize(self.cells[name])
            columns[name] = pd.Categorical.from_codes(codes[self.cell], known)
        columns["document"] = pd.Categorical.from_codes(self.document, self.documents)
        columns["respondent"] = pd.Categorical.from_codes(self.respondent[self.document], self.respondents)
        rows = pd.DataFrame(columns)
        return rows.astype({"shown": bool}) if "shown" in rows else rows

    def show(self, shown: Flags) -> Self:
        """Return the same, with what is shown."""
        return replace(self, cells=self.cells.assign(shown=shown))

    def take(self, rows: Flags) -> Self:
        """Return some of the rows, of the same cells."""
        return replace(self, cell=self.cell[rows], document=self.document[rows])

    def number_as(self, other: Members) -> Self:
        """Return the same under the numbers of another; documents and people that it lacks come after its own."""
        document, documents = _number_as(self.documents, other.documents)
        wrote, respondents = _number_as(self.respondents, other.respondents)
        respondent = np.full(len(documents), NOWHERE)
        respondent[document] = np.append(wrote, NOWHERE)[self.respondent]
        return replace(
            self,
            document=document[self.document],
            respondent=respondent,
            documents=documents,
            respondents=respondents,
        )

    def has(self, documents: Numbers) -> Flags:
        """Return which documents anything is told of."""
        told = np.zeros(max(documents.max(initial=0) + 1, len(self.documents)), dtype=bool)
        told[self.document] = True
        found: Flags = told[documents]
        return found

    def in_cells(self, cells: pd.Series[bool]) -> Flags:
        """Return which rows are in some of the cells."""
        rows: Flags = cells.to_numpy(bool)[self.cell]
        return rows


def _number_as(mine: pd.Index, theirs: pd.Index) -> tuple[Numbers, pd.Index]:
    """Return where each of mine is in theirs, or after them; and both together."""
    place = theirs.get_indexer(mine)
    new = place == NOWHERE
    place[new] = len(theirs) + np.arange(new.sum())
    return place, theirs.append(mine[new])


def compare_members(now: Members, before: Members, *, k: int) -> pd.DataFrame:
    """Tell the cells that an earlier publication had too.

    Parameters
    ----------
    now, before : Members
        Of `before` it is known what was shown.
    k : int
        People by whom two shown groups differ, if they do.

    Returns
    -------
    DataFrame
        `subject`, `cut`, `group`, `period`; `known` or `held`: it is the same, and was shown or hidden; `near`: it
        isn't, but differs by the comments of fewer than `k` people.

    Examples
    --------
    >>> cell = {"subject": "heard", "cut": "unit", "group": "Metz", "period": "all"}
    >>> rows = pd.DataFrame([cell | {"document": name, "respondent": name} for name in "abcdef"])
    >>> now, before = Members.of(rows.iloc[1:]), Members.of(rows.assign(shown=True))
    >>> compare_members(now, before, k=5)[["group", "near", "known"]].values.tolist()
    [['Metz', True, False]]
    """
    before = before.number_as(now)
    place = find_places(before.cells, now.cells)
    n_cells, n_documents, n_people = len(now.cells), max(len(before.documents), 1), max(len(before.respondents), 1)
    both = np.zeros(n_cells, dtype=bool)
    both[now.cell] = True
    had = np.zeros(n_cells, dtype=bool)
    had[place[before.cell][place[before.cell] != NOWHERE]] = True
    both &= had
    there = replace(before, cell=np.where(place == NOWHERE, n_cells, place)[before.cell])
    here, there = now.take(both[now.cell]), there.take(np.append(both, False)[there.cell])
    moved = _tell_cells(here, n_cells, n_documents) != _tell_cells(there, n_cells, n_documents)
    here, there = (one.take(moved[one.document]) for one in (here, there))
    is_now, was = (one.cell * n_documents + one.document for one in (here, there))
    came, left = _take_away(is_now, was), _take_away(was, is_now)
    people = np.concatenate([now.respondent[came % n_documents], before.respondent[left % n_documents]])
    changed = np.concatenate([came, left]) // n_documents
    differ = np.bincount(np.unique(changed * n_people + people) // n_people, minlength=n_cells)
    shown = np.zeros(n_cells, dtype=bool)
    shown[place[before.cells["shown"].to_numpy(bool) & (place != NOWHERE)]] = True
    flags = {"near": (differ > 0) & (differ < k), "held": ~shown & (differ == 0), "known": shown & (differ == 0)}
    return now.cells[CELL].assign(**flags)[both].reset_index(drop=True)


def _tell_cells(members: Members, n_cells: int, n_documents: int) -> NDArray[np.uint64]:
    """Return a number for each document that tells which cells it is in: the sum of a drawn one for each.

    Most documents are in the same cells as before, and needn't be looked at: two sets of cells have the same sum by a
    chance of one in 2^64.
    """
    numbers = np.random.default_rng(0).integers(2**64, size=n_cells, dtype=np.uint64)
    sums = np.zeros(n_documents, dtype=np.uint64)
    np.add.at(sums, members.document, numbers[members.cell])
    return sums


def _take_away(some: Numbers, others: Numbers) -> Numbers:
    """Return those that are not among others, sorted."""
    some, others = np.sort(some), np.append(np.sort(others), np.iinfo(np.int64).max)
    gone: Numbers = some[others[np.searchsorted(others, some)] != some]
    return gone


def rename_groups(before: Members, now: Members) -> Members:
    """Return an earlier publication with each group under the name that most of its comments have now.

    Readers know which unit became which. Of units made one, what was shown of both is known of the one.

    Examples
    --------
    >>> cell = {"subject": "heard", "cut": "unit", "group": "Metz", "period": "all", "shown": True}
    >>> before = pd.DataFrame([cell | {"document": name, "respondent": name} for name in "abc"])
    >>> after = before.iloc[1:].assign(group="Moselle")
    >>> rename_groups(Members.of(before), Members.of(after)).cells["group"].tolist()
    ['Moselle']
    """
    given, before = before, before.number_as(now)
    then, after = (_place_in_groups(members) for members in (before, now))
    pairs = then.merge(after, on=["cut", "document"], suffixes=("", "_now"))
    pairs = pairs.groupby(["cut", "group", "group_now"], observed=True).size().rename("n").reset_index()
    pairs = pairs.astype({"cut": "str", "group": "str", "group_now": "str"})
    pairs["same"] = pairs["group"] == pairs["group_now"]
    names = pairs.sort_values(["n", "same", "group_now"]).drop_duplicates(["cut", "group"], keep="last")
    cells = before.cells.merge(names[["cut", "group", "group_now"]], on=["cut", "group"], how="left")
    if (cells["group_now"].isna() | (cells["group_now"] == cells["group"])).all():
        return given
    cells["group"] = cells["group_now"].fillna(cells["group"])
    number = cells.groupby(CELL, sort=False).ngroup().to_numpy().astype(np.int64)
    made = cells.groupby(CELL, sort=False)["shown"].all().reset_index()
    return replace(before, cells=made, cell=number[before.cell])


def _place_in_groups(members: Members) -> pd.DataFrame:
    """Return the `cut` and `group` that each `document` is in, whatever it is about and whenever it was."""
    wide = (members.cells["subject"] == HEARD) & (members.cells["period"] == ALL)
    own = members.take(members.in_cells(wide))
    codes = {name: pd.Categorical(members.cells[name]) for name in ("cut", "group")}
    return pd.DataFrame({name: code[own.cell] for name, code in codes.items()} | {"document": own.document})


def spell_out(members: Members) -> pd.DataFrame:
    """Return what was said, as `list_cells` asks, from who is in each cell.

    Examples
    --------
    >>> members = pd.DataFrame({"subject": HEARD, "cut": [ALL, "unit"], "group": [ALL, "Metz"], "period": ALL,
    ...     "document": "d1", "respondent": "p1"})
    >>> spell_out(Members.of(members)).to_dict("records")
    [{'subject': 'heard', 'document': 0, 'respondent': 0, 'unit': 'Metz'}]
    """
    cells = members.cells
    whole, everybody = cells["period"] == ALL, cells["cut"] == ALL
    subject, subjects = pd.factorize(cells["subject"])
    base = max(int(members.document.max(initial=0)) + 1, 1)
    own = members.take(members.in_cells(whole & everybody))
    about = pd.Index(subject[own.cell].astype(np.int64) * base + own.document)
    said = {"subject": pd.Categorical.from_codes(subject[own.cell], subjects), "document": own.document}
    said["respondent"] = members.respondent[own.document]
    levels = [(cut if cut == "unit" else GROUP_PREFIX + cut, "group", whole & (cells["cut"] == cut))
              for cut in sorted(set(cells["cut"]) - {ALL})]  # fmt: skip
    for column, name, chosen in [*levels, ("period", "period", ~whole & everybody)]:
        inside = members.take(members.in_cells(chosen))
        if name == "period" and not len(inside.cell):
            continue
        code, known = pd.factorize(cells[name])
        found = np.full(len(about), NOWHERE)
        at = about.get_indexer(pd.Index(subject[inside.cell].astype(np.int64) * base + inside.document))
        found[at[at != NOWHERE]] = code[inside.cell[at != NOWHERE]]
        said[column] = pd.Categorical.from_codes(found, known)
    return pd.DataFrame(said)
