"""A weekly run with one new comment in a hundred: what it costs beside the whole run, stage by stage.

    BXTEXT_DATA=<folder> python benchmarks/incremental.py [N] [--keep FOLDER]

The comments are those of `scale.py`: N of a first run, whose models are kept, then one in a hundred more. The second
run is made twice: by a project that remembers the first, and by a copy of it whose cache is removed. Bars: a tenth of
the seconds, and the same tables, byte for byte.

A first run that `scale.py --keep` has left in the same folder is taken as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from scale import build_client, draw_comments

from bxtext.pipeline import run_line
from bxtext.run.cache import clear_cache
from bxtext.run.manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

RESULTS = Path(__file__).parent / "results" / "incremental.json"
SIZE, NEW = 1_000_000, 100  # one comment in so many is new
MAX_SHARE = 0.1


def run_once(project: Path, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Make a run and return its manifest."""
    outcome = run_line(
        "scale",
        project,
        overrides=settings,
        on_stage=lambda each: print(f"{project.name} {each.stage}: {each.seconds:.1f} s", flush=True),
    )
    return read_manifest(outcome.run.folder)


def measure(pool: pd.DataFrame, size: int, keep: Path) -> tuple[pd.DataFrame, list[str]]:
    """Seconds of each stage with and without what is remembered, and the tables that differ."""
    comments = draw_comments(pool, size)
    more = pd.concat([comments, draw_comments(pool, size // NEW, first=size)])
    knowing, forgetting = keep / str(size), keep / f"{size}-forgetting"
    if not (knowing / "params").is_dir():
        build_client(comments, knowing)
    first = run_once(knowing, {})["run_id"]
    for voice in ("customer", "employee"):
        (knowing / "data" / f"{voice}.csv").unlink()
        more[more["side"] == voice].to_csv(knowing / "data" / f"{voice}.csv", index=False)
    shutil.copytree(knowing, forgetting, symlinks=True, copy_function=os.link)
    clear_cache(forgetting, "scale")
    settings = {"themes.model": first, "drivers.model": first}
    quick, whole = (run_once(project, settings) for project in (knowing, forgetting))
    table = pd.DataFrame(
        {
            name: {each["stage"]: each["seconds"] for each in manifest["stages"]}
            for name, manifest in (("whole", whole), ("remembering", quick))
        }
    )
    table.loc["all"] = table.sum()
    files = {name for name in quick["files"] if name.startswith("tables/")}
    differing = sorted(name for name in files if quick["files"][name]["sha256"] != whole["files"][name]["sha256"])
    return table.assign(share=table["remembering"] / table["whole"]), differing


def main() -> int:
    """Measure and hold against the bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", type=int, nargs="?", default=SIZE)
    parser.add_argument("--keep", type=Path, help="folder that projects are kept in")
    options = parser.parse_args()
    if "BXTEXT_DATA" not in os.environ:
        print("BXTEXT_DATA is not set: nothing measured")
        return 0
    pool = pd.read_parquet(Path(os.environ["BXTEXT_DATA"]) / "pool.parquet").dropna(subset=["text"])
    with tempfile.TemporaryDirectory() as temporary:
        table, differing = measure(pool, options.size, (options.keep or Path(temporary)).resolve())
    RESULTS.parent.mkdir(exist_ok=True)
    answer = {"size": options.size, "stages": table.to_dict("index"), "differing": differing}
    RESULTS.write_text(json.dumps(answer, indent=2) + "\n", encoding="utf-8")
    share = table.loc["all", "share"]
    faults = [f"{options.size:,} comments: {share:.1%} of the whole run (bar {MAX_SHARE:.0%})"] * int(share > MAX_SHARE)
    faults += [f"{name}: not the same" for name in differing]
    print("\n".join(faults) or "all bars reached")
    print(table.round({"whole": 1, "remembering": 1, "share": 3}).to_string())
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
