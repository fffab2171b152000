"""Themes of one voice: learned once, then one assignment rule for the texts of the fit and for new ones."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from threadpoolctl import threadpool_limits

from bxtext.embed import LsaEncoder, content_keys, has_content, word_ngrams
from bxtext.themes.clusters import UNASSIGNED, NearestCentre, jaccard_pairs, keep_large, propose_centres

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bertopic import BERTopic
    from numpy.typing import NDArray

    from bxtext.embed import Encoder
    from bxtext.themes.clusters import Labels, Vectors

ENOUGH = 0.87  # share of the texts that the themes should cover: the fewest themes that do are taken
N_SPLITS = 2  # splits into halves behind the stability


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
    resolution_ : float
        Louvain's resolution: the lowest at which the themes cover enough of the texts.
    topic_model_ : BERTopic or None
        The same themes as BERTopic knows them, for its words, hierarchy and plots; None without themes. Texts are
        assigned by `assign`, not by it: its `transform` fails where hdbscan isn't installed.

    Examples
    --------
    >>> texts = [f"{noun} {word}" for noun in ("delivery", "salary") for word in "slow late poor fast great".split()]
    >>> model = ThemeModel(n_themes=2, min_segments=5).fit(texts)
    >>> model.assign(["the delivery", "my salary", "well…", "Ho ho"])[["theme", "reason"]].values.tolist()
    [[0, nan], [1, nan], [-1, 'too_short'], [-1, 'no_known_words']]
    """

    def __init__(  # noqa: PLR0913  the parameters of the stage, and the encoder
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
        self.resolution_ = np.nan
        self.stability_ = np.zeros(0)
        self.topic_model_: BERTopic | None = None
        if not len(drawn):
            return self._rows(distinct, np.zeros((len(distinct), 1)), texts)
        with threadpool_limits(1):
            self.encoder_ = self.encoder or LsaEncoder(seed=self.seed).fit([distinct[row] for row in drawn])
            vectors = self._encode(distinct)
            learned = vectors[drawn][vectors[drawn].any(axis=1)]
            self._search_centres(learned, vectors, n_copies)
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
        vectors = np.array(self.encoder_.encode(texts))
        vectors[[not has_content(text) for text in texts]] = 0
        return vectors

    def _rows(self, distinct: Sequence[str], vectors: Vectors, texts: Sequence[str]) -> pd.DataFrame:
        """One row a text of `texts`, from the vectors of the distinct ones."""
        rule = NearestCentre(self.centres_, self.min_similarity)
        known = np.asarray(vectors.any(axis=1), dtype=bool)
        theme = np.full(len(distinct), UNASSIGNED)
        similarity = np.full(len(distinct), np.nan)
        reason = np.full(len(distinct), "between_themes", dtype=object)
        if len(self.centres_):
            theme = rule.predict(vectors)
            similarity[known] = rule.find_nearest(vectors)[1][known]
            reason[~known] = "no_known_words"
        reason[[not has_content(text) for text in distinct]] = "too_short"
        reason[theme != UNASSIGNED] = None
        rows = pd.DataFrame({"theme": theme, "similarity": similarity, "reason": reason}, index=list(distinct))
        return rows.loc[list(texts)].reset_index(drop=True)

    def _search_centres(self, learned: Vectors, vectors: Vectors, n_copies: Labels) -> None:
        """Take the fewest themes that cover enough of the texts, or else those that cover most."""
        most = -1.0
        for resolution, proposed in propose_centres(learned, self.n_themes, self.seed):
            centres, covered = keep_large(proposed, vectors, n_copies, self.min_segments, self.min_similarity)
            if covered > most:
                most, self.centres_, self.resolution_ = covered, centres, resolution
            if covered >= ENOUGH:
                break

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
        """Refit on halves of the texts, and see how much of each theme comes back in one piece."""
        rng = np.random.default_rng(self.seed)
        own = NearestCentre(self.centres_, self.min_similarity).predict(vectors)
        best = np.zeros(len(self.centres_))
        seen = np.zeros(len(self.centres_))
        halves = (half for _ in range(N_SPLITS) for half in np.array_split(rng.permutation(len(vectors)), 2))
        for rows in (np.sort(half) for half in halves if len(half) > 1):
            _, centres = next(propose_centres(vectors[rows], self.n_themes, self.seed, [self.resolution_]))
            again = NearestCentre(centres, self.min_similarity).predict(vectors[rows])
            best += jaccard_pairs(own[rows], again, len(best), len(centres)).max(axis=1)
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
