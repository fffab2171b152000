"""Stage 2, clean: comments to documents, normalised and masked; comments = documents + dropped."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from bxtext.clean.letters import comparable_text, has_symbol, normalise_text, repair_mojibake
from bxtext.clean.places import SmallUnits
from bxtext.clean.speech import Spoken, cut_additions, keep_respondent, may_hold_additions
from bxtext.language import WORD, detect_language, fold_letters
from bxtext.memory import recall
from bxtext.parallel import map_partitions
from bxtext.privacy import PLACEHOLDER, Masker, replace_spans
from bxtext.privacy.traces import trace
from bxtext.tables import group_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from numpy.typing import NDArray

__all__ = ["Cleaned", "SmallUnits", "clean_comments", "normalise_text", "repair_mojibake"]

# Answers that say that there is nothing to say.
NOTHING_TO_SAY = frozenset(
    "ras|r a s|neant|rien|rien a dire|rien a signaler|rien a ajouter|rien de special|rien de particulier|aucun|aucune|"
    "aucun commentaire|pas de commentaire|pas de commentaires|sans commentaire|sans objet|so|nc|nr|nsp|na|n a|nan|"
    "null|none|nil|nothing|nothing to say|nothing to report|nothing in particular|no comment|no comments|"
    "not applicable|nothing to add|test".split("|")
)
REPEATED_WORDS = 8  # from this length on, the same text twice is a copy, whoever sent it
SIMILAR_WORDS = 12  # from this length on, texts that differ in their numbers only are copies too
TALKS = ("interview", "message")  # source types whose texts may hold the turns of several people
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True)
class Cleaned:
    """The documents kept, the comments dropped, each with its reason, and the traces of what was masked."""

    documents: pd.DataFrame
    dropped: pd.DataFrame
    masked: pd.DataFrame


class _Look(NamedTuple):
    """One text, read once: how it is normalised, what can be said of it alone, and what it is compared by."""

    text: str
    trimmed: str | None
    n_words: int
    reason: str | None
    language: str
    same: int
    similar: int


def clean_comments(  # noqa: PLR0913  the comments, what masks them, and one keyword a parameter
    comments: pd.DataFrame,
    masker: Masker | None = None,
    small_units: SmallUnits | None = None,
    *,
    languages: Sequence[str] = ("fr", "en"),
    min_words: int = 1,
    boilerplate: Sequence[str] = (),
    respondents: Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
) -> Cleaned:
    """Normalise, mask and sort out the comments.

    Parameters
    ----------
    comments : DataFrame
        The table `comments`.
    masker : Masker, optional
        What masks personal data, see `bxtext.privacy.load_masker`; by default the built-in rules.
    small_units : SmallUnits, optional
        Where employees of units of too few people count; comments that count nowhere are dropped as `small_unit`,
        before they are compared with others. By default every unit counts as it is.
    languages : sequence of str
        Languages to keep; a text too short to tell is kept as `und`.
    min_words : int
        Shorter comments are dropped as `too_short`.
    boilerplate : sequence of str
        Whole comments that mean nothing.
    respondents : sequence of str
        Names whose turns are kept in interviews and messages; by default the usual ones, see `keep_respondent`.
    since, until : date, optional
        First and last day; comments of other days are dropped as `out_of_period`, those without a day are kept.

    Returns
    -------
    Cleaned
        The tables `documents` and `dropped`, every comment in exactly one of them, and `masked`.

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
    comments = comments.reset_index(drop=True)
    order = comments["comment_id"].argsort(kind="stable").to_numpy()
    repaired = repair_mojibake(comments["text"], comments["source"])
    changed = (repaired != comments["text"]).to_numpy() & repaired.notna().to_numpy()
    nothing = frozenset(comparable_text(normalise_text(text)) for text in boilerplate)
    masker = masker or Masker()
    told = pd.DataFrame(
        {
            "document_id": comments["comment_id"].iloc[order].array,
            "text": repaired.iloc[order].array,
            "source_type": comments["source_type"].iloc[order].array,
        }
    )
    comments = comments.drop(columns="text")  # a million texts are held once in every form, and no longer than needed
    recalled = recall("looks", (masker.made_of, min_words, sorted(nothing), tuple(respondents)), told)
    look = partial(_clean_part, masker=masker, min_words=min_words, nothing=nothing, respondents=tuple(respondents))
    made = map_partitions(look, recalled.parts)
    seen = [*recalled.complete(made)] if recalled.kept else [part for (part,) in recalled.join(made)]
    texts = [part.pop("text") for part in seen]
    looks = pd.concat(seen, ignore_index=True).drop(columns="document_id")
    del repaired, told, recalled, made, seen
    outside = _outside(comments["date"].iloc[order].reset_index(drop=True), since, until)
    reason = looks["reason"].mask(looks["reason"].isna() & outside, "out_of_period")
    foreign = reason.isna() & ~looks["language"].isin([*languages, "und"])
    units = comments["unit"]
    if small_units is not None:
        dated = comments.assign(period=_months(comments["date"]))
        heard = (reason.isna() & ~foreign).set_axis(order).sort_index()
        units = small_units.place(dated, heard)
        reason = reason.mask((units.isna() & comments["unit"].notna()).iloc[order].to_numpy(), "small_unit")
    looks["reason"] = reason
    reason = reason.mask(_repeated(comments, order, looks), "duplicate")
    long = np.flatnonzero(reason.isna() & (looks["n_words"] >= SIMILAR_WORDS))
    similar = comments[["date", "voice"]].iloc[order[long]].set_index(long)
    similar = _put_earliest_first(similar.assign(similar=looks["similar"].iloc[long]))
    reason[similar.index[similar.duplicated(["voice", "similar"])]] = "near_duplicate"
    reason = reason.mask(reason.isna() & foreign, "other_language")

    kept = reason.isna().to_numpy()
    dropped = pd.DataFrame(
        {"comment_id": comments["comment_id"].iloc[order[~kept]].array, "reason": reason[~kept].array}
    )
    carried = ["comment_id", "source", "voice", "field", "date", "respondent_id", "unit", *group_columns(comments)]
    looks = looks.loc[kept, ["n_masked", "n_words_left", "trimmed", "language", "traces"]].reset_index(drop=True)
    comments["unit"] = units.astype("str")
    documents = pd.DataFrame({name: comments.pop(name).iloc[order[kept]].array for name in [*carried, "rating"]})
    documents = documents.rename(columns={"comment_id": "document_id", "rating": "outcome"}).assign(
        text=pd.concat(_take_kept(texts, kept)).array,
        n_masked=looks["n_masked"],
        n_words=looks["n_words_left"],
        repaired=changed[order[kept]].astype(int),
        trimmed=looks["trimmed"],
        language=looks["language"],
        period=lambda table: _months(table["date"]),
    )
    traces = looks["traces"].dropna().str.split()
    masked = documents.loc[traces.index, ["document_id"]].assign(trace=traces).explode("trace", ignore_index=True)
    return Cleaned(documents, dropped, masked)


def _take_kept(texts: list[pd.Series], kept: NDArray[np.bool_]) -> Iterator[pd.Series]:
    """The texts kept of each part; the list is empty afterwards."""
    start = 0
    while texts:
        part = texts.pop(0)
        yield part[kept[start : start + len(part)]]
        start += len(part)


def _months(dates: pd.Series) -> pd.Series:
    """Months as YYYY-MM, written once for each day."""
    places, days = pd.factorize(pd.to_datetime(dates))
    return pd.Series(pd.Series(days).dt.strftime("%Y-%m").astype("str").reindex(places).array, index=dates.index)


def _outside(dates: pd.Series, since: date | None, until: date | None) -> pd.Series:
    early = dates < pd.Timestamp(since) if since else pd.Series(data=False, index=dates.index)
    return early | (dates > pd.Timestamp(until)) if until else early


def _clean_part(
    part: tuple[pd.DataFrame, ...],
    *,
    masker: Masker,
    min_words: int,
    nothing: frozenset[str],
    respondents: Sequence[str],
) -> tuple[pd.DataFrame]:
    """Some texts and their source types: looked at, and masked."""
    (told,) = part
    looks = _mask(_look_at(told["text"], told["source_type"], min_words, nothing, respondents), masker)
    return (looks.assign(document_id=told["document_id"].array),)


def _look_at(
    texts: pd.Series, kinds: pd.Series, min_words: int, nothing: frozenset[str], respondents: Sequence[str]
) -> pd.DataFrame:
    """Look at some texts; a table of `_Look`, packed."""
    looks = [
        _look(text, min_words, nothing, respondents if talk else None)
        for text, talk in zip(texts.fillna(""), kinds.isin(TALKS), strict=True)
    ]
    types = dict.fromkeys(_Look._fields, "str") | {"n_words": "int64", "same": "uint64", "similar": "uint64"}
    return pd.DataFrame(looks, columns=list(_Look._fields)).astype(types)


def _look(text: str, min_words: int, nothing: frozenset[str], respondents: Sequence[str] | None) -> _Look:
    """Look at one text; `respondents` is None unless it may be a talk."""
    normal = normalise_text(text)
    answer = normal if respondents is None else keep_respondent(normal, respondents)
    spoken, folded = Spoken(answer, ()), comparable_text(answer)
    if may_hold_additions(folded):
        spoken = cut_additions(answer)
        folded = comparable_text(spoken.text)
    cut = [*spoken.cut, *(["turns"] if answer != normal else [])]
    words = WORD.findall(spoken.text)
    n_words, reason = len(words), None
    if n_words == 0 and not has_symbol(spoken.text):
        reason = "boilerplate" if cut else "empty"
    elif folded in NOTHING_TO_SAY:
        reason = "nothing_to_say"
    elif folded in nothing:
        reason = "boilerplate"
    elif 0 < n_words < min_words:
        reason = "too_short"
    language = "und" if reason else detect_language(spoken.text, words)
    similar = _digest(_NUMBERS.sub("0", folded)) if n_words >= SIMILAR_WORDS else 0
    return _Look(spoken.text, " ".join(cut) or None, n_words, reason, language, _digest(folded), similar)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def _mask(looks: pd.DataFrame, masker: Masker) -> pd.DataFrame:
    """Mask the texts that have no reason to go: how many finds, their traces and, if any, how many words are left."""
    kept = looks.loc[looks["reason"].isna(), ["text", "language"]]
    pairs = zip(kept["text"], kept["language"], strict=True)
    columns = ["text", "n_masked", "traces"]
    masked = pd.DataFrame([_mask_text(masker, *pair) for pair in pairs], columns=columns, index=kept.index)
    found = masked["n_masked"] > 0
    left = masked.loc[found, "text"].map(lambda text: len(WORD.findall(PLACEHOLDER.sub(" ", text)))).astype("int64")
    return looks.assign(
        text=masked["text"].astype("str").reindex(looks.index),
        traces=masked["traces"].astype("str").reindex(looks.index),
        n_masked=masked["n_masked"].reindex(looks.index).fillna(0).astype("int64"),
        n_words_left=left.reindex(looks.index).fillna(looks["n_words"]).astype("int64"),
    )


def _mask_text(masker: Masker, text: str, language: str) -> tuple[str, int, str | None]:
    """Return a text masked, how many finds there were, and their traces."""
    spans = masker.find(text, language)
    traces = {trace(fold_letters(text[span.start : span.end])) for span in spans}
    return replace_spans(text, spans), len(spans), " ".join(sorted(each for each in traces if each)) or None


def _repeated(comments: pd.DataFrame, order: NDArray[np.integer[Any]], looks: pd.DataFrame) -> NDArray[np.bool_]:
    """Looks that repeat an earlier one: the same long text in the same voice, or a short one with all else equal.

    The earlier is that of the earlier day: what a report has told of isn't given up for a copy that comes after it.
    """
    again = looks.loc[looks["reason"].isna(), "same"]
    again = again[again.duplicated(keep=False)]
    all_else = comments.drop(columns=["comment_id", "source_type"]).iloc[order[again.index]]
    compared = _put_earliest_first(all_else.set_index(again.index).assign(same=again))
    long = compared[looks.loc[compared.index, "n_words"] >= REPEATED_WORDS]
    repeated = np.zeros(len(looks), dtype=bool)
    for rows, within in ((compared, list(compared.columns)), (long, ["voice", "same"])):
        repeated[rows.index[rows.duplicated(within)]] = True
    return repeated


def _put_earliest_first(comments: pd.DataFrame) -> pd.DataFrame:
    """Order comments, which are in the order of their ids, by their days; those without one come last."""
    return comments.sort_values("date", kind="stable")
