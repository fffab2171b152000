"""One row of the table `claims`: a verdict with its figures, or what it would take."""

from __future__ import annotations

from typing import Any

import numpy as np

ALPHA = 0.05
MIN_UNITS = 10  # units a claim about units needs
Claim = dict[str, Any]


def judge(claim: str, n: int, unit_of_n: str, *, holds: bool, **figures: Any) -> Claim:
    """Return the row of a claim that could be tested."""
    verdict = "supported" if holds else "not_supported"
    return {"claim": claim, "n": n, "unit_of_n": unit_of_n, "verdict": verdict, **_no_figures(), **figures}


def lack(claim: str, n: int, unit_of_n: str, reason: str) -> Claim:
    """Return the row of a claim that could not be tested, with what is missing."""
    figures = _no_figures() | {"reason": reason}
    return {"claim": claim, "n": n, "unit_of_n": unit_of_n, "verdict": "not_enough_data", **figures}


def _no_figures() -> Claim:
    return {"effect": np.nan, "ci_low": np.nan, "ci_high": np.nan, "p_value": np.nan, "detail": None, "reason": None}
