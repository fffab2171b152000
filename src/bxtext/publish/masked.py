"""What masking took out of the comments: the names and addresses that no text may show, however they got into it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from bxtext.language import fold_letters
from bxtext.privacy.traces import SHORTEST, WORD, split_folded
from bxtext.tables import group_columns

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    import pandas as pd

COMMON = 5  # comments that write a word without a capital: no name, though it was masked as one somewhere
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
EDGES = " .,;:!?«»\"'()"  # of what was masked: no part of it
PLACEHOLDER = re.compile(r"\[[a-z_]+\]")  # of what was masked, in a folded text


@dataclass(frozen=True)
class Names:
    """Names and addresses, folded, to be looked for in folded texts."""

    names: frozenset[str] = frozenset()

    @cached_property
    def _by_word(self) -> dict[str, list[str]]:
        """Names by their longest word: a text without it holds none of them."""
        by_word: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            by_word[max(WORD.findall(name), key=len, default="")].append(name)
        return dict(by_word)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(self._by_word)

    def find_in(self, folded: str, words: Iterable[str]) -> set[str]:
        """Return the names that a folded text holds, given its words.

        Examples
        --------
        >>> Names(frozenset({"zoe brun"})).find_in("merci zoe brun", ["merci", "zoe", "brun"])
        {'zoe brun'}
        """
        said = self._words.intersection(words) | {""}
        return {name for word in said for name in self._by_word.get(word, ()) if name in folded}


def find_masked(comments: pd.DataFrame, documents: pd.DataFrame) -> set[str]:
    """Return what masking took out of the comments, and every e-mail address in them, folded.

    Parameters
    ----------
    comments : DataFrame
        `comment_id` and `text`, as they were read.
    documents : DataFrame
        `document_id`, `text` and `n_masked`.
    """
    masked = documents.loc[documents["n_masked"] > 0, ["document_id", "text"]]
    both = masked.merge(comments[["comment_id", "text"]], left_on="document_id", right_on="comment_id")
    written = comments.loc[comments["text"].str.contains("@", regex=False, na=False), "text"]
    found = {address for text in written for address in EMAIL.findall(text)}
    for clean, raw in zip(both["text_x"], both["text_y"], strict=True):
        parts = PLACEHOLDER.split(fold_letters(" ".join(clean.split())))
        lines = "\n".join([*parts, fold_letters(" ".join(raw.split()))])
        if match := _masked_pattern(len(parts)).fullmatch(lines):
            found |= set(match.groups()[len(parts) :])
    cut = {fold_letters(name).strip(EDGES) for name in found}
    return {name for name in cut if len(name) >= SHORTEST}


@cache
def _masked_pattern(n_parts: int) -> re.Pattern[str]:
    """Find what stands between the parts of a text: it reads them a line each, then the text itself."""
    lines = "".join(f"(?P<part{place}>.*)\n" for place in range(n_parts))
    return re.compile(lines + "(.{1,80}?)".join(f"(?P=part{place})" for place in range(n_parts)))


def leave_ordinary(names: AbstractSet[str], documents: pd.DataFrame) -> set[str]:
    """Leave out names of one word that a place bears too, or that many write as a common word.

    Parameters
    ----------
    names : set of str
        Folded.
    documents : DataFrame
        `text`, and maybe `unit` and groups.
    """
    single = {name for name in names if name.isalpha()}
    if not single:
        return set(names)
    cuts = documents.reindex(columns=["unit", *group_columns(documents)])
    places = {word for name in cuts for place in cuts[name].dropna().unique() for word in _fold_words(str(place))}
    fold_once = cache(lambda word: fold_letters(word) if word.islower() else "")  # a word is written many times
    sought, writers = single - places, Counter[str]()
    for text in documents["text"].dropna():
        if not sought:
            break
        if found := sought.intersection(map(fold_once, WORD.findall(text))):
            writers.update(found)
            sought -= {name for name in found if writers[name] >= COMMON}
    return {name for name in names if name not in single or name in sought}


def _fold_words(text: str) -> list[str]:
    return split_folded(fold_letters(text))
