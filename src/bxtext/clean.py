"""Stage 2, clean: comments to documents, normalised and masked; comments = documents + dropped."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from bxtext.language import WORD, detect_languages, fold_text
from bxtext.privacy import PLACEHOLDER, mask_text
from bxtext.tables import group_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

# Answers that say that there is nothing to say.
NOTHING_TO_SAY = frozenset(
    "ras|r a s|neant|rien|rien a dire|rien a signaler|rien a ajouter|aucun|aucune|aucun commentaire|"
    "pas de commentaire|sans commentaire|sans objet|so|nc|non|na|n a|nan|null|none|nil|no|nothing|nothing to say|"
    "no comment|no comments|not applicable|nothing to add|test|x|xx|xxx".split("|")
)
REPEATED_WORDS = 8  # from this length on, the same text twice is a copy, whoever sent it
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\ud800-\udfff]"
)
_SPACE = re.compile(r"[ \t\u00a0\u202f\u2009]+")


@dataclass(frozen=True)
class Cleaned:
    """The documents kept and the comments dropped, each with its reason."""

    documents: pd.DataFrame
    dropped: pd.DataFrame


def clean_comments(
    comments: pd.DataFrame,
    *,
    languages: Sequence[str] = ("fr", "en"),
    min_words: int = 1,
    boilerplate: Sequence[str] = (),
) -> Cleaned:
    """Normalise, mask and sort out the comments.

    Parameters
    ----------
    comments : DataFrame
        The table `comments`.
    languages : sequence of str
        Languages to keep; a text too short to tell is kept as `und`.
    min_words : int
        Shorter comments are dropped as `too_short`.
    boilerplate : sequence of str
        Whole comments that mean nothing.

    Returns
    -------
    Cleaned
        The tables `documents` and `dropped`; every comment is in exactly one of them.

    Examples
    --------
    >>> comments = pd.DataFrame({
    ...     "comment_id": ["1", "2"], "source": "s", "source_type": "review", "voice": "customer",
    ...     "text": ["Colis perdu, appelez le 06 12 34 56 78", "RAS"], "date": pd.NaT, "rating": None,
    ...     "respondent_id": None, "unit": None})
    >>> cleaned = clean_comments(comments)
    >>> cleaned.documents["text"].tolist(), cleaned.dropped["reason"].tolist()
    (['Colis perdu, appelez le [phone]'], ['empty'])
    """
    frame = comments.sort_values("comment_id", kind="stable").reset_index(drop=True)
    normal = frame["text"].fillna("").map(normalise_text)
    folded = normal.map(_comparable)
    n_words = normal.map(lambda text: len(WORD.findall(text)))
    reason = pd.Series(None, index=frame.index, dtype=object)

    def drop(mask: pd.Series, why: str) -> None:
        reason[mask & reason.isna()] = why

    wordless = n_words == 0
    wordless[wordless] = ~normal[wordless].map(_has_symbol).astype(bool)
    drop(wordless | folded.isin(NOTHING_TO_SAY), "empty")
    drop(folded.isin({_comparable(normalise_text(text)) for text in boilerplate}), "boilerplate")
    drop((n_words < min_words) & (n_words > 0), "too_short")
    drop(_repeated(frame, folded, n_words, kept=reason.isna()), "duplicate")
    language = pd.Series(detect_languages(normal.where(reason.isna(), "")), index=frame.index)
    drop(~language.isin([*languages, "und"]), "other_language")

    kept = reason.isna()
    masked = [mask_text(text) for text in normal[kept]]
    carried = ["comment_id", "source", "voice", "date", "respondent_id", "unit", *group_columns(frame)]
    documents = (
        frame.loc[kept, carried]
        .rename(columns={"comment_id": "document_id"})
        .assign(
            text=[text for text, _ in masked],
            n_masked=[count for _, count in masked],
            language=language[kept],
            n_words=[len(WORD.findall(PLACEHOLDER.sub(" ", text))) for text, _ in masked],
            period=pd.to_datetime(frame.loc[kept, "date"]).dt.strftime("%Y-%m"),
            outcome=frame.loc[kept, "rating"],
        )
    )
    dropped = pd.DataFrame({"comment_id": frame.loc[~kept, "comment_id"], "reason": reason[~kept]})
    return Cleaned(documents.reset_index(drop=True), dropped.reset_index(drop=True))


def normalise_text(text: str) -> str:
    r"""Return the text in NFC, without control and invisible characters, runs of spaces made one.

    Examples
    --------
    >>> normalise_text("  cafe\u0301\u200b   noir ")
    'café noir'
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _SPACE.sub(" ", _CONTROL.sub("", text)).strip()


def _comparable(text: str) -> str:
    """What makes two texts the same: their letters, or the text itself when it has none, as « 👍 »."""
    return fold_text(text) or text


def _has_symbol(text: str) -> bool:
    """Whether a text without words still says something, as « 👍 » or « 0/20 » do."""
    return any(unicodedata.category(mark) in {"So", "Nd"} for mark in text)


def _repeated(frame: pd.DataFrame, folded: pd.Series, n_words: pd.Series, *, kept: pd.Series) -> pd.Series:
    """Rows that repeat another: the same long text in the same voice, or a short one with all else equal."""
    details = [name for name in frame.columns if name not in {"comment_id", "text", "source_type"}]
    short = frame[details].assign(text=folded)[kept]
    long = pd.DataFrame({"voice": frame["voice"], "text": folded})[kept & (n_words >= REPEATED_WORDS)]
    repeated = pd.Series(data=False, index=frame.index)
    for rows in (short, long):
        repeated[rows.index[rows.duplicated()]] = True
    return repeated
