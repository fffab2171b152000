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
    """Judge whether CX needs a condition, a column of `units`; counter-examples have high CX and low EX."""
    both = units.dropna(subset=["cx", condition])
    if len(both) < MIN_UNITS:
        return lack(claim, len(both), "units", f"{len(both)} units with both voices; at least {MIN_UNITS} are needed")
    x, cx = both[condition].to_numpy(), both["cx"].to_numpy()
    if np.ptp(x) == 0 or np.ptp(cx) == 0:
        return lack(claim, len(both), "units", "CX or EX does not vary between units")
    effect = float(measure_ceiling(x, cx))
    permuted = np.random.default_rng(seed).permuted(np.tile(cx, (resamples, 1)), axis=1)
    p_value = float((1 + (measure_ceiling(x, permuted) >= effect - ROUNDING).sum()) / (1 + resamples))
    against = both.loc[both["quadrant"] == "hidden_cost", "unit"]
    return judge(
        claim,
        len(both),
        "units",
        holds=effect >= MIN_EFFECT and p_value < ALPHA,
        effect=effect,
        p_value=p_value,
        detail=", ".join(against) or None,
    )


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
    order = np.argsort(condition, kind="stable")
    steps = np.diff(condition[order])
    ceiling = np.maximum.accumulate(outcome[..., order], axis=-1)
    top, bottom = outcome.max(axis=-1), outcome.min(axis=-1)
    empty = ((top[..., None] - ceiling[..., :-1]) * steps).sum(axis=-1)
    return np.asarray(empty / (steps.sum() * (top - bottom)))


def fit_ceiling(condition: Floats, outcome: Floats) -> tuple[float, float]:
    """Return intercept and slope of the CR-FDH ceiling: least squares through the corners of the CE-FDH ceiling.

    Parameters
    ----------
    condition, outcome : ndarray, shape (n,)

    Returns
    -------
    intercept, slope : float
        A flat line at the highest outcome where it is seen at the lowest condition already.

    Examples
    --------
    >>> fit_ceiling(np.array([0.0, 1.0, 2.0, 2.0]), np.array([1.0, 0.0, 3.0, 2.0]))
    (1.0, 1.0)
    """
    order = np.lexsort([-outcome, condition])
    x, y = condition[order], outcome[order]
    corner = np.concatenate([[True], y[1:] > np.maximum.accumulate(y)[:-1]])
    x, y = x[corner], y[corner]
    if len(x) == 1:
        return float(y[0]), 0.0
    slope = float(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum())
    return float(y.mean() - slope * x.mean()), slope


def measure_line(condition: Floats, outcome: Floats) -> float:
    """Return the effect size d of the CR-FDH ceiling: the scope above the line, relative to the scope.

    Examples
    --------
    >>> measure_line(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 2.0]))
    0.5
    """
    intercept, slope = fit_ceiling(condition, outcome)
    left, right, bottom, top = condition.min(), condition.max(), outcome.min(), outcome.max()
    if slope <= 0:
        return 0.0
    ends = np.clip((np.array([bottom, top]) - intercept) / slope, left, right)  # where the line enters and leaves
    height = top - np.clip(intercept + slope * ends, bottom, top)
    area = (ends[0] - left) * (top - bottom) + (ends[1] - ends[0]) * height.mean()
    return float(area / ((right - left) * (top - bottom)))


def draw_ceilings(brand: pd.DataFrame) -> pd.DataFrame:
    """Return the units with both voices by EX, under the two ceilings of CX.

    Parameters
    ----------
    brand : DataFrame
        The table `brand`.

    Returns
    -------
    DataFrame
        `unit`, `ex`, `cx`, `ce_fdh` (the highest CX at this EX or below), `cr_fdh` (the straight ceiling), `above`
        (CX above the straight ceiling, left of where it would be expected) and `quadrant`, by EX. `attrs` holds the
        two effect sizes, `d_ce_fdh` and `d_cr_fdh`. Empty with fewer than 10 units, or when either doesn't vary.
    """
    whole = brand[(brand["unit"] != ALL) & (brand["period"] == ALL)].dropna(subset=["cx", "ex"])
    units = whole.sort_values(["ex", "unit"], ignore_index=True)[["unit", "ex", "cx", "quadrant"]]
    ex, cx = units["ex"].to_numpy(float), units["cx"].to_numpy(float)
    if len(units) < MIN_UNITS or np.ptp(ex) == 0 or np.ptp(cx) == 0:
        return units.head(0).assign(ce_fdh=0.0, cr_fdh=0.0, above=False)
    intercept, slope = fit_ceiling(ex, cx)
    highest = units.groupby("ex")["cx"].max().cummax()
    line = intercept + slope * ex
    drawn = units.assign(ce_fdh=units["ex"].map(highest), cr_fdh=line, above=cx > line + ROUNDING)
    drawn.attrs = {"d_ce_fdh": float(measure_ceiling(ex, cx)), "d_cr_fdh": measure_line(ex, cx)}
    return drawn
