"""What a text is made of: its words, pairs of words, and the characters inside words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfTransformer

from bxtext.embed.terms import count_terms, itself, restore_weights, with_pairs
from bxtext.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bxtext.embed.encoders import Encoder

RARITY = 1.5  # power of the inverse document frequency: rare words tell drivers apart, function words don't
MIN_CORPUS = 2  # texts of the corpus that make a feature known although no exemplar holds it
_WORD = re.compile(r"\w\w+")


class _Kind(NamedTuple):
    """A kind of feature: the parts of a text that hold it, and how it is read off a part."""

    cut: Callable[[str], list[str]]
    read: Callable[[str], Sequence[str]]

    def count_in(self, texts: Sequence[str], names: pd.Index | None = None) -> tuple[sp.csr_matrix, pd.Index]:
        return count_terms(map(self.cut, texts), self.read, names)


def _cut_words(text: str) -> list[str]:
    return with_pairs(_WORD.findall(text))


def _read_letters(word: str) -> list[str]:
    """Return the 3-, 4- and 5-grams of a word with a space on either side."""
    padded = f" {word} "
    return [padded[start : start + size] for size in (3, 4, 5) for start in range(len(padded) - size + 1)]


_WORDS, _LETTERS = _Kind(_cut_words, itself), _Kind(str.split, _read_letters)


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
        self._parts = [(_WORDS, *words), (_LETTERS, *letters)]
        self.words_ = words[0].tolist()
        return sp.hstack([of_words, of_letters], format="csr")

    def to_state(self) -> State:
        """Return what was learned."""
        (_, words, word_weights), (_, letters, letter_weights) = self._parts
        return State(
            {"word_idf": word_weights.idf_, "letter_idf": letter_weights.idf_},
            {"words": words.tolist(), "letters": letters.tolist()},
        )

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Return the features that `to_state` was asked of."""
        features = cls()
        features.words_ = state.plain["words"]
        features._parts = [
            (kind, pd.Index(state.plain[name], dtype=object), restore_weights(idf, sublinear_tf=True))
            for kind, name, idf in (
                (_WORDS, "words", state.arrays["word_idf"]), (_LETTERS, "letters", state.arrays["letter_idf"]),
            )
        ]  # fmt: skip
        return features

    def transform(self, texts: Sequence[str]) -> sp.csr_matrix:
        """Return the features, one row a text; each half has length 1."""
        parts = [weights.transform(kind.count_in(texts, names)[0]) for kind, names, weights in self._parts]
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
    kind: _Kind, exemplars: Sequence[str], corpus: Sequence[str], *, min_exemplars: int
) -> tuple[pd.Index, TfidfTransformer, sp.csr_matrix]:
    counts, names = kind.count_in([*exemplars, *corpus])
    taught, heard = (
        np.bincount(part.indices, minlength=len(names)) for part in (counts[: len(exemplars)], counts[len(exemplars) :])
    )
    known = (taught >= min_exemplars) | (heard >= MIN_CORPUS)
    counts = counts[:, known]
    weights = TfidfTransformer(sublinear_tf=True).fit(counts)
    weights.idf_ **= RARITY
    return names[known], weights, weights.transform(counts[: len(exemplars)])
