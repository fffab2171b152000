"""Themes of one voice: learned once, then one assignment rule for the texts of the fit and for new ones."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.neighbors import kneighbors_graph
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, normalize
from sknetwork.clustering import Louvain
from threadpoolctl import threadpool_limits

from bxtext.embed import LsaEncoder, content_keys, has_content, word_ngrams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bertopic import BERTopic
    from numpy.typing import NDArray

    from bxtext.embed import Encoder

    Labels = NDArray[np.int64]
    Vectors = NDArray[np.floating[Any]]

UNASSIGNED = -1
N_NEIGHBOURS = 15
RESOLUTION = 0.4  # of Louvain: lower gives fewer themes
SAME_THEME = 0.8  # cosine of two centres from which they are one theme
N_SPLITS = 2  # splits into halves behind the stability
DECIMALS = 6  # similarities are rounded to, so that the order of a sum decides nothing


class NearestCentre:
    """The assignment rule: the nearest centre, when it is near enough.

    Has the manners of a scikit-learn clusterer, so that BERTopic assigns by the same rule.

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
        cosines = _cosines(vectors, self.centres)
        return cosines.argmax(axis=1), cosines.max(axis=1)


class ThemeModel:
    """What the texts of one voice speak of, found bottom-up with BERTopic's parts.

    Texts are sorted and de-duplicated, embedded, joined to their 15 nearest neighbours, and clustered by Louvain's
    method (Blondel et al. 2008, doi 10.1088/1742-5468/2008/10/P10008) or, when a number of themes is given, by
    k-means. Every text then goes to the nearest centre that is near enough. Same themes whatever the order of the
    texts and the number of threads.

    Parameters
    ----------
    encoder : Encoder, optional
        By default an `LsaEncoder` fitted on the texts.
    n_themes : int, optional
        Number of themes at most; found by itself by default.
    min_segments : int
        Themes of fewer texts are dissolved into their neighbours.
    min_similarity : float
        Least cosine of a text to the centre of its theme.
    max_fit : int
        Distinct texts that the themes are learned from, drawn by a digest of their content.
    seed : int
        Seed of the embedding, of k-means and of the halves behind the stability.

    Attributes
    ----------
    encoder_ : Encoder
        The one given, or the one fitted.
    centres_ : ndarray of shape (n_themes, d)
        Mean of the members of each theme, of length 1; largest theme first.
    stability_ : ndarray of shape (n_themes,)
        Mean Jaccard of a theme to the most like one found in halves of the texts (Hennig 2007,
        doi 10.1016/j.csda.2006.11.025).
    topic_model_ : BERTopic or None
        The same themes as BERTopic knows them, for its hierarchy and plots; None without themes.

    Examples
    --------
    >>> texts = [f"{noun} {word}" for noun in ("delivery", "salary") for word in "slow late poor fast great".split()]
    >>> model = ThemeModel(n_themes=2, min_segments=5).fit(texts)
    >>> model.assign(["the delivery", "my salary", "well…", "Ho ho"])[["theme", "reason"]].values.tolist()
    [[0, nan], [1, nan], [-1, 'too_short'], [-1, 'no_known_words']]
    """

    def __init__(
        self,
        encoder: Encoder | None = None,
        *,
        n_themes: int | None = None,
        min_segments: int = 20,
        min_similarity: float = 0.25,
        max_fit: int = 20_000,
        seed: int = 7,
    ) -> None:
        self.encoder = encoder
        self.n_themes = n_themes
        self.min_segments = min_segments
        self.min_similarity = min_similarity
        self.max_fit = max_fit
        self.seed = seed

    def fit(self, texts: Sequence[str]) -> ThemeModel:
        """Learn the themes of `texts`."""
        self.fit_assign(texts)
        return self

    def fit_assign(self, texts: Sequence[str]) -> pd.DataFrame:
        """Learn the themes of `texts` and return what `assign` would, with one embedding instead of two."""
        counts = Counter(texts)
        distinct = sorted(counts)
        n_copies = np.array([counts[text] for text in distinct], dtype=np.int64)
        drawn = _draw_texts(distinct, self.max_fit)
        self.centres_: Vectors = np.zeros((0, 1))
        self.stability_ = np.zeros(0)
        self.topic_model_: BERTopic | None = None
        if not len(drawn):
            return self._rows(distinct, np.zeros((len(distinct), 1)), texts)
        with threadpool_limits(1):
            self.encoder_ = self.encoder or LsaEncoder(seed=self.seed).fit([distinct[row] for row in drawn])
            vectors = self._encode(distinct)
            learned = vectors[drawn][vectors[drawn].any(axis=1)]
            centres = _find_centres(learned, self.n_themes, self.seed)
            self.centres_ = _large_enough(centres, vectors, n_copies, self.min_segments, self.min_similarity)
            if len(self.centres_):
                self._fit_topic_model(distinct, vectors, n_copies)
                self.stability_ = self._measure_stability(learned)
        return self._rows(distinct, vectors, texts)

    def assign(self, texts: Sequence[str]) -> pd.DataFrame:
        """Return the theme of each text, by the rule of the fit.

        Parameters
        ----------
        texts : sequence of str
            Of the fit, or new ones.

        Returns
        -------
        DataFrame
            One row a text: `theme` (row of `centres_`, or -1), `similarity` (cosine to the nearest centre) and, where
            there is no theme, `reason`: `too_short` (no content word), `no_known_words` (nothing that the encoder
            has learned) or `between_themes` (no centre is near enough).
        """
        distinct = sorted(set(texts))
        known = self._encode(distinct) if len(self.centres_) else np.zeros((len(distinct), 1))
        return self._rows(distinct, known, texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts; zero without content word, whatever the encoder makes of « merci »."""
        vectors = self.encoder_.encode(texts)
        vectors[[not has_content(text) for text in texts]] = 0
        return vectors

    def _rows(self, distinct: Sequence[str], vectors: Vectors, texts: Sequence[str]) -> pd.DataFrame:
        """One row a text of `texts`, from the vectors of the distinct ones."""
        rows = pd.DataFrame({"theme": UNASSIGNED, "similarity": np.nan, "reason": None}, index=pd.Index(distinct))
        known = vectors.any(axis=1)
        if len(self.centres_) and len(distinct):
            rule = NearestCentre(self.centres_, self.min_similarity)
            rows["theme"] = rule.predict(vectors)
            rows["similarity"] = np.where(known, rule.find_nearest(vectors)[1], np.nan)
        else:
            known = np.ones(len(distinct), dtype=bool)
        empty = np.array([not has_content(text) for text in distinct], dtype=bool)
        rows["reason"] = np.select(
            [empty, ~known, rows["theme"].to_numpy() == UNASSIGNED],
            ["too_short", "no_known_words", "between_themes"],
            default=None,
        )
        return rows.loc[list(texts)].reset_index(drop=True)

    def _fit_topic_model(self, distinct: Sequence[str], vectors: Vectors, n_copies: Labels) -> None:
        """Fit BERTopic on the texts that have a theme, and number the themes as it does: largest first."""
        # two seconds to import, and only a fit needs it
        from bertopic import BERTopic  # noqa: PLC0415
        from bertopic.dimensionality import BaseDimensionalityReduction  # noqa: PLC0415
        from bertopic.vectorizers import ClassTfidfTransformer  # noqa: PLC0415

        rule = NearestCentre(self.centres_, self.min_similarity)
        rows = np.repeat(np.arange(len(distinct)), n_copies)
        rows = rows[rule.predict(vectors)[rows] != UNASSIGNED]
        topic_model = BERTopic(
            language="multilingual",  # anything but "english", which strips accents
            embedding_model=make_pipeline(FunctionTransformer(self.encoder_.encode)),
            umap_model=BaseDimensionalityReduction(),
            hdbscan_model=rule,
            vectorizer_model=CountVectorizer(analyzer=split_terms),
            ctfidf_model=ClassTfidfTransformer(reduce_frequent_words=True),
        )
        # BERTopic joins the texts of a theme with a space: a second one keeps the last word of a text from pairing
        # with the first of the next
        topic_model.fit([f"{distinct[row]} " for row in rows], embeddings=vectors[rows])
        number = topic_model.topic_mapper_.get_mappings(original_topics=True)
        self.centres_ = self.centres_[sorted(range(len(self.centres_)), key=number.__getitem__)]
        self.topic_model_ = topic_model

    def _measure_stability(self, vectors: Vectors) -> NDArray[np.float64]:
        """Refit on halves of the texts; how much of each theme comes back in one piece?"""
        rng = np.random.default_rng(self.seed)
        own = NearestCentre(self.centres_, self.min_similarity).predict(vectors)
        best = np.zeros(len(self.centres_))
        seen = np.zeros(len(self.centres_))
        for _ in range(N_SPLITS):
            for half in np.array_split(rng.permutation(len(vectors)), 2):
                rows = np.sort(half)
                if not len(rows):
                    continue
                again = NearestCentre(_find_centres(vectors[rows], self.n_themes, self.seed), self.min_similarity)
                jaccard = _jaccard(own[rows], again.predict(vectors[rows]), len(self.centres_), len(again.centres))
                best += jaccard.max(axis=1)
                seen += np.isin(np.arange(len(best)), own[rows])
        return best / np.maximum(seen, 1)


def split_terms(text: str) -> list[str]:
    """Return the words and pairs of words that may describe a theme, by key."""
    return word_ngrams(content_keys(text))


def _draw_texts(distinct: Sequence[str], max_fit: int) -> Labels:
    """Rows of at most `max_fit` texts of different content words, in an order that depends on their content alone."""
    first: dict[str, int] = {}
    for row, text in enumerate(distinct):
        if key := " ".join(key for run in content_keys(text) for key in run):
            first.setdefault(key, row)
    digests = sorted((hashlib.sha256(key.encode()).digest(), row) for key, row in first.items())
    return np.array([row for _, row in digests[:max_fit]], dtype=np.int64)


def _find_centres(vectors: Vectors, n_themes: int | None, seed: int) -> Vectors:
    """Cluster vectors of length 1; return the mean of the vectors nearest to each cluster."""
    labels = _cluster_graph(vectors, seed) if n_themes is None else _cluster_means(vectors, n_themes, seed)
    centres = _mean_vectors(vectors, labels)
    if n_themes is None and len(centres) > 1:
        joined = fcluster(linkage(centres, "average", metric="cosine"), 1 - SAME_THEME, criterion="distance")
        centres = _mean_vectors(vectors, joined[labels])
    return _mean_vectors(vectors, _cosines(vectors, centres).argmax(axis=1))


def _cluster_graph(vectors: Vectors, seed: int) -> Labels:
    if len(vectors) == 1:
        return np.zeros(1, dtype=np.int64)
    graph = kneighbors_graph(vectors, min(N_NEIGHBOURS, len(vectors) - 1), mode="distance")
    graph.data = np.maximum(1 - graph.data**2 / 2, 1e-3)  # from distance to cosine
    louvain = Louvain(resolution=RESOLUTION, shuffle_nodes=False, random_state=seed)
    labels: Labels = louvain.fit_predict((graph + graph.T).tocsr())
    return labels


def _cluster_means(vectors: Vectors, n_themes: int, seed: int) -> Labels:
    n_distinct = len(np.unique(vectors.round(DECIMALS), axis=0))
    labels: Labels = KMeans(min(n_themes, n_distinct), n_init=3, random_state=seed).fit_predict(vectors)
    return labels


def _mean_vectors(vectors: Vectors, labels: Labels) -> Vectors:
    """Mean of the vectors of each label that occurs, made of length 1."""
    _, label = np.unique(labels, return_inverse=True)
    members = csr_matrix((np.ones(len(label)), (label, np.arange(len(label)))))
    means: Vectors = normalize(members @ vectors.astype(np.float64))
    return means


def _cosines(vectors: Vectors, centres: Vectors) -> NDArray[np.float64]:
    cosines: NDArray[np.float64] = (vectors.astype(np.float64) @ centres.T).clip(-1, 1).round(DECIMALS)
    return cosines


def _large_enough(
    centres: Vectors, vectors: Vectors, n_copies: Labels, min_segments: int, min_similarity: float
) -> Vectors:
    """Drop the smallest theme, whose texts go to their next centre, until all are large enough."""
    cosines = _cosines(vectors, centres)
    known = vectors.any(axis=1)
    kept = list(range(len(centres)))
    while kept:
        near = known & (cosines.max(axis=1) >= min_similarity)
        sizes = np.bincount(cosines.argmax(axis=1)[near], n_copies[near], minlength=len(centres))
        smallest = min(kept, key=sizes.__getitem__)
        if sizes[smallest] >= min_segments:
            break
        kept.remove(smallest)
        cosines[:, smallest] = -2
    return centres[kept]


def _jaccard(first: Labels, second: Labels, n_first: int, n_second: int) -> NDArray[np.float64]:
    """Jaccard of every pair of clusters of two clusterings of the same texts."""
    pairs = first * n_second + second
    both = np.bincount(pairs[(first >= 0) & (second >= 0)], minlength=n_first * n_second).reshape(n_first, n_second)
    sizes = [np.bincount(labels[labels >= 0], minlength=n) for labels, n in ((first, n_first), (second, n_second))]
    return both / np.maximum(sizes[0][:, None] + sizes[1] - both, 1)
