"""Whole runs killed at random moments: the last good report stays verifiable, the next run finishes, nothing is left.

    python benchmarks/kills.py [--kills 200] [--seconds 800] [--folder FOLDER]

A small client, one in twelve comments of the sample and a few drivers, and the line's own notebooks, so that a kernel
is killed as often while it starts, works or publishes as while it learns. A good run is there from the start;
every notebook changes, so that the next has to make every stage. `bxtext run`, one stage or two at once by turns, is
killed by SIGKILL after a random time; after each kill the last good run is verified, and processes that are left in the
project after 5 s are counted. The next `bxtext run` takes up what was cut off; when one gets through, it is held
against an undisturbed run, and the project begins again. With a folder, a later call goes on where one ended. Bars: no
unverifiable report, no orphan, no manifest that differs.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from bxtext.pipeline import run_line
from bxtext.run import runs_folder
from bxtext.run.manifest import read_manifest
from bxtext.run.publishing import verify_run
from bxtext.taxonomy import load_taxonomy

ROOT = Path(__file__).parent.parent
BXTEXT = Path(sys.executable).with_name("bxtext")
SAMPLE = "sample"
ONE_IN = 12  # of the sample's comments
FEW = ("cx.staff_attitude", "cx.price_value", "cx.delivery_reliability", "ex.pay_benefits", "ex.manager_relationship")
LONGEST = 20.0  # seconds before a kill, at most: longer than any stage takes with its start
PATIENCE = 5.0  # seconds that a process may outlive its runner


def build_project(folder: Path) -> None:
    """Make the project, with its good run, and every notebook changed since."""
    shutil.rmtree(folder, ignore_errors=True)  # of a call that was cut off
    (folder / "params").mkdir(parents=True)
    dropped = sorted(set(load_taxonomy().drivers) - set(FEW))
    for path in (ROOT / "params").glob(f"{SAMPLE}.*"):
        shutil.copy(path, folder / "params")
    with (folder / "params" / f"{SAMPLE}.yaml").open("a", encoding="utf-8") as params:
        params.write(f"\ntaxonomy:\n  drop: [{', '.join(dropped)}]\n")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    (folder / "data" / SAMPLE).mkdir(parents=True)
    for path in (ROOT / "data" / SAMPLE).glob("*.csv"):
        with (
            path.open(encoding="utf-8", newline="") as whole,
            (folder / "data" / SAMPLE / path.name).open("w", encoding="utf-8", newline="") as few,
        ):
            dialect = csv.Sniffer().sniff(whole.readline())
            whole.seek(0)
            csv.writer(few, dialect).writerows(
                row for number, row in enumerate(csv.reader(whole, dialect)) if number % ONE_IN == 0
            )
    run_line(SAMPLE, folder, run_id="first")
    for path in (folder / "notebooks").glob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("import open_run", "import open_run  # again"), encoding="utf-8")


def copy_project(template: Path, folder: Path) -> None:
    """Copy a project, its hard links as they are."""
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["cp", "-a", template, folder], check=True)  # noqa: S607


def comparable(project: Path) -> dict[str, Any]:
    """What two runs from the same must agree in: keys, rows, digests of tables, the registry, names of files."""
    manifest = read_manifest(runs_folder(project, SAMPLE) / "latest")
    stages = [[stage["stage"], stage["rows"], stage["parts"]] for stage in manifest["stages"][:-1]]
    tables = {name: told["sha256"] for name, told in manifest["files"].items() if name.startswith("tables/")}
    told = {name: manifest[name] for name in ("status", "number", "registry", "params_digest", "inputs", "packages")}
    return told | {"stages": stages, "tables": tables, "files": sorted(manifest["files"])}


def last_good(project: Path) -> str:
    """Name of the last good run."""
    return str(read_manifest(runs_folder(project, SAMPLE) / "latest")["run_id"])


def processes_in(folder: Path) -> list[psutil.Process]:
    """Return the processes that work in a folder, whoever started them."""
    return [process for process in psutil.process_iter(["cwd"]) if process.info["cwd"] == str(folder)]


def kill_once(project: Path, seconds: float, jobs: int) -> tuple[bool, int]:
    """Start a run and kill it after some seconds: was it going on, and how many processes outlived it."""
    process = subprocess.Popen(
        [BXTEXT, "run", SAMPLE, "--jobs", str(jobs)],
        cwd=project,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        deadline = time.monotonic() + PATIENCE
        while (left := processes_in(project)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return True, len(left)
    return False, 0


def prepare(folder: Path) -> None:
    """Make what every start is copied from, and what every end is compared with."""
    build_project(folder / "template")
    copy_project(folder / "template", folder / "project")
    run_line(SAMPLE, folder / "project")
    (folder / "expected.json").write_text(json.dumps(comparable(folder / "project")), encoding="utf-8")
    copy_project(folder / "template", folder / "project")
    names = ("kills", "orphans", "unverifiable", "finished", "differing")
    (folder / "counts.json").write_text(json.dumps(dict.fromkeys(names, 0)))


def main() -> int:
    """Kill, look, count; 1 when a bar falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="of this call")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    end = time.monotonic() + asked.seconds
    with tempfile.TemporaryDirectory() as temporary:
        folder = (asked.folder or Path(temporary)).resolve()
        if not (folder / "counts.json").exists():
            prepare(folder)
        project = folder / "project"
        expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        counts = json.loads((folder / "counts.json").read_text(encoding="utf-8"))
        draw = random.Random(counts["kills"])  # noqa: S311  moments, not secrets
        while counts["kills"] < asked.kills and time.monotonic() < end:
            good = last_good(project)
            killed, left = kill_once(project, draw.uniform(0, LONGEST), jobs=1 + counts["kills"] % 2)
            counts["kills"] += killed
            counts["orphans"] += left
            counts["unverifiable"] += verify_run(project, SAMPLE) != []
            if last_good(project) != good:
                counts["finished"] += 1
                counts["differing"] += comparable(project) != expected
                copy_project(folder / "template", project)  # begin again
            (folder / "counts.json").write_text(json.dumps(counts))
            print(counts, flush=True)
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    (results / "kills.json").write_text(json.dumps(counts, indent=2))
    print(" ".join(f"{name}: {count}" for name, count in counts.items()))
    return int(any(counts[name] for name in ("orphans", "unverifiable", "differing")))


if __name__ == "__main__":
    sys.exit(main())
