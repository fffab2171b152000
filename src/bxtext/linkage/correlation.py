"""Spearman's rho of one employee driver with every customer driver, and how far each unit moves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit
from scipy.stats import rankdata

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ROUNDING = 1e-9


@dataclass(frozen=True)
class Correlation:
    """Rho of each pair over the cells that both have; NaN where one of them is constant.

    `moves` (pairs x units) is how far each unit moves Fisher's z of the pair.
    """

    n_units: NDArray[np.int64]
    n_cells: NDArray[np.int64]
    rho: Floats
    moves: Floats

    @property
    def z(self) -> Floats:
        """Rho on Fisher's scale."""
        return np.arctanh(np.clip(self.rho, -1 + ROUNDING, 1 - ROUNDING))

    def interval(self) -> tuple[Floats, Floats]:
        """Return the 95 % interval of rho."""
        reach = reach_of(self.moves, self.n_units)
        return np.tanh(self.z - reach), np.tanh(self.z + reach)


def reach_of(moves: Floats, n_units: NDArray[np.int64]) -> Floats:
    """Return half the 95 % interval of a figure that each unit moves by `moves`.

    The variance is that of a bootstrap over units as the resamples grow without end, unbiased; Student's t with the
    degrees of freedom of a correlation of so many units.
    """
    spare = np.maximum(n_units - 2, 1)
    variance = (moves**2).sum(axis=-1) * n_units / np.maximum(n_units - 1, 1)
    reach: Floats = stdtrit(spare, 0.975) * np.sqrt(variance)
    return reach


@dataclass(frozen=True)
class Ordered:
    """Series (series x cells) and where each cell stands among those of its series; missing cells last."""

    values: Floats
    order: NDArray[np.int64]
    below: NDArray[np.int64]
    not_above: NDArray[np.int64]

    @classmethod
    def of(cls, values: Floats) -> Ordered:
        """Order series of any shape after the first axis."""
        flat = values.reshape(len(values), -1)
        order = np.argsort(flat, axis=1, kind="stable")
        places = [
            (np.searchsorted(cells[line], cells, side="left"), np.searchsorted(cells[line], cells, side="right"))
            for cells, line in zip(flat, order, strict=True)
        ]
        below, not_above = np.array(places, dtype=int).reshape(len(flat), 2, -1).transpose(1, 0, 2)
        return cls(flat, order, below, not_above)

    def series(self, number: int) -> Ordered:
        """Return one series alone."""
        own = slice(number, number + 1)
        return Ordered(self.values[own], self.order[own], self.below[own], self.not_above[own])

    def sum_below(self, weights: Floats) -> Floats:
        """Return for each cell the sum of the weights of the cells below it, and half of those level with it."""
        shape = weights.shape
        sums = np.zeros((shape[0], shape[1] + 1))
        np.cumsum(np.take_along_axis(weights, np.broadcast_to(self.order, shape), axis=1), axis=1, out=sums[:, 1:])
        under, upto = (
            np.take_along_axis(sums, np.broadcast_to(place, shape), axis=1) for place in (self.below, self.not_above)
        )
        return np.asarray((under + upto) / 2)


def correlate(x: Ordered, y: Ordered, n_units: int) -> Correlation:
    """Return Spearman's rho of the one series `x` with every series of `y`, over the cells that both have.

    How far a unit moves rho is its empirical influence: through its own cells, and through the ranks it gives to
    the cells of the others, ties halved. (With the ranks held as they are, the intervals are too narrow.)

    Parameters
    ----------
    x, y : Ordered
        One series, and many, of units x months cells, flat.
    n_units : int
        Number of units; the months of a unit are side by side.
    """
    both = np.isfinite(x.values) & np.isfinite(y.values)
    n_cells = both.sum(axis=1)
    n = np.maximum(n_cells, 1)[:, None]
    present = both.astype(float)
    u = np.where(both, (x.sum_below(present) - n / 2) / n, 0)  # ranks about their mean, from -1/2 to 1/2
    v = np.where(both, (y.sum_below(present) - n / 2) / n, 0)
    uv, uu, vv = ((one * other).sum(axis=1, keepdims=True) / n for one, other in ((u, v), (u, u), (v, v)))
    known = (uu > ROUNDING) & (vv > ROUNDING)
    spread = np.sqrt(np.where(known, uu * vv, 1))
    rho = uv / spread
    moves_uv = u * v - (x.sum_below(v) + y.sum_below(u)) / n
    moves_uu = u * u - 2 * x.sum_below(u) / n
    moves_vv = v * v - 2 * y.sum_below(v) / n
    moves = moves_uv / spread - rho / 2 * (moves_uu / np.where(known, uu, 1) + moves_vv / np.where(known, vv, 1))
    moves = np.where(both, moves, 0)
    moves = np.where(both, moves - moves.sum(axis=1, keepdims=True) / n, 0) / n
    panel = (len(moves), n_units, both.shape[1] // max(n_units, 1))
    by_unit = moves.reshape(panel).sum(axis=2) / np.maximum(1 - rho**2, ROUNDING)
    seen = both.reshape(panel).any(axis=2).sum(axis=1)
    return Correlation(seen, n_cells, np.where(known, rho, np.nan)[:, 0], by_unit)


def correlate_within(x: Floats, y: Floats) -> Floats:
    """Return rho of one series (units x months) with many (series x units x months), unit means taken away.

    Only cells that both have count, in units that have several of them.
    """
    both = np.isfinite(x) & np.isfinite(y)
    repeated = both & (both.sum(axis=2) > 1)[:, :, None]
    u, v = (rank_cells(take_away_means(np.where(repeated, values, np.nan))) for values in (x, y))
    u, v = (np.nan_to_num(ranks).reshape(len(ranks), -1) for ranks in (u, v))
    spread = np.sqrt((u * u).sum(axis=1) * (v * v).sum(axis=1))
    rho: Floats = np.divide((u * v).sum(axis=1), spread, out=np.full(len(y), np.nan), where=spread > ROUNDING)
    return rho


def rank_cells(values: Floats) -> Floats:
    """Rank the cells of each series, ties averaged; the mean rank is 0 and missing cells stay NaN."""
    flat = values.reshape(len(values), -1)
    known = np.isfinite(flat)
    ranks = np.where(known, rankdata(np.where(known, flat, np.inf), axis=1), np.nan) if flat.size else flat
    return np.asarray(ranks - (known.sum(axis=1, keepdims=True) + 1) / 2).reshape(values.shape)


def take_away_means(values: Floats, axis: int = 2) -> Floats:
    """Take means over an axis away: 2 for a unit's over the months, 1 for a month's over the units.

    A unit with one month tells nothing within and goes missing.
    """
    known = np.isfinite(values)
    count = known.sum(axis=axis, keepdims=True)
    mean = np.where(known, values, 0).sum(axis=axis, keepdims=True) / np.maximum(count, 1)
    # rounded: differences of 1e-17 are no differences, but they have ranks
    return np.asarray(np.where(count > 1, np.round(values - mean, 9), np.nan))
