"""What a theme is known by from one run to the next: its most telling words, whatever the model that found it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from bxtext.embed import content_keys, draw_texts
from bxtext.votes import number_respondents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Signature = Mapping[str, float]

N_WORDS = 30  # words kept of a theme
MOST_READ = 40_000  # segments of a voice whose words are read
MIN_SPEAKERS = 5  # a word of fewer people is in no signature: the registry is read by people and kept for good
DECIMALS = 3


def theme_voice(theme_id: pd.Series[str]) -> pd.Series[str]:
    """Return the voice of each theme: a theme's id is its voice and a number."""
    places, names = pd.factorize(theme_id)  # a theme is named as often as it is spoken of
    voices = pd.Series(names, dtype="str").str.rsplit("-", n=1).str[0]
    return voices.reindex(places).set_axis(theme_id.index)


def sign_themes(segment_themes: pd.DataFrame, segments: pd.DataFrame, documents: pd.DataFrame) -> dict[str, Signature]:
    """Return the words that tell each theme from the others of its voice, with their weights.

    Parameters
    ----------
    segment_themes, segments, documents : DataFrame
        The tables of these names.

    Returns
    -------
    dict of str to mapping
        Theme id -> word -> weight, at most 30 words, the squares of the weights adding up to 1. Class-based TF-IDF
        over the people who say a word, each once a theme: one who repeats himself weighs no more. Words of fewer
        than five people are left out, so that a small theme may have none.

    Examples
    --------
    >>> import pandas as pd
    >>> documents = pd.DataFrame({"document_id": list("abcdefghij"), "voice": "customer"})
    >>> segments = documents[["document_id"]].assign(segment_id=documents["document_id"])
    >>> segments["text"] = ["late parcel"] * 5 + ["kind nurse"] * 5
    >>> placed = segments[["segment_id"]].assign(theme_id=["customer-01"] * 5 + ["customer-02"] * 5)
    >>> sign_themes(placed, segments, documents)["customer-02"]
    {'kind': 0.707, 'nurse': 0.707}
    """
    placed = segment_themes.loc[segment_themes["theme_id"].notna(), ["segment_id", "theme_id"]]
    spoken = placed.merge(segments[["segment_id", "document_id", "text"]], on="segment_id")
    of_voices = spoken.groupby(theme_voice(spoken["theme_id"]))
    spoken = spoken.loc[[row for _, own in of_voices for row in own.index[draw_texts(own["text"], MOST_READ)]]].copy()
    spoken["respondent"] = number_respondents(documents).reindex(spoken["document_id"]).to_numpy()
    spoken["word"] = [sorted({key for run in content_keys(text) for key in run}) for text in spoken["text"]]
    uses = spoken[["theme_id", "respondent", "word"]].explode("word").dropna().drop_duplicates()
    people = uses.groupby(["theme_id", "word"]).size().rename("people").reset_index()
    people["voice"] = theme_voice(people["theme_id"])
    sizes = people.groupby(["voice", "theme_id"])["people"].sum()
    people["in_theme"] = people["theme_id"].map(sizes.droplevel("voice")).astype("float64")
    people["mean"] = people["voice"].map(sizes.groupby("voice").mean()).astype("float64")
    people["in_voice"] = people.groupby(["voice", "word"])["people"].transform("sum")
    people["weight"] = people["people"] / people["in_theme"] * np.log1p(people["mean"] / people["in_voice"])
    people = people[people["people"] >= MIN_SPEAKERS]
    signatures: dict[str, Signature] = {theme_id: {} for theme_id in sorted(placed["theme_id"].unique())}
    for theme_id, own in people.groupby("theme_id"):
        signatures[str(theme_id)] = settle_weights(dict(zip(own["word"], own["weight"], strict=True)))
    return signatures


def settle_weights(weights: Signature) -> Signature:
    """Return the weightiest words, by weight, made of length 1 and rounded.

    Examples
    --------
    >>> settle_weights({"nurse": 3, "kind": 4})
    {'kind': 0.8, 'nurse': 0.6}
    """
    leading = sorted(weights.items(), key=lambda word: (-word[1], word[0]))[:N_WORDS]
    length = float(np.sqrt(sum(weight**2 for _, weight in leading)))
    return {word: round(float(weight / length), DECIMALS) for word, weight in leading}


def mix_signatures(first: Signature, second: Signature) -> Signature:
    """Return what lies half way between two signatures.

    Examples
    --------
    >>> mix_signatures({"late": 1.0}, {"parcel": 1.0})
    {'late': 0.707, 'parcel': 0.707}
    """
    words = {*first, *second}
    return settle_weights({word: first.get(word, 0) + second.get(word, 0) for word in words}) if words else {}


def compare_signatures(first: Sequence[Signature], second: Sequence[Signature]) -> NDArray[np.float64]:
    """Return the cosine of every signature of `first` to every one of `second`; 0 for one without words.

    Examples
    --------
    >>> compare_signatures([{"late": 0.6, "parcel": 0.8}], [{"late": 1.0}, {}]).tolist()
    [[0.6, 0.0]]
    """
    number = {word: place for place, word in enumerate(sorted({word for one in (*first, *second) for word in one}))}
    matrices = []
    for signatures in (first, second):
        matrix = np.zeros((len(signatures), len(number)))
        for row, signature in enumerate(signatures):
            matrix[row, [number[word] for word in signature]] = list(signature.values())
        matrices.append(matrix)
    cosines: NDArray[np.float64] = (matrices[0] @ matrices[1].T).clip(0, 1).round(DECIMALS)
    return cosines


def pair_signatures(similarity: NDArray[np.float64], min_similarity: float) -> list[tuple[int, int]]:
    """Return the pairs of rows and columns that are most alike together, each in one pair at most.

    The optimal assignment (Kuhn 1955, doi 10.1002/nav.3800020109; Crouse 2016, doi 10.1109/TAES.2016.140952), over
    the pairs that are alike enough.

    Examples
    --------
    >>> pair_signatures(np.array([[0.9, 0.8], [0.8, 0.1]]), 0.4)
    [(0, 1), (1, 0)]
    """
    alike = np.where(similarity >= min_similarity, similarity, 0)
    return [(int(row), int(column)) for row, column in zip(*linear_sum_assignment(-alike), strict=True)
            if alike[row, column] > 0]  # fmt: skip
