"""Measure whether a reader can work out small groups of a thousand made-up companies, over two reports.

    python benchmarks/privacy_groups.py [--companies N] [--first SEED] [--anew]

Each company has units in regions and two other groups; in every third, units are crossed with a group as well; some
have a dozen people, some hundreds. It publishes wave 1; then some people leave and take their comments with them, a
second wave is collected, and both waves are published again, held against the ledger. Employees of small units are
placed as stage 2 places them. The reader has every number of both reports, knows the sums they obey down to the real
units, and that who is in one report only has left, or come. Beside it: no protection but hiding cells below k.

What is found of a company is written at once to `results/privacy_groups.jsonl`, and not asked again: a thousand can be
judged in pieces. The figures are those of all companies in that file.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from bxtext.clean import SmallUnits
from bxtext.publish.audit import audit_cells, protect_cells
from bxtext.publish.cells import CELL, HEARD, NOWHERE, Cells, Family, list_cells
from bxtext.publish.gate import list_members, recall_past
from bxtext.publish.ledger import Ledger
from bxtext.publish.policy import Policy
from bxtext.tables import ALL

K = 5
POLICY = Policy(K)
BAR_SHOWN = 0.75
NAIVE = 100  # companies that are attacked unprotected as well
RESULTS = Path(__file__).parent / "results"
PLACE = "group_place"  # the real unit, which no report tells


def draw_people(seed: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return the people of a company: `unit`, groups, `respondent`."""
    n_units, typical = int(rng.integers(3, 20)), np.exp(rng.uniform(np.log(6), np.log(30)))
    sizes = np.maximum(rng.lognormal(np.log(typical), 0.8, n_units).astype(int), 1)
    people = pd.DataFrame({"unit": np.repeat([f"u{place:02d}" for place in range(n_units)], sizes)})
    regions = rng.integers(0, max(2, n_units // 5), n_units)
    people["group_region"] = "r" + pd.Series(np.repeat(regions, sizes)).astype("str")
    people["group_tenure"] = rng.choice(["<1", "1-3", "4-9", "10+"], len(people), p=[0.1, 0.2, 0.35, 0.35])
    if seed % 2:
        people["group_contract"] = rng.choice(["permanent", "fixed"], len(people), p=[0.9, 0.1])
    if seed % 3 == 0:
        people["group_team"] = people["unit"] + " " + rng.choice(["day", "night"], len(people), p=[0.7, 0.3])
    return people.assign(respondent=np.arange(len(people)))


def make_company(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what is heard by the first report and by the second: one row a person and wave."""
    rng = np.random.default_rng(seed)
    people = draw_people(seed, rng)
    waves = [people[rng.random(len(people)) < 0.75].assign(period=wave) for wave in ("2025", "2026")]
    leavers = rng.choice(len(people), min(int(rng.integers(1, 8)), len(people) - 1), replace=False)
    said = pd.concat(waves, ignore_index=True).assign(subject=HEARD)
    said["document"] = np.arange(len(said))
    first = said[said["period"] == "2025"]
    return first, said[~said["respondent"].isin(leavers)].reset_index(drop=True)


def place_people(heard: pd.DataFrame) -> pd.DataFrame:
    """Return what a report rests on: units as they are told, beside them the real ones; who counts nowhere is gone."""
    asked = heard.assign(voice="employee", source="s", respondent_id=heard["respondent"].astype("str"))
    units = SmallUnits(K).place(asked, pd.Series(data=True, index=heard.index))
    placed = heard.assign(**{PLACE: heard["unit"]}, unit=units.astype("str"))
    return placed[units.notna()].reset_index(drop=True)


def join_parts(parts: dict[str, pd.DataFrame]) -> tuple[Cells, dict[str, slice]]:
    """Return the cells of both reports and of who is in both or in one, and the sums that tie them together.

    What the first report says of wave 1 is who stayed and who left; what the second says of it, who stayed and came.
    """
    everybody = np.unique(np.concatenate([part["document"] for part in parts.values()]))
    families, levels, places, start = [], {}, {}, 0
    for name, part in parts.items():
        cells = list_cells(part)
        at = np.searchsorted(everybody, part["document"])
        families += [
            Family(*(spread(own, at, start, everybody) for own in (family.parent, family.child)), everybody)
            for family in cells.families
        ]
        keyed = cells.members.join(cells.table[["cut", "period"]], on="cell")
        keyed["time"] = np.where(keyed["period"] == ALL, ALL, "wave")
        levels[name] = {
            (cut, time if time == ALL else period): spread(
                rows["cell"].to_numpy(), np.searchsorted(everybody, rows["document"]), start, everybody
            )
            for (cut, time, period), rows in keyed.groupby(["cut", "time", "period"])
        }
        families += [
            Family(level, levels[name]["place", period], everybody)
            for (cut, period), level in levels[name].items()
            if cut == "unit"
        ]
        places[name] = slice(start, start + len(cells.table))
        start += len(cells.table)
        parts[name] = cells.table
    nowhere = np.full(len(everybody), NOWHERE)
    wholes = [(whole, changed) for whole, changed in (("first", "left"), ("second", "came")) if whole in levels]
    for whole, changed in wholes:
        for cut in {cut for cut, period in levels[whole] if period == "2025"} - {"unit"}:  # units change their names
            stayed, other = (levels.get(part, {}).get((cut, "2025"), nowhere) for part in ("stayed", changed))
            families.append(Family(levels[whole][cut, "2025"], np.where(stayed != NOWHERE, stayed, other), everybody))
    table = pd.concat(parts.values(), ignore_index=True)
    return Cells(table, tuple(families)), places


def spread(cells: np.ndarray, at: np.ndarray, start: int, everybody: np.ndarray) -> np.ndarray:
    """Return the cell of everybody: `cells` for the rows `at`, numbered from `start`; nowhere for the others."""
    all_cells = np.full(len(everybody), NOWHERE)
    all_cells[at] = np.where(cells == NOWHERE, NOWHERE, cells + start)
    return all_cells


def name_ids(placed: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a report with the ids that the ledger asks for."""
    ids = placed[["document", "respondent"]].astype("str")
    return placed.assign(document_id=ids["document"], person=ids["respondent"])


def share_shown(told: pd.DataFrame, heard: pd.DataFrame) -> float:
    """Return the mean, over the groups people are broken down by, of the share of all heard who are in a shown cell."""
    groups = told[(told["cut"] != ALL) & (told["period"] == ALL)].groupby("cut")["n_respondents"].sum()
    cuts = ["unit", *(name.removeprefix("group_") for name in heard if name.startswith("group_"))]
    return float(groups.reindex(cuts, fill_value=0).mean() / heard["respondent"].nunique())


def report_on(placed: pd.DataFrame, ledger: Ledger) -> tuple[Cells, np.ndarray]:
    """Return the cells of a report and which it shows, held against the reports before it, as the gate holds them."""
    cells = list_cells(placed.drop(columns=PLACE))
    members = list_members(cells, name_ids(placed))
    shown = protect_cells(cells, k=K, past=recall_past(cells, members, POLICY, ledger))
    ledger.draft(members.show(shown), POLICY, ledger.folder / f"{ledger.run_id}.parquet")
    return cells, shown


def judge(seed: int) -> dict[str, float]:
    """Publish one company twice and attack it."""
    heard = make_company(seed)
    placed = [place_people(wave) for wave in heard]
    with tempfile.TemporaryDirectory() as folder:
        (first, shown_first), (second, shown_second) = (
            report_on(wave, Ledger(Path(folder), f"wave-{n}")) for n, wave in enumerate(placed)
        )
    again = placed[0]["document"].isin(placed[1]["document"])
    early = placed[1][placed[1]["period"] == "2025"]
    parts = {
        "first": placed[0], "second": placed[1], "stayed": placed[0][again].drop(columns="unit"),
        "left": placed[0][~again].drop(columns="unit"),
        "came": early[~early["document"].isin(placed[0]["document"])].drop(columns="unit"),
    }  # fmt: skip
    both, places = join_parts({name: part for name, part in parts.items() if len(part)})
    told = {"first": first.table[shown_first], "second": second.table[shown_second]}
    small = both.n_respondents < K
    reported = np.zeros(len(both.table), dtype=bool)
    for name in told.keys() & places.keys():
        reported[places[name]] = True

    def attack(told: dict[str, pd.DataFrame]) -> int:
        """Return how many small groups are known to within k, and how many sets of who left or came exactly."""
        had = np.zeros(len(both.table), dtype=bool)
        for name in told.keys() & places.keys():  # of few people, a report may hold nobody
            own, table = both.table.iloc[places[name]], told[name]
            had[places[name]] = own[CELL].merge(table[CELL].assign(had=True), on=CELL, how="left")["had"].notna()
        within = audit_cells(both, had, k=K, risky=small & reported)
        exactly = audit_cells(both, had, k=1, risky=small & ~reported)
        return len(within) + len(exactly)

    naive = None
    if seed < NAIVE:
        bare = {name: list_cells(wave).table for name, wave in zip(told, heard, strict=True)}
        naive = attack({name: table[table["n_respondents"] >= K] for name, table in bare.items()})
    return {
        "seed": seed,
        "respondents": heard[0]["respondent"].nunique(),
        "small": int((small & reported).sum()),
        "recoverable": attack(told),
        "recoverable_naive": naive,
        "shown_first": share_shown(told["first"], heard[0]),
        "shown_second": share_shown(told["second"], heard[1]),
    }


def main() -> int:
    """Judge the companies not yet judged, print what was found of all, save it; 1 when a bar falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first company")
    parser.add_argument("--anew", action="store_true", help="forget what was found before")
    options = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    rows = RESULTS / "privacy_groups.jsonl"
    if options.anew:
        rows.unlink(missing_ok=True)
    known = {json.loads(line)["seed"] for line in rows.read_text().splitlines()} if rows.is_file() else set()
    start = time.perf_counter()
    with rows.open("a", encoding="utf-8") as lines:
        for seed in sorted(set(range(options.first, options.first + options.companies)) - known):
            lines.write(json.dumps(judge(seed)) + "\n")
            lines.flush()
    found = pd.read_json(rows, lines=True).drop_duplicates("seed")
    summary = {
        "companies": len(found),
        "respondents_least": int(found["respondents"].min()),
        "respondents_median": float(found["respondents"].median()),
        "small_groups": int(found["small"].sum()),
        "recoverable": int(found["recoverable"].sum()),
        "companies_with_any_naive": float((found["recoverable_naive"].dropna() > 0).mean()),
        "shown_first": float(found["shown_first"].mean()),
        "shown_second": float(found["shown_second"].mean()),
        "shown_worst_tenth": float(found[["shown_first", "shown_second"]].mean(axis=1).quantile(0.1)),
        "seconds": round(time.perf_counter() - start, 1),
    }
    (RESULTS / "privacy_groups.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    for name, value in summary.items():
        print(f"{name:28} {value:,.3f}" if isinstance(value, float) else f"{name:28} {value:,}")
    held = summary["recoverable"] == 0 and min(summary["shown_first"], summary["shown_second"]) >= BAR_SHOWN
    print("holds" if held else "falls short")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
