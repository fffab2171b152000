"""Why a mention was made: the words of the remark that speak for the driver, and the taught sentence nearest to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bxtext.language import fold_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import scipy.sparse as sp
    from numpy.typing import NDArray

    from bxtext.drivers.model import DriverModel

_WORD = re.compile(r"[^\W_]+")
PARTS = 2  # features hold words and characters, each half of length 1: a text has a product of 2 with itself


def quote_words(text: str, start: int, end: int) -> str:
    """Return the words from `start` to before `end` of a text as it is written.

    Examples
    --------
    >>> quote_words("Quel retard de  livraizon, encore !", 1, 4)
    'retard de  livraizon'
    """
    places = [match.span() for match in _WORD.finditer(text)]
    folded = fold_text(text).split()
    if len(places) != len(folded):  # a sign that folds into several words, such as ½
        return " ".join(folded[start:end])
    return text[places[start][0] : places[end - 1][1]]


def quote_cue(text: str, cue: str) -> str:
    """Return a cue, folded, as the text writes it.

    Examples
    --------
    >>> quote_cue("Jamais livré, quel RETARD", "quel retard")
    'quel RETARD'
    """
    words, sought = fold_text(text).split(), cue.split()
    start = next(place for place in range(len(words)) if words[place : place + len(sought)] == sought)
    return quote_words(text, start, start + len(sought))


def show_evidence(
    model: DriverModel, texts: Sequence[str], features: sp.csr_matrix, columns: NDArray[np.intp]
) -> pd.DataFrame:
    """Return, for each text, its features and the driver beside it, what speaks for the driver.

    Returns
    -------
    DataFrame
        `words`, as of `weigh_words`; `nearest_exemplar` and its `similarity`, as of `find_nearest`.
    """
    nearest = find_nearest(model, features, columns)
    return nearest.assign(words=weigh_words(model, texts, features, columns))


def weigh_words(
    model: DriverModel, texts: Sequence[str], features: sp.csr_matrix, columns: NDArray[np.intp]
) -> list[str]:
    """Return, for each text, its features and the driver beside it, the words with most weight; never none.

    Known words and pairs of words first. Where all of them speak against the driver, the characters of a word must
    have spoken for it: then that word.
    """
    shown = model.telling_words(features, columns)
    silent = {row: fold_text(texts[row]).split() for row, words in enumerate(shown) if not words}
    distinct = {word: place for place, word in enumerate(sorted({word for words in silent.values() for word in words}))}
    if distinct:
        weights = model.features_.transform(list(distinct)) @ model.coefficients_
        for row, words in silent.items():
            shown[row] = max(words, key=lambda word: weights[distinct[word], columns[row]])
    return shown


def find_nearest(model: DriverModel, features: sp.csr_matrix, columns: NDArray[np.intp]) -> pd.DataFrame:
    """Return, for each row of features and the driver beside it, the taught sentence of that driver nearest to it.

    Returns
    -------
    DataFrame
        `nearest_exemplar`, and its `similarity`: the cosine of the features the model sees, in [0, 1]. Missing where
        no sentence teaches the driver.
    """
    nearest, similarity = np.full(len(columns), -1), np.full(len(columns), np.nan)
    for column in np.unique(columns):
        taught = np.flatnonzero(model.exemplar_drivers_[:, column])
        rows = np.flatnonzero(columns == column)
        if len(taught):
            products = (features[rows] @ model.exemplar_features_[taught].T).toarray()
            best = products.argmax(axis=1)
            nearest[rows] = taught[best]
            similarity[rows] = products[np.arange(len(rows)), best] / PARTS
    sentences = [model.exemplars_[row] if row >= 0 else None for row in nearest]
    return pd.DataFrame({"nearest_exemplar": sentences, "similarity": np.clip(similarity, 0, 1)})
