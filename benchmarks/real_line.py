"""The whole line on 20,000 real comments, French and English, both voices.

    BXTEXT_DATA=<folder> python benchmarks/real_line.py [--keep FOLDER]

Builds a client from `$BXTEXT_DATA` in a temporary project, runs it through papermill, checks the ledger, and prints
rows, seconds and peak memory of every stage. Bars: the line takes at most 5 minutes and 3 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import pandas as pd

from bxtext.pipeline import Outcome, run_line

ROOT = Path(__file__).parent.parent
MAX_SECONDS, MAX_MB = 300, 3_000
SAME_BRAND = {"Delta Air Lines": "Delta", "United Airlines": "United"}

# file, rows taken, voice, texts, columns of date, rating and unit, format of the date
SOURCES = (
    ("glassdoor_fr", 588, "employee", ("pros", "cons"), "date", "rating", "brand", "%Y-%m-%d"),
    ("glassdoor_us2025", 2_000, "employee", ("pros", "cons"), "date", "rating", "brand", "%d-%m-%Y"),
    ("trustpilot_fr", 1_801, "customer", ("text",), "date", "rating", "brand", None),
    ("insurance_fr", 6_000, "customer", ("text",), "date", "rating", "brand", "%d/%m/%Y"),
    ("airline", 4_023, "customer", ("text",), "date", None, "brand", "%m/%d/%Y %H:%M"),
    ("uber", 3_000, "customer", ("text",), "date", "rating", "brand", "%d-%m-%Y %H:%M"),
)


def build_client(data: Path, project: Path) -> None:
    """Write the files and the parameters of a client called `real` into a project folder."""
    (project / "params").mkdir(parents=True)
    (project / "data").mkdir()
    (project / "notebooks").symlink_to(ROOT / "notebooks", target_is_directory=True)
    sources = []
    for name, rows, voice, texts, date, rating, unit, date_format in SOURCES:
        frame = pd.read_parquet(data / f"{name}.parquet")
        frame = frame.sort_values("id").sample(min(rows, len(frame)), random_state=7)
        frame = frame.assign(**{unit: frame[unit].replace(SAME_BRAND)})
        frame.to_csv(project / "data" / f"{name}.csv", index=False)
        columns = {"date": date, "unit": unit, "respondent_id": "id"} | ({"rating": rating} if rating else {})
        sources += [
            {
                "name": f"{name}-{text}".replace("_", "-"), "voice": voice, "path": f"data/{name}.csv",
                "columns": columns | {"text": text}, "date_format": date_format,
            }
            for text in texts
        ]  # fmt: skip
    client = {"client": {"name": "Real", "language": "fr"}, "sources": sources}
    (project / "params" / "real.yaml").write_text(json.dumps(client), encoding="utf-8")  # JSON is YAML


def describe(outcome: Outcome) -> pd.DataFrame:
    """One row a stage: what it cost and made."""
    return pd.DataFrame(
        {
            "stage": record.stage,
            "seconds": round(record.seconds, 1),
            "peak_mb": round(record.peak_mb),
            "rows": ", ".join(f"{count:,} {name}" for name, count in record.rows.items()),
        }
        for record in outcome.records
    )


def check_ledger(outcome: Outcome) -> str:
    """Say how the rows add up, or which equation doesn't hold."""
    read = outcome.run.read
    sources = read("sources")
    received, comments = int(sources["n_received"].sum()), len(read("comments"))
    quarantined, documents, dropped = len(read("quarantined")), len(read("documents")), len(read("dropped"))
    told = f"{received:,} received = {comments:,} + {quarantined:,}; {comments:,} = {documents:,} + {dropped:,}"
    exact = received == comments + quarantined and comments == documents + dropped
    return f"ledger exact: {told}" if exact else f"LEDGER BROKEN: {told}"


def main() -> int:
    """Run the line and hold it against its bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="build and keep the project here")
    keep = parser.parse_args().keep
    if "BXTEXT_DATA" not in os.environ:
        print("BXTEXT_DATA is not set: nothing measured")
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        project = keep or Path(temporary) / "project"
        build_client(Path(os.environ["BXTEXT_DATA"]), project)
        outcome = run_line("real", project, on_stage=lambda record: print(record.stage, round(record.seconds, 1)))
        table, ledger = describe(outcome), check_ledger(outcome)
    seconds, peak = table["seconds"].sum(), table["peak_mb"].max()
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    table.to_json(results / "real_line.json", orient="records", indent=2)
    print(ledger)
    print(table.to_string(index=False))
    print(f"whole line: {seconds:.0f} s (bar {MAX_SECONDS}), peak {peak} MB (bar {MAX_MB})")
    return int(seconds > MAX_SECONDS or peak > MAX_MB or not ledger.startswith("ledger exact"))


if __name__ == "__main__":
    sys.exit(main())
