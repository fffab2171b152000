"""The errors a user can fix. Each says what is wrong, where, what is allowed and what to do.

No message ever holds the text of a comment: messages end in logs and manifests.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class BxtextError(Exception):
    """A fault with a remedy; `exit_code` is what the command line ends with."""

    exit_code: ClassVar[int] = 1


class ParamsError(BxtextError):
    """A client's parameters, or an option of the command line, can't be used as they are."""

    exit_code = 2


class TaxonomyError(BxtextError):
    """The drivers, their cues or their exemplars contradict each other."""

    exit_code = 2


class InputError(BxtextError):
    """A file that should be read is missing, unreadable or lacks a column."""

    exit_code = 3


class PrivacyError(BxtextError):
    """Something that must stay private would leave: nothing is published."""

    exit_code = 4


class TableError(BxtextError):
    """A table that passes between stages is missing or breaks its contract."""


class CellError(BxtextError):
    """A cell of a stage's notebook failed."""

    exit_code = 7


def did_you_mean(found: str, allowed: Iterable[str]) -> str:
    """Return a hint that names the nearest allowed word, or lists them all.

    Examples
    --------
    >>> did_you_mean("max_word", ["max_words", "seed"])
    "did you mean 'max_words'?"
    >>> did_you_mean("colour", ["max_words", "seed"])
    'allowed: max_words, seed'
    """
    allowed = sorted(allowed)
    near = get_close_matches(found, allowed, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else f"allowed: {', '.join(allowed)}"


def fault_list(title: str, faults: list[str]) -> str:
    """Return one message that holds all `faults`, one a line.

    Examples
    --------
    >>> print(fault_list("acme.yaml", ["sources: missing"]))
    acme.yaml has 1 fault:
      - sources: missing
    """
    count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
    return "\n".join([f"{title} has {count}:", *(f"  - {fault}" for fault in faults)])
