"""Names told by marks: titles, « je m'appelle », initials, signatures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bxtext.privacy.name_cues import (
    ACTS,
    ALONE,
    ARTICLES,
    DETERMINER,
    FAMILIAR_ROLE,
    GENERATIONS,
    INITIAL,
    INITIALED,
    LONE_INITIALS,
    LOOSE_TITLES,
    NAMED,
    NO_INITIALS,
    PARTICLES,
    SIGNED,
    TITLED,
    WRITTEN_NAME,
)
from bxtext.privacy.name_words import NameWords, Word
from bxtext.privacy.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bxtext.privacy.letters import Plain

_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+){0,4}\.?")


class NameMarks(NameWords):
    """Names that no gazetteer need hold: their marks tell them."""

    def _find_titled(self, plain: Plain, words: list[Word]) -> Iterator[Span]:
        """Yield titles with the name after them: « Mme de La Tour », "Mr. W."."""
        if not words:
            return
        places = {word.start: number for number, word in enumerate(words)}
        for title in TITLED.finditer(plain.key):
            name = title["title"].rstrip(".")
            if name in {"m", "mm", "me", "pr"} and not plain.text[title.start()].isupper():
                continue
            if title["title"] == "ms" and plain.text[title.start() : title.end()].startswith("MS"):
                continue
            if (
                name in {"m", "me", "mm", "ms", "pr"}
                and "." not in title["title"]
                and not WRITTEN_NAME.match(plain.text, title.end())
            ):
                continue
            number = places.get(title.end())
            if number is None:
                number = next((places[start] for start in range(title.end(), title.end() + 4) if start in places), None)
                if number is None:
                    continue
            if self._is_kept_title(plain, title.start()):
                continue
            end = self._end_of_name(plain, words, number, loose=name in LOOSE_TITLES)
            if end:
                yield Span(title.start(), end, "name")

    def _is_kept_title(self, plain: Plain, start: int) -> bool:
        return any(
            plain.key.startswith(phrase, start)
            for word in ("mr", "mrs", "dr", "miss", "madame", "monsieur", "mademoiselle", "docteur", "mister")
            for phrase in self.known.kept.get(word, ())
        )

    def _end_of_name(self, plain: Plain, words: list[Word], number: int, *, loose: bool) -> int:
        """Where the name that starts at a word ends; 0 when it is no name.

        After a loose cue (« monsieur », "doctor") a small letter needs a name of the gazetteer.
        """
        end, taken, last = 0, 0, number
        for place in range(number, min(number + 6, len(words))):
            word = words[place]
            if place > number and not self._adjoins(plain, words[place - 1], word):
                break
            capital = plain.text[word.start].isupper()
            letter = (len(word.key) == 1 and word.key not in ALONE) or plain.text[word.end - 1] == "."
            if word.key in ARTICLES and not capital and not self._is_surname_at(words, place + 1):
                break  # « Madame la directrice »
            if letter and len(word.key) <= 3 and capital:
                end, taken = word.end + (plain.text[word.end : word.end + 1] == "."), taken + 1
            elif (
                word.key in PARTICLES
                and (end or all(each.key in PARTICLES for each in words[number:place]))
                and place + 1 < len(words)
                and self._goes_on(plain, words[place + 1], loose=loose)
            ):
                continue
            elif (taken and not capital and word.key not in self.known.any_name) or (
                taken and not capital and word.key in self._doubtful
            ):
                break
            elif self._may_follow(word, capital=capital, loose=loose, first=not taken):
                end, taken = word.end, taken + 1
            else:
                break
            last = place
            if taken == GENERATIONS:
                break
        return end if last >= number else 0

    def _is_surname_at(self, words: list[Word], place: int) -> bool:
        return place < len(words) and words[place].key in self.known.last

    def _goes_on(self, plain: Plain, word: Word, *, loose: bool) -> bool:
        return word.key in PARTICLES or self._may_follow(
            word, capital=plain.text[word.start].isupper(), loose=loose, first=False
        )

    def _may_follow(self, word: Word, *, capital: bool, loose: bool, first: bool) -> bool:
        if self._is_any(word.key):
            return capital or not first or word.key not in self._doubtful or not loose or word.key in self.known.last
        return (self._is_unknown(word.key) and (capital or (not loose and first and len(word.key) > 2))) or (
            capital and word.key in self.known.words and word.key not in self.known.common and first
        )

    def _find_named(self, plain: Plain, words: list[Word]) -> Iterator[Span]:
        """Yield what stands where only a name does: « je m'appelle X », "a colleague named X", « ma cheffe X »."""
        starts = {word.start: number for number, word in enumerate(words)}
        for cue in NAMED.finditer(plain.key):
            number = starts.get(cue.end())
            if number is not None and (plain.text[cue.end()].isupper() or self._is_first(words[number].key)):
                word = words[number]
                written = plain.text[word.start : word.end]
                if word.capital and written.isupper() and len(written) < len("anna") and self._is_unknown(word.key):
                    continue  # « s'appelle TLS Contact »
                if (
                    plain.text[cue.end()].isupper()
                    and word.key in {"le", "la", "big", "mad", "the"}
                    and number + 1 < len(words)
                ):
                    end = self._end_of_name(plain, words, number + 1, loose=True)
                else:
                    end = self._end_of_name(plain, words, number, loose=True)
                if end:
                    yield Span(cue.end(), end, "name")
        for number, word in enumerate(words):
            if (
                word.capital
                and self._is_unknown(word.key)
                and not self._opens(plain, word)
                and not plain.text[word.start : word.end].isupper()
            ):
                before = plain.key[max(0, word.start - 24) : word.start]
                after = plain.key[word.end : word.end + 1]
                if (
                    FAMILIAR_ROLE.search(before)
                    and (after in {"", ",", "."} or ACTS.match(plain.key, word.end))
                    and not self._is_kept(plain, word)
                ):
                    yield Span(word.start, self._end_of_name(plain, words, number, loose=True) or word.end, "name")

    def _find_initials(self, plain: Plain, words: list[Word]) -> Iterator[Span]:
        """Yield « M. D. », "T.M." and « W. Marchand »."""
        if "." not in plain.text:
            return
        for match in LONE_INITIALS.finditer(plain.text):
            letters = match.group().replace(" ", "").lower().rstrip(".")
            apart = (
                " " in match.group()
                or INITIALED.search(plain.key, max(0, match.start() - 30), match.start())
                or ACTS.match(plain.key, match.end())
            )
            if (
                apart
                and letters not in NO_INITIALS
                and not DETERMINER.search(plain.key, max(0, match.start() - 7), match.start())
            ):
                yield Span(*match.span(), "name")
        initials = list(INITIAL.finditer(plain.text))
        words = words or (self._read(plain) if initials else [])
        starts = {word.start: number for number, word in enumerate(words)}
        for match in initials:
            number = starts.get(match.end())
            if number is None or (not plain.text[match.end()].isupper() and words[number].key not in PARTICLES):
                continue
            word = words[number]
            if re.search(
                r"(?:plan|batiment|vitamine?|option|zone|hall|terminal|type|grade|class|classe|group|groupe"
                r"|categorie|hepatite|annexe|section|bloc|bat|escalier)\s$",
                plain.key[max(0, match.start() - 12) : match.start()],
            ):
                continue
            known = (
                self._is_any(word.key)
                or word.key in PARTICLES
                or (self._is_unknown(word.key) and plain.text[word.end - 1].islower() and len(word.key) > 3)
            )
            if known and (end := self._end_of_name(plain, words, number, loose=True)):
                yield Span(match.start(), end, "name")

    def _find_signed(self, plain: Plain) -> Iterator[Span]:
        """Yield the name that ends a text, after a greeting or on a line of its own."""
        match = SIGNED.search(plain.text.lower() if not plain.key.isascii() else plain.key, max(0, len(plain.key) - 80))
        if not match:
            return
        parts = _TOKEN.findall(plain.text[match.start("name") : match.end("name")])
        keys = [part.lower().rstrip(".") for part in _TOKEN.findall(plain.key[match.start("name") : match.end("name")])]
        if (
            0 < len(parts) <= 4
            and all(
                (
                    part[0].isupper()
                    and ((self._is_unknown(key) and not key.endswith("ment")) or self._is_any(key) or len(key) == 1)
                )
                or key in PARTICLES
                for part, key in zip(parts, keys, strict=True)
            )
            and any(self._is_unknown(key) or self._is_any(key) for key in keys)
            and (self._is_first(keys[0]) or match.group()[0] != "\n" or (len(parts) > 1 and self._is_any(keys[-1])))
        ):
            end = match.end("name")
            yield Span(match.start("name"), len(plain.text[:end].rstrip()), "name")
