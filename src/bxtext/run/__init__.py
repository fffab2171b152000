"""One run of one client: its folder, its tables, its manifest.

A notebook opens it with three names: `run = open_run(client, run_id, overrides)`. A run is made in a working folder,
`.<run_id>.tmp`, and gets its own name when it is whole.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bxtext.errors import ParamsError, TableError, did_you_mean
from bxtext.parallel import use_engine
from bxtext.params import Params, check_slug, find_root, load_params
from bxtext.params import runs_folder as runs_folder
from bxtext.run.files import digest_file, digest_value, link_file, list_files, point_link, sync_path, write_json
from bxtext.tables import TABLES, read_table, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SCRATCH = "scratch"  # the run a notebook works in when a person runs it by hand
LATEST = "latest"
N_EARLIER = 24  # runs looked through for earlier months
MANIFEST = "manifest.json"
ENDED = ".ended-"  # what the end marker of a stage writes, and its token
PACKAGES = (
    "bertopic", "ftfy", "jinja2", "matplotlib", "numpy", "pandas", "papermill", "phonenumbers", "py3langid", "pyarrow",
    "scikit-learn", "scikit-network", "scipy", "seaborn", "spacy", "statsmodels",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A run: `read` and `write` its tables, `options` for a stage's keyword arguments."""

    client: str
    run_id: str
    root: Path
    params: Params

    @property
    def folder(self) -> Path:
        """Where everything of this run is: its working folder as long as it has one."""
        working = working_folder(self.root, self.client, self.run_id)
        return working if working.is_dir() else runs_folder(self.root, self.client) / self.run_id

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
        return read_table(name, self._where(name))

    def _where(self, name: str) -> Path:
        """Folder to read a table from."""
        latest = runs_folder(self.root, self.client) / LATEST / "tables"
        by_hand = self.run_id == SCRATCH and not (self.tables / f"{name}.parquet").exists() and latest.is_dir()
        return latest if by_hand else self.tables

    def read_last(self, name: str) -> pd.DataFrame | None:
        """Read a table of the latest good run; None when there is no such run, or it has no such table."""
        return read_last(self.root, self.client, name)

    def find_earlier(self) -> dict[str, set[str]]:
        """Return the documents of months that this run doesn't hold, by the newest good run that does.

        A client's files may hold one month only; what is compared over time needs those before it.
        """
        tables = self._where("documents")
        own = _ids_and_months(tables)
        months, ids, seen = set(own["period"].dropna()), set(own["document_id"]), {_digest_of_documents(tables)}
        found: dict[str, set[str]] = {}
        done = [manifest for manifest in list_runs(self.root, self.client) if manifest["status"] == "done"]
        for manifest in [one for one in done if one["run_id"] != self.run_id][:N_EARLIER]:
            digest = manifest.get("files", {}).get("tables/documents.parquet", {}).get("sha256")
            tables = runs_folder(self.root, self.client) / manifest["run_id"] / "tables"
            if digest in seen or not (tables / "segments.parquet").is_file():
                continue
            try:
                earlier = _ids_and_months(tables)
            except (OSError, pa.ArrowException):  # cleared away: a run needs none of the earlier ones
                continue
            new = earlier["period"].notna() & ~earlier["period"].isin(months) & ~earlier["document_id"].isin(ids)
            if new.any():
                found[manifest["run_id"]] = set(earlier.loc[new, "document_id"])
            seen.add(digest)
            months |= set(earlier.loc[new, "period"])
            ids |= found.get(manifest["run_id"], set())
        return found

    def read_earlier(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the segments and documents that `find_earlier` finds."""
        found = [(self.read("segments").head(0), self.read("documents").head(0))]
        for run_id, ids in self.find_earlier().items():
            tables = runs_folder(self.root, self.client) / run_id / "tables"
            try:
                segments, documents = read_table("segments", tables), read_table("documents", tables)
            except TableError:  # of another version
                continue
            found.append((segments[segments["document_id"].isin(ids)], documents[documents["document_id"].isin(ids)]))
        segments, documents = (pd.concat(tables, ignore_index=True) for tables in zip(*found, strict=True))
        return segments, documents

    def write(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Check and write a table; return it as written."""
        return write_table(frame, name, self.tables)


@dataclass(frozen=True)
class StageRecord:
    """What one stage cost and made, and what it was made from: digests by kind, and the key of them all."""

    stage: str
    seconds: float
    peak_mb: float
    rows: Mapping[str, int]
    key: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    taken: bool = False  # from the cache


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


def read_last(root: Path, client: str, name: str) -> pd.DataFrame | None:
    """Read a table of a client's latest good run; None when there is no such run, or it has no such table."""
    folder = runs_folder(root, client) / LATEST / "tables"
    return read_table(name, folder) if (folder / f"{name}.parquet").exists() else None


def working_folder(root: Path, client: str, run_id: str) -> Path:
    """Return where a run is made, until it is whole."""
    return runs_folder(root, client) / f".{run_id}.tmp"


def end_stage(client: str, run_id: str, token: str) -> None:
    """Say that a notebook has come to its end: called by a cell that `pipeline` puts there, with a token of its own."""
    (working_folder(find_root(Path.cwd()), client, run_id) / f"{ENDED}{token}").touch()


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
    run = Run(client, run_id, root, load_params(client, root, overrides))
    use_engine(**run.options("engine"))
    return run


def day_of_run(root: Path, client: str, run_id: str | None = None) -> str | None:
    """Return the day that a finished run stands for, the latest good one by default; None where none is known."""
    try:
        manifest = read_manifest(runs_folder(root, client) / (run_id or LATEST))
    except TableError:
        return None
    day: str | None = manifest.get("params", {}).get("run", {}).get("today")
    return day


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


def check_output(root: Path, client: str) -> None:
    """Refuse to write a client's runs where a link leads elsewhere, or where somebody else may change them.

    Raises
    ------
    ParamsError
        A folder of the runs is a link, no folder, or another user's.
    """
    folder = runs_folder(root, client)
    for path in (folder.parent, folder):
        shown = path.relative_to(root)
        if path.is_symlink():
            raise ParamsError(f"{shown}: is a link, and private texts would go where it leads; make it a folder")
        if path.exists() and not path.is_dir():
            raise ParamsError(f"{shown}: is no folder; move it away")
        if path.exists() and path.stat().st_uid != os.geteuid():
            raise ParamsError(f"{shown}: belongs to another user; run as that user, or move it away")


def adopt_tables(run: Run, names: Sequence[str]) -> None:
    """Give a run the tables that the latest good run already has, so that it can start later in the line.

    Raises
    ------
    ParamsError
        A table is neither in this run nor in the latest good one.
    """
    latest = runs_folder(run.root, run.client) / LATEST / "tables"
    wanted = [name for name in names if not (run.tables / f"{name}.parquet").exists()]
    for name in wanted:
        if not (latest / f"{name}.parquet").exists():
            raise ParamsError(
                f"--from: table {name!r} is in neither run {run.run_id!r} nor the latest good run of {run.client!r}; "
                f"start from the stage {TABLES[name].stage!r}"
            )
    for name in wanted:
        link_file((latest / f"{name}.parquet").resolve(), run.tables / f"{name}.parquet")


def write_manifest(
    run: Run, status: str, records: Sequence[StageRecord], message: str = "", *, facts: Mapping[str, Any] | None = None
) -> Path:
    """Write what the run was made of and what it made, last of all: no comment's text, no path of the machine.

    Every other file of the run is on the disk, and its digest in the manifest, when this returns; the manifest ends
    with a digest of its own.
    """
    sources = read_table("sources", run.tables) if (run.tables / "sources.parquet").exists() else None
    files = {name: path for name, path in list_files(run.folder) if name != MANIFEST}
    manifest = {
        "schema_version": 1,
        "client": run.client,
        "run_id": run.run_id,
        "number": 1 + max((one.get("number", 0) for one in list_runs(run.root, run.client)), default=0),
        "status": status,
        "message": message,
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        **describe_making(run, sources),
        **(facts or {}),
        "stages": [
            {"stage": record.stage, "seconds": round(record.seconds, 2), "peak_mb": round(record.peak_mb),
             "rows": dict(record.rows), "taken": record.taken, "key": record.key, "parts": dict(record.parts)}
            for record in records
        ],
        "files": {name: _describe_file(path) for name, path in files.items()},
    }  # fmt: skip
    for path in files.values():
        sync_path(path)
    for folder in {path.parent for path in files.values()}:
        sync_path(folder)
    return _seal_manifest(run.folder, manifest)


def describe_making(run: Run, sources: pd.DataFrame | None) -> dict[str, Any]:
    """Return what a run is made of: versions, parameters and digests of its files, as its manifest tells them."""
    return {
        "python": sys.version.split()[0],
        "bxtext": version("bxtext"),
        "packages": package_versions(),
        "git_commit": _git_commit(run.root),
        "params_digest": run.params.digest(),
        "params": run.params.shareable(),
        "inputs": [] if sources is None else json.loads(sources.to_json(orient="records", date_format="iso")),
    }


def reseal_manifest(folder: Path) -> None:
    """Tell the manifest of a finished run what its files are now, after some of them were meant to change."""
    manifest = {name: value for name, value in read_manifest(folder).items() if name != "digest"}
    files = {name: _describe_file(path) for name, path in list_files(folder) if name != MANIFEST}
    _seal_manifest(folder, manifest | {"files": files})


def _describe_file(path: Path) -> dict[str, Any]:
    return {"sha256": digest_file(path), "bytes": path.stat().st_size}


def _seal_manifest(folder: Path, manifest: Mapping[str, Any]) -> Path:
    """Write a manifest with a digest of its own."""
    write_json(folder / MANIFEST, {**manifest, "digest": digest_value(dict(manifest))})
    return folder / MANIFEST


def point_latest(run: Run) -> None:
    """Make `latest` point to this run, in one step that can't be seen half done."""
    point_link(runs_folder(run.root, run.client) / LATEST, run.run_id)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of the run in a folder.

    Raises
    ------
    TableError
        It isn't there, or it isn't JSON.
    """
    try:
        values: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TableError(f"run {folder.name!r}: its {MANIFEST} is missing or damaged") from error
    return values


def list_runs(root: Path, client: str) -> list[dict[str, Any]]:
    """Return the manifests of a client's runs, newest first; one that can't be read is left out."""
    manifests = []
    for path in runs_folder(root, client).glob("[!.]*/manifest.json"):
        if path.parent.name != LATEST:
            with contextlib.suppress(TableError):
                manifests.append(read_manifest(path.parent))
    # by number: a clock may have been set back
    order = [(manifest.get("number", 0), manifest["ended"], manifest["run_id"]) for manifest in manifests]
    return [manifest for _, manifest in sorted(zip(order, manifests, strict=True), key=lambda pair: pair[0])][::-1]


@cache
def package_versions() -> dict[str, str | None]:
    """Return the versions of the packages that results depend on."""
    return {name: _version(name) for name in PACKAGES}


def _ids_and_months(tables: Path) -> pd.DataFrame:
    frame: pd.DataFrame = pq.read_table(tables / "documents.parquet", columns=["document_id", "period"]).to_pandas()
    return frame


def _digest_of_documents(tables: Path) -> str:
    return digest_file(tables / "documents.parquet")


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
