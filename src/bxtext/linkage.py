"""Stage 8, linkage: does what employees say move with what customers say, over units and months?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, norm
from scipy.stats import t as student

from bxtext.tables import ALL, TABLES
from bxtext.votes import (
    CHUNK,
    bootstrap_variance,
    cast_votes,
    combine_intervals,
    draw_weights,
    join_mentions,
    measure_cells,
    score_interval,
    spread_over_units,
    vote_influence,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MIRROR_RESPONDENTS = 5  # on each side of a mirror pair
WITHIN_PERIODS = 3  # months from which a unit's mean can be taken away
ROUNDING = 1e-9


@dataclass(frozen=True)
class Links:
    """What links the two voices: the `linkage` and `mirror` tables."""

    linkage: pd.DataFrame
    mirror: pd.DataFrame


@dataclass(frozen=True)
class Panel:
    """Mean votes of one voice: `means` (drivers x units x months), NaN where too few spoke."""

    drivers: list[str]
    means: Floats


def link_drivers(  # noqa: PLR0913  three tables, then the section's parameters
    mentions: pd.DataFrame,
    documents: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    min_units: int = 10,
    min_respondents: int = 3,
    max_lag: int = 3,
    resamples: int = 500,
    seed: int = 7,
) -> Links:
    """..."""
