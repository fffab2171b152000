"""The driver model of one voice: taught by exemplars and cues, adapted to the client's own words."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from bxtext.drivers.cues import PhraseFinder, known_words
from bxtext.drivers.decision import CENTRE, best_cut, let_compete
from bxtext.embed import STOP_WORDS, EncodedFeatures, TextFeatures, draw_texts
from bxtext.language import fold_text
from bxtext.state import State
from bxtext.tables import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bxtext.embed import Encoder
    from bxtext.taxonomy import Exemplar, Taxonomy

CUE_PUSH = 2.0  # what a cue in a segment adds to the driver's log-odds
REGULARISATION = 1.0
TOLERANCE = 4.0  # of the learner: stopping early does no harm and halves the time
CORPUS_SAMPLE = 10_000  # distinct clauses of the client that the model adapts to
SURE = 0.8  # probability from which a clause of the client is an example
ECHO_WEIGHT = 0.5  # such a clause counts as half an exemplar
TAUGHT_WEIGHT = 3.0  # a sentence of the client counts as this many exemplars
ENOUGH_TAUGHT = 200  # sentences of the client from which they also decide what is worth a mention
FOLDS = 4  # in which they do so
ENOUGH_HELD = 1_000  # sentences held out, after which no further fold is needed
SILENT_SHARE = 0.3  # of the second sentences of composed comments: about no driver, as much of real comments is
N_EVIDENCE = 3  # words shown as evidence
BATCH = 5_000  # texts scored at once: bounds the memory


class DriverModel:
    """Log-odds of each driver of one voice.

    Parameters
    ----------
    voice : str
        `customer` or `employee`.
    encoder : Encoder, optional
        Gives each text a vector beside its words and characters; none is needed.

    Attributes
    ----------
    driver_ids_ : list of str
        Drivers in the order of the columns of what is predicted.
    cues_ : PhraseFinder
        Finds the cues; targets are columns.
    exemplars_, exemplar_features_, exemplar_drivers_ : list of str, sparse matrix, array of bool
        Sentences that taught the model, their features and their drivers, in the same order.
    centre_ : float
        Log-odds, after competition, from which a driver is worth a mention.

    Examples
    --------
    >>> from bxtext.taxonomy import load_taxonomy
    >>> model = DriverModel("customer").fit(load_taxonomy())
    >>> log_odds, _ = model.score(["Le livreur a jeté le colis par-dessus la grille"])
    >>> model.driver_ids_[int(log_odds[0].argmax())]
    'cx.delivery_attitude'
    """

    def __init__(self, voice: str, encoder: Encoder | None = None) -> None:
        self.voice = voice
        self.encoder = encoder

    def fit(self, taxonomy: Taxonomy, corpus: Sequence[str] = ()) -> Self:
        """Learn from the exemplars and cues of the voice, then from the clauses of `corpus` the model is sure of.

        Self-training: clauses scored with confidence become examples themselves, with the drivers found in them, and
        teach the words that go with them (Yarowsky 1995, doi:10.3115/981658.981684).
        """
        exemplars = self._look_up(taxonomy)
        column = {driver_id: number for number, driver_id in enumerate(self.driver_ids_)}
        cues = [
            (cue, driver_id)
            for driver_id in self.driver_ids_
            for language_cues in taxonomy[driver_id].cues.values()
            for cue in language_cues
        ]
        taught = np.array([exemplar.taught for exemplar in exemplars], dtype=bool)
        composed = compose_comments(exemplars)
        truths = [exemplar.drivers for exemplar in exemplars]
        truths += [(driver_id,) for _, driver_id in cues] + [drivers for _, drivers in composed]
        said = [*(exemplar.text for exemplar in exemplars), *(cue for cue, _ in cues), *(text for text, _ in composed)]
        texts = [fold_text(text) for text in said]
        present = np.zeros((len(texts), len(self.driver_ids_)), dtype=bool)
        for row, drivers in enumerate(truths):
            present[row, [column[driver_id] for driver_id in drivers if driver_id in column]] = True
        heard = sorted({fold_text(text) for text in draw_corpus(pd.Series(corpus, dtype="str"))})
        self.features_ = TextFeatures() if self.encoder is None else EncodedFeatures(self.encoder)
        examples = self.features_.fit_transform(texts[: len(texts) - len(composed)], heard)
        self.exemplar_features_, self.exemplar_drivers_ = examples[: len(exemplars)], present[: len(exemplars)]
        if composed:
            together = self.features_.transform(texts[len(texts) - len(composed) :])
            examples = sp.vstack([examples, together], format="csr")
        weights = np.ones(len(texts))
        weights[: len(exemplars)][taught] = TAUGHT_WEIGHT
        self.centre_ = CENTRE
        if taught.sum() >= ENOUGH_TAUGHT:
            self.centre_ = self._centre_on(np.flatnonzero(taught), examples, present, weights)
        self._fit_logistic(examples, present, weights)
        if heard:
            self._adapt(examples, present, weights, heard)
        return self

    def _look_up(self, taxonomy: Taxonomy) -> list[Exemplar]:
        """Take over the drivers, cues and sentences of the voice; return what is known of the sentences."""
        self.driver_ids_ = taxonomy.heard_from(self.voice)
        phrases = [
            (cue, language, column)
            for column, driver_id in enumerate(self.driver_ids_)
            for language, said in taxonomy[driver_id].cues.items()
            for cue in said
        ]
        self.cues_ = PhraseFinder(phrases, known_words(taxonomy))
        exemplars = [exemplar for exemplar in taxonomy.exemplars if exemplar.voice == self.voice]
        self.exemplars_ = [exemplar.text for exemplar in exemplars]
        return exemplars

    def to_state(self) -> State:
        """Return what was learned, without the encoder."""
        shown = self.exemplar_features_
        learned = {
            "coefficients": self.coefficients_, "intercepts": self.intercepts_,
            "exemplar_drivers": self.exemplar_drivers_, "exemplar_data": shown.data,
            "exemplar_indices": shown.indices, "exemplar_indptr": shown.indptr,
        }  # fmt: skip
        return State(learned, {"centre": float(self.centre_)}) | self.features_.to_state().under("features")

    def from_state(self, taxonomy: Taxonomy, state: State) -> Self:
        """Take over what `to_state` returned of a model that was taught by the same taxonomy, without an encoder."""
        self._look_up(taxonomy)
        self.features_ = TextFeatures.from_state(state.part("features"))
        self.coefficients_, self.intercepts_ = state.arrays["coefficients"], state.arrays["intercepts"]
        self.exemplar_drivers_, self.centre_ = state.arrays["exemplar_drivers"], state.plain["centre"]
        parts = tuple(state.arrays[f"exemplar_{name}"] for name in ("data", "indices", "indptr"))
        self.exemplar_features_ = sp.csr_matrix(parts, shape=(len(self.exemplars_), len(self.coefficients_)))
        return self

    def _centre_on(
        self,
        taught: NDArray[np.intp],
        examples: sp.csr_matrix,
        present: NDArray[np.bool_],
        weights: NDArray[np.float64],
    ) -> float:
        """Find the centre that is best for the client's own sentences, each scored without having taught.

        A quarter is held out at a time, until enough have been. One centre for all drivers: one each, even drawn
        towards the common one, did worse on labels that chose none.
        """
        odds, truths = [], []
        for fold in range(FOLDS):
            held = taught[fold::FOLDS]
            others = np.setdiff1d(np.arange(len(present)), held)
            self._fit_logistic(examples[others], present[others], weights[others])
            odds.append(examples[held] @ self.coefficients_ + self.intercepts_)
            truths.append(present[held])
            if sum(map(len, odds)) >= ENOUGH_HELD:
                break
        return best_cut(let_compete(np.vstack(odds), self.voice), np.vstack(truths))

    def _adapt(
        self,
        examples: sp.csr_matrix,
        present: NDArray[np.bool_],
        weights: NDArray[np.float64],
        heard: Sequence[str],
    ) -> None:
        clauses = self.features_.transform(heard)
        push = np.zeros((len(heard), len(self.driver_ids_)))
        for cue in self.cues_.find(heard):
            if cue.verbatim:  # what teaches must be sure: looser matches would feed on themselves
                push[cue.row, cue.target] = CUE_PUSH
        probability = 1 / (1 + np.exp(-(clauses @ self.coefficients_ + self.intercepts_ + push)))
        sure = probability.max(axis=1) > SURE
        self._fit_logistic(
            sp.vstack([examples, clauses[sure]], format="csr"),
            np.vstack([present, probability[sure] > 1 / 2]),
            np.append(weights, np.full(sure.sum(), ECHO_WEIGHT)),
        )

    def _fit_logistic(self, features: sp.csr_matrix, present: NDArray[np.bool_], weights: NDArray[np.float64]) -> None:
        # The dual is ten times faster than the primal here: far more features than sentences. It draws at random, so
        # the draw is fixed.
        learner = LogisticRegression(
            C=REGULARISATION, class_weight="balanced", solver="liblinear", dual=True, tol=TOLERANCE, random_state=0
        )
        features = features.astype(np.float64)  # as it learns: once, and not for every driver
        self.coefficients_ = np.zeros((features.shape[1], present.shape[1]), dtype=np.float32)
        self.intercepts_ = np.zeros(present.shape[1])
        for column, truth in enumerate(present.T):
            learner.fit(features, truth, sample_weight=weights)
            self.coefficients_[:, column], self.intercepts_[column] = learner.coef_[0], learner.intercept_[0]

    def score(self, texts: Sequence[str]) -> tuple[NDArray[np.float64], dict[tuple[int, int], str]]:
        """Return log-odds (texts x drivers), cues not counted, and the cue found by (text, driver)."""
        folded = [fold_text(text) for text in texts]
        return self.weigh(self.describe(folded)), self.find_cues(folded)

    def describe(self, folded: Sequence[str]) -> sp.csr_matrix:
        """Return the features of folded texts."""
        batches = [folded[start : start + BATCH] for start in range(0, max(len(folded), 1), BATCH)]
        return sp.vstack([self.features_.transform(batch) for batch in batches], format="csr")

    def weigh(self, features: sp.csr_matrix) -> NDArray[np.float64]:
        """Return the log-odds (rows x drivers) of what `describe` returns."""
        odds: NDArray[np.float64] = features @ self.coefficients_ + self.intercepts_
        return odds

    def telling_words(self, features: sp.csr_matrix, columns: NDArray[np.intp]) -> list[str]:
        """Return, for each row of features and the driver beside it, the words with most weight."""
        names = self.features_.words_
        telling = np.array([not set(name.split()) <= STOP_WORDS for name in names])
        words = features[:, : len(names)].tocsr()
        columns_of_words = np.repeat(columns, np.diff(words.indptr))
        weights = words.data * telling[words.indices] * self.coefficients_[words.indices, columns_of_words]
        shown = []
        for first, last in pairwise(words.indptr):
            values, indices = weights[first:last], words.indices[first:last]
            best = np.lexsort((indices, -values))[:N_EVIDENCE]
            shown.append(", ".join(names[indices[place]] for place in best if values[place] > 0))
        return shown

    def find_cues(self, folded: Sequence[str]) -> dict[tuple[int, int], str]:
        """Return the first cue of each (text, driver), as the folded text has it."""
        found: dict[tuple[int, int], str] = {}
        for cue in self.cues_.find(folded):
            if (cue.row, cue.target) not in found:
                found[cue.row, cue.target] = " ".join(folded[cue.row].split()[cue.start : cue.end])
        return found


def draw_corpus(texts: pd.Series[str]) -> list[str]:
    """Return the distinct texts, or `CORPUS_SAMPLE` of them that their letters alone choose.

    Examples
    --------
    >>> draw_corpus(pd.Series(["slow", "slow", "dear"]))
    ['slow', 'dear']
    """
    distinct = texts.drop_duplicates()
    drawn: list[str] = distinct[draw_texts(distinct, CORPUS_SAMPLE)].tolist()
    return drawn


def compose_comments(exemplars: Sequence[Exemplar]) -> list[tuple[str, tuple[str, ...]]]:
    """Return comments of two exemplars of one language, one for each exemplar, with the drivers of both.

    Exemplars are short and of one subject; comments are neither. What the client taught are comments already.

    Examples
    --------
    >>> from bxtext.taxonomy import Exemplar
    >>> rude, dear = (Exemplar(text, "en", "customer", (driver,), "negative") for text, driver in
    ...               (("Rude staff.", "cx.staff_attitude"), ("Too dear.", "cx.price_value")))
    >>> sorted({" ".join(drivers) for _, drivers in compose_comments([rude, dear] * 9)})[1]
    'cx.price_value cx.staff_attitude'
    """
    draw, composed = np.random.default_rng(0), []
    for language in LANGUAGES:
        own = [exemplar for exemplar in exemplars if exemplar.language == language and not exemplar.taught]
        silent = [exemplar for exemplar in own if not exemplar.drivers] or own
        for first, quiet in zip(own, draw.random(len(own)) < SILENT_SHARE, strict=True):
            others = silent if quiet else own
            second = others[draw.integers(len(others))]
            composed.append((f"{first.text} {second.text}", tuple(sorted({*first.drivers, *second.drivers}))))
    return composed
