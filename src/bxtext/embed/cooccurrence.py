"""Words to vectors by the company they keep, learned from the texts at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from bxtext.language import fold_text
from bxtext.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MIN_TEXTS = 3  # that hold a word, for its company to mean something
CONTEXT_POWER = 0.75  # evens out how often a context occurs, so that rare ones don't decide (Levy et al. 2015)
COMMON = 1e-3  # share of all words from which a word weighs half (Arora et al. 2017)


class CooccurrenceEncoder:
    """Texts as weighed means of word vectors, which come from the words that stand in the same texts.

    Word vectors factorise the positive pointwise mutual information of words over texts (Levy, Goldberg and Dagan
    2015, doi 10.1162/tacl_a_00134); a text is their mean, frequent words weighing less, without the direction that
    all texts share (Arora, Liang and Ma 2017, "A simple but tough-to-beat baseline for sentence embeddings", ICLR).

    Parameters
    ----------
    n_dimensions : int
        Length of a vector; shorter when there are fewer words.
    seed : int
        Seed of the decomposition.

    Attributes
    ----------
    vectors_ : ndarray of shape (n_words, n_dimensions)
        One row a word, its weight in it.
    shared_ : ndarray of shape (n_dimensions,)
        The direction taken out.

    Examples
    --------
    >>> pairs = [("parcel van", "late slow wet"), ("pay bonus", "low new big")]
    >>> texts = [f"{noun} {word}" for nouns, words in pairs for noun in nouns.split() for word in words.split()]
    >>> vectors = CooccurrenceEncoder(n_dimensions=4).fit(texts * 2).encode(["parcel", "van", "pay", "xyzzy"])
    >>> bool(vectors[0] @ vectors[1] > 0.9 > vectors[0] @ vectors[2]), float(vectors[3].sum())
    (True, 0.0)
    """

    def __init__(self, n_dimensions: int = 100, seed: int = 7) -> None:
        self.n_dimensions = n_dimensions
        self.seed = seed

    def fit(self, texts: Sequence[str], background: Sequence[str] = ()) -> Self:
        """Learn the words of `texts`, and of `background` texts that tell more about the same words."""
        folded = [fold_text(text) for text in [*texts, *background]]
        self.counter_ = _start_counter()
        try:
            present = self.counter_.set_params(min_df=MIN_TEXTS).fit_transform(folded)
        except ValueError:  # no word is in so many texts
            self.counter_ = _start_counter(vocabulary=[])
            self.vectors_: NDArray[np.float32] = np.zeros((0, 1), np.float32)
            self.shared_: NDArray[np.float32] = np.zeros(1, np.float32)
            return self
        association = _associate(present)
        with threadpool_limits(1):
            size = min(self.n_dimensions, *association.shape)
            left, values, _ = randomized_svd(association, size, n_iter=4, random_state=self.seed)
        frequency = np.asarray(present.sum(axis=0)).ravel() / present.sum()
        weight = COMMON / (COMMON + frequency)
        self.vectors_ = (normalize(left * np.sqrt(values)) * weight[:, None]).astype(np.float32)
        means = normalize(present[: len(texts)] @ self.vectors_)
        with threadpool_limits(1):
            self.shared_ = np.linalg.svd(means, full_matrices=False)[2][0]
        return self

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row a text, shape (n, d), of length 1, or 0 when none of its words was learned."""
        if not len(self.vectors_):
            return np.zeros((len(texts), 1), np.float32)
        means = normalize(self.counter_.transform([fold_text(text) for text in texts]) @ self.vectors_)
        along = np.einsum("ij,j->i", means, self.shared_)  # as BLAS adds up, a last digit hangs on the rows beside it
        vectors: NDArray[np.float32] = normalize(means - np.outer(along, self.shared_))
        return vectors

    def to_state(self) -> State:
        """Return what was learned."""
        words = self.counter_.get_feature_names_out().tolist() if len(self.vectors_) else []
        return State({"vectors": self.vectors_, "shared": self.shared_}, {"words": words})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Return the encoder that `to_state` was asked of."""
        encoder = cls()
        encoder.counter_ = _start_counter(vocabulary=state.plain["words"])
        encoder.vectors_, encoder.shared_ = state.arrays["vectors"], state.arrays["shared"]
        return encoder


def _start_counter(vocabulary: Sequence[str] | None = None) -> CountVectorizer:
    options = {"token_pattern": r"\w\w+", "lowercase": False, "binary": True, "dtype": np.float32}
    return CountVectorizer(vocabulary=vocabulary, **options)


def _associate(present: csr_matrix) -> csr_matrix:
    """Positive pointwise mutual information of each pair of different words."""
    together = (present.T @ present).tocoo()
    other = together.row != together.col
    row, column, count = together.row[other], together.col[other], together.data[other].astype(np.float64)
    of_word = np.bincount(row, count, together.shape[0])
    context = of_word**CONTEXT_POWER
    expected = of_word[row] * (context / max(context.sum(), 1))[column]
    information = np.log(count / expected)
    positive = information > 0
    return csr_matrix((information[positive], (row[positive], column[positive])), shape=together.shape)
