"""What respondents' own ratings teach of their words, how far the texts agree with them, and where they do not."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from bxtext.sentiment.evidence import all_numbers, split_words
from bxtext.sentiment.ratings import MOST_GROUPS, RatingModel
from bxtext.tables import VOICES
from bxtext.votes import number_respondents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ENOUGH = 300  # rated documents from which a voice's ratings teach
LOW, HIGH = 0.25, 0.75  # ratings from the ends to here are clear
CLEAR = 0.5  # polarity from which a text is clear
RATING_COLUMNS = ["document_id", "voice", "outcome", "respondent_id"]


class Calibration:
    """What the ratings of documents teach of their words, by voice.

    Parameters
    ----------
    documents : DataFrame
        The table.
    neutral_band : float
        Polarities within ± this are neutral.
    seed : int
        Draws the folds.

    Attributes
    ----------
    models_ : dict of str to RatingModel
        By voice that has enough ratings.
    """

    def __init__(self, documents: pd.DataFrame, *, neutral_band: float, seed: int) -> None:
        known = documents.reindex(columns=RATING_COLUMNS).sort_values("document_id", ignore_index=True)
        self.neutral_band = neutral_band
        self.seed = seed
        self.documents = known.assign(
            outcome=known["outcome"].astype("float64"), group=number_respondents(known).to_numpy(dtype=np.intp)
        ).set_index("document_id")

    def find_rated(self) -> NDArray[np.bool_]:
        """Return which documents are of a voice whose ratings may teach, in the order of their ids."""
        rated = self.documents.groupby("voice")["outcome"].agg(lambda given: self._fault(given.to_numpy()) is None)
        return self.documents["voice"].isin(rated.index[rated]).to_numpy()

    def fit(self, document_ids: pd.Series, evidence: pd.DataFrame, polarity: Floats) -> Self:
        """Learn from the segments of rated documents: of each, its document, what speaks in it, and its polarity."""
        self.models_: dict[str, RatingModel] = {}
        codes, heard = pd.factorize(document_ids)
        documents = self.documents.loc[heard]
        for voice in VOICES:
            rated = self._draw(((documents["voice"] == voice) & documents["outcome"].notna()).to_numpy(), documents)
            ratings = documents["outcome"].to_numpy()[rated]
            if self._fault(ratings):
                continue
            rows = rated[codes]
            own, names = pd.factorize(codes[rows])
            said: list[list[str]] = [[] for _ in names]
            for place, words in zip(own.tolist(), split_words(evidence[rows]), strict=True):
                said[place] += words
            numbers = np.column_stack([all_numbers(evidence[rows]), polarity[rows]])
            means = np.column_stack([np.bincount(own, column) for column in numbers.T]) / np.bincount(own)[:, None]
            groups = documents["group"].to_numpy()[names]
            self.models_[voice] = RatingModel(seed=self.seed).fit(
                said, means, documents["outcome"].to_numpy()[names], groups
            )
        return self

    def _draw(self, rated: NDArray[np.bool_], documents: pd.DataFrame) -> NDArray[np.bool_]:
        """Rated documents of as many respondents as a model learns from."""
        groups = documents["group"].to_numpy()
        people = np.unique(groups[rated])
        if len(people) <= MOST_GROUPS:
            return rated
        drawn = np.random.default_rng(self.seed).permutation(people)[:MOST_GROUPS]
        return rated & np.isin(groups, drawn)

    def narrow(self, document_ids: pd.Series) -> Self:
        """Return the same, knowing some of the documents alone: what a worker needs to rate these."""
        narrowed = copy(self)
        narrowed.documents = self.documents.loc[document_ids.unique()]
        return narrowed

    def rate(self, document_ids: pd.Series, evidence: pd.DataFrame, polarity: Floats) -> Floats:
        """Return the polarity of each segment by its voice's ratings, cross-fitted; NaN where too few are rated."""
        documents = self.documents.loc[document_ids]
        rated = np.full(len(polarity), np.nan)
        for voice, model in self.models_.items():
            rows = np.flatnonzero(documents["voice"] == voice)
            own = evidence.iloc[rows]
            numbers = np.column_stack([all_numbers(own), polarity[rows]])
            chances = model.predict(split_words(own), numbers, documents["group"].to_numpy()[rows])
            rated[rows] = chances @ np.linspace(-1, 1, chances.shape[1])
        return rated

    def gain(self, polarity: pd.DataFrame) -> pd.DataFrame:
        """Return, by voice, how well the texts agree with the ratings without and with what the ratings taught.

        Agreement is the rank correlation (Spearman) between a document's mean polarity and its rating, each document
        scored by a model that did not see its respondent's ratings.

        Parameters
        ----------
        polarity : DataFrame
            Mean polarity of each document, by document id, ``before`` and ``after``.

        Returns
        -------
        DataFrame
            ``voice``, ``n_rated``, ``before``, ``after``, ``reason``.
        """
        facts = self.documents.join(polarity).dropna(subset=["outcome", "before"])
        rows = []
        for voice in VOICES:
            said = facts[facts["voice"] == voice]
            fault = self._fault(said["outcome"].to_numpy())
            ranks = said[["outcome", "before", "after"]].rank()
            found = [np.nan if fault else ranks["outcome"].corr(ranks[name]) for name in ("before", "after")]
            rows.append((voice, len(said), *found, fault))
        return pd.DataFrame(rows, columns=["voice", "n_rated", "before", "after", "reason"])

    def disagreements(self, segments: pd.DataFrame) -> pd.DataFrame:
        """Return the documents whose text and rating are on opposite sides, and the likeliest cause.

        ``mixed``: something is praised and something blamed. ``irony``: a word that is often ironic praises what the
        rating condemns. ``wrong_scale``: one end of the scale, and a text that clearly says the opposite. ``other``.

        Parameters
        ----------
        segments : DataFrame
            ``document_id``, ``polarity``, and whether its praise may be ``ironic``, of each segment.
        """
        band = self.neutral_band
        marks = segments.assign(praised=segments["polarity"] > band, blamed=segments["polarity"] < -band)
        facts = self.documents.join(marks.groupby("document_id")[["polarity", "praised", "blamed", "ironic"]].mean())
        text, rating = facts["polarity"], facts["outcome"]
        found = ((text > band) & (rating <= LOW)) | ((text < -band) & (rating >= HIGH))
        kinds: dict[str, pd.Series[bool]] = {
            "mixed": (facts["praised"] > 0) & (facts["blamed"] > 0),
            "irony": (facts["ironic"] > 0) & (text > 0),
            "wrong_scale": rating.isin([0.0, 1.0]) & (text.abs() >= CLEAR),
        }
        facts["kind"] = "other"
        for kind in reversed(kinds):  # the first that holds has the last word
            facts.loc[kinds[kind], "kind"] = kind
        return facts.loc[found, ["voice", "outcome", "polarity", "kind"]].reset_index()

    @staticmethod
    def _fault(ratings: Floats) -> str | None:
        given = ratings[~np.isnan(ratings)]
        if len(given) < ENOUGH:
            return f"{len(given)} rated documents; at least {ENOUGH} are needed"
        return "all ratings are the same" if (given == given[0]).all() else None
