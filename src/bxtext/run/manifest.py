"""What a run was made of and what it made, told last of all in one file with a digest of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bxtext
from bxtext.errors import TableError
from bxtext.params import runs_folder
from bxtext.run.files import digest_file, digest_value, list_files, sync_path, write_json
from bxtext.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from bxtext.run import Run

MANIFEST = "manifest.json"
LATEST = "latest"
PACKAGES = (
    "bertopic", "ftfy", "jinja2", "matplotlib", "numpy", "pandas", "papermill", "phonenumbers", "py3langid", "pyarrow",
    "scikit-learn", "scikit-network", "scipy", "seaborn", "spacy", "statsmodels",
)  # fmt: skip


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


@cache
def digest_code() -> str:
    """Return a digest of all that a result depends on beside its inputs: this library, the packages and Python."""
    source = Path(bxtext.__file__).parent
    files = {name: digest_file(path) for name, path in list_files(source) if path.suffix != ".pyc"}
    return digest_value({"python": sys.version, "packages": package_versions(), "files": files})


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
