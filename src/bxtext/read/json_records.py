"""JSON, as lines or as one list: objects to rows, nested names joined by a point."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bxtext.errors import InputError
from bxtext.read.encodings import MARK_BYTES, Encoding, choose_encoding, find_stray, open_text
from bxtext.read.files import open_bytes
from bxtext.read.records import Aside, Records, Unreadable, in_batches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bxtext.params import Source

MAX_DOCUMENT = 500_000_000  # bytes of a file that is one JSON value; lines have no such limit


def read_json_lines(source: Source, path: Path) -> Records:
    """Open a file that holds one JSON object a line, or one list of objects.

    Raises
    ------
    InputError
        E_FORMAT: no object found; E_ENCODING, E_ENCODING_AMBIGUOUS.
    """
    encoding = choose_encoding(path, source.encoding, shown=source.path)
    with open_text(path, encoding, shown=source.path) as text:
        if text.read(1_000).strip("\ufeff \r\n\t")[:1] == "[":
            return read_json_document(source, path)
    names: dict[str, None] = {}
    for _, found in _iterate_lines(source, path, encoding, Aside()):
        if isinstance(found, dict):
            names.update(dict.fromkeys(found))
    if not names:
        raise InputError(f"E_FORMAT {source.path}: no line holds a JSON object")
    header, aside = sorted(names), Aside()
    return Records(header, in_batches(_rows(_iterate_lines(source, path, encoding, aside), header, aside)), aside)


def read_json_document(source: Source, path: Path) -> Records:
    """Open a file that holds a list of objects, by itself or under a name of an object, however deep.

    Raises
    ------
    InputError
        E_FORMAT: something else, or too large to be one value; E_ENCODING, E_ENCODING_AMBIGUOUS.
    """
    encoding = choose_encoding(path, source.encoding, shown=source.path)
    with open_bytes(path, shown=source.path) as file:
        data = file.read(MAX_DOCUMENT + 1)
    if len(data) > MAX_DOCUMENT:
        raise InputError(f"E_FORMAT {source.path}: over {MAX_DOCUMENT:,} bytes in one JSON value; export JSON lines")
    try:
        whole = json.loads(data.decode(encoding.name), parse_constant=_no_number, object_pairs_hook=_unique)
        lists = _record_lists(whole)
        flat = [_read_object(entry) for entry in lists[0]] if len(lists) == 1 else []
    except UnicodeDecodeError:
        raise InputError(f"E_ENCODING {source.path}: some bytes aren't {encoding.name}; export it as UTF-8") from None
    except (ValueError, RecursionError) as error:
        place = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(f"E_FORMAT {source.path}{place}: not a JSON value, or nested too deep") from None
    if not any(isinstance(entry, dict) for entry in flat):
        raise InputError(f"E_FORMAT {source.path}: expected a list of objects, or an object that holds one such list")
    header = sorted({name for entry in flat if isinstance(entry, dict) for name in entry})
    aside = Aside()
    return Records(header, in_batches(_rows(enumerate(flat, start=1), header, aside)), aside)


def _record_lists(whole: object) -> list[list[object]]:
    """The lists that hold objects, outermost first found: those inside a record are its own."""
    if isinstance(whole, list):
        return [whole]
    inside = [found for value in whole.values() for found in _record_lists(value)] if isinstance(whole, dict) else []
    return [found for found in inside if not found or any(isinstance(entry, dict | Unreadable) for entry in found)]


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
    source: Source, path: Path, encoding: Encoding, aside: Aside
) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Each line that isn't blank: the object it holds, or why there is none."""
    complete, found, n_bytes = True, None, MARK_BYTES.get(encoding.name, 0)
    with open_text(path, encoding, shown=source.path, newline="\n") as lines:
        for place, line in enumerate(lines, start=1):
            complete = line.endswith("\n")
            if line.strip():
                found = _parse(line)
                if found == "bad_bytes":
                    aside.stray_bytes[place] = n_bytes + encoding.count_bytes(line[: find_stray(line)])
                yield place, found
            else:
                aside.structural["blank"] += 1
            if encoding.has_strays:
                n_bytes += encoding.count_bytes(line)
    if found == "bad_json" and not complete:
        aside.notes["W_TRUNCATED"] = 1


def _parse(text: str) -> dict[str, Any] | str:
    if find_stray(text) is not None:
        return "bad_bytes"
    try:
        return _read_object(json.loads(text, parse_constant=_no_number, object_pairs_hook=_unique))
    except RecursionError:
        return "json_depth"
    except ValueError:
        return "bad_json"


def _read_object(found: object) -> dict[str, Any] | str:
    """Return the cells of one record, or why it is none."""
    if isinstance(found, Unreadable):
        return found.reason
    return _flatten(found) if isinstance(found, dict) else "not_an_object"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Unreadable:
    """An object that says the same key twice can't be read: which one is meant isn't known."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else Unreadable("repeated_key")


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
