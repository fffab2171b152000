"""Names of persons, and words, places and makes that only look like them: facts, in the files of `names/`."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Gazetteer(NamedTuple):
    """What is known of words, folded."""

    first: frozenset[str]
    last: frozenset[str]
    words: frozenset[str]
    places: frozenset[str]
    common: frozenset[str]
    kept: dict[str, tuple[str, ...]]  # word -> the brands and places that hold it
    any_name: frozenset[str]


def _read(name: str) -> list[str]:
    lines = files(__package__).joinpath("names", name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _words(name: str) -> frozenset[str]:
    return frozenset(" ".join(_read(name)).split())


@cache
def load_gazetteer() -> Gazetteer:
    """Read the names, once."""
    first, last = _words("first_names.txt"), _words("surnames.txt")
    kept = defaultdict(list)
    for phrase in "|".join(_read("kept.txt")).split("|"):
        for word in re.findall(r"\w+", phrase):
            kept[word].append(phrase)
    return Gazetteer(
        first, last, _words("words.txt"), _words("places.txt"), _words("common.txt"),
        {word: tuple(phrases) for word, phrases in kept.items()}, first | last,
    )  # fmt: skip
