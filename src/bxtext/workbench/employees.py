"""What the explorer shows of employees: rows that were published with the run, looked up and never counted again.

A choice is shown if its very cell was published. So a reader learns nothing that the report doesn't hold already:
whatever they filter, combine or subtract has been through `bxtext.publish` and its audit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bxtext.tables import ALL, VOICES
from bxtext.workbench.customers import CELL_SCORE, CONCESSIONS, COUNT, DISAGREEMENTS, PLACES, REMARKS

if TYPE_CHECKING:
    from bxtext.workbench.corpus import Choice

EMPLOYEE = VOICES[1]
COLUMN = {"driver": "driver_id", "period": "period"}  # other filters are values of `cut`


class EmployeeViews:
    """The views of employees, each a lookup in published tables; what wasn't published is empty.

    Parameters
    ----------
    driver_scores, themes, concession_counts : DataFrame
        The tables of these names, as published.

    Examples
    --------
    >>> from bxtext.workbench.corpus import Choice
    >>> row = {"voice": "employee", "driver_id": "ex.voice", "period": "all", "n_documents": 9}
    >>> scores = pd.DataFrame([row | {"cut": "all", "group": "all"}, row | {"cut": "unit", "group": "Metz"}])
    >>> views = EmployeeViews(scores, pd.DataFrame({"theme_id": []}, dtype="str"), pd.DataFrame())
    >>> everybody = Choice("employee")
    >>> views.values(everybody, "unit")
    ['Metz']
    """

    def __init__(self, driver_scores: pd.DataFrame, themes: pd.DataFrame, concession_counts: pd.DataFrame) -> None:
        own = driver_scores[driver_scores["voice"] == EMPLOYEE]
        self._scores = own.astype(dict.fromkeys(("driver_id", "period", "cut", "group"), "category"))
        self._themes = themes[themes["theme_id"].str.startswith(f"{EMPLOYEE}-")]
        self._pairs = concession_counts

    def values(self, choice: Choice, name: str) -> list[str]:
        """Return what a filter may be set to, the others as they are: cells that were published."""
        others = choice.but(**{name: None})
        if name in COLUMN:
            return sorted(set(self._cells(others, but=name)[COLUMN[name]].unique()) - {ALL})
        found = self._cells(others, but="cut")
        return sorted(found.loc[found["cut"] == name, "group"].unique()) if _cut_of(others) == (ALL, ALL) else []

    def count(self, choice: Choice) -> pd.DataFrame:
        """Return one row as of customers, or none: comments and people that a cell was published with.

        How many people speak of anything at all isn't published: `n_respondents` is that of a driver.
        """
        cells = self._cells(choice).head(1)
        if choice.driver is not None:
            return cells.assign(n_documents=cells["n_mentions"])[COUNT].reset_index(drop=True)
        heard = self._cells(choice.everywhere)["n_documents"].max()
        told = cells.assign(n_respondents=None, share=cells["n_documents"] / heard)
        return told[COUNT].reset_index(drop=True)

    def score(self, choice: Choice) -> pd.DataFrame:
        """Return the published scores of a choice, the most spoken of first."""
        cells = self._cells(choice)
        told = cells[["driver_id", *CELL_SCORE]].astype({"driver_id": "str"})
        return told.sort_values(["n_respondents", "driver_id"], ascending=[False, True], ignore_index=True)

    def trace(self, choice: Choice) -> pd.DataFrame:
        """Return the published scores of the driver chosen, month by month; of all together none is published."""
        if choice.driver is None:
            return pd.DataFrame(columns=["period", *CELL_SCORE])
        cells = self._cells(choice, but="period")
        monthly = cells[cells["period"] != ALL].astype({"period": "str"})
        return monthly[["period", *CELL_SCORE]].sort_values("period", ignore_index=True)

    def units(self, choice: Choice) -> pd.DataFrame:
        """Return the published scores of the driver chosen, unit by unit; of all together none is published."""
        if choice.driver is None:
            return pd.DataFrame(columns=["unit", *CELL_SCORE])
        cells = self._cells(choice, but="cut")
        by_unit = cells[cells["cut"] == "unit"].astype({"group": "str"}).rename(columns={"group": "unit"})
        return by_unit[["unit", *CELL_SCORE]].sort_values(["score", "unit"], ignore_index=True)

    def themes(self, choice: Choice) -> pd.DataFrame:
        """Return how many remarks each published theme has, the largest first; over all employees alone."""
        told = self._themes if not choice.filters else self._themes.head(0)
        by_size: pd.DataFrame = told[["theme_id", "n_segments"]].sort_values(
            ["n_segments", "theme_id"], ascending=[False, True], ignore_index=True
        )
        return by_size

    def concessions(self, choice: Choice) -> pd.DataFrame:
        """Return the published pairs of what is forgiven and what spoils; over all employees alone."""
        own = self._pairs[self._pairs["voice"] == EMPLOYEE]
        told = own if not choice.filters else own.head(0)
        return told[CONCESSIONS].sort_values(CONCESSIONS[2], ascending=False, kind="stable", ignore_index=True)

    def remarks(self, _choice: Choice) -> pd.DataFrame:
        """Return nothing: employees aren't quoted."""
        return pd.DataFrame(columns=REMARKS)

    def disagreements(self, _choice: Choice) -> pd.DataFrame:
        """Return nothing: employees aren't quoted."""
        return pd.DataFrame(columns=DISAGREEMENTS)

    def places(self, _choice: Choice) -> pd.DataFrame:
        """Return nothing: each place would be a remark of an employee."""
        return pd.DataFrame(columns=PLACES)

    def _cells(self, choice: Choice, *, but: str = "") -> pd.DataFrame:
        """Return the published scores of a choice, whatever one column of theirs is."""
        told = self._scores
        if choice.words or choice.theme is not None:
            return told.head(0)
        cut, group = _cut_of(choice)
        if but != "cut":
            told = told[(told["cut"] == cut) & (told["group"] == group)]
        if but != "period":
            told = told[told["period"] == dict(choice.cuts).get("period", ALL)]
        if but != "driver" and choice.driver is not None:
            told = told[told["driver_id"] == choice.driver]
        return told


def _cut_of(choice: Choice) -> tuple[str, str]:
    """Return the one cut of a choice and its group; of several at once nothing is published."""
    cuts = [pair for pair in choice.cuts if pair[0] != "period"]
    return cuts[0] if len(cuts) == 1 else (ALL, ALL if not cuts else "")
