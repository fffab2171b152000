"""Stage 9, brand: CX + EX = BX, for everybody and by unit, over the whole time and by month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bxtext.brand.blame import weigh_blame
from bxtext.brand.index import CELL, SIDES, measure_index, spread_mentions, weights_of
from bxtext.brand.lights import light_up, weakest_light
from bxtext.brand.promises import hold_promises
from bxtext.brand.what_if import move_drivers
from bxtext.intervals import combine_intervals
from bxtext.tables import ALL, TABLES
from bxtext.votes import join_mentions, spell_columns, spread_over_periods, spread_over_units

__all__ = [
    "hold_promises", "move_drivers", "score_brand", "score_lights", "track_units", "weigh_blame",
]  # fmt: skip

BEFORE, NOW = "before", "now"  # the two halves of the time
OUTWEIGHED = 10  # times as many people in the other voice


def score_brand(  # noqa: PLR0913  five tables, then the section's parameters
    mentions: pd.DataFrame,
    documents: pd.DataFrame,
    drivers: pd.DataFrame,
    importance: pd.DataFrame,
    lights: pd.DataFrame | None = None,
    *,
    human_interaction: float = 1.0,
    min_respondents: int = 10,
    high_score: float = 50.0,
    stale_days: int = 90,
) -> pd.DataFrame:
    """Return the `brand` table: one row a unit (and all) and month (and all).

    An index, CX or EX, is the mean of the driver scores of its voice, weighted by `importance.weight`; a driver nobody
    mentions in a cell is left out there and the other weights scaled up. The variance of its interval is over
    respondents, all drivers together (`intervals.sum_variance`), so that what one person says of several drivers counts
    as one person's; the weights are held fixed. The intervals of BX combine those of CX and EX, which rest on different
    people.

    BX = (CX + h EX) / (1 + h), beside it the geometric mean with the same weights, and the lower of the two. The
    quadrant is decided by the intervals of CX and EX: `undecided` when one of them holds `high_score`. The lights are
    those of both voices weighed equally, see `score_lights`.

    Parameters
    ----------
    mentions, documents, drivers, importance : DataFrame
        The tables of these names.
    lights : DataFrame, optional
        The table of this name (`score_lights`, at the same `high_score`); drawn here when it isn't given.
    human_interaction : float
        h, from 0 (customers alone) to 1 (two halves).
    min_respondents : int
        Distinct respondents on the drivers of the index that each voice needs in a cell.
    high_score : float
        A score above this is high, in quadrants and lights.
    stale_days : int
        Days by which the newest comment of a voice may be older than that of the other, before it is called stale.

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
    said = spread_mentions(join_mentions(mentions, documents, drivers))
    brand = _score_indices(
        said, documents, importance, human_interaction=human_interaction, min_respondents=min_respondents,
        high_score=high_score,
    )  # fmt: skip
    if lights is None:
        lights = light_up(said, high_score=high_score)
    brand = brand.merge(weakest_light(lights), on=CELL, how="left").merge(
        _stale_voice(documents, stale_days), on=CELL, how="left"
    )
    brand["small_voice"] = np.select(
        [brand["n_customers"] * OUTWEIGHED <= brand["n_employees"],
         brand["n_employees"] * OUTWEIGHED <= brand["n_customers"]],
        ["customer", "employee"], default="",
    )  # fmt: skip
    brand["small_voice"] = brand["small_voice"].replace("", None)
    return brand.reindex(columns=[column.name for column in TABLES["brand"].columns])


def _score_indices(  # noqa: PLR0913  what was said and by whom, then the section's parameters
    said: pd.DataFrame,
    documents: pd.DataFrame,
    importance: pd.DataFrame,
    *,
    human_interaction: float,
    min_respondents: int,
    high_score: float,
) -> pd.DataFrame:
    """Return CX, EX, BX by its three formulas, the quadrant and the reasons, one row a cell."""
    spoken = documents.reindex(columns=["unit", "period"]).drop_duplicates()
    brand = spread_over_units(spread_over_periods(spoken)).drop_duplicates()
    brand = spell_columns(brand).sort_values(CELL, ignore_index=True)
    for voice, side in SIDES.items():
        own = said[said["voice"] == voice]
        index = measure_index(own, weights_of(importance, voice))
        index.loc[index["n"] < min_respondents, ["value", "low", "high"]] = np.nan
        names = {"value": side, "low": f"{side}_low", "high": f"{side}_high", "n": f"n_{voice}s"}
        brand = brand.merge(index.rename(columns=names), on=CELL, how="left")
    counts = ["n_customers", "n_employees"]
    brand[counts] = brand[counts].fillna(0).astype(int)
    brand = _add_up(brand, human_interaction)
    brand["quadrant"] = name_quadrant(brand, high_score)
    brand["reason"] = _reasons(brand, min_respondents)
    return brand


def score_lights(
    mentions: pd.DataFrame,
    documents: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    high_score: float = 50.0,
) -> pd.DataFrame:
    """Return the table `lights`: people, product and process by unit and month, by voice and for both.

    See `score_brand` for the arguments and `lights.light_up` for the rule.
    """
    said = spread_mentions(join_mentions(mentions, documents, drivers))
    return light_up(said, high_score=high_score)


def track_units(  # noqa: PLR0913  four tables, then what the stage's section says
    mentions: pd.DataFrame,
    documents: pd.DataFrame,
    drivers: pd.DataFrame,
    importance: pd.DataFrame,
    *,
    human_interaction: float = 1.0,
    min_respondents: int = 10,
    high_score: float = 50.0,
) -> pd.DataFrame:
    """Return the table `movements`: each unit in the first half of the months and in the second.

    The two halves are scored as `score_brand` scores a month, with the same weights. A unit has moved to another
    quadrant when the intervals decide both and they differ.
    """
    months = pd.Index(sorted(documents.reindex(columns=["period"])["period"].dropna().unique()))
    first = months[: len(months) // 2]
    said, spoken = join_mentions(mentions, documents, drivers), documents.reindex(columns=["unit", "period"])
    said, spoken = (frame.assign(period=_halve(frame["period"], first)) for frame in (said, spoken))
    scored = _score_indices(
        spread_mentions(said), spoken, importance, human_interaction=human_interaction,
        min_respondents=min_respondents, high_score=high_score,
    )  # fmt: skip
    moves = scored.loc[scored["period"] == ALL, ["unit"]]
    for half in (BEFORE, NOW):
        own = scored[scored["period"] == half].set_index("unit").add_suffix(f"_{half}")
        moves = moves.merge(own, left_on="unit", right_index=True, how="left")
    for side in (*SIDES.values(), "bx"):
        names = [side, *(("ci_low", "ci_high") if side == "bx" else (f"{side}_low", f"{side}_high"))]
        now, before = (moves[[f"{name}_{half}" for name in names]] for half in (NOW, BEFORE))
        moves[f"{side}_change"] = moves[f"{side}_{NOW}"] - moves[f"{side}_{BEFORE}"]
        moves[f"{side}_change_low"], moves[f"{side}_change_high"] = combine_intervals(
            _columns(now), _columns(before), weights=(1, -1)
        )
    decided = moves[[f"quadrant_{half}" for half in (BEFORE, NOW)]]
    moves["moved"] = (decided.nunique(axis=1) == 2) & ~(decided == "undecided").any(axis=1)
    few = moves["bx_change"].isna()
    reasons = moves[f"reason_{BEFORE}"].fillna(moves[f"reason_{NOW}"])
    moves["reason"] = reasons.fillna("fewer than 2 months; at least 2 are needed").where(few)
    moves["first_month"], moves["split_month"] = (months[0], months[len(first)]) if len(first) else (None, None)
    return moves.reindex(columns=[column.name for column in TABLES["movements"].columns])


def _halve(period: pd.Series[str], first: pd.Index[str]) -> pd.Series[str]:
    """Return whether each month is among the first ones; null where none is known, or there is but one."""
    half = np.select([period.isna() | (not len(first)), period.isin(first)], [-1, 1], default=2).astype(np.int8)
    return pd.Series(pd.Categorical.from_codes(half, pd.Index([ALL, BEFORE, NOW])), period.index)


def _add_up(brand: pd.DataFrame, h: float) -> pd.DataFrame:
    """Return the rows with BX by its three formulas, each with its interval, null where a voice is."""
    shares = (1 / (1 + h), h / (1 + h))
    customer, employee = (brand[[side, f"{side}_low", f"{side}_high"]] for side in ("cx", "ex"))
    low, high = combine_intervals(_columns(customer), _columns(employee), weights=shares)
    logs = (_columns(side.clip(lower=1e-9).transform("log")) for side in (customer, employee))
    geometric_low, geometric_high = combine_intervals(next(logs), next(logs), weights=shares)
    return brand.assign(
        bx=(brand["cx"] + h * brand["ex"]) / (1 + h),
        ci_low=low,
        ci_high=high,
        bx_geometric=(brand["cx"] * brand["ex"] ** h) ** (1 / (1 + h)),
        geometric_low=np.exp(geometric_low),
        geometric_high=np.minimum(np.exp(geometric_high), 100),
        bx_weakest=np.minimum(brand["cx"], brand["ex"]),
        # the lower of two figures is no higher than either, and no lower than both
        weakest_low=np.minimum(brand["cx_low"], brand["ex_low"]),
        weakest_high=np.minimum(brand["cx_high"], brand["ex_high"]),
    )


def _columns(frame: pd.DataFrame) -> tuple[pd.Series[float], pd.Series[float], pd.Series[float]]:
    """Return a figure and the two ends of its interval."""
    value, low, high = (frame.iloc[:, place] for place in range(3))
    return value, low, high


def name_quadrant(brand: pd.DataFrame, high_score: float) -> pd.Series[str]:
    """Return where the intervals of CX and EX put each row: a corner, `undecided`, or null without both voices."""
    high, low = ([brand[f"{side}_low"] > high_score for side in ("cx", "ex")],
                 [brand[f"{side}_high"] < high_score for side in ("cx", "ex")])  # fmt: skip
    corner = np.select(
        [high[0] & high[1], low[0] & low[1], high[0] & low[1], low[0] & high[1]],
        ["virtuous", "vicious", "hidden_cost", "unfulfilled"],
        default="undecided",
    )
    return pd.Series(corner, index=brand.index).where(brand["cx"].notna() & brand["ex"].notna())


def _stale_voice(documents: pd.DataFrame, stale_days: int) -> pd.DataFrame:
    """Return for each unit, over the whole time, the voice whose newest comment is much older than the other's."""
    dated = spread_over_units(documents.reindex(columns=["voice", "date", "unit"]).dropna(subset=["date"]))
    newest = dated.assign(date=pd.to_datetime(dated["date"])).groupby(["unit", "voice"])["date"].max().unstack()  # noqa: PD010  a series
    newest = newest.reindex(columns=list(SIDES))
    behind = (pd.to_datetime(newest["customer"]) - pd.to_datetime(newest["employee"])).dt.days
    stale = pd.Series(
        np.select([behind > stale_days, behind < -stale_days], ["employee", "customer"], default=""), behind.index
    )
    return stale[stale != ""].rename("stale_voice").rename_axis("unit").reset_index().assign(period=ALL)


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
