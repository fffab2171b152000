"""How opinion words combine in a clause: negation, degree, contrast, wish, question, irony.

Words are read once, from left to right, so the time is linear in the length of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from bxtext.language import fold_letters
from bxtext.sentiment.lexicon import Entry, Lexicon, load_lexicon, rating_value, words_of
from bxtext.sentiment.reading import Carrier, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

REACH = 5  # words over which a negation, or a word of degree, carries
BEFORE_TURN, AFTER_TURN = 0.5, 1.3  # « sympa mais lent »: what follows the turn weighs more
CONCEDED = 0.4  # « malgré un accueil sympa »
WISHED, REGRETTED = 0.1, 0.3  # good and bad words inside a wish
ASKED = 0.5  # good words of a question
EXCESSIVE = MORE_THAN_EVER = 1.3
UNDER_DENIAL = 0.3
ANSWERED = 0.1
NEAR, MILD = 3, 1.5  # words between a noun and its judgement, and how much a noun says by itself
CAPITALS = 1.25
STRESS = 0.3
STRONG_NEGATION = -0.5  # residuals from here down are « jamais », « aucun », "never"

_AFTER_VERB = frozenset({"pas", "jamais", "guere", "rien", "aucun", "aucune", "personne"})
_BETWEEN = frozenset("vous nous moi me se te y en vraiment toujours absolument franchement donc trop bien du".split())
_JOINS = frozenset({"et", "ou", "ni", "and", "or", "nor", "&"})
_BREAKS = frozenset({"que", "qui", "car", "parce", "donc", "puis", "because", "so", "when", "which", "then", "qu'"})
_NE = frozenset({"ne", "n'"})
_ASKED_FOR = frozenset(  # « Formez vos équipes », "Pay your people", not "Pay is low"
    "the your our their more better some a an us people employees staff to le la les l' un une des du de d' plus nos "
    "vos leurs aux davantage mieux moins".split()
)
_UNSURPASSED = re.compile(r"jamais|never|impossible|difficile|hard|difficult|could ?n[o']t|couldnt|can'?t|can ?not")
_AS = frozenset({"aussi", "autant", "so", "such"})  # « jamais vu un accueil aussi froid »
_COMPARED = frozenset("mieux meilleur meilleure meilleurs meilleures pire pires plus better worse more".split())
_STRESSED_BY = frozenset("incroyable incroyables phenomenale phenomenal exceptionnelle exceptionnel inouie".split())
_WOULD = frozenset({"serait", "seraient", "would"})
_STOPS = frozenset("stop stopping arreter arretez arrete arretons cesser cessez".split())
_MOCKED = frozenset("another to i how that when of yet le la l' les encore".split())  # « Sympa le retard »
_OWN = frozenset("mon ma mes son sa ses is was are were".split())  # « Développer ses compétences » is what one enjoys
_EMPTY = frozenset("rien ras neant aucun aucune aucuns non no none nothing nil na n/a r.a.s".split())


@dataclass(slots=True)
class _Negation:
    residual: float
    start: int
    end: int
    text: str


def read_clause(text: str, language: str) -> Reading:
    """Read the opinions of a text.

    Parameters
    ----------
    text : str
        A clause, or any text.
    language : str
        ``fr``, ``en``, or anything else for both: the language in which more is understood wins.

    Examples
    --------
    >>> read_clause("Je n'ai jamais été déçu", "fr").polarity > 0.5
    True
    >>> [(carrier.text, carrier.value < 0) for carrier in read_clause("Not very friendly", "en").carriers]
    [('friendly', True)]
    """
    if language in {"fr", "en"}:
        return _reader(language).read(text)
    french, english = (_reader(each).read(text) for each in ("fr", "en"))
    return french if len(french.carriers) >= len(english.carriers) else english


@cache
def _reader(language: str) -> Reader:
    return Reader(load_lexicon(language))


class Reader:
    """Reads texts with one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    def read(self, text: str) -> Reading:
        """Return the opinions of a text."""
        return _Pass(self.lexicon, text).run()


class _Pass:
    """One pass over the words of one text."""

    def __init__(self, lexicon: Lexicon, text: str) -> None:
        self.lexicon = lexicon
        tokens = words_of(text, lexicon)
        self.written = [token[0] for token in tokens]
        self.words: Sequence[str] = [token[1] for token in tokens]
        self.sorts = [token[2] for token in tokens]
        self.shouted = not text.isupper()
        self.reading = Reading(lexicon.language, tuple(filter(None, self.words)))
        self.sentence: list[Carrier] = []
        self.clause = 0  # where the clause begins in the sentence
        self.negation: _Negation | None = None
        self.inherited: _Negation | None = None  # « pas X ni Y », "not X or Y"
        self.degree, self.degree_end = 1.0, -REACH
        self.excess: _Negation | None = None
        self.last_ne = -REACH
        self.wish = self.conceded = False
        self.opens, self.alone = True, False
        self.turn = 1.0

    def run(self) -> Reading:
        if all(word in _EMPTY for word in self.words if word):
            return self.reading  # an empty answer, whatever was asked
        position = 0
        while position < len(self.words):
            position = self._step(position)
        self._close_sentence("")
        return self.reading

    def _step(self, position: int) -> int:
        word, sort = self.words[position], self.sorts[position]
        if sort in {"end", "pause"}:
            self._pause(sort, position)
            return position + 1
        opens, self.opens = self.opens, False
        if sort == "rating":
            self._note(self._carrier(rating_value(word), "phrase", position, position + 1))
            return position + 1
        if word in _NE:
            self.last_ne = position
        self._expire(position)
        if self._steer(word, position):
            return position + 1
        entry, end = self.lexicon.match(self.words, position)
        if entry is None:
            self._pass_over(word, position)
            return position + 1
        if opens and self._demands(entry, position, end):
            self.wish = self.reading.wish = True
            return end
        self.alone = opens and self._next(end) in {"", *_MOCKED}
        return self._apply(entry, position, end)

    def _pause(self, sort: str, position: int) -> None:
        self._close_clause()
        self.clause = len(self.sentence)
        self.conceded = False
        if sort == "end":
            self._close_sentence(self.written[position])

    def _steer(self, word: str, position: int) -> bool:
        """« jamais … aussi », « ne … plus »: whether a word only turns what is said around it."""
        if word in _AS and self._unsurpassed():
            self.negation, self.degree, self.degree_end = None, MORE_THAN_EVER, position + 1
            return True
        if word == "plus" and self._follows_ne(position):
            self._negate(_Negation(-0.8, position, position + 1, "plus"))
            return True
        return False

    def _next(self, end: int) -> str:
        return self.words[end] if end < len(self.words) else ""

    def _demands(self, entry: Entry, start: int, end: int) -> bool:
        """« Améliorer les repas », "Stop lying"; not « Développer ses compétences », "Pay is low"."""
        following = self._next(end)
        if entry.role == "demand":
            return following in _ASKED_FOR or (entry.weight > 1 and following not in {"", *_OWN})
        return entry.role == "negation" and self.words[start] in _STOPS

    def _pass_over(self, word: str, position: int) -> None:
        if word in _JOINS and self.sentence and self.sentence[-1].negated and self.sentence[-1].end == position:
            self.inherited = _Negation(-0.3, position, position + 1, word)
        if word in _JOINS or word in _BREAKS:
            self._close_clause()

    def _follows_ne(self, position: int) -> bool:
        return position - self.last_ne < REACH and self._next(position + 1) not in {"que", "qu'"}

    def _apply(self, entry: Entry, start: int, end: int) -> int:
        role = entry.role
        if role == "booster" and (entry.polarity is None or self._opinion_follows(end)):
            self.degree, self.degree_end = self.degree * entry.weight, end
            return end
        if role in {"negation", "excess", "wish"}:
            self._await(role, _Negation(entry.weight, start, end, self._text(start, end)))
            return end
        if role in {"contrast", "concession"}:
            self._turn(role)
        if entry.polarity:
            return self._opinion(entry, start, end)
        return end

    def _await(self, role: str, found: _Negation) -> None:
        """Keep a word that says something of the opinion to come."""
        if role == "negation":
            self._negate(found)
        elif role == "wish":
            self._wish(found.start)
        elif self.lexicon.language == "fr" or self._next(found.end) not in {"", *_JOINS}:
            self.excess = found  # but "the food was great too"

    def _wish(self, start: int) -> None:
        self.wish = self.reading.wish = True
        if self.words[start] in _WOULD:  # « Des horaires plus clairs seraient utiles »
            for carrier in self.sentence[self.clause :]:
                carrier.value *= WISHED if carrier.value > 0 else 1.0

    def _opinion_follows(self, position: int) -> bool:
        if position >= len(self.words) or self.sorts[position] in {"end", "pause"}:
            return False
        entry, _ = self.lexicon.match(self.words, position)
        return entry is not None and (bool(entry.polarity) or entry.role in {"booster", "excess", "negation"})

    def _negate(self, negation: _Negation) -> None:
        if self.negation is not None:
            negation.residual = min(negation.residual, self.negation.residual)
        self.negation = negation

    def _turn(self, role: str) -> None:
        self._close_clause()
        self.clause = len(self.sentence)
        self.reading.turns += 1
        self.wish = False
        if role == "concession":
            self.conceded = True
            return
        self.conceded = False
        for carrier in self.sentence:
            carrier.value *= BEFORE_TURN
        self.turn = AFTER_TURN

    def _opinion(self, entry: Entry, start: int, end: int) -> int:
        value = entry.polarity or 0.0
        if self._unsurpassed() and self._compares(start):
            value, self.negation = value * MORE_THAN_EVER, None
        negation = self.negation
        if self.inherited is not None and start - self.inherited.end <= 1 and negation is None:
            negation = self.inherited
        if start - self.degree_end <= 1:
            value *= self.degree
        self.degree = 1.0
        if entry.negates and negation is not None and value < 0:
            self._settle_negation()
            negation = None
        if self.excess is not None:
            too_good = value > 0 and self.lexicon.language == "en"  # "too sweet"; « trop bien » only says very
            value = self.excess.residual if too_good else value * EXCESSIVE
            self.excess = None
        if negation is None and self.lexicon.language == "fr" and self._can_be_denied_after(entry, start):
            negation, end = self._negation_after(end)
        negated = negation is not None
        if negation is not None:
            value = _negated(value, negation.residual)
            self.negation = None
        self.inherited = None
        denied = negated or (entry.negates and value < 0)
        if not denied and value > 0 and self._under_denial(start):
            value *= -UNDER_DENIAL
            denied = True
        carrier = self._carrier(value, entry.kind, start, end)
        carrier.negated = denied
        carrier.ironic = entry.ironic == 1 or (entry.ironic > 1 and self.alone)
        self._note(carrier)
        return end

    def _unsurpassed(self) -> bool:
        """« jamais », « impossible de »: what denies that there is more denies nothing."""
        return self.negation is not None and _UNSURPASSED.match(fold_letters(self.negation.text)) is not None

    def _compares(self, start: int) -> bool:
        word = self.words[start]
        return word in _COMPARED or (self.lexicon.language == "en" and len(word) > 5 and word.endswith("er"))

    def _under_denial(self, start: int) -> bool:
        """« rien ne marche correctement »: the second good word is denied with the first."""
        before = self.sentence[-1] if self.sentence else None
        if before is None or not before.negated or before.value >= 0 or start - before.end > 2:
            return False
        return all(self.words[between] not in {*_JOINS, ""} for between in range(before.end, start))

    def _negation_after(self, end: int) -> tuple[_Negation | None, int]:
        """« recommande pas », « ne fonctionne vraiment plus »."""
        for position in range(end, min(end + 2, len(self.words))):
            word = self.words[position]
            if word in _AFTER_VERB or (word == "plus" and self._follows_ne(position)):
                return _Negation(-0.5, position, position + 1, word), position + 1
            if word not in _BETWEEN:
                break
        return None, end

    def _can_be_denied_after(self, entry: Entry, start: int) -> bool:
        if entry.kind == "phrase":
            return (entry.polarity or 0) > 0 and not entry.negates
        return entry.kind in {"verb", "word"} or start - self.last_ne <= 2

    def _carrier(self, value: float, kind: str, start: int, end: int) -> Carrier:
        return Carrier(self._text(start, end), value, kind, start, end)

    def _note(self, carrier: Carrier) -> None:
        """Add what carries an opinion, weighed by where it stands."""
        if self.wish:
            carrier.value *= WISHED if carrier.value > 0 else REGRETTED
        if self.conceded:
            carrier.value *= CONCEDED
        written = self.written[carrier.start : carrier.end]
        if self.shouted and any(word.isupper() and len(word) > 2 for word in written):
            carrier.value *= CAPITALS
        carrier.value *= self.turn
        if self.sentence and carrier.start - self.sentence[-1].end <= NEAR:
            _weigh_neighbours(self.sentence[-1], carrier)
        self.sentence.append(carrier)

    def _expire(self, position: int) -> None:
        if self.negation is not None and position - self.negation.end >= REACH:
            self._settle_negation()
        if self.excess is not None and position - self.excess.end >= 2:
            self._settle_excess()

    def _settle_negation(self) -> None:
        """A negation that found no opinion weighs by itself: « aucun suivi »."""
        if self.negation is not None:
            self.reading.loose_negations += 1
            negation, self.negation = self.negation, None
            self._note(self._carrier(negation.residual, "negation", negation.start, negation.end))

    def _settle_excess(self) -> None:
        if self.excess is not None:
            excess, self.excess = self.excess, None
            negation, self.negation = self.negation, None
            value = 0.0 if negation is not None else excess.residual  # « pas trop de monde » says neither
            carrier = self._carrier(value, "excess", excess.start, excess.end)
            carrier.negated = negation is not None
            self._note(carrier)

    def _close_clause(self) -> None:
        self._settle_excess()
        self._settle_negation()
        self.degree = 1.0

    def _close_sentence(self, mark: str) -> None:
        self._close_clause()
        self._hear_irony()
        if "?" in mark:
            self.reading.question = True
            for carrier in self.sentence:
                carrier.value *= ASKED if carrier.value > 0 else 1.0
        self.reading.shouts += mark.count("!")
        self.reading.carriers += self.sentence
        self.sentence, self.clause = [], 0
        self.wish = self.conceded = False
        self.opens = True
        self.turn = 1.0

    def _hear_irony(self) -> None:
        """« Bravo pour le retard »: praise with nothing but blame after it, in one sentence without a turn."""
        if self.turn != 1.0:
            return
        after = 0.0
        for carrier in reversed(self.sentence):
            if carrier.ironic and carrier.value > 0 and after <= -0.9:
                carrier.value = -0.5 * carrier.value
            else:
                after += carrier.value * (2 if carrier.value > 0 else 1)

    def _text(self, start: int, end: int) -> str:
        return " ".join(self.written[start:end])


def _weigh_neighbours(before: Carrier, after: Carrier) -> None:
    """A noun beside its judgement is only what is judged: « un accueil froid », « une attente raisonnable »."""
    if before.kind == "noun" and after.value < 0 and not after.negated and 0 < before.value <= MILD:
        before.value = 0.0
    elif before.kind == "noun" and before.value < 0 and fold_letters(after.text) in _STRESSED_BY:
        after.value = STRESS * before.value  # « une lenteur incroyable »
    elif before.kind == "noun" and after.kind != "noun" and after.value > 0 and -1 <= before.value < 0:
        before.value *= ANSWERED
    elif after.kind == "noun" and before.kind == "adj" and before.value < 0 < after.value <= MILD:
        after.value *= float(after.start > before.end)


def _negated(value: float, residual: float) -> float:
    """« pas bon » is as bad as « mauvais », « pas mauvais » is half as good as « bon »."""
    if value > 0:
        return min(-(0.7 + 0.4 * value), residual)
    return 0.7 - 0.4 * value if residual <= STRONG_NEGATION else 0.3 - 0.35 * value
