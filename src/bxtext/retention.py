"""What is kept of people: one person forgotten in every run, old runs reduced to their manifest and report."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bxtext.errors import ParamsError, TableError
from bxtext.publish.leaks import bundle_files
from bxtext.publish.ledger import open_ledger
from bxtext.read.columns import digest
from bxtext.run import Run, runs_folder
from bxtext.run.cache import clear_cache
from bxtext.run.manifest import LATEST, MANIFEST, list_runs, reseal_manifest
from bxtext.run.publishing import DRAFT
from bxtext.tables import TABLES, VOICES, read_table, write_table

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from bxtext.params import Params


@dataclass(frozen=True)
class Forgotten:
    """What forgetting a person did, and where they still are.

    Attributes
    ----------
    n_comments : int
        Comments of theirs, over all runs.
    runs : tuple of str
        Runs they were in; their executed notebooks and drafts are removed as a whole.
    n_publications : int
        Publications in the ledger in which they are unknown now.
    raw : tuple of str
        Raw files that hold their id, to be dealt with by whoever sent them.
    """

    n_comments: int
    runs: tuple[str, ...]
    n_publications: int
    raw: tuple[str, ...]


def forget_person(client: str, root: Path, params: Params, respondent: str) -> Forgotten:
    """Take a person out of the tables of every run of a client.

    Parameters
    ----------
    client : str
    root : Path
    params : Params
    respondent : str
        Their id, as the raw files write it.

    Returns
    -------
    Forgotten

    Notes
    -----
    Figures that were published stay as they were published. Raw files are never changed: they are listed.
    """
    ids = [digest(voice, respondent) for voice in VOICES]
    n_comments, runs = 0, []
    for folder in sorted(path for path in runs_folder(root, client).glob("*/tables") if not path.parent.is_symlink()):
        found = _forget_in_tables(folder, ids)
        if found:
            n_comments += found
            runs.append(folder.parent.name)
            shutil.rmtree(folder.parent / "notebooks", ignore_errors=True)
            (folder.parent / DRAFT).unlink(missing_ok=True)
            if (folder.parent / MANIFEST).is_file():
                reseal_manifest(folder.parent)
    clear_cache(root, client)
    ledger = open_ledger(Run(client, LATEST, root, params))
    n_publications = max((ledger.forget(name) for name in ids), default=0) if ledger.folder.is_dir() else 0
    raw = tuple(source.path for source in params.sources if source.path and _holds(root / source.path, respondent))
    return Forgotten(n_comments, tuple(runs), n_publications, raw)


def _forget_in_tables(folder: Path, ids: list[str]) -> int:
    """Remove a person's rows from every table of a run; return how many comments they wrote."""
    theirs = _ids_of(folder, ids)
    if not theirs["comment_id"]:
        return 0
    for path in sorted(folder.glob("*.parquet")):
        if path.stem not in TABLES:
            continue
        frame = read_table(path.stem, folder)
        keep = ~_is_among(frame, "respondent_id", set(ids))
        for key, gone in theirs.items():
            keep &= ~_is_among(frame, key, gone)
        if not keep.all():
            write_table(frame[keep], path.stem, folder)
    return len(theirs["comment_id"])


def _ids_of(folder: Path, ids: list[str]) -> dict[str, set[str]]:
    comments: set[str] = set()
    for name, key in (("comments", "comment_id"), ("documents", "document_id")):
        try:
            frame = read_table(name, folder)
        except TableError:  # of an earlier version, or not written: what can be read is forgotten
            continue
        comments |= set(frame.loc[_is_among(frame, "respondent_id", set(ids)), key])
    segments: set[str] = set()
    if (folder / "segments.parquet").exists():
        frame = read_table("segments", folder)
        segments = set(frame.loc[_is_among(frame, "document_id", comments), "segment_id"])
    return {"comment_id": comments, "document_id": comments, "segment_id": segments}


def _is_among(frame: pd.DataFrame, column: str, values: set[str]) -> pd.Series[bool]:
    return frame[column].isin(values) if column in frame else frame.index.to_series().map(lambda _: False).astype(bool)


def _holds(path: Path, respondent: str) -> bool:
    """Whether a raw file holds an id, as its bytes show; a workbook or compressed file is taken to hold it."""
    if not path.is_file():
        return False
    if path.suffix in {".xlsx", ".gz", ".parquet", ".sqlite"}:
        return True
    content = path.read_bytes()
    return any(respondent.encode(encoding) in content for encoding in ("utf-8", "cp1252", "utf-16-le", "utf-16-be"))


def prune_runs(client: str, root: Path, *, keep: int) -> tuple[str, ...]:
    """Reduce all but the newest good runs of a client to their manifest and their report.

    Parameters
    ----------
    client : str
    root : Path
    keep : int
        Good runs that stay whole, the latest among them.

    Returns
    -------
    tuple of str
        The runs reduced; failed and unfinished ones are as well.

    Raises
    ------
    ParamsError
        Nothing would be kept.
    """
    if keep < 1:
        raise ParamsError(f"--keep {keep}: at least 1, the latest good run, stays")
    folder = runs_folder(root, client)
    done = [manifest["run_id"] for manifest in list_runs(root, client) if manifest["status"] == "done"]
    latest = (folder / LATEST).resolve().name
    whole = {latest, *done[:keep]}
    reduced = []
    for path in sorted(folder.iterdir()):
        if path.name in whole or path.is_symlink() or not (path / MANIFEST).is_file():
            continue
        kept = {path / MANIFEST, *bundle_files(path)}
        gone = [file for file in path.rglob("*") if file.is_file() and file not in kept]
        for file in gone:
            file.unlink()
        for name in ("tables", "notebooks"):
            shutil.rmtree(path / name, ignore_errors=True)
        if gone:
            reseal_manifest(path)
            reduced.append(path.name)
    return tuple(reduced)
