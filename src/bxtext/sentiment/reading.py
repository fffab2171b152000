"""What was read in a text: the words that carry an opinion, and what else the grammar heard."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt

HALF_WAY = 3.0  # squared sum of values at which polarity is about 0.7


@dataclass(slots=True)
class Carrier:
    """A word or phrase and what it adds to the polarity."""

    text: str
    value: float
    kind: str = ""
    start: int = 0
    end: int = 0
    negated: bool = False
    ironic: bool = False


@dataclass(slots=True)
class Reading:
    """What the lexicon and the grammar of a language read in a text."""

    language: str
    words: tuple[str, ...] = ()  # folded, without pauses
    carriers: list[Carrier] = field(default_factory=list)
    wish: bool = False
    question: bool = False
    turns: int = 0
    shouts: int = 0
    loose_negations: int = 0

    @property
    def positive(self) -> float:
        """Sum of what speaks for."""
        return sum(carrier.value for carrier in self.carriers if carrier.value > 0)

    @property
    def negative(self) -> float:
        """Sum of what speaks against, as a positive number."""
        return -sum(carrier.value for carrier in self.carriers if carrier.value < 0)

    @property
    def polarity(self) -> float:
        """Net polarity in [-1, 1]."""
        return squash((self.positive - self.negative) * (1 + 0.1 * min(self.shouts, 3)))


def squash(value: float) -> float:
    """Return a sum of values as a polarity in [-1, 1].

    Examples
    --------
    >>> squash(-1.0)
    -0.5
    """
    return value / sqrt(value * value + HALF_WAY)
