"""A text as the rules read it: what hides in it taken out, and where each of its characters came from."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_LOOKALIKES = dict(  # Cyrillic, then Greek letters that look Latin; letters that no accent makes; signs of many shapes
    zip(
        "АВЕЅІЈКМНОРСТХУаеорсухіѕјԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧοŋŁłØøĐđıß’‘ʼ`´‐‑‒–—\u00a0\u202f\u2009\u3000·•",
        "ABESIJKMHOPCTXYaeopcyxisjdqwABEZHIKMNOPTYXonLlOoDdis'''''-----    ..",
        strict=True,
    )
)
_PLAIN = str.maketrans(_LOOKALIKES | {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)})
# Invisible and combining characters, pictures between two letters, and tags within a word.
_HIDDEN = re.compile(
    r"[\u00ad\u0300-\u036f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0e\ufe0f\ufeff]+"
    r"|(?<=[^\W_])(?:[\u2600-\u27bf\ufe0f\u200d\U0001f000-\U0001faff]{1,4}|</?[a-z]{1,8}>)(?=[^\W_])"
)
_WORD = re.compile(r"[^\W\d_]+")
_LETTER_CODES = (code for code in range(0x80, 0x1F00) if chr(code).isalpha())


def _base_letters() -> dict[int, str]:
    """Lower-case letter without accent of each accented one, one for one."""
    bases = {code: unicodedata.normalize("NFKD", chr(code)).lower()[0] for code in _LETTER_CODES}
    return {code: base for code, base in bases.items() if base != chr(code)} | {0x153: "o", 0x152: "o"}


_FOLD = _base_letters() | {code: chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}

# Most texts have a byte for each sign, and bytes are translated ten times faster than signs.
_BYTES = "cp1252"
_NOT_BY_BYTES = re.compile("[<\xad\xb5]")  # what may hide, and the one sign whose letter has no byte
_SIGNS = bytes(range(256)).decode(_BYTES, errors="replace")
_PLAIN_BYTES = _SIGNS.translate(_PLAIN).encode(_BYTES, errors="replace")
_FOLD_BYTES = _SIGNS.translate(_PLAIN).translate(_FOLD).encode(_BYTES, errors="replace")


class Plain(NamedTuple):
    """A text without what hides in it, and the same folded to plain small letters: character for character.

    `words` are its words, folded; `origin` says where in the text as received each character stood, None when nothing
    was taken out.
    """

    text: str
    key: str
    words: frozenset[str]
    origin: list[int] | None


def fold_plain(text: str) -> str:
    """Return the `key` of `read_plain`, of a text whose words aren't asked for.

    Examples
    --------
    >>> fold_plain("Zo\u200bé")
    'zoe'
    """
    return _show(text)[1]


def read_plain(text: str) -> Plain:
    """Return what the rules read.

    Examples
    --------
    >>> read_plain("Zo\u200bé").key, read_plain("ＡＢ１").text
    ('zoe', 'AB1')
    """
    shown, key, origin = _show(text)
    return Plain(shown, key, frozenset(_WORD.findall(key)), origin)


def _show(text: str) -> tuple[str, str, list[int] | None]:
    """Return `text`, `key` and `origin` of a `Plain`."""
    if text.isascii() and "<" not in text:
        return text, text.lower(), None
    if (signs := _as_bytes(text)) is not None:
        return signs.translate(_PLAIN_BYTES).decode(_BYTES), signs.translate(_FOLD_BYTES).decode(_BYTES), None
    text = text.translate(_PLAIN)
    origin = None
    if _HIDDEN.search(text):
        shown: list[int] = []
        last = 0
        for hidden in _HIDDEN.finditer(text):
            shown += range(last, hidden.start())
            last = hidden.end()
        origin = [*shown, *range(last, len(text)), len(text)]
        text = "".join([text[place] for place in origin[:-1]])
    return text, text.translate(_FOLD), origin


def holds_any(key: str, parts: tuple[str, ...]) -> bool:
    """Return whether a text holds one of some parts: what a rule needs, asked before the rule is tried.

    Examples
    --------
    >>> holds_any("mon badge", ("badge", "matricule"))
    True
    """
    for part in parts:  # noqa: SIM110  asked of every text: a generator costs three times as much
        if part in key:
            return True
    return False


def _as_bytes(text: str) -> bytes | None:
    """The bytes of a text that can be read sign by sign from them; None when it can't."""
    try:
        return None if _NOT_BY_BYTES.search(text) else text.encode(_BYTES)
    except UnicodeEncodeError:
        return None
