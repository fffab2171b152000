"""Bytes to text by a strict ladder: byte order mark, UTF-8, UTF-16 without its mark, Windows-1252; no guess beyond."""

from __future__ import annotations

import codecs
import io
import re
from collections import Counter
from typing import IO, TYPE_CHECKING, NamedTuple

import numpy as np

from bxtext.errors import InputError
from bxtext.read.files import CHUNK, open_bytes

if TYPE_CHECKING:
    from pathlib import Path

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MARK_BYTES = {"utf-8-sig": len(codecs.BOM_UTF8)}  # of the encodings that a file with strays may have
# Letters and signs that a French or English text in Windows-1252 holds; others are the sign of another encoding.
_USUAL = "àâäáãåçéèêëíîïìñóòôöõøúùûüœæßÀÂÄÁÃÅÇÉÈÊËÍÎÏÌÑÓÒÔÖÕØÚÙÛÜŒÆ‘’‚“”„«»‹›…–—•€£¥°§·²³½¼¾®©™¿¡ \xad"
_USUAL_BYTES = frozenset(_USUAL.encode("cp1252"))
_STRAY_SIGN = re.compile("[\udc80-\udcff]")
STRAY = 0xDC00  # what `surrogateescape` adds to a byte that it can't decode
MIN_USUAL = 0.95  # share of the bytes beyond ASCII that must be usual


class Encoding(NamedTuple):
    """How to decode a file: `errors` is `surrogateescape` when some cells are in another encoding than the rest."""

    name: str
    errors: str = "strict"

    @property
    def has_strays(self) -> bool:
        """Whether some bytes of the file aren't in its encoding."""
        return self.errors != "strict"

    def count_bytes(self, text: str) -> int:
        """Return how many bytes a text of a file with strays takes there, its byte order mark apart."""
        return len(text.encode(self.name.removesuffix("-sig"), self.errors))


def choose_encoding(path: Path, declared: str | None, *, shown: str) -> Encoding:
    """Read a whole file, unpacked if need be, and say how to decode it: see `find_encoding`."""
    with open_bytes(path, shown=shown) as file:
        return find_encoding(file, declared, shown=shown)


def open_text(path: Path, encoding: Encoding, *, shown: str, newline: str = "") -> io.TextIOWrapper:
    """Open a file as text, its line ends as they are; lines end where `newline` says, by default at any of them."""
    return io.TextIOWrapper(
        open_bytes(path, shown=shown), encoding=encoding.name, errors=encoding.errors, newline=newline
    )


def find_encoding(file: IO[bytes], declared: str | None, *, shown: str) -> Encoding:
    """Read a whole file once and say how to decode it.

    Parameters
    ----------
    file : binary file
        Read to its end.
    declared : str or None
        The encoding that the client's parameters give.
    shown : str
        How to call the file in an error.

    Raises
    ------
    InputError
        E_ENCODING: unknown or wrong declaration; E_ENCODING_AMBIGUOUS: no encoding of the ladder fits.

    Examples
    --------
    >>> from io import BytesIO
    >>> find_encoding(BytesIO("déçu".encode("cp1252")), None, shown="a.csv").name
    'cp1252'
    """
    start = file.read(CHUNK)
    if declared:
        utf8 = _name_encoding(declared, shown) == "utf-8" and start.startswith(codecs.BOM_UTF8)
        return Encoding(_check_whole(start, file, "utf-8-sig" if utf8 else declared, shown))
    mark = next((name for bytes_of_mark, name in _MARKS if start.startswith(bytes_of_mark)), None)
    wide = mark if mark != "utf-8-sig" else None
    if wide := wide or _without_mark(start):
        return Encoding(_check_whole(start, file, wide, shown))
    strays: Counter[str] = Counter()
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    accented, chunk = False, start
    while chunk:
        following = file.read(CHUNK)
        text = decoder.decode(chunk, final=not following)
        if not text.isascii():
            strays.update(_STRAY_SIGN.findall(text))
            accented = accented or not _STRAY_SIGN.sub("", text).isascii()
        chunk = following
    name = mark or "utf-8"
    if not strays:
        return Encoding(name)
    if accented:
        return Encoding(name, "surrogateescape")  # UTF-8 with strays: they are looked at cell by cell
    usual = sum(count for sign, count in strays.items() if ord(sign) - STRAY in _USUAL_BYTES)
    if usual >= MIN_USUAL * strays.total():
        return Encoding("cp1252", "surrogateescape")
    raise InputError(
        f"E_ENCODING_AMBIGUOUS {shown}: neither UTF-8 nor Windows-1252; declare `encoding`, such as mac_roman"
    )


def find_stray(text: str) -> int | None:
    r"""Return where a text holds a byte that isn't in its file's encoding.

    Examples
    --------
    >>> find_stray("d\udce9j\u00e0"), find_stray("déjà")
    (1, None)
    """
    found = None if text.isascii() else _STRAY_SIGN.search(text)
    return None if found is None else found.start()


def mend_cell(cell: str) -> str | None:
    r"""Return a cell of which some bytes weren't UTF-8, read as Windows-1252; None when they aren't that either.

    Examples
    --------
    >>> mend_cell("d\udce9\udce7u")
    'déçu'
    """
    strays = {ord(sign) for sign in _STRAY_SIGN.findall(cell)}
    if not all(stray - STRAY in _USUAL_BYTES for stray in strays):
        return None
    return cell.translate({stray: bytes([stray - STRAY]).decode("cp1252") for stray in strays})


def _name_encoding(declared: str, shown: str) -> str:
    """Return the usual name of an encoding; refuse what Python knows as an encoding but is none of text."""
    try:
        "".encode(declared)
        return codecs.lookup(declared).name
    except (LookupError, ValueError):
        raise InputError(f"E_ENCODING {shown}: unknown encoding {declared!r}; such as utf-8 or cp1252") from None


def _check_whole(start: bytes, file: IO[bytes], name: str, shown: str) -> str:
    """Return the encoding when the whole file is in it."""
    decoder = codecs.getincrementaldecoder(name)()
    chunk, n_read = start, 0
    while True:
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeError as error:
            place = n_read + getattr(error, "start", 0)
            raise InputError(
                f"E_ENCODING {shown}: near byte {place} it isn't {name}; export it again or declare another `encoding`"
            ) from None
        if not chunk:
            return name
        n_read += len(chunk)
        chunk = file.read(CHUNK)


def _without_mark(start: bytes) -> str | None:
    """UTF-16 without its mark has a zero in every other byte of Latin text."""
    sample = np.frombuffer(start[: 2 * (len(start[:4096]) // 2)], dtype=np.uint8)
    if len(sample) == 0:
        return None
    even, odd = (sample[::2] == 0).mean(), (sample[1::2] == 0).mean()
    if odd > 1 / 2 > 10 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 1 / 2 > 10 * odd else None
