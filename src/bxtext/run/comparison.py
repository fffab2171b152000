"""A run against an earlier one, by their names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bxtext.drift import READS, compare_runs
from bxtext.errors import ParamsError
from bxtext.run import SCRATCH, find_run
from bxtext.run.manifest import list_runs, read_manifest

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from bxtext.drift import Drift
    from bxtext.run import Run


def previous_runs(client: str, root: Path, run_id: str) -> list[dict[str, Any]]:
    """Return the manifests of the good runs before a run, the newest first; all of them where it isn't done."""
    done = [manifest for manifest in list_runs(root, client) if manifest["status"] == "done"]
    ids = [manifest["run_id"] for manifest in done]
    return done[ids.index(run_id) + 1 :] if run_id in ids else done


def previous_run(client: str, root: Path, run_id: str) -> str | None:
    """Return the good run before a run, if there is one."""
    return next((manifest["run_id"] for manifest in previous_runs(client, root, run_id)), None)


def compare_with(run: Run, previous: str | None = None) -> Drift:
    """Compare a run with an earlier one; work by hand stands for the latest good run.

    Parameters
    ----------
    run : Run
        The later run.
    previous : str, optional
        The earlier one; by default the good run before it.

    Raises
    ------
    ParamsError
        There is no earlier run.
    """
    now = find_run(run.client, run.root, run.params) if run.run_id == SCRATCH else run
    earlier = previous or previous_run(now.client, now.root, now.run_id)
    if earlier is None:
        raise ParamsError(f"run {now.run_id}: no good run of {now.client!r} before it to compare with")
    before = find_run(now.client, now.root, now.params, earlier)
    tables_now, tables_before = ({name: one.read(name) for name in READS} for one in (now, before))
    manifests = (read_manifest(now.folder), read_manifest(before.folder))
    return replace(compare_runs(tables_now, tables_before, manifests, **now.options("drift")), previous=earlier)
