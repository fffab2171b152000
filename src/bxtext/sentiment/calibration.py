"""What respondents' own ratings teach of their words, how far the texts agree with them, and where they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bxtext.sentiment.ratings import RatingModel
from bxtext.tables import VOICES
from bxtext.votes import number_respondents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bxtext.sentiment.model import Evidence
    from bxtext.sentiment.reading import Reading

    Floats = NDArray[np.float64]

ENOUGH = 300  # rated documents from which a voice's ratings teach
LOW, HIGH = 0.25, 0.75  # ratings from the ends to here are clear
CLEAR = 0.5  # polarity from which a text is clear
RATING_COLUMNS = ["document_id", "voice", "outcome", "respondent_id"]


class Calibration:
    """The documents of the segments, their ratings, and the polarity that the ratings teach.

    Parameters
    ----------
    segments, documents : DataFrame
        The tables; the segments in the order of everything else that is passed.
    neutral_band : float
        Polarities within ± this are neutral.
    seed : int
        Draws the folds.
    """

    def __init__(self, segments: pd.DataFrame, documents: pd.DataFrame, *, neutral_band: float, seed: int) -> None:
        known = documents.reindex(columns=RATING_COLUMNS).sort_values("document_id", ignore_index=True)
        self.neutral_band = neutral_band
        self.seed = seed
        self.groups = number_respondents(known).to_numpy(dtype=np.intp)
        self.documents = known.assign(outcome=known["outcome"].astype("float64"))
        self.place = pd.Index(known["document_id"]).get_indexer(segments["document_id"])
        self.counts = np.bincount(self.place, minlength=len(known))

    def mean(self, values: Floats) -> Floats:
        """Return the means of the segments' values by document; NaN for a document without a segment."""
        wide = values if values.ndim > 1 else values[:, None]
        sums = [np.bincount(self.place, column, len(self.documents)) for column in wide.T]
        means = np.full((len(self.documents), len(sums)), np.nan)
        np.divide(np.column_stack(sums), self.counts[:, None], out=means, where=self.counts[:, None] > 0)
        return means if values.ndim > 1 else means[:, 0]

    def rate(self, evidence: Evidence, polarity: Floats) -> Floats:
        """Return the polarity of each segment by its voice's ratings, cross-fitted; NaN where too few are rated."""
        words = [reading.words for reading in evidence.readings]
        numbers = np.column_stack([evidence.numbers(), polarity])
        by_document = self.mean(numbers)
        said: list[list[str]] = [[] for _ in range(len(self.documents))]
        for place, spoken in zip(self.place.tolist(), words, strict=True):
            said[place] += spoken
        rated = np.full(len(polarity), np.nan)
        for voice in VOICES:
            rows = np.flatnonzero((self.documents["voice"] == voice) & (self.counts > 0))
            ratings = self.documents["outcome"].to_numpy()[rows]
            if self._fault(ratings):
                continue
            model = RatingModel(seed=self.seed)
            model.fit([said[row] for row in rows], by_document[rows], ratings, self.groups[rows])
            heard = np.flatnonzero(np.isin(self.place, rows))
            groups = self.groups[self.place[heard]]
            chances = model.predict([words[row] for row in heard], numbers[heard], groups)
            rated[heard] = chances @ np.linspace(-1, 1, chances.shape[1])
        return rated

    def gain(self, before: Floats, after: Floats) -> pd.DataFrame:
        """Return, by voice, how well the texts agree with the ratings without and with what the ratings taught.

        Agreement is the rank correlation (Spearman) between a document's mean polarity and its rating, each document
        scored by a model that did not see its respondent's ratings.

        Returns
        -------
        DataFrame
            ``voice``, ``n_rated``, ``before``, ``after``, ``reason``.
        """
        polarity = pd.DataFrame({"before": self.mean(before), "after": self.mean(after)})
        facts = self.documents.join(polarity).dropna(subset=["outcome", "before"])
        rows = []
        for voice in VOICES:
            said = facts[facts["voice"] == voice]
            fault = self._fault(said["outcome"].to_numpy())
            ranks = said[["outcome", "before", "after"]].rank()
            found = [np.nan if fault else ranks["outcome"].corr(ranks[name]) for name in ("before", "after")]
            rows.append((voice, len(said), *found, fault))
        return pd.DataFrame(rows, columns=["voice", "n_rated", "before", "after", "reason"])

    def disagreements(self, polarity: Floats, readings: Sequence[Reading]) -> pd.DataFrame:
        """Return the documents whose text and rating are on opposite sides, and the likeliest cause.

        ``mixed``: something is praised and something blamed. ``irony``: a word that is often ironic praises what the
        rating condemns. ``wrong_scale``: one end of the scale, and a text that clearly says the opposite. ``other``.
        """
        ironic = np.array([any(each.ironic and each.value > 0 for each in reading.carriers) for reading in readings])
        band = self.neutral_band
        means = self.mean(np.column_stack([polarity, polarity > band, polarity < -band, ironic.astype(bool)]))
        columns = ["polarity", "praised", "blamed", "ironic"]
        facts = self.documents.join(pd.DataFrame(means, columns=columns))
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
        return facts.loc[found, ["document_id", "voice", "outcome", "polarity", "kind"]].reset_index(drop=True)

    @staticmethod
    def _fault(ratings: Floats) -> str | None:
        given = ratings[~np.isnan(ratings)]
        if len(given) < ENOUGH:
            return f"{len(given)} rated documents; at least {ENOUGH} are needed"
        return "all ratings are the same" if (given == given[0]).all() else None
