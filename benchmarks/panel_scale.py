"""The stages that score, on a large client: 200 stores, 24 months, all drivers of the taxonomy, 500,000 mentions.

    python benchmarks/panel_scale.py [--mentions N]

Draws the tables `mentions` and `documents`, runs each stage in a process of its own, and prints its seconds and the
peak of its memory. Bars: 60 s and 2 GB together.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from bxtext.brand import move_drivers, score_brand, score_lights, track_units, weigh_blame
from bxtext.claims import judge_claims
from bxtext.importance import weigh_drivers
from bxtext.linkage import link_drivers
from bxtext.scores import score_drivers
from bxtext.taxonomy import load_taxonomy

ROOT = Path(__file__).parent.parent
MAX_SECONDS, MAX_MB = 60, 2_000
N_STORES, N_MONTHS = 200, 24
SAID = ("mentions", "documents", "drivers")
READS = {
    "scores": SAID, "importance": SAID, "linkage": SAID, "brand": (*SAID, "importance"),
    "claims": (*SAID, "driver_scores", "linkage", "brand"),
}  # fmt: skip


def draw_tables(n_mentions: int, seed: int = 7) -> dict[str, pd.DataFrame]:
    """Draw what customers (two thirds) and employees say: two or three drivers a document, stores that differ."""
    rng = np.random.default_rng(seed)
    drivers = load_taxonomy().as_table()
    n_documents = n_mentions * 2 // 5
    documents = pd.DataFrame({"document_id": [f"d{number:06d}" for number in range(n_documents)]})
    documents["voice"] = np.where(rng.random(n_documents) < 2 / 3, "customer", "employee")
    store, month = rng.integers(N_STORES, size=n_documents), rng.integers(N_MONTHS, size=n_documents)
    documents["unit"] = pd.Index([f"S{number:03d}" for number in range(N_STORES)])[store]
    documents["period"] = pd.period_range("2024-01", periods=N_MONTHS, freq="M").astype("str")[month]
    documents["respondent_id"] = rng.integers(n_documents * 4 // 5, size=n_documents).astype(str)
    level = rng.normal(0, 0.2, (2, N_STORES, N_MONTHS)) + rng.normal(0, 0.3, (1, N_STORES, 1))
    parts = []
    for place, voice in enumerate(("customer", "employee")):
        rows = np.flatnonzero(documents["voice"] == voice)
        own = drivers["driver_id"].str.startswith(("cx.", "bx.", "out.cx") if place == 0 else ("ex.", "bx.", "out.ex"))
        ids, actors = drivers.loc[own, "driver_id"].to_numpy(), drivers.loc[own, "actor"].to_numpy()
        likely = 1 / np.arange(1, len(ids) + 1) ** 0.7
        for _ in range(3):
            spoken = rows[rng.random(len(rows)) < 5 / 6]
            chosen = rng.choice(len(ids), size=len(spoken), p=likely / likely.sum())
            felt = level[place, store[spoken], month[spoken]] + rng.normal(0, 0.6, len(spoken))
            said = {"driver_id": ids[chosen], "polarity": np.tanh(felt), "actor": actors[chosen]}
            parts.append(pd.DataFrame({"document_id": documents["document_id"].to_numpy()[spoken]} | said))
    mentions = pd.concat(parts).drop_duplicates(["document_id", "driver_id"], ignore_index=True)
    mentions["n_positive"] = (mentions["polarity"] > 0).astype(int)
    mentions["n_negative"] = 1 - mentions["n_positive"]
    mentions["intent"] = np.where(rng.random(len(mentions)) < 0.02, "leaving", "statement")
    felt = mentions.groupby("document_id")["polarity"].mean().reindex(documents["document_id"]).fillna(0).to_numpy()
    documents["outcome"] = np.clip(np.round(2 + 2 * felt + rng.normal(0, 0.7, n_documents)), 0, 4) / 4
    return {"mentions": mentions, "documents": documents, "drivers": drivers}


def run_stage(stage: str, folder: str) -> dict[str, float]:
    """Run one stage on the tables of a folder, write what it makes; return what it cost."""
    path = Path(folder)
    tables = [pd.read_parquet(path / f"{name}.parquet") for name in READS[stage]]
    start, worked = time.perf_counter(), time.process_time()
    if stage == "linkage":
        links = link_drivers(*tables)
        made = {"linkage": links.linkage}
    elif stage == "brand":
        made = {"brand": score_brand(*tables, score_lights(*tables[:3]))}
        track_units(*tables)
        move_drivers(*tables)
        weigh_blame(*tables)
    else:
        do = {"scores": ("driver_scores", score_drivers), "importance": ("importance", weigh_drivers),
              "claims": ("claims", judge_claims)}  # fmt: skip
        name, function = do[stage]
        made = {name: function(*tables)}
    cost = {"seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - worked}
    for name, table in made.items():
        table.to_parquet(path / f"{name}.parquet")
    return cost | {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> int:
    """Run the stages in their order and hold them against the bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mentions", type=int, default=500_000)
    n_mentions = parser.parse_args().mentions
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, table in draw_tables(n_mentions).items():
            table.to_parquet(Path(folder) / f"{name}.parquet")
        for stage in READS:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                cost = pool.submit(run_stage, stage, folder).result()
            rows.append({"stage": stage} | {name: round(value, 1) for name, value in cost.items()})
    table = pd.DataFrame(rows)
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    (results / "panel_scale.json").write_text(json.dumps(rows, indent=2))
    print(table.to_string(index=False))
    total, peak = table["seconds"].sum(), table["peak_mb"].max()
    worked = table["cpu_seconds"].sum()
    print(f"together {total:.0f} s, {worked:.0f} s of one core (bar {MAX_SECONDS}), peak {peak} MB (bar {MAX_MB})")
    return int(total > MAX_SECONDS or peak > MAX_MB)


if __name__ == "__main__":
    sys.exit(main())
