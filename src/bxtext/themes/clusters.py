"""Clusters of vectors by consensus: many communities of a graph of neighbours, the centres they agree on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_matrix
from sklearn.neighbors import kneighbors_graph
from sklearn.preprocessing import normalize
from sknetwork.clustering import Louvain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from bxtext.themes.assignment import Labels, Vectors

    Cut = Callable[[csr_matrix, float, int], Labels]  # of a graph, by a resolution and a seed

N_NEIGHBOURS = 30  # fewer where there are few texts: an eighth of them
FEWEST = 3  # texts that can be clustered
N_RUNS = 20  # fits on resamples behind a consensus
SAMPLE = 0.8  # share of the texts in each
SCALES, N_HALVINGS = (1e-4, 100.0), 30  # of the distances of neighbours: searched between, and how finely
N_TRIES = 8  # halvings of the range of resolutions, to reach a number of clusters
MIN_COMMUNITY = 0.001  # share of the texts; a smaller community is no cluster, nor is one text
N_MOVES = 10  # of the centres to the mean of their members
RECOVERED = 0.75  # Jaccard from which a cluster has come back (Hennig 2007)
STABLE = 0.8  # share of the resamples in which a stable cluster comes back
DECIMALS = 6  # cosines are rounded to, so that the order of a sum decides nothing


@dataclass(frozen=True)
class Run:
    """One fit on a resample: the centres that it finds, and the nearest of them to every text, drawn or not."""

    centres: Vectors
    nearest: Labels


@dataclass(frozen=True)
class Consensus:
    """Centres that fits on resamples agree on, and these fits."""

    centres: Vectors
    runs: tuple[Run, ...]

    def measure_stability(self, labels: Labels, n_labels: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Say how surely each label, and each text in it, comes back.

        Parameters
        ----------
        labels : ndarray of shape (n,)
            Labels of the vectors of the fit, from 0; -1 for none.
        n_labels : int
            Number of labels.

        Returns
        -------
        tuple of ndarray
            The share of the resamples in which each label comes back, that is, finds a cluster of a Jaccard of .75 at
            least (Hennig 2007, doi 10.1016/j.csda.2006.11.025), shape (n_labels,), and the share of the resamples in
            which each text is in the most like cluster, shape (n,).
        """
        comes_back = np.zeros(n_labels)
        returns = np.zeros(len(labels))
        for run in self.runs:
            pairs = jaccard_pairs(labels, run.nearest, n_labels, len(run.centres))
            comes_back += pairs.max(axis=1) >= RECOVERED
            returns += pairs.argmax(axis=1)[labels] == run.nearest
        return comes_back / len(self.runs), np.where(labels >= 0, returns / len(self.runs), 0)


def find_consensus(vectors: Vectors, n_clusters: int | None, seed: int) -> Consensus:
    """Find the centres of clusters that come back when texts are drawn again.

    Each vector is joined to its 30 nearest neighbours by their cosine. Louvain's method (Blondel et al. 2008,
    doi 10.1088/1742-5468/2008/10/P10008) cuts the graph of each of many resamples into communities; the edges are then
    weighed by how often their two ends fell together, and the whole is cut once more: ensemble clustering for graphs
    (Poulin and Théberge 2019, doi 10.1007/s41109-019-0162-z). Centres move to the mean of the vectors nearest to them.

    Without a number, half the square root of the number of vectors is asked for: 16 clusters of 1,000, 39 of 6,000. A
    number found from the texts themselves would jump from one month to the next. Who asks for more has small clusters
    told apart, which come back less surely: by fewer neighbours, each on a scale of its vector's own, and by the
    constant Potts model, which holds communities against their size (Traag et al. 2011,
    doi 10.1103/PhysRevE.84.016114).

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        Of length 1, in an order that depends on nothing but their texts.
    n_clusters : int or None
        Number of clusters, at most, when it is known.
    seed : int
        Seed of the resamples and of Louvain's order of visits.

    Returns
    -------
    Consensus
        Of one run on everything when there are too few texts to draw from.
    """
    if len(vectors) < FEWEST:
        one = np.zeros(len(vectors), np.int64)
        whole = Run(mean_vectors(vectors, one), one)
        return Consensus(whole.centres, (whole,))
    vectors = vectors.astype(np.float64)
    usual = max(2, round(np.sqrt(len(vectors)) / 2))
    if n_clusters is None or n_clusters <= usual:
        n_clusters = n_clusters or usual
        graph, cut = join_widely(vectors), partial(_cut_graph, model="dugue")
    else:
        graph, cut = join_closely(vectors, n_clusters), partial(_cut_graph, model="potts")
    runs = tuple(_fit_resamples(vectors, graph, cut, _reach_number(graph, cut, n_clusters, seed)[0], seed))
    centres = _find_centres(vectors, _reach_number(_weigh_edges(graph, runs), cut, n_clusters, seed)[1], 0)
    if len(centres) > n_clusters:  # there are more parts of the graph than clusters wanted
        tree = linkage(centres, "average", metric="cosine")
        centres = mean_vectors(centres, fcluster(tree, n_clusters, criterion="maxclust"))
    return Consensus(_move_centres(vectors, centres, N_MOVES), runs)


def join_widely(vectors: Vectors) -> csr_matrix:
    """Graph of each vector's nearest neighbours, weighed by their cosine."""
    graph = _find_neighbours(vectors, N_NEIGHBOURS)
    graph.data = np.maximum(1 - graph.data, 1e-3).round(DECIMALS)
    return graph.maximum(graph.T).tocsr()


def join_closely(vectors: Vectors, n_clusters: int) -> csr_matrix:
    """Graph of as many neighbours as half a cluster has, weighed by how surely either end has the other as one."""
    graph = _find_neighbours(vectors, min(N_NEIGHBOURS, len(vectors) // (2 * n_clusters)))
    of_vector = graph.data.reshape(len(vectors), -1)
    graph.data = weigh_neighbours(of_vector).ravel().round(DECIMALS)
    joined = (graph + graph.T - graph.multiply(graph.T)).tocsr()
    joined.eliminate_zeros()
    return joined


def _find_neighbours(vectors: Vectors, most: int) -> csr_matrix:
    """Distance of each vector, 1 - cosine, to its nearest neighbours, nearest first; an eighth of all at most."""
    graph = kneighbors_graph(vectors, int(np.clip(len(vectors) // 8, 1, max(most, 1))), mode="distance")
    graph.data = graph.data**2 / 2
    return graph


def weigh_neighbours(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh neighbours by their distance beyond the nearest one, on a scale of each row's own.

    Where texts lie far apart, those a little farther are neighbours still. As in the graph of UMAP (McInnes, Healy and
    Melville 2018, doi 10.48550/arXiv.1802.03426).

    Parameters
    ----------
    distances : ndarray of shape (n, k)
        Between 0 and 2, nearest first.

    Returns
    -------
    ndarray of shape (n, k)
        From 1 for the nearest to 0; each row adds up to the binary logarithm of k + 1, where it can.

    Examples
    --------
    >>> weigh_neighbours(np.array([[0.1, 0.2, 0.3], [0.2, 0.4, 0.6], [0.5, 0.5, 0.5]])).round(2).tolist()
    [[1.0, 0.62, 0.38], [1.0, 0.62, 0.38], [1.0, 1.0, 1.0]]
    """
    beyond = distances - distances[:, :1]
    low, high = (np.full((len(distances), 1), scale) for scale in SCALES)
    for _ in range(N_HALVINGS):
        middle = np.sqrt(low * high)
        heavy = np.exp(-beyond / middle).sum(axis=1, keepdims=True) > np.log2(distances.shape[1] + 1)
        low, high = np.where(heavy, low, middle), np.where(heavy, middle, high)
    weights: NDArray[np.float64] = np.exp(-beyond / high)
    return weights


def _fit_resamples(vectors: Vectors, graph: csr_matrix, cut: Cut, resolution: float, seed: int) -> Iterator[Run]:
    rng = np.random.default_rng(seed)
    n_drawn = int(SAMPLE * len(vectors))
    for _ in range(N_RUNS):
        rows = np.sort(rng.permutation(len(vectors))[:n_drawn])
        community = cut(graph[rows][:, rows], resolution, int(rng.integers(2**31)))
        centres = _find_centres(vectors[rows], community, N_MOVES // 2)
        yield Run(centres, cosines_to(vectors, centres).argmax(axis=1))


def _weigh_edges(graph: csr_matrix, runs: Sequence[Run]) -> csr_matrix:
    """Weight of an edge: in how many of the runs its two ends are together."""
    edges = graph.tocoo()
    together = np.mean([run.nearest[edges.row] == run.nearest[edges.col] for run in runs], axis=0)
    weighed = csr_matrix((together, (edges.row, edges.col)), shape=graph.shape)
    weighed.eliminate_zeros()
    return weighed


def _reach_number(graph: csr_matrix, cut: Cut, n_clusters: int, seed: int) -> tuple[float, Labels]:
    """Resolution at which the graph falls into that number of communities, or the nearest found; and these."""
    low, high = 0.05, 20.0
    nearest: tuple[int, float, Labels] | None = None
    for _ in range(N_TRIES):
        middle = float(np.sqrt(low * high))
        community = cut(graph, middle, seed)
        found = int(_are_large(community).sum())
        if nearest is None or abs(found - n_clusters) < nearest[0]:
            nearest = abs(found - n_clusters), middle, community
        if found == n_clusters:
            break
        low, high = (middle, high) if found < n_clusters else (low, middle)
    assert nearest is not None  # noqa: S101  there is at least one try
    return nearest[1:]


def _cut_graph(graph: csr_matrix, resolution: float, seed: int, *, model: str) -> Labels:
    if not graph.nnz:
        return np.zeros(graph.shape[0], np.int64)
    louvain = Louvain(
        resolution, model, shuffle_nodes=True, random_state=seed, return_probs=False, return_aggregate=False
    )
    labels: Labels = louvain.fit_predict(graph)
    return labels


def _find_centres(vectors: Vectors, community: Labels, n_moves: int) -> Vectors:
    """Centres of the communities that are large enough, moved to the mean of what is nearest to each."""
    kept = _are_large(community)[community]
    return _move_centres(vectors, mean_vectors(vectors[kept], community[kept]), n_moves)


def _move_centres(vectors: Vectors, centres: Vectors, n_moves: int) -> Vectors:
    for _ in range(n_moves):
        centres = mean_vectors(vectors, cosines_to(vectors, centres).argmax(axis=1))
    return centres


def _are_large(community: Labels) -> NDArray[np.bool_]:
    """Whether each community is a cluster; the largest always is."""
    sizes = np.bincount(community)
    large: NDArray[np.bool_] = sizes >= min(max(2, MIN_COMMUNITY * len(community)), sizes.max())
    return large


def keep_large(
    centres: Vectors, vectors: Vectors, n_copies: Labels, min_segments: int, min_similarity: float
) -> Vectors:
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
    ndarray
        The centres that are left, largest cluster first.
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
    return centres[kept]


def mean_vectors(vectors: Vectors, labels: Labels) -> Vectors:
    """Mean of the vectors of each label that occurs, made of length 1."""
    _, label = np.unique(labels, return_inverse=True)
    members = csr_matrix((np.ones(len(label)), (label, np.arange(len(label)))))
    means: Vectors = normalize(members @ vectors.astype(np.float64, copy=False))
    return means


def cosines_to(vectors: Vectors, centres: Vectors) -> NDArray[np.float64]:
    """Cosine of each vector to each centre; 0 for a vector of zeros."""
    cosines = vectors.astype(np.float64, copy=False) @ np.asarray(centres, dtype=np.float64).T
    return cosines.clip(-1, 1).round(DECIMALS)


def jaccard_pairs(first: Labels, second: Labels, n_first: int, n_second: int) -> NDArray[np.float64]:
    """Jaccard of every pair of clusters of two clusterings of the same texts."""
    pairs = first * n_second + second
    both = np.bincount(pairs[(first >= 0) & (second >= 0)], minlength=n_first * n_second).reshape(n_first, n_second)
    sizes = [np.bincount(labels[labels >= 0], minlength=n) for labels, n in ((first, n_first), (second, n_second))]
    jaccard: NDArray[np.float64] = both / np.maximum(sizes[0][:, None] + sizes[1] - both, 1)
    return jaccard
