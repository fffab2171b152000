"""Whole runs killed at random moments: the last good report stays verifiable, the next run finishes, nothing is left.

    python benchmarks/kills.py [--kills 200]

A tiny client whose notebooks do little but write tables, so that a run is mostly what is tested: starting, publishing,
taking up again. A good run is there from the start; changed notebooks make the next one necessary. `bxtext run` is
killed by SIGKILL after a random time; after each kill the last good run is verified and processes that are left after
5 s are counted. When a run gets through, it is held against an undisturbed one, and the project begins again. Bars: no
unverifiable report, no orphan, no manifest that differs.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from conftest import CLIENT, REVIEWS  # noqa: E402  the tests' tiny client
from lines import write_line  # noqa: E402

from bxtext.pipeline import run_line  # noqa: E402
from bxtext.run import read_manifest, runs_folder  # noqa: E402
from bxtext.run.publishing import verify_run  # noqa: E402

BXTEXT = Path(sys.executable).with_name("bxtext")
LONGEST = 12.0  # seconds before a kill, at most


def build_project(folder: Path) -> Path:
    """Make the project."""
    (folder / "params").mkdir(parents=True)
    (folder / "params" / "acme.yaml").write_text(CLIENT, encoding="utf-8")
    (folder / "params" / "acme.themes.json").write_text("{}", encoding="utf-8")
    (folder / "reviews.csv").write_text(REVIEWS, encoding="utf-8")
    write_line(folder)
    return folder


def copy_project(template: Path, folder: Path) -> Path:
    """Copy a project, its hard links as they are."""
    subprocess.run(["cp", "-a", template, folder], check=True)  # noqa: S607
    return folder


def change_all(project: Path) -> None:
    """Change something in every notebook, so that every stage of the next run has to be made."""
    for path in (project / "notebooks").glob("*.ipynb"):
        text = path.read_text(encoding="utf-8").replace("import json", "import json  # again")
        path.write_text(text, encoding="utf-8")


def comparable(project: Path) -> dict[str, Any]:
    """What two runs from the same must agree in: keys, rows and digests of all tables."""
    manifest = read_manifest(runs_folder(project, "acme") / "latest")
    stages = [[stage["stage"], stage["rows"], stage["parts"]] for stage in manifest["stages"][:-1]]
    tables = {name: told["sha256"] for name, told in manifest["files"].items() if name.startswith("tables/")}
    return {"status": manifest["status"], "stages": stages, "tables": tables}


def last_good(project: Path) -> str:
    """Name of the last good run."""
    return str(read_manifest(runs_folder(project, "acme") / "latest")["run_id"])


def kill_once(project: Path, seconds: float) -> tuple[bool, int]:
    """Start a run and kill it after some seconds: was it going on, and how many processes outlived it by 5 s."""
    process = subprocess.Popen(
        [BXTEXT, "run", "acme"], cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        below = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True, len(psutil.wait_procs(below, timeout=5)[1])
    return False, 0


def main() -> int:
    """Kill, look, count; 1 when a bar falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    n_kills = parser.parse_args().kills
    draw = random.Random(7)  # noqa: S311  moments, not secrets
    counts = dict.fromkeys(("kills", "orphans", "unverifiable", "finished", "differing"), 0)
    with tempfile.TemporaryDirectory() as temporary:
        project, template = Path(temporary) / "project", build_project(Path(temporary) / "template")
        run_line("acme", template, run_id="first")
        change_all(template)
        undisturbed = copy_project(template, Path(temporary) / "undisturbed")
        run_line("acme", undisturbed)
        expected = comparable(undisturbed)
        copy_project(template, project)
        while counts["kills"] < n_kills:
            good = last_good(project)
            killed, left = kill_once(project, draw.uniform(0, LONGEST))
            counts["kills"] += killed
            counts["orphans"] += left
            counts["unverifiable"] += verify_run(project, "acme") != []
            if last_good(project) != good:
                counts["finished"] += 1
                counts["differing"] += comparable(project) != expected
                shutil.rmtree(project)  # begin again
                copy_project(template, project)
            print(counts, flush=True)
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    (results / "kills.json").write_text(json.dumps(counts, indent=2))
    print(" ".join(f"{name}: {count}" for name, count in counts.items()))
    return int(any(counts[name] for name in ("orphans", "unverifiable", "differing")))


if __name__ == "__main__":
    sys.exit(main())
