"""Who a remark is about and where on the journey it stands, by its words; the driver's own where they say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bxtext.drivers.cues import Found, PhraseFinder
from bxtext.drivers.evidence import quote_words
from bxtext.language import fold_text
from bxtext.taxonomy.attributes import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bxtext.drivers.cues import Vocabulary
    from bxtext.taxonomy import Driver, Taxonomy

# A remark on a product or a process is seldom about the colleague or the salesperson it names.
PEOPLE = ("brand_staff", "provider", "manager", "leadership")
_OVERRIDING = ("provider", "manager", "leadership")
GENERAL_STAGES = ("cross", "service", "everyday")  # of drivers met anywhere: the words say where


class AttributeReader:
    """Reads the actor and the stage of remarks of one voice.

    Parameters
    ----------
    taxonomy : Taxonomy
        Its `attributes` are the words.
    voice : str
        `customer` or `employee`.
    vocabulary : Vocabulary
        How words are read.

    Examples
    --------
    >>> from bxtext.drivers.cues import known_words
    >>> from bxtext.taxonomy import load_taxonomy
    >>> taxonomy = load_taxonomy()
    >>> reader = AttributeReader(taxonomy, "customer", known_words(taxonomy))
    >>> card = taxonomy["cx.staff_attitude"]
    >>> reader.read(["Des livreurs malpolis", "Malpolis"], ["fr", "fr"], [card, card]).fillna("").values.tolist()
    [['provider', 'livreurs', 'delivery', 'livreurs'], ['brand_staff', '', 'service', '']]
    """

    def __init__(self, taxonomy: Taxonomy, voice: str, vocabulary: Vocabulary) -> None:
        self._values: dict[str, list[str]] = {}
        self._finders: dict[str, PhraseFinder] = {}
        for attribute, voices in taxonomy.attributes.items():
            self._values[attribute] = list(voices[voice])
            phrases = [
                (phrase, language, target)
                for target, words in enumerate(voices[voice].values())
                for language, said in words.items()
                for phrase in said
            ]
            self._finders[attribute] = PhraseFinder(phrases, vocabulary)

    def read(self, texts: Sequence[str], languages: Sequence[str], cards: Sequence[Driver]) -> pd.DataFrame:
        """Return `actor`, `actor_evidence`, `stage` and `stage_evidence` of each text under the card beside it.

        Evidence is the words as written; missing where the card alone says it.
        """
        actors, stages = self._name("actor", texts, languages), self._name("stage", texts, languages)
        rows = []
        for actor, stage, card in zip(actors, stages, cards, strict=True):
            allowed = {card.actor, *_OVERRIDING} if card.actor not in PEOPLE else set(actor)
            open_stages = set(stage) if card.stage in GENERAL_STAGES else {card.stage}
            rows.append((*_own_or_first(card.actor, actor, allowed), *_own_or_first(card.stage, stage, open_stages)))
        return pd.DataFrame(rows, columns=["actor", "actor_evidence", "stage", "stage_evidence"], dtype="str")

    def _name(self, attribute: str, texts: Sequence[str], languages: Sequence[str]) -> list[dict[str, str]]:
        """The values each text names, in the order they are listed, with the words that name them."""
        values = self._values[attribute]
        folded = [fold_text(text) for text in texts]
        found: list[list[Found]] = [[] for _ in texts]
        for phrase in self._finders[attribute].find(folded, languages):
            found[phrase.row].append(phrase)
        return [
            {
                values[phrase.target]: quote_words(text, phrase.start, phrase.end)
                for phrase in sorted(_longest(phrases), key=lambda phrase: (phrase.target, -phrase.start))
                if values[phrase.target] != NONE
            }
            for text, phrases in zip(texts, found, strict=True)
        ]


def _longest(phrases: Sequence[Found]) -> Iterable[Found]:
    """The phrases that lie within no longer one."""
    spans = {(phrase.start, phrase.end) for phrase in phrases}
    return (
        phrase
        for phrase in phrases
        if not any(
            start <= phrase.start and phrase.end <= end and end - start > phrase.end - phrase.start
            for start, end in spans
        )
    )


def _own_or_first(own: str, named: dict[str, str], allowed: set[str]) -> tuple[str, str | None]:
    value = own if own in named else next((value for value in named if value in allowed), own)
    return value, named.get(value)
