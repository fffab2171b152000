"""Terms of texts, counted and weighed; the terms of a word are looked up once, however often the word comes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfTransformer

from bxtext.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Parts = Iterable[Sequence[str]]  # words, or pairs of words, text by text
    Reader = Callable[[str], Sequence[str]]  # from a part to its terms

MIN_TEXTS = 2  # a term of one text brings no texts together


def itself(part: str) -> tuple[str]:
    """Return a part as its only term."""
    return (part,)


def with_pairs(words: Sequence[str]) -> list[str]:
    """Return words and the pairs of neighbours.

    Examples
    --------
    >>> with_pairs(["service", "client", "lent"])
    ['service', 'client', 'lent', 'service client', 'client lent']
    """
    return [*words, *(f"{first} {second}" for first, second in pairwise(words))]


def count_terms(texts: Parts, read: Reader, names: pd.Index | None = None) -> tuple[csr_matrix, pd.Index]:
    """Count the terms of texts that are cut into parts.

    Parameters
    ----------
    texts : iterable of sequence of str
        The parts of each text.
    read : callable
        From a part to its terms.
    names : Index of str, optional
        The terms to count; all by default.

    Returns
    -------
    tuple of csr_matrix of shape (n_texts, n_terms) and Index of str
        How often each text holds each term, the same for a text whatever stands beside it; the terms, sorted where
        they weren't given.

    Examples
    --------
    >>> counts, names = count_terms([["ab", "b"], ["ab"]], list)
    >>> counts.toarray().tolist(), names.tolist()
    ([[1.0, 2.0], [1.0, 1.0]], ['a', 'b'])
    """
    in_texts, parts = _tabulate(texts)
    in_parts, terms = (None, parts) if read is itself else _tabulate(map(read, parts))
    names = pd.Index(np.sort(terms), dtype=object) if names is None else names
    column = names.get_indexer(pd.Index(terms, dtype=object))
    known = np.flatnonzero(column >= 0)
    place = csr_matrix((np.ones(len(known), np.float32), (known, column[known])), shape=(len(terms), len(names)))
    counts = in_texts @ (place if in_parts is None else in_parts @ place)
    counts.sort_indices()  # what is added up in another order ends in another last digit
    return counts, names


def _tabulate(lists: Parts) -> tuple[csr_matrix, NDArray[np.object_]]:
    """How often each list holds each distinct string, and these strings."""
    strings: list[str] = []
    ends = [0]
    for some in lists:  # none is kept: the garbage collector would look through all of them, again and again
        strings += some
        ends.append(len(strings))
    codes, distinct = pd.factorize(np.array(strings, dtype=object))
    ones = np.ones(len(codes), np.float32)
    return csr_matrix((ones, codes, ends), shape=(len(ends) - 1, len(distinct))), distinct


def restore_weights(idf: NDArray[np.float64], **options: Any) -> TfidfTransformer:
    """Return TF-IDF weights as they were learned."""
    weights = TfidfTransformer(**options)
    weights.idf_ = np.asarray(idf)
    return weights


class TermWeights:
    """TF-IDF, with a logarithm for repetition, of the terms of texts that are cut into parts.

    Parameters
    ----------
    read : callable
        From a part to its terms.

    Attributes
    ----------
    names_ : Index of str
        The terms found in two texts; all, when there is none.

    Examples
    --------
    >>> weights = TermWeights(list).fit([["ab"], ["b", "c"]])
    >>> weights.transform([["b"]]).toarray().tolist(), weights.names_.tolist()
    ([[1.0]], ['b'])
    """

    def __init__(self, read: Reader) -> None:
        self.read = read

    def fit(self, texts: Parts) -> Self:
        """Learn the terms and how rare each is."""
        counts, every = count_terms(texts, self.read)
        in_texts = np.bincount(counts.indices, minlength=len(every))
        known = in_texts >= min(MIN_TEXTS, in_texts.max(initial=0))
        self.names_ = every[known]
        self.weights_ = TfidfTransformer(sublinear_tf=True).fit(counts[:, known])
        return self

    def transform(self, texts: Parts) -> csr_matrix:
        """Return the weights, one row a text, of length 1, or 0 where no term is known."""
        return self.weights_.transform(count_terms(texts, self.read, self.names_)[0])

    def to_state(self) -> State:
        """Return what was learned."""
        return State({"idf": self.weights_.idf_}, {"terms": self.names_.tolist()})

    @classmethod
    def from_state(cls, state: State, read: Reader) -> Self:
        """Return the weights that `to_state` was asked of."""
        restored = cls(read)
        restored.names_ = pd.Index(state.plain["terms"], dtype=object)
        restored.weights_ = restore_weights(state.arrays["idf"], sublinear_tf=True)
        return restored
