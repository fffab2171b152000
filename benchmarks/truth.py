"""The figures held against worlds whose truth is known: `python benchmarks/truth.py [--draws 1000] [--only scores]`.

Every module of `benchmarks/truth/` lists its `MEASURES`: each takes (draws, seed) and returns one row a figure: its
name (`figure`), the `value` over the draws, the `bar` it has to reach and whether it is `reached`. They run side by
side, each on one core. The exit code is 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

HERE = Path(__file__).parent


def run_measure(part: str, place: int, draws: int, seed: int) -> tuple[list[dict[str, Any]], float]:
    """Return the rows of one measure of a part, and the seconds of one core that it took."""
    start = time.process_time()
    with threadpool_limits(1):  # many small matrices: threads only wait for one another
        rows = import_module(f"truth.{part}").MEASURES[place](draws, seed)
    return [{"part": part, **row} for row in rows], time.process_time() - start


def main() -> int:
    """Measure every part, print the table last, save it."""
    parts = sorted(path.stem for path in (HERE / "truth").glob("[a-z]*.py"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=1000, help="worlds drawn for a figure")
    parser.add_argument("--seed", type=int, default=7, help="seed of the worlds")
    parser.add_argument("--only", nargs="+", choices=parts, default=parts, help="parts to measure")
    parser.add_argument("--processes", type=int, default=2, help="measures that run side by side")
    asked = parser.parse_args()
    start = time.perf_counter()
    with ProcessPoolExecutor(asked.processes, mp_context=get_context("spawn")) as pool:
        pending = [
            pool.submit(run_measure, part, place, asked.draws, asked.seed)
            for part in asked.only
            for place in range(len(import_module(f"truth.{part}").MEASURES))
        ]
        for each in as_completed(pending):  # told as they come: the whole takes minutes
            for row in each.result()[0]:
                print(f"{row['part']}, {row['figure']}: {row['value']:.3f}", flush=True)
        measured = [each.result() for each in pending]
    rows = [row for some, _ in measured for row in some]
    table = pd.DataFrame(rows)
    took = {"seconds": round(time.perf_counter() - start), "core_seconds": round(sum(spent for _, spent in measured))}
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    saved = {"draws": asked.draws, "seed": asked.seed, **took, "rows": rows}
    (results / "truth.json").write_text(json.dumps(saved, indent=2, ensure_ascii=False, default=str) + "\n")
    print(table.to_string(index=False, float_format="{:.3f}".format, max_colwidth=None))
    print(
        f"{asked.draws} draws, seed {asked.seed}: {took['seconds']} s, {took['core_seconds']} s of one core, "
        f"{int((~table['reached']).sum())} bars missed"
    )
    return int(not table["reached"].all())


if __name__ == "__main__":
    sys.exit(main())
