"""Names that are spaced out, dotted, or written with digits and signs for letters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bxtext.privacy.gazetteer import load_gazetteer
from bxtext.privacy.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bxtext.privacy.letters import Plain

_SPACED = re.compile(r"(?<![\w'.-])[^\W\d_](?:(?P<gap>[ ._*/-])[^\W\d_]){2,14}(?![\w'])")
_LEET = re.compile(r"(?<![\w@.])(?=[a-z]{0,12}[0-9@$!*€][a-z0-9@$!*€]{0,10}[a-z])[a-z][a-z0-9@$!*€]{2,14}(?![\w@.])")
# Both start with a rare sign and look back from it, which is the fastest search.
_MAY_BE_LEET = re.compile(r"[0-9@$!*€](?<=[a-z].)[0-9@$!*€]?[a-z]")
_MAY_BE_SPACED = re.compile(r"[ ._*/-](?<=[^\W\d_].)(?<!\w[^\W\d_].)[^\W\d_][ ._*/-][^\W\d_](?!\w)")
_AS_LETTER = str.maketrans("013457@$!€", "oieastasie")
_VOWELS = "aeiouy"


def find_disguised_names(plain: Plain) -> Iterator[Span]:
    """Yield the first names that hide: « K4rim », « S o p h i e », « J*lie »."""
    key = plain.key
    first = load_gazetteer().first
    if _MAY_BE_SPACED.search(key):
        for match in _SPACED.finditer(key):
            letters = [(place, key[place]) for place in range(match.start(), match.end(), 2)]
            joined = "".join(letter for _, letter in letters)
            if joined in first:
                yield Span(*match.span(), "name")
                continue
            for cut in range(1, 3):  # a word of one letter may stand before or after
                for start, end in ((cut, len(joined)), (0, len(joined) - cut)):
                    if end - start >= 4 and joined[start:end] in first:
                        yield Span(letters[start][0], letters[end - 1][0] + 1, "name")
    if _MAY_BE_LEET.search(key):
        for match in _LEET.finditer(key):
            if any(guess in first for guess in _guesses(match.group())):
                yield Span(*match.span(), "name")


def _guesses(written: str) -> Iterator[str]:
    """Yield what a disguised word may be; a name of three letters is no proof."""
    plain = written.translate(_AS_LETTER)
    if len(plain) < 4:
        return
    if "*" in plain:
        yield from (plain.replace("*", vowel) for vowel in _VOWELS)
    else:
        yield plain
        yield written.replace("1", "l").translate(_AS_LETTER)
