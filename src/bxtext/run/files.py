"""Files that outlive a power cut: everything that publishing does to the disk goes through here.

Each function is a few calls of `os`, in an order that leaves either the old or the new, whole, wherever it is cut off.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

BLOCK = 1 << 20


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_value(value: object) -> str:
    """Return the SHA-256 of a value that JSON can hold, whatever the order of its names.

    Examples
    --------
    >>> digest_value({"a": 1, "b": 2}) == digest_value({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def list_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files below a folder, sorted, each with its name from there; those being written are left out."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield path.relative_to(folder).as_posix(), path


def sync_path(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write a JSON file in one step, on the disk when it returns."""
    partial = path.with_name(f".{path.name}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        rest = memoryview((json.dumps(values, indent=2, ensure_ascii=False) + "\n").encode())
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    move_path(partial, path)


def move_path(source: Path, target: Path) -> None:
    """Give a file or folder another name in one step, on the disk when it returns."""
    os.replace(source, target)  # noqa: PTH105  one module through which a test can make every call fail
    sync_path(target.parent)


def point_link(link: Path, target: str) -> None:
    """Make a symbolic link point to `target`, in one step that can't be seen half done."""
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    os.symlink(target, fresh, target_is_directory=True)  # noqa: PTH211  as above
    move_path(fresh, link)


def link_file(source: Path, target: Path) -> None:
    """Give a file a second name; one that is there already is replaced."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    os.link(source, target)
