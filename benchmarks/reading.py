"""Reading under fire: damaged files by the thousand, and a million comments.

    BXTEXT_DATA=<folder> python benchmarks/reading.py [mutated] [large] [options]

`mutated`: the nasty files beside `$BXTEXT_DATA` (folder `faults`) and generated ones, damaged 20,000 times: bit flips,
cuts and splices. Bars: nothing but a BxtextError is raised, no process dies, none takes over 10 seconds, and
lines = comments + quarantined + structural wherever a file is read. `--damaged` does some of the 20,000 only.

`large`: 1,000,000 comments as CSV, as gzip and as Parquet, each read by one process and cleaned by another and the two
that work for it, with tables between, as in the line. Bars: 150 seconds on the clock for both, 1.5 GB at any time, all
processes together and memory they share counted once; and the same comments from all three. Both parts without
arguments.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import os
import resource
import shutil
import sqlite3
import string
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import psutil
from joblib.externals.loky import get_reusable_executor

from bxtext.clean import clean_comments
from bxtext.errors import BxtextError, InputError
from bxtext.parallel import use_engine
from bxtext.params import Source
from bxtext.read import open_records, read_comments
from bxtext.tables import read_table, write_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RESULTS = Path(__file__).parent / "results" / "reading.json"
N_MUTATED, N_LARGE, SEED = 20_000, 1_000_000, 7
AT_ONCE = 250  # mutated files a process reads before the next one starts
MAX_SECONDS_A_FILE, MAX_BYTES_A_FILE = 10, 200_000
MAX_SECONDS, MAX_MB = 150, 1_500
WORKERS, WATCH = 2, 0.2  # processes that clean; seconds between two looks at the memory
ENDINGS = ("csv", "csv.gz", "parquet")
MEMORY = 4 << 30  # of a process that reads damaged files


def write_generated(folder: Path) -> None:
    """Write sound files of every format, dialect and encoding, to be damaged."""
    frame = pd.DataFrame(
        {
            "id": [f"{number:05d}" for number in range(60)],
            "date": pd.date_range("2026-01-01", periods=60).strftime("%d/%m/%Y"),
            "note": [str(number % 5 + 1) for number in range(60)],
            "site": ["Lyon", "Mons", "Liège"] * 20,
            "commentaire": [
                ["Très déçu ; « rien » n'allait", 'Il a dit "merci",\npuis rien', "Queue too long, sadly", ""][
                    number % 4
                ]
                for number in range(60)
            ],
        }
    )
    for separator, encoding in (
        (",", "utf-8"),
        (";", "cp1252"),
        ("\t", "utf-16"),
        ("|", "utf-8-sig"),
        (";", "utf-16-le"),
    ):
        for line_end in ("\n", "\r\n", "\r"):
            name = f"made_{ord(separator)}_{encoding}_{len(line_end)}{ord(line_end[0])}.csv"
            text = frame.to_csv(index=False, sep=separator, lineterminator=line_end)
            (folder / name).write_bytes(text.encode(encoding))
    (folder / "made.csv.gz").write_bytes(gzip.compress(frame.to_csv(index=False).encode()))
    frame.to_parquet(folder / "made.parquet", write_page_checksum=True)
    frame.to_excel(folder / "made.xlsx", index=False)
    frame.to_json(folder / "made.jsonl", orient="records", lines=True)
    frame.to_json(folder / "made.json", orient="records", force_ascii=False)
    with sqlite3.connect(folder / "made.sqlite") as database:
        frame.to_sql("answers", database, index=False)
    database.close()


def mutate(data: bytes, donor: bytes, rng: np.random.Generator) -> tuple[str, bytes]:
    """Damage a file in one of three ways."""
    kind = str(rng.choice(["flip", "cut", "splice"]))
    if kind == "flip":
        damaged = bytearray(data)
        for place in rng.integers(0, len(data), rng.integers(1, 16)):
            damaged[place] ^= 1 << int(rng.integers(8))
        return kind, bytes(damaged)
    start, end = sorted(rng.integers(0, len(data) + 1, 2).tolist())
    if kind == "cut":
        return kind, data[:start] if rng.random() < 1 / 2 else data[:start] + data[end:]
    begin, stop = sorted(rng.integers(0, len(donor) + 1, 2).tolist())
    return kind, data[:start] + donor[begin : min(stop, begin + 2_000)] + data[start:]


def read_damaged(paths: list[Path], folder: Path, start: int, count: int) -> list[dict[str, Any]]:
    """Damage and read some files; one record each."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    records = []
    for number in range(start, start + count):
        rng = np.random.default_rng((SEED, number))
        path, donor = (paths[place] for place in rng.integers(0, len(paths), 2))
        kind, data = mutate(path.read_bytes(), donor.read_bytes(), rng)
        target = folder / f"{number}{''.join(path.suffixes)}"
        target.write_bytes(data)
        began = time.perf_counter()
        outcome = read_one(target)
        records.append(
            {
                "number": number,
                "file": path.name,
                "kind": kind,
                "outcome": outcome,
                "seconds": time.perf_counter() - began,
            }
        )
        target.unlink()
    return records


def read_one(path: Path) -> str:
    """Return how the reading of one file ended: `read`, the code of a refusal, or what went wrong."""
    source = Source(name="s", voice="customer", path=str(path), columns={"text": "commentaire"}, rating_scale=(0, 10))
    try:
        header = open_records(source, path.parent).header
        columns = {"text": "commentaire", "date": "date", "rating": "note", "id": "id", "unit": "site"}
        known = {meaning: name for meaning, name in columns.items() if name in header}
        if "text" not in known and header:
            known = {"text": header[-1]}
        source = source.model_copy(update={"columns": source.columns.model_copy(update=known)})
        found = read_comments([source], path.parent, max_quarantined=1)
    except BxtextError as error:
        return str(error).split("source 's': ")[-1].split()[0]
    except Exception as error:  # noqa: BLE001  whatever it is, it is a fault to be counted
        return f"FAULT {type(error).__name__}: {error}"
    ledger = found.sources.iloc[0]
    kinds = ledger[["n_comments", "n_quarantined", "n_structural"]].sum()
    counted = len(found.comments) + len(found.quarantined)
    return "read" if ledger["n_lines"] == kinds and ledger["n_received"] == counted else "FAULT ledger"


def measure_mutated(data: Path, first: int, end: int) -> dict[str, Any]:
    """Damage and read the files numbered from `first` up to `end` in processes that may die."""
    faults: list[str] = []
    records: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_generated(folder)
        nasty = [path for path in (data.parent / "faults").iterdir() if 0 < path.stat().st_size < MAX_BYTES_A_FILE]
        paths = sorted([*folder.iterdir(), *nasty], key=lambda path: path.name)
        (folder / "damaged").mkdir()
        for start in range(first, end, AT_ONCE):
            count = min(AT_ONCE, end - start)
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
                try:
                    records += pool.submit(read_damaged, paths, folder / "damaged", start, count).result()
                except BrokenProcessPool:
                    faults.append(f"a process died between {start} and {start + count}")
    frame = pd.DataFrame(records)
    wrong = frame[frame["outcome"].str.startswith("FAULT") | (frame["seconds"] > MAX_SECONDS_A_FILE)]
    faults += [f"{row.file} {row.kind} {row.number}: {row.outcome}, {row.seconds:.1f} s" for row in wrong.itertuples()]
    outcomes = Counter(frame["outcome"].str.split().str[0])
    return {
        "first": first, "n": len(frame), "faults": faults, "outcomes": dict(outcomes.most_common()),
        "slowest_seconds": round(float(frame["seconds"].max()), 2),
    }  # fmt: skip


def write_large(data: Path, folder: Path, size: int) -> None:
    """Write `size` comments, all different, as CSV, gzip and Parquet."""
    pool = pd.read_parquet(data / "pool.parquet").sort_values("id")["text"].str.slice(0, 600)
    places = np.arange(size)
    letters = np.array(list(string.ascii_lowercase))
    marks = ["".join(letters[[place // 26**power % 26 for power in range(5)]]) for place in places]
    texts = pool.to_numpy(dtype=object)[places % len(pool)] + " " + np.array(marks, dtype=object)
    frame = pd.DataFrame(
        {
            "id": places, "date": pd.Timestamp(2025, 1, 1) + pd.to_timedelta(places % 365, unit="D"),
            "note": places % 5 + 1, "client": places // 2, "site": [f"Site {place}" for place in places % 200],
            "commentaire": texts,
        }
    ).astype({"note": "str", "client": "str", "id": "str"})  # fmt: skip
    frame.to_parquet(folder / "large.parquet", row_group_size=100_000)
    frame.to_csv(folder / "large.csv", index=False)
    with (
        (folder / "large.csv").open("rb") as plain,
        gzip.open(folder / "large.csv.gz", "wb", compresslevel=4) as packed,
    ):
        shutil.copyfileobj(plain, packed)


def read_large(path: Path, folder: Path) -> dict[str, Any]:
    """Read one large file and write its table, as the first stage does, measured."""
    columns = {
        "text": "commentaire",
        "date": "date",
        "rating": "note",
        "id": "id",
        "unit": "site",
        "respondent_id": "client",
    }
    source = Source(name="large", voice="customer", path=str(path), columns=columns)
    began = time.perf_counter()
    comments = write_table(read_comments([source], path.parent).comments, "comments", folder)
    return {"comments": len(comments), "read_wall_s": time.perf_counter() - began, "read_cpu_s": time.process_time()}


def clean_large(folder: Path) -> dict[str, Any]:
    """Clean the comments that were read and write the documents, as the second stage does, measured."""
    use_engine("local", workers=WORKERS)
    began = time.perf_counter()
    cleaned = clean_comments(read_table("comments", folder))
    n_documents, n_cleaned = len(cleaned.documents), len(cleaned.documents) + len(cleaned.dropped)
    write_table(cleaned.documents, "documents", folder)
    wall = time.perf_counter() - began
    get_reusable_executor().shutdown(wait=True)  # so that what its processes took is known
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = {"clean_cpu_s": time.process_time(), "workers_cpu_s": workers.ru_utime + workers.ru_stime}
    return {"documents": n_documents, "cleaned": n_cleaned, "clean_wall_s": wall} | cpu


def digest_comments(folder: Path) -> int:
    """Return a number that is the same for the same comments, whatever the line ends of their file."""
    comments = read_table("comments", folder).sort_values("comment_id")
    return int(
        pd.util.hash_pandas_object(comments.assign(text=comments["text"].str.replace("\r", "\n")), index=False).sum()
    )


def watch_memory(done: Callable[[], bool]) -> float:
    """Return the most megabytes that the processes below this one had at once, until something is done."""
    most = 0.0
    while not done():
        now = 0
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):  # it has just ended
                now += process.memory_full_info().pss
        most = max(most, now / 1e6)
        time.sleep(WATCH)
    return most


def measure_large(data: Path, size: int, endings: Sequence[str]) -> list[dict[str, Any]]:
    """Read and clean the large file in its three forms, each stage in a fresh process."""
    spawn = multiprocessing.get_context("spawn")

    def run_apart(function: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            running = pool.submit(function, *arguments)
            peak = watch_memory(running.done)
            return running.result(), peak

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_apart(write_large, data, folder, size)
        found = []
        for ending in endings:
            path = folder / f"large.{ending}"
            read, read_mb = run_apart(read_large, path, folder)
            cleaned, clean_mb = run_apart(clean_large, folder)
            if cleaned.pop("cleaned") != read["comments"]:
                raise InputError("comments were lost in cleaning")
            entry = read | cleaned | {"read_mb": read_mb, "clean_mb": clean_mb}
            entry["wall_s"] = entry["read_wall_s"] + entry["clean_wall_s"]
            entry["cpu_s"] = entry["read_cpu_s"] + entry["clean_cpu_s"] + entry["workers_cpu_s"]
            told = {name: round(value, 1) for name, value in entry.items()}
            found.append({"file": path.name, "mb": round(path.stat().st_size / 1e6)} | told)
            print(found[-1], flush=True)
            found[-1]["digest"] = run_apart(digest_comments, folder)[0]
        return found


def main() -> int:
    """Run the parts asked for; 1 when a bar falls short."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", choices=["mutated", "large"], default=["mutated", "large"])
    parser.add_argument(
        "--comments", type=int, default=N_LARGE, help="of the large files; the bars are for the default"
    )
    parser.add_argument("--endings", nargs="+", default=ENDINGS, help="which of the three large files")
    parser.add_argument("--damaged", nargs=2, type=int, default=(0, N_MUTATED), metavar=("FIRST", "END"))
    asked = parser.parse_args()
    data, parts = Path(os.environ["BXTEXT_DATA"]), asked.parts
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    held = True
    if "mutated" in parts:
        results["mutated"] = mutated = measure_mutated(data, *asked.damaged)
        held = not mutated["faults"]
    if "large" in parts:
        results["large"] = large = measure_large(data, asked.comments, asked.endings)
        same = len({(entry["digest"], entry["comments"], entry["documents"]) for entry in large}) == 1
        fast = all(entry["wall_s"] <= MAX_SECONDS for entry in large)
        held = held and same and fast and all(max(entry["read_mb"], entry["clean_mb"]) <= MAX_MB for entry in large)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    if "mutated" in parts:
        print("\n".join(mutated["faults"][:50]))
        print(pd.Series(mutated["outcomes"], name="damaged files").to_string())
    if "large" in parts:
        print(pd.DataFrame(large).drop(columns="digest").to_string(index=False))
        print("same comments from all three" if same else "the three differ")
    print("all bars hold" if held else "a bar falls short")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
