"""Polarity from what the lexicon and the grammar read, and from what taught sentences say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, hstack

from bxtext.sentiment.grammar import read_clause
from bxtext.sentiment.intent import find_intent, show_intent
from bxtext.sentiment.logistic import answer_chances, fit_logistic
from bxtext.sentiment.ngrams import NgramVectorizer
from bxtext.tables import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bxtext.sentiment.reading import Reading
    from bxtext.taxonomy import Exemplar

GOOD = ("positive", "mixed")  # polarities of a sentence in which something is good
BAD = ("negative", "mixed")
WISHED = -0.1  # what is wished for is not there: « plus de chaleur humaine »
PRAISED = 0.3  # polarity from which a text with a wish also praises
ASKED = 0.3  # a question without a word of opinion states little
UNREAD = 0.8  # where the lexicon is silent, the taught model is only half an expert
FIELD_PUSH = 0.35  # half the log-odds that a field for what is liked adds to whatever stands in it
CERTAIN = 0.999  # a polarity of 1 has no log-odds
PLAIN, STRONG = 1.9, 2.5  # « un peu déçu » is 1.2, « déçu » 2, « très déçu » 2.6, « horrible » 3
N_NUMBERS = 12  # that a reading gives
BATCH = 2_000  # texts whose n-grams are held at a time


@dataclass(frozen=True)
class _Taught:
    """What is learned in one language: the n-grams, and the weights of two questions put to them, good and bad."""

    ngrams: NgramVectorizer
    weights: NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """What speaks for and against in each text: what the lexicon read, and two chances from what was taught."""

    readings: Sequence[Reading]
    good: NDArray[np.float64]
    bad: NDArray[np.float64]
    taught: NDArray[np.bool_]  # whether a word is known to the taught model

    def numbers(self) -> NDArray[np.float64]:
        """Return what speaks for and against as numbers of about the same size, a row a text."""
        return np.column_stack([_all_numbers(self.readings), self.good, self.bad])


class SentimentModel:
    """Polarity of clauses: a lexicon with a grammar, and a linear model over n-grams.

    Two logistic regressions ask of a clause whether something in it is good, and whether something is bad; both see
    TF-IDF n-grams beside what the lexicon read. Their difference is averaged with the lexicon's polarity.

    Parameters
    ----------
    lexicon_scale : float
        Scale of the lexicon's features beside n-grams of unit length: the larger, the more the penalty favours them.
    lexicon_share : float
        Weight of the lexicon's own polarity in the average: a prior for subjects that nobody taught.
    rated_share : float
        Weight of what a client's own ratings say, where there are any.
    strength : float
        Inverse of the L2 penalty.
    neutral_band : float
        Polarities within ± this are called neutral.

    Attributes
    ----------
    taught_ : dict of str to object
        By language, what was learned.

    Examples
    --------
    >>> model = SentimentModel().fit([])
    >>> model.predict(["Rien à redire, parfait", "pas terrible"], ["fr", "fr"])["label"].tolist()
    ['positive', 'negative']
    """

    def __init__(
        self,
        *,
        lexicon_scale: float = 0.5,
        lexicon_share: float = 0.3,
        rated_share: float = 0.4,
        strength: float = 0.5,
        neutral_band: float = 0.15,
    ) -> None:
        self.lexicon_scale = lexicon_scale
        self.lexicon_share = lexicon_share
        self.rated_share = rated_share
        self.strength = strength
        self.neutral_band = neutral_band

    def fit(self, exemplars: Sequence[Exemplar]) -> SentimentModel:
        """Learn from sentences of known polarity; a language without both answers keeps to the lexicon."""
        self.taught_: dict[str, _Taught] = {}
        for language in LANGUAGES:
            lessons = sorted((each.text, each.polarity) for each in exemplars if each.language == language)
            answers = np.array([[polarity in kind for kind in (GOOD, BAD)] for _, polarity in lessons], dtype=float)
            if not lessons or (answers.min(axis=0) == answers.max(axis=0)).any():
                continue
            readings = [read_clause(text, language) for text, _ in lessons]
            ngrams = NgramVectorizer()
            features = self._features(ngrams.fit_transform([reading.words for reading in readings]), readings)
            weights = fit_logistic(features, answers, np.ones_like(answers), strength=self.strength)
            self.taught_[language] = _Taught(ngrams, weights)
        return self

    def predict(self, texts: Sequence[str], languages: Sequence[str]) -> pd.DataFrame:
        """Return polarity, label, confidence, intent, method, intensity and evidence of the intent of each text.

        Parameters
        ----------
        texts : sequence of str
        languages : sequence of str
            ``fr``, ``en``, or ``und``: the language in which more is understood.

        Returns
        -------
        DataFrame of shape (n_texts, 7)
        """
        return self.answer(self.weigh(texts, languages), texts)

    def weigh(self, texts: Sequence[str], languages: Sequence[str]) -> Evidence:
        """Return what speaks for and against in each text."""
        said = list(zip(texts, languages, strict=True))
        read = {each: read_clause(*each) for each in dict.fromkeys(said)}  # short answers repeat
        readings = [read[each] for each in said]
        spoken = np.array([reading.language for reading in readings], dtype=object)
        chances, known = np.zeros((len(texts), 2)), np.zeros(len(texts), dtype=bool)
        for language, taught in self.taught_.items():
            rows = np.flatnonzero(spoken == language)
            for start in range(0, len(rows), BATCH):
                batch = rows[start : start + BATCH]
                heard = [readings[row] for row in batch]
                ngrams = taught.ngrams.transform([reading.words for reading in heard])
                chances[batch] = answer_chances(self._features(ngrams, heard) @ taught.weights)
                known[batch] = [any(word in taught.ngrams.vocabulary_ for word in reading.words) for reading in heard]
        return Evidence(readings, chances[:, 0], chances[:, 1], known)

    def explain(self, text: str, language: str) -> pd.DataFrame:
        """Return the words that carried the polarity, strongest first.

        Returns
        -------
        DataFrame
            ``words``, ``weight`` (up is good; lexicon values from about -4 to 4, log-odds of the taught model), and
            ``source``: ``lexicon`` or ``model``.

        Examples
        --------
        >>> SentimentModel().fit([]).explain("Personnel désagréable", "fr")["words"].tolist()
        ['désagréable']
        """
        reading = read_clause(text, language)
        rows = [(carrier.text, carrier.value, "lexicon") for carrier in reading.carriers if carrier.value]
        taught = self.taught_.get(reading.language)
        if taught is not None:
            weights = taught.weights[:, 0] - taught.weights[:, 1]
            row = taught.ngrams.transform([reading.words])
            says = dict(zip(row.indices.tolist(), (row.data * weights[row.indices]).tolist(), strict=True))
            for word in sorted(set(reading.words)):
                weight = sum(says.get(column, 0.0) for column in set(taught.ngrams.columns_of(word)))
                if weight:
                    rows.append((word, weight, "model"))
        table = pd.DataFrame(rows, columns=["words", "weight", "source"])
        return table.sort_values("weight", key=np.abs, ascending=False, kind="stable", ignore_index=True)

    def _features(self, ngrams: csr_array, readings: Sequence[Reading]) -> csr_array:
        lexical = csr_array(_all_numbers(readings) * self.lexicon_scale)
        joined = hstack([ngrams, lexical, np.ones((len(readings), 1))]).tocsr()
        joined.indices, joined.indptr = joined.indices.astype(np.int32), joined.indptr.astype(np.int32)
        return joined

    def answer(
        self,
        evidence: Evidence,
        texts: Sequence[str],
        rated: NDArray[np.float64] | None = None,
        fields: NDArray[np.float64] | None = None,
    ) -> pd.DataFrame:
        """Return what `predict` does, from what speaks for and against.

        Parameters
        ----------
        evidence : Evidence
        texts : sequence of str
        rated : array, optional
            Polarity by a client's own ratings, averaged with ours; NaN where there is none.
        fields : array, optional
            Sign that the form asked for: 1 in a field for what is liked, -1 for what is not, 0 in any other. A prior:
            a bare subject takes that sign, a clear remark keeps its own.
        """
        readings, good, bad, known = evidence.readings, evidence.good, evidence.bad, evidence.taught
        read = np.array([reading.polarity for reading in readings])
        found = np.array([bool(reading.carriers) for reading in readings], dtype=bool)
        taught = np.array([reading.language in self.taught_ for reading in readings], dtype=bool) & (known | found)
        share = np.where(taught, self.lexicon_share, 1.0)
        polarity = share * read + (1 - share) * (good - bad)
        wish = np.array([reading.wish for reading in readings], dtype=bool)
        asked = np.array([reading.question for reading in readings], dtype=bool)
        polarity = np.where(wish & (polarity > 0) & (read < PRAISED), WISHED * polarity, polarity)
        polarity = np.where(found, polarity, np.where(asked, ASKED, UNREAD) * polarity)
        if rated is None:
            rated = np.full(len(polarity), np.nan)
        heard = np.where(wish | np.isnan(rated), 0.0, self.rated_share)
        rated = np.nan_to_num(rated)
        polarity = (1 - heard) * polarity + heard * rated
        if fields is not None:
            certain = np.clip(polarity, -CERTAIN, CERTAIN)
            polarity = np.where(fields == 0, polarity, np.tanh(np.arctanh(certain) + FIELD_PUSH * fields))
        label = self._label(polarity)
        chances = {"positive": good * (1 - bad), "negative": bad * (1 - good)}
        chances["neutral"] = 1 - chances["positive"] - chances["negative"]
        taught_chance = np.select([label == name for name in chances], list(chances.values()), 0.0)
        # of a single polarity, where it says the same
        sure = {"read": np.where(found, 0.5 + 0.5 * np.abs(read), 1 / 3), "rated": 0.5 + 0.5 * np.abs(rated)}
        agrees = np.where(self._label(read) == label, sure["read"], 0.0)
        confidence = share * agrees + (1 - share) * taught_chance
        confirmed = np.where(self._label(rated) == label, sure["rated"], 0.0)
        intents = [
            find_intent(text, name, wish=reading.wish, question=reading.question)
            for text, name, reading in zip(texts, label, readings, strict=True)
        ]
        return pd.DataFrame(
            {
                "polarity": np.clip(polarity, -1.0, 1.0),
                "label": label.astype(str),
                "confidence": np.clip((1 - heard) * confidence + heard * confirmed, 0.0, 1.0),
                "intent": intents,
                "intent_evidence": [
                    show_intent(text, intent) or _telling_word(reading, name)
                    for text, intent, reading, name in zip(texts, intents, readings, label, strict=True)
                ],
                "method": np.select(
                    [found & taught & known, found, taught], ["both", "lexicon", "model"], "none"
                ).astype(str),
                "intensity": [_intensity(reading, name) for reading, name in zip(readings, label, strict=True)],
            }
        )

    def _label(self, polarity: NDArray[np.float64]) -> NDArray[np.object_]:
        band = self.neutral_band
        return np.where(polarity > band, "positive", np.where(polarity < -band, "negative", "neutral")).astype(object)


def _intensity(reading: Reading, label: str) -> str | None:
    """How strong the strongest word is that carries the label, its degree and the exclamation marks included."""
    if label == "neutral":
        return None
    sign = 1.0 if label == "positive" else -1.0
    carried = [sign * carrier.value for carrier in reading.carriers if sign * carrier.value > 0]
    strongest = max(carried, default=PLAIN) * (1 + 0.1 * min(reading.shouts, 3))
    return "weak" if strongest < PLAIN else "strong" if strongest >= STRONG else "plain"


def _telling_word(reading: Reading, label: str) -> str | None:
    """The strongest word or phrase of the lexicon that carries the label."""
    sign = {"positive": 1.0, "negative": -1.0}.get(label, 0.0)
    carriers = [carrier for carrier in reading.carriers if sign * carrier.value > 0]
    return max(carriers, key=lambda carrier: sign * carrier.value).text if carriers else None


def _all_numbers(readings: Sequence[Reading]) -> NDArray[np.float64]:
    return np.array([_numbers(reading) for reading in readings], dtype=float).reshape(len(readings), N_NUMBERS)


def _numbers(reading: Reading) -> list[float]:
    """What the lexicon read, as numbers of about the same size."""
    positive, negative = reading.positive, reading.negative
    last = reading.carriers[-1].value if reading.carriers else 0.0
    return [
        reading.polarity,
        np.tanh(positive / 2),
        np.tanh(negative / 2),
        float(positive > 0),
        float(negative > 0),
        float(reading.wish),
        float(reading.question),
        np.tanh(last / 2),
        min(reading.loose_negations, 2) / 2,
        float(reading.turns > 0),
        float(not reading.carriers),
        min(reading.shouts, 3) / 3,
    ]
