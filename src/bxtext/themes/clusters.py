"""Clusters of vectors: neighbours joined and cut into communities, or k-means; centres, and the nearest one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans
from sklearn.neighbors import kneighbors_graph
from sklearn.preprocessing import normalize
from sknetwork.clustering import Louvain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Labels = NDArray[np.int64]
    Vectors = NDArray[np.floating[Any]]

UNASSIGNED = -1
N_NEIGHBOURS = 15
RESOLUTIONS = (0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3)  # of Louvain: higher gives more, smaller clusters
SAME_THEME = 0.8  # cosine of two centres from which they are one
DECIMALS = 6  # cosines are rounded to, so that the order of a sum decides nothing


class NearestCentre:
    """The assignment rule: the nearest centre, when it is near enough.

    Has the manners of a scikit-learn clusterer, so that BERTopic is fitted by the same rule.

    Parameters
    ----------
    centres : ndarray of shape (n_themes, d)
        Centres of length 1.
    min_similarity : float
        Least cosine to the nearest centre.

    Examples
    --------
    >>> rule = NearestCentre(np.eye(2), min_similarity=0.5)
    >>> rule.predict(np.array([[0.6, 0.8], [0.0, 0.0]])).tolist()
    [1, -1]
    """

    def __init__(self, centres: Vectors, min_similarity: float) -> None:
        self.centres = centres
        self.min_similarity = min_similarity

    def fit(self, vectors: Vectors, y: object = None) -> NearestCentre:  # noqa: ARG002  y is scikit-learn's signature
        """Assign the vectors; there is nothing else to learn."""
        self.labels_ = self.predict(vectors)
        return self

    def predict(self, vectors: Vectors) -> Labels:
        """Return the theme of each vector, -1 when it is near none."""
        nearest, similarity = self.find_nearest(vectors)
        return np.where((similarity >= self.min_similarity) & vectors.any(axis=1), nearest, UNASSIGNED)

    def find_nearest(self, vectors: Vectors) -> tuple[Labels, NDArray[np.float64]]:
        """Return the nearest centre of each vector and the cosine to it."""
        cosines = cosines_to(vectors, self.centres)
        return cosines.argmax(axis=1), cosines.max(axis=1)


def propose_centres(
    vectors: Vectors, n_themes: int | None, seed: int, resolutions: Sequence[float] = RESOLUTIONS
) -> Iterator[tuple[float, Vectors]]:
    """Yield centres of clusters, few clusters first, each with the resolution it was found at.

    Each vector is joined to its 15 nearest neighbours, by their cosine, and the graph is cut into communities by
    Louvain's method; communities whose centres are nearly the same are one. When a number of themes is given, k-means
    finds them instead, once.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        Of length 1, in an order that depends on nothing but their texts.
    n_themes : int or None
        Number of clusters, when it is known.
    seed : int
        Seed of k-means.
    resolutions : sequence of float
        Resolutions to try, lowest first.
    """
    if len(vectors) < 2:
        yield resolutions[0], vectors
        return
    if n_themes is not None:
        n_distinct = len(np.unique(vectors.round(DECIMALS), axis=0))
        labels = KMeans(min(n_themes, n_distinct), n_init=3, random_state=seed).fit_predict(vectors)
        yield 1.0, _settle(vectors, labels)
        return
    graph = _join_neighbours(vectors)
    for resolution in resolutions:
        labels = Louvain(resolution=resolution, shuffle_nodes=False).fit_predict(graph)
        centres = mean_vectors(vectors, labels)
        if len(centres) > 1:
            labels = fcluster(linkage(centres, "average", metric="cosine"), 1 - SAME_THEME, criterion="distance")[
                labels
            ]
        yield resolution, _settle(vectors, labels)


def keep_large(
    centres: Vectors, vectors: Vectors, n_copies: Labels, min_segments: int, min_similarity: float
) -> tuple[Vectors, float]:
    """Drop the smallest cluster, whose vectors go to their next centre, until all are large enough.

    Parameters
    ----------
    centres : ndarray of shape (k, d)
        Of length 1.
    vectors : ndarray of shape (n, d)
        Everything to be assigned.
    n_copies : ndarray of shape (n,)
        How often each vector occurs.
    min_segments : int
        Least size of a cluster, copies counted.
    min_similarity : float
        Least cosine of a member to its centre.

    Returns
    -------
    tuple of ndarray and float
        The centres that are left, largest cluster first, and the share of the vectors other than 0 that they cover.
    """
    cosines = cosines_to(vectors, centres)
    known = vectors.any(axis=1)
    kept = list(range(len(centres)))
    sizes: NDArray[Any] = np.zeros(len(centres))
    while kept:
        near = known & (cosines.max(axis=1) >= min_similarity)
        sizes = np.bincount(cosines.argmax(axis=1)[near], n_copies[near], minlength=len(centres))
        smallest = min(kept, key=sizes.__getitem__)
        if sizes[smallest] >= min_segments:
            break
        kept.remove(smallest)
        cosines[:, smallest] = -2
    kept.sort(key=lambda cluster: -sizes[cluster])
    return centres[kept], float(sizes[kept].sum() / max(n_copies[known].sum(), 1))


def _join_neighbours(vectors: Vectors) -> csr_matrix:
    graph = kneighbors_graph(vectors, min(N_NEIGHBOURS, len(vectors) - 1), mode="distance")
    graph.data = np.maximum(1 - graph.data**2 / 2, 1e-3)  # from distance to cosine
    return (graph + graph.T).tocsr()


def _settle(vectors: Vectors, labels: Labels) -> Vectors:
    """Centres of the labels, taken once more over the vectors nearest to each."""
    return mean_vectors(vectors, cosines_to(vectors, mean_vectors(vectors, labels)).argmax(axis=1))


def mean_vectors(vectors: Vectors, labels: Labels) -> Vectors:
    """Mean of the vectors of each label that occurs, made of length 1."""
    _, label = np.unique(labels, return_inverse=True)
    members = csr_matrix((np.ones(len(label)), (label, np.arange(len(label)))))
    means: Vectors = normalize(members @ vectors.astype(np.float64))
    return means


def cosines_to(vectors: Vectors, centres: Vectors) -> NDArray[np.float64]:
    """Cosine of each vector to each centre; 0 for a vector of zeros."""
    cosines = vectors.astype(np.float64) @ np.asarray(centres, dtype=np.float64).T
    return cosines.clip(-1, 1).round(DECIMALS)


def jaccard_pairs(first: Labels, second: Labels, n_first: int, n_second: int) -> NDArray[np.float64]:
    """Jaccard of every pair of clusters of two clusterings of the same texts."""
    pairs = first * n_second + second
    both = np.bincount(pairs[(first >= 0) & (second >= 0)], minlength=n_first * n_second).reshape(n_first, n_second)
    sizes = [np.bincount(labels[labels >= 0], minlength=n) for labels, n in ((first, n_first), (second, n_second))]
    jaccard: NDArray[np.float64] = both / np.maximum(sizes[0][:, None] + sizes[1] - both, 1)
    return jaccard
