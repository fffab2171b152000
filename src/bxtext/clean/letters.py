"""Letters before words: garbled ones restored, invisible ones taken out, one form for each."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
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
_WEB = re.compile(r"[&<\\]")
_BREAK = re.compile(r"</?(?:br|p|div|li|ul|ol)\s?/?>|(?<!:)(?:\\r)?\\n", re.IGNORECASE)
_INLINE = re.compile(r"</?(?:b|i|u|em|strong|small|span|font)(?: [^<>]{0,200})?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:amp;)?(?:#\d{2,6}|#x[0-9a-f]{2,5}|[a-z]{2,8}\d{0,2});", re.IGNORECASE)
_WIDE_SIGN = re.compile("[\uff01-\uff5e]")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # full-width forms of ASCII
_FOREIGN = re.compile(r"[\u0370-\u052f]")
_MIXED_WORD = re.compile(r"\b(?=\w*[A-Za-zÀ-ÿ])(?=\w*[\u0370-\u052f])\w+")
_LOOKALIKES = str.maketrans(  # Cyrillic, then Greek
    "АВЕЅІЈКМНОРСТХУаеорсухіѕјԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
    "ABESIJKMHOPCTXYaeopcyxisjdqwABEZHIKMNOPTYXo",
)
_ODD_SPACE = re.compile(
    r"[\t\u00a0\u202f\u2009][ \t\u00a0\u202f\u2009]*| [ \t\u00a0\u202f\u2009]+"
)  # all but one plain


def repair_mojibake(texts: pd.Series, sources: pd.Series) -> pd.Series:
    """Undo UTF-8 that was read as Windows-1252 or Latin-1, once or twice, where a whole source suffers from it.

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
    for read_as in ("sloppy-windows-1252", "latin-1"):
        damaged = repaired
        for _ in range(2):
            damaged = damaged.encode("utf-8", "surrogatepass").decode(read_as)
            if damaged == text:
                return repaired
    return text


def _unescape(entity: re.Match[str]) -> str:
    """The sign that an entity stands for; « &lt; » stays, so that nothing becomes a tag."""
    sign = unescape(unescape(entity.group()))  # twice: `&amp;eacute;`
    return entity.group() if sign in {"<", ">"} else sign


def normalise_text(text: str) -> str:
    r"""Return the text in NFC, without control and invisible characters, runs of spaces made one.

    Full-width letters and digits become plain ones; so do Cyrillic and Greek letters that look like Latin ones, in
    words that have Latin letters too. What a web page leaves in a text, as `&eacute;`, `<br>` or a line end spelt out,
    is the letter or the line end that it stands for.

    Examples
    --------
    >>> normalise_text("  cafe\u0301\u200b   noir "), normalise_text("tr&egrave;s<br/>bien")
    ('café noir', 'très\nbien')
    """
    if _WEB.search(text):
        text = _ENTITY.sub(_unescape, _INLINE.sub("", _BREAK.sub("\n", text)))
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
        text = _CONTROL.sub("", text)
        if _WIDE_SIGN.search(text):
            text = text.translate(_WIDE)
        if _FOREIGN.search(text):
            text = _MIXED_WORD.sub(lambda word: word.group().translate(_LOOKALIKES), text)
    return _ODD_SPACE.sub(" ", text).strip()


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
