"""The one rule by which a text gets its theme, at the fit, later and after a reload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bxtext.themes.clusters import cosines_to

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Labels = NDArray[np.int64]
    Vectors = NDArray[np.floating[Any]]

UNASSIGNED = -1
SURE = 0.9  # of the texts with a theme should get it again on a resample
MOST_BETWEEN = 0.08  # share of the texts, at most, that the margin leaves without a theme


class NearestTheme:
    """The theme of the nearest centre, when it is near and no other theme is about as near.

    A theme has one centre, or several: one in each language. Has the manners of a scikit-learn clusterer, so that
    BERTopic is fitted by the same rule.

    Parameters
    ----------
    centres : ndarray of shape (n_centres, d)
        Centres of length 1.
    min_similarity : float
        Least cosine to the nearest centre.
    theme_of_centre : ndarray of shape (n_centres,), optional
        Theme of each centre, from 0; each its own by default.
    min_margin : float
        Least difference between the cosines to the nearest theme and to the next.

    Examples
    --------
    >>> rule = NearestTheme(np.eye(2), min_similarity=0.5, min_margin=0.1)
    >>> rule.predict(np.array([[0.6, 0.8], [0.7, 0.71], [0.0, 0.0]])).tolist()
    [1, -1, -1]
    """

    def __init__(
        self,
        centres: Vectors,
        min_similarity: float,
        theme_of_centre: Labels | None = None,
        min_margin: float = 0.0,
    ) -> None:
        self.centres = centres
        self.min_similarity = min_similarity
        self.theme_of_centre = theme_of_centre
        self.min_margin = min_margin

    def fit(self, vectors: Vectors, y: object = None) -> NearestTheme:  # noqa: ARG002  y is scikit-learn's signature
        """Assign the vectors; there is nothing else to learn."""
        self.labels_ = self.predict(vectors)
        return self

    def predict(self, vectors: Vectors) -> Labels:
        """Return the theme of each vector, -1 when it is near none or between two."""
        nearest, similarity, margin = self.find_nearest(vectors)
        sure = (similarity >= self.min_similarity) & (margin >= self.min_margin) & vectors.any(axis=1)
        return np.where(sure, nearest, UNASSIGNED)

    def find_nearest(self, vectors: Vectors) -> tuple[Labels, NDArray[np.float64], NDArray[np.float64]]:
        """Return the nearest theme of each vector, the cosine to it, and by how much that exceeds the next theme's."""
        cosines = cosines_to(vectors, self.centres)
        themes = np.arange(len(self.centres)) if self.theme_of_centre is None else self.theme_of_centre
        nearest: Labels = themes[cosines.argmax(axis=1)]
        similarity = cosines.max(axis=1)
        others = np.where(themes[None, :] == nearest[:, None], -np.inf, cosines).max(axis=1)
        return nearest, similarity, similarity - np.maximum(others, -1)


def calibrate_margin(margin: NDArray[np.float64], returns: NDArray[np.float64], weight: Labels) -> float:
    """Return the least margin at which nine texts in ten get their theme again.

    Parameters
    ----------
    margin : ndarray of shape (n,)
        By how much each text is nearer to its theme than to the next.
    returns : ndarray of shape (n,)
        Share of the resamples in which it gets the same theme.
    weight : ndarray of shape (n,)
        How often it occurs.

    Returns
    -------
    float
        0 when all texts together are that sure; never so much that more than a twelfth of them loses its theme.

    Examples
    --------
    >>> margin, returns = np.linspace(0.05, 1, 20), np.repeat([0.0, 1.0], [3, 17])
    >>> round(calibrate_margin(margin, returns, np.ones(20, dtype=int)), 2)
    0.1
    >>> calibrate_margin(margin, np.ones(20), np.ones(20, dtype=int))
    0.0
    """
    if not len(margin):
        return 0.0
    order = np.argsort(-margin, kind="stable")
    kept = np.cumsum(weight[order])
    sure = np.cumsum((returns * weight)[order]) / kept >= SURE
    if sure[-1]:
        return 0.0
    last = int(np.flatnonzero(sure).max(initial=-1))
    enough = int(np.searchsorted(kept, (1 - MOST_BETWEEN) * kept[-1]))
    return float(margin[order][max(last, enough)])
