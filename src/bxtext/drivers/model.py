"""The driver model of one voice: taught by exemplars and cues, adapted to the client's own words."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Self

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from spacy.lang.en.stop_words import STOP_WORDS as ENGLISH_STOP_WORDS
from spacy.lang.fr.stop_words import STOP_WORDS as FRENCH_STOP_WORDS

from bxtext.embed import TextFeatures
from bxtext.language import fold_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bxtext.taxonomy import Taxonomy

CUE_PUSH = 2.0  # what a cue in a segment adds to the driver's log-odds
REGULARISATION = 10.0
CORPUS_SAMPLE = 10_000  # distinct clauses of the client that the model adapts to
ROUNDS = 3  # of self-training
SURE = 0.8  # probability from which a clause of the client is an example
ECHO_WEIGHT = 0.5  # such a clause counts as half an exemplar
N_EVIDENCE = 3  # words shown as evidence
BATCH = 5_000  # texts scored at once: bounds the memory
_STOP_WORDS = {fold_text(word) for word in FRENCH_STOP_WORDS | ENGLISH_STOP_WORDS}


class DriverModel:
    """Log-odds of each driver of one voice.

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
        """Learn from the exemplars and cues of the voice, then from the clauses of `corpus` the model is sure of.

        Self-training: clauses scored with confidence become examples themselves, with the drivers found in them, and
        teach the words that go with them (Yarowsky 1995, doi:10.3115/981658.981684).
        """
        self.driver_ids_ = taxonomy.heard_from(self.voice)
        column = {driver_id: number for number, driver_id in enumerate(self.driver_ids_)}
        exemplars = [exemplar for exemplar in taxonomy.exemplars if exemplar.voice == self.voice]
        cues = [
            (cue, driver_id)
            for driver_id in self.driver_ids_
            for language_cues in taxonomy[driver_id].cues.values()
            for cue in language_cues
        ]
        self.cues_ = {fold_text(cue): (column[driver_id], cue) for cue, driver_id in cues}
        self.longest_cue_ = max((len(cue.split()) for cue in self.cues_), default=0)
        truths = [*(exemplar.drivers for exemplar in exemplars), *((driver_id,) for _, driver_id in cues)]
        texts = [fold_text(text) for text in [*(exemplar.text for exemplar in exemplars), *(cue for cue, _ in cues)]]
        present = np.zeros((len(texts), len(self.driver_ids_)), dtype=bool)
        for row, drivers in enumerate(truths):
            present[row, [column[driver_id] for driver_id in drivers if driver_id in column]] = True
        heard = sorted({fold_text(text) for text in corpus})
        heard = heard[:: 1 + len(heard) // CORPUS_SAMPLE]
        self.features_ = TextFeatures().fit(texts, heard)
        examples = self.features_.transform(texts)
        self._fit_logistic(examples, present, np.ones(len(texts)))
        if heard:
            self._adapt(examples, present, heard)
        return self

    def _adapt(self, examples: sp.csr_matrix, present: NDArray[np.bool_], heard: Sequence[str]) -> None:
        clauses = self.features_.transform(heard)
        push = np.zeros((len(heard), len(self.driver_ids_)))
        for cued in self._find_cues(heard):
            push[cued] = CUE_PUSH
        for _ in range(ROUNDS):
            probability = 1 / (1 + np.exp(-(clauses @ self.coefficients_ + self.intercepts_ + push)))
            sure = probability.max(axis=1) > SURE
            self._fit_logistic(
                sp.vstack([examples, clauses[sure]], format="csr"),
                np.vstack([present, probability[sure] > 1 / 2]),
                np.repeat([1, ECHO_WEIGHT], [len(present), sure.sum()]),
            )

    def _fit_logistic(self, features: sp.csr_matrix, present: NDArray[np.bool_], weights: NDArray[np.float64]) -> None:
        # The dual is ten times faster than the primal here: far more features than sentences. It draws at random, so
        # the draw is fixed.
        learner = LogisticRegression(
            C=REGULARISATION, class_weight="balanced", solver="liblinear", dual=True, tol=0.05, random_state=0
        )
        self.coefficients_ = np.zeros((features.shape[1], present.shape[1]), dtype=np.float32)
        self.intercepts_ = np.zeros(present.shape[1])
        for column, truth in enumerate(present.T):
            learner.fit(features, truth, sample_weight=weights)
            self.coefficients_[:, column], self.intercepts_[column] = learner.coef_[0], learner.intercept_[0]

    def score(self, texts: Sequence[str]) -> tuple[NDArray[np.float64], dict[tuple[int, int], str]]:
        """Return log-odds (texts x drivers), cues not counted, and the cue found by (text, driver)."""
        folded = [fold_text(text) for text in texts]
        odds = np.empty((len(texts), len(self.driver_ids_)))
        for start in range(0, len(texts), BATCH):
            batch = slice(start, start + BATCH)
            odds[batch] = self.features_.transform(folded[batch]) @ self.coefficients_ + self.intercepts_
        return odds, self._find_cues(folded)

    def telling_words(self, texts: Sequence[str], columns: NDArray[np.intp]) -> list[str]:
        """Return, for each text and the driver beside it, the words with most weight."""
        names = self.features_.words_
        telling = np.array([not set(name.split()) <= _STOP_WORDS for name in names])
        shown = []
        for start in range(0, len(texts), BATCH):
            batch = slice(start, start + BATCH)
            words = self.features_.transform([fold_text(text) for text in texts[batch]])[:, : len(names)].tocsr()
            columns_of_words = np.repeat(columns[batch], np.diff(words.indptr))
            weights = words.data * telling[words.indices] * self.coefficients_[words.indices, columns_of_words]
            for first, last in pairwise(words.indptr):
                values, indices = weights[first:last], words.indices[first:last]
                best = np.lexsort((indices, -values))[:N_EVIDENCE]
                shown.append(", ".join(names[indices[place]] for place in best if values[place] > 0))
        return shown

    def _find_cues(self, folded: Sequence[str]) -> dict[tuple[int, int], str]:
        found: dict[tuple[int, int], str] = {}
        for row, text in enumerate(folded):
            words = text.split()
            for start in range(len(words)):
                for end in range(start + 1, min(start + self.longest_cue_, len(words)) + 1):
                    if (cue := self.cues_.get(" ".join(words[start:end]))) is not None:
                        found.setdefault((row, cue[0]), cue[1])
        return found
