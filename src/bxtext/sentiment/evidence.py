"""What was read in texts as a table, a row a text: small enough to keep for millions, and to send to a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from bxtext.sentiment.reading import Reading

PLAIN, STRONG = 1.9, 2.5  # « un peu déçu » is 1.2, « déçu » 2, « très déçu » 2.6, « horrible » 3
LEXICAL = (
    "read", "read_positive", "read_negative", "praises", "blames", "wish", "question", "last", "loose_negations",
    "turns", "silent", "shouts",
)  # fmt: skip
TAUGHT = ("good", "bad")  # chances that something is good, or bad
_KINDS = dict.fromkeys(LEXICAL, "float64") | dict.fromkeys(
    ("language", "words", "praise", "blame", "praise_intensity", "blame_intensity"), "str"
)
_KINDS["ironic"] = "bool"


def tabulate_readings(readings: Iterable[Reading]) -> pd.DataFrame:
    """Return what the lexicon and the grammar read.

    Returns
    -------
    DataFrame
        `LEXICAL`, numbers of about the same size; ``language``; ``words``, joined by spaces; ``praise`` and ``blame``,
        the strongest word for and against, with their intensities; whether what praises may be ``ironic``.

    Examples
    --------
    >>> from bxtext.sentiment.grammar import read_clause
    >>> tabulate_readings([read_clause("Accueil parfait", "fr")])[["words", "praise", "blame"]].values.tolist()
    [['accueil parfait', 'parfait', nan]]
    """
    columns = ["language", "words", *LEXICAL, "praise", "blame", "praise_intensity", "blame_intensity", "ironic"]
    rows = [
        (
            reading.language,
            " ".join(reading.words),
            *_numbers(reading),
            _telling_word(reading, 1.0),
            _telling_word(reading, -1.0),
            _intensity(reading, 1.0),
            _intensity(reading, -1.0),
            any(carrier.ironic and carrier.value > 0 for carrier in reading.carriers),
        )
        for reading in readings
    ]
    return pd.DataFrame(rows, columns=columns).astype(_KINDS)


def lexical_numbers(evidence: pd.DataFrame) -> NDArray[np.float64]:
    """Return what the lexicon read as numbers, texts x numbers."""
    return evidence[list(LEXICAL)].to_numpy(dtype=np.float64)


def all_numbers(evidence: pd.DataFrame) -> NDArray[np.float64]:
    """Return what the lexicon read and what was taught as numbers, texts x numbers."""
    return evidence[[*LEXICAL, *TAUGHT]].to_numpy(dtype=np.float64)


def split_words(evidence: pd.DataFrame) -> Sequence[list[str]]:
    """Return the words of each text."""
    return [words.split() for words in evidence["words"]]


def _numbers(reading: Reading) -> tuple[float, ...]:
    positive, negative = reading.positive, reading.negative
    last = reading.carriers[-1].value if reading.carriers else 0.0
    return (
        reading.polarity,
        np.tanh(positive / 2),
        np.tanh(negative / 2),
        float(positive > 0),
        float(negative > 0),
        float(reading.wish),
        float(reading.question),
        np.tanh(last / 2),
        min(reading.loose_negations, 2) / 2,
        float(reading.turns > 0),
        float(not reading.carriers),
        min(reading.shouts, 3) / 3,
    )


def _telling_word(reading: Reading, sign: float) -> str | None:
    """The strongest word or phrase of the lexicon of that sign."""
    carriers = [carrier for carrier in reading.carriers if sign * carrier.value > 0]
    return max(carriers, key=lambda carrier: sign * carrier.value).text if carriers else None


def _intensity(reading: Reading, sign: float) -> str:
    """How strong the strongest word of that sign is, its degree and the exclamation marks included."""
    carried = [sign * carrier.value for carrier in reading.carriers if sign * carrier.value > 0]
    strongest = max(carried, default=PLAIN) * (1 + 0.1 * min(reading.shouts, 3))
    return "weak" if strongest < PLAIN else "strong" if strongest >= STRONG else "plain"
