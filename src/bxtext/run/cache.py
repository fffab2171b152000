"""What a stage made, kept by the key of what it was made from: one cache a client, checked whenever it is used.

An entry is a folder of hard links to what a run holds, and `entry.json`, written last. A file is never written in
place, so that a link can't change what another run holds.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from bxtext.run import cache_folder
from bxtext.run.files import digest_file, link_file, move_path, sync_path, write_json
from bxtext.run.manifest import StageRecord

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bxtext.run import Run

ENTRY = "entry.json"
DAY, GIGABYTE = 86_400, 1e9


def keep_stage(run: Run, record: StageRecord, files: Sequence[str]) -> None:
    """Put what a stage made, `files` from the run's folder, into the cache."""
    folder = cache_folder(run.root, run.client)
    entry, partial = folder / _name(record.stage, record.key), folder / f".{record.stage}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name in files:
        sync_path(run.folder / name)
        link_file(run.folder / name, partial / name)
    digests = {name: digest_file(partial / name) for name in files}
    write_json(partial / ENTRY, {"record": asdict(record), "files": digests})
    shutil.rmtree(entry, ignore_errors=True)
    move_path(partial, entry)


def take_stage(run: Run, stage: str, key: str) -> StageRecord | None:
    """Give a run what the cache has for a stage under a key; None when it has nothing, or something damaged."""
    folder = cache_folder(run.root, run.client) / _name(stage, key)
    try:
        entry = json.loads((folder / ENTRY).read_text(encoding="utf-8"))
        whole = all(digest_file(folder / name) == digest for name, digest in entry["files"].items())
        record = StageRecord(**entry["record"] | {"taken": True})
    except (OSError, ValueError, KeyError, TypeError):
        whole = False
    if not whole or record.key != key:
        shutil.rmtree(folder, ignore_errors=True)
        return None
    for name in entry["files"]:
        link_file(folder / name, run.folder / name)
    os.utime(folder / ENTRY)
    return record


def prune_cache(root: Path, client: str, *, max_days: float, max_gb: float) -> int:
    """Remove the entries that were not used for `max_days`, then the least used beyond `max_gb`; return how many.

    Parameters
    ----------
    root : Path
        The project's folder.
    client : str
        Name of the client.
    max_days : float
        Days since the last use.
    max_gb : float
        Size of all entries, in gigabytes; what they share with runs is counted too.
    """
    used: list[tuple[float, Path]] = []
    for folder in cache_folder(root, client).glob("*"):
        with contextlib.suppress(OSError):
            used.append(((folder / ENTRY).stat().st_mtime, folder))
    size, removed = 0.0, 0
    for moment, folder in sorted(used, reverse=True):
        size += sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / GIGABYTE
        if size > max_gb or time.time() - moment > max_days * DAY:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def clear_cache(root: Path, client: str) -> None:
    """Remove a client's whole cache, as when somebody is to be forgotten."""
    shutil.rmtree(cache_folder(root, client), ignore_errors=True)


def _name(stage: str, key: str) -> str:
    return f"{stage}-{key[:24]}"
