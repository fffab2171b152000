"""What a text is made of: its words, pairs of words, and the characters inside words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from bxtext.embed.state import State, restore_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bxtext.embed.encoders import Encoder

RARITY = 1.5  # power of the inverse document frequency: rare words tell drivers apart, function words don't
_WORDS = {"token_pattern": r"\w\w+", "ngram_range": (1, 2), "lowercase": False, "dtype": np.float32}
_LETTERS = {"analyzer": "char_wb", "ngram_range": (3, 5), "lowercase": False, "dtype": np.float32}
MIN_CORPUS = 2  # texts of the corpus that make a feature known although no exemplar holds it


class TextFeatures:
    """TF-IDF of words and of characters, known from the exemplars and the corpus, weighed by both.

    Texts are expected folded (`fold_text`).

    Attributes
    ----------
    words_ : list of str
        Words and pairs of words: the names of the first columns.

    Examples
    --------
    >>> features = TextFeatures().fit(["slow service", "slow tills"], ["the tills again"] * 2)
    >>> features.words_
    ['again', 'service', 'slow', 'slow service', 'slow tills', 'the', 'the tills', 'tills', 'tills again']
    >>> features.transform(["slow tills"]).shape[0]
    1
    """

    def fit(self, exemplars: Sequence[str], corpus: Sequence[str] = ()) -> Self:
        """Learn the vocabulary and how rare each feature is."""
        self.fit_transform(exemplars, corpus)
        return self

    def fit_transform(self, exemplars: Sequence[str], corpus: Sequence[str] = ()) -> sp.csr_matrix:
        """Learn, and return the features of the exemplars."""
        (*words, of_words), (*letters, of_letters) = (
            _fit_part(_WORDS, exemplars, corpus, min_exemplars=1),
            _fit_part(_LETTERS, exemplars, corpus, min_exemplars=2),
        )
        self._parts = [tuple(words), tuple(letters)]
        self.words_ = [str(name) for name in words[0].get_feature_names_out()]
        return sp.hstack([of_words, of_letters], format="csr")

    def to_state(self) -> State:
        """Return what was learned."""
        (words, word_weights), (letters, letter_weights) = self._parts
        return State(
            {"word_idf": word_weights.idf_, "letter_idf": letter_weights.idf_},
            {"words": words.get_feature_names_out().tolist(), "letters": letters.get_feature_names_out().tolist()},
        )

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Return the features that `to_state` was asked of."""
        features = cls()
        features.words_ = state.plain["words"]
        features._parts = [
            (CountVectorizer(vocabulary=state.plain[name], **options), restore_weights(idf, sublinear_tf=True))
            for name, options, idf in (
                ("words", _WORDS, state.arrays["word_idf"]), ("letters", _LETTERS, state.arrays["letter_idf"]),
            )
        ]  # fmt: skip
        return features

    def transform(self, texts: Sequence[str]) -> sp.csr_matrix:
        """Return the features, one row a text; each half has length 1."""
        parts = [weights.transform(_count(counter, texts)) for counter, weights in self._parts]
        return sp.hstack(parts, format="csr")


class EncodedFeatures(TextFeatures):
    """The features of a text, and beside them its vector by an encoder, which knows words that no exemplar holds.

    Parameters
    ----------
    encoder : Encoder
        Whatever turns texts into vectors, such as a downloaded model.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def fit_transform(self, exemplars: Sequence[str], corpus: Sequence[str] = ()) -> sp.csr_matrix:
        """Learn, and return the features of the exemplars."""
        return self._beside(super().fit_transform(exemplars, corpus), exemplars)

    def transform(self, texts: Sequence[str]) -> sp.csr_matrix:
        """Return the features, one row a text; words, characters and vector have length 1 each."""
        return self._beside(super().transform(texts), texts)

    def _beside(self, features: sp.csr_matrix, texts: Sequence[str]) -> sp.csr_matrix:
        return sp.hstack([features, sp.csr_matrix(self.encoder.encode(texts))], format="csr", dtype=np.float32)


def _fit_part(
    options: Mapping[str, object], exemplars: Sequence[str], corpus: Sequence[str], *, min_exemplars: int
) -> tuple[CountVectorizer, TfidfTransformer, sp.csr_matrix]:
    everything = CountVectorizer(**options)
    counts = _count(everything, [*exemplars, *corpus], learn=True)
    taught, heard = (
        np.bincount(part.indices, minlength=counts.shape[1])
        for part in (counts[: len(exemplars)], counts[len(exemplars) :])
    )
    known = (taught >= min_exemplars) | (heard >= MIN_CORPUS)
    names = everything.get_feature_names_out()[known]
    counts = counts[:, known]
    weights = TfidfTransformer(sublinear_tf=True).fit(counts)
    weights.idf_ **= RARITY
    return CountVectorizer(vocabulary=names, **options), weights, weights.transform(counts[: len(exemplars)])


def _count(counter: CountVectorizer, texts: Sequence[str], *, learn: bool = False) -> sp.csr_matrix:
    count = counter.fit_transform if learn else counter.transform
    if counter.analyzer == "word":
        return count(texts)
    # Characters stay inside words: those of each distinct word are counted once, then added up text by text.
    words = [text.split() for text in texts]
    codes, distinct = pd.factorize(np.array([word for text in words for word in text], dtype=object))
    rows = np.repeat(np.arange(len(texts)), [len(text) for text in words])
    said = sp.csr_matrix((np.ones(len(codes), dtype=np.float32), (rows, codes)), shape=(len(texts), len(distinct)))
    return said @ count(distinct)
