"""The workbench on 100,000 remarks: first view, a filter, a decision, memory.

    BXTEXT_DATA=… python benchmarks/workbench.py [--segments N]

Real comments of the pool, their sentences as remarks, mentions and themes drawn: only the cost is measured. Each figure
is the median of several, in a process of its own. Bars: 3 s to the first view after the kernel is up, 300 ms a filter,
100 ms a decision, 1.5 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parent.parent
BARS = {"first_view_s": 3.0, "filter_ms": 300.0, "decision_ms": 100.0, "memory_mb": 1_500.0}
PARAMS = """client: {name: Bench, language: en}
sources:
  - {name: r, voice: customer, path: r.csv, columns: {text: t}}
"""
N_UNITS, N_MONTHS, N_THEMES = 60, 18, 40


def draw_run(root: Path, n_segments: int, seed: int = 7) -> None:
    """Write the tables of a run of so many remarks, two to a comment."""
    from bxtext.drivers.concessions import count_concessions  # noqa: PLC0415  not in the process that is measured
    from bxtext.params import load_params  # noqa: PLC0415
    from bxtext.publish import TOLD  # noqa: PLC0415
    from bxtext.run import Run, point_latest  # noqa: PLC0415
    from bxtext.scores import score_drivers  # noqa: PLC0415
    from bxtext.tables import write_table  # noqa: PLC0415
    from bxtext.taxonomy import load_taxonomy  # noqa: PLC0415

    (root / "params").mkdir()
    (root / "params" / "bench.yaml").write_text(PARAMS, encoding="utf-8")
    run = Run("bench", "r1", root, load_params("bench", root))
    rng = np.random.default_rng(seed)
    texts = read_texts(n_segments // 2)
    n = len(texts)
    months = pd.period_range("2025-01", periods=N_MONTHS, freq="M").astype("str").to_numpy()
    voice = np.where(rng.random(n) < 0.7, "customer", "employee")
    documents = pd.DataFrame({
        "document_id": [f"d{number:06d}" for number in range(n)], "source": "r", "voice": voice, "text": texts,
        "language": rng.choice(["fr", "en"], n), "n_words": 20, "n_masked": 0, "repaired": 0,
        "period": months[rng.integers(N_MONTHS, size=n)],
        "unit": [f"S{number:03d}" for number in rng.integers(N_UNITS, size=n)], "outcome": rng.random(n),
        "respondent_id": rng.integers(n * 4 // 5, size=n).astype(str),
    })  # fmt: skip
    halves = [
        (key, place, text[start:end], start, end)
        for key, text in zip(documents["document_id"], texts, strict=True)
        for place, (start, end) in enumerate(((0, len(text) // 2), (len(text) // 2, len(text))))
    ]
    few = documents["document_id"][:500]
    segments = pd.DataFrame(halves, columns=["document_id", "position", "text", "start", "end"])
    segments["segment_id"] = segments["document_id"] + ":00" + segments["position"].astype(str)
    drivers = load_taxonomy().as_table()
    ids = {"customer": drivers.loc[drivers["driver_id"].str.startswith("cx."), "driver_id"].to_numpy(),
           "employee": drivers.loc[drivers["driver_id"].str.startswith("ex."), "driver_id"].to_numpy()}  # fmt: skip
    of = pd.concat([documents.assign(driver_id=[rng.choice(ids[who]) for who in voice]) for _ in range(2)])
    of = of.drop_duplicates(["document_id", "driver_id"], ignore_index=True)
    mentions = of[["document_id", "driver_id"]].assign(
        polarity=rng.uniform(-1, 1, len(of)), n_positive=0, n_negative=0, confidence=rng.uniform(0.3, 1, len(of)),
        actor="process", stage="cross", intent="statement", method="model",
        evidence=[", ".join(text.lower().split()[:3]) or "x" for text in of["text"]],
    )  # fmt: skip
    spoke = documents.set_index("document_id")["voice"].reindex(segments["document_id"]).to_numpy()
    themes = [
        f"{who}-{number + 1:02d}" for who, number in zip(spoke, rng.integers(N_THEMES, size=len(segments)), strict=True)
    ]
    names = sorted(set(themes))
    tables = {
        "documents": documents, "segments": segments, "mentions": mentions, "drivers": drivers,
        "segment_themes": pd.DataFrame({"segment_id": segments["segment_id"], "theme_id": themes, "similarity": 0.5}),
        "sentiment": segments[["segment_id"]].assign(polarity=rng.uniform(-1, 1, len(segments)), label="neutral",
                                                     confidence=0.5, intent="statement", method="model"),
        "themes": pd.DataFrame({"theme_id": names, "label_fr": names, "label_en": names, "label_source": "terms",
                                "n_segments": 10, "share": 0.1, "stable": True}),
        "concessions": pd.DataFrame({"document_id": few, "positive_driver_id": "cx.ease_effort", "connective": "but",
                                     "negative_driver_id": "cx.price_value", "direction": "spoils"}),
        "disagreements": pd.DataFrame({"document_id": few, "voice": voice[:500],
                                       "outcome": 1.0, "polarity": -0.5, "kind": "irony"}),
    }  # fmt: skip
    for name, frame in tables.items():
        write_table(frame, name, run.tables)
    scores = score_drivers(mentions, documents, drivers)
    told = {"driver_scores": scores[~scores["suppressed"]], "themes": tables["themes"],
            "concession_counts": count_concessions(tables["concessions"], documents)}  # fmt: skip
    for name, frame in told.items():  # as many rows as could be published, at most
        write_table(frame, name, run.folder / TOLD)
    point_latest(run)


def read_texts(n: int) -> list[str]:
    """Return comments of the pool, said again where there are too few."""
    pool = pd.read_parquet(Path(os.environ["BXTEXT_DATA"]) / "pool.parquet")
    texts = pool["text"].dropna().astype(str).str.slice(0, 400)
    texts = texts[texts.str.len() > 40].head(n).tolist()
    return [f"{texts[number % len(texts)]} {number // len(texts) or ''}".strip() for number in range(n)]


def measure(what: str) -> dict[str, float]:
    """Measure a panel in this process, which is a kernel just come up: only what it imports itself is loaded."""
    start = time.perf_counter()
    return (measure_explorer if what == "explore" else measure_teaching)(start)


def measure_explorer(start: float) -> dict[str, float]:
    """Measure the first view of the explorer, and filters in each of its views and in both voices."""
    from bxtext.wording import load_wording  # noqa: PLC0415
    from bxtext.workbench import Explorer, first_choice, open_corpus, open_finished  # noqa: PLC0415  part of the cost
    from bxtext.workbench.explore_panel import ExplorePanel  # noqa: PLC0415

    explorer = Explorer(open_corpus(open_finished("bench")))
    panel = ExplorePanel(explorer, first_choice(explorer.corpus), load_wording("en"))
    first, spent = time.perf_counter() - start, time.process_time()
    taken = []
    for voice in ("customer", "employee"):
        panel.voice.value = voice
        for view in ("score", "trace", "themes", "remarks", "concessions"):
            panel.view.value = view
            for name in ("unit", "period", "driver", "unit"):
                options = [value for _, value in panel.filters[name].options if value is not None]
                if not options:
                    continue
                before = time.perf_counter()
                panel.filters[name].value = options[len(taken) % len(options)]
                taken.append(1_000 * (time.perf_counter() - before))
            for name in ("unit", "period", "driver"):
                panel.filters[name].value = None
    return {
        "first_view_s": first,
        "first_view_cpu_s": spent,
        "filter_ms": statistics.median(taken),
        "filter_worst_ms": max(taken),
        "memory_mb": peak(),
    }


def measure_teaching(start: float) -> dict[str, float]:
    """Measure the first card and decisions, each with what the panel shows after it."""
    from bxtext.taxonomy import load_taxonomy  # noqa: PLC0415  part of the cost
    from bxtext.wording import load_wording  # noqa: PLC0415
    from bxtext.workbench import open_finished  # noqa: PLC0415
    from bxtext.workbench.teach_desk import TeachDesk  # noqa: PLC0415
    from bxtext.workbench.teach_panel import TeachPanel  # noqa: PLC0415

    panel = TeachPanel(TeachDesk(open_finished("bench"), load_taxonomy(), "bench"), load_wording("en"))
    first, taken = time.perf_counter() - start, []
    for _ in range(40):
        before = time.perf_counter()
        panel.typed.value = "1 -"
        taken.append(1_000 * (time.perf_counter() - before))
    return {"teach_first_view_s": first, "decision_ms": statistics.median(taken), "decision_worst_ms": max(taken),
            "teach_memory_mb": peak()}  # fmt: skip


def peak() -> float:
    """Return the largest memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Draw a run, measure both panels, print and save what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--segments", type=int, default=100_000)
    parser.add_argument("--measure", choices=["explore", "teach"])
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measure(chosen.measure)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        draw_run(Path(folder), chosen.segments)
        found: dict[str, float] = {"segments": chosen.segments}
        for what in ("explore", "teach"):
            command = [sys.executable, str(Path(__file__).resolve()), "--measure", what]
            found |= json.loads(subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout)
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    (results / "workbench.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    for name, value in found.items():
        print(f"{name:<20} {value:10.1f}" + (f"   at most {BARS[name]:.0f}" if name in BARS else ""))
    return int(any(found[name] > bar for name, bar in BARS.items()))


if __name__ == "__main__":
    sys.exit(main())
