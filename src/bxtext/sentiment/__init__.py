"""Stage 5, sentiment: segments to polarity and intent, by a lexicon with a grammar and by taught sentences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bxtext.ids import are_among, find_rows
from bxtext.memory import keep_state, recall, recall_state
from bxtext.parallel import map_partitions
from bxtext.sentiment.calibration import Calibration
from bxtext.sentiment.grammar import read_clause
from bxtext.sentiment.lexicon import Lexicon, load_lexicon
from bxtext.sentiment.model import SentimentModel
from bxtext.sentiment.reading import Reading
from bxtext.sentiment.target import read_target
from bxtext.tables import put_in_order

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


READ_BY = ["document_id", "language", "field"]  # what says of a document how its segments are read


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
    own = put_in_order(documents, ["document_id"])
    spoken = put_in_order(segments[["segment_id", "document_id", "text"]], ["segment_id"])
    model = _learn(exemplars, neutral_band)
    calibration = Calibration(own, neutral_band=neutral_band, seed=seed)
    rated = calibration.find_rated()
    parts = [
        _answer_unrated(*_choose(own, spoken, ~rated), model, (neutral_band, repr(exemplars))),
        *_answer_rated(*_choose(own, spoken, rated), model, (neutral_band, repr(exemplars)), calibration),
    ]
    answered = put_in_order(pd.concat([part for part in parts if len(part)] or parts[:1]), ["segment_id"])
    means = answered.groupby("document_id")[["before", "polarity"]].mean().rename(columns={"polarity": "after"})
    return ScoredSentiment(
        answered.drop(columns=["document_id", "before", "ironic"]),
        calibration.disagreements(answered),
        calibration.gain(means),
    )


def _learn(exemplars: Sequence[Exemplar], neutral_band: float) -> SentimentModel:
    """Return the model that exemplars teach, as an earlier run learned it if one did."""
    model = SentimentModel(neutral_band=neutral_band)
    state = recall_state("sentiment", repr(exemplars))
    if state is not None:
        return model.from_state(state)
    keep_state("sentiment", repr(exemplars), model.fit(exemplars).to_state())
    return model


def _choose(
    documents: pd.DataFrame, segments: pd.DataFrame, chosen: NDArray[np.bool_]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Some of the documents, as far as they tell how to read their segments, and these."""
    own = documents.reindex(columns=["document_id", "language", "field", "outcome"])
    if chosen.all():
        return own, segments
    own = own[chosen].reset_index(drop=True)
    return own, segments[are_among(segments["document_id"], own["document_id"])].reset_index(drop=True)


def _answer_unrated(
    documents: pd.DataFrame, segments: pd.DataFrame, model: SentimentModel, made_of: Any
) -> pd.DataFrame:
    """The answers for segments of voices that don't rate: nothing but their words decides."""
    recalled = recall("sentiment", made_of, documents[READ_BY], segments)
    (answers,) = recalled.complete(map_partitions(partial(_read_part, model), recalled.parts))
    return answers


def _answer_rated(
    documents: pd.DataFrame,
    segments: pd.DataFrame,
    model: SentimentModel,
    made_of: Any,
    calibration: Calibration,
) -> list[pd.DataFrame]:
    """The answers for segments of voices whose ratings teach, a part at a time; `calibration` learns from them."""
    recalled = recall("sentiment-rated", made_of, documents[READ_BY], segments)
    weighed = [part for (part,) in recalled.join(map_partitions(partial(_weigh_part, model), recalled.parts))]
    rated = _of_rated(documents, weighed)
    calibration.fit(rated["document_id"], rated, rated["polarity"].to_numpy())
    parts = ((part, calibration.narrow(part["document_id"])) for part in weighed)
    return map_partitions(partial(_answer_part, model), parts)


def _read_part(model: SentimentModel, part: tuple[pd.DataFrame, ...]) -> tuple[pd.DataFrame]:
    """The answers for the segments of some documents, by their words alone."""
    (weighed,) = _weigh_part(model, part)
    answers = model.answer(weighed, weighed["text"].tolist(), fields=weighed["field"].to_numpy())
    return (_name_answers(answers, weighed),)


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
    return _name_answers(answers, weighed)


def _name_answers(answers: pd.DataFrame, weighed: pd.DataFrame) -> pd.DataFrame:
    answers.insert(0, "segment_id", weighed["segment_id"])
    return answers.assign(document_id=weighed["document_id"], before=weighed["polarity"], ironic=weighed["ironic"])


def _signs_asked_for(segments: pd.DataFrame, documents: pd.DataFrame) -> NDArray[np.float64]:
    """1 where the form asked for what is liked, -1 for what is not, 0 elsewhere."""
    fields = documents.set_index("document_id")["field"]
    signs = fields.map({"positive": 1.0, "negative": -1.0}).astype(float)
    return np.array(segments["document_id"].map(signs).fillna(0.0), dtype=np.float64)
