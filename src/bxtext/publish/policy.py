"""What may leave: the rules a client's parameters set, never below the floor that none of them lowers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from bxtext.params import Params

FLOOR = 5  # people that an employee figure stands for: no parameter lowers it
FEW = 20  # people below whom a figure is told in coarse steps
COARSE, FINE = 5.0, 1.0  # steps of a score in [0, 100], for few people and for more


@dataclass(frozen=True)
class Policy:
    """What is asked of employees' figures; customers' are shown as their stages made them.

    Attributes
    ----------
    k : int
        Fewest people that an employee figure stands for.
    highest : float
        Scores above it are told as it, those below 100 - `highest` as that: nobody learns that all said the same.
    unnamed : frozenset of str
        Sources of employees whose files don't say who wrote: their rows aren't people, and nothing is broken down.
    """

    k: int = FLOOR
    highest: float = 90.0
    unnamed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Hold the floor, whoever makes the policy."""
        if self.k < FLOOR:
            raise ValueError(f"k is {self.k}; an employee figure stands for at least {FLOOR} people")

    def code_score(self, score: pd.Series[float], n: pd.Series[float]) -> pd.Series[float]:
        """Return scores of `n` people in steps, neither too high nor too low to be told.

        Examples
        --------
        >>> Policy().code_score(pd.Series([97.3, 62.4, 62.4]), pd.Series([40, 40, 12])).tolist()
        [90.0, 62.0, 60.0]
        """
        return _in_steps(score, n).clip(100 - self.highest, self.highest)

    def code_change(self, change: pd.Series[float], n: pd.Series[float]) -> pd.Series[float]:
        """Return differences of scores in steps.

        Examples
        --------
        >>> Policy().code_change(pd.Series([-12.6]), pd.Series([9])).tolist()
        [-15.0]
        """
        return _in_steps(change, n)

    def code_share(self, share: pd.Series[float]) -> pd.Series[float]:
        """Return shares in hundredths, at most `highest` of a hundred.

        Examples
        --------
        >>> Policy().code_share(pd.Series([0.0312, 1.0])).tolist()
        [0.03, 0.9]
        """
        return share.round(2).clip(0, self.highest / 100)


def _in_steps(figures: pd.Series[float], n: pd.Series[float]) -> pd.Series[float]:
    step = pd.Series(np.where(n < FEW, COARSE, FINE), index=figures.index)
    return (figures / step).round() * step + 0.0  # no minus before what rounds to zero


def set_policy(params: Params) -> Policy:
    """Return the policy of a client."""
    unnamed = {
        source.name for source in params.sources if source.voice == "employee" and source.columns.respondent_id is None
    }
    return Policy(params.privacy.min_respondents, params.privacy.highest_score, frozenset(unnamed))
