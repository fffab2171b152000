"""The client's roster: names that must never stay, kept as keyed digests, never as names."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from bxtext.errors import PrivacyError
from bxtext.privacy.letters import fold_plain, read_plain
from bxtext.privacy.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

KEY_VARIABLE = "BXTEXT_ROSTER_KEY"
LONGEST = 6  # words of an entry
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_ORDINARY = frozenset("de du des la le les et of the and".split())


def hash_names(names: Iterable[str], key: str) -> list[str]:
    """Return the lines of a roster file: keyed digests (BLAKE2b), from which no name can be read without the key.

    A name of several words also gives the digests of its parts and of its turned order; the parts that are ordinary
    words are told apart when texts are read.

    Examples
    --------
    >>> hash_names(["Zoé Petit"], "secret") == hash_names(["petit ZOE"], "secret")
    True
    """
    lines = set()
    for name in names:
        words = _WORD.findall(fold_plain(name))[:LONGEST]
        if words:
            lines.add("=" + _digest(" ".join(sorted(words)), key))
            lines |= {"~" + _digest(word, key) for word in words if len(word) > 1 and word not in _ORDINARY}
    return sorted(lines)


def write_roster(names: Iterable[str], path: Path, key: str) -> None:
    """Write the roster file of a client: what `masking.roster` names."""
    path.write_text("\n".join(hash_names(names, key)) + "\n", encoding="ascii")


class Roster:
    """The digests of a roster, and the key that makes them: a `Detector` of whole names, a test for single words."""

    def __init__(self, lines: Iterable[str], key: str) -> None:
        self._key = key
        marked = [line.strip() for line in lines if line.strip()]
        self._wholes = frozenset(line[1:] for line in marked if line[0] == "=")
        self._parts = frozenset(line[1:] for line in marked if line[0] == "~")
        self._known: dict[str, bool] = {}

    @property
    def digest(self) -> str:
        """What tells this roster from another."""
        return _digest(" ".join([*sorted(self._wholes), *sorted(self._parts)]), self._key)

    def holds(self, word: str) -> bool:
        """Whether a folded word is part of a name of the roster."""
        if word not in self._known:
            self._known[word] = _digest(word, self._key) in self._parts
        return self._known[word]

    def detect(self, text: str, language: str) -> Iterator[Span]:  # noqa: ARG002  names are names in any language
        """Yield the whole names of the roster, in any order of their words."""
        plain = read_plain(text)
        words = list(_WORD.finditer(plain.key))
        held = [self.holds(word.group()) for word in words]
        for first, word in enumerate(words):
            if not held[first]:
                continue
            for last in range(first + 1, min(first + LONGEST, len(words))):
                whole = " ".join(sorted(each.group() for each in words[first : last + 1]))
                if _digest(whole, self._key) in self._wholes:
                    start, end = word.start(), words[last].end()
                    yield Span(
                        *((start, end) if plain.origin is None else (plain.origin[start], plain.origin[end - 1] + 1)),
                        "name",
                    )


def read_roster(path: Path, key: str | None) -> Roster:
    """Read the roster of a client.

    Raises
    ------
    PrivacyError
        The file or its key is missing, or the file holds anything but digests: nothing runs on a weaker mask.
    """
    if not path.is_file():
        raise PrivacyError(
            f"masking.roster: {path.name}: no such file in {path.parent.name}/; `bxtext.privacy.write_roster` makes it"
        )
    if not key:
        raise PrivacyError(f"masking.roster: {path.name} needs its key in the environment, as {KEY_VARIABLE}")
    lines = path.read_text(encoding="utf-8", errors="replace").split()
    wrong = sum(not re.fullmatch(r"[=~][0-9a-f]{32}", line) for line in lines)
    if wrong or not lines:
        raise PrivacyError(
            f"masking.roster: {path.name}: {wrong} of {len(lines)} lines are no digests; names themselves are never "
            f"kept: "
            "`bxtext.privacy.write_roster` makes the file"
        )
    return Roster(lines, key)


def _digest(words: str, key: str) -> str:
    return hashlib.blake2b(words.encode(), key=key.encode()[:64], digest_size=16).hexdigest()
