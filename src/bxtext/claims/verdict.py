"""One row of the table `claims`: a verdict with its figures, or what it would take."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
from scipy.stats import norm

ALPHA = 0.05
POWER = 0.8
LARGE = 0.5  # an effect that matters: a correlation, or a slope in standard deviations
MIN_UNITS = 10  # units a claim about units needs
Claim = dict[str, Any]


def count_needed(n: int, reach: float, large: float) -> int:
    """Return how many it takes to find a `large` effect 8 times in 10, when `n` leave an interval of +- `reach`.

    Examples
    --------
    >>> count_needed(20, reach=0.7, large=0.5), count_needed(20, reach=0.1, large=0.5)
    (81, 2)
    """
    stretch = float(norm.ppf([1 - ALPHA / 2, POWER]).sum() / norm.ppf(1 - ALPHA / 2))
    return ceil(n * (stretch * reach / large) ** 2)


def judge(claim: str, n: int, unit_of_n: str, *, holds: bool, needed: int = 0, **figures: Any) -> Claim:
    """Return the row of a claim that was tested; silence of fewer than the `needed` says nothing against it."""
    if not holds and n < needed:
        return lack(claim, n, unit_of_n, f"{n} {unit_of_n} leave the answer open; about {needed} are needed")
    verdict = "supported" if holds else "not_supported"
    return {"claim": claim, "n": n, "unit_of_n": unit_of_n, "verdict": verdict, **_no_figures(), **figures}


def lack(claim: str, n: int, unit_of_n: str, reason: str) -> Claim:
    """Return the row of a claim that could not be tested, with what is missing."""
    figures = _no_figures() | {"reason": reason}
    return {"claim": claim, "n": n, "unit_of_n": unit_of_n, "verdict": "not_enough_data", **figures}


def _no_figures() -> Claim:
    return {"effect": np.nan, "ci_low": np.nan, "ci_high": np.nan, "p_value": np.nan, "detail": None, "reason": None}
