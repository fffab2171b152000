"""JSON, as lines or as one list: objects to rows, nested names joined by a point."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bxtext.errors import InputError
from bxtext.read.files import open_bytes
from bxtext.read.records import Aside, Records, in_batches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bxtext.params import Source

MAX_DOCUMENT = 500_000_000  # bytes of a file that is one JSON value; lines have no such limit


class _RepeatedKeyError(ValueError):
    """An object says the same key twice: which one is meant can't be known."""


def read_json_lines(source: Source, path: Path) -> Records:
    """Open a file that holds one JSON object a line, or one list of objects.

    Raises
    ------
    InputError
        E_FORMAT: no object found; E_ENCODING: not UTF-8.
    """
    with open_bytes(path, shown=source.path) as file:
        first = file.read(1_000).lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if first == b"[":
        return read_json_document(source, path)
    names: dict[str, None] = {}
    for _, found in _iterate_lines(source, path):
        if isinstance(found, dict):
            names.update(dict.fromkeys(found))
    if not names:
        raise InputError(f"E_FORMAT {source.path}: no line holds a JSON object")
    header, aside = sorted(names), Aside()
    return Records(header, in_batches(_rows(_iterate_lines(source, path, aside), header, aside)), aside)


def read_json_document(source: Source, path: Path) -> Records:
    """Open a file that holds a list of objects, by itself or under one name of an object.

    Raises
    ------
    InputError
        E_FORMAT: something else, or too large to be one value.
    """
    with open_bytes(path, shown=source.path) as file:
        data = file.read(MAX_DOCUMENT + 1)
    if len(data) > MAX_DOCUMENT:
        raise InputError(f"E_FORMAT {source.path}: over {MAX_DOCUMENT:,} bytes in one JSON value; export JSON lines")
    try:
        whole = json.loads(_decoded(data, source), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        place = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(f"E_FORMAT {source.path}{place}: not a JSON value, or nested too deep") from None
    lists = [whole] if isinstance(whole, list) else [value for value in _values(whole) if isinstance(value, list)]
    if len(lists) != 1 or not any(isinstance(entry, dict) for entry in lists[0]):
        raise InputError(f"E_FORMAT {source.path}: expected a list of objects, or an object that holds one such list")
    flat = [_flatten(entry) if isinstance(entry, dict) else "not_an_object" for entry in lists[0]]
    header = sorted({name for entry in flat if isinstance(entry, dict) for name in entry})
    aside = Aside()
    return Records(header, in_batches(_rows(enumerate(flat, start=1), header, aside)), aside)


def _values(whole: object) -> list[object]:
    return list(whole.values()) if isinstance(whole, dict) else []


def _rows(
    placed: Iterator[tuple[int, dict[str, Any] | str]] | enumerate[dict[str, Any] | str],
    header: list[str],
    aside: Aside,
) -> Iterator[tuple[int, list[Any]]]:
    for place, found in placed:
        if isinstance(found, str):
            aside.broken.append((place, found))
        else:
            yield place, [found.get(name) for name in header]


def _iterate_lines(
    source: Source, path: Path, aside: Aside | None = None
) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Each line that isn't blank: the object it holds, or why there is none."""
    place, complete, found = 0, True, None
    with open_bytes(path, shown=source.path) as file:
        for place, line in enumerate(file, start=1):
            complete = line.endswith(b"\n")
            text = line.decode("utf-8-sig" if place == 1 else "utf-8", "surrogateescape").strip()
            if not text:
                if aside is not None:
                    aside.structural["blank"] += 1
                continue
            found = _parse(text)
            yield place, found
    if aside is not None and found == "bad_json" and not complete:
        aside.notes["W_TRUNCATED"] = 1


def _parse(text: str) -> dict[str, Any] | str:
    if any("\udc80" <= sign <= "\udcff" for sign in text) and not text.isascii():
        return "bad_bytes"
    try:
        found = json.loads(text, parse_constant=_no_number, object_pairs_hook=_unique)
    except _RepeatedKeyError:
        return "repeated_key"
    except RecursionError:
        return "json_depth"
    except ValueError:
        return "bad_json"
    return _flatten(found) if isinstance(found, dict) else "not_an_object"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedKeyError
    return found


def _no_number(_name: str) -> None:
    """NaN and the infinities are no JSON: a cell of that kind is empty."""


def _flatten(found: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Objects inside objects, as `reviewer.name`; lists stay as they are."""
    flat: dict[str, Any] = {}
    for name, value in found.items():
        if isinstance(value, dict) and value:
            flat.update(_flatten(value, f"{prefix}{name}."))
        else:
            flat[prefix + name] = value
    return flat


def _decoded(data: bytes, source: Source) -> str:
    try:
        return data.decode(source.encoding or "utf-8-sig")
    except (UnicodeDecodeError, LookupError):
        raise InputError(f"E_ENCODING {source.path}: not UTF-8; export it as UTF-8 or declare `encoding`") from None
