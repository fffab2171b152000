"""Strict mode: of what employees write, only words that enough of them use are published."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from bxtext.privacy.letters import read_plain
from bxtext.privacy.spans import PLACEHOLDER, WORD_PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TOKEN = re.compile(rf"{PLACEHOLDER.pattern}|[^\W_]+")
_RUN = re.compile(rf"{re.escape(WORD_PLACEHOLDER)}(?:[ ,'’.@/+_-]{{0,3}}{re.escape(WORD_PLACEHOLDER)}){{1,400}}")


def keep_shared_words(texts: Sequence[str], respondents: Sequence[str], k: int) -> list[str]:
    """Return the texts with every word that fewer than `k` respondents use replaced by « […] ».

    Parameters
    ----------
    texts : sequence of str
        Masked texts.
    respondents : sequence of str
        Who wrote each text.
    k : int
        Least number of distinct respondents of a word, numbers among words; case and accents set aside.

    Examples
    --------
    >>> keep_shared_words(["Kofi is rude", "she is rude", "rude"], ["a", "b", "b"], 2)
    ['[…] is rude', '[…] is rude', 'rude']
    """
    shared = _shared_words(texts, respondents, k)

    def show(match: re.Match[str]) -> str:
        token = match.group()
        return token if token[0] == "[" or read_plain(token).key in shared else WORD_PLACEHOLDER

    return [_RUN.sub(WORD_PLACEHOLDER, _TOKEN.sub(show, text)) for text in texts]


def _shared_words(texts: Sequence[str], respondents: Iterable[str], k: int) -> frozenset[str]:
    """Words, folded, that at least `k` distinct respondents use."""
    words = [{read_plain(token).key for token in _TOKEN.findall(text)} for text in texts]
    used = pd.DataFrame({"respondent": pd.Series(list(respondents), dtype="str"), "word": words}).explode("word")
    counts = used.drop_duplicates().groupby("word")["respondent"].size()
    return frozenset(counts.index[counts >= k])
