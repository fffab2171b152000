"""One run of one client: its folder, its tables, its manifest.

A notebook opens it with three names: `run = open_run(client, run_id, overrides)`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pandas as pd

from bxtext.errors import ParamsError, TableError, did_you_mean
from bxtext.params import Params, check_slug, find_root, load_params
from bxtext.tables import TABLES, read_table, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SCRATCH = "scratch"  # the run a notebook works in when a person runs it by hand
LATEST = "latest"
N_EARLIER = 24  # runs looked through for earlier months
PACKAGES = ("bertopic", "numpy", "pandas", "papermill", "pyarrow", "scikit-learn", "scikit-network", "scipy", "spacy")


@dataclass(frozen=True)
class Run:
    """A run: `read` and `write` its tables, `options` for a stage's keyword arguments."""

    client: str
    run_id: str
    root: Path
    params: Params

    @property
    def folder(self) -> Path:
        """Where everything of this run is."""
        return runs_folder(self.root, self.client) / self.run_id

    @property
    def tables(self) -> Path:
        """Where the tables of this run are."""
        return self.folder / "tables"

    def options(self, section: str) -> dict[str, Any]:
        """Return a section of the parameters as keyword arguments."""
        chosen = getattr(self.params, section)
        return {name: getattr(chosen, name) for name in type(chosen).model_fields}

    def read(self, name: str) -> pd.DataFrame:
        """Read a table of this run; a run by hand falls back on the latest good run.

        Raises
        ------
        TableError
            No stage has written the table yet.
        """
        latest = runs_folder(self.root, self.client) / LATEST / "tables"
        if self.run_id == SCRATCH and not (self.tables / f"{name}.parquet").exists() and latest.is_dir():
            return read_table(name, latest)
        return read_table(name, self.tables)

    def read_earlier(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the segments and documents of months that this run doesn't hold, each from the newest good run.

        A client's files may hold one month only; what is compared over time needs those before it.
        """
        documents = self.read("documents")
        months, ids = set(documents["period"].dropna()), set(documents["document_id"])
        found = [(self.read("segments").head(0), documents.head(0))]
        done = [manifest["run_id"] for manifest in list_runs(self.root, self.client) if manifest["status"] == "done"]
        for run_id in [one for one in done if one != self.run_id][:N_EARLIER]:
            tables = runs_folder(self.root, self.client) / run_id / "tables"
            try:
                segments, earlier = read_table("segments", tables), read_table("documents", tables)
            except TableError:  # of another version, or cleared away: a run needs none of the earlier ones
                continue
            new = earlier["period"].notna() & ~earlier["period"].isin(months) & ~earlier["document_id"].isin(ids)
            found.append((segments[segments["document_id"].isin(earlier.loc[new, "document_id"])], earlier[new]))
            months |= set(earlier.loc[new, "period"])
            ids |= set(earlier.loc[new, "document_id"])
        segments, documents = (pd.concat(tables, ignore_index=True) for tables in zip(*found, strict=True))
        return segments, documents

    def write(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Check and write a table; return it as written."""
        return write_table(frame, name, self.tables)


@dataclass(frozen=True)
class StageRecord:
    """What one stage cost and made."""

    stage: str
    seconds: float
    peak_mb: float
    rows: Mapping[str, int]


@contextmanager
def private_files() -> Iterator[None]:
    """Make whatever is written, by this process and those it starts, readable by its owner alone: 0600, folders 0700.

    What they write for a time goes to a folder of its own, removed at the end.
    """
    before, place = os.umask(0o077), os.environ.get("TMPDIR")
    with TemporaryDirectory(prefix="bxtext-") as folder:
        os.environ["TMPDIR"] = folder
        try:
            yield
        finally:
            os.umask(before)
            if place is None:
                del os.environ["TMPDIR"]
            else:
                os.environ["TMPDIR"] = place


def runs_folder(root: Path, client: str) -> Path:
    """Return the only folder that anything is written to for a client."""
    return root / "data" / "runs" / client


def open_run(client: str, run_id: str = SCRATCH, overrides: Mapping[str, Any] | None = None) -> Run:
    """Open a run from a notebook, wherever in the project the notebook was started.

    Parameters
    ----------
    client : str
        Name of `params/<client>.yaml`.
    run_id : str
        The run's folder; by default the one for work by hand.
    overrides : mapping, optional
        Dotted parameter names to values.
    """
    os.umask(0o077)  # what a notebook writes by hand is as private as what the line writes
    root = find_root(Path.cwd())
    return Run(client, run_id, root, load_params(client, root, overrides))


def find_run(client: str, root: Path, params: Params, run_id: str | None = None) -> Run:
    """Return a finished run to read: the one named, else the latest good one.

    Raises
    ------
    ParamsError
        There is no such run.
    """
    folder = runs_folder(root, client)
    if run_id is None:
        if not (folder / LATEST).is_dir():
            raise ParamsError(f"client {client!r}: no good run yet; `bxtext run {client}` makes one")
        return Run(client, (folder / LATEST).resolve().name, root, params)
    if not (folder / check_slug(run_id, "run")).is_dir():
        known = [manifest["run_id"] for manifest in list_runs(root, client)]
        hint = did_you_mean(run_id, known) if known else f"`bxtext run {client}` makes one"
        raise ParamsError(f"--run-id {run_id}: client {client!r} has no such run; {hint}")
    return Run(client, run_id, root, params)


def new_run_id(now: datetime | None = None) -> str:
    """Return a sortable id from the time in UTC.

    Examples
    --------
    >>> new_run_id(datetime(2026, 11, 22, 7, 0, 5, tzinfo=UTC))
    '20261122-070005'
    """
    return (now or datetime.now(UTC)).strftime("%Y%m%d-%H%M%S")


def adopt_tables(run: Run, names: Sequence[str]) -> None:
    """Give a run the tables that the latest good run already has, so that it can start later in the line.

    Raises
    ------
    ParamsError
        A table is neither in this run nor in the latest good one.
    """
    latest = runs_folder(run.root, run.client) / LATEST / "tables"
    run.tables.mkdir(parents=True, exist_ok=True)
    for name in names:
        own, other = run.tables / f"{name}.parquet", latest / f"{name}.parquet"
        if own.exists():
            continue
        if not other.exists():
            raise ParamsError(
                f"--from: table {name!r} is in neither run {run.run_id!r} nor the latest good run of {run.client!r}; "
                f"start from the stage {TABLES[name].stage!r}"
            )
        os.link(other.resolve(), own)


def write_manifest(run: Run, status: str, records: Sequence[StageRecord], message: str = "") -> Path:
    """Write what the run was made of and what it made: never a comment's text, never a path of the machine."""
    sources = read_table("sources", run.tables) if (run.tables / "sources.parquet").exists() else None
    manifest = {
        "schema_version": 1,
        "client": run.client,
        "run_id": run.run_id,
        "status": status,
        "message": message,
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "bxtext": version("bxtext"),
        "packages": {name: _version(name) for name in PACKAGES},
        "git_commit": _git_commit(run.root),
        "params_digest": run.params.digest(),
        "params": run.params.shareable(),
        "inputs": [] if sources is None else json.loads(sources.to_json(orient="records", date_format="iso")),
        "stages": [
            {"stage": record.stage, "seconds": round(record.seconds, 2), "peak_mb": round(record.peak_mb),
             "rows": dict(record.rows)}
            for record in records
        ],
    }  # fmt: skip
    path = run.folder / "manifest.json"
    partial = path.with_suffix(".tmp")
    partial.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)
    return path


def point_latest(run: Run) -> None:
    """Make `latest` point to this run, in one step that can't be seen half done."""
    folder = runs_folder(run.root, run.client)
    fresh = folder / f".{LATEST}-{run.run_id}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(run.run_id, target_is_directory=True)
    fresh.replace(folder / LATEST)


def list_runs(root: Path, client: str) -> list[dict[str, Any]]:
    """Return the manifests of a client's runs, newest first."""
    paths = [path for path in runs_folder(root, client).glob("*/manifest.json") if path.parent.name != LATEST]
    manifests = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    return sorted(manifests, key=lambda manifest: (manifest["ended"], manifest["run_id"]), reverse=True)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git_commit(root: Path) -> str | None:
    try:
        command = ["git", "rev-parse", "HEAD"]
        answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=5)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()
