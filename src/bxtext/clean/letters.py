"""Letters before words: garbled ones restored, invisible ones taken out, one form for each."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from ftfy import fix_encoding

from bxtext.language import fold_text

if TYPE_CHECKING:
    import pandas as pd

MOJIBAKE_SHARE = 0.02  # of a source's texts with accents: a lone « Ã » may be meant
_MOJIBAKE = (  # as plain signs: the texts are searched without making Python strings of them
    "[ÂÃâ][\x80-\xbf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a€™]"
)
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\ud800-\udfff]"
)
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # full-width forms of ASCII
_FOREIGN = re.compile(r"[\u0370-\u052f]")
_MIXED_WORD = re.compile(r"\b(?=\w*[A-Za-zÀ-ÿ])(?=\w*[\u0370-\u052f])\w+")
_LOOKALIKES = str.maketrans(  # Cyrillic, then Greek
    "АВЕЅІЈКМНОРСТХУаеорсухіѕјԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
    "ABESIJKMHOPCTXYaeopcyxisjdqwABEZHIKMNOPTYXo",
)
_SPACE = re.compile(r"[ \t\u00a0\u202f\u2009]+")
_SPACE_OR_SIGN = re.compile(rf"{_SPACE.pattern}|.", re.DOTALL)


def repair_mojibake(texts: pd.Series, sources: pd.Series) -> pd.Series:
    """Undo UTF-8 that was read as Windows-1252, once or twice, where a whole source suffers from it.

    A text is only changed when the damage, done again, gives the text as received.

    Examples
    --------
    >>> import pandas as pd
    >>> repair_mojibake(pd.Series(["trÃ¨s déÃ§u", "trÃ¨s bien"]), pd.Series(["s", "s"])).tolist()
    ['trÃ¨s déÃ§u', 'très bien']
    """
    accented = texts.notna() & ~texts.str.isascii().fillna(value=True).astype(bool)
    suspect = accented & texts.str.contains(_MOJIBAKE, na=False).astype(bool)
    n_suspect, n_accented = (flags.astype(int).groupby(sources).transform("sum") for flags in (suspect, accented))
    damaged = suspect & (n_suspect >= MOJIBAKE_SHARE * n_accented)
    if not damaged.any():
        return texts
    return texts.where(~damaged, texts[damaged].map(_undo_mojibake).reindex(texts.index, fill_value=""))


def _undo_mojibake(text: str) -> str:
    repaired = fix_encoding(text)
    damaged = repaired
    for _ in range(2):
        damaged = damaged.encode("utf-8", "surrogatepass").decode("sloppy-windows-1252")
        if damaged == text:
            return repaired
    return text


def normalise_text(text: str) -> str:
    r"""Return the text in NFC, without control and invisible characters, runs of spaces made one.

    Full-width letters and digits become plain ones; so do Cyrillic and Greek letters that look like Latin ones, in
    words that have Latin letters too.

    Examples
    --------
    >>> normalise_text("  cafe\u0301\u200b   noir ")
    'café noir'
    """
    if not (text.isascii() and text.isprintable()):
        text = _plain_letters(_CONTROL.sub("", _composed(text)))
    return _SPACE.sub(" ", text).strip()


def _composed(text: str) -> str:
    """The text in NFC, its line ends made one kind."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def _plain_letters(text: str) -> str:
    """Full-width signs and letters that only look Latin made plain, sign by sign: the length stays."""
    text = text.translate(_WIDE)
    if _FOREIGN.search(text):
        text = _MIXED_WORD.sub(lambda word: word.group().translate(_LOOKALIKES), text)
    return text


def locate_signs(text: str) -> tuple[str, list[tuple[int, int]]]:
    r"""Normalise a text as `normalise_text` does, and tell where each sign of it stood.

    What is found in a normalised text (a name to be masked, a quotation) is found again in the comment as received.

    Parameters
    ----------
    text : str
        A comment as received.

    Returns
    -------
    (str, list of (int, int))
        The normalised text, and for each sign of it the start and end of what it was made from.

    Examples
    --------
    >>> raw = " \uff2ae\u0301ro\u200bme  X"
    >>> plain, spans = locate_signs(raw)
    >>> plain, raw[spans[0][0] : spans[5][1]]
    ('Jérome X', '\uff2ae\u0301ro\u200bme')
    """
    signs, spans = [], []
    for start, end in _clusters(text):
        kept = _CONTROL.sub("", _composed(text[start:end]))
        signs.append(kept)
        spans += [(start, end)] * len(kept)
    whole = _plain_letters("".join(signs))
    runs = [(found.start(), found.end()) for found in _SPACE_OR_SIGN.finditer(whole)]
    squeezed = "".join(" " if _SPACE.match(whole, start) else whole[start] for start, _ in runs)
    places = [(spans[start][0], spans[end - 1][1]) for start, end in runs]
    first = len(squeezed) - len(squeezed.lstrip())
    plain = squeezed.strip()
    return plain, places[first : first + len(plain)]


def _clusters(text: str) -> list[tuple[int, int]]:
    """Signs that become one or change order when they are composed, and the two of a Windows line end."""
    clusters: list[tuple[int, int]] = []
    for place, sign in enumerate(text):
        before = text[slice(*clusters[-1])] if clusters else ""
        if before and (before + sign == "\r\n" or _compose(before, sign)):
            clusters[-1] = (clusters[-1][0], place + 1)
        else:
            clusters.append((place, place + 1))
    return clusters


def _compose(before: str, sign: str) -> bool:
    """Whether a sign changes what stands before it, or is changed by it."""
    if sign.isascii():
        return False
    return unicodedata.combining(sign) > 0 or unicodedata.normalize("NFC", before + sign) != (
        unicodedata.normalize("NFC", before) + unicodedata.normalize("NFC", sign)
    )


def comparable_text(text: str) -> str:
    """Return what makes two texts the same: their letters, or the text itself when it has none, as « 👍 ».

    Examples
    --------
    >>> comparable_text("Très bien !"), comparable_text("👍")
    ('tres bien', '👍')
    """
    return fold_text(text) or text


def has_symbol(text: str) -> bool:
    """Return whether a text without words still says something, as « 👍 » or « 0/20 » do.

    Examples
    --------
    >>> has_symbol("👍"), has_symbol("--")
    (True, False)
    """
    return any(unicodedata.category(mark) in {"So", "Nd"} for mark in text)
