"""Stage 5, sentiment: segments to polarity and intent, by a lexicon with a grammar and by taught sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bxtext.sentiment.calibration import Calibration
from bxtext.sentiment.grammar import read_clause
from bxtext.sentiment.lexicon import Lexicon, load_lexicon
from bxtext.sentiment.model import SentimentModel
from bxtext.sentiment.reading import Reading
from bxtext.sentiment.target import read_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
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
    ordered = segments.sort_values("segment_id", kind="stable", ignore_index=True)
    languages = ordered["document_id"].map(documents.set_index("document_id")["language"])
    model = SentimentModel(neutral_band=neutral_band).fit(exemplars)
    texts = ordered["text"].tolist()
    evidence = model.weigh(texts, languages.tolist())
    fields = _signs_asked_for(ordered, documents)
    before = model.answer(evidence, texts, fields=fields)["polarity"].to_numpy()
    calibration = Calibration(ordered, documents, neutral_band=neutral_band, seed=seed)
    answers = model.answer(evidence, texts, calibration.rate(evidence, before), fields)
    after = answers["polarity"].to_numpy()
    answers.insert(0, "segment_id", ordered["segment_id"])
    return ScoredSentiment(
        answers, calibration.disagreements(after, evidence.readings), calibration.gain(before, after)
    )


def _signs_asked_for(segments: pd.DataFrame, documents: pd.DataFrame) -> NDArray[np.float64] | None:
    """1 where the form asked for what is liked, -1 for what is not, 0 elsewhere; None when no form asked."""
    if "field" not in documents or documents["field"].isna().all():
        return None
    signs = documents.set_index("document_id")["field"].map({"positive": 1.0, "negative": -1.0}).astype(float)
    return np.array(segments["document_id"].map(signs).fillna(0.0), dtype=np.float64)
