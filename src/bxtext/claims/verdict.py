"""One row of the table `claims`: a verdict with its figures, or what it would take."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np

ALPHA = 0.05
LARGE = 0.5  # an effect that matters: a correlation, or a slope in standard deviations
MIN_UNITS = 10  # units a claim about units needs
Claim = dict[str, Any]


def count_needed(n: int, point: float, high: float, large: float) -> int:
    """Return how many it takes to tell an effect from none or from a `large` one, about; 0 when `n` tell the latter.

    Examples
    --------
    >>> count_needed(20, point=0.1, high=0.4, large=0.5), count_needed(20, point=0.1, high=0.9, large=0.5)
    (0, 80)
    """
    return ceil(n * ((high - point) / max(abs(point), large - point)) ** 2) if high >= large else 0


def judge(claim: str, n: int, unit_of_n: str, *, holds: bool, needed: int = 0, **figures: Any) -> Claim:
    """Return the row of a claim that was tested; what is unproven on fewer than the `needed` is left open."""
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
