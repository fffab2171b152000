"""The one door: small groups are neither shown nor worked out, within a report or between two (cases P01 to P31)."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from factories import few_drivers, make_run, make_tables
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import make_drivers

from bxtext.errors import PrivacyError
from bxtext.publish import RULES, Policy, ledger, publish, publish_run
from bxtext.publish.audit import Past, audit_cells, bound_counts, protect_cells, write_sums
from bxtext.publish.cells import CELL, HEARD, Family, hide_small, list_cells
from bxtext.publish.gate import list_members
from bxtext.publish.ledger import Ledger, open_ledger
from bxtext.publish.members import COMPARED, compare_members
from bxtext.publish.said import list_said
from bxtext.run.publishing import DRAFT
from bxtext.scores import score_drivers
from bxtext.tables import ALL, REPORT_TABLES, TABLES
from bxtext.votes import number_respondents

K = 5
FAULTS = Path(os.environ.get("BXTEXT_DATA", "")).resolve().parent / "faults"
UNITS = ("Arras", "Lille", "Metz", "Mons")


def make_said(seed, *, n_units=8, cross=False):
    """What is heard in a made-up company: units in regions, two other groups, two months."""
    rng = np.random.default_rng(seed)
    sizes = np.maximum(rng.lognormal(2.3, 0.9, n_units).astype(int), 1)
    frame = pd.DataFrame({"unit": np.repeat([f"u{place}" for place in range(n_units)], sizes)})
    frame["group_region"] = "r" + (frame["unit"].str[1:].astype(int) // 3).astype("str")
    frame["group_tenure"] = rng.choice(["<1", "1-3", "4+"], len(frame), p=[0.1, 0.3, 0.6])
    if cross:
        frame["group_team"] = frame["unit"] + frame["group_tenure"]
    frame["respondent"] = np.arange(len(frame))
    months = [frame[rng.random(len(frame)) < 0.7].assign(period=month) for month in ("2026-01", "2026-02")]
    said = pd.concat(months, ignore_index=True).assign(subject=HEARD)
    return said.assign(document=np.arange(len(said)))


def worked_out(cells, shown):
    """The small cells that least squares, which knows nothing of `bound_counts`, finds fixed by those shown."""
    sums = write_sums(cells)
    hidden = np.concatenate([~shown, np.ones(len(sums.counts) - len(shown), dtype=bool)])
    own = sums.matrix[:, np.flatnonzero(hidden)].toarray()
    _, values, right = np.linalg.svd(own)
    loose = right[(values > 1e-9).sum() :]  # directions in which hidden counts may move
    fixed = np.flatnonzero(hidden)[np.abs(loose).max(axis=0, initial=0) < 1e-9]
    return [cell for cell in fixed if cell < len(shown) and cells.n_respondents[cell] < K]


# P02
def test_no_small_group_of_a_company_can_be_worked_out():
    seen = []
    for seed in range(12):
        cells = list_cells(make_said(seed, n_units=12, cross=seed % 3 == 0))
        shown = protect_cells(cells, k=K)
        assert not audit_cells(cells, shown, k=K)
        assert not worked_out(cells, shown)
        parts = cells.table.assign(shown=shown).query("cut != 'all' and period == 'all'")
        people = parts["n_respondents"].groupby(parts["cut"]).sum()
        seen.append((parts["n_respondents"].where(parts["shown"], 0).groupby(parts["cut"]).sum() / people).mean())
    assert np.mean(seen) >= 0.75


def test_hiding_small_cells_alone_gives_them_away():
    found = []
    for seed in range(12):
        cells = list_cells(make_said(seed))
        naive = cells.n_respondents >= K
        found.append(len(worked_out(cells, naive)))
        assert set(worked_out(cells, naive)) <= set(audit_cells(cells, naive, k=K))
    assert sum(n > 0 for n in found) >= 9


@given(
    st.lists(st.tuples(st.integers(-1, 2), st.integers(-1, 4), st.integers(0, 3)), min_size=1, max_size=20),
    st.sets(st.integers(0, 4)),
)
def test_people_left_of_a_parent_are_those_who_said_something_outside_its_shown_children(rows, told):
    family = Family(*np.array(rows).T)
    shown = np.isin(np.arange(5), list(told))
    outside = {(parent, person) for parent, child, person in rows if child not in told}
    left = [sum(parent == cell for parent, _ in outside) for cell in range(5)]
    assert family.count_left(shown).tolist() == left


@given(st.lists(st.integers(0, 30), min_size=2, max_size=9))
@settings(max_examples=60)
def test_whoever_is_left_of_a_parent_is_nobody_or_enough(sizes):
    units = np.repeat(np.arange(len(sizes)).astype(str), sizes)
    said = pd.DataFrame(
        {"subject": HEARD, "document": range(len(units)), "respondent": range(len(units)), "unit": units}
    )
    if said.empty:
        return
    cells = list_cells(said)
    shown = hide_small(cells, k=K)
    children = cells.table[shown & (cells.table["cut"] == "unit")]["n_respondents"]
    left = sum(sizes) - children.sum()
    assert left == 0 or left >= K or children.empty
    assert (cells.n_respondents[shown] >= K).all()


def test_bounds_are_those_of_the_sums_alone():
    cells = list_cells(
        pd.DataFrame(
            {
                "subject": HEARD,
                "document": range(20),
                "respondent": range(20),
                "unit": list("a" * 14 + "b" * 2 + "c" * 4),
            }
        )
    )
    sums = write_sums(cells)
    shown = np.array([True, True, False, False])
    low, high, telling = bound_counts(sums.matrix, sums.counts, shown, np.array([2, 3]), width=K)
    assert (low.tolist(), high.tolist(), telling) == ([0, 0], [6, 6], {})


# P07
def test_thirty_comments_of_one_person_are_one_person():
    said = pd.DataFrame({"subject": HEARD, "document": range(40), "respondent": [0] * 30 + list(range(1, 11))})
    cells = list_cells(said.assign(unit=["Metz"] * 30 + ["Lille"] * 10))
    assert cells.table["group"][hide_small(cells, k=K)].tolist() == [ALL]  # all - Lille would be that person


@pytest.mark.skipif(not (FAULTS / "sdc_groups.csv").is_file(), reason="BXTEXT_DATA is not set")
# P01, P03
def test_groups_of_the_corpus_stay_hidden_over_two_waves():
    waves = [pd.read_csv(FAULTS / f"sdc_{name}.csv") for name in ("groups", "wave2")]
    tables = []
    before = None
    for wave in waves:
        said = pd.DataFrame({
            "subject": HEARD, "document": wave["id"], "respondent": pd.factorize(wave["id"])[0], "unit": wave["site"],
            "group_team": wave["site"] + wave["equipe"], "group_gender": wave["genre"],
        })  # fmt: skip
        cells = list_cells(said)
        members = list_members(cells, said.assign(document_id=wave["id"], person=wave["id"]))
        past = None
        if before is not None:
            told = cells.table[CELL].merge(compare_members(members, before, k=K), on=CELL, how="left")
            past = Past(*(told[name].fillna(value=False).astype(bool).to_numpy() for name in COMPARED))
            near = cells.table["n_respondents"].to_numpy()[past.near]
            assert len(near)
        shown = protect_cells(cells, k=K, past=past)
        assert not audit_cells(cells, shown, k=K)
        if past is not None:
            assert not shown[past.near].any()
        before = members.show(shown)
        tables.append(cells.table[shown])
    assert all((table["n_respondents"] >= K).all() for table in tables)


def make_voices(sizes=(30, 22, 14, 3), *, months=("2026-01", "2026-02"), seed=3, top=False):
    """Tables of a run: employees in `UNITS` of these sizes, each speaking of two drivers; forty customers a unit."""
    rng = np.random.default_rng(seed)
    rows = [
        {"voice": "employee", "unit": unit, "group_region": "Nord" if unit in UNITS[:2] else "Est", "source": "staff",
         "respondent_id": f"e{unit}{n}", "period": months[n % len(months)]}
        for unit, size in zip(UNITS, sizes, strict=True) for n in range(size)
    ]  # fmt: skip
    rows += [
        {"voice": "customer", "unit": unit, "group_region": None, "source": "shop", "respondent_id": f"c{unit}{n}",
         "period": months[0]}
        for unit in UNITS for n in range(40)
    ]  # fmt: skip
    documents = pd.DataFrame(rows)
    documents["document_id"] = [f"d{place:04d}" for place in range(len(documents))]
    documents["text"] = "mon chef écoute toujours ses équipes " + documents["unit"]
    documents["date"] = pd.to_datetime(documents["period"] + "-10")
    documents["language"], documents["n_masked"] = "fr", 0
    drivers = make_drivers(["cx.ease", "ex.chief", "ex.pay"], mirror=[("cx.ease", "ex.chief")])
    ids = {"customer": ["cx.ease"], "employee": ["ex.chief", "ex.pay"]}
    mentions = pd.concat([
        documents[documents["voice"] == voice][["document_id"]].assign(driver_id=driver_id)
        for voice, names in ids.items() for driver_id in names
    ], ignore_index=True)  # fmt: skip
    mentions["polarity"] = 1.0 if top else rng.uniform(-1, 1, len(mentions)).round(3)
    mentions["n_positive"], mentions["n_negative"] = 1, 0
    mentions["actor"] = np.where(mentions["driver_id"] == "cx.ease", "process", "manager")
    return documents, mentions, drivers


def tables_of(documents, mentions, drivers):
    """What `publish` needs and the scores, made by the stage itself."""
    frames = {
        name: pd.DataFrame(columns=[column.name for column in TABLES[name].columns])
        for name in ("concessions", "segment_themes", "importance")
    }
    segments = documents[["document_id"]].assign(segment_id=documents["document_id"] + ":0", position=0, start=0, end=1)
    return {
        **frames, "documents": documents, "mentions": mentions, "drivers": drivers, "segments": segments,
        "driver_scores": score_drivers(mentions, documents, drivers),
    }  # fmt: skip


def published_bytes(published):
    return {name: frame.to_csv(index=False).encode() for name, frame in published.items()}


# P30
def test_what_one_of_too_few_employees_says_changes_no_byte_of_what_is_published():
    documents, mentions, drivers = make_voices(sizes=(4, 0, 0, 0))
    first = published_bytes(publish(tables_of(documents, mentions, drivers), Policy()))
    theirs = mentions["document_id"] == documents["document_id"].iloc[0]
    changed = mentions.assign(polarity=mentions["polarity"].mask(theirs, -mentions["polarity"]))
    again = published_bytes(publish(tables_of(documents, changed, drivers), Policy()))
    assert again == first
    silent = mentions[~theirs]
    assert published_bytes(publish(tables_of(documents, silent, drivers), Policy())) == first


def test_what_one_of_a_hidden_group_says_changes_only_cells_of_enough_people():
    documents, mentions, drivers = make_voices()
    first = publish(tables_of(documents, mentions, drivers), Policy())["driver_scores"]
    theirs = mentions["document_id"].isin(documents.loc[documents["unit"] == "Mons", "document_id"].head(1))
    changed = mentions.assign(polarity=mentions["polarity"].mask(theirs, -1.0))
    again = publish(tables_of(documents, changed, drivers), Policy())["driver_scores"]
    key = ["voice", "driver_id", "period", "cut", "group"]
    pd.testing.assert_frame_equal(first[key], again[key])
    moved = first[(first["score"] != again["score"]).to_numpy()]
    assert set(moved["group"]) <= {ALL, "Est"}
    assert (moved["n_respondents"] >= K).all()
    assert "Mons" not in set(first.loc[first["voice"] == "employee", "group"])


# P30, of groups that aren't units: what one of few says is in figures of everybody, and in none of fewer than K people
def test_what_one_of_a_small_tenure_says_changes_only_cells_of_enough_people():
    documents, mentions, drivers = make_voices(sizes=(30, 22, 14, 9), months=("2026-01",))
    own = documents["voice"] == "employee"
    documents["group_tenure"] = pd.Series("long", index=documents.index).where(own)
    documents.loc[documents.index[own][[0, 31, 53]], "group_tenure"] = "new"
    first = publish(tables_of(documents, mentions, drivers), Policy())["driver_scores"]
    theirs = mentions["document_id"] == documents["document_id"].iloc[0]
    changed = mentions.assign(polarity=mentions["polarity"].mask(theirs, -1.0))
    again = publish(tables_of(documents, changed, drivers), Policy())["driver_scores"]
    key = ["voice", "driver_id", "period", "cut", "group"]
    pd.testing.assert_frame_equal(first[key], again[key])
    assert "tenure" not in set(first["cut"])  # nor "long": all less those would be the new
    moved = first[(first["score"] != again["score"]).to_numpy()]
    assert (moved["n_respondents"] >= K).all()


# P31
def test_swapping_two_employees_of_a_group_changes_no_byte():
    documents, mentions, drivers = make_voices(months=("2026-01",))
    own = documents.index[documents["unit"] == "Lille"][:2]
    swapped = documents.copy()
    swapped.loc[own, ["document_id", "text"]] = documents.loc[own[::-1], ["document_id", "text"]].to_numpy()
    first, again = (publish(tables_of(frame, mentions, drivers), Policy()) for frame in (documents, swapped))
    assert published_bytes(first) == published_bytes(again)


# P06, P09, P10
def test_employees_figures_are_told_in_steps_and_never_that_all_said_the_same():
    scores = publish(tables_of(*make_voices(top=True)), Policy())["driver_scores"]
    own = scores[scores["voice"] == "employee"]
    assert own["score"].max() == 90
    assert own["share"].max() == 0.9
    assert scores.loc[scores["voice"] == "customer", "score"].max() == 100
    few = publish(tables_of(*make_voices()), Policy())["driver_scores"].query(
        "voice == 'employee' and n_respondents < 20"
    )
    assert len(few)
    assert (few["score"] % 5 == 0).all()


# P08
@pytest.mark.parametrize("unnamed", ["no id at all", "no column declared"])
def test_rows_are_not_people_where_the_source_does_not_say_who_wrote(unnamed):
    documents, mentions, drivers = make_voices()
    policy = Policy(unnamed=frozenset({"staff"}))
    if unnamed == "no id at all":
        policy = Policy()
        documents["respondent_id"] = documents["respondent_id"].mask(documents["voice"] == "employee")
    scores = publish(tables_of(documents, mentions, drivers), policy)["driver_scores"]
    own = scores[scores["voice"] == "employee"]
    assert set(own["cut"]) == set(own["period"]) == {ALL}
    assert set(scores["cut"]) > {ALL}


def test_those_who_are_not_named_count_as_one_person():
    documents, mentions, drivers = make_voices(sizes=(30, 22, 14, 9))
    documents["respondent_id"] = documents["respondent_id"].mask(
        (documents["unit"] == "Mons") & (documents["voice"] == "employee")
    )
    own = publish(tables_of(documents, mentions, drivers), Policy())["driver_scores"].query("voice == 'employee'")
    assert "Mons" not in set(own["group"])


# P11, P12
def test_themes_and_words_of_too_few_people_do_not_leave():
    documents, mentions, drivers = make_voices()
    tables = tables_of(documents, mentions, drivers)
    own = documents[documents["voice"] == "employee"]
    placed = pd.DataFrame({"segment_id": own["document_id"] + ":0", "theme_id": "employee-01", "reason": None})
    placed.loc[placed.index[-3:], "theme_id"] = "employee-02"
    tables["segment_themes"] = placed
    names = {"theme_id": ["employee-01", "employee-02", "customer-01"], "label_source": "terms"}
    labels = ["chef, mons", "équipes", "colis perdu"]
    tables["themes"] = pd.DataFrame({**names, "label_fr": labels, "label_en": labels, "n_segments": 9})
    tables["theme_terms"] = pd.DataFrame({
        "theme_id": ["employee-01", "employee-01", "employee-02"], "language": "fr", "rank": [1, 2, 1],
        "term": ["chef", "mons", "équipes"], "weight": 1.0,
    })  # fmt: skip
    published = publish(tables, Policy())
    assert published["themes"]["theme_id"].tolist() == ["employee-01", "customer-01"]
    assert published["themes"]["label_fr"].tolist() == ["chef", "colis perdu"]  # "mons" is a word of three people
    assert published["theme_terms"]["term"].tolist() == ["chef"]
    assert "employee-02" not in set(published["segment_themes"]["theme_id"])


# P05, P21 to P25: no employee's text, id, place or exact day, and nothing of what one of them speaks of
def test_employees_documents_leave_as_an_account_and_nothing_else():
    documents, mentions, drivers = make_voices()
    documents["date"] = pd.date_range("2026-01-01", periods=len(documents))
    published = publish(tables_of(documents, mentions, drivers), Policy())
    account = published["documents"]
    told = account[account["voice"] == "employee"].dropna(axis="columns")
    assert set(told) == {"document_id", "source", "voice", "language", "n_masked", "date", "period"}
    assert not set(account["document_id"]) & set(documents["document_id"])
    days = told["date"]
    assert days.value_counts().min() >= K
    assert account["date"].max() == documents["date"].max()
    assert {"segments", "concessions"} & set(published) == set()
    customers = account.loc[account["voice"] == "customer", "document_id"]
    assert set(published["mentions"]["document_id"]) <= set(customers)


def test_a_table_without_a_rule_is_refused():
    with pytest.raises(PrivacyError, match=r"'comments': no rule"):
        publish({"comments": pd.DataFrame()}, Policy())
    assert set(REPORT_TABLES) <= set(RULES)


# P29
def test_no_parameter_lowers_the_floor():
    with pytest.raises(ValueError, match="at least 5 people"):
        Policy(k=4)


def keep_publication(folder, run_id, published):
    ledger = Ledger(folder, run_id)
    ledger.draft(published.shown, published.policy, folder / f"{run_id}.parquet")


def publish_again(folder, run_id, frames, policy=Policy()):  # noqa: B008  frozen
    published = publish(tables_of(*frames), policy, ledger=Ledger(folder, run_id))
    keep_publication(folder, run_id, published)
    return published


def employees_of(published):
    scores = published["driver_scores"]
    return scores[scores["voice"] == "employee"]


# P03
def test_a_group_that_lost_one_person_is_not_published_beside_the_earlier_report(tmp_path):
    documents, mentions, drivers = make_voices(months=("2026-01",))
    first = publish_again(tmp_path, "r1", (documents, mentions, drivers))
    assert "Lille" in set(employees_of(first)["group"])
    stays = documents["document_id"] != documents.loc[documents["unit"] == "Lille", "document_id"].iloc[0]
    second = publish_again(tmp_path, "r2", (documents[stays], mentions, drivers))
    shown = set(employees_of(second)["group"])
    assert not shown & {"Lille", "Nord", ALL}
    same = publish_again(tmp_path, "r3", (documents, mentions, drivers))
    pd.testing.assert_frame_equal(same["driver_scores"], first["driver_scores"])


# P03
def test_a_group_that_gained_enough_people_is_published_again(tmp_path):
    documents, mentions, drivers = make_voices(months=("2026-01",))
    publish_again(tmp_path, "r1", (documents, mentions, drivers))
    more, said, _ = make_voices(sizes=(12, 12, 12, 12), months=("2026-02",), seed=9)
    new = more["voice"] == "employee"
    more = more[new].assign(document_id="n" + more["document_id"], respondent_id="n" + more["respondent_id"])
    said = said.assign(document_id="n" + said["document_id"])
    joined = pd.concat([documents, more], ignore_index=True), pd.concat([mentions, said], ignore_index=True), drivers
    second = publish_again(tmp_path, "r2", joined)
    whole = employees_of(second).query("period == 'all'")
    assert {"Arras", "Lille", "Metz", ALL} <= set(whole["group"])


# P04
def test_a_laxer_policy_is_refused_for_comments_published_under_a_stricter_one(tmp_path):
    frames = make_voices()
    publish_again(tmp_path, "r1", frames, Policy(k=10))
    with pytest.raises(PrivacyError, match="min_respondents: 5, but these comments were published for 10"):
        publish_again(tmp_path, "r2", frames, Policy())
    publish_again(tmp_path, "r1", frames, Policy())  # the same run anew replaces its own


# P26
def test_the_ledger_holds_no_id_and_is_of_no_use_without_its_key(tmp_path):
    published = publish_again(tmp_path / "a", "r1", make_voices())
    content = (tmp_path / "a" / "r1.parquet").read_bytes()
    assert b"eLille1" not in content
    assert b"d0001" not in content
    other = Ledger(tmp_path / "b", "r1").digest(published.shown.respondents)
    assert not set(other) & set(Ledger(tmp_path / "a", "r1").digest(published.shown.respondents))
    (tmp_path / "a" / "key").unlink()
    with pytest.raises(PrivacyError, match="key is missing"):
        publish_again(tmp_path / "a", "r2", make_voices())


# P26
def test_a_publication_is_read_again_as_it_was_kept_however_its_file_is_cut(tmp_path):
    publish_again(tmp_path, "r1", make_voices())
    path = tmp_path / "r1.parquet"
    kept, k = ledger._read(path)
    assert pq.ParquetFile(path).num_row_groups == 1
    pq.write_table(pq.read_table(path), path, row_group_size=7)
    again, k_again = ledger._read(path)
    assert k_again == k
    pd.testing.assert_frame_equal(again.write_out(), kept.write_out())


# P27
def test_somebody_forgotten_stays_uncounted_and_unknown_in_the_ledger(tmp_path):
    documents, mentions, drivers = make_voices(months=("2026-01",))
    publish_again(tmp_path, "r1", (documents, mentions, drivers))
    ledger = Ledger(tmp_path, "r2")
    assert ledger.forget("eLille0") == 1
    assert ledger.forget("eLille0") == 0
    stays = documents["respondent_id"] != "eLille0"
    second = publish_again(tmp_path, "r2", (documents[stays], mentions, drivers))
    assert "Lille" not in set(employees_of(second)["group"])


class Manager:
    """Reads every report, knows every sum and the size of every team, and tries to find what few people said."""

    def __init__(self):
        self.reports = []

    def read(self, published):
        self.reports.append(employees_of(published).query("period == 'all'"))

    def find(self, teams):
        """Return the groups of fewer than K whose figures follow from one report or from two."""
        found = set()
        for place, report in enumerate(self.reports):
            for driver_id, rows in report.groupby("driver_id"):
                n = rows.set_index(["cut", "group"])["n_mentions"]
                for parent, children in teams.items():
                    told = [child for child in children if child in n.index]
                    if parent in n.index and told:
                        left = n[parent] - n[told].sum()
                        if 0 < left < K:
                            found.add((place, driver_id, parent))
                for earlier in self.reports[:place]:
                    before = earlier[earlier["driver_id"] == driver_id].set_index(["cut", "group"])["n_mentions"]
                    for cell in n.index.intersection(before.index):
                        if 0 < abs(n[cell] - before[cell]) < K:
                            found.add((place, driver_id, cell))
        return found


def test_the_motivated_manager_finds_nobody(tmp_path):
    teams = {
        (ALL, ALL): [("unit", unit) for unit in UNITS], ("region", "Nord"): [("unit", unit) for unit in UNITS[:2]],
        ("region", "Est"): [("unit", unit) for unit in UNITS[2:]],
    }  # fmt: skip
    careful, careless = Manager(), Manager()
    documents, mentions, drivers = make_voices(sizes=(30, 22, 14, 3), months=("2026-01",))
    gone = documents.loc[documents["voice"] == "employee", "document_id"].iloc[[0, 40]]
    waves = (documents, documents[~documents["document_id"].isin(gone)])
    for place, wave in enumerate(waves):
        tables = tables_of(wave, mentions, drivers)
        careful.read(publish_again(tmp_path, f"r{place}", (wave, mentions, drivers)))
        careless.reports.append(
            tables["driver_scores"].query("voice == 'employee' and period == 'all' and ~suppressed")
        )
    assert careless.find(teams)
    assert careful.find(teams) == set()


def test_publishing_a_run_drafts_what_the_ledger_will_hold(tmp_path):
    run = make_run(tmp_path, make_tables(drivers=few_drivers()))
    published = publish_run(run, REPORT_TABLES)
    assert set(published) == set(REPORT_TABLES)
    assert (run.folder / DRAFT).is_file()
    assert not list(open_ledger(run).folder.glob("*.parquet"))
    assert published.verdict.share_heard >= 0.75
    assert published.policy == replace(Policy(), unnamed=published.policy.unnamed)


def test_respondents_are_counted_as_the_stages_count_them():
    tables = tables_of(*make_voices())
    said = list_said(tables)
    heard = said[said["subject"] == HEARD]
    own = tables["documents"].query("voice == 'employee'")
    assert heard["respondent"].nunique() == number_respondents(own).nunique()


def test_without_employees_customers_are_shown_as_they_are(tmp_path):
    tables = tables_of(*make_voices(sizes=(0, 0, 0, 0)))
    published = publish_again(tmp_path, "r1", make_voices(sizes=(0, 0, 0, 0)))
    pd.testing.assert_frame_equal(published["driver_scores"], tables["driver_scores"])
    assert published.verdict.n_cells == 0
