"""Twelve weekly runs of real comments: a change planted in week 9 is flagged then, with its cause, and rarely else.

    BXTEXT_DATA=<folder> python benchmarks/weekly.py

Real reviews are read once by the line's own stages; weeks are drawn from them at random, so that nothing changes but
what is planted. Every week is a run that holds all comments so far, with a manifest whose digests are those that the
line itself computes. Planted in week 9, one a series: a third of the week's comments are about one driver (data), a
third of the drivers are dropped (taxonomy), a parameter of the drivers changes (params). Bars: flagged in week 9, with
its cause, in all three; over 50 stable series of eleven comparisons, at most 5 % of weeks raise an alarm.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bxtext.clean import clean_comments
from bxtext.drift import compare_runs
from bxtext.drivers import map_drivers
from bxtext.params import load_params
from bxtext.pipeline import find_stage
from bxtext.pipeline.keys import digest_parts
from bxtext.read import read_comments
from bxtext.run import Run
from bxtext.segment import segment_documents
from bxtext.sentiment import score_sentiment
from bxtext.tables import TABLES
from bxtext.taxonomy import load_taxonomy

if TYPE_CHECKING:
    from bxtext.drift import Drift

ROOT = Path(__file__).parent.parent
N_WEEKS, PER_WEEK, WEEK, N_SERIES = 12, 400, 9, 50
FIRST = pd.Timestamp("2026-01-05")
THEMES = ("themes", "segment_themes")
STAGES = ("read", "clean", "segment", "sentiment", "drivers")
BARS = {"stable": 0.05}
CLIENT = {
    "client": {"name": "Weekly", "language": "fr"},
    "sources": [
        {
            "name": "reviews", "voice": "customer", "path": "reviews.csv", "rating_scale": [1, 5],
            "columns": {"text": "text", "id": "id", "date": "day", "rating": "rating", "respondent_id": "id"},
        }
    ],
}  # fmt: skip


def load_reviews(data: Path, n: int) -> pd.DataFrame:
    """Draw reviews, each with its stars."""
    frame = pd.read_parquet(data / "insurance_fr.parquet").dropna(subset=["text", "rating"])
    frame = frame[frame["text"].str.len() > 30].sort_values("id")
    return frame.sample(n, random_state=7).assign(day=FIRST.date().isoformat())[["id", "text", "rating", "day"]]


def open_project(folder: Path, reviews: pd.DataFrame, changes: dict[str, Any]) -> Run:
    """Make a project whose client has these reviews and these parameters."""
    (folder / "params").mkdir(parents=True, exist_ok=True)
    if not (folder / "notebooks").exists():
        (folder / "notebooks").symlink_to(ROOT / "notebooks", target_is_directory=True)
    reviews.to_csv(folder / "reviews.csv", index=False)
    (folder / "params" / "weekly.yaml").write_text(json.dumps(CLIENT | changes), encoding="utf-8")
    return Run("weekly", "benchmark", folder, load_params("weekly", folder))


def read_all(run: Run) -> dict[str, pd.DataFrame]:
    """Run the stages from the files to the drivers, in this process."""
    found = read_comments(run.params.sources, run.root, **run.options("read"))
    documents = clean_comments(found.comments, **run.options("clean")).documents
    segments = segment_documents(documents, **run.options("segment"))
    taxonomy = load_taxonomy(**run.params.taxonomy.model_dump())
    scored = score_sentiment(segments, documents, taxonomy.exemplars, seed=run.params.seed, **run.options("sentiment"))
    mapped = map_drivers(segments, documents, scored.sentiment, taxonomy, **run.options("drivers"))
    tables = {
        "comments": found.comments, "documents": documents, "segments": segments, "sentiment": scored.sentiment,
        "drivers": taxonomy.as_table(), "mentions": mapped.mentions,
    }  # fmt: skip
    no_theme = {name: pd.DataFrame(columns=[column.name for column in TABLES[name].columns]) for name in THEMES}
    tables |= no_theme  # drivers read them: nobody has mapped a theme
    return {name: run.write(name, table) for name, table in tables.items()}


def describe_making(run: Run) -> list[dict[str, Any]]:
    """What a manifest says of the making of the stages."""
    return [{"stage": name, "parts": digest_parts(find_stage(name), run, registry=None)} for name in STAGES]


def as_week(tables: dict[str, pd.DataFrame], ids: pd.Index, days: pd.Series) -> dict[str, pd.DataFrame]:
    """Tables of a run that holds these documents, on these days."""
    documents = tables["documents"][tables["documents"]["document_id"].isin(ids)]
    nothing = pd.DataFrame(columns=["theme_id", "change", "label_fr", "label_en", "share"])
    return {
        "documents": documents.assign(date=documents["document_id"].map(days)),
        "mentions": tables["mentions"][tables["mentions"]["document_id"].isin(ids)],
        "drivers": tables["drivers"],
        "linkage": pd.DataFrame(columns=["ex_driver_id", "cx_driver_id", "lag", "rho", "q_value"]),
        "brand": pd.DataFrame(columns=["unit", "period", "quadrant", "bx"]),
        "theme_changes": nothing,
        "themes": nothing,
    }


def draw_weeks(documents: pd.DataFrame, seed: int, *, about: set[str] | None = None) -> tuple[pd.Series, pd.Series]:
    """Give documents a week and a day at random; a third of the planted week's are replaced by those of `about`."""
    rng = np.random.default_rng(seed)
    ids = documents["document_id"].to_numpy()
    order = rng.permutation(len(ids))[: N_WEEKS * PER_WEEK]
    week = pd.Series(np.repeat(np.arange(1, N_WEEKS + 1), PER_WEEK)[: len(order)], index=ids[order])
    if about is not None:
        left = np.array(sorted(about - set(week.index)))[: PER_WEEK // 3]
        week = week.drop(week.index[week == WEEK][: len(left)])
        week = pd.concat([week, pd.Series(WEEK, index=left)])
    day = FIRST + pd.to_timedelta(7 * (week.to_numpy() - 1) + rng.integers(0, 7, len(week)), "D")
    return week, pd.Series(day, index=week.index)


def follow_series(
    versions: dict[int, tuple[dict[str, pd.DataFrame], list[dict[str, Any]], dict[str, Any]]],
    week: pd.Series,
    day: pd.Series,
) -> dict[int, Drift]:
    """Compare each week's run with the one before; `versions` says from which week on comments are read how."""
    found = {}
    for number in range(2, N_WEEKS + 1):
        sides = []
        for one in (number, number - 1):
            tables, making, params = versions[max(start for start in versions if start <= one)]
            files = f"week {one}"  # a new file each week
            stages = [
                {**stage, "parts": {**stage["parts"], "files": files}} if stage["stage"] == "read" else stage
                for stage in making
            ]
            sides.append((as_week(tables, week.index[week <= one], day), {"stages": stages, "params": params}))
        (now, made_now), (before, made_before) = sides
        found[number] = compare_runs(now, before, (made_now, made_before))
    return found


def main() -> int:
    """Measure, print, save; 1 when a bar falls short."""
    if "BXTEXT_DATA" not in os.environ:
        print("BXTEXT_DATA is not set: nothing measured")
        return 0
    reviews = load_reviews(Path(os.environ["BXTEXT_DATA"]), 2 * N_WEEKS * PER_WEEK)
    with tempfile.TemporaryDirectory() as temporary:
        plain = open_project(Path(temporary) / "plain", reviews, {})
        first = read_all(plain), describe_making(plain), plain.params.shareable()
        changed = {}
        every_third = first[0]["drivers"].query("side == 'cx'")["driver_id"].tolist()[::3]
        for name, changes in {
            "taxonomy": {"taxonomy": {"drop": every_third}},
            "params": {"drivers": {"threshold": 0.7}},
        }.items():
            run = open_project(Path(temporary) / name, reviews, changes)
            changed[name] = (read_all(run), describe_making(run), run.params.shareable())
    documents = first[0]["documents"]
    mentions = first[0]["mentions"]
    subject = mentions["driver_id"].value_counts().index[4]
    about = set(mentions.loc[mentions["driver_id"] == subject, "document_id"])
    rows = []
    for cause in ("data", "taxonomy", "params"):
        week, day = draw_weeks(documents, 1000, about=about if cause == "data" else None)
        versions = {1: first} | ({} if cause == "data" else {WEEK: changed[cause]})
        followed = follow_series(versions, week, day)
        alarms = followed[WEEK].alarms
        told = alarms["cause"].value_counts().index.tolist()
        others = [number for number, drift in followed.items() if number != WEEK and len(drift.alarms)]
        n_alarms, causes = len(alarms), "; ".join(told)
        rows.append({"planted": cause, "alarms in week 9": n_alarms, "cause told": causes, "other weeks": others})
    stable = [
        len(drift.alarms) > 0
        for seed in range(N_SERIES)
        for drift in follow_series({1: first}, *draw_weeks(documents, seed)).values()
    ]
    table = pd.DataFrame(rows)
    share = float(np.mean(stable))
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    told = {"planted": rows, "stable_share": share, "comparisons": len(stable)}
    (results / "weekly.json").write_text(json.dumps(told, indent=2))
    print(table.to_string(index=False))
    print(f"{PER_WEEK} comments a week, {N_SERIES} stable series of {N_WEEKS} weeks")
    print(f"stable: an alarm in {share:.1%} of {len(stable)} weeks (bar {BARS['stable']:.0%})")
    right = all(row["alarms in week 9"] and row["planted"] in row["cause told"].split("; ")[0] for row in rows)
    return int(not right or share > BARS["stable"])


if __name__ == "__main__":
    sys.exit(main())
