"""A line in seconds: real stages run as a whole, their notebooks so small that only running them is tested."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat

from bxtext.pipeline import STAGES
from bxtext.tables import TABLES

BXTEXT = Path(sys.executable).with_name("bxtext")
VALUES = {"text": "x", "number": 0.5, "count": 1, "flag": False, "date": "2026-01-05"}
# what a stage opens besides what its small notebook does
OPENS = {
    "read": 'sources = [source.model_dump() for source in run.params.sources]\nrun.options("read")',
    "themes": "from bxtext.themes.registry import Registry, load_registry, save_registry\n"
    "registry = load_registry(client, run.root)\nrun.params.taxonomy.model_dump()\n"
    'save_registry(registry.model_copy(update={"revision": registry.revision + 1, "run": run_id}), run.folder)',
    "sentiment": "run.params.taxonomy.model_dump()",
    "drivers": "run.params.taxonomy.model_dump()",
    "report": "handed_whole = [run]\n"
    'page, said = run.folder / "report.html", str(run.params.report.max_units)\n'
    '_ = page.write_text(said, encoding="utf-8")',
}


OPEN_RUN = """import json
import pandas as pd
from bxtext.run import open_run
run = open_run(client, run_id, overrides)"""


def table_row(name: str) -> dict[str, object]:
    """One row that a table allows."""
    table = TABLES[name]
    return {
        column.name: column.allowed[0] if column.allowed else max(VALUES[column.kind], column.low or 0)
        if column.kind in {"number", "count"} else VALUES[column.kind]
        for column in table.columns
    }  # fmt: skip


def write_notebook(path: Path, cells: list[str]) -> None:
    """Write a notebook whose first cell holds the three parameters."""
    parameters = nbformat.v4.new_code_cell(
        'client = "sample"  # type: str\nrun_id = "scratch"  # type: str\noverrides = {}  # type: dict',
        metadata={"tags": ["parameters"]},
    )
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = nbformat.v4.new_notebook(cells=[parameters, *map(nbformat.v4.new_code_cell, cells)], metadata=spec)
    path.write_text(nbformat.writes(notebook), encoding="utf-8")


def write_line(project: Path) -> None:
    """Put a small notebook for every stage into a project, in place of its own."""
    folder = project / "notebooks"
    if folder.is_symlink():
        folder.unlink()
    folder.mkdir(exist_ok=True)
    for stage in STAGES:
        rows = {name: [table_row(name)] for name in stage.writes}
        write_notebook(
            folder / stage.notebook,
            [
                OPEN_RUN,
                OPENS.get(stage.name, f"run.options({stage.name!r})"),
                f"tables = json.loads({json.dumps(rows)!r})",
                *[f'_ = run.write("{name}", pd.DataFrame(tables["{name}"]))' for name in stage.writes],
            ],
        )


def call(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    """Run the command; return its exit code and what it told."""
    done = subprocess.run(
        [BXTEXT, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=120, env=env
    )
    return done.returncode, done.stdout + done.stderr
