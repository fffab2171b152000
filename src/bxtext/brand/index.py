"""The index of one voice: the weighted mean of its drivers' scores, with its interval."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bxtext.groups import group_rows
from bxtext.intervals import score_interval, vote_influence
from bxtext.tables import ALL
from bxtext.votes import cast_votes, measure_cells, spell_columns, spread_over_periods, spread_over_units

CELL = ["unit", "period"]
BY_DRIVER = [*CELL, "driver_id"]
NAMES = [*BY_DRIVER, "voice", "actor"]
SIDES = {"customer": "cx", "employee": "ex"}


def spread_mentions(said: pd.DataFrame) -> pd.DataFrame:
    """Return what is `said` (`join_mentions`) of drivers that aren't outcomes, in its unit and month and in `all`.

    What no index asks for is left out.
    """
    said = said.loc[said["tier"] != "outcome", [*NAMES, "polarity", "respondent"]]
    return spread_over_units(spread_over_periods(said))


def weights_of(importance: pd.DataFrame, voice: str) -> pd.DataFrame:
    """Return the drivers that make the index of a voice, with their weights."""
    own = importance.loc[(importance["voice"] == voice) & (importance["weight"] > 0), ["driver_id", "weight"]]
    return own.sort_values("driver_id", ignore_index=True)


def measure_index(said: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    """Return the index of one voice in each cell: `value`, `low`, `high` in [0, 100], and `n` respondents."""
    weights = weights.astype({"driver_id": said["driver_id"].dtype}).dropna()  # of drivers that are spoken of
    votes = cast_votes(said[said["driver_id"].isin(weights["driver_id"])], BY_DRIVER)
    cells = measure_cells(votes, BY_DRIVER).merge(weights, on="driver_id", how="left")
    parents = cells[(cells["unit"] == ALL) & (cells["period"] == ALL)].set_index("driver_id")["mean"]
    cells["parent_mean"] = parents.reindex(cells["driver_id"]).to_numpy()
    cells["weight"] /= cells.groupby(CELL)["weight"].transform("sum")
    cells["value"] = cells["weight"] * cells["mean"]
    cells["row"] = cells.groupby(CELL).ngroup()
    index = cells.groupby(CELL, as_index=False).agg(value=("value", "sum"))
    told = cells[["row", "n_respondents", "mean", "parent_mean", "weight"]]
    of_vote = told.iloc[group_rows(votes, BY_DRIVER).of_row]
    # a lone vote says nothing of its spread: its distance from what everybody says of the driver stands in
    centre = of_vote["mean"].where(of_vote["n_respondents"] > 1, of_vote["parent_mean"])
    influence = of_vote["weight"] * vote_influence(votes["vote"], centre, of_vote["n_respondents"])
    moves = pd.DataFrame({"row": of_vote["row"].to_numpy(), "respondent": votes["respondent"].to_numpy()})
    people = group_rows(moves, ["respondent", "row"])
    row = people.names["row"].to_numpy()
    variance = np.bincount(row, people.add_up(influence) ** 2)
    # as many equal votes as the weights leave of these people: one driver may hang on a few of them
    equal_votes = 1 / np.bincount(row, people.add_up(of_vote["weight"] / of_vote["n_respondents"]) ** 2)
    low, high = score_interval(index["value"], variance, equal_votes)
    index = index.assign(value=50 + 50 * index["value"], low=50 + 50 * low, high=50 + 50 * high, n=np.bincount(row))
    return spell_columns(index)
