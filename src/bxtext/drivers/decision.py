"""When log-odds are worth a mention: drivers compete, then pass a cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Drivers of one text compete: each loses this share of the best one's log-odds. Comments put together from exemplars
# that the model had not seen were best served by .2 to .4 (of several sentences) and .4 to .8 (of one); within that,
# employees' drivers, which share more words, compete more.
COMPETITION = {"customer": 0.2, "employee": 0.7}
# From log-odds to a confidence that is 1/2 where a mention is worth making: on such comments the best cut lay between
# -.75 and -.5 (of several sentences), -.6 and -.25 (of one); this is the middle. The slope says how fast confidence
# grows.
CENTRE = -0.5
SLOPE = 0.8
CUTS = np.arange(-2, 2.05, 0.05)  # tried for a client who taught many sentences


def let_compete(odds: NDArray[np.float64], voice: str) -> NDArray[np.float64]:
    """Return log-odds (texts x drivers) less a share of each text's best ones.

    Examples
    --------
    >>> let_compete(np.array([[2.0, 1.0]]), "customer")
    array([[1.6, 0.6]])
    """
    best: NDArray[np.float64] = odds.max(axis=1, keepdims=True)
    return odds - COMPETITION[voice] * np.maximum(best, 0)


def best_cut(odds: NDArray[np.float64], present: NDArray[np.bool_]) -> float:
    """Return the cut of log-odds with the best micro F1.

    Parameters
    ----------
    odds : array of float, (texts, drivers)
        Log-odds by a model that these texts did not teach.
    present : array of bool, (texts, drivers)
        What the texts truly speak of.

    Returns
    -------
    float
        In log-odds; the middle of the best cuts.

    Examples
    --------
    >>> odds = np.array([[1.0], [0.6], [0.2], [-1.0]])
    >>> 0.2 < best_cut(odds, odds > 0.5) <= 0.6
    True
    """
    found = odds.ravel() >= CUTS[:, None]
    f1 = 2 * (found & present.ravel()).sum(axis=1) / (found.sum(axis=1) + max(present.sum(), 1))
    return float(CUTS[f1 == f1.max()].mean())
