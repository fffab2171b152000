"""Themes of one voice: learned once, then one assignment rule for the texts of the fit and for new ones."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, normalize
from threadpoolctl import threadpool_limits

from bxtext.embed import JointEncoder, content_keys, word_ngrams
from bxtext.imports import LINK_GRAMMAR, SPACY, leave_out
from bxtext.themes.assignment import UNASSIGNED, NearestTheme, calibrate_margin
from bxtext.themes.clusters import STABLE, find_consensus, keep_large
from bxtext.themes.languages import join_languages
from bxtext.themes.storage import load_state, save_state

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bertopic import BERTopic
    from numpy.typing import NDArray

    from bxtext.embed import DriverSpace, Encoder
    from bxtext.taxonomy import Exemplar
    from bxtext.themes.assignment import Labels, Vectors
    from bxtext.themes.clusters import Consensus


END = "\x1f"  # of a text: BERTopic joins those of a theme, and the last word of one makes no pair with the next


class ThemeModel:
    """What the texts of one voice speak of, found bottom-up with BERTopic's parts.

    Texts are sorted and de-duplicated, embedded, and clustered by the consensus of fits on resamples. A French and an
    English cluster that speak of the same drivers are one theme. Every text then goes to the nearest theme, if it is
    near enough and not between two. Same themes whatever the order of the texts and the number of threads.

    Parameters
    ----------
    encoder : Encoder, optional
        By default a `JointEncoder` of the exemplars, fitted on the texts.
    exemplars : sequence of Exemplar
        Sentences of the voice whose drivers are known; without any, languages are not joined.
    n_themes : int, optional
        Number of themes at most; half the square root of the distinct texts by default.
    min_segments : int
        Themes of fewer texts are dissolved into their neighbours.
    min_similarity : float
        Least cosine of a text to the centre of its theme.
    max_fit : int
        Distinct texts that the themes are learned from, drawn by a digest of their content.
    seed : int
        Seed of the embedding and of the resamples.

    Attributes
    ----------
    encoder_ : Encoder
        The one given, or the one fitted.
    centres_ : ndarray of shape (n_centres, d)
        Of length 1; a theme has one centre, or one in each language.
    theme_of_centre_ : ndarray of shape (n_centres,)
        Theme of each centre; the largest theme is 0.
    margin_ : float
        How much nearer its theme must be to a text than the next one: what makes nine texts in ten get the same theme
        again on a resample.
    stability_ : ndarray of shape (n_themes,)
        Share of the resamples in which a theme comes back, as a cluster of a Jaccard of .75 at least (Hennig 2007,
        doi 10.1016/j.csda.2006.11.025).
    profiles_ : ndarray of shape (n_themes, n_drivers)
        Mean direction of the members of each theme in the driver space: near 1 where all speak of one driver.
    topic_model_ : BERTopic or None
        The same themes as BERTopic knows them, for its words, hierarchy and plots; None without themes and after a
        reload. Texts are assigned by `assign`, not by it: its `transform` fails where hdbscan isn't installed.

    Examples
    --------
    >>> texts = [f"{noun} {word}" for noun in ("delivery", "salary") for word in "slow late poor fast great".split()]
    >>> model = ThemeModel(n_themes=2, min_segments=5).fit(texts)
    >>> model.assign(["the delivery", "my salary", "well…", "Ho ho"])[["theme", "reason"]].values.tolist()
    [[0, nan], [1, nan], [-1, 'too_short'], [-1, 'no_known_words']]
    """

    encoder_: Encoder
    centres_: Vectors
    theme_of_centre_: Labels
    margin_: float
    stability_: NDArray[np.float64]
    profiles_: NDArray[np.float64]
    topic_model_: BERTopic | None

    def __init__(  # noqa: PLR0913  the parameters of the stage, and the encoder
        self,
        encoder: Encoder | None = None,
        *,
        exemplars: Sequence[Exemplar] = (),
        n_themes: int | None = None,
        min_segments: int = 20,
        min_similarity: float = 0.25,
        max_fit: int = 6_000,
        seed: int = 7,
    ) -> None:
        self.encoder = encoder
        self.exemplars = exemplars
        self.n_themes = n_themes
        self.min_segments = min_segments
        self.min_similarity = min_similarity
        self.max_fit = max_fit
        self.seed = seed

    @property
    def n_themes_(self) -> int:
        """Number of themes found."""
        return len(self.stability_)

    @property
    def drivers_(self) -> DriverSpace | None:
        """The driver space of the encoder, if it has one."""
        return getattr(self.encoder_, "drivers_", None)

    def fit(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> Self:
        """Learn the themes of `texts`."""
        self.fit_assign(texts, languages)
        return self

    def fit_assign(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> pd.DataFrame:
        """Learn the themes of `texts` and return what `assign` would, with one embedding instead of two.

        Parameters
        ----------
        texts : sequence of str
            What people wrote.
        languages : sequence of str, optional
            Language of each, for a theme to hold both; without it, languages are not joined.
        """
        counts = Counter(texts)
        distinct = sorted(counts)
        n_copies = np.array([counts[text] for text in distinct], dtype=np.int64)
        drawn = _draw_texts(distinct, self.max_fit)
        self._forget()
        if not len(drawn):
            return self._rows(distinct, np.zeros((len(distinct), 1)), texts)
        with threadpool_limits(1):
            self.encoder_ = self.encoder or JointEncoder(self.exemplars, seed=self.seed).fit(
                [distinct[row] for row in drawn]
            )
            vectors = self._encode(distinct)
            learned = drawn[vectors[drawn].any(axis=1)]
            if len(learned):
                consensus = find_consensus(vectors[learned], self.n_themes, self.seed)
                self.centres_ = keep_large(consensus.centres, vectors, n_copies, self.min_segments, self.min_similarity)
            if len(self.centres_):
                spoken = dict(zip(texts, languages, strict=True)) if languages is not None else {}
                said = [spoken.get(distinct[row], "und") for row in learned]
                while len(self.centres_):
                    self._join_languages(vectors[learned], said)
                    self._measure_stability(consensus, vectors[learned], n_copies[learned])
                    if not self._drop_smallest(vectors, n_copies):
                        break
            if len(self.centres_):
                self._fit_topic_model(distinct, vectors, n_copies)
                self._describe_drivers(vectors[learned])
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
            One row a text: `theme` (from 0, or -1), `similarity` (cosine to the nearest centre) and, where there is no
            theme, `reason`: `too_short` (no content word), `no_known_words` (nothing that the encoder has learned) or
            `between_themes` (no theme is near enough, or two are about as near).
        """
        distinct = sorted(set(texts))
        known = self._encode(distinct) if len(self.centres_) else np.zeros((len(distinct), 1))
        return self._rows(distinct, known, texts)

    def save(self, folder: Path) -> None:
        """Write what was learned as arrays and JSON; `load` gives the same assignments.

        An encoder of your own is not written: `load` asks for it.
        """
        save_state(self, folder)

    @classmethod
    def load(cls, folder: Path, encoder: Encoder | None = None) -> Self:
        """Return a model that was saved.

        Parameters
        ----------
        folder : Path
            Where it was saved.
        encoder : Encoder, optional
            The encoder it was fitted with, if that was one of your own.

        Raises
        ------
        BxtextError
            There is no model, or it was written by another version of the schema.
        """
        model = cls()
        model._forget()
        load_state(model, folder, encoder)
        return model

    def rule(self) -> NearestTheme:
        """Return the assignment rule."""
        return NearestTheme(self.centres_, self.min_similarity, self.theme_of_centre_, self.margin_)

    def _forget(self) -> None:
        self.centres_ = np.zeros((0, 1))
        self.theme_of_centre_ = np.zeros(0, np.int64)
        self.margin_ = 0.0
        self.stability_ = np.zeros(0)
        self.profiles_ = np.zeros((0, 0))
        self.topic_model_ = None

    def _encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts; zero without content word, whatever the encoder makes of « merci »."""
        if not len(texts):
            return np.zeros((0, self.centres_.shape[1]))
        vectors = np.array(self.encoder_.encode(texts))
        vectors[[not content_keys(text) for text in texts]] = 0
        return vectors

    def _rows(self, distinct: Sequence[str], vectors: Vectors, texts: Sequence[str]) -> pd.DataFrame:
        """One row a text of `texts`, from the vectors of the distinct ones."""
        known = np.asarray(vectors.any(axis=1), dtype=bool)
        theme = np.full(len(distinct), UNASSIGNED)
        similarity = np.full(len(distinct), np.nan)
        reason = np.full(len(distinct), "between_themes", dtype=object)
        if len(self.centres_):
            theme = self.rule().predict(vectors)
            similarity[known] = self.rule().find_nearest(vectors)[1][known]
            reason[~known] = "no_known_words"
        reason[[not content_keys(text) for text in distinct]] = "too_short"
        reason[theme != UNASSIGNED] = None
        rows = pd.DataFrame({"theme": theme, "similarity": similarity, "reason": reason}, index=list(distinct))
        rows["reason"] = rows["reason"].astype("str")
        return rows.loc[list(texts)].reset_index(drop=True)

    def _view_drivers(self, vectors: Vectors) -> Vectors:
        """Directions in the driver space, of length 1: the last part of what a `JointEncoder` gives."""
        n_drivers = len(self.drivers_.driver_ids_) if self.drivers_ is not None else 0
        view: Vectors = normalize(vectors[:, vectors.shape[1] - n_drivers :]) if n_drivers else vectors[:, :0]
        return view

    def _join_languages(self, vectors: Vectors, languages: Sequence[str]) -> None:
        cluster = NearestTheme(self.centres_, self.min_similarity).predict(vectors)
        self.theme_of_centre_ = np.arange(len(self.centres_))
        if self.drivers_ is not None:
            profiles = self._view_drivers(vectors)
            self.theme_of_centre_ = join_languages(cluster, profiles, languages, len(self.centres_))

    def _measure_stability(self, consensus: Consensus, vectors: Vectors, n_copies: Labels) -> None:
        """Say how surely each theme comes back, and what margin makes its texts come back with it."""
        _, similarity, margin = self.rule().find_nearest(vectors)
        margin[similarity < self.min_similarity] = 0  # without a theme whatever the margin
        of_centre = NearestTheme(self.centres_, -1).predict(vectors)
        comes_back, returns = consensus.measure_stability(of_centre, len(self.centres_))
        sizes = np.bincount(of_centre, n_copies, minlength=len(self.centres_))
        n_themes = int(self.theme_of_centre_.max()) + 1
        weights = np.bincount(self.theme_of_centre_, sizes, minlength=n_themes)
        self.stability_ = np.bincount(self.theme_of_centre_, comes_back * sizes, minlength=n_themes) / np.maximum(
            weights, 1
        )
        if len(self.stability_) > 1:
            self.margin_ = calibrate_margin(margin, returns, n_copies)

    def _describe_drivers(self, vectors: Vectors) -> None:
        theme = self.rule().predict(vectors)
        members = np.equal.outer(np.arange(self.n_themes_), theme).astype(np.float64)
        self.profiles_ = members @ self._view_drivers(vectors) / np.maximum(members.sum(axis=1, keepdims=True), 1)

    def _drop_smallest(self, vectors: Vectors, n_copies: Labels) -> bool:
        """Drop the smallest theme if the margin has made it too small; say whether one was dropped."""
        theme = self.rule().predict(vectors)
        sizes = np.bincount(theme[theme >= 0], n_copies[theme >= 0], minlength=self.n_themes_)
        if sizes.min() >= self.min_segments:
            return False
        self.centres_ = self.centres_[self.theme_of_centre_ != sizes.argmin()]
        self.stability_, self.margin_ = np.zeros(0), 0.0
        return True

    def _fit_topic_model(self, distinct: Sequence[str], vectors: Vectors, n_copies: Labels) -> None:
        """Fit BERTopic on the texts that have a theme, and number the themes as it does: largest first."""
        # two seconds to import, and only a fit needs it
        with leave_out(LINK_GRAMMAR, SPACY):
            from bertopic import BERTopic  # noqa: PLC0415
        from bertopic.dimensionality import BaseDimensionalityReduction  # noqa: PLC0415
        from bertopic.vectorizers import ClassTfidfTransformer  # noqa: PLC0415

        rows = np.repeat(np.arange(len(distinct)), n_copies)
        rows = rows[self.rule().predict(vectors)[rows] != UNASSIGNED]
        topic_model = BERTopic(
            language="multilingual",  # anything but "english", which strips accents
            embedding_model=make_pipeline(FunctionTransformer(self.encoder_.encode)),
            umap_model=BaseDimensionalityReduction(),
            hdbscan_model=self.rule(),
            vectorizer_model=CountVectorizer(analyzer=split_terms),
            ctfidf_model=ClassTfidfTransformer(reduce_frequent_words=True),
        )
        topic_model.fit([distinct[row] + END for row in rows], embeddings=vectors[rows])
        number = topic_model.topic_mapper_.get_mappings(original_topics=True)
        order = np.array(sorted(number, key=number.__getitem__))
        self.stability_ = self.stability_[order]
        self.theme_of_centre_ = np.array([number[theme] for theme in self.theme_of_centre_])
        self.topic_model_ = topic_model

    @property
    def stable_(self) -> NDArray[np.bool_]:
        """Whether each theme comes back in four resamples out of five."""
        return self.stability_ >= STABLE


def split_terms(text: str) -> list[str]:
    """Return the words and pairs of words that may describe a theme, by key; a text or many, each with its end."""
    return [ngram for part in text.split(END) for ngram in word_ngrams(content_keys(part.strip(" ")))]


def _draw_texts(distinct: Sequence[str], max_fit: int) -> Labels:
    """Rows of at most `max_fit` texts of different content words, in an order that depends on their content alone."""
    first: dict[str, int] = {}
    for row, text in enumerate(distinct):
        if key := " ".join(key for run in content_keys(text) for key in run):
            first.setdefault(key, row)
    digests = sorted((hashlib.sha256(key.encode()).digest(), row) for key, row in first.items())
    return np.array([row for _, row in digests[:max_fit]], dtype=np.int64)
