"""Word and character n-grams of tokens as TF-IDF features.

Character n-grams stay inside a word, so a word's features are looked up once however often it comes: the time is
linear in the number of words.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from sklearn.preprocessing import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MIN_TEXTS = 2  # an n-gram of a single text teaches nothing
CHARACTERS = (3, 4, 5)


class NgramVectorizer:
    """TF-IDF over words, pairs of words and the 3 to 5 characters of words.

    Attributes
    ----------
    vocabulary_ : dict of str to int
        Column of each n-gram; character n-grams begin with ``#``.
    idf_ : array of shape (n_ngrams,)
        Smoothed inverse document frequency.
    """

    def fit(self, texts: Sequence[Sequence[str]]) -> NgramVectorizer:
        """Learn the n-grams of tokenised texts."""
        in_texts = Counter(chain.from_iterable(set(_ngrams(words)) for words in texts))
        kept = sorted(ngram for ngram, count in in_texts.items() if count >= MIN_TEXTS)
        self.vocabulary_ = {ngram: column for column, ngram in enumerate(kept)}
        counts = np.array([in_texts[ngram] for ngram in kept], dtype=float)
        self.idf_ = np.log((1 + len(texts)) / (1 + counts)) + 1
        self._columns: dict[str, list[int]] = {}
        return self

    def transform(self, texts: Sequence[Sequence[str]]) -> csr_array:
        """Return the rows of tokenised texts, of length 1 each (or 0 where nothing is known)."""
        indices: list[int] = []
        ends = [0]
        for words in texts:
            for word in words:
                indices += self.columns_of(word)
            indices += self._known(_pairs(words))
            ends.append(len(indices))
        matrix = csr_array(
            (np.ones(len(indices)), np.array(indices, dtype=np.int32), np.array(ends, dtype=np.int32)),
            shape=(len(texts), len(self.vocabulary_)),
        )
        matrix.sum_duplicates()
        matrix.data *= self.idf_[matrix.indices]
        return normalize(matrix)

    def columns_of(self, word: str) -> list[int]:
        """Return the columns of a word and of its characters."""
        columns = self._columns.get(word)
        if columns is None:
            columns = self._columns[word] = self._known(_word_ngrams(word))
        return columns

    def _known(self, ngrams: Iterator[str]) -> list[int]:
        return [self.vocabulary_[ngram] for ngram in ngrams if ngram in self.vocabulary_]


def _ngrams(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        yield from _word_ngrams(word)
    yield from _pairs(words)


def _pairs(words: Sequence[str]) -> Iterator[str]:
    return (f"{first} {second}" for first, second in pairwise(words))


def _word_ngrams(word: str) -> Iterator[str]:
    yield word
    padded = f" {word[:40]} "
    for length in CHARACTERS:
        for start in range(len(padded) - length + 1):
            yield "#" + padded[start : start + length]
