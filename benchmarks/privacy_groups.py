"""Measure whether a reader can work out small groups of a thousand made-up companies, over two reports.

Each company has units in regions and two other groups; in every third, units are crossed with a group as well. It
publishes wave 1; then some people leave and take their comments with them, a second wave is collected, and both waves
are published again, held against the ledger. The reader has every number of both reports, knows the sums they obey, and
what left is what the first report held and the second doesn't. Beside it: no protection but hiding cells below k.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from bxtext.publish.audit import Past, audit_cells, protect_cells
from bxtext.publish.cells import CELL, HEARD, NOWHERE, Cells, Family, list_cells
from bxtext.publish.ledger import COMPARED, compare_members
from bxtext.tables import ALL

K = 5
BAR_SHOWN = 0.75
NAIVE = 100  # companies that are attacked unprotected as well


def make_company(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what is heard in the first report and in the second: one row a person and wave."""
    rng = np.random.default_rng(seed)
    n_units = int(rng.integers(4, 20))
    sizes = np.maximum(rng.lognormal(np.log(14), 0.8, n_units).astype(int), 1)
    people = pd.DataFrame({"unit": np.repeat([f"u{place:02d}" for place in range(n_units)], sizes)})
    regions = rng.integers(0, max(2, n_units // 5), n_units)
    people["group_region"] = "r" + pd.Series(np.repeat(regions, sizes)).astype("str")
    people["group_tenure"] = rng.choice(["<1", "1-3", "4-9", "10+"], len(people), p=[0.1, 0.2, 0.35, 0.35])
    if seed % 2:
        people["group_contract"] = rng.choice(["permanent", "fixed"], len(people), p=[0.9, 0.1])
    if seed % 3 == 0:
        people["group_team"] = people["unit"] + " " + rng.choice(["day", "night"], len(people), p=[0.7, 0.3])
    people["respondent"] = np.arange(len(people))
    waves = [people[rng.random(len(people)) < 0.75].assign(period=wave) for wave in ("2025", "2026")]
    leavers = rng.choice(len(people), min(int(rng.integers(1, 8)), len(people) - 1), replace=False)
    said = pd.concat(waves, ignore_index=True).assign(subject=HEARD)
    said["document"] = np.arange(len(said))
    first = said[said["period"] == "2025"]
    return first, said[~said["respondent"].isin(leavers)].reset_index(drop=True)


def join_reports(first: Cells, second: Cells, left: Cells, documents: list[np.ndarray]) -> Cells:
    """Return the cells of both reports and of what left between them, with the sums that tie them together.

    What the first report says of wave 1 is what the second says of it, and what left.
    """
    rows = {document: place for place, document in enumerate(np.unique(np.concatenate(documents)))}
    parts = (first, second, left)
    offsets = np.cumsum([0, *(len(part.table) for part in parts)])
    families, levels, who = [], [], np.zeros(len(rows), dtype=np.int64)
    for part, offset, own in zip(parts, offsets, documents, strict=False):
        at = np.array([rows[document] for document in own], dtype=np.int64)
        who[at] = part.respondent
        families += [
            Family(spread(family.parent, at, offset, len(rows)), spread(family.child, at, offset, len(rows)))
            for family in part.families
        ]
        dated = part.members.join(part.table[["cut", "period"]], on="cell").query("period == '2025'")
        levels.append(
            {
                cut: spread(
                    own_rows["cell"].to_numpy(), own_rows["document"].map(rows).to_numpy(np.int64), offset, len(rows)
                )
                for cut, own_rows in dated.groupby("cut")
            }
        )
    for cut, parent in levels[0].items():
        nowhere = np.full(len(rows), NOWHERE)
        stayed, gone = levels[1].get(cut, nowhere), levels[2].get(cut, nowhere)
        families.append(Family(parent, np.where(stayed != NOWHERE, stayed, gone)))
    table = pd.concat([part.table for part in parts], ignore_index=True)
    return Cells(table, who, tuple(families), first.members)


def spread(cells: np.ndarray, at: np.ndarray, offset: int, n: int) -> np.ndarray:
    """Return the cell of each of n rows: `cells` for the rows `at`, numbered from `offset`; nowhere for the others."""
    everywhere = np.full(n, NOWHERE)
    everywhere[at] = np.where(cells == NOWHERE, NOWHERE, cells + offset)
    return everywhere


def members_of(cells: Cells) -> pd.DataFrame:
    """Return who is in each cell."""
    keys = cells.table.loc[cells.members["cell"], CELL].reset_index(drop=True)
    return keys.join(cells.members[["document", "respondent"]].reset_index(drop=True))


def share_shown(cells: Cells, shown: np.ndarray) -> float:
    """Return the mean, over the groups people are broken down by, of the share of them who are in a shown cell."""
    table = cells.table.assign(shown=shown)
    parts = table[(table["cut"] != ALL) & (table["period"] == ALL)]
    seen = parts["n_respondents"].where(parts["shown"], 0).groupby(parts["cut"]).sum()
    return float((seen / parts.groupby("cut")["n_respondents"].sum()).mean())


def report_on(said: pd.DataFrame, before: pd.DataFrame | None) -> tuple[Cells, np.ndarray]:
    """Return the cells of a report and which it shows, held against the one before."""
    cells = list_cells(said)
    past = None
    if before is not None:
        told = cells.table[CELL].merge(compare_members(members_of(cells), before, k=K), on=CELL, how="left")
        past = Past(*((told[name] == True).to_numpy() for name in COMPARED))  # noqa: E712  missing is False
    return cells, protect_cells(cells, k=K, past=past)


def judge(seed: int) -> dict[str, float]:
    """Publish one company twice and attack it."""
    first_said, second_said = make_company(seed)
    first, shown_first = report_on(first_said, None)
    second, shown_second = report_on(second_said, members_of(first).assign(shown=shown_first[first.members["cell"]]))
    left_said = first_said[~first_said["document"].isin(second_said["document"])]
    left = list_cells(left_said)
    documents = [frame["document"].to_numpy() for frame in (first_said, second_said, left_said)]
    both = join_reports(first, second, left, documents)
    small = both.n_respondents < K
    gone = np.arange(len(both.table)) >= len(first.table) + len(second.table)

    def attack(told: np.ndarray) -> int:
        """Return how many small groups are known to within k, and how many sets of leavers exactly."""
        had = np.concatenate([told, np.zeros(len(left.table), dtype=bool)])
        within = audit_cells(both, had, k=K, risky=small & ~gone)
        exactly = audit_cells(both, had, k=1, risky=small & gone)
        return len(within) + len(exactly)

    naive = np.nan
    if seed < NAIVE:
        naive = attack(np.concatenate([part.n_respondents >= K for part in (first, second)]))
    return {
        "respondents": first_said["respondent"].nunique(),
        "small": int((both.n_respondents < K).sum()),
        "recoverable": attack(np.concatenate([shown_first, shown_second])),
        "recoverable_naive": naive,
        "shown_first": share_shown(first, shown_first),
        "shown_second": share_shown(second, shown_second),
    }


def main() -> int:
    """Judge the companies, print what was found, save it; 1 when a bar falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first company")
    options = parser.parse_args()
    start = time.perf_counter()
    found = pd.DataFrame([judge(seed) for seed in range(options.first, options.first + options.companies)])
    summary = {
        "companies": len(found),
        "respondents_median": float(found["respondents"].median()),
        "small_groups": int(found["small"].sum()),
        "recoverable": int(found["recoverable"].sum()),
        "companies_with_any_naive": float((found["recoverable_naive"].dropna() > 0).mean()),
        "shown_first": float(found["shown_first"].mean()),
        "shown_second": float(found["shown_second"].mean()),
        "shown_worst_tenth": float(found[["shown_first", "shown_second"]].mean(axis=1).quantile(0.1)),
        "seconds": round(time.perf_counter() - start, 1),
    }
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    (folder / "privacy_groups.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    for name, value in summary.items():
        print(f"{name:28} {value:,.3f}" if isinstance(value, float) else f"{name:28} {value:,}")
    held = summary["recoverable"] == 0 and min(summary["shown_first"], summary["shown_second"]) >= BAR_SHOWN
    print("holds" if held else "falls short")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
