"""The figures held against worlds whose truth is known: `python benchmarks/truth.py [--draws 1000] [--only scores]`.

Every module of `benchmarks/truth/` has a `measure(draws, seed)` that returns one row a figure: its name (`figure`), the
`value` over the draws, the `bar` it has to reach and whether it is `reached`. The exit code is 1 when one is not.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from importlib import import_module
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_limits

HERE = Path(__file__).parent


def main() -> int:
    """Measure every part, print the table last, save it."""
    parts = sorted(path.stem for path in (HERE / "truth").glob("[a-z]*.py"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=1000, help="worlds drawn for a figure")
    parser.add_argument("--seed", type=int, default=7, help="seed of the worlds")
    parser.add_argument("--only", nargs="+", choices=parts, default=parts, help="parts to measure")
    asked = parser.parse_args()
    rows, start = [], time.perf_counter()
    for part in asked.only:
        began = time.perf_counter()
        with threadpool_limits(1):  # many small matrices: threads only wait for one another
            measured = import_module(f"truth.{part}").measure(asked.draws, asked.seed)
        rows += [{"part": part, **row} for row in measured]
        print(f"{part}: {time.perf_counter() - began:.0f} s", flush=True)
    table = pd.DataFrame(rows)
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    saved = {"draws": asked.draws, "seed": asked.seed, "seconds": round(time.perf_counter() - start), "rows": rows}
    (results / "truth.json").write_text(json.dumps(saved, indent=2, ensure_ascii=False, default=str) + "\n")
    print(table.to_string(index=False, float_format="{:.3f}".format, max_colwidth=None))
    print(f"{asked.draws} draws, seed {asked.seed}: {saved['seconds']} s, {int((~table['reached']).sum())} bars missed")
    return int(not table["reached"].all())


if __name__ == "__main__":
    sys.exit(main())
