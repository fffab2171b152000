"""Measure whether a reader of three reports in a row can work out small groups, or who left, of harder companies.

    python benchmarks/privacy_waves.py [--companies N] [--first SEED]

The companies of `privacy_groups.py` over three waves, each report telling of all waves until then. Nobody leaves; or
after each report one to seven people do, and take their comments with them: anybody; a handful of one unit together;
the same while that unit gets another name, is made one with its neighbour, or is cut in two. Every comment has the
names of the last report, as a staff register gives them. The reader has every number of the three reports, knows which
units became which, and asks of any two reports who is in one and not in the other. Beside it: each report held against
what stood in the same cell before, and nothing else.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
from privacy_groups import PLACE, K, draw_people, name_ids, place_people, share_shown

from bxtext.publish.audit import audit_cells, protect_cells
from bxtext.publish.cells import CELL, HEARD, MONTH, Cells, list_cells
from bxtext.publish.gate import list_members, recall_past
from bxtext.publish.joint import Web, join_levels
from bxtext.publish.ledger import Ledger
from bxtext.publish.policy import Policy
from bxtext.tables import ALL

WAVES = ("2024", "2025", "2026")
NOBODY, ANYBODY, TOGETHER, RENAMED, JOINED, CUT = STORIES = (
    "nobody leaves", "anybody", "one unit", "unit renamed", "units made one", "unit cut in two",
)  # fmt: skip
HEARD_SHARE = 0.75  # of people, in a wave
TEAM, REAL_TEAM = "group_team", "group_place_team"
NAMES = {"unit": "place", "team": "place_team"}  # cuts whose names may change, and what is real beneath them
POLICY = Policy(K)
RESULTS = Path(__file__).parent / "results" / "privacy_waves.json"


def make_reports(seed: int) -> list[pd.DataFrame]:
    """Return what each report rests on: a row a person and wave, under the names of that time."""
    rng = np.random.default_rng(seed)
    story = STORIES[seed % len(STORIES)]
    people = draw_people(seed, rng)
    half = rng.choice(["a", "b"], len(people))
    people["place"] = people["unit"] + (half if story == CUT else "")
    if TEAM in people:
        people["place_team"] = people["place"] + people[TEAM]
    waves = [people.index[rng.random(len(people)) < HEARD_SHARE] for _ in WAVES]
    gone = np.zeros(len(people), dtype=bool)
    reports = []
    for n in range(len(WAVES)):
        heard = pd.concat([people.loc[wave].assign(period=WAVES[at]) for at, wave in enumerate(waves[: n + 1])])
        heard["document"] = heard["respondent"] * len(WAVES) + heard["period"].map(WAVES.index)
        reports.append(heard[~gone[heard["respondent"]]].assign(subject=HEARD).reset_index(drop=True))
        leaving, most = ~gone & (story != NOBODY), 7
        if story in {TOGETHER, RENAMED, JOINED, CUT}:
            unit = rng.choice(people["unit"].unique())
            leaving, most = leaving & (people["unit"] == unit).to_numpy(), K - 1
            people = reorganise(people, unit, half, story=story)
        leaving = np.flatnonzero(leaving)
        gone[rng.choice(leaving, min(int(rng.integers(1, most + 1)), len(leaving)), replace=False)] = True
    return reports


def reorganise(people: pd.DataFrame, unit: str, half: np.ndarray, *, story: str) -> pd.DataFrame:
    """Return the people under the names that come with the next report."""
    name = people["unit"].to_numpy(object)
    own = name == unit
    if story == RENAMED:
        name = np.where(own, unit + "'", name)
    elif story == JOINED:
        beside = people.loc[people["group_region"].isin(people["group_region"][own]) & ~own, "unit"].unique()
        name = np.where(np.isin(name, [unit, *beside[:1]]), unit + "+", name)
    elif story == CUT:
        name = np.where(own, unit + half, name)
    changed = people.assign(unit=pd.Series(name, index=people.index).astype("str"))
    if TEAM in people:
        changed[TEAM] = changed["unit"] + " " + people[TEAM].str.split().str[-1]
    return changed


def place_report(heard: pd.DataFrame) -> pd.DataFrame:
    """Return a report's rows as stage 2 places them; beside what it tells, what is real."""
    placed = place_people(heard).drop(columns=PLACE)
    return placed.rename(columns={"place": PLACE, "place_team": REAL_TEAM})


def report_in_turn(placed: list[pd.DataFrame], folder: Path, *, since: bool) -> list[pd.DataFrame]:
    """Return the cells that each report shows, each held against the ledger of those before it.

    Without `since`, nothing but what stood in the same cell is looked at.
    """
    told = []
    for n, rows in enumerate(placed):
        cells = list_cells(rows.drop(columns=[PLACE, REAL_TEAM], errors="ignore"))
        members = list_members(cells, name_ids(rows))
        ledger = Ledger(folder, f"r{n}")
        past = recall_past(cells, members, POLICY, ledger)
        shown = protect_cells(cells, k=K, past=past if since else replace(past, since=()))
        ledger.draft(members.show(shown), POLICY, folder / f"r{n}.parquet")
        told.append(cells.table[shown])
    return told


def weave(placed: list[pd.DataFrame]) -> tuple[Cells, list[np.ndarray]]:
    """Return the cells of all reports, of those who are in the same, and of who is in one and not in another."""
    web = Web(np.unique(np.concatenate([rows["document"] for rows in placed])))
    inside = np.array([np.isin(web.documents, rows["document"]) for rows in placed])
    reports = [web.add(rows) for rows in placed]
    for _, levels in reports:
        for told, real in NAMES.items():
            for kind in (ALL, MONTH):
                if (told, kind) in levels:
                    web.link(levels[told, kind], levels[real, kind])
    bare = pd.concat(placed).drop_duplicates("document").drop(columns=["unit", TEAM], errors="ignore")
    alike = [(inside == pattern[:, None]).all(axis=0) for pattern in np.unique(inside, axis=1).T]
    same = join_levels([web.add(bare[bare["document"].isin(web.documents[chosen])])[1] for chosen in alike])
    wholes = [levels for _, levels in reports]
    wave = web.documents % len(WAVES)
    for one, other in permutations(range(len(placed)), 2):
        apart = web.documents[inside[one] & ~inside[other] & (wave <= min(one, other))]
        wholes += [web.add(bare[bare["document"].isin(apart)])[1]] if len(apart) else []
    for levels in wholes:
        for (cut, kind), cell in levels.items():
            if kind == MONTH and cut not in NAMES:
                web.link(cell, same[cut, kind])
    return web.join(), [where for where, _ in reports]


def judge(seed: int) -> dict[str, object]:
    """Publish one company three times and attack all three reports at once."""
    heard = make_reports(seed)
    placed = [place_report(report) for report in heard]
    cells, places = weave(placed)
    found: dict[str, object] = {"story": STORIES[seed % len(STORIES)], "respondents": heard[0]["respondent"].nunique()}
    for name, since in (("", True), ("_cell_by_cell", False)):
        with tempfile.TemporaryDirectory() as folder:
            told = report_in_turn(placed, Path(folder), since=since)
        found["found" + name] = attack(cells, places, told)
        shares = [share_shown(*both) for both in zip(told, heard, strict=True)]
        found |= {f"shown_{n}{name}": share for n, share in enumerate(shares, start=1)}
    return found


def attack(cells: Cells, places: list[np.ndarray], told: list[pd.DataFrame]) -> int:
    """Return how many small groups are known to within k, and how many of those who are apart exactly."""
    had, reported = np.zeros((2, len(cells.table)), dtype=bool)
    for where, table in zip(places, told, strict=True):
        own = cells.table.iloc[where]
        reported[where] = True
        had[where] = own[CELL].merge(table[CELL].assign(had=True), on=CELL, how="left")["had"].notna()
    small = cells.n_respondents < K
    within = audit_cells(cells, had, k=K, risky=small & reported)
    exactly = audit_cells(cells, had, k=1, risky=small & ~reported)
    return len(within) + len(exactly)


def main() -> int:
    """Judge the companies, print what was found by story, save it; 1 when anybody is found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=60)
    parser.add_argument("--first", type=int, default=0, help="seed of the first company")
    options = parser.parse_args()
    start = time.perf_counter()
    found = pd.DataFrame([judge(seed) for seed in range(options.first, options.first + options.companies)])
    shares = [name for name in found if name.startswith("shown")]
    both = ["found", "found_cell_by_cell"]
    by_story = found.groupby("story", sort=False)
    anybody = by_story[both].agg(lambda n: (n > 0).sum()).add_suffix("_companies")
    table = pd.concat(
        [by_story.size().rename("companies"), by_story[both].sum(), anybody, by_story[shares].mean()], axis=1
    )
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(table.to_json(orient="index", indent=2) + "\n", encoding="utf-8")
    print(table.round(3).T.to_string())
    print(f"{time.perf_counter() - start:.0f} s")
    held = not found["found"].any()
    print("holds" if held else "falls short")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
