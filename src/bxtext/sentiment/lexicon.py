"""The opinion words, set phrases and grammar words of a language, and how a text is matched against them.

`lexicon_<language>.csv` holds one entry a row. `kind` says what it is: `adj`, `noun` and `verb` are lemmas whose forms
are made by rule, `adv`, `word`, `phrase` and `emoji` stand as written, with `polarity` from -3 to 3; a `phrase` of
polarity 0 shields words that would mislead (« sans doute », "kind regards"). Grammar words are `negation` (its polarity
is what it weighs when it negates nothing: « aucun suivi »), `booster` (a factor), `contrast`, `concession`, `wish`,
`excess`, `irony` (praise that turns to blame before something bad; of weight 2, only at the head of a sentence) and
`demand` (a verb that asks for a change where it opens a sentence: « Améliorer les repas », "Train your staff"; of
weight 1, it may also be a noun). In a phrase, `*` ends a word's beginning and `_` stands for none to two words.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bxtext.language import fold_letters
from bxtext.sentiment.inflection import inflect

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(__file__).parent
OPINION = frozenset({"adj", "adv", "noun", "verb", "word", "phrase", "emoji"})
LONGEST_GAP = 2
LONGEST_BEGINNING = 30  # characters before a `*`
MOST_WORDS = 200_000  # remembered at a time: bounds the memory that a stream of new words may take

_EMOTICON = r"[:;=][-']?[)(DdPp|/*]+(?!\w)|\(:|<3|\^\^|\bxD\b|>:\("
_RATING = r"\d{1,3}(?:[.,]\d)?\s?/\s?(?:100|20|10|5)\b|\b[0-5]\s?(?:[eé]toiles?|stars?)\b|\b[0-5]\s?\*"
_ELISION = r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)['’](?=\w)"
_SKIPPED = r"https?://\S+|www\.\S+|@\w+|&\w+;"
TOKEN = re.compile(
    rf"(?P<skipped>{_SKIPPED})|(?P<rating>{_RATING})|(?P<emoji>{_EMOTICON})|(?P<word>{_ELISION}|\d+[.,:h]\d+|[^\W_]+(?:['’][^\W_]+)*)"
    r"|(?P<stop>[.!?…;\n]+|[,:()«»\"]+)|(?P<symbol>[^\w\s\-/'’])",
    re.IGNORECASE,
)
_LONG_DRAWN = re.compile(r"([^\W\d_])\1{2,}")


# Words that no list holds, by their make: the share of the opinion inside that they keep, and what is spoilt by itself.
_STRESSED = re.compile(r"(?:hyper|ultra|super|mega|archi|giga|extra)([a-z]{3,})"), 1.3
_MADE = {
    "fr": (_STRESSED, (re.compile(r"(.{3,})issimes?"), 1.3), (re.compile(r"(?:in|im|ir|il|mal)([a-z]{4,})"), -0.75)),
    "en": (_STRESSED, (re.compile(r"(?:un|non|dis)([a-z]{4,})"), -0.75)),
}
_SPOILT = {
    "fr": re.compile(r"in[a-z]{4,}(?:able|ible)s?|sur(?:cot|factur|tax|charg|booke|gel)\w*"),
    "en": re.compile(
        r"(?:over|under)(?!lin|scor|lap|turn|haul|night|tak|stand|sized)[a-z]{3,}ed|mis[a-rt-z][a-z]{3,}ed|un[a-z]{3,}able"
    ),
}
SPOILT = -1.3


@dataclass(frozen=True)
class Entry:
    """What an expression says: its polarity, if it is an opinion, and its part in the grammar, if it has one."""

    polarity: float | None
    kind: str
    role: str = ""
    weight: float = 0.0
    ironic: float = 0.0  # 1: praise that often mocks; 2: only where it stands alone at the head of a sentence
    negates: bool = False  # the expression holds its own negation: « pas terrible »


@dataclass(slots=True)
class _Node:
    """A state of the matcher: the words that may follow, whole, by their beginning, or after a gap."""

    entry: Entry | None = None
    whole: dict[str, _Node] = field(default_factory=dict)
    begun: dict[str, _Node] = field(default_factory=dict)
    gap: _Node | None = None
    seen: dict[str, tuple[_Node, ...]] = field(default_factory=dict)

    def after(self, word: str) -> tuple[_Node, ...]:
        """Return the states a word leads to."""
        found = self.seen.get(word)
        if found is None:
            states = [self.whole[word]] if word in self.whole else []
            if self.begun:
                beginnings = (word[:length] for length in range(1, min(len(word), LONGEST_BEGINNING) + 1))
                states += [self.begun[beginning] for beginning in beginnings if beginning in self.begun]
            found = tuple(states)
            if len(self.seen) < MOST_WORDS:
                self.seen[word] = found
        return found


class Lexicon:
    """One language's expressions, matched longest first."""

    def __init__(self, rows: Sequence[tuple[str, float, str]], language: str) -> None:
        self.language = language
        self._root = _Node()
        self._spellings: dict[str, str] = {}
        self._made: dict[str, Entry | None] = {}
        opinions = [row for row in rows if row[2] in OPINION]
        for entry, polarity, kind in opinions:
            self._add(entry, polarity, kind)
        for entry, weight, role in rows:
            if role not in OPINION:
                self._add_role(entry, weight, role)

    def knows(self, word: str) -> bool:
        """Whether a folded word begins an expression."""
        return bool(self._root.after(word))

    def spell(self, written: str) -> str:
        """Return a word folded: « Suuuper » as « super », "goooood" as "good"."""
        word = self._spellings.get(written)
        if word is None:
            word = self._shorten(fold_letters(written))
            if len(self._spellings) < MOST_WORDS:
                self._spellings[written] = word
        return word

    def match(self, words: Sequence[str], start: int) -> tuple[Entry | None, int]:
        """Return the longest expression that starts at a word, and where it ends."""
        found: Entry | None = None
        end = start
        first = self._root.after(words[start])
        if not first:
            derived = self._derived(words[start])
            return derived, start + (derived is not None)
        states = [(node, start + 1) for node in first]
        while states:
            node, position = states.pop()
            if node.entry is not None and position > end:
                found, end = node.entry, position
            if position < len(words):
                states += [(following, position + 1) for following in node.after(words[position])]
                if node.gap is not None:
                    states += [
                        (following, later + 1)
                        for later in range(position, min(position + LONGEST_GAP + 1, len(words)))
                        if all(words[between] for between in range(position, later))
                        for following in node.gap.after(words[later])
                    ]
        return found, end

    def _derived(self, word: str) -> Entry | None:
        """Return what a word says by its make: "unclassy", "overhyped", « hyperpro », « nullissime »."""
        if word in self._made:
            return self._made[word]
        made = self._derive(word)
        if len(self._made) < MOST_WORDS:
            self._made[word] = made
        return made

    def _derive(self, word: str) -> Entry | None:
        for pattern, share in _MADE[self.language]:
            made = pattern.fullmatch(word)
            base = self._single(made.group(1)) if made else None
            if base is not None and (share > 0 or base > 0):
                return Entry(share * base, "adj")
        return Entry(SPOILT, "adj") if _SPOILT[self.language].fullmatch(word) else None

    def _single(self, stem: str) -> float | None:
        """Return the polarity of an adjective or adverb, with or without its final e."""
        for word in (stem, f"{stem}e"):
            for node in self._root.after(word):
                if node.entry is not None and node.entry.kind in {"adj", "adv"} and node.entry.polarity:
                    return node.entry.polarity
        return None

    def _shorten(self, word: str) -> str:
        if not _LONG_DRAWN.search(word):
            return word
        for length in (2, 1):
            shorter = _LONG_DRAWN.sub(lambda match, length=length: match.group(1) * length, word)  # type: ignore[misc]
            if self.knows(shorter):
                return shorter
        return shorter

    def _add(self, text: str, polarity: float, kind: str) -> None:
        pieces = _pieces(text)
        negates = kind == "phrase" and any(piece in _NEGATORS for piece in pieces)
        forms = inflect(pieces[0], kind, self.language) if len(pieces) == 1 else {""}
        for form in sorted(forms):
            node = self._node([form] if form else pieces)
            if node.entry is None or abs(node.entry.polarity or 0) < abs(polarity) or form == pieces[0]:
                node.entry = Entry(polarity, kind, negates=negates)

    def _add_role(self, text: str, weight: float, role: str) -> None:
        node = self._node(_pieces(text))
        before = node.entry or Entry(None, "")
        ironic = weight if role == "irony" else before.ironic
        if role == "irony":
            node.entry = Entry(before.polarity, before.kind, before.role, before.weight, ironic, before.negates)
        else:
            polarity = before.polarity if role in {"booster", "contrast", "demand"} else None
            node.entry = Entry(polarity, before.kind, role, weight, ironic, before.negates)

    def _node(self, pieces: Sequence[str]) -> _Node:
        node = self._root
        for piece in pieces:
            if piece == "_":
                node.gap = node.gap or _Node()
                node = node.gap
            elif piece.endswith("*"):
                node = node.begun.setdefault(piece[:-1], _Node())
            else:
                node = node.whole.setdefault(piece, _Node())
        return node


_PIECE = re.compile(rf"{_RATING}|{_EMOTICON}|{_ELISION}|[^\W_]+(?:['’][^\W_]+)*\*?|_|[^\w\s\-/'’*]", re.IGNORECASE)
_NEGATORS = frozenset(
    "ne n' pas plus jamais rien aucun aucune sans ni personne not no never nothing none without n't can't cannot "
    "couldn't don't won't wouldn't isn't wasn't aren't weren't doesn't didn't zero nobody nor neither".split()
)


def _pieces(text: str) -> list[str]:
    return [fold_letters(piece) for piece in _PIECE.findall(text)]


@cache
def load_lexicon(language: str) -> Lexicon:
    """Return the lexicon of `fr` or `en`.

    Examples
    --------
    >>> entry, end = load_lexicon("fr").match(["pas", "terrible", "du", "tout"], 0)
    >>> entry.polarity, end
    (-1.0, 2)
    """
    with (FOLDER / f"lexicon_{language}.csv").open(encoding="utf-8", newline="") as lines:
        rows = [(row["entry"], float(row["polarity"]), row["kind"]) for row in csv.DictReader(lines)]
    return Lexicon(rows, language)


def words_of(text: str, lexicon: Lexicon) -> list[tuple[str, str, str, int]]:
    """Return the tokens of a text as (as written, folded, sort, offset); a pause folds to nothing.

    Examples
    --------
    >>> [token[1] for token in words_of("J'ai adoooré !", load_lexicon("fr"))]
    ["j'", 'ai', 'adore', '']
    """
    tokens = []
    for match in TOKEN.finditer(text):
        sort = match.lastgroup or ""
        if sort == "skipped":
            continue
        written = match.group()
        if sort == "word":
            tokens.append((written, lexicon.spell(written), sort, match.start()))
        elif sort == "stop":
            pause = "end" if any(mark in written for mark in ".!?…;\n") else "pause"
            tokens.append((written, "", pause, match.start()))
        else:
            tokens.append((written, fold_letters(written) if sort == "rating" else written, sort, match.start()))
    return tokens


def rating_value(rating: str) -> float:
    """Return what « 0/20 », « 4,5/5 », « 1 étoile » say; nothing for « 24/7 ».

    Examples
    --------
    >>> rating_value("0/20"), rating_value("24/7")
    (-3.3, 0.0)
    """
    given, _, out_of = rating.replace(",", ".").partition("/")
    number = float("".join(character for character in given if character.isdigit() or character == "."))
    share = number / float(out_of) if out_of else number / 5
    if share > 1:
        return 0.0
    return 6 * share - 3.3 if share != 0.5 else -0.5
