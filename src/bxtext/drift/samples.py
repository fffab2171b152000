"""Two samples against each other: shares, and means whose spread is that of both together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, hypergeom, t

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

COLUMNS = [
    "kind", "voice", "subject", "before", "now", "change", "ci_low", "ci_high", "n_before", "n_now", "p_value",
    "reason",
]  # fmt: skip


def weigh_shares(k_now: ArrayLike, n_now: ArrayLike, k_before: ArrayLike, n_before: ArrayLike) -> Floats:
    """Return two-sided p-values that shares differ: Fisher's exact test, twice the smaller tail.

    A normal approximation is too sure where a trait is rare, as most drivers are in a week.

    Parameters
    ----------
    k_now, n_now, k_before, n_before : array of shape (n_tests,)
        Those with the trait and all, in both samples.

    Examples
    --------
    >>> weigh_shares([30], [100], [10], [100]).round(4).tolist()
    [0.0007]
    >>> weigh_shares([0], [10], [0], [12]).tolist()
    [1.0]
    """
    a, n, b, m = (np.asarray(value, int) for value in (k_now, n_now, k_before, n_before))
    draws = hypergeom(n + m, a + b, n)
    p: Floats = np.minimum(2 * np.minimum(draws.cdf(a), draws.sf(a - 1)), 1)
    return p


def weigh_means(now: pd.DataFrame, before: pd.DataFrame) -> Floats:
    """Return two-sided p-values that means differ: Student's t on the spread around the mean of both samples.

    That spread, and not the one within each sample, keeps few votes that happen to agree from looking sure.

    Parameters
    ----------
    now, before : DataFrame of shape (n_tests, 3)
        Columns `n`, `mean` and `spread`, the unbiased variance; NaN for one vote.
    """
    n, m = now["n"].to_numpy(float), before["n"].to_numpy(float)
    gap = now["mean"].to_numpy(float) - before["mean"].to_numpy(float)
    within = now["spread"].fillna(0).to_numpy(float) * (n - 1) + before["spread"].fillna(0).to_numpy(float) * (m - 1)
    whole = (within + gap**2 * n * m / (n + m)) / np.maximum(n + m - 1, 1)
    spread = np.sqrt(whole * (1 / n + 1 / m))
    p: Floats = 2 * t.sf(np.divide(np.abs(gap), spread, out=np.zeros_like(gap), where=spread > 0), n + m - 2)
    return p


def bound_gap(now: pd.DataFrame, before: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return the ends of the 95 % interval of how far means are apart: Student's t on the spread within both samples.

    Parameters
    ----------
    now, before : DataFrame of shape (n_tests, 3)
        As for `weigh_means`.

    Examples
    --------
    >>> now, before = (pd.DataFrame({"n": [50], "mean": [mean], "spread": [1.0]}) for mean in (0.5, 0.0))
    >>> [end.round(2).tolist() for end in bound_gap(now, before)]
    [[0.1], [0.9]]
    """
    n, m = now["n"].to_numpy(float), before["n"].to_numpy(float)
    gap = now["mean"].to_numpy(float) - before["mean"].to_numpy(float)
    within = now["spread"].fillna(0).to_numpy(float) * (n - 1) + before["spread"].fillna(0).to_numpy(float) * (m - 1)
    free = np.maximum(n + m - 2, 1)
    reach = t.ppf(0.975, free) * np.sqrt(within / free * (1 / n + 1 / m))
    return gap - reach, gap + reach


def adjust(p_values: pd.Series[float]) -> pd.Series[float]:
    """Return Benjamini and Hochberg's q-values; NaN stays NaN, a test that was not made."""
    made = p_values.notna()
    adjusted = pd.Series(np.nan, index=p_values.index)
    if made.any():
        adjusted[made] = false_discovery_control(p_values[made])
    return adjusted


def as_tests(frame: pd.DataFrame, kind: str, *, min_respondents: int) -> pd.DataFrame:
    """Return tests with the columns of all, those of too few people unmade, with the reason."""
    fewest = frame[["n_before", "n_now"]].min(axis=1)
    few = fewest < min_respondents
    reason = pd.Series([f"{n} people on a side, {min_respondents} needed" for n in fewest], frame.index, dtype="str")
    told = frame.assign(
        kind=kind,
        change=frame["now"] - frame["before"],
        p_value=frame["p_value"].mask(few),
        reason=reason.where(few),
    )
    return told.reindex(columns=COLUMNS)
