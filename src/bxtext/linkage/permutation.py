"""How often chance alone would link two drivers as much: whose employees meet whose customers is permuted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.stats import false_discovery_control

from bxtext.linkage.correlation import ROUNDING, rank_cells, take_away_means

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ALIKE = 6  # units of like size that change places


def draw_orders(sizes: Floats, *, resamples: int, seed: int) -> NDArray[np.int64]:
    """Return the units as they are, then in `resamples` random orders: (1 + resamples) x units.

    A unit changes place with units of like size only: small units have wide swings and missing months in both voices,
    which would meet less often if all units were exchanged, and so look like a link.

    Examples
    --------
    >>> draw_orders(np.arange(12), resamples=100, seed=7)[:, :6].max()
    np.int64(5)
    """
    rng = np.random.default_rng(seed)
    orders = np.tile(np.arange(len(sizes)), (1 + resamples, 1))
    for alike in np.array_split(np.argsort(sizes, kind="stable"), max(len(sizes) // ALIKE, 1)):
        orders[1:, alike] = rng.permuted(np.tile(alike, (resamples, 1)), axis=1)
    return orders


def compare_orders(x: Floats, y: Floats, orders: NDArray[np.int64], *, within: bool) -> Floats:
    """Return how linked each pair is under every order of the customers' units.

    Cells are ranked once a driver, then the mean of each month is taken away, so that what all units share, as a
    season, links nothing. The statistic is the sum of the products of the ranks over the root of the sum of their
    squares: small units, whose means swing far in both voices, would else be mistaken for a link (the case for
    studentised permutation tests: DiCiccio and Romano 2017, doi 10.1080/01621459.2016.1202117).

    Parameters
    ----------
    x, y : ndarray, (employee drivers x units x months), (customer drivers x units x months)
    orders : ndarray, (orders x units)
    within : bool
        Whether each unit's mean is taken away first.

    Returns
    -------
    ndarray, (employee drivers x customer drivers x orders)
    """
    u, v = (_centre(values, within=within) for values in (x, y))
    n_units, n_months = u.shape[1:]
    meets = csr_array(
        (np.ones(orders.size), (np.arange(n_units) * n_units + orders).ravel(), np.arange(len(orders) + 1) * n_units),
        shape=(len(orders), n_units * n_units),
    )
    customers = v.transpose(2, 1, 0).reshape(n_months, n_units * len(v))  # months x (units x drivers)
    squares = customers**2
    linked = np.empty((len(u), len(v), len(orders)))
    for number, months in enumerate(u):  # one driver at a time: every unit meets every unit
        products = (months @ customers).reshape(n_units**2, len(v))
        spread = (months**2 @ squares).reshape(n_units**2, len(v))
        total, size = (meets @ products).T, np.sqrt((meets @ spread).T)
        linked[number] = np.divide(total, size, out=np.full(total.shape, np.nan), where=size > ROUNDING)
    return linked


def _centre(values: Floats, *, within: bool) -> Floats:
    ranks = rank_cells(take_away_means(values)) if within else rank_cells(values)
    return np.nan_to_num(take_away_means(ranks, axis=1))


def stand_out(linked: Floats, told: NDArray[np.bool_]) -> Floats:
    """Return how far each pair (rows) stands out under each order (columns), in the spread over all orders.

    The pair as it is counts among the orders: left out, it alone would be measured by a spread it has no part in.
    """
    known = np.isfinite(linked)
    count = np.maximum(known.sum(axis=1), 1)
    off = np.where(known, linked - (np.where(known, linked, 0).sum(axis=1) / count)[:, None], np.nan)
    spread = np.sqrt(np.where(known, off**2, 0).sum(axis=1) / count)
    spread[(spread < ROUNDING) | ~told] = np.nan
    return np.asarray(np.abs(off) / spread[:, None])


def pooled_p(stands_out: Floats) -> Floats:
    """Return the share of all permutations of all pairs that stand out as far as the pair as it is (column 0).

    A few hundred permutations of a pair could never pass a correction for thousands of pairs; standardised, they are
    pooled (as in Tusher, Tibshirani and Chu 2001, doi 10.1073/pnas.091062498).
    """
    observed, permuted = stands_out[:, 0], stands_out[:, 1:]
    pool = np.sort(permuted[np.isfinite(permuted)])
    beyond = len(pool) - np.searchsorted(pool, observed - ROUNDING)
    return np.where(np.isfinite(observed), (beyond + 1) / (len(pool) + 1), np.nan)


def matrix_p(stands_out: Floats) -> float:
    """Return how often a permuted matrix holds a pair that stands out as far as the farthest of the matrix as it is.

    `stands_out` is (pairs x 1 + permutations), every level and lag among the pairs; 1 when nothing could be tested.
    """
    told = stands_out[np.isfinite(stands_out[:, 0])]
    if not len(told):
        return 1.0
    farthest = np.where(np.isfinite(told), told, 0).max(axis=0)
    return float((farthest >= farthest[0] - ROUNDING).mean())


def correct(p_values: pd.DataFrame, floor: float) -> pd.DataFrame:
    """Return Benjamini and Hochberg's q over all cells of a frame at once, `floor` at least; null stays null."""
    flat = p_values.to_numpy().ravel()
    known = np.isfinite(flat)
    flat[known] = np.maximum(false_discovery_control(flat[known]), floor) if known.any() else flat[known]
    return pd.DataFrame(flat.reshape(p_values.shape), index=p_values.index, columns=p_values.columns)
