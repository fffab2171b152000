"""Necessary Condition Analysis over units: whether high CX is ever seen where employees fare badly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bxtext.claims.verdict import ALPHA, MIN_UNITS, Claim, judge, lack
from bxtext.tables import ALL

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MIN_EFFECT = 0.1  # effect size below which a necessary condition is negligible (Dul 2016)
ROUNDING = 1e-9


def judge_necessity(claim: str, units: pd.DataFrame, condition: str, *, resamples: int, seed: int) -> Claim:
    """Judge whether CX needs a condition, a column of `units`, by both ceilings; the weaker one gives the figures."""
    both = units.dropna(subset=["cx", condition])
    if len(both) < MIN_UNITS:
        met = "both voices" if condition == "ex" else f"CX and {condition}"
        return lack(claim, len(both), "units", f"{len(both)} units with {met}; at least {MIN_UNITS} are needed")
    x, cx = both[condition].to_numpy(), both["cx"].to_numpy()
    if np.ptp(x) == 0 or np.ptp(cx) == 0:
        return lack(claim, len(both), "units", "CX or EX does not vary between units")
    permuted = np.random.default_rng(seed).permuted(np.tile(cx, (resamples, 1)), axis=1)
    effects, p_values = [], []
    for measure in (measure_ceiling, measure_line):
        effects.append(float(measure(x, cx)))
        p_values.append(float((1 + (measure(x, permuted) >= effects[-1] - ROUNDING).sum()) / (1 + resamples)))
    against = both.loc[_stand_against(both, condition), "unit"]
    return judge(
        claim,
        len(both),
        "units",
        holds=min(effects) >= MIN_EFFECT and max(p_values) < ALPHA,
        effect=min(effects),
        p_value=max(p_values),
        detail=", ".join(against) or None,
    )


def _stand_against(units: pd.DataFrame, condition: str) -> pd.Series[bool]:
    """Return which units are counter-examples: high CX over low EX, above the straight ceiling."""
    intercept, slope = fit_ceiling(units[condition].to_numpy(float), units["cx"].to_numpy(float))
    above: pd.Series[bool] = units["cx"] > intercept + slope * units[condition] + ROUNDING
    return above & (units["quadrant"] == "hidden_cost")


def measure_ceiling(condition: Floats, outcome: Floats) -> Floats:
    """Return how much of the scope the CE-FDH ceiling leaves empty: the effect size d of a necessary condition.

    The ceiling is the highest outcome seen at this condition or a lower one; the empty zone above it, relative to the
    scope of the data (Dul 2016, doi 10.1177/1094428115584005).

    Parameters
    ----------
    condition : ndarray, shape (n,)
    outcome : ndarray, shape (..., n)
        One or many outcomes, such as permutations of one.

    Examples
    --------
    >>> float(measure_ceiling(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 2.0])))
    0.75
    """
    x, highest = _outline(condition, outcome)
    ceiling = np.maximum.accumulate(highest, axis=-1)
    top, bottom = outcome.max(axis=-1), outcome.min(axis=-1)
    empty = ((top[..., None] - ceiling[..., :-1]) * np.diff(x)).sum(axis=-1)
    return np.asarray(empty / ((x[-1] - x[0]) * (top - bottom)))


def _outline(condition: Floats, outcome: Floats) -> tuple[Floats, Floats]:
    """Return each condition once, sorted, and the highest outcome at it."""
    order = np.argsort(condition, kind="stable")
    x, first = np.unique(condition[order], return_index=True)
    return x, np.maximum.reduceat(outcome[..., order], first, axis=-1)


def fit_ceiling(condition: Floats, outcome: Floats) -> tuple[Floats, Floats]:
    """Return intercept and slope of the CR-FDH ceiling: least squares through the corners of the CE-FDH ceiling.

    Parameters
    ----------
    condition : ndarray, shape (n,)
    outcome : ndarray, shape (..., n)
        One or many outcomes.

    Returns
    -------
    intercept, slope : ndarray, shape (...)
        A flat line where the highest outcome is seen at the lowest condition already.

    Examples
    --------
    >>> [float(end) for end in fit_ceiling(np.array([0.0, 1.0, 2.0, 2.0]), np.array([1.0, 0.0, 3.0, 2.0]))]
    [1.0, 1.0]
    """
    x, highest = _outline(condition, outcome)
    before = np.maximum.accumulate(highest, axis=-1)[..., :-1]
    first = np.ones((*highest.shape[:-1], 1), dtype=bool)
    corner = np.concatenate([first, highest[..., 1:] > before], axis=-1)
    n = corner.sum(axis=-1)
    middle, level = (corner * x).sum(axis=-1) / n, (corner * highest).sum(axis=-1) / n
    apart = corner * (x - middle[..., None])
    spread = (apart**2).sum(axis=-1)
    slope = (apart * highest).sum(axis=-1) / np.where(n > 1, spread, 1)
    return level - slope * middle, slope


def measure_line(condition: Floats, outcome: Floats) -> Floats:
    """Return the effect size d of the CR-FDH ceiling: the scope above the line, relative to the scope.

    Examples
    --------
    >>> float(measure_line(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 2.0])))
    0.5
    """
    intercept, slope = fit_ceiling(condition, outcome)
    left, right, bottom, top = condition.min(), condition.max(), outcome.min(axis=-1), outcome.max(axis=-1)
    rises = np.where(slope > 0, slope, 1)
    enters, leaves = (np.clip((end - intercept) / rises, left, right) for end in (bottom, top))  # the scope
    heights = [top - np.clip(intercept + rises * place, bottom, top) for place in (enters, leaves)]
    area = (enters - left) * (top - bottom) + (leaves - enters) * sum(heights) / 2
    return np.where(slope > 0, area / ((right - left) * (top - bottom)), 0.0)


def draw_ceilings(brand: pd.DataFrame) -> pd.DataFrame:
    """Return the units with both voices by EX, under the two ceilings of CX.

    Parameters
    ----------
    brand : DataFrame
        The table `brand`.

    Returns
    -------
    DataFrame
        `unit`, `ex`, `cx`, `ce_fdh` (the highest CX at this EX or below), `cr_fdh` (the straight ceiling) and
        `against` (a counter-example: high CX over low EX, above the straight ceiling), by EX. `attrs` holds the two
        effect sizes, `d_ce_fdh` and `d_cr_fdh`. Empty with fewer than 10 units, or when either doesn't vary.
    """
    whole = brand[(brand["unit"] != ALL) & (brand["period"] == ALL)].dropna(subset=["cx", "ex"])
    units = whole.sort_values(["ex", "unit"], ignore_index=True)[["unit", "ex", "cx", "quadrant"]]
    ex, cx = units["ex"].to_numpy(float), units["cx"].to_numpy(float)
    if len(units) < MIN_UNITS or np.ptp(ex) == 0 or np.ptp(cx) == 0:
        return units.head(0).assign(ce_fdh=0.0, cr_fdh=0.0, against=False).drop(columns="quadrant")
    intercept, slope = (float(end) for end in fit_ceiling(ex, cx))
    highest = units.groupby("ex")["cx"].max().cummax()
    drawn = units.assign(
        ce_fdh=units["ex"].map(highest), cr_fdh=intercept + slope * ex, against=_stand_against(units, "ex")
    )
    drawn = drawn.drop(columns="quadrant")
    drawn.attrs = {"d_ce_fdh": float(measure_ceiling(ex, cx)), "d_cr_fdh": float(measure_line(ex, cx))}
    return drawn
