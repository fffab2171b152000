"""Which remark of a comment carries a driver, and the words that say so, marked."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from bxtext.language import fold_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r"« (.+) »", re.DOTALL)


def locate_mentions(mentions: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """Return the segment that holds the evidence of each mention, the first of equals.

    Parameters
    ----------
    mentions : DataFrame
        `document_id`, `driver_id`, `evidence`, and whatever else is wanted of them.
    segments : DataFrame
        `segment_id`, `document_id`, `text`.

    Returns
    -------
    DataFrame
        The mentions with `segment_id`, in their order.

    Examples
    --------
    >>> import pandas as pd
    >>> segments = pd.DataFrame({"segment_id": ["d:000", "d:001"], "document_id": "d",
    ...                          "text": ["Nice staff", "but far too dear"]})
    >>> mentions = pd.DataFrame({"document_id": ["d"], "driver_id": ["cx.price_value"], "evidence": ["« too dear »"]})
    >>> locate_mentions(mentions, segments)["segment_id"].tolist()
    ['d:001']
    """
    pairs = mentions.reset_index(drop=True).rename_axis("mention").reset_index()
    pairs = pairs.merge(segments[["segment_id", "document_id", "text"]], on="document_id")
    alone = ~pairs["mention"].duplicated(keep=False)
    pairs["held"] = 1.0
    pairs.loc[~alone, "held"] = [
        share_held(text, evidence)
        for text, evidence in zip(pairs.loc[~alone, "text"], pairs.loc[~alone, "evidence"], strict=True)
    ]
    best = pairs.sort_values(["mention", "held", "segment_id"], ascending=[True, False, True])
    return best.drop_duplicates("mention").drop(columns=["mention", "held", "text"]).reset_index(drop=True)


def share_held(text: str, evidence: str) -> float:
    """Return the share of an evidence that a text holds: a quotation in full or not at all, words one by one."""
    if quoted := _QUOTED.fullmatch(evidence):
        return float(quoted[1] in text)
    words = set(evidence.replace(",", " ").split())
    return len(words & set(fold_text(text).split())) / max(len(words), 1)


def mark_evidence(text: str, evidences: Iterable[str]) -> str:
    """Return a text as HTML, escaped, with the words of its evidence in `<mark>`.

    Examples
    --------
    >>> mark_evidence("<b>Far too dear</b>", ["« too dear »"])
    '&lt;b&gt;Far <mark>too dear</mark>&lt;/b&gt;'
    >>> mark_evidence("Très CHER !", ["cher, prix"])
    'Très <mark>CHER</mark> !'
    """
    marked = np.zeros(len(text), dtype=bool)
    words: set[str] = set()
    for evidence in evidences:
        if quoted := _QUOTED.fullmatch(evidence):
            for found in re.finditer(re.escape(quoted[1]), text):
                marked[found.start() : found.end()] = True
        else:
            words |= set(evidence.replace(",", " ").split())
    for found in _WORD.finditer(text) if words else ():
        if fold_text(found[0]) in words:
            marked[found.start() : found.end()] = True
    edges = np.flatnonzero(np.diff(marked.astype(int), prepend=0, append=0))
    parts, place = [], 0
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        parts += [escape(text[place:start]), f"<mark>{escape(text[start:end])}</mark>"]
        place = end
    return "".join([*parts, escape(text[place:])])
