"""Strict mode: of what employees write, only words that enough of them use are published."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bxtext.privacy.letters import fold_plain
from bxtext.privacy.spans import PLACEHOLDER, WORD_PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TOKEN = re.compile(rf"{PLACEHOLDER.pattern}|[^\W_]+")
_RUN = re.compile(rf"{re.escape(WORD_PLACEHOLDER)}(?:[ ,'’.@/+_-]{{0,3}}{re.escape(WORD_PLACEHOLDER)}){{1,400}}")


def split_words(text: str) -> list[str]:
    """Return the words of a masked text, folded; what was masked is no word.

    Examples
    --------
    >>> split_words("L'Équipe de [name] est là")
    ['l', 'equipe', 'de', 'est', 'la']
    """
    return _split_folded(fold_plain(text))


def _split_folded(key: str) -> list[str]:
    return [token for token in _TOKEN.findall(key) if token[0] != "["]


def count_users(texts: Sequence[str], respondents: Iterable[object]) -> dict[str, int]:
    """Return how many distinct respondents use each word.

    Examples
    --------
    >>> count_users(["rude, rude boss", "Rude!", "rude"], ["a", "b", "b"])
    {'rude': 2, 'boss': 1}
    """
    who = pd.factorize(pd.Series(list(respondents), dtype="object"))[0]
    words = [set(split_words(text)) for text in texts]
    word, known = pd.factorize(pd.Series(list(chain.from_iterable(words)), dtype="object"))
    base = who.max(initial=0) + 2  # -1 is nobody known, and counts as one
    used = np.unique(word * base + 1 + np.repeat(who, [len(own) for own in words]))
    counts = pd.Series(np.bincount(used // base, minlength=len(known)), index=known)
    counts = counts.sort_index().sort_values(ascending=False, kind="stable")
    return {str(word): int(n) for word, n in counts.items()}


def find_rare(words: Iterable[str], texts: Iterable[str], respondents: Iterable[object], *, k: int) -> frozenset[str]:
    """Return those of some words that somebody uses, but fewer than `k` respondents do; texts are read until it shows.

    Examples
    --------
    >>> sorted(find_rare(["rude", "boss", "desk"], ["rude, rude boss", "Rude!"], ["a", "b"], k=2))
    ['boss']
    """
    users: dict[str, set[object]] = {word: set() for word in words}
    sought = set(users)
    for text, who in zip(texts, respondents, strict=True):
        if not sought:
            break
        key = fold_plain(text)
        if not any(word in key for word in sought):  # most texts hold none, and needn't be split
            continue
        for word in sought.intersection(_split_folded(key)):
            users[word].add(who)
            if len(users[word]) >= k:
                sought.remove(word)
    return frozenset(word for word in sought if users[word])


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
    shared = {word for word, n in count_users(texts, respondents).items() if n >= k}

    def show(match: re.Match[str]) -> str:
        token = match.group()
        return token if token[0] == "[" or fold_plain(token) in shared else WORD_PLACEHOLDER

    return [_RUN.sub(WORD_PLACEHOLDER, _TOKEN.sub(show, text)) for text in texts]
