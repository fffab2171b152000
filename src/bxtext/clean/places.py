"""Employees of units that too few of them speak for: counted with other small units, or not read at all.

A figure of everybody still moves with what each of them says. So whoever speaks for a unit of fewer than k people is
either in a group of k that has a name, or their comments go before anything is made of them: what they say can't
change what is published.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from bxtext.tables import group_columns
from bxtext.wording import load_wording

EMPLOYEE = "employee"
UNDATED = "9999"  # comes after every month
JOINT = " · "


@dataclass(frozen=True)
class SmallUnits:
    """Which units are small, and in which language the others are named.

    Parameters
    ----------
    k : int
        Fewest employees whose unit has its own name.
    language : str
        `fr` or `en`.
    """

    k: int
    language: str = "en"

    def place(self, comments: pd.DataFrame, heard: pd.Series[bool]) -> pd.Series[str]:
        """Return the unit in which each comment counts: its own, the other units of its groups, or None for nowhere.

        What was published of a month must stay as it was: while a unit grows, its comments count from the month in
        which it is large enough, or those that are small in that month are together.

        Parameters
        ----------
        comments : DataFrame
            `voice`, `source`, `respondent_id`, `unit`, `period` and groups.
        heard : Series of bool
            Comments that say something: those who wrote them are counted.

        Examples
        --------
        >>> comments = pd.DataFrame({"voice": "employee", "source": "s", "period": None, "respondent_id": list("abcde"),
        ...     "unit": ["Lille", "Lille", "Mons", "Arras", "Metz"], "group_region": list("NNNNE")})
        >>> SmallUnits(2).place(comments, pd.Series(True, index=comments.index)).tolist()
        ['Lille', 'Lille', 'Other units: N', 'Other units: N', None]
        """
        named = comments["respondent_id"].notna().groupby(comments["source"]).transform("any")
        asked = (comments["voice"] == EMPLOYEE) & comments["unit"].notna() & named
        own = comments.loc[asked, ["unit", "respondent_id"]].fillna("")
        own["month"] = comments.loc[asked, "period"].fillna(UNDATED)
        others = self._name_others(comments[asked])
        large, now_large = self._are_enough(own.assign(month=UNDATED), heard), self._are_enough(own, heard)
        small = own[~now_large].assign(unit=others)
        counts = now_large | self._are_enough(small, heard).reindex(own.index, fill_value=False)
        placed = comments["unit"].astype(object)
        placed[own.index] = own["unit"].where(large, others).astype(object).where(counts, None)
        return placed

    def _are_enough(self, own: pd.DataFrame, heard: pd.Series[bool]) -> pd.Series[bool]:
        """Whether at least k people have been heard of each row's unit by the row's month."""
        first = own[heard[own.index]].groupby(["unit", "respondent_id"])["month"].min().sort_values().reset_index()
        large_from = first.groupby("unit").nth(self.k - 1).set_index("unit")["month"]
        since = own["unit"].map(large_from)
        return since.notna() & (own["month"] >= since.fillna(""))

    def _name_others(self, employees: pd.DataFrame) -> pd.Series[str]:
        """Name the other units, told apart by the groups that units lie in: so they still add up to these groups."""
        outer = [name for name in group_columns(employees) if _holds_units(employees, name)]
        parents = employees[outer].fillna("–").agg(JOINT.join, axis=1) if outer else pd.Series("", employees.index)
        wording = load_wording(self.language)
        names = {
            parent: wording.text("other_units.of", parent=parent) if parent else wording.text("other_units.all")
            for parent in parents.unique()
        }
        return parents.map(names)


def _holds_units(employees: pd.DataFrame, column: str) -> bool:
    """Whether each unit lies in one value of a group, and some share one."""
    pairs = employees[["unit", column]].fillna("").drop_duplicates()
    lies_in_one, shares = not pairs["unit"].duplicated().any(), pairs[column].duplicated().any()
    return bool(lies_in_one and shares and employees[column].notna().any())
