"""One run of a client at a time: a lock that the system takes from a holder that dies.

Apart from `run`, whose tables take a second to import: who comes second is told at once.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from bxtext.errors import LockError, ResourceError
from bxtext.params import runs_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK, HOLDER = ".lock", ".holder.json"


@contextlib.contextmanager
def hold_client(root: Path, client: str) -> Iterator[None]:
    """Hold a client's runs for one process.

    Raises
    ------
    LockError
        Another process holds them; the message says which, where and since when.
    ResourceError
        The folder can't be written, or its file system has no locks: nothing runs without one.
    """
    folder = runs_folder(root, client)
    lock = _take_lock(folder)
    try:
        started = datetime.now(UTC).isoformat(timespec="seconds")
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "started": started}
        with contextlib.suppress(OSError):  # a full disk: the lock itself holds without it
            (folder / HOLDER).write_text(json.dumps(holder), encoding="utf-8")
        yield
    finally:
        with contextlib.suppress(OSError):
            (folder / HOLDER).unlink(missing_ok=True)
        lock.release()


def refuse_second(root: Path, client: str) -> None:
    """Say at once that another run of a client is going on; hold nothing.

    Raises
    ------
    LockError
        As `hold_client`.
    """
    if (runs_folder(root, client) / LOCK).exists():
        _take_lock(runs_folder(root, client)).release()


def _take_lock(folder: Path) -> FileLock:
    lock = FileLock(folder / LOCK, mode=0o600)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise LockError(f"client {folder.name!r}: {_tell_holder(folder)}; wait for it, or end it") from None
    except (OSError, NotImplementedError) as error:
        told = f"data/runs/{folder.name} can't be locked: {error.args[-1]}; nothing runs without a lock"
        raise ResourceError(told) from error
    return lock


def _tell_holder(folder: Path) -> str:
    try:
        holder = json.loads((folder / HOLDER).read_text(encoding="utf-8"))
        return f"a run is going on, process {holder['pid']} on {holder['host']}, started {holder['started']}"
    except (OSError, ValueError, KeyError):
        return "a run has just started"
