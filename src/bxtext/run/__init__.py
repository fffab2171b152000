"""One run of one client: its folder, its tables, its manifest.

A notebook opens it with three names: `run = open_run(client, run_id, overrides)`. A run is made in a working folder,
`.<run_id>.tmp`, and gets its own name when it is whole.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bxtext.errors import ParamsError, TableError, did_you_mean
from bxtext.ids import are_among
from bxtext.memory import Memory, use_memory
from bxtext.parallel import use_engine
from bxtext.params import Params, check_slug, find_root, load_params
from bxtext.params import runs_folder as runs_folder
from bxtext.run.files import digest_file, link_file, point_link
from bxtext.run.manifest import LATEST, digest_code, list_runs, read_manifest
from bxtext.tables import TABLES, read_table, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CACHE = ".cache"
SCRATCH = "scratch"  # the run a notebook works in when a person runs it by hand
N_EARLIER = 24  # runs looked through for earlier months
ENDED = ".ended-"  # what the end marker of a stage writes, and its token


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

    def read(self, name: str, *, without: Sequence[str] = ()) -> pd.DataFrame:
        """Read a table of this run; a run by hand falls back on the latest good run.

        Columns that are of no use, such as a million texts, can be left out.

        Raises
        ------
        TableError
            No stage has written the table yet.
        """
        return read_table(name, self._where(name), without=without)

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
        months, ids, seen = set(own["period"].dropna().unique()), own["document_id"], {_digest_of_documents(tables)}
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
            past = earlier[earlier["period"].notna() & ~earlier["period"].isin(months)]
            new = past[~are_among(past["document_id"], ids)]
            if len(new):
                found[manifest["run_id"]] = set(new["document_id"])
            seen.add(digest)
            months |= set(new["period"].unique())
            ids = pd.concat([ids, new["document_id"]])
        return found

    def read_earlier(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the segments and documents that `find_earlier` finds."""
        own = (self._where(name) / f"{name}.parquet" for name in ("segments", "documents"))
        found = [tuple(pq.read_schema(path).empty_table().to_pandas() for path in own)]
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
    use_memory(Memory(cache_folder(root, client), digest_code))
    return run


def cache_folder(root: Path, client: str) -> Path:
    """Return where a client's cache is; it can be removed at any time."""
    return runs_folder(root, client) / CACHE


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


def point_latest(run: Run) -> None:
    """Make `latest` point to this run, in one step that can't be seen half done."""
    point_link(runs_folder(run.root, run.client) / LATEST, run.run_id)


def _ids_and_months(tables: Path) -> pd.DataFrame:
    frame: pd.DataFrame = pq.read_table(tables / "documents.parquet", columns=["document_id", "period"]).to_pandas()
    return frame


def _digest_of_documents(tables: Path) -> str:
    return digest_file(tables / "documents.parquet")
