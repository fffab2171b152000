"""Stage 2, clean: comments to documents, normalised and masked; comments = documents + dropped."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
from ftfy import fix_encoding

from bxtext.language import WORD, detect_languages, fold_text
from bxtext.privacy import PLACEHOLDER, mask_text
from bxtext.tables import group_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

# Answers that say that there is nothing to say.
NOTHING_TO_SAY = frozenset(
    "ras|r a s|neant|rien|rien a dire|rien a signaler|rien a ajouter|rien de special|rien de particulier|aucun|aucune|"
    "aucun commentaire|pas de commentaire|pas de commentaires|sans commentaire|sans objet|so|nc|nr|nsp|na|n a|nan|"
    "null|none|nil|nothing|nothing to say|nothing to report|nothing in particular|no comment|no comments|"
    "not applicable|nothing to add|test".split("|")
)
REPEATED_WORDS = 8  # from this length on, the same text twice is a copy, whoever sent it
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\ud800-\udfff]"
)
_MOJIBAKE = re.compile(r"[ÂÃâ][\x80-\xbf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a€™]")
MOJIBAKE_SHARE = 0.02  # of a source's texts with accents: a lone « Ã » may be meant
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
    ...     "field": None, "text": ["Colis perdu, appelez le 06 12 34 56 78", "RAS"], "date": pd.NaT, "rating": None,
    ...     "respondent_id": None, "unit": None})
    >>> cleaned = clean_comments(comments)
    >>> cleaned.documents["text"].tolist(), cleaned.dropped["reason"].tolist()
    (['Colis perdu, appelez le [phone]'], ['nothing_to_say'])
    """
    frame = comments.sort_values("comment_id", kind="stable").reset_index(drop=True)
    repaired = repair_mojibake(frame["text"].fillna(""), frame["source"])
    normal = repaired.map(normalise_text)
    folded = normal.map(_comparable)
    n_words = normal.map(lambda text: len(WORD.findall(text)))
    reason = pd.Series(None, index=frame.index, dtype=object)

    def drop(mask: pd.Series, why: str) -> None:
        reason[mask & reason.isna()] = why

    wordless = n_words == 0
    wordless[wordless] = ~normal[wordless].map(_has_symbol).astype(bool)
    drop(wordless, "empty")
    drop(folded.isin(NOTHING_TO_SAY), "nothing_to_say")
    drop(folded.isin({_comparable(normalise_text(text)) for text in boilerplate}), "boilerplate")
    drop((n_words < min_words) & (n_words > 0), "too_short")
    drop(_repeated(frame, folded, n_words, kept=reason.isna()), "duplicate")
    language = pd.Series(detect_languages(normal.where(reason.isna(), "")), index=frame.index)
    drop(~language.isin([*languages, "und"]), "other_language")

    kept = reason.isna()
    masked = [mask_text(text) for text in normal[kept]]
    carried = ["comment_id", "source", "voice", "field", "date", "respondent_id", "unit", *group_columns(frame)]
    documents = (
        frame.loc[kept, carried]
        .rename(columns={"comment_id": "document_id"})
        .assign(
            text=[text for text, _ in masked],
            n_masked=[count for _, count in masked],
            repaired=(repaired != frame["text"].fillna(""))[kept].astype(int),
            language=language[kept],
            n_words=[len(WORD.findall(PLACEHOLDER.sub(" ", text))) for text, _ in masked],
            period=pd.to_datetime(frame.loc[kept, "date"]).dt.strftime("%Y-%m"),
            outcome=frame.loc[kept, "rating"],
        )
    )
    dropped = pd.DataFrame({"comment_id": frame.loc[~kept, "comment_id"], "reason": reason[~kept]})
    return Cleaned(documents.reset_index(drop=True), dropped.reset_index(drop=True))


def repair_mojibake(texts: pd.Series, sources: pd.Series) -> pd.Series:
    """Undo UTF-8 that was read as Windows-1252, once or twice, where a whole source suffers from it.

    A text is only changed when the damage, done again, gives the text as received.

    Examples
    --------
    >>> repair_mojibake(pd.Series(["trÃ¨s déÃ§u", "trÃ¨s bien"]), pd.Series(["s", "s"])).tolist()
    ['trÃ¨s déÃ§u', 'très bien']
    """
    suspect = texts.map(lambda text: not text.isascii() and _MOJIBAKE.search(text) is not None).astype(bool)
    accented = texts.map(lambda text: not text.isascii()).astype(int)
    share = suspect.astype(int).groupby(sources).transform("sum") / accented.groupby(sources).transform("sum").clip(1)
    damaged = suspect & (share >= MOJIBAKE_SHARE)
    return texts.where(~damaged, texts[damaged].map(_undo_mojibake).reindex(texts.index, fill_value=""))


def _undo_mojibake(text: str) -> str:
    repaired = fix_encoding(text)
    damaged = repaired
    for _ in range(2):
        damaged = damaged.encode("utf-8", "surrogatepass").decode("sloppy-windows-1252")
        if damaged == text:
            return repaired
    return text


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
