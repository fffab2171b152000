"""A file and everything packed in it, down to the last layer, as text and numbers."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 8  # layers in each other
LARGEST = 500 * 2**20  # bytes that a layer may unfold to
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{40,}={0,2}")
HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){40,}")
PNG = b"\x89PNG\r\n\x1a\n"
PNG_TEXT = {b"tEXt", b"zTXt", b"iTXt", b"eXIf"}
FLATE = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
PICTURES = (
    b"\xff\xd8\xff",
    b"GIF8",
    b"wOF2",
    b"wOFF",
    b"\x00\x01\x00\x00",
)  # JPEG, GIF and fonts: no text but their own


@dataclass(frozen=True)
class Layer:
    """One layer: its text, its numbers, or that it couldn't be opened."""

    place: str
    text: str = ""
    numbers: np.ndarray = field(default_factory=lambda: np.empty(0))
    closed: bool = False


def unpack(name: str, data: bytes, *, place: str = "", depth: int = 0) -> Iterator[Layer]:
    """Yield every layer of a file: archives, workbooks, pictures, tables, encodings, each in each.

    Examples
    --------
    >>> [layer.text for layer in unpack("x.gz", gzip.compress(b"deep"))]
    ['deep']
    """
    if depth > DEEPEST or len(data) > LARGEST:
        yield Layer(place, closed=True)
        return
    try:
        if zipfile.is_zipfile(io.BytesIO(data)) and data[:2] == b"PK":
            yield from _open_archive(data, place, depth)
        elif data[:2] == b"\x1f\x8b":
            yield from unpack(
                name,
                _bounded(gzip.GzipFile(fileobj=io.BytesIO(data)).read(LARGEST + 1)),
                place=f"{place}gz/",
                depth=depth + 1,
            )
        elif data[:4] == b"PAR1":
            yield from _open_table(data, place, depth)
        elif data[:8] == PNG:
            yield from _open_picture(data, place, depth)
        elif data[:5] == b"%PDF-":
            yield from _open_pdf(data, place, depth)
        else:
            yield from _read_text(data, place, depth)
    except (
        OSError,
        EOFError,
        ValueError,
        KeyError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
        pa.ArrowException,
        struct.error,
    ):
        yield Layer(place, closed=True)


def _bounded(data: bytes) -> bytes:
    if len(data) > LARGEST:
        raise ValueError("unfolds to more than can be looked at")
    return data


def _open_archive(data: bytes, place: str, depth: int) -> Iterator[Layer]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(member.file_size for member in archive.infolist()) > LARGEST:
            raise ValueError("unfolds to more than can be looked at")
        yield Layer(f"{place}comment", archive.comment.decode("utf-8", "replace"))
        for member in archive.infolist():
            yield Layer(
                f"{place}{member.filename} (name)", member.filename + "\n" + member.comment.decode("utf-8", "replace")
            )
            yield from unpack(
                member.filename, archive.read(member), place=f"{place}{member.filename}/", depth=depth + 1
            )


def _open_table(data: bytes, place: str, depth: int) -> Iterator[Layer]:
    table = pq.read_table(io.BytesIO(data))
    metadata = b"\n".join(key + b" " + value for key, value in (table.schema.metadata or {}).items())
    yield from _read_text(metadata, f"{place}metadata/", depth + 1)
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = column.type
        if pa.types.is_floating(kind):
            yield Layer(f"{place}{name}/", name, column.to_numpy().astype(float))
        elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            for cell in column.drop_null().to_pylist():
                yield from unpack(name, cell, place=f"{place}{name}/", depth=depth + 1)
        else:
            yield Layer(f"{place}{name}/", "\n".join([name, *map(str, column.drop_null().unique().to_pylist())]))


def _open_picture(data: bytes, place: str, depth: int) -> Iterator[Layer]:
    at = len(PNG)
    while at + 12 <= len(data):
        (length,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        if kind in PNG_TEXT:
            yield from _read_text(_unfold_chunk(body), f"{place}{kind.decode()}/", depth + 1)
        at += 12 + length
        if kind == b"IEND":
            break
    if data[at:]:
        yield from unpack("", data[at:], place=f"{place}after the picture/", depth=depth + 1)


def _unfold_chunk(body: bytes) -> bytes:
    """Return the text of a chunk, what is compressed in it beside what is not."""
    for start in (match.start() for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", body)):
        try:
            return body[:start] + b"\n" + zlib.decompressobj().decompress(body[start:], LARGEST)
        except zlib.error:
            continue
    return body


def _open_pdf(data: bytes, place: str, depth: int) -> Iterator[Layer]:
    from pypdf import PdfReader  # noqa: PLC0415  only where PDF is made, and slow to import

    reader = PdfReader(io.BytesIO(data))
    pages = [page.extract_text() for page in reader.pages]
    about = [str(value) for value in (reader.metadata or {}).values()]
    yield Layer(f"{place}text/", "\n".join([*pages, *about]))
    for attached, contents in reader.attachments.items():
        for content in contents:
            yield from unpack(attached, content, place=f"{place}{attached}/", depth=depth + 1)
    bare = FLATE.sub(b"", data)
    yield from _read_text(bare, f"{place}outside the streams/", depth + 1)


def _read_text(data: bytes, place: str, depth: int) -> Iterator[Layer]:
    """Yield the text of bytes, in the encodings they may be in, and what is encoded in it."""
    yield Layer(place, data.decode("utf-8", "ignore"))
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or data[:4000].count(0) > len(data[:4000]) / 5:
        for encoding in ("utf-16-le", "utf-16-be"):
            yield Layer(f"{place}{encoding}/", data.decode(encoding, "ignore"))
    if depth >= DEEPEST:
        return
    for kind, pattern, decode in (("base64", BASE64, _from_base64), ("hex", HEX, binascii.unhexlify)):
        for place_of, match in enumerate(pattern.findall(data)):
            if decoded := decode(match):
                yield from _read_packed(decoded, f"{place}{kind} {place_of}/", depth + 1)


def _from_base64(text: bytes) -> bytes:
    plain = text.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    plain = plain[: len(plain) - (len(plain) % 4 == 1)]
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4))
    except binascii.Error:
        return b""


def _read_packed(data: bytes, place: str, depth: int) -> Iterator[Layer]:
    """Yield what base64 or hexadecimal stood for: a file, a text, or an array of numbers as charts hold them."""
    if data.startswith(PICTURES):
        return
    if data[:8] != PNG:
        for kind in ("<f8", "<f4"):
            whole = len(data) - len(data) % int(kind[2])
            numbers = np.frombuffer(data[:whole], dtype=kind)
            yield Layer(f"{place}{kind}/", numbers=numbers[np.isfinite(numbers)].astype(float))
    yield from unpack("", data, place=place, depth=depth)
