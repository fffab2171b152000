"""Stage 5, sentiment: segments to polarity and intent, by a lexicon with a grammar and by taught sentences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bxtext.ids import are_among, find_rows
from bxtext.memory import recall
from bxtext.parallel import map_partitions
from bxtext.sentiment.calibration import Calibration
from bxtext.sentiment.grammar import read_clause
from bxtext.sentiment.lexicon import Lexicon, load_lexicon
from bxtext.sentiment.model import SentimentModel
from bxtext.sentiment.reading import Reading
from bxtext.sentiment.target import read_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bxtext.taxonomy import Exemplar

__all__ = [
    "Lexicon",
    "Reading",
    "ScoredSentiment",
    "SentimentModel",
    "load_lexicon",
    "read_clause",
    "read_target",
    "score_sentiment",
]


@dataclass(frozen=True)
class ScoredSentiment:
    """The two tables of the stage, and what the ratings taught.

    Attributes
    ----------
    sentiment, disagreements : DataFrame
        The tables of these names.
    calibration : DataFrame
        By voice, `n_rated` documents and the agreement (Spearman) of polarity and rating ``before`` and ``after`` a
        model of the client's own ratings joins in, out of fold; or the `reason` why none does.
    """

    sentiment: pd.DataFrame
    disagreements: pd.DataFrame
    calibration: pd.DataFrame


def score_sentiment(
    segments: pd.DataFrame,
    documents: pd.DataFrame,
    exemplars: Sequence[Exemplar],
    *,
    neutral_band: float = 0.15,
    seed: int = 7,
) -> ScoredSentiment:
    """Score the polarity and the intent of each segment.

    Where a voice has 300 rated documents, a model of its own ratings joins in. It is cross-fitted by respondent: no
    document is scored by a model that saw its rating.

    Parameters
    ----------
    segments, documents : DataFrame
        The tables `segments` and `documents`; language, voice, rating and respondent are the document's.
    exemplars : sequence of Exemplar
        Sentences of known polarity that teach the model, such as ``load_taxonomy().exemplars``.
    neutral_band : float
        Polarities within ± this are called neutral.
    seed : int
        Draws the folds.

    Returns
    -------
    ScoredSentiment

    Examples
    --------
    >>> import pandas as pd
    >>> documents = pd.DataFrame({"document_id": ["1"], "language": ["fr"]})
    >>> segments = pd.DataFrame({"segment_id": ["1:000", "1:001"], "document_id": "1",
    ...     "text": ["Accueil très sympa", "mais colis perdu"]})
    >>> score_sentiment(segments, documents, []).sentiment["label"].tolist()
    ['positive', 'negative']
    """
    own = documents.sort_values("document_id", kind="stable", ignore_index=True)
    recalled = recall(
        "sentiment",
        (neutral_band, exemplars),
        own.reindex(columns=["document_id", "language", "field"]),
        segments[["segment_id", "document_id", "text"]].sort_values("segment_id", kind="stable", ignore_index=True),
    )
    model = SentimentModel(neutral_band=neutral_band).fit(exemplars)
    made = map_partitions(partial(_weigh_part, model), recalled.parts)
    weighed = [part for (part,) in recalled.join(made)]
    calibration = Calibration(own, neutral_band=neutral_band, seed=seed)
    rated = _of_rated(own, weighed)
    calibration.fit(rated["document_id"], rated, rated["polarity"].to_numpy())
    parts = ((part, calibration.narrow(part["document_id"])) for part in weighed)
    answers = map_partitions(partial(_answer_part, model), parts)
    answered = pd.concat(answers, ignore_index=True).sort_values("segment_id", kind="stable", ignore_index=True)
    means = answered.groupby("document_id")[["before", "polarity"]].mean().rename(columns={"polarity": "after"})
    return ScoredSentiment(
        answered.drop(columns=["document_id", "before", "ironic"]),
        calibration.disagreements(answered),
        calibration.gain(means),
    )


def _weigh_part(model: SentimentModel, part: tuple[pd.DataFrame, ...]) -> tuple[pd.DataFrame]:
    """What speaks for and against in the segments of some documents, and their polarity by that alone."""
    documents, segments = part
    place = find_rows(segments["document_id"], documents["document_id"])
    evidence = model.weigh(segments["text"].tolist(), documents["language"].iloc[place].tolist())
    named = segments[["segment_id", "document_id", "text"]].reset_index(drop=True)
    fields = _signs_asked_for(segments, documents)
    weighed = pd.concat([named, evidence], axis=1)
    return (weighed.assign(field=fields, polarity=model.judge(evidence, fields=fields)),)


def _of_rated(documents: pd.DataFrame, weighed: list[pd.DataFrame]) -> pd.DataFrame:
    """The segments of documents that have a rating, in the order of their ids."""
    rated = documents.reindex(columns=["document_id", "outcome"]).dropna()["document_id"]
    chosen = are_among(pd.concat([part["document_id"] for part in weighed]), rated)
    ends = np.cumsum([len(part) for part in weighed])
    own = pd.concat([part[flags] for part, flags in zip(weighed, np.split(chosen, ends[:-1]), strict=True)])
    return own.sort_values("segment_id", kind="stable")


def _answer_part(model: SentimentModel, part: tuple[pd.DataFrame, Calibration]) -> pd.DataFrame:
    """The answers for some segments, with what the ratings add, and their polarity before it."""
    weighed, calibration = part
    rated = calibration.rate(weighed["document_id"], weighed, weighed["polarity"].to_numpy())
    answers = model.answer(weighed, weighed["text"].tolist(), rated, weighed["field"].to_numpy())
    answers.insert(0, "segment_id", weighed["segment_id"])
    return answers.assign(document_id=weighed["document_id"], before=weighed["polarity"], ironic=weighed["ironic"])


def _signs_asked_for(segments: pd.DataFrame, documents: pd.DataFrame) -> NDArray[np.float64]:
    """1 where the form asked for what is liked, -1 for what is not, 0 elsewhere."""
    fields = documents.set_index("document_id")["field"]
    signs = fields.map({"positive": 1.0, "negative": -1.0}).astype(float)
    return np.array(segments["document_id"].map(signs).fillna(0.0), dtype=np.float64)
