"""Stage 9, brand: CX + EX = BX, for everybody and by unit, over the whole time and by month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bxtext.tables import ALL, TABLES
from bxtext.votes import (
    bootstrap_variance,
    bound_means,
    cast_votes,
    combine_intervals,
    join_mentions,
    measure_cells,
    score_interval,
    spread_over_periods,
    spread_over_units,
    vote_influence,
)

CELL = ["unit", "period"]
LIGHT_RESPONDENTS = 5
LIGHT_OF = {
    "brand_staff": "people", "provider": "people", "manager": "people", "leadership": "people", "product": "product",
    "process": "process",
}  # fmt: skip
SIDES = {"customer": "cx", "employee": "ex"}


def score_brand(  # noqa: PLR0913  four tables, then the section's parameters
    mentions: pd.DataFrame,
    documents: pd.DataFrame,
    drivers: pd.DataFrame,
    importance: pd.DataFrame,
    *,
    human_interaction: float = 1.0,
    min_respondents: int = 10,
    high_score: float = 50.0,
    resamples: int = 500,
    seed: int = 7,
) -> pd.DataFrame:
    """Return the `brand` table: one row a unit (and all) and month (and all).

    An index, CX or EX, is the mean of the driver scores of its voice, weighted by `importance.weight`; a driver nobody
    mentions in a cell is left out there and the other weights scaled up. Its interval comes from a Poisson bootstrap
    over respondents, all drivers together, so that what one person says of several drivers counts as one person's;
    the weights are held fixed. The interval of BX combines those of CX and EX, which rest on different people.

    BX = (CX + h EX) / (1 + h), beside it the geometric mean with the same weights, and the lower of the two.
    People, product and process are green, amber or red by the mean of both voices' votes on drivers with such actors:
    green when its interval lies above `high_score`, red when below.

    Parameters
    ----------
    mentions, documents, drivers, importance : DataFrame
        The tables of these names.
    human_interaction : float
        h, from 0 (customers alone) to 1 (two halves).
    min_respondents : int
        Distinct respondents on the drivers of the index that each voice needs in a cell.
    high_score : float
        A score above this is high, in quadrants and lights.
    resamples : int
        Bootstrap resamples.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    DataFrame
        The table `brand`; indices in [0, 100]; a missing figure has its reason.

    Examples
    --------
    >>> documents = pd.DataFrame({"document_id": [str(i) for i in range(20)],
    ...                           "voice": ["customer"] * 10 + ["employee"] * 10})
    >>> mentions = pd.DataFrame({"document_id": documents["document_id"], "polarity": [0.5, 0.7] * 10,
    ...     "driver_id": ["cx.x"] * 10 + ["ex.x"] * 10, "n_positive": 1, "n_negative": 0, "actor": "process"})
    >>> drivers = pd.DataFrame({"driver_id": ["cx.x", "ex.x"], "tier": "core"})
    >>> importance = pd.DataFrame({"voice": ["customer", "employee"], "driver_id": ["cx.x", "ex.x"], "weight": 1.0})
    >>> score_brand(mentions, documents, drivers, importance)[["bx", "quadrant"]].round(1).values.tolist()
    [[80.0, 'virtuous']]
    """
    said = join_mentions(mentions, documents, drivers)
    said = spread_over_units(spread_over_periods(said[said["tier"] != "outcome"]))
    spoken = documents.reindex(columns=["unit", "period"])
    brand = spread_over_units(spread_over_periods(spoken)).drop_duplicates().sort_values(CELL, ignore_index=True)
    for voice, side in SIDES.items():
        weights = importance.loc[importance["voice"] == voice, ["driver_id", "weight"]]
        index = _index(said[said["voice"] == voice], weights, resamples=resamples, seed=seed)
        index.loc[index["n"] < min_respondents, ["value", "low", "high"]] = np.nan
        names = {"value": side, "low": f"{side}_low", "high": f"{side}_high", "n": f"n_{voice}s"}
        brand = brand.merge(index.rename(columns=names), on=CELL, how="left")
    counts = ["n_customers", "n_employees"]
    brand[counts] = brand[counts].fillna(0).astype(int)
    brand = _add_up(brand, human_interaction, high_score)
    brand["reason"] = _reasons(brand, min_respondents)
    lights = _lights(said, high_score, resamples=resamples, seed=seed)
    brand = brand.merge(lights, on=CELL, how="left")
    return brand.reindex(columns=[column.name for column in TABLES["brand"].columns])


def _index(said: pd.DataFrame, weights: pd.DataFrame, *, resamples: int, seed: int) -> pd.DataFrame:
    """Return the index of one voice in each cell: `value`, `low`, `high` in [0, 100], and `n` respondents."""
    by_driver = ["unit", "period", "driver_id"]
    votes = cast_votes(said.merge(weights[weights["weight"] > 0], on="driver_id"), by_driver)
    cells = measure_cells(votes, by_driver)
    parents = cells.loc[(cells["unit"] == ALL) & (cells["period"] == ALL), ["driver_id", "mean"]]
    cells = cells.merge(parents.rename(columns={"mean": "parent_mean"}), on="driver_id").merge(weights, on="driver_id")
    cells["weight"] /= cells.groupby(CELL)["weight"].transform("sum")
    cells["value"] = cells["weight"] * cells["mean"]
    index = cells.groupby(CELL, as_index=False).agg(value=("value", "sum"))
    index["n"] = votes.groupby(CELL)["respondent"].nunique().to_numpy()
    moves = votes.merge(cells, on=by_driver).merge(index[CELL].assign(row=range(len(index))), on=CELL)
    # a lone vote says nothing of its spread: its distance from what everybody says of the driver stands in
    centre = moves["mean"].where(moves["n_respondents"] > 1, moves["parent_mean"])
    moves["influence"] = moves["weight"] * vote_influence(moves["vote"], centre, moves["n_respondents"])
    variance = bootstrap_variance(moves, n_rows=len(index), resamples=resamples, seed=seed)
    # as many equal votes as the weights leave of these people: one driver may hang on a few of them
    part = (moves["weight"] / moves["n_respondents"]).groupby([moves["row"], moves["respondent"]]).sum()
    equal_votes = 1 / (part**2).groupby(level="row").sum()
    low, high = score_interval(index["value"], variance, equal_votes.to_numpy())
    return index.assign(value=50 + 50 * index["value"], low=50 + 50 * low, high=50 + 50 * high)


def _add_up(brand: pd.DataFrame, human_interaction: float, high_score: float) -> pd.DataFrame:
    """Return the rows with BX by its three formulas and the quadrant, null where a voice is."""
    h = human_interaction
    customer, employee = ((brand[side], brand[f"{side}_low"], brand[f"{side}_high"]) for side in ("cx", "ex"))
    low, high = combine_intervals(customer, employee, weights=(1 / (1 + h), h / (1 + h)))
    both = brand["cx"].notna() & brand["ex"].notna()
    good_cx, good_ex = brand["cx"] > high_score, brand["ex"] > high_score
    quadrant = np.select(
        [good_cx & good_ex, ~good_cx & ~good_ex, good_cx & ~good_ex],
        ["virtuous", "vicious", "hidden_cost"],
        default="unfulfilled",
    )
    return brand.assign(
        bx=(brand["cx"] + h * brand["ex"]) / (1 + h),
        ci_low=low,
        ci_high=high,
        bx_geometric=(brand["cx"] * brand["ex"] ** h) ** (1 / (1 + h)),
        bx_weakest=np.minimum(brand["cx"], brand["ex"]),
        quadrant=pd.Series(quadrant, index=brand.index).where(both),
    )


def _reasons(brand: pd.DataFrame, min_respondents: int) -> pd.Series[str]:
    """Return which voice is too small for a cell to have a BX."""
    customers, employees = (
        brand[name].astype("str") + f" {name.removeprefix('n_')}" for name in ("n_customers", "n_employees")
    )
    few_customers, few_employees = brand["cx"].isna(), brand["ex"].isna()
    needed = f"at least {min_respondents}"
    reasons = np.select(
        [few_customers & few_employees, few_customers, few_employees],
        [customers + " and " + employees + f"; {needed} of each are needed", customers + f"; {needed} are needed",
         employees + f"; {needed} are needed"],
        default="",
    )  # fmt: skip
    return pd.Series(reasons, index=brand.index).replace("", None)


def _lights(said: pd.DataFrame, high_score: float, *, resamples: int, seed: int) -> pd.DataFrame:
    """Return the three lights of each cell; a light with too few respondents is null."""
    by_light = ["unit", "period", "light"]
    votes = cast_votes(said.assign(light=said["actor"].map(LIGHT_OF)), by_light)
    cells = measure_cells(votes, by_light)
    cells = cells[cells["n_respondents"] >= LIGHT_RESPONDENTS]
    cells = bound_means(cells, votes, cell=by_light, resamples=resamples, seed=seed)
    bar = high_score / 50 - 1
    cells["colour"] = np.select([cells["low"] > bar, cells["high"] < bar], ["green", "red"], default="amber")
    return cells.pivot_table(index=CELL, columns="light", values="colour", aggfunc="first").reset_index()
