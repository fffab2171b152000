"""A person's path through the workbench, then the line again: their decisions must last.

    python benchmarks/workbench_path.py

A part of the sample is run in a project of its own; ten cards are labelled by keyboard in the panel, one is taken
back, a theme is renamed and another merged; the line is run again. The files must hold exactly these decisions, and the
second run must follow them: mentions and scores move, the labelled sentences are read as they were labelled, themes
have their new names. Bars: all of it, and most of the labelled sentences.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from bxtext.params import labels_path
from bxtext.pipeline import run_line
from bxtext.taxonomy import load_taxonomy
from bxtext.themes.registry import Merge, Rename, load_registry
from bxtext.wording import load_wording
from bxtext.workbench import LabelFile, open_finished
from bxtext.workbench.teach_desk import TeachDesk
from bxtext.workbench.teach_panel import TeachPanel
from bxtext.workbench.theme_desk import ThemeDesk

if TYPE_CHECKING:
    from bxtext.run import Run

ROOT = Path(__file__).parent.parent
CLIENT, LABELS = "sample", 10
ROWS = 400  # lines of each file
MOST = 0.5  # of the labelled sentences are then read as they were labelled


def make_project(root: Path) -> None:
    """Put the sample, its parameters and the notebooks into a project of its own."""
    (root / "params").mkdir()
    shutil.copy(ROOT / "params" / f"{CLIENT}.yaml", root / "params")
    (root / "data" / CLIENT).mkdir(parents=True)
    for file in (ROOT / "data" / CLIENT).glob("*.csv"):
        lines = file.read_bytes().splitlines(keepends=True)[:ROWS]  # as they are, whatever their encoding
        (root / "data" / CLIENT / file.name).write_bytes(b"".join(lines))
    (root / "notebooks").symlink_to(ROOT / "notebooks", target_is_directory=True)


def label_cards(run: Run) -> pd.DataFrame:
    """Label ten cards by keyboard, take the last one back; return what was decided.

    Each card is given a driver that the run did not find in it: what the run says of it must change.
    """
    desk = TeachDesk(run, load_taxonomy(**run.params.taxonomy.model_dump()), "ana")
    panel = TeachPanel(desk, load_wording("fr"))
    decided = []
    for number in range(LABELS):
        card, choices = desk.card, desk.choices()
        place = len(card.proposed) + 1 + number
        decided.append((card.use, card.document_id, card.segment_id, choices[place - 1]))
        panel.typed.value = f"{place} -"
    panel.undo.click()
    return pd.DataFrame(decided[:-1], columns=["use", "document_id", "segment_id", "drivers"])


def edit_themes(run: Run) -> list[Rename | Merge]:
    """Rename the largest theme of the customers, and merge the third into the second."""
    desk = ThemeDesk(run, load_wording("fr"))
    own = desk.themes()["theme_id"]
    first, second, third = own[own.str.startswith("customer-")].head(3)
    edits = [Rename(verb="rename", theme=first, fr="ce que tous disent", en="what all say"),
             Merge(verb="merge", theme=third, into=second)]  # fmt: skip
    for edit in edits:
        desk.commit(edit)
    return edits


def compare(before: Run, after: Run, decided: pd.DataFrame, edits: list[Rename | Merge]) -> dict[str, float | bool]:
    """Return what the second run made of the decisions."""
    kept = LabelFile(labels_path(CLIENT, before.root)).read()
    taught = decided[decided["use"] == "teach"].rename(columns={"drivers": "driver_id"})
    heard = [taught.merge(run.read("mentions")[["document_id", "driver_id"]]) for run in (before, after)]
    mentions = [run.read("mentions").set_index(["document_id", "driver_id"]) for run in (before, after)]
    scores = [run.read("driver_scores").set_index(["voice", "driver_id", "period", "cut", "group"])["score"]
              for run in (before, after)]  # fmt: skip
    themes = after.read("themes").set_index("theme_id")
    rename, merge = edits
    return {
        "labels_exact": kept[["use", "document_id", "segment_id", "drivers"]].equals(decided.astype("str")),
        "edits_exact": list(load_registry(CLIENT, before.root).edits) == edits,
        "n_taught": len(taught),
        "heard_before": len(heard[0]),
        "heard_after": len(heard[1]),
        "mentions_changed": len(mentions[0].index.symmetric_difference(mentions[1].index)),
        "scores_changed": int((scores[0].round(3) != scores[1].reindex(scores[0].index).round(3)).sum()),
        "theme_renamed": themes.loc[rename.theme, "label_fr"] == rename.fr,
        "theme_merged": merge.theme not in themes.index and merge.into in themes.index,
    }


def main() -> int:
    """Walk the path and hold the second run against it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_project(root)
        os.chdir(root)
        run_line(CLIENT, root)
        before = open_finished(CLIENT)
        decided, edits = label_cards(before), edit_themes(before)
        run_line(CLIENT, root)
        found = compare(before, open_finished(CLIENT), decided, edits)
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    (results / "workbench_path.json").write_text(json.dumps(found, indent=2, default=int) + "\n", encoding="utf-8")
    for name, value in found.items():
        print(f"{name:<20} {value}")
    exact = all(found[name] for name in ("labels_exact", "edits_exact", "theme_renamed", "theme_merged"))
    moved = found["mentions_changed"] > 0 and found["scores_changed"] > 0
    return int(not (exact and moved and found["heard_after"] >= MOST * found["n_taught"]))


if __name__ == "__main__":
    sys.exit(main())
