"""Noun phrases of French and English without a parser: a word's class is read off the small words before it."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Self

from bxtext.embed import JUDGEMENTS, find_content

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LEAST_LED = 3  # uses right after a determiner that show a noun
NOUN_SHARE = 0.15  # of a word's uses right after a determiner, from which it is a noun
VERB_SHARE = 0.3  # of its uses right after a subject or right before an object, from which it is a verb
_LAST_WORD = re.compile(r"([^\W\d_]+(?:'t)?)['’]?\s*$")
_NEXT_WORD = re.compile(r" ([^\W\d_]+)")


class _Grammar(NamedTuple):
    determiners: frozenset[str]
    subjects: frozenset[str]  # pronouns, and what else stands before a verb
    objects: frozenset[str]  # besides determiners, what stands after a verb
    link: re.Pattern[str]  # between two nouns


_GRAMMARS = {
    "fr": _Grammar(
        frozenset(
            "le la les l un une des du au aux mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce cet "
            "cette ces quelques plusieurs aucun aucune chaque".split()
        ),
        frozenset("je j tu il elle on nous vous ils elles qui ne n se s me m te t y ca ça pas pour a".split()),
        frozenset("pas plus jamais rien me moi toi lui nous vous".split()),
        re.compile(r" (?:de|du|des|de la|d['’]|de l['’]) ?", re.IGNORECASE),
    ),
    "en": _Grammar(
        frozenset("the a an my your our their his her its this these those some any no every each".split()),
        frozenset(
            "i you he she it we they who which to not don't didn't doesn't can't won't couldn't wouldn't isn't can "
            "could will would should must may might did do does never always just".split()
        ),
        frozenset("not up off out me him her us them you it back".split()),
        re.compile(r" of ", re.IGNORECASE),
    ),
}


class _Token(NamedTuple):
    """A content word in its place: the words before and after it, and what lies between it and the one before."""

    key: str
    form: str
    before: str
    after: str
    gap: str | None


class NounPhrases:
    """Which words are nouns in these texts, and the noun phrases of a text.

    A noun is a word that often stands right after a determiner (and, in English, before no other content word), a
    verb one that often stands right after a pronoun or an auxiliary, or right before an object; « le retard » and
    « il retarde » tell themselves apart. Phrases are two content words: in French a noun and what follows it
    (« service client », « colis abîmé ») or two nouns joined by « de »; in English a noun and what stands before it
    ("late parcel") or two nouns joined by "of". Words of mere judgement are in none.

    Parameters
    ----------
    language : str
        `fr` or `en`.

    Attributes
    ----------
    nouns_, verbs_ : set of str
        Words by key, see `word_key`.

    Examples
    --------
    >>> texts = ["Le délai de livraison", "la livraison tarde", "un délai affiché", "ce délai", "ma livraison lente",
    ...          "cette livraison", "elle tarde"]
    >>> phrases = NounPhrases("fr").fit(texts)
    >>> sorted(phrases.nouns_), [form for text in texts for _, form in phrases.read(text)]
    (['delai', 'livraison'], ['délai de livraison', 'délai affiché', 'livraison lente'])
    """

    def __init__(self, language: str) -> None:
        self.language = language

    def fit(self, texts: Iterable[str]) -> Self:
        """Learn which words are nouns and which are verbs."""
        grammar = _GRAMMARS[self.language]
        objects = grammar.determiners - {"des", "du", "au", "aux"} | grammar.objects
        uses: Counter[str] = Counter()
        led: Counter[str] = Counter()
        driven: Counter[str] = Counter()
        for text in texts:
            tokens = [*_tokens(text)]
            for token, after in zip(tokens, [*tokens[1:], None], strict=False):
                uses[token.key] += 1
                ends = after is None or not _adjoins(after) or self.language == "fr"
                led[token.key] += ends and token.before in grammar.determiners
                driven[token.key] += token.before in grammar.subjects or token.after in objects
        self.verbs_ = {key for key, n in uses.items() if driven[key] >= VERB_SHARE * n}
        self.nouns_ = {key for key, n in uses.items() if led[key] >= max(LEAST_LED, NOUN_SHARE * n)}
        self.nouns_ -= self.verbs_ | JUDGEMENTS
        return self

    def read(self, text: str) -> list[tuple[str, str]]:
        """Return the key (two words) and the written form of each noun phrase of two content words."""
        tokens = [*_tokens(text)]
        return [
            (f"{first.key} {second.key}", f"{_shown(first)}{(second.gap or '').lower()}{_shown(second)}")
            for first, second in pairwise(tokens)
            if first.key != second.key and self._is_phrase(first, second)
        ]

    def _is_phrase(self, first: _Token, second: _Token) -> bool:
        nouns = first.key in self.nouns_, second.key in self.nouns_
        if not _adjoins(second):
            return all(nouns) and _GRAMMARS[self.language].link.fullmatch(second.gap or "") is not None
        head, other = (nouns[0], second) if self.language == "fr" else (nouns[1], first)
        return head and other.key not in self.verbs_ and other.key not in JUDGEMENTS


def _tokens(text: str) -> Iterator[_Token]:
    end: int | None = None
    for key, form, start in find_content(text):
        gap = text[end or 0 : start]
        last = _LAST_WORD.search(gap)
        was_first, end = end is None, start + len(form)
        after = _NEXT_WORD.match(text, end)
        yield _Token(
            key, form, last[1].lower() if last else "", after[1].lower() if after else "", None if was_first else gap
        )


def _adjoins(token: _Token) -> bool:
    return token.gap in {" ", "-"}


def _shown(token: _Token) -> str:
    """Capitals count when the whole word has them, as in « RH »."""
    return token.form if token.form.isupper() else token.form.lower()
