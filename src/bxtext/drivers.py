"""Stage 6, drivers: segments to mentions, by a linear model taught by example and by cues.

The recipe: TF-IDF of words and of characters inside words, one logistic regression a driver, clauses and whole
documents scored and averaged, cue phrases as weak examples and as a push at prediction. Each voice has a model
of its own: the same words are `cx.process_failure` from a customer and `ex.internal_process` from an employee.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from spacy.lang.en.stop_words import STOP_WORDS as ENGLISH_STOP_WORDS
from spacy.lang.fr.stop_words import STOP_WORDS as FRENCH_STOP_WORDS

from bxtext.language import fold_text
from bxtext.tables import VOICES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bxtext.taxonomy import Taxonomy

CUE_WEIGHT = 0.3  # a cue as an example counts as a third of a sentence
CUE_PUSH = 2.0  # what a cue in a segment adds to the driver's log-odds
LONGEST_CUE = 5  # words
WORDS = r"\w\w+"  # two letters or digits at least
CORPUS_SAMPLE = 5_000  # documents that the frequency of words is taken from
REGULARISATION = 10.0
N_EVIDENCE = 3  # words shown as evidence

# Words that say who or what a remark is about, whatever its driver; the first that matches wins.
_ACTOR_WORDS = {
    "customer": {
        "provider": r"livreurs?|livreuses?|transporteurs?|chauffeurs?|coursiers?|prestataires?|sous traitants?|"
        r"point relais|couriers?|drivers?|carriers?|delivery (?:man|guy|men|people|company)|subcontractors?",
    },
    "employee": {
        "provider": r"prestataires?|sous traitants?|sous traitance|interim|interimaires?|livreurs?|subcontractors?|"
        r"contractors?|agency staff|temps|couriers?",
        "manager": r"managers?|chefs?|responsables?|superieurs?|n 1|boss|bosses|supervisors?|team leaders?",
        "leadership": r"direction|dirigeants?|comite de direction|siege|pdg|actionnaires?|leadership|executives?|ceo|"
        r"head office|senior management|upper management",
    },
}
_STAGE_WORDS = {
    "delivery": r"livraisons?|livres?|livree?s?|colis|livreurs?|deliver(?:y|ies|ed)|parcels?|couriers?|shipping",
    "aftersales": r"retours?|sav|rembours\w+|garantie|reclamations?|returns?|returned|refunds?|refunded|warranty",
    "payment": r"caisses?|paiements?|payer|facture?s?|prelevements?|checkout|tills?|payments?|invoices?|billing",
    "search": r"site|appli|application|website|app|catalogue|online",
}
_STOP_WORDS = {fold_text(word) for word in FRENCH_STOP_WORDS | ENGLISH_STOP_WORDS}
_ACTOR_PATTERNS = {
    voice: {actor: re.compile(rf"\b(?:{words})\b") for actor, words in actors.items()}
    for voice, actors in _ACTOR_WORDS.items()
}
_STAGE_PATTERNS = {stage: re.compile(rf"\b(?:{words})\b") for stage, words in _STAGE_WORDS.items()}


def assign_drivers(
    segments: pd.DataFrame,
    documents: pd.DataFrame,
    sentiment: pd.DataFrame,
    taxonomy: Taxonomy,
    *,
    threshold: float = 0.15,
) -> pd.DataFrame:
    """Find which drivers each document mentions, and with what polarity.

    Parameters
    ----------
    segments, documents, sentiment : DataFrame
        The tables of these names.
    taxonomy : Taxonomy
        Drivers, cues and exemplars.
    threshold : float
        Probability, in (0, 1), from which a driver is mentioned.

    Returns
    -------
    DataFrame
        The table `mentions`: one row a document and driver, sorted.
    """
    found = []
    for voice in VOICES:
        own = documents[documents["voice"] == voice].sort_values("document_id", kind="stable")
        if own.empty:
            continue
        clauses = segments[segments["document_id"].isin(own["document_id"])]
        clauses = clauses.sort_values("segment_id", kind="stable").merge(
            sentiment[["segment_id", "polarity", "label"]], on="segment_id"
        )
        model = DriverModel(voice).fit(taxonomy, corpus=own["text"].tolist())
        found.append(_mentions_of_voice(model, clauses.reset_index(drop=True), own, taxonomy, threshold))
    if not found:
        return pd.DataFrame(columns=_MENTION_COLUMNS)
    return pd.concat(found, ignore_index=True)


class DriverModel:
    """Probability of each driver of one voice, taught by exemplars and cues.

    Parameters
    ----------
    voice : str
        `customer` or `employee`.

    Attributes
    ----------
    driver_ids_ : list of str
        Drivers in the order of the columns of what is predicted.

    Examples
    --------
    >>> from bxtext.taxonomy import load_taxonomy
    >>> model = DriverModel("customer").fit(load_taxonomy())
    >>> log_odds, _ = model.score(["Le livreur a jeté le colis par-dessus la grille"])
    >>> model.driver_ids_[int(log_odds[0].argmax())]
    'cx.delivery_attitude'
    """

    def __init__(self, voice: str) -> None:
        self.voice = voice

    def fit(self, taxonomy: Taxonomy, corpus: Sequence[str] = ()) -> Self:
        """Learn from the exemplars of the voice; words are weighed by how rare they are in them and in `corpus`."""
        exemplars = [exemplar for exemplar in taxonomy.exemplars if exemplar.voice == self.voice]
        self.driver_ids_ = taxonomy.heard_from(self.voice)
        column = {driver_id: number for number, driver_id in enumerate(self.driver_ids_)}
        cues = [
            (cue, driver_id)
            for driver_id in self.driver_ids_
            for language_cues in taxonomy[driver_id].cues.values()
            for cue in language_cues
        ]
        self.cues_ = {fold_text(cue): (column[driver_id], cue) for cue, driver_id in cues}
        texts = [exemplar.text for exemplar in exemplars]
        self.vectorizers_ = _fit_vectorizers(texts, sorted(corpus)[:: max(1, len(corpus) // CORPUS_SAMPLE)])
        truth = np.zeros((len(texts) + len(cues), len(self.driver_ids_)), dtype=bool)
        for row, exemplar in enumerate(exemplars):
            truth[row, [column[driver_id] for driver_id in exemplar.drivers if driver_id in column]] = True
        truth[np.arange(len(texts), len(truth)), [column[driver_id] for _, driver_id in cues]] = True
        features = self.transform([*texts, *(cue for cue, _ in cues)])
        weights = np.repeat([1.0, CUE_WEIGHT], [len(texts), len(cues)])
        models = [_fit_logistic(features, present, weights) for present in truth.T]
        self.coefficients_ = np.vstack([model.coef_ for model in models]).T.astype(np.float32)
        self.intercepts_ = np.concatenate([model.intercept_ for model in models])
        return self

    def transform(self, texts: Sequence[str]) -> sp.csr_matrix:
        """Return word and character features, one row a text."""
        return sp.hstack([vectorizer.transform(texts) for vectorizer in self.vectorizers_], format="csr")

    def score(self, texts: Sequence[str]) -> tuple[NDArray[np.float64], dict[tuple[int, int], str]]:
        """Return log-odds (texts x drivers), cues not counted, and the cue found by (text, driver)."""
        return self.transform(texts) @ self.coefficients_ + self.intercepts_, self._find_cues(texts)

    def telling_words(self, texts: Sequence[str], columns: Sequence[int]) -> list[str]:
        """Return, for each text and the driver beside it, the words with most weight."""
        words = self.vectorizers_[0]
        names = words.get_feature_names_out()
        telling = np.array([not set(name.split()) <= _STOP_WORDS for name in names], dtype=np.float32)
        weights = words.transform(texts)
        driver_of = np.repeat(columns, np.diff(weights.indptr))
        weights.data *= self.coefficients_[weights.indices, driver_of] * telling[weights.indices]
        shown = []
        for start, end in zip(weights.indptr[:-1], weights.indptr[1:], strict=True):
            values, indices = weights.data[start:end], weights.indices[start:end]
            best = np.lexsort((indices, -values))[:N_EVIDENCE]
            shown.append(", ".join(str(names[indices[place]]) for place in best if values[place] > 0))
        return shown

    def _find_cues(self, texts: Sequence[str]) -> dict[tuple[int, int], str]:
        found: dict[tuple[int, int], str] = {}
        for row, text in enumerate(texts):
            words = fold_text(text).split()
            for start in range(len(words)):
                for end in range(start + 1, min(start + LONGEST_CUE, len(words)) + 1):
                    if (cue := self.cues_.get(" ".join(words[start:end]))) is not None:
                        found.setdefault((row, cue[0]), cue[1])
        return found


def _fit_vectorizers(texts: Sequence[str], corpus: Sequence[str]) -> tuple[TfidfVectorizer, TfidfVectorizer]:
    """Words and pairs, and characters inside words: known from the exemplars, weighed with the corpus."""
    words = TfidfVectorizer(
        preprocessor=fold_text, token_pattern=WORDS, ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32
    )
    characters = TfidfVectorizer(
        preprocessor=fold_text, analyzer="char_wb", ngram_range=(3, 5), min_df=2, sublinear_tf=True, dtype=np.float32
    )
    everything = [*texts, *corpus]
    for vectorizer in (words, characters):
        vectorizer.fit(texts)
        seen = np.asarray((vectorizer.transform(everything) > 0).sum(axis=0)).ravel()
        vectorizer.idf_ = np.log((1 + len(everything)) / (1 + seen)) + 1
    return words, characters


def _fit_logistic(
    features: sp.csr_matrix, present: NDArray[np.bool_], weights: NDArray[np.float64]
) -> LogisticRegression:
    # The dual is ten times faster than the primal here: far more features than sentences. It draws at random, so
    # the draw is fixed.
    model = LogisticRegression(
        C=REGULARISATION, class_weight="balanced", solver="liblinear", dual=True, tol=0.05, random_state=0
    )
    return model.fit(features, present, sample_weight=weights)


_MENTION_COLUMNS = [
    "document_id", "driver_id", "polarity", "n_positive", "n_negative", "confidence", "actor", "stage", "method",
    "evidence",
]  # fmt: skip


@dataclass(frozen=True)
class _Scored:
    """Log-odds of the drivers in the documents (rows) and in their clauses, cues counted."""

    odds: NDArray[np.float64]
    clause_odds: NDArray[np.float64]
    cues: dict[tuple[int, int], str]
    cut: float


def _mentions_of_voice(
    model: DriverModel, clauses: pd.DataFrame, documents: pd.DataFrame, taxonomy: Taxonomy, threshold: float
) -> pd.DataFrame:
    row_of = pd.Series(range(len(documents)), index=documents["document_id"])
    document_of = row_of[clauses["document_id"]].to_numpy()
    clause_odds, cues = model.score(clauses["text"].tolist())
    for row, column in cues:
        clause_odds[row, column] += CUE_PUSH
    whole_odds, _ = model.score(documents["text"].tolist())
    best_odds = np.full_like(whole_odds, -np.inf)
    np.maximum.at(best_odds, document_of, clause_odds)
    best_odds = np.where(np.isfinite(best_odds), best_odds, whole_odds)
    scored = _Scored((whole_odds + best_odds) / 2, clause_odds, cues, np.log(threshold / (1 - threshold)))

    # A clause carries a mention of its document when its own odds pass the cut, or are its document's best.
    mentioned = scored.odds[document_of] >= scored.cut
    carries = mentioned & ((clause_odds >= scored.cut) | (clause_odds == best_odds[document_of]))
    rows, columns = np.nonzero(carries)
    carriers = pd.DataFrame(
        {
            "document": document_of[rows],
            "column": columns,
            "clause": rows,
            "odds": clause_odds[rows, columns],
            "polarity": clauses["polarity"].to_numpy()[rows],
            "n_positive": (clauses["label"].to_numpy()[rows] == "positive").astype(int),
            "n_negative": (clauses["label"].to_numpy()[rows] == "negative").astype(int),
        }
    )
    key = ["document", "column"]
    sums = carriers.groupby(key).agg(
        polarity=("polarity", "mean"), n_positive=("n_positive", "sum"), n_negative=("n_negative", "sum")
    )
    best = carriers.sort_values([*key, "odds", "clause"], ascending=[True, True, False, True]).drop_duplicates(key)
    mentions = sums.join(best.set_index(key)["clause"]).reset_index()
    mentions["document_id"] = documents["document_id"].to_numpy()[mentions["document"]]
    return _described(mentions, model, scored, clauses["text"].to_numpy(), taxonomy)[_MENTION_COLUMNS]


def _described(
    mentions: pd.DataFrame, model: DriverModel, scored: _Scored, texts: NDArray[np.object_], taxonomy: Taxonomy
) -> pd.DataFrame:
    """Mentions with their driver, confidence, actor, stage, method and evidence."""
    pairs = list(zip(mentions["clause"], mentions["column"], strict=True))
    carried = list(texts[mentions["clause"]])
    folded = [fold_text(text) for text in carried]
    cards = [taxonomy[model.driver_ids_[column]] for column in mentions["column"]]
    cues = [scored.cues.get(pair) for pair in pairs]
    sure_without_cue = [scored.clause_odds[pair] - CUE_PUSH >= scored.cut for pair in pairs]
    words = model.telling_words(carried, mentions["column"].tolist())
    actors = _ACTOR_PATTERNS[model.voice]
    stages = _STAGE_PATTERNS if model.voice == "customer" else {}
    return mentions.assign(
        driver_id=[card.id for card in cards],
        confidence=1 / (1 + np.exp(-scored.odds[mentions["document"], mentions["column"]])),
        actor=[_first_match(actors, text, card.actor) for text, card in zip(folded, cards, strict=True)],
        stage=[
            _first_match(stages, text, card.stage) if card.stage == "cross" else card.stage
            for text, card in zip(folded, cards, strict=True)
        ],
        method=[
            "model" if cue is None else "both" if sure else "cue"
            for cue, sure in zip(cues, sure_without_cue, strict=True)
        ],
        evidence=[
            f"« {cue} »" if cue is not None else shown or "parts of words"
            for cue, shown in zip(cues, words, strict=True)
        ],
    )


def _first_match(patterns: Mapping[str, re.Pattern[str]], text: str, otherwise: str) -> str:
    return next((name for name, pattern in patterns.items() if pattern.search(text)), otherwise)
