"""Whose fault, whose cost: who is behind what is said against the brand, and what it takes off the index."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bxtext.brand.index import weights_of
from bxtext.groups import group_rows
from bxtext.intervals import bound_means, sum_variance
from bxtext.tables import TABLES
from bxtext.votes import join_mentions, measure_cells, spell_columns, spread_over_units

UNIT = ["voice", "unit"]
NAMES = [*UNIT, "driver_id", "actor"]


def weigh_blame(
    mentions: pd.DataFrame,
    documents: pd.DataFrame,
    drivers: pd.DataFrame,
    importance: pd.DataFrame,
    *,
    min_respondents: int = 10,
) -> pd.DataFrame:
    """Return the table `blame`: for each actor, its share of the negative mentions and what they cost the index.

    The share is of complaints: each person who complains counts once, split over the actors complained of. The cost
    is how many points the index of that voice would gain if the actor's negative mentions were neutral; the brand
    pays it, whoever is at fault, a provider as much as its own staff.

    Parameters
    ----------
    mentions, documents, drivers, importance : DataFrame
        The tables of these names.
    min_respondents : int
        People who complain that a unit needs.

    Returns
    -------
    DataFrame
        The table `blame`, by voice, unit (and all) and actor.
    """
    said = join_mentions(mentions, documents, drivers)
    said = said.loc[said["tier"] != "outcome", [*NAMES, "polarity", "respondent"]]
    said = spread_over_units(said)
    against = said[said["polarity"] < 0]
    if against.empty:
        return pd.DataFrame(columns=[column.name for column in TABLES["blame"].columns])
    people = group_rows(against, ["respondent", *UNIT])
    complaining = group_rows(people.names, UNIT)
    actors = pd.DataFrame({"actor": sorted(against["actor"].unique())}).astype(said.dtypes[["actor"]])
    cell = [*UNIT, "actor"]
    shown = spell_columns(complaining.names.assign(n_respondents=complaining.sizes).merge(actors, how="cross"))
    votes = pd.concat(
        [
            people.names.assign(
                actor=pd.Series(actor, people.names.index, dtype=said.dtypes["actor"]),
                vote=people.add_up(np.where(against["actor"] == actor, 1.0, -1.0)) / people.sizes,
                n_mentions=people.sizes,
            )
            for actor in actors["actor"]
        ],
        ignore_index=True,
    )
    cells = measure_cells(votes, cell)
    cells = cells[cells["n_respondents"] >= min_respondents].reset_index(drop=True)
    cells = spell_columns(bound_means(cells))
    cells[["share", "ci_low", "ci_high"]] = (1 + cells[["mean", "low", "high"]]) / 2
    blame = shown.merge(cells[[*cell, "share", "ci_low", "ci_high"]], on=cell, how="left")
    few = blame["share"].isna()
    costs = _cost(said, importance)
    blame = blame.merge(costs, on=cell, how="left")
    costs_of = ["cost", "cost_low", "cost_high"]
    blame[costs_of] = blame[costs_of].fillna(0.0).mask(few)
    blame["reason"] = (
        blame["n_respondents"].astype("str") + f" people complain; at least {min_respondents} are needed"
    ).where(few)
    return blame[[column.name for column in TABLES["blame"].columns]].sort_values(cell, ignore_index=True)


def _cost(said: pd.DataFrame, importance: pd.DataFrame) -> pd.DataFrame:
    """Return the points of the index that each actor's negative mentions take off, with their interval."""
    weights = pd.concat([weights_of(importance, voice).assign(voice=voice) for voice in ("customer", "employee")])
    weights = weights.astype(said.dtypes[["voice", "driver_id"]]).dropna()  # of drivers that are spoken of
    said = said[said["driver_id"].isin(weights["driver_id"])]
    driver = [*UNIT, "driver_id"]
    # one vote a respondent and driver: what a mention takes off is shared by all that the person said of the driver
    votes = group_rows(said, ["respondent", *driver])
    loss = 50 * np.maximum(-said["polarity"].to_numpy(), 0)
    loss /= votes.sizes[votes.of_row]
    heard = group_rows(votes.names, driver)
    spoken = heard.names.assign(n=heard.sizes).merge(weights, on=["voice", "driver_id"])
    spoken["weight"] /= spoken.groupby(UNIT)["weight"].transform("sum")
    losing = group_rows(said[loss > 0], ["respondent", *driver, "actor"])
    lost = losing.names.assign(loss=losing.add_up(loss[loss > 0])).merge(spoken, on=driver)
    lost["influence"] = lost["weight"] * lost["loss"] / lost["n"]
    cell = [*UNIT, "actor"]
    rows = lost.groupby(cell, as_index=False).agg(cost=("influence", "sum"))
    lost = lost.merge(rows[cell].assign(row=range(len(rows))), on=cell)
    variance = sum_variance(lost, n_rows=len(rows))
    reach = 1.96 * np.sqrt(variance)
    return spell_columns(rows.assign(cost_low=np.maximum(rows["cost"] - reach, 0), cost_high=rows["cost"] + reach))
