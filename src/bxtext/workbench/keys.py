"""What is typed to label a card: numbers of drivers, a sign; Enter saves.

`1 3 -` says drivers 1 and 3, negative. `0` alone says that it speaks of none. `u` undoes, `s` skips.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bxtext.errors import InputError, fault_list

if TYPE_CHECKING:
    from collections.abc import Sequence

POLARITY_KEYS = {"+": "positive", "-": "negative", "=": "neutral", "~": "mixed", "w": "wish"}
UNDO, SKIP, NONE = "u", "s", "0"


class Answer(NamedTuple):
    """What was typed: a command, or the answer to a card."""

    command: str
    drivers: tuple[str, ...] = ()
    polarity: str = ""


def read_keys(typed: str, choices: Sequence[str]) -> Answer:
    """Return what was typed, the numbers being places in `choices` from 1, or ids of drivers.

    Raises
    ------
    InputError
        All that can't be read, at once.

    Examples
    --------
    >>> read_keys("1 -", ["cx.price_value"])
    Answer(command='label', drivers=('cx.price_value',), polarity='negative')
    >>> read_keys("0 =", []).drivers, read_keys("u", []).command
    ((), 'undo')
    """
    words = typed.lower().split()
    if words in ([UNDO], [SKIP]):
        return Answer("undo" if words == [UNDO] else "skip")
    numbered = {str(number): driver for number, driver in enumerate(choices, start=1)}
    numbered |= {driver: driver for driver in choices}
    drivers = [numbered[word] for word in words if word in numbered]
    known = {NONE, *numbered, *POLARITY_KEYS}
    faults = [
        f"{word[:20]!r}: numbers from 1 to {len(choices)}, + - = ~ w; u or s alone"
        for word in words
        if word not in known
    ]
    if not faults and bool(drivers) == (NONE in words):
        faults = ["give either the numbers of drivers, or 0 when the card speaks of none"]
    if faults:
        raise InputError(fault_list("the keys typed", faults))
    polarity = [POLARITY_KEYS[word] for word in words if word in POLARITY_KEYS]
    return Answer("label", tuple(dict.fromkeys(drivers)), "".join(polarity[-1:]))
