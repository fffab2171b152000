"""The index of one voice: the weighted mean of its drivers' scores, with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bxtext.tables import ALL
from bxtext.votes import (
    cast_votes,
    code_columns,
    join_mentions,
    measure_cells,
    score_interval,
    spell_columns,
    spread_over_periods,
    spread_over_units,
    sum_variance,
    vote_influence,
)

if TYPE_CHECKING:
    import pandas as pd

CELL = ["unit", "period"]
BY_DRIVER = [*CELL, "driver_id"]
NAMES = [*BY_DRIVER, "voice", "actor"]
SIDES = {"customer": "cx", "employee": "ex"}


def spread_mentions(mentions: pd.DataFrame, documents: pd.DataFrame, drivers: pd.DataFrame) -> pd.DataFrame:
    """Return the mentions of drivers that aren't outcomes, in their unit and month, and in `all` of both.

    Names are categories, see `code_columns`; what no index asks for is left out.
    """
    said = join_mentions(mentions, documents, drivers)
    said = code_columns(said.loc[said["tier"] != "outcome", [*NAMES, "polarity", "respondent"]], NAMES)
    return spread_over_units(spread_over_periods(said))


def weights_of(importance: pd.DataFrame, voice: str) -> pd.DataFrame:
    """Return the drivers that make the index of a voice, with their weights."""
    own = importance.loc[(importance["voice"] == voice) & (importance["weight"] > 0), ["driver_id", "weight"]]
    return own.sort_values("driver_id", ignore_index=True)


def measure_index(said: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    """Return the index of one voice in each cell: `value`, `low`, `high` in [0, 100], and `n` respondents."""
    weights = weights.astype({"driver_id": said["driver_id"].dtype}).dropna()  # of drivers that are spoken of
    votes = cast_votes(said.merge(weights, on="driver_id"), BY_DRIVER)
    cells = measure_cells(votes, BY_DRIVER)
    parents = cells.loc[(cells["unit"] == ALL) & (cells["period"] == ALL), ["driver_id", "mean"]]
    cells = cells.merge(parents.rename(columns={"mean": "parent_mean"}), on="driver_id").merge(weights, on="driver_id")
    cells["weight"] /= cells.groupby(CELL)["weight"].transform("sum")
    cells["value"] = cells["weight"] * cells["mean"]
    index = cells.groupby(CELL, as_index=False).agg(value=("value", "sum"))
    index["n"] = votes.groupby(CELL)["respondent"].nunique().to_numpy()
    moves = votes.merge(cells, on=BY_DRIVER).merge(index[CELL].assign(row=range(len(index))), on=CELL)
    # a lone vote says nothing of its spread: its distance from what everybody says of the driver stands in
    centre = moves["mean"].where(moves["n_respondents"] > 1, moves["parent_mean"])
    moves["influence"] = moves["weight"] * vote_influence(moves["vote"], centre, moves["n_respondents"])
    variance = sum_variance(moves, n_rows=len(index))
    # as many equal votes as the weights leave of these people: one driver may hang on a few of them
    part = (moves["weight"] / moves["n_respondents"]).groupby([moves["row"], moves["respondent"]]).sum()
    equal_votes = 1 / (part**2).groupby(level="row").sum()
    low, high = score_interval(index["value"], variance, equal_votes.to_numpy())
    return spell_columns(index.assign(value=50 + 50 * index["value"], low=50 + 50 * low, high=50 + 50 * high))
