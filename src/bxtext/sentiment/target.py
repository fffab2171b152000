"""What is said of a word of a text: the opinions that stand near it and belong to it.

A sentence that praises one thing and blames another has no polarity of its own; each of its subjects has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bxtext.sentiment.grammar import read_clause
from bxtext.sentiment.lexicon import load_lexicon, words_of
from bxtext.sentiment.reading import squash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bxtext.sentiment.reading import Carrier

NEAR = 4  # words over which an opinion carries in full; each further word halves it
_JOINTS = frozenset(
    ", but and or while although though however yet so because mais et ou car malgre sauf cependant pourtant".split()
)
_PREPOSITIONS = frozenset(
    "for at in with from to on by after before when while until who that which where whose if as than since during "
    "without about over under into pour a au aux en avec sans dans chez sur par apres avant quand lorsque qui que dont "
    "si comme depuis pendant de du des d'".split()
)
_RELATIVES = frozenset({"who", "which", "that", "qui", "que"})


def read_target(text: str, language: str, spans: Sequence[tuple[int, int]]) -> float:
    """Return the polarity, in [-1, 1], of what is said of a subject; 0 where nothing is.

    An opinion belongs to the subject when no pause, no joint (« et », "but") and no other noun's preposition stands
    between: "great place for dinner" does not praise the dinner. Of several places, the one where most is said counts.

    Parameters
    ----------
    text : str
    language : str
        ``fr`` or ``en``.
    spans : sequence of (int, int)
        Offsets at which the text names the subject.

    Examples
    --------
    >>> text = "Friendly waiter but slow kitchen"
    >>> [read_target(text, "en", [span]) > 0 for span in ((9, 15), (25, 32))]
    [True, False]
    """
    reading = read_clause(text, language)
    tokens = words_of(text, load_lexicon(language))
    values = [0.0]
    for span in spans:
        first, last = _tokens_within(tokens, span)
        shares = [_share(carrier, first, last, tokens) * carrier.value for carrier in reading.carriers]
        values.append(squash(sum(shares)))
    return max(values, key=abs)


def _tokens_within(tokens: Sequence[tuple[str, str, str, int]], span: tuple[int, int]) -> tuple[int, int]:
    inside = [place for place, token in enumerate(tokens) if token[3] < span[1] and token[3] + len(token[0]) > span[0]]
    return (inside[0], inside[-1] + 1) if inside else (len(tokens), len(tokens))


def _share(carrier: Carrier, first: int, last: int, tokens: Sequence[tuple[str, str, str, int]]) -> float:
    """Return how far an opinion is about the tokens from `first` to `last`."""
    before = carrier.end <= first
    between = [token[1] for token in tokens[carrier.end : first] or tokens[last : carrier.start]]
    if any(word == "" or word in _JOINTS for word in between):
        return 0.0
    if (before and _leaves(between)) or (not before and not _RELATIVES.isdisjoint(between)):
        return 0.0
    return float(0.5 ** max(len(between) - NEAR, 0))


def _leaves(between: Sequence[str]) -> bool:
    """Whether the opinion has a noun of its own before the preposition: "great place for", not "happy with"."""
    return not _PREPOSITIONS.isdisjoint(between[1:])
