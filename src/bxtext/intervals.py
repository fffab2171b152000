"""How far a figure over respondents may be off: variances of sums over them, resamples, and intervals.

The variance of what is a sum over respondents is worked out (`sum_variance`); only where it isn't one is it drawn
(`draw_weights`). Means, shares and sums of figures get their intervals from it (`bound_means`, `bound_shares`,
`combine_intervals`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.special import betaincinv, pdtr

from bxtext.groups import group_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

CHUNK = 50  # resamples held in memory at once
ROUNDING = 1e-9  # a size below this is rounding
KEPT = 12  # decimals in which what two people say is compared: those beyond go by the order of a sum
# Poisson(1) at equally likely places: one of them is drawn nine times faster than its law; mean 1, variance 1 - 3e-5
_CHANCES = 2**16
_DRAWS = np.repeat(np.arange(12.0), np.diff(np.rint(pdtr(np.arange(12), 1) * _CHANCES).astype(int), prepend=0))


def vote_influence(vote: ArrayLike, mean: ArrayLike, n: ArrayLike) -> Floats:
    """Return how far each vote moves the mean of its cell of `n` votes, so that the variance is unbiased."""
    vote, mean, n = np.asarray(vote, float), np.asarray(mean, float), np.asarray(n, float)
    moves: Floats = (vote - mean) / n * np.sqrt(n / np.maximum(n - 1, 1))
    return moves


def draw_weights(n_respondents: int, *, resamples: int, seed: int) -> Iterator[Floats]:
    """Yield the Poisson(1) weights of a bootstrap, (n_respondents x up to 50 resamples) at a time."""
    rng = np.random.default_rng(seed)
    for start in range(0, resamples, CHUNK):
        shape = (n_respondents, min(CHUNK, resamples - start))
        yield _DRAWS[rng.integers(_CHANCES, size=shape, dtype=np.uint16)]


def order_by_content(people: ArrayLike | csr_array) -> NDArray[np.int64]:
    """Return an order of people, one a column, that goes by what they say alone: who is whom doesn't matter.

    Draws given out in this order are the same when two people swap all they said.

    Examples
    --------
    >>> said = np.array([[0.2, -0.4, 0.2], [0.0, 0.1, 0.3]])
    >>> swapped = said[:, [2, 1, 0]]
    >>> bool((said[:, order_by_content(said)] == swapped[:, order_by_content(swapped)]).all())
    True
    """
    matrix = csr_array(people)
    told = matrix.T @ np.random.default_rng(0).random(matrix.shape[0])
    order: NDArray[np.int64] = np.argsort(np.round(told, KEPT), kind="stable")
    return order


def sum_variance(moves: pd.DataFrame, *, n_rows: int) -> Floats:
    """Return the variance of statistics that are sums over respondents.

    It is that of a Poisson bootstrap over respondents as the resamples grow without end: such a sum is linear in the
    weights, so that its variance is the sum of the squares of what each respondent adds. Nothing is drawn.

    Parameters
    ----------
    moves : DataFrame
        `influence` is how far `respondent` moves the statistic `row` (an integer from 0); repeated pairs add up.
    n_rows : int
        Number of statistics.

    Returns
    -------
    ndarray, shape (n_rows,)

    Examples
    --------
    >>> moves = pd.DataFrame({"row": 0, "respondent": range(100), "influence": 0.01})  # a mean of spread 1
    >>> float(sum_variance(moves, n_rows=1)[0].round(4))
    0.01
    """
    groups = group_rows(moves, ["respondent", "row"])
    influence = groups.add_up(moves["influence"])
    variance: Floats = np.bincount(groups.names["row"], influence**2, minlength=n_rows).astype(float)
    return variance


def score_interval(mean: ArrayLike, variance: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Return the 95 % interval of means of votes that can't leave [-1, 1].

    To the n votes half a vote is added at either end: votes of a kind that a small cell hasn't heard yet. The
    interval is that of the Beta law with the mean and variance this gives. For votes of +1 and -1 alone it is
    Jeffreys's (Brown, Cai and DasGupta 2001, doi 10.1214/ss/1009213286); for finer votes it keeps his half votes, so
    that "8 of 8 were delighted" isn't certain, and tends to the interval of the normal law as n grows.

    Parameters
    ----------
    mean, variance, n : array_like
        Mean of the votes in [-1, 1], its unbiased variance, and how many equal votes it rests on.

    Returns
    -------
    low, high : ndarray
        Within [-1, 1]; `mean` lies between them.

    Examples
    --------
    >>> low, high = score_interval(1, 0, 8)  # 8 of 8 were positive
    >>> round(float(low), 2), float(high)
    (0.48, 1.0)
    """
    mean, variance, n = (np.asarray(values, float) for values in (mean, variance, n))
    centre = n * mean / (n + 1)
    square = (n * ((n - 1) * variance + mean**2) + 1) / (n + 1)
    size = (1 - centre**2) * (n + 2) / (square - centre**2) - 1
    size = np.maximum(size, ROUNDING)
    low, high = (2 * betaincinv(size * (1 + centre) / 2, size * (1 - centre) / 2, end) - 1 for end in (0.025, 0.975))
    return np.minimum(low, mean), np.maximum(high, mean)


def bound_means(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `measure_cells` with the interval of their means, `low` and `high`, on the scale of the votes.

    The variance of a mean of n votes is their spread over n (the limit of a Poisson bootstrap over respondents, see
    `sum_variance`); that of a single vote isn't known, and taken for 0.

    Examples
    --------
    >>> cells = pd.DataFrame({"n_respondents": [8], "mean": [1.0], "spread": [0.0]})
    >>> bound_means(cells)[["mean", "low", "high"]].round(2).values.tolist()
    [[1.0, 0.48, 1.0]]
    """
    variance = (cells["spread"] / cells["n_respondents"]).fillna(0.0)
    low, high = score_interval(cells["mean"], variance, cells["n_respondents"])
    return cells.assign(low=low, high=high)


def bound_shares(
    votes: pd.DataFrame, documents: pd.DataFrame, *, cell: Sequence[str], cut: Sequence[str]
) -> pd.DataFrame:
    """Return the share of documents that each cell mentions, and its interval.

    A share is a ratio of sums over respondents, who may write several documents: its variance is that of their
    distances from it (linearisation; the limit of their Poisson bootstrap). The interval is `score_interval`'s on as
    many equal votes as the respondents' numbers of documents leave.

    Parameters
    ----------
    votes : DataFrame
        Rows of `cast_votes` over `cell`.
    documents : DataFrame
        One row a document: the columns of `cut`, and `respondent`.
    cell, cut : sequence of str
        Columns that make a cell, and those among them that make what a share is of.

    Returns
    -------
    DataFrame
        The columns of `cell`, `n_documents`, `share`, `share_low` and `share_high`.

    Examples
    --------
    >>> votes = pd.DataFrame({"driver_id": "d", "voice": "customer", "respondent": [0, 1], "n_mentions": [2, 1]})
    >>> documents = pd.DataFrame({"voice": "customer", "respondent": [0, 0, 1, 2, 3, 4]})
    >>> bound_shares(votes, documents, cell=["voice", "driver_id"], cut=["voice"]).round(2).values.tolist()
    [['customer', 'd', 6, 0.5, 0.14, 0.86]]
    """
    cell, cut = list(cell), list(cut)
    who = ["respondent", *cut]
    writing = group_rows(pd.concat([documents[who], votes[who]], ignore_index=True), who)
    n_written = writing.add_up(np.arange(len(writing.of_row)) < len(documents))
    writers = group_rows(writing.names, cut)
    sizes = writers.names.assign(
        n_documents=writers.add_up(n_written).astype(np.int64),
        people=writers.sizes,
        squares=writers.add_up(n_written**2),
    )
    said, cells = votes["n_mentions"].to_numpy(), group_rows(votes, cell)
    shares = cells.names.assign(
        n_mentions=cells.add_up(said),
        said_twice=cells.add_up(said**2),
        both=cells.add_up(said * n_written[writing.of_row[len(documents) :]]),
    ).merge(sizes, on=cut)
    n, people = shares["n_documents"], shares["people"]
    shares["share"] = share = shares["n_mentions"] / n
    distances = shares["said_twice"] - 2 * share * shares["both"] + share**2 * shares["squares"]
    variance = distances.clip(lower=0) / n**2 * people / (people - 1).clip(lower=1)
    low, high = score_interval(2 * share - 1, 4 * variance, n**2 / shares["squares"])
    shares["share_low"], shares["share_high"] = (low + 1) / 2, (high + 1) / 2
    return shares[[*cell, "n_documents", "share", "share_low", "share_high"]]


def combine_intervals(
    first: tuple[Any, Any, Any], second: tuple[Any, Any, Any], *, weights: tuple[float, float]
) -> tuple[Any, Any]:
    """Return the interval of a weighted sum of two independent figures from the interval of each.

    The method of variance estimates recovery (Zou and Donner 2008, doi 10.1002/sim.3095), which keeps lopsided
    intervals lopsided.

    Parameters
    ----------
    first, second : tuple of (value, low, high)
        Numbers or arrays.
    weights : tuple of float
        Their weights; negative to subtract.

    Examples
    --------
    >>> low, high = combine_intervals((70.0, 67.0, 73.0), (60.0, 56.0, 64.0), weights=(1, -1))
    >>> float(low), float(high)
    (5.0, 15.0)
    """
    value, below, above = 0.0, 0.0, 0.0
    for weight, (figure, low, high) in zip(weights, (first, second), strict=True):
        down, up = (figure - low, high - figure) if weight >= 0 else (high - figure, figure - low)
        value = value + weight * figure
        below = below + (weight * down) ** 2
        above = above + (weight * up) ** 2
    return value - np.sqrt(below), value + np.sqrt(above)
