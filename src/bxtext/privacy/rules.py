"""The built-in detector: each family of rules looks only at texts that may hold what it seeks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bxtext.privacy.addresses import find_addresses, find_homes
from bxtext.privacy.contacts import find_contacts, find_phones, find_spoken_numbers
from bxtext.privacy.evasions import find_disguised_names
from bxtext.privacy.identifiers import find_births, find_identifiers
from bxtext.privacy.letters import Plain, holds_any, read_plain
from bxtext.privacy.names import NameRules
from bxtext.privacy.roles import find_roles
from bxtext.privacy.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bxtext.privacy.roster import Roster

_DIGIT = re.compile(r"\d")
_CONTACT = (
    "@", "/", "www.", "(a)", "(at", "[at", "{at", "arobase", "arrobase", "insta", "snap", "tiktok", "discord",
    "twitter", "pseudo", " dot ", " point ",
)  # fmt: skip
_SAID_DIGITS = frozenset(
    "zero oh double triple cinq five six sept seven huit eight neuf nine vingt trente quarante cinquante "
    "soixante douze quinze".split()
)
_HOME = frozenset("habite habitons habitent adresse domicile domicilie domiciliee vis".split())
_MANY = 2  # digits in the shortest number that is anybody's: that of a British plate


class Rules:
    """Rules with check digits, a gazetteer and context, in French and English at once."""

    def __init__(self, *, keep: Sequence[str] = (), roster: Roster | None = None) -> None:
        self.names = NameRules(keep=keep, roster=roster)

    def detect(self, text: str, language: str) -> Iterator[Span]:  # noqa: ARG002  a comment mixes both languages as often as not
        """Yield the personal data of a text; spans may overlap."""
        plain = read_plain(text)
        if plain.origin is None:
            yield from self._find(plain)
            return
        for start, end, kind in self._find(plain):
            yield Span(plain.origin[start], plain.origin[end - 1] + 1, kind)

    def _find(self, plain: Plain) -> Iterator[Span]:
        key = plain.key
        if holds_any(key, _CONTACT):
            yield from find_contacts(plain)
        digits = len(_DIGIT.findall(key))
        if digits >= _MANY:
            yield from find_phones(plain)
            yield from find_identifiers(plain, digits)
        if digits:
            yield from find_births(plain)
            yield from find_addresses(plain, digits)
        if len(_SAID_DIGITS & plain.words) + (digits >= _MANY) > 1:
            yield from find_spoken_numbers(plain)
        if not _HOME.isdisjoint(plain.words):
            yield from find_homes(plain)
        yield from self.names.find(plain)
        yield from find_disguised_names(plain)
        yield from find_roles(plain)
