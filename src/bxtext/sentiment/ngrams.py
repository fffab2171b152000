"""Word and character n-grams of tokens as TF-IDF features.

Character n-grams stay inside a word, so a word's features are looked up once however often it comes: the time is
linear in the number of words.
"""

from __future__ import annotations

from itertools import chain, pairwise
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.sparse import csr_array

from bxtext.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MIN_TEXTS = 2  # an n-gram of a single text teaches nothing


class NgramVectorizer:
    """TF-IDF over words, pairs of words and the characters of words.

    Parameters
    ----------
    characters : tuple of int
        Lengths of the character n-grams.

    Attributes
    ----------
    vocabulary_ : dict of str to int
        Column of each n-gram; character n-grams begin with ``#``.
    idf_ : array of shape (n_ngrams,)
        Smoothed inverse document frequency.
    """

    def __init__(self, *, characters: tuple[int, ...] = (3, 4, 5)) -> None:
        self.characters = characters

    def fit(self, texts: Sequence[Sequence[str]]) -> NgramVectorizer:
        """Learn the n-grams of tokenised texts."""
        self.fit_transform(texts)
        return self

    def fit_transform(self, texts: Sequence[Sequence[str]]) -> csr_array:
        """Learn the n-grams of tokenised texts, and return their rows."""
        met: dict[str, int] = {}
        by_word: dict[str, list[int]] = {}

        def columns_met(words: Sequence[str]) -> list[int]:
            columns = [met.setdefault(pair, len(met)) for pair in _pairs(words)]
            for word in words:
                if word not in by_word:
                    by_word[word] = [met.setdefault(ngram, len(met)) for ngram in self._word_ngrams(word)]
                columns += by_word[word]
            return columns

        counts = _count([columns_met(words) for words in texts], len(met))
        in_texts = np.bincount(counts.indices, minlength=len(met))
        kept = np.flatnonzero(in_texts >= MIN_TEXTS)
        names = list(met)
        self.vocabulary_ = {names[column]: place for place, column in enumerate(kept.tolist())}
        self.idf_ = np.log((1 + len(texts)) / (1 + in_texts[kept])) + 1
        self._columns: dict[str, list[int]] = {}
        return self._weighed(counts[:, kept])

    def to_state(self) -> State:
        """Return what was learned."""
        return State({"idf": self.idf_}, {"characters": list(self.characters), "ngrams": list(self.vocabulary_)})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Return the vectorizer that `to_state` was asked of."""
        restored = cls(characters=tuple(state.plain["characters"]))
        restored.vocabulary_ = {ngram: place for place, ngram in enumerate(state.plain["ngrams"])}
        restored.idf_, restored._columns = state.arrays["idf"], {}
        return restored

    def transform(self, texts: Sequence[Sequence[str]]) -> csr_array:
        """Return the rows of tokenised texts, of length 1 each (or 0 where nothing is known)."""
        rows = []
        for words in texts:
            columns = self._known(_pairs(words))
            for word in words:
                columns += self.columns_of(word)
            rows.append(columns)
        return self._weighed(_count(rows, len(self.vocabulary_)))

    def columns_of(self, word: str) -> list[int]:
        """Return the columns of a word and of its characters."""
        columns = self._columns.get(word)
        if columns is None:
            columns = self._columns[word] = self._known(self._word_ngrams(word))
        return columns

    def _weighed(self, counts: csr_array) -> csr_array:
        counts.data = counts.data * self.idf_[counts.indices]
        squares = counts.power(2).sum(axis=1)
        counts.data /= np.repeat(np.sqrt(squares), np.diff(counts.indptr))
        return counts

    def _word_ngrams(self, word: str) -> Iterator[str]:
        yield word
        padded = f" {word[:40]} "
        for length in self.characters:
            for start in range(len(padded) - length + 1):
                yield "#" + padded[start : start + length]

    def _known(self, ngrams: Iterator[str]) -> list[int]:
        return [column for column in map(self.vocabulary_.get, ngrams) if column is not None]


def _count(rows: Sequence[Sequence[int]], n_columns: int) -> csr_array:
    ends = np.cumsum([0, *map(len, rows)], dtype=np.int32)
    indices = np.fromiter(chain.from_iterable(rows), dtype=np.int32, count=int(ends[-1]))
    counts = csr_array((np.ones(len(indices)), indices, ends), shape=(len(rows), n_columns))
    counts.sum_duplicates()
    return counts


def _pairs(words: Sequence[str]) -> Iterator[str]:
    return (f"{first} {second}" for first, second in pairwise(words))
