"""Memory does not grow with the number of runs in one kernel.

    BXTEXT_DATA=<folder> python benchmarks/memory.py [--runs 20] [--texts 1000]

Every run takes other texts of `pool` through cleaning, masking, clauses, themes, sentiment, drivers and scores, all in
this process, as somebody does who works in one notebook for a day; the sample's exemplars are thinned, so that a run is
short. Bar: the memory after the last run is at most 5 % above that after the first runs, which load what every run
needs.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from bxtext.clean import clean_comments
from bxtext.drivers import map_drivers
from bxtext.privacy import Masker
from bxtext.scores import score_drivers
from bxtext.segment import segment_documents
from bxtext.sentiment import score_sentiment
from bxtext.taxonomy import Taxonomy, load_taxonomy
from bxtext.themes import find_themes

RESULTS = Path(__file__).parent / "results" / "memory.json"
WARM, MAX_GROWTH, THINNED = 5, 0.05, 12


def draw_comments(pool: pd.DataFrame, run: int, size: int) -> pd.DataFrame:
    """Return the comments of one run, which no other run has."""
    own = pool.iloc[run * size : (run + 1) * size]
    return pd.DataFrame(
        {
            "comment_id": [f"{run}-{place}" for place in range(len(own))], "source": "pool", "source_type": "review",
            "voice": own["side"].to_numpy(), "field": None, "text": own["text"].to_numpy(), "date": pd.NaT,
            "rating": None, "respondent_id": None, "unit": None,
        }
    )  # fmt: skip


def run_once(comments: pd.DataFrame, taxonomy: Taxonomy) -> int:
    """Take comments through the stages; return how many scores there are."""
    documents = clean_comments(comments, Masker()).documents
    segments = segment_documents(documents)
    find_themes(segments, documents, taxonomy)
    sentiment = score_sentiment(segments, documents, taxonomy.exemplars).sentiment
    mentions = map_drivers(segments, documents, sentiment, taxonomy).mentions
    return len(score_drivers(mentions, documents, taxonomy.as_table()))


def main() -> int:
    """Run, print the memory after each run, and hold it against the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--texts", type=int, default=1_000)
    options = parser.parse_args()
    if "BXTEXT_DATA" not in os.environ:
        print("BXTEXT_DATA is not set: nothing measured")
        return 0
    pool = pd.read_parquet(Path(os.environ["BXTEXT_DATA"]) / "pool.parquet").dropna(subset=["text"])
    pool = pool.sample(frac=1, random_state=7)
    whole = load_taxonomy()
    taxonomy = replace(whole, exemplars=whole.exemplars[::THINNED])
    used = []
    for run in range(options.runs):
        scores = run_once(draw_comments(pool, run, options.texts), taxonomy)
        gc.collect()
        used.append(psutil.Process().memory_info().rss / 2**20)
        print(f"run {run + 1}: {scores} scores, {used[-1]:.0f} MB", flush=True)
    warm, last = float(np.mean(used[:WARM])), float(np.mean(used[-WARM:]))
    growth = last / warm - 1
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"mb": used, "growth": growth}, indent=2) + "\n", encoding="utf-8")
    print(
        f"{warm:.0f} MB after the first {WARM} runs, {last:.0f} MB after the last: {growth:+.1%} (bar {MAX_GROWTH:.0%})"
    )
    return int(growth > MAX_GROWTH)


if __name__ == "__main__":
    sys.exit(main())
