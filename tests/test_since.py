"""Several reports in a row: who leaves or comes between them is nobody's to work out, under whatever names (P03)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxtext.publish.audit import protect_cells
from bxtext.publish.cells import CELL, HEARD, list_cells
from bxtext.publish.gate import list_members, recall_past
from bxtext.publish.ledger import Ledger
from bxtext.publish.members import Members, compare_members, rename_groups
from bxtext.publish.policy import Policy
from bxtext.publish.since import look_back
from bxtext.tables import ALL

K = 5
MONTHS = ("2026-01", "2026-02", "2026-03")
STORIES = ("the same units", "renamed", "made one", "cut in two")


def make_reports(seed, story="the same units"):
    """What three reports rest on, a month more each time; after each, up to four people of a unit take theirs away."""
    rng = np.random.default_rng(seed)
    sizes = np.maximum(rng.lognormal(2.3, 0.7, 7).astype(int), 2)
    people = pd.DataFrame({"unit": np.repeat([f"u{n}" for n in range(len(sizes))], sizes)})
    people["group_region"] = "r" + (people["unit"].str[1:].astype(int) // 3).astype("str")
    people["group_tenure"] = rng.choice(["<1", "1-3", "4+"], len(people), p=[0.15, 0.3, 0.55])
    people["person"] = [f"p{n}" for n in range(len(people))]
    spoke = [people.index[rng.random(len(people)) < 0.8] for _ in MONTHS]
    half, gone, reports = rng.choice(["a", "b"], len(people)), np.zeros(len(people), dtype=bool), []
    for n in range(len(MONTHS)):
        said = pd.concat([people.loc[own].assign(period=MONTHS[place]) for place, own in enumerate(spoke[: n + 1])])
        said = said[~gone[said.index]].assign(subject=HEARD)
        reports.append(said.assign(document_id=said["person"] + " " + said["period"]).reset_index(drop=True))
        own = (people["unit"] == rng.choice(people["unit"].unique())).to_numpy()
        leaving = np.flatnonzero(own & ~gone)
        gone[rng.choice(leaving, min(int(rng.integers(1, K)), len(leaving)), replace=False)] = True
        names = people["unit"].to_numpy(object)
        if story == "made one":
            own = own | (names == rng.choice(names[people["group_region"] == people["group_region"][own].iloc[0]]))
        after = {"the same units": names, "renamed": names + "'", "made one": f"m{n}", "cut in two": names + half}
        people["unit"] = pd.Series(np.where(own, after[story], names)).astype("str")
    return reports


def publish_in_turn(reports, folder, *, since=True):
    """The shown cells of each report, and who is in them, each held against those before."""
    told, policy = [], Policy(K)
    for n, report in enumerate(reports):
        said = report.assign(document=np.arange(len(report)), respondent=pd.factorize(report["person"])[0])
        cells = list_cells(said.drop(columns=["person", "document_id"]))
        members, ledger = list_members(cells, said), Ledger(folder, f"r{n}")
        past = recall_past(cells, members, policy, ledger)
        shown = protect_cells(cells, k=K, past=past if since else replace(past, since=()))
        ledger.draft(members.show(shown), policy, folder / f"r{n}.parquet")
        told.append(members.show(shown).write_out().astype({"document": "str"}))
    return told


def work_out(told):
    """The comments of fewer than K people whose sum follows from all that is shown, by adding and taking away.

    Who tries knows, of every cell of every report, whose comments are in it: no name of a unit hides anything.
    """
    places = {name: at for at, name in enumerate(sorted(set(pd.concat(told)["document"])))}
    people = {name: name.split()[0] for name in places}

    def mark(documents):
        return np.isin(np.arange(len(places)), [places[name] for name in documents])

    shown = [
        mark(own) for members in told for _, own in members[members["shown"]].groupby(CELL, observed=True)["document"]
    ]
    _, values, right = np.linalg.svd(np.array(shown, dtype=float), full_matrices=False)
    basis = right[values > 1e-9]
    cells = [dict(iter(members.groupby(CELL, observed=True)["document"])) for members in told]
    sought = {frozenset(own) for report in cells for own in report.values()}
    everything = [set(members["document"]) for members in told]
    for n, earlier in enumerate(cells):
        for later in everything[n + 1 :]:
            sought |= {frozenset(set(own) - later) for own in earlier.values()}
    sought = {group for group in sought if 0 < len({people[name] for name in group}) < K}
    marks = np.array([mark(group) for group in sought], dtype=float)
    return int((np.abs(marks - marks @ basis.T @ basis).max(axis=1) < 1e-7).sum())


@pytest.mark.parametrize(("seed", "story"), enumerate(STORIES))
def test_three_reports_give_nobody_away_under_any_name(tmp_path, seed, story):
    assert work_out(publish_in_turn(make_reports(seed, story), tmp_path)) == 0


def test_held_against_the_same_cell_alone_they_would(tmp_path):
    assert work_out(publish_in_turn(make_reports(0), tmp_path, since=False))


def make_months(sizes, months, *, gone=()):
    """A person of each unit and number speaks once in every month; those gone are not heard."""
    rows = [
        {"subject": HEARD, "unit": unit, "period": month, "person": f"{unit}{n}", "document_id": f"{unit}{n} {month}"}
        for month in months for unit, size in sizes.items() for n in range(size)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    return frame[~frame["person"].isin(gone)].reset_index(drop=True)


def shown_groups(members):
    return set(members.loc[members["shown"], ["group", "period"]].itertuples(index=False, name=None))


def test_all_the_time_less_the_new_month_is_held_against_what_was_told_before(tmp_path):
    sizes = {"Lille": 20, "Metz": 18}
    first = make_months(sizes, MONTHS[:2])
    later = make_months(sizes, MONTHS, gone=("Lille3", "Lille4"))
    told = publish_in_turn([first, later], tmp_path)
    assert {(ALL, ALL), ("Lille", ALL)} <= shown_groups(told[0])
    assert not {(ALL, ALL), (ALL, MONTHS[2])} <= shown_groups(told[1])
    assert not {("Lille", ALL), ("Lille", MONTHS[2])} <= shown_groups(told[1])
    assert {("Metz", ALL), ("Metz", MONTHS[2])} <= shown_groups(told[1])  # of whom nobody left


@pytest.mark.parametrize("now", [{"Lille": "Flandre"}, {"Lille": "Nord", "Metz": "Nord"}])
def test_a_unit_that_lost_one_person_is_not_shown_under_another_name(tmp_path, now):
    sizes = {"Lille": 20, "Metz": 18, "Nancy": 30, "Toul": 25}
    first = make_months(sizes, MONTHS[:1])
    later = make_months(sizes, MONTHS[:1], gone=("Lille3",))
    later["unit"] = later["unit"].replace(now)
    told = publish_in_turn([first, later], tmp_path)
    assert ("Lille", ALL) in shown_groups(told[0])
    assert (now["Lille"], ALL) not in shown_groups(told[1])
    assert ("Nancy", ALL) in shown_groups(told[1])


def test_what_was_hidden_is_not_told_by_all_the_time_less_what_is_new():
    sizes = {"Lille": 20, "Metz": 18, "Mons": 8}
    members = []
    for report in (make_months(sizes, MONTHS[:2]), make_months(sizes, MONTHS)):
        said = report.assign(document=np.arange(len(report)), respondent=pd.factorize(report["person"])[0])
        cells = list_cells(said.drop(columns=["person", "document_id"]))
        members.append(list_members(cells, said))
    before = members[0].show(members[0].cells["group"] != "Mons")
    told = ~((cells.table["group"] == "Mons") & cells.table["period"].isin(MONTHS[:2])).to_numpy()
    since = look_back(cells, members[1], before)
    telling = cells.table[since.find_telling(told, k=K)]
    assert ("Mons", ALL) in set(telling[["group", "period"]].itertuples(index=False, name=None))
    told &= ~((cells.table["group"] == "Mons") & (cells.table["period"] == MONTHS[2])).to_numpy()
    assert not since.find_telling(told, k=K).any()


def test_whoever_changed_unit_month_or_group_is_followed(tmp_path):
    sizes = {"Lille": 20, "Metz": 18, "Nancy": 30}
    first = make_months(sizes, MONTHS[:2])
    first["group_shift"] = np.where(np.arange(len(first)) % 2, "day", "night")
    first.loc[first.index[:3], "unit"] = None
    later = make_months(sizes, MONTHS, gone=("Lille9", "Nancy3", "Nancy4"))
    later["group_tenure"] = np.where(np.arange(len(later)) % 3, "long", "short")
    later.loc[later.index[10:14], ["unit", "period"]] = ["Metz", MONTHS[1]]
    later.loc[later.index[30:32], "unit"] = None
    told = publish_in_turn([first, later], tmp_path)
    assert shown_groups(told[1])
    assert work_out(told) == 0


def list_members_of(said, shown=()):
    """Who speaks in which unit, two comments a person."""
    cell = {"subject": HEARD, "cut": "unit", "period": ALL}
    rows = [cell | {"group": unit, "document": f"d{n}", "respondent": f"p{n // 2}"} for unit, n in said]
    members = Members.of(pd.DataFrame(rows))
    return members.show(members.cells["group"].isin(list(shown)))


SAID = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 15)), min_size=1, max_size=30, unique=True)


@given(now=SAID, before=SAID, shown=st.sets(st.sampled_from("ABC")), k=st.integers(1, 4))
def test_two_publications_are_compared_as_the_lists_of_their_comments_are(now, before, shown, k):
    heard, heard_before = ({unit: {n for own, n in said if own == unit} for unit, _ in said} for said in (now, before))
    expected = {}
    for unit in heard.keys() & heard_before.keys():
        people = {n // 2 for n in heard[unit] ^ heard_before[unit]}
        expected[unit] = 0 < len(people) < k, not people and unit not in shown, not people and unit in shown
    found = compare_members(list_members_of(now), list_members_of(before, shown), k=k)
    assert {row.group: (row.near, row.held, row.known) for row in found.itertuples()} == expected


def test_names_are_followed_by_most_of_the_comments():
    cell = {"subject": HEARD, "cut": "unit", "group": "Metz", "period": ALL, "shown": True}
    before = pd.DataFrame([cell | {"document": name, "respondent": name} for name in "abcde"])
    before = pd.concat([before, before.assign(group="Toul", document=before["document"].str.upper(), shown=False)])
    now = before.assign(group=before["group"].mask(before["document"].isin(list("cdeABCDE")), "Nancy"))
    before, now = Members.of(before), Members.of(now)
    renamed = rename_groups(before, now).write_out()
    assert set(renamed["group"]) == {"Nancy"}
    assert not renamed["shown"].any()  # Toul was hidden: nobody has both together
    pd.testing.assert_frame_equal(rename_groups(before, before).write_out(), before.write_out())
