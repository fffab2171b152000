"""Names of persons: by gazetteer, by the words around them, by what stands before a name and nothing else."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from bxtext.privacy.name_cues import (
    ACTS,
    AFTER_NAMES,
    AFTER_THANKS,
    ALONE,
    CLAUSE_ENDS,
    CUE_STARTS,
    CUED,
    CUES,
    FAMILIAR_ROLE,
    FIRM_CUE,
    GENERATIONS,
    LAST_LINE,
    LIGHT_CUE,
    NICKNAME,
    NO_NAME_BEFORE,
    ONE_ACT,
    PARTICLES,
    SIGNATURE,
    TEXT_ENDS,
    THANKED_FOR,
    WITH,
)
from bxtext.privacy.name_marks import NameMarks
from bxtext.privacy.name_words import Word, is_loud
from bxtext.privacy.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bxtext.privacy.letters import Plain


ACRONYM = 4  # letters up to which a word in capitals, in a text that isn't, is more often an acronym than a name
HABIT = 5  # letters up to which a name in small letters is often another word, misspelt, where its writer uses capitals


class NameRules(NameMarks):
    """The rules for names; `keep` are words that are never one, `roster` holds names that always are."""

    def find(self, plain: Plain) -> Iterator[Span]:
        """Yield the names of persons in a text."""
        if not self._may_hold_names(plain):
            yield from self._find_initials(plain, [])
            return
        words = self._read(plain)
        spans = [*self._find_titled(plain, words), *self._find_named(plain, words), *self._find_initials(plain, words)]
        spans += self._find_known(plain, words, spans)
        spans += self._find_signed(plain)
        for start, end, kind in spans:
            yield Span(self._with_nickname(plain, start), end + 2 * plain.key.startswith("'s", end), kind)

    def _may_hold_names(self, plain: Plain) -> bool:
        """Whether a text is worth reading word by word."""
        words = plain.words
        if (
            not self._sure.isdisjoint(words)
            or ((not CUES.isdisjoint(words) or "M. " in plain.text or "M " in plain.text) and self._holds_cue(plain))
            or (self.roster and any(map(self.roster.holds, words)))
        ):
            return True
        if "\n" in plain.text[-SIGNATURE:] and LAST_LINE.search(
            plain.text, len(plain.text) - min(SIGNATURE, len(plain.text))
        ):
            return True
        return any(
            plain.text[plain.key.find(word)].isupper()
            or plain.text[plain.key.rfind(word)].isupper()
            or plain.key.count(word) > 2
            for word in self._unsure & words
        )

    def _holds_cue(self, plain: Plain) -> bool:
        """Whether what announces a name stands before one."""
        return any(CUED.match(plain.text, start.start()) for start in CUE_STARTS.finditer(plain.key))

    def _with_nickname(self, plain: Plain, start: int) -> int:
        """Where a name starts with what is put before it: « Big Mike », « Chef Ludo », « tonton Marcel »."""
        before = NICKNAME.search(plain.text, max(0, start - 14), start)
        return before.start() if before else start

    def _find_known(self, plain: Plain, words: list[Word], found: list[Span]) -> list[Span]:
        """Return the names of the gazetteer that what stands around them confirms."""
        spans: list[Span] = []
        taken = [False] * len(words)
        starts = [word.start for word in words]
        for span in found:
            for number in range(bisect_left(starts, span.start), bisect_left(starts, span.end)):
                taken[number] = True
        for number in range(len(words)):
            if taken[number] or not self._is_person(plain, words, number):
                continue
            first, last = number, number
            while first and not taken[first - 1] and self._leads(plain, words, first - 1, first, number):
                first -= 1
            last = self._last_of_name(plain, words, number)
            for place in range(first, last + 1):
                taken[place] = True
            end = words[last].end
            if plain.text[end : end + 1] == "." and end - words[last].start == 1:
                end += 1
            spans.append(Span(words[first].start, end, "name"))
        return spans

    def _is_person(self, plain: Plain, words: list[Word], number: int) -> bool:
        """Whether a word is the name of a person: by itself, or by what stands beside it."""
        word, known = words[number], self.known
        key = word.key
        if self._is_first(key):
            return self._is_sure(plain, words, number)
        if not self._is_any(key) or (key in known.common and key not in known.first) or self._is_kept(plain, word):
            return False
        if (word.capital and self._has_cue(plain, word, FAMILIAR_ROLE)) or self._starts_full_name(plain, words, number):
            return True
        if key in known.places:
            return self._is_place_that_acts(plain, word)
        if key in self._doubtful:
            return key in known.first and self._is_word_that_acts(plain, words, number)
        return self._is_lone_surname(plain, word)

    def _is_sure(self, plain: Plain, words: list[Word], number: int) -> bool:
        """Whether a first name that is nothing else is one here: a brand may hold it, and short ones need a cue."""
        word = words[number]
        written = plain.text[word.start : word.end]
        after = words[number + 1].key if number + 1 < len(words) else ""
        if self._is_kept(plain, word):
            return False
        if after in self.known.last and after not in self._doubtful:
            return True
        acts = bool(ACTS.match(plain.key, word.end))
        if not (acts or self._has_cue(plain, word, FIRM_CUE, FAMILIAR_ROLE)) and self._is_thing(plain, words, number):
            return False
        shouts, small = written.isupper() and not is_loud(plain.text), written[0].islower()
        if (len(word.key) > ACRONYM or not shouts) and (
            len(word.key) > HABIT or not small or (len(word.key) >= ACRONYM and not plain.text[0].isupper())
        ):
            return True
        cues = (FIRM_CUE, FAMILIAR_ROLE, WITH) if shouts else (FIRM_CUE, FAMILIAR_ROLE, LIGHT_CUE)
        return acts or not written.isascii() or self._has_cue(plain, word, *cues)

    def _is_thing(self, plain: Plain, words: list[Word], number: int) -> bool:
        """Whether what stands before a name makes it a thing or a place: « un Leo », "the Lilly budget"."""
        word = words[number]
        if self._has_cue(plain, word, NO_NAME_BEFORE) or plain.text.endswith((" a ", "A "), 0, word.start):
            return True
        if not number or not word.capital:
            return False
        before = words[number - 1]
        return (
            before.capital
            and plain.text[before.end : words[number].start] == " "
            and (
                (before.key in self.known.words and before.key not in self.known.any_name)
                or (before.key in self._doubtful and self._is_kept(plain, before))
            )
            and not self._opens(plain, before)
        )

    def _starts_full_name(self, plain: Plain, words: list[Word], number: int) -> bool:
        """Whether a first name that is a word has a sure name after it: « Pierre Kowalski », "grace johnson"."""
        word = words[number]
        if word.key not in self.known.first or number + 1 == len(words) or plain.text[word.end] != " ":
            return False
        after = words[number + 1]
        alike = plain.text[after.start].isupper() == plain.text[word.start].isupper()
        sure = after.key in self.known.any_name and after.key not in self._doubtful and len(after.key) > 2
        return alike and sure and self._adjoins(plain, word, after)

    def _is_place_that_acts(self, plain: Plain, word: Word) -> bool:
        """Whether a place or a make does what only persons do: « Florence m'a aidé »."""
        if ONE_ACT.match(plain.key, word.end):
            return plain.text[word.start].isupper()
        thanked = word.capital and word.key in self.known.first and self._has_cue(plain, word, FIRM_CUE)
        return thanked and bool(AFTER_THANKS.match(plain.key, word.end))

    def _is_word_that_acts(self, plain: Plain, words: list[Word], number: int) -> bool:
        """Whether a word that is also a first name is one here: « Rose nous a aidés », « avec Rose »."""
        word = words[number]
        opens = self._opens(plain, word)
        if self._is_thing(plain, words, number) and not ACTS.match(plain.key, word.end):
            return False
        if word.capital:
            beside = bool(ACTS.match(plain.key, word.end)) or self._is_listed(plain, words, number)
            if opens:
                return beside
            ends = bool(CLAUSE_ENDS.match(plain.key, word.end)) and self._has_cue(plain, word, LIGHT_CUE)
            return beside or ends or self._has_cue(plain, word, FIRM_CUE, WITH)
        if (opens or plain.text[word.start].isupper()) and ONE_ACT.match(plain.key, word.end):
            return True
        thanked = len(word.key) > len("rose") and self._has_cue(plain, word, FIRM_CUE)
        return thanked and bool(THANKED_FOR.match(plain.key, word.end))

    def _is_lone_surname(self, plain: Plain, word: Word) -> bool:
        """Whether a surname that is nothing else stands for its bearer."""
        acts = bool(ACTS.match(plain.key, word.end))
        if self._opens(plain, word):
            return plain.text[word.start].isupper() and acts and len(word.key) > len("roy")
        return word.capital and (acts or self._has_cue(plain, word, FIRM_CUE))

    def _is_listed(self, plain: Plain, words: list[Word], number: int) -> bool:
        """Whether a name is in a list of names: « Bill and Sophie »."""
        for place in (number - 1, number + 1, number + 2, number - 2):
            if (
                0 <= place < len(words)
                and words[place].key in self.known.first
                and plain.text[words[place].start].isupper()
            ):
                low, high = min(place, number), max(place, number)
                between = plain.key[words[low].end : words[high].start].strip()
                if between in {"et", "and", "&", ","}:
                    return True
        return False

    def _leads(self, plain: Plain, words: list[Word], place: int, first: int, number: int) -> bool:
        """Whether a word belongs to the name after it: a surname first, as « MARTIN Emma », or a rare first half."""
        word, name = words[place], words[first]
        if not self._adjoins(plain, word, name) or plain.text[word.end : name.start].strip(" "):
            return False
        written = plain.text[word.start : word.end]
        if (
            word.key in PARTICLES
            and len(word.key) > 1
            and first < number
            and (
                written[0].isupper()
                or (place and words[place - 1].key in PARTICLES and plain.text[words[place - 1].start].isupper())
            )
        ):
            return True  # « DE LA TOUR Emma », "Van den Berg Linh"
        if word.key in self.known.common or word.key in self.keep or self._is_kept(plain, word):
            return False
        upper = written.isupper() and len(written) > 2
        if self._is_any(word.key):
            return word.key not in self._doubtful or (
                written[0].isupper()
                and (
                    upper
                    or (word.key in self.known.last and word.key not in AFTER_NAMES)
                    or not self._opens(plain, word)
                )
            )
        return (
            upper
            and len(written) > 4
            and self._is_unknown(word.key)
            and plain.text[name.start : name.end] != plain.text[name.start : name.end].upper()
        )

    def _last_of_name(self, plain: Plain, words: list[Word], number: int) -> int:
        """Place of the last word of the name that a first name starts."""
        last, place = number, number + 1
        while place < len(words) and place - number <= 5 and last - number < GENERATIONS:
            word = words[place]
            if not self._adjoins(plain, words[place - 1], word) or plain.text[words[place - 1].end : word.start].strip(
                " \n'"
            ):
                break
            written = plain.text[word.start : word.end]
            if word.key in PARTICLES and not (len(word.key) == 1 and written[0].isupper()):
                place += 1
                continue
            if not self._continues(plain, words, place, bare=place == last + 1):
                break
            last, place = place, place + 1
        return last

    def _continues(self, plain: Plain, words: list[Word], place: int, *, bare: bool) -> bool:
        """Whether a word goes on with the name before it; `bare` when no particle stands between."""
        word = words[place]
        written = plain.text[word.start : word.end]
        capital = written[0].isupper()
        if len(word.key) == 1:
            return (capital and word.key not in ALONE) or (
                "." in plain.text[word.start : word.end + 1] and word.key not in {"a", "y"}
            )
        same_line = "\n" not in plain.text[words[place - 1].end : word.start]
        if word.key in self.keep or word.key in self.known.common or not (same_line or capital):
            return False
        upper = written.isupper() and len(written) > 2 and not is_loud(plain.text)
        if not self._is_any(word.key):
            after_particle = word.key in self.known.words and not bare and capital and not is_loud(plain.text)
            return after_particle or (
                self._is_unknown(word.key) and ((word.capital and same_line) or (upper and len(written) > 3))
            )
        if word.key not in self._doubtful:
            return True
        means_itself = word.key in AFTER_NAMES and not TEXT_ENDS.match(plain.key, word.end)
        return (word.capital and same_line) or upper or (word.key in self.known.last and not means_itself)
