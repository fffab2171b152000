"""How a run becomes one that others may read: worked on apart, whole or not there, checked whenever anybody asks.

The order is: the files, their names, the manifest, the folder's own name, the pointer `latest`. A cut anywhere leaves
the previous run as it was; the next start finishes what only lacked its pointer, and clears away the rest.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from bxtext.errors import TableError
from bxtext.run import ENDED, runs_folder, working_folder
from bxtext.run.files import digest_file, digest_value, link_file, list_files, move_path, point_link
from bxtext.run.manifest import LATEST, MANIFEST, list_runs, read_manifest

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from bxtext.run import Run

WORKING = ".*.tmp"
LEDGER = "ledger"  # beside the runs: who stood behind what was published
DRAFT = "published.parquet"  # in a run's folder, what it adds to the ledger: counts once the run is done


def open_working(run: Run) -> None:
    """Make the working folder of a run; one that was cut off or only went part of the way goes on where it was."""
    finished = runs_folder(run.root, run.client) / run.run_id
    working = working_folder(run.root, run.client, run.run_id)
    working.mkdir(parents=True, exist_ok=True)
    for left in working.glob(f"{ENDED}*"):
        left.unlink()
    if finished.is_dir():
        for name, path in list_files(finished):
            if name != MANIFEST:
                link_file(path, working / name)


def name_run(run: Run) -> None:
    """Give a run its own name; its manifest is written."""
    working, finished = run.folder, runs_folder(run.root, run.client) / run.run_id
    if finished.is_dir():  # one that failed or went part of the way, never one that `latest` points to
        shutil.rmtree(finished)
    move_path(working, finished)


def finish_publishing(root: Path, client: str) -> dict[str, Any] | None:
    """Point `latest` to the newest good run, should its maker not have come to it; return that run's manifest."""
    folder = runs_folder(root, client)
    for manifest in list_runs(root, client):
        if manifest["status"] == "done":
            if (folder / LATEST).resolve().name != manifest["run_id"]:
                point_link(folder / LATEST, manifest["run_id"])
            return manifest
    return None


def sweep_working(root: Path, client: str, *, keep: str | None) -> None:
    """Remove what runs that were cut off have left, but for the run `keep`."""
    folder = runs_folder(root, client)
    for path in folder.glob(WORKING):
        if path != folder / f".{keep}.tmp":
            shutil.rmtree(path, ignore_errors=True)


def find_cut_off(root: Path, client: str) -> str | None:
    """Return the newest run that was cut off, if its maker left one."""
    left = sorted(path.name[1:-4] for path in runs_folder(root, client).glob(WORKING))
    return left[-1] if left else None


def verify_run(root: Path, client: str, run_id: str = LATEST) -> list[str]:
    """Hold a run against its manifest; return what doesn't hold, nothing when all does.

    Parameters
    ----------
    root : Path
        The project's folder.
    client : str
        Name of the client.
    run_id : str
        The run; by default the latest good one.
    """
    folder = (runs_folder(root, client) / run_id).resolve()
    try:
        manifest = read_manifest(folder)
    except TableError as error:
        return [str(error)]
    told = manifest.pop("digest", None)
    if told is None:
        return [f"{MANIFEST}: made by a version that kept no digests; run the line again"]
    faults = [] if told == digest_value(manifest) else [f"{MANIFEST}: changed after it was written"]
    found = {name: path for name, path in list_files(folder) if name != MANIFEST}
    expected = manifest["files"]
    faults += [f"{name}: missing" for name in expected if name not in found]
    faults += [
        f"{name}: changed or damaged"
        for name, path in found.items()
        if name in expected and digest_file(path) != expected[name]["sha256"]
    ]
    faults += [f"{name}: not in the manifest" for name in found if name not in expected]
    return faults


def remember_publication(runs: Path, run_id: str) -> None:
    """Put what a finished run has published, as it drafted it, into the ledger beside the runs; once is enough."""
    draft, kept = runs / run_id / DRAFT, runs / LEDGER / f"{run_id}.parquet"
    if draft.is_file() and not kept.exists():
        kept.parent.mkdir(mode=0o700, exist_ok=True)
        link_file(draft, kept)
