"""Which cells of employees are shown, asked by the rows of a table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bxtext.privacy import find_rare, split_words
from bxtext.publish.audit import Past, no_past, protect_cells
from bxtext.publish.cells import CELL, HEARD, list_cells
from bxtext.publish.members import COMPARED, Members, compare_members, rename_groups
from bxtext.publish.said import INDEX, list_said, list_written, name_subject
from bxtext.publish.since import look_back
from bxtext.tables import ALL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bxtext.publish.cells import Cells, Flags
    from bxtext.publish.ledger import Ledger
    from bxtext.publish.policy import Policy


@dataclass(frozen=True)
class Verdict:
    """How much is shown, once no hidden cell of too few people can be worked out; till then there is no verdict.

    Attributes
    ----------
    n_cells, n_shown : int
        Cells that somebody is in, and those shown.
    share_heard : float
        Respondents who are in a shown cell of their unit, or of everybody where there are no units.
    """

    n_cells: int
    n_shown: int
    share_heard: float


@dataclass(frozen=True)
class Gate:
    """Employees' cells, and which of them are shown."""

    cells: Cells
    shown: Flags
    said: pd.DataFrame
    policy: Policy
    documents: pd.DataFrame

    @cached_property
    def written(self) -> pd.DataFrame:
        """The `text` of each comment of employees, and its `respondent`."""
        return list_written(self.documents)

    @cached_property
    def _rare(self) -> dict[str, bool]:
        """Of the words asked for so far, whether too few employees use them."""
        return {}

    def find_common(self, texts: Iterable[str], *, beside: Iterable[str] = ()) -> set[str]:
        """Return the texts made of words that enough employees use, or none: then they aren't theirs.

        Employees' comments are gone through for all words at once: those `beside` are asked for later.
        """
        words = {text: split_words(text) for text in texts}
        asked = {word for own in (*words.values(), *map(split_words, beside)) for word in own} - self._rare.keys()
        if asked:
            rare = find_rare(asked, self.written["text"], self.written["respondent"], k=self.policy.k)
            self._rare.update((word, word in rare) for word in asked)
        return {text for text, own in words.items() if not any(map(self._rare.__getitem__, own))}

    @cached_property
    def sizes(self) -> pd.DataFrame:
        """The shown cells and their respondents."""
        return self.cells.table[self.shown]

    def count(
        self, frame: pd.DataFrame, subject: str | pd.Series[str], *, unit: str | None = None, period: str = "period"
    ) -> pd.Series[float]:
        """Return how many people are behind the cell of each row; NaN where it isn't shown.

        Parameters
        ----------
        frame : DataFrame
            Rows with `cut` and `group`, or with the column `unit`; without either, rows about everybody.
        subject : str or Series
            What the rows are about.
        unit : str, optional
            Column that holds the unit, or `all`.
        period : str
            Column that holds the month, or `all`; without it, rows about the whole time.
        """
        asked = pd.DataFrame({"subject": subject}, index=frame.index)
        asked["group"] = frame[unit] if unit else frame.get("group", ALL)
        asked["cut"] = np.where(asked["group"] == ALL, ALL, "unit") if unit else frame.get("cut", ALL)
        asked["period"] = frame.get(period, ALL)
        found = asked.merge(self.sizes, on=CELL, how="left")["n_respondents"]
        return found.set_axis(frame.index).astype(float)

    def count_theme(self, theme_id: pd.Series[str]) -> pd.Series[float]:
        """Return how many people speak of each theme of employees; NaN where too few do."""
        return self.count(theme_id.to_frame(), name_subject("theme", "") + theme_id, period="")

    def count_driver(self, driver_id: pd.Series[str]) -> pd.Series[float]:
        """Return how many people speak of each driver over all; NaN where too few do."""
        return self.count(driver_id.to_frame(), name_subject("driver", "") + driver_id, period="")

    def count_half(self, unit: str, split_month: object) -> int:
        """Return how many people of a unit, or of `all`, are heard in the half of the time in which fewer are."""
        own = self.said[(self.said["subject"] == INDEX) & self.said["period"].notna()]
        own = own if unit == ALL else own[own["unit"] == unit]
        early = own["period"] < split_month if isinstance(split_month, str) else own["period"].isna()
        return min(int(own.loc[half, "respondent"].nunique()) for half in (early, ~early))

    @property
    def members(self) -> Members:
        """Who is behind each cell, and which are shown, as the ledger asks."""
        return list_members(self.cells, self.said).show(self.shown)

    @property
    def verdict(self) -> Verdict:
        """How much is shown."""
        heard = self.said[self.said["subject"] == HEARD]
        cut = "unit" if heard["unit"].notna().any() else ALL
        units = self.sizes.query("subject == @HEARD and period == @ALL and cut == @cut")["group"]
        seen = heard["unit"].isin(units) if cut == "unit" else pd.Series(len(units) > 0, index=heard.index)
        people = heard["respondent"].nunique()
        share = heard.loc[seen, "respondent"].nunique() / people if people else 1.0
        return Verdict(len(self.shown), int(self.shown.sum()), share)


def list_members(cells: Cells, said: pd.DataFrame) -> Members:
    """Return who is behind every cell, under the ids of `said`: `document_id` and `person`."""
    rows = cells.members
    who = said.drop_duplicates("document").set_index("document")[["document_id", "person"]].sort_index()
    person, people = pd.factorize(who["person"])
    document = who.index.get_indexer(pd.Index(rows["document"]))
    ids = (pd.Index(known.astype("str")) for known in (who["document_id"], people))
    return Members(cells.table[CELL], rows["cell"].to_numpy(), document, person, *ids)


def open_gate(tables: Mapping[str, pd.DataFrame], policy: Policy, ledger: Ledger | None = None) -> Gate:
    """Decide which cells of employees are shown.

    What everybody in a cell said is decided first: a driver is shown only where the group itself is.

    Parameters
    ----------
    tables : mapping
        What `list_said` asks for.
    policy : Policy
    ledger : Ledger, optional
        What was published before.

    Raises
    ------
    PrivacyError
        The audit can't be passed, or the ledger refuses the policy.
    """
    said = list_said(tables, unnamed=policy.unnamed)
    cells = list_cells(said)
    past = no_past(cells)
    if ledger is not None:
        past = recall_past(cells, list_members(cells, said), policy, ledger)
    heard = (cells.table["subject"] == HEARD).to_numpy()
    groups = protect_cells(cells, k=policy.k, closed=~heard, past=past)
    inside = _among(cells.table, cells.table[groups & heard], on=CELL[1:])
    shown = protect_cells(cells, k=policy.k, closed=~inside, past=past)
    return Gate(cells, shown, said, policy, tables["documents"])


def recall_past(cells: Cells, members: Members, policy: Policy, ledger: Ledger) -> Past:
    """Return what earlier publications mean for cells and who is in them."""
    recalled, since = [pd.DataFrame(columns=[*CELL, *COMPARED])], []
    for now, before in ledger.recall(members, policy):
        renamed = rename_groups(before, now)
        names = [before] if renamed is before else [before, renamed]
        recalled += [compare_members(now, one, k=policy.k) for one in names]
        since.append(look_back(cells, now, renamed))
    compared = pd.concat(recalled)
    near, held, known = (_among(cells.table, compared[compared[name].astype(bool)]) for name in COMPARED)
    return Past(near, held, known, tuple(since))


def _among(table: pd.DataFrame, keys: pd.DataFrame, on: list[str] = CELL) -> Flags:
    """Whether each row has one of the keys."""
    if keys.empty:
        return np.zeros(len(table), dtype=bool)
    marked = table[on].merge(keys[on].drop_duplicates().assign(found=True), on=on, how="left")
    flags: Flags = marked["found"].notna().to_numpy()
    return flags
