"""Words of a text as parts of names: what each may be by itself and by what touches it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from bxtext.privacy.gazetteer import load_gazetteer
from bxtext.privacy.name_cues import (
    ACUTE_ENDS,
    NO_PERSON_AFTER,
    NO_PERSON_BEFORE,
    PARTICLES,
    SENTENCE_END,
    STATE_AFTER,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bxtext.privacy.letters import Plain
    from bxtext.privacy.roster import Roster

_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+){0,4}\.?")
_ELIDED = re.compile(r"(?:[djlmnstc]|qu|lorsqu|jusqu|puisqu|presqu)'(?=\w)")


GARBLED = "Ã"  # half of a letter read in a wrong encoding: what stands before it is no whole word


class Word(NamedTuple):
    """A word of a text: where it stands, its key, what its capital tells."""

    start: int
    end: int
    key: str
    capital: bool


class NameWords:
    """What single words of a text may be; `keep` are words that are no name, `roster` holds words that are."""

    def __init__(self, *, keep: Sequence[str] = (), roster: Roster | None = None) -> None:
        self.known = load_gazetteer()
        self.keep = frozenset(word.lower() for phrase in keep for word in phrase.split())
        self.roster = roster
        self._doubtful = self.known.words | self.known.places
        self._sure = self.known.any_name - self._doubtful
        self._unsure = self.known.first & self._doubtful

    def _read(self, plain: Plain) -> list[Word]:
        """Cut a text into words; in titles and all capitals, a capital tells nothing."""
        words = []
        for match in _TOKEN.finditer(plain.key):
            start, end, key = match.start(), match.end(), match.group()
            if key[-1] == "." and len(key) > 2:
                end, key = end - 1, key[:-1]
            if "'" in key:
                start, end, key = self._cut_elision(
                    start, end, key, named=plain.text[start : start + 3].isupper() and start > 0
                )
            key = key.replace("'", "").rstrip(".")
            if plain.text[end - 1] in "éÉ" and key not in ACUTE_ENDS:
                key = key[:-1] + "é"  # « marié » is no Marie
            words.append((start, end, key, plain.text[start].isupper()))
        shouted = [plain.text[start:end].isupper() for start, end, _, _ in words if end - start > 2]
        loud = len(shouted) > 2 and sum(shouted) > len(shouted) / 2
        titled = len(words) > 3 and sum(word[3] for word in words) > 0.6 * len(words)
        return [Word(start, end, key, capital and not loud and not titled) for start, end, key, capital in words]

    def _cut_elision(self, start: int, end: int, key: str, *, named: bool) -> tuple[int, int, str]:
        """Take « d' » off the front and "'s" off the end; « N'Diaye » and "O'Connor" stay whole."""
        if not (
            key[0] in "odnm" and key[1] == "'" and (named or key.replace("'", "").removesuffix("s") in self.known.last)
        ) and (elided := _ELIDED.match(key)):
            start, key = start + elided.end(), key[elided.end() :]
        if key.endswith(("'s", "'re", "'ll", "'d", "'ve")) and len(key) > 3:
            cut = len(key) - key.rindex("'")
            end, key = end - cut, key[:-cut]
        return start, end, key

    def _is_first(self, key: str) -> bool:
        """Whether a word is a first name and nothing else; of a double one, its first half."""
        if key in self.known.first:
            return key not in self._doubtful and key not in self.keep
        if "-" in key:
            one, _, other = key.partition("-")
            if one in self.known.first and one not in self.known.common and len(other) > 1:
                return (
                    (one not in self._doubtful and (other in self.known.any_name))
                    or other in self.known.first
                    or key.replace("-", "") in self.known.first
                )
        return bool(
            self.roster and key not in self._doubtful and key not in self.known.common and self.roster.holds(key)
        )

    def _is_any(self, key: str) -> bool:
        return (key in self.known.any_name and key not in self.keep) or (
            "-" in key and all(part in self.known.any_name or part in PARTICLES for part in key.split("-"))
        )

    def _is_unknown(self, key: str) -> bool:
        """Whether a word may be a name nobody has listed."""
        if len(key) < 2 or key in self._doubtful or key in self.known.kept or key in self.keep:
            return False
        return key not in self.known.common and not any(part in self.known.common for part in key.split("-"))

    def _is_kept(self, plain: Plain, word: Word) -> bool:
        """Whether a word is part of a brand or a place of several words, or stands where only places do."""
        for part in word.key.split("-"):
            for phrase in self.known.kept.get(part, ()):
                start = word.start - phrase.find(part)
                if start < 0 or plain.key[max(start - 1, 0) : start].isalnum():
                    continue
                there = plain.key[start : start + len(phrase) + 1].replace("-", " ")
                if there.startswith(phrase) and not there[len(phrase) :].isalpha():
                    return True
        before = plain.key[max(0, word.start - 30) : word.start]
        return bool(
            NO_PERSON_BEFORE.search(before)
            or NO_PERSON_AFTER.match(plain.key, word.end)
            or STATE_AFTER.match(plain.text, word.end)
            or GARBLED in plain.text[word.start : word.end]
        )

    def _opens(self, plain: Plain, word: Word) -> bool:
        """Whether a sentence starts with a word."""
        return word.start == 0 or bool(SENTENCE_END.search(plain.text[max(0, word.start - 3) : word.start]))

    def _has_cue(self, plain: Plain, word: Word, *cues: re.Pattern[str]) -> bool:
        before = plain.key[max(0, word.start - 30) : word.start]
        return any(cue.search(before) for cue in cues)

    def _adjoins(self, plain: Plain, one: Word, other: Word) -> bool:
        between = plain.text[one.end : other.start]
        return (
            len(between) < 4
            and not between.strip(" \n.'")
            and between.count("\n") < 2
            and (
                "." not in between
                or len(one.key) == 1
                or (plain.text[other.start].islower() is False and one.end - one.start <= 2)
            )
        )


@lru_cache(maxsize=1)  # asked word after word of the same text
def is_loud(text: str) -> bool:
    """Return whether most letters of a text are capitals, so that one proves nothing."""
    letters = [letter for letter in text if letter.isalpha()]
    return sum(letter.isupper() for letter in letters) > len(letters) / 2
