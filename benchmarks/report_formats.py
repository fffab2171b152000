"""The report of 20,000 real comments in all four formats, twice.

    python benchmarks/report_formats.py --project FOLDER

Takes the run that `benchmarks/real_line.py --keep FOLDER` left, and makes its report again from the tables.
Bars: at most 40 seconds and 1 GB for the page, the workbook, the slides and the PDF; the same bytes when made twice.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

from bxtext.params import load_params
from bxtext.report import write_report
from bxtext.run import day_of_run, find_run
from bxtext.run.files import digest_file

ROOT = Path(__file__).parent.parent
FORMATS = ("html", "xlsx", "pptx", "pdf")
MAX_SECONDS, MAX_MB = 40, 1_000


def time_report(project: Path) -> tuple[float, float, list[dict[str, object]]]:
    """Return seconds of wall and of processor, and the files made."""
    run = find_run("real", project, load_params("real", project, {"run.today": day_of_run(project, "real")}))
    wall, processor = time.perf_counter(), time.process_time()
    write_report(run, **(run.options("report") | {"formats": FORMATS}))
    return time.perf_counter() - wall, time.process_time() - processor, describe_files(run.folder)


def describe_files(folder: Path) -> list[dict[str, object]]:
    """Return name, size and digest of each form of the report."""
    paths = [folder / f"report.{name}" for name in FORMATS]
    return [{"file": path.name, "bytes": path.stat().st_size, "sha256": digest_file(path)} for path in paths]


def main() -> int:
    """Make the report twice and hold it against its bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path, help="a project that holds a run of the client `real`")
    project = parser.parse_args().project
    if project is None:
        print("--project is not given: nothing measured")
        return 0
    wall, processor, files = time_report(project)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    same = time_report(project)[2] == files
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    found = {"seconds": round(wall, 1), "processor": round(processor, 1), "peak_mb": round(peak), "same": same}
    (results / "report_formats.json").write_text(json.dumps(found | {"files": files}, indent=2), encoding="utf-8")
    for file in files:
        print(f"{file['file']:<12} {file['bytes']:>12,} bytes")
    print(f"all four: {wall:.1f} s (bar {MAX_SECONDS}), {processor:.1f} s of processor, {peak:.0f} MB (bar {MAX_MB})")
    print("made twice: the same bytes" if same else "MADE TWICE: OTHER BYTES")
    return int(wall > MAX_SECONDS or peak > MAX_MB or not same)


if __name__ == "__main__":
    sys.exit(main())
