"""The whole line on 10,000, 100,000 and 1,000,000 real comments: seconds, rows a second, memory, growth.

    BXTEXT_DATA=<folder> python benchmarks/scale.py [N …] [--keep FOLDER [--last STAGE]]

Comments are those of `pool`; beyond its size they are varied by seeded edits, so that none repeats. Two years, forty
units, both voices. Bars: 100,000 in 4 minutes; 1,000,000 in 25 minutes and 6 GB; every stage grows with an exponent of
at most 1.1 between the two largest sizes. The physical floor is told beside: the time to read, decode and tokenise the
same text once on one core.

With `--keep`, projects stay where they are told to: a measurement that was cut off, or asked for up to one stage only,
goes on from the stages that are finished, each with the seconds it took. Sizes measured before are kept in the results.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from bxtext.language import WORD
from bxtext.params import registry_path
from bxtext.pipeline import STAGES, run_line
from bxtext.run.manifest import read_manifest
from bxtext.themes.registry import Registry, write_registry

ROOT = Path(__file__).parent.parent
SIZES = (10_000, 100_000, 1_000_000)
MAX_SECONDS = {100_000: 4 * 60, 1_000_000: 25 * 60}
MAX_MB = {1_000_000: 6_000}
MAX_EXPONENT = 1.1
N_UNITS, N_DAYS, SEED = 40, 730, 7
LAST = STAGES[-1].name
SHORT_STAGE = 5.0  # seconds below which a stage is mostly its kernel's start: no exponent


def draw_comments(pool: pd.DataFrame, size: int, *, first: int = 0) -> pd.DataFrame:
    """Return `size` comments, numbered from `first`; those drawn again have a word doubled and two others exchanged.

    They are of two years; those that come later, of the week after.
    """
    rng = np.random.default_rng(SEED + first)
    rows = np.concatenate([rng.permutation(len(pool)) for _ in range(-(-size // len(pool)))])[:size]
    texts = pool["text"].to_numpy()[rows]
    again = (np.arange(size) >= len(pool)) | (first > 0)
    places = rng.random((size, 3))
    varied = [vary(text, place) if edit else text for text, place, edit in zip(texts, places, again, strict=True)]
    days = rng.integers(0, N_DAYS, size) if first == 0 else N_DAYS + rng.integers(0, 7, size)
    return pd.DataFrame(
        {
            "id": np.arange(first, first + size),
            "text": varied,
            "side": pool["side"].to_numpy()[rows],
            "date": (pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D")).strftime("%Y-%m-%d"),
            "person": rng.integers(0, max(size, first), size),
            "unit": [f"unit-{unit:02d}" for unit in rng.integers(0, N_UNITS, size)],
            "rating": pool["rating"].to_numpy()[rows],
        }
    )


def vary(text: str, places: np.ndarray) -> str:
    """Return a text with one word doubled and two exchanged, at places in [0, 1)."""
    words = text.split()
    first, second, doubled = (int(place * len(words)) for place in places)
    if words:
        words[first], words[second] = words[second], words[first]
        words.insert(doubled, words[doubled])
    return " ".join(words)


def build_client(comments: pd.DataFrame, project: Path) -> int:
    """Write the files and the parameters of a client called `scale`; return the bytes of its comments."""
    (project / "params").mkdir(parents=True)
    (project / "data").mkdir()
    (project / "notebooks").symlink_to(ROOT / "notebooks", target_is_directory=True)
    sources, total = [], 0
    for voice in ("customer", "employee"):
        path = project / "data" / f"{voice}.csv"
        comments[comments["side"] == voice].to_csv(path, index=False)
        total += path.stat().st_size
        columns = {name: name for name in ("text", "id", "date", "unit")} | {"respondent_id": "person"}
        sources.append({"name": voice, "voice": voice, "path": f"data/{voice}.csv", "columns": columns})
    client = {"client": {"name": "Scale", "language": "fr"}, "sources": sources}
    (project / "params" / "scale.yaml").write_text(json.dumps(client), encoding="utf-8")
    write_registry(Registry(), registry_path("scale", project))
    return total


def time_floor(project: Path) -> float:
    """Seconds to read, decode and tokenise the same files once."""
    start = time.perf_counter()
    for path in sorted((project / "data").glob("*.csv")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                WORD.findall(line)
    return time.perf_counter() - start


def measure(pool: pd.DataFrame, size: int, keep: Path, last: str) -> pd.DataFrame:
    """Run the line on `size` comments in a folder of their own: one row a stage."""
    project = keep / str(size)
    if not (project / "params").is_dir():
        build_client(draw_comments(pool, size), project)
    floor = time_floor(project)
    started = time.monotonic()
    outcome = run_line(
        "scale",
        project,
        last=last,
        on_stage=lambda each: print(f"{size:,} {each.stage}: {each.seconds:.1f} s", flush=True),
    )
    print(f"{size:,}: {time.monotonic() - started:.1f} s between the command and its end", flush=True)
    stages = read_manifest(outcome.run.folder)["stages"]
    table = pd.DataFrame(stages)[["stage", "seconds", "peak_mb"]].assign(size=size, floor=floor)
    return table.assign(rows_per_second=size / table["seconds"])


def add_earlier(table: pd.DataFrame, results: Path) -> pd.DataFrame:
    """Add the sizes that were measured before and weren't now."""
    if not results.is_file():
        return table
    earlier = pd.read_json(results)
    others = earlier.loc[~earlier["size"].isin(table["size"]), table.columns]
    return pd.concat([others, table]).sort_values("size", kind="stable", ignore_index=True)


def add_growth(table: pd.DataFrame) -> pd.DataFrame:
    """Add the exponent with which each stage's time grew since the size before."""
    before = table.groupby("stage")[["size", "seconds"]].shift()
    grew = np.log(table["seconds"] / before["seconds"]) / np.log(table["size"] / before["size"])
    return table.assign(exponent=grew.where(before["seconds"] >= SHORT_STAGE))


def find_shortfalls(table: pd.DataFrame) -> list[str]:
    """Name the bars that are not reached."""
    totals = table.groupby("size").agg(seconds=("seconds", "sum"), peak=("peak_mb", "max"))
    faults = [
        f"{size:,} comments took {totals['seconds'][size]:.0f} s (bar {bar})"
        for size, bar in MAX_SECONDS.items()
        if size in totals.index and totals["seconds"][size] > bar
    ]
    faults += [
        f"{size:,} comments took {totals['peak'][size]:.0f} MB (bar {bar})"
        for size, bar in MAX_MB.items()
        if size in totals.index and totals["peak"][size] > bar
    ]
    reached = table.groupby("size")["stage"].last()
    faults += [f"{size:,} comments went no further than {stage}" for size, stage in reached.items() if stage != LAST]
    last = table[table["size"] == table["size"].max()]
    steep = last[last["exponent"] > MAX_EXPONENT]
    faults += [
        f"{stage} grows with exponent {grew:.2f}" for stage, grew in zip(steep["stage"], steep["exponent"], strict=True)
    ]
    return faults


def main() -> int:
    """Run the sizes asked for and hold them against the bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--keep", type=Path, help="folder that projects are kept in")
    parser.add_argument("--last", choices=[stage.name for stage in STAGES], default=LAST)
    options = parser.parse_args()
    if "BXTEXT_DATA" not in os.environ:
        print("BXTEXT_DATA is not set: nothing measured")
        return 0
    pool = pd.read_parquet(Path(os.environ["BXTEXT_DATA"]) / "pool.parquet").dropna(subset=["text"])
    with tempfile.TemporaryDirectory() as temporary:
        keep = options.keep or Path(temporary)
        measured = [measure(pool, size, keep.resolve(), options.last) for size in sorted(options.sizes)]
    results = ROOT / "benchmarks" / "results" / "scale.json"
    results.parent.mkdir(exist_ok=True)
    table = add_growth(add_earlier(pd.concat(measured, ignore_index=True), results))
    table.to_json(results, orient="records", indent=2)
    faults = find_shortfalls(table)
    print(
        table.round({"seconds": 1, "peak_mb": 0, "floor": 1, "rows_per_second": 0, "exponent": 2}).to_string(
            index=False
        )
    )
    for size, own in table.groupby("size"):
        seconds = own["seconds"].sum()
        floor = own["floor"].iloc[0]
        print(
            f"{size:,}: {seconds:.0f} s, peak {own['peak_mb'].max():.0f} MB; the floor is {floor / seconds:.1%} of it"
        )
    print("\n".join(faults) or "all bars reached")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
