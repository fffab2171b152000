"""What each driver explains of an outcome: R² split among drivers that go together."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MAX_EXACT = 12  # drivers up to which every subset of them is tried
ROUNDING = 1e-9  # a variance below this is rounding
EIGEN_ROUNDING = 1e-10  # an eigenvalue of a correlation matrix below this is rounding


def split_explained(correlation: Floats, sizes: Sequence[int]) -> Floats:
    """Split R² among drivers: exactly up to `MAX_EXACT` of them, by relative weights above.

    Parameters
    ----------
    correlation : ndarray, shape (resamples, 1 + columns, 1 + columns)
        Correlations of the outcome (first) and of the columns, those of a driver side by side.
    sizes : sequence of int
        Columns of each driver.

    Returns
    -------
    ndarray, shape (resamples, drivers)
        Never negative; a row adds up to its R².

    Examples
    --------
    >>> alone = np.array([[[1, 0.6, 0.3], [0.6, 1, 0], [0.3, 0, 1]]])  # columns that don't go together
    >>> split_explained(alone, [1, 1]).round(2).tolist()
    [[0.36, 0.09]]
    """
    if len(sizes) <= MAX_EXACT:
        return average_over_orders(correlation, sizes)
    return np.add.reduceat(weigh_relatively(correlation), np.cumsum([0, *sizes[:-1]]), axis=1)


def average_over_orders(correlation: Floats, sizes: Sequence[int]) -> Floats:
    """Return what R² gains by each driver, averaged over all orders in which the drivers can come in.

    LMG, or Shapley values of R² (Grömping 2006, doi 10.18637/jss.v017.i01), arguments as in `split_explained`. The
    residual variance is had for every subset at once: deciding on one driver after the other, a subset takes it in
    (what remains is freed of its columns) or leaves it out (its columns are dropped).
    """
    n_drivers = len(sizes)
    remaining = correlation[None]  # (subsets of the drivers decided on, resamples, 1 + columns left, same)
    for size in sizes[::-1]:
        with_driver = remaining
        for _ in range(size):
            with_driver = _free_of_last(with_driver)
        left = remaining.shape[-1] - size
        remaining = np.concatenate([remaining[..., :left, :left], with_driver])
    explained = 1 - remaining[..., 0, 0]  # (subsets, resamples): driver d is in subset s when bit n - 1 - d of s is set

    subset = np.arange(2**n_drivers)
    inside = (subset[:, None] >> np.arange(n_drivers)[::-1]) & 1 == 1
    n_inside = inside.sum(axis=1, keepdims=True)
    orders = np.array([comb(n_drivers - 1, others) for others in range(n_drivers)])
    weight = np.where(inside, 1 / orders[np.maximum(n_inside - 1, 0)], -1 / orders[np.minimum(n_inside, n_drivers - 1)])
    split: Floats = explained.T @ weight / n_drivers
    return np.maximum(split, 0)


def _free_of_last(covariance: Floats) -> Floats:
    """Take away what the last variable explains; one without variance explains nothing."""
    last, pivot = covariance[..., :-1, -1], covariance[..., -1, -1]
    known = pivot > ROUNDING
    slope = np.divide(last, pivot[..., None], out=np.zeros_like(last), where=known[..., None])
    freed: Floats = covariance[..., :-1, :-1] - slope[..., :, None] * last[..., None, :]
    return freed


def weigh_relatively(correlation: Floats) -> Floats:
    """Return the relative weight of each column (Johnson 2000, doi 10.1207/S15327906MBR3501_1).

    The outcome is regressed on the orthogonal columns nearest to the columns, and what these explain is handed back to
    the columns by their squared correlations. Arguments as in `split_explained`; one weight a column.
    """
    values, vectors = np.linalg.eigh(correlation[:, 1:, 1:])
    values = np.where(values > EIGEN_ROUNDING, values, 0)
    root = np.sqrt(values)
    inverse = np.divide(1, root, out=np.zeros_like(root), where=root > 0)
    with_outcome = np.einsum("bij,bi->bj", vectors, correlation[:, 1:, 0]) * inverse
    orthogonal = np.einsum("bij,bj->bi", vectors, with_outcome)
    loading = (vectors * root[:, None, :]) @ vectors.transpose(0, 2, 1)
    weights: Floats = np.einsum("bij,bj->bi", loading**2, orthogonal**2)
    return weights


def regress(correlation: Floats) -> Floats:
    """Return the standardised coefficients of each column, the smallest where columns repeat one another."""
    values, vectors = np.linalg.eigh(correlation[:, 1:, 1:])
    inverse = np.divide(1, values, out=np.zeros_like(values), where=values > EIGEN_ROUNDING)
    with_outcome = np.einsum("bij,bi->bj", vectors, correlation[:, 1:, 0])
    coefficients: Floats = np.einsum("bij,bj->bi", vectors, with_outcome * inverse)
    return coefficients
