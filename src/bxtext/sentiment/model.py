"""Polarity from what the lexicon and the grammar read, and from what taught sentences say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, hstack

from bxtext.sentiment.evidence import lexical_numbers, split_words, tabulate_readings
from bxtext.sentiment.grammar import read_clause
from bxtext.sentiment.intent import find_intent, show_intent
from bxtext.sentiment.logistic import answer_chances, fit_logistic
from bxtext.sentiment.ngrams import NgramVectorizer
from bxtext.state import State
from bxtext.tables import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bxtext.taxonomy import Exemplar

GOOD = ("positive", "mixed")  # polarities of a sentence in which something is good
BAD = ("negative", "mixed")
WISHED = -0.1  # what is wished for is not there: « plus de chaleur humaine »
PRAISED = 0.3  # polarity from which a text with a wish also praises
ASKED = 0.3  # a question without a word of opinion states little
UNREAD = 0.8  # where the lexicon is silent, the taught model is only half an expert
FIELD_PUSH = 0.35  # half the log-odds that a field for what is liked adds to whatever stands in it
CERTAIN = 0.999  # a polarity of 1 has no log-odds
BATCH = 2_000  # texts whose n-grams are held at a time


@dataclass(frozen=True)
class _Taught:
    """What is learned in one language: the n-grams, and the weights of two questions put to them, good and bad."""

    ngrams: NgramVectorizer
    weights: NDArray[np.float64]


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
            read = tabulate_readings(read_clause(text, language) for text, _ in lessons)
            ngrams = NgramVectorizer()
            features = self._features(ngrams.fit_transform(split_words(read)), read)
            weights = fit_logistic(features, answers, np.ones_like(answers), strength=self.strength)
            self.taught_[language] = _Taught(ngrams, weights)
        return self

    def to_state(self) -> State:
        """Return what was learned."""
        state = State({}, {"languages": list(self.taught_)})
        for language, taught in self.taught_.items():
            state |= (State({"weights": taught.weights}, {}) | taught.ngrams.to_state()).under(language)
        return state

    def from_state(self, state: State) -> Self:
        """Take over what `to_state` returned."""
        parts = {language: state.part(language) for language in state.plain["languages"]}
        self.taught_ = {
            language: _Taught(NgramVectorizer.from_state(part), part.arrays["weights"])
            for language, part in parts.items()
        }
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

    def weigh(self, texts: Sequence[str], languages: Sequence[str]) -> pd.DataFrame:
        """Return what speaks for and against in each text.

        Returns
        -------
        DataFrame
            The columns of `tabulate_readings`; ``good`` and ``bad``, chances by what was taught; ``known``, whether
            a word was taught.
        """
        said = list(zip(texts, languages, strict=True))
        place = {each: row for row, each in enumerate(dict.fromkeys(said))}  # short answers repeat
        evidence = tabulate_readings(read_clause(*each) for each in place)
        chances, known = np.zeros((len(place), 2)), np.zeros(len(place), dtype=bool)
        for language, taught in self.taught_.items():
            rows = np.flatnonzero(evidence["language"] == language)
            for start in range(0, len(rows), BATCH):
                batch = rows[start : start + BATCH]
                heard = evidence.iloc[batch]
                words = split_words(heard)
                features = self._features(taught.ngrams.transform(words), heard)
                chances[batch] = answer_chances(features @ taught.weights)
                known[batch] = [not taught.ngrams.vocabulary_.keys().isdisjoint(spoken) for spoken in words]
        evidence = evidence.assign(good=chances[:, 0], bad=chances[:, 1], known=known)
        return evidence.iloc[[place[each] for each in said]].reset_index(drop=True)

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

    def _features(self, ngrams: csr_array, evidence: pd.DataFrame) -> csr_array:
        lexical = csr_array(lexical_numbers(evidence) * self.lexicon_scale)
        joined = hstack([ngrams, lexical, np.ones((len(evidence), 1))]).tocsr()
        joined.indices, joined.indptr = joined.indices.astype(np.int32), joined.indptr.astype(np.int32)
        return joined

    def judge(
        self,
        evidence: pd.DataFrame,
        rated: NDArray[np.float64] | None = None,
        fields: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        """Return the polarity of each text, in [-1, 1].

        Parameters
        ----------
        evidence : DataFrame
            What `weigh` returns.
        rated : array, optional
            Polarity by a client's own ratings, averaged with ours; NaN where there is none.
        fields : array, optional
            Sign that the form asked for: 1 in a field for what is liked, -1 for what is not, 0 in any other. A prior:
            a bare subject takes that sign, a clear remark keeps its own.
        """
        read, found, share = self._lexicon_share(evidence)
        polarity = share * read + (1 - share) * (evidence["good"] - evidence["bad"]).to_numpy()
        wish, asked = (evidence[name].to_numpy() > 0 for name in ("wish", "question"))
        polarity = np.where(wish & (polarity > 0) & (read < PRAISED), WISHED * polarity, polarity)
        polarity = np.where(found, polarity, np.where(asked, ASKED, UNREAD) * polarity)
        heard = self._rated_share(evidence, rated)
        polarity = (1 - heard) * polarity + heard * np.nan_to_num(0.0 if rated is None else rated)
        if fields is not None:
            certain = np.clip(polarity, -CERTAIN, CERTAIN)
            polarity = np.where(fields == 0, polarity, np.tanh(np.arctanh(certain) + FIELD_PUSH * fields))
        within: NDArray[np.float64] = np.clip(polarity, -1.0, 1.0)
        return within

    def answer(
        self,
        evidence: pd.DataFrame,
        texts: Sequence[str],
        rated: NDArray[np.float64] | None = None,
        fields: NDArray[np.float64] | None = None,
    ) -> pd.DataFrame:
        """Return what `predict` does, from what speaks for and against; the parameters are those of `judge`."""
        polarity = self.judge(evidence, rated, fields)
        label = self._label(polarity)
        read, found, share = self._lexicon_share(evidence)
        good, bad = evidence["good"].to_numpy(), evidence["bad"].to_numpy()
        chances = {"positive": good * (1 - bad), "negative": bad * (1 - good)}
        chances["neutral"] = 1 - chances["positive"] - chances["negative"]
        taught_chance = np.select([label == name for name in chances], list(chances.values()), 0.0)
        # of a single polarity, where it says the same
        agrees = np.where(self._label(read) == label, np.where(found, 0.5 + 0.5 * np.abs(read), 1 / 3), 0.0)
        confidence = share * agrees + (1 - share) * taught_chance
        heard, ratings = self._rated_share(evidence, rated), np.nan_to_num(0.0 if rated is None else rated)
        confirmed = np.where(self._label(ratings) == label, 0.5 + 0.5 * np.abs(ratings), 0.0)
        wish, asked = (evidence[name].to_numpy() > 0 for name in ("wish", "question"))
        intents = [
            find_intent(text, name, wish=wished, question=questions)
            for text, name, wished, questions in zip(texts, label, wish, asked, strict=True)
        ]
        known, taught = evidence["known"].to_numpy(), share < 1
        words = _of_sign(label, evidence["praise"], evidence["blame"])
        return pd.DataFrame(
            {
                "polarity": polarity,
                "label": label.astype(str),
                "confidence": np.clip((1 - heard) * confidence + heard * confirmed, 0.0, 1.0),
                "intent": intents,
                "intent_evidence": [
                    show_intent(text, intent) or word for text, intent, word in zip(texts, intents, words, strict=True)
                ],
                "method": np.select(
                    [found & taught & known, found, taught], ["both", "lexicon", "model"], "none"
                ).astype(str),
                "intensity": _of_sign(label, evidence["praise_intensity"], evidence["blame_intensity"]),
            }
        )

    def _lexicon_share(
        self, evidence: pd.DataFrame
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
        """The lexicon's polarity, whether it read anything, and its weight beside what was taught."""
        found = evidence["silent"].to_numpy() == 0
        taught = evidence["language"].isin(list(self.taught_)).to_numpy() & (evidence["known"].to_numpy() | found)
        return evidence["read"].to_numpy(), found, np.where(taught, self.lexicon_share, 1.0)

    def _rated_share(self, evidence: pd.DataFrame, rated: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """The weight of the client's own ratings: a wish is about what is not there."""
        if rated is None:
            return np.zeros(len(evidence))
        return np.where((evidence["wish"] > 0) | np.isnan(rated), 0.0, self.rated_share)

    def _label(self, polarity: NDArray[np.float64]) -> NDArray[np.object_]:
        band = self.neutral_band
        return np.where(polarity > band, "positive", np.where(polarity < -band, "negative", "neutral")).astype(object)


def _of_sign(label: NDArray[np.object_], praise: pd.Series[str], blame: pd.Series[str]) -> list[str | None]:
    """What carries each label: nothing where it is neutral, or no word does."""
    said = {"positive": praise.tolist(), "negative": blame.tolist()}
    found = [said[name][row] if name in said else None for row, name in enumerate(label)]
    return [each if isinstance(each, str) else None for each in found]
