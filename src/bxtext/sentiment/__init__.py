"""Stage 5, sentiment: segments to polarity and intent, by a lexicon with a grammar and by taught sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bxtext.sentiment.grammar import Reading, read_clause
from bxtext.sentiment.lexicon import Lexicon, load_lexicon
from bxtext.sentiment.model import SentimentModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from bxtext.taxonomy import Exemplar

__all__ = ["Lexicon", "Reading", "SentimentModel", "load_lexicon", "read_clause", "score_sentiment"]


def score_sentiment(
    segments: pd.DataFrame,
    documents: pd.DataFrame,
    exemplars: Sequence[Exemplar],
    *,
    neutral_band: float = 0.15,
    seed: int = 7,
) -> pd.DataFrame:
    """Score the polarity and the intent of each segment.

    Parameters
    ----------
    segments, documents : DataFrame
        The tables `segments` and `documents`; the language is the document's.
    exemplars : sequence of Exemplar
        Sentences of known polarity that teach the model, such as ``load_taxonomy().exemplars``.
    neutral_band : float
        Polarities within ± this are called neutral.
    seed : int
        Random state of the solver.

    Returns
    -------
    DataFrame
        The table `sentiment`, by segment.

    Examples
    --------
    >>> import pandas as pd
    >>> documents = pd.DataFrame({"document_id": ["1"], "language": ["fr"]})
    >>> segments = pd.DataFrame({"segment_id": ["1:000", "1:001"], "document_id": "1",
    ...     "text": ["Accueil très sympa", "mais colis perdu"]})
    >>> score_sentiment(segments, documents, [])["label"].tolist()
    ['positive', 'negative']
    """
    ordered = segments.sort_values("segment_id", kind="stable", ignore_index=True)
    languages = ordered["document_id"].map(documents.set_index("document_id")["language"])
    model = SentimentModel(neutral_band=neutral_band).fit(exemplars)
    answers = model.predict(ordered["text"].tolist(), languages.tolist())
    answers.insert(0, "segment_id", ordered["segment_id"])
    return answers
