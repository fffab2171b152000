"""What changed between two runs: found where it was planted, with its cause, and seldom where nothing did."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bxtext.drift import compare_runs, find_causes
from bxtext.drift.inputs import compare_inputs
from bxtext.drift.movements import compare_links, compare_quadrants, compare_themes
from bxtext.drift.samples import weigh_means, weigh_shares

DRIVERS = pd.DataFrame({"driver_id": ["cx.delivery", "cx.staff", "cx.price"], "tier": "core"})
LINKS = pd.DataFrame({"ex_driver_id": ["e"], "cx_driver_id": ["c"], "lag": [0], "rho": [0.5], "q_value": [0.2]})
BRAND = pd.DataFrame(
    {"unit": ["North", "South"], "period": "all", "quadrant": ["virtuous", "undecided"], "bx": [60, 50.0]}
)
CHANGES = pd.DataFrame({"theme_id": ["customer-01"], "change": ["kept"], "other_id": [None], "similarity": [0.9]})
THEMES = pd.DataFrame({"theme_id": ["customer-01"], "label_fr": ["colis"], "label_en": ["parcels"], "share": [0.2]})


def draw_world(rng, n, *, first_day="2026-01-05", days=7, low=0.5, start=0, lost=0.2):
    """Documents and mentions of `n` people who name each driver with chance .4, and praise it with chance `low`."""
    ids = [f"d{start + i:05d}" for i in range(n)]
    documents = pd.DataFrame(
        {
            "document_id": ids, "voice": "customer", "respondent_id": ids, "unit": None, "outcome": 0.5,
            "language": rng.choice(["fr", "en"], n), "n_words": rng.geometric(0.05, n),
            "date": pd.Timestamp(first_day) + pd.to_timedelta(rng.integers(0, days, n), "D"), "period": "2026-01",
        }
    )  # fmt: skip
    documents.loc[rng.random(n) < lost, "outcome"] = np.nan
    rows = []
    for driver in DRIVERS["driver_id"]:
        who = np.flatnonzero(rng.random(n) < 0.4)
        sign = np.where(rng.random(len(who)) < (low if driver == "cx.delivery" else 0.5), 1.0, -1.0)
        rows.append(pd.DataFrame({"document_id": np.array(ids)[who], "driver_id": driver, "polarity": sign}))
    mentions = pd.concat(rows, ignore_index=True).assign(n_positive=1, n_negative=0, actor="brand")
    return documents, mentions


def as_tables(documents, mentions):
    return {
        "documents": documents, "mentions": mentions, "drivers": DRIVERS, "linkage": LINKS, "brand": BRAND,
        "theme_changes": CHANGES, "themes": THEMES,
    }  # fmt: skip


def grow(before, new):
    """Tables of a run that holds all an earlier one did, and more."""
    return as_tables(*(pd.concat([old, more], ignore_index=True) for old, more in zip(before, new, strict=True)))


def manifest(**parts):
    made = {"files": "f", "taxonomy": "t", "params": "p", "code": "c", "packages": "v"} | parts
    return {"stages": [{"stage": "read", "parts": made}]}


SAME, NEW_DATA = manifest(), manifest(files="g")


def test_a_driver_that_falls_is_found_with_its_cause():
    rng = np.random.default_rng(1)
    before, new = draw_world(rng, 400), draw_world(rng, 120, low=0.1, start=400, first_day="2026-01-12")
    drift = compare_runs(grow(before, new), as_tables(*before), (NEW_DATA, SAME))
    first = drift.alarms.iloc[0]  # about one alarm in twenty may be a false one beside it
    assert (first["kind"], first["subject"], first["cause"]) == ("score", "cx.delivery", "data")
    assert first["change"] < -20
    assert (drift.n_new, drift.n_earlier) == (120, 400)
    assert drift.causes["cause"].tolist() == ["data"]


def test_where_nothing_changed_at_most_the_stated_share_of_comparisons_raises_an_alarm():
    rng = np.random.default_rng(2)
    alarms = 0
    for _ in range(60):
        before, new = draw_world(rng, 150), draw_world(rng, 50, start=150, first_day="2026-01-12")
        alarms += len(compare_runs(grow(before, new), as_tables(*before), (NEW_DATA, SAME)).alarms) > 0
    assert alarms / 60 <= 0.05 + 1.96 * np.sqrt(0.05 * 0.95 / 60)


def test_a_window_that_moved_on_is_compared_with_what_left_it_and_the_cause_may_be_the_rules_too():
    rng = np.random.default_rng(3)
    before, new = draw_world(rng, 400), draw_world(rng, 200, low=0.1, start=400)
    drift = compare_runs(as_tables(*new), as_tables(*before), (manifest(files="g", taxonomy="u"), SAME))
    assert drift.alarms["subject"].tolist() == ["cx.delivery"]
    assert drift.alarms["cause"].tolist() == ["data or taxonomy"]


def test_comments_read_by_other_rules_are_told_apart_from_new_comments():
    documents, mentions = draw_world(np.random.default_rng(4), 300)
    reread = mentions[mentions["driver_id"] != "cx.price"]
    drift = compare_runs(as_tables(documents, reread), as_tables(documents, mentions), (manifest(taxonomy="u"), SAME))
    assert drift.alarms[["kind", "subject", "cause"]].to_numpy().tolist() == [["reading", "cx.price", "taxonomy"]]
    assert drift.n_new == 0
    assert drift.reading["share_changed"].item() == 1


def test_the_order_of_rows_changes_nothing():
    rng = np.random.default_rng(5)
    before, new = draw_world(rng, 200), draw_world(rng, 80, low=0.1, start=200)
    now, then = grow(before, new), as_tables(*before)
    shuffled = [{name: table.sample(frac=1, random_state=7) for name, table in side.items()} for side in (now, then)]
    pd.testing.assert_frame_equal(
        compare_runs(now, then, (NEW_DATA, SAME)).tests, compare_runs(*shuffled, (NEW_DATA, SAME)).tests
    )


def test_too_few_people_are_no_test_but_a_reason():
    rng = np.random.default_rng(6)
    before, new = draw_world(rng, 200), draw_world(rng, 6, low=0, start=200)
    drift = compare_runs(grow(before, new), as_tables(*before), (NEW_DATA, SAME))
    people = drift.tests[drift.tests["kind"] != "volume"]
    assert people["p_value"].isna().all()
    assert people["reason"].str.contains("10 needed").all()
    assert len(drift.alarms) == 0


def alarm_of_inputs(now, before):
    tests = compare_inputs(now, before, min_respondents=10)
    return set(tests.loc[tests["p_value"] < 0.001, "kind"])


def test_language_length_gaps_and_volume_are_watched():
    rng = np.random.default_rng(7)
    weeks = [draw_world(rng, 60, first_day=day)[0] for day in pd.date_range("2026-01-05", periods=9, freq="7D")]
    before = pd.concat(weeks[:8], ignore_index=True)
    assert alarm_of_inputs(weeks[8], before) == set()
    assert alarm_of_inputs(weeks[8].assign(language="en"), before) == {"language"}
    assert alarm_of_inputs(weeks[8].assign(n_words=weeks[8]["n_words"] * 5), before) == {"length"}
    assert alarm_of_inputs(weeks[8].assign(outcome=np.nan), before) == {"missing"}
    flood = pd.concat([weeks[8]] * 4, ignore_index=True)
    tests = compare_inputs(flood, before, min_respondents=10)
    assert tests.loc[tests["kind"] == "volume", "p_value"].item() < 0.001


@pytest.mark.parametrize(
    ("now", "cause"),
    [
        (manifest(), []),
        (manifest(files="g"), ["data"]),
        (manifest(taxonomy="u"), ["taxonomy"]),
        (manifest(code="d"), ["code"]),
        (manifest(packages="w"), ["code"]),
        (manifest(params="q") | {"params": {"scores": {"min_respondents": 8}}}, ["params"]),
        (manifest(params="q") | {"params": {"run": {"today": "2026-01-02"}}}, []),
    ],
)
def test_the_cause_is_what_differs_in_the_making(now, cause):
    found = find_causes(now, SAME | {"params": {"scores": {"min_respondents": 5}} if cause == ["params"] else {}})
    assert found["cause"].tolist() == cause
    if cause == ["params"]:
        assert found["detail"].tolist() == ["scores.min_respondents"]


def test_links_quadrants_and_themes_that_moved_are_told():
    found = LINKS.assign(q_value=0.01)
    assert compare_links(found, LINKS)["change"].tolist() == ["found"]
    assert compare_links(LINKS, found)["change"].tolist() == ["lost"]
    assert compare_links(LINKS, LINKS).empty
    moved = compare_quadrants(BRAND.assign(quadrant=["vicious", "vicious"]), BRAND)
    assert moved[["unit", "quadrant_before", "quadrant_now"]].to_numpy().tolist() == [["North", "virtuous", "vicious"]]
    gone = {"theme_changes": CHANGES.assign(change="retired"), "themes": THEMES.iloc[:0]}
    assert compare_themes(gone, {"themes": THEMES})["label_en"].tolist() == ["parcels"]


def test_p_values_are_near_those_of_an_exact_test_and_never_smaller_than_chance_allows():
    rng = np.random.default_rng(8)
    draws = rng.binomial(1, 0.3, (2000, 120))
    shares = weigh_shares(draws[:, :40].sum(axis=1), 40, draws[:, 40:].sum(axis=1), 80)
    votes = 2.0 * draws - 1
    sides = [
        pd.DataFrame({"n": part.shape[1], "mean": part.mean(axis=1), "spread": part.var(axis=1, ddof=1)})
        for part in (votes[:, :12], votes[:, 12:])
    ]
    for p_values in (shares, weigh_means(*sides)):
        for level in (0.05, 0.01):
            assert (p_values <= level).mean() <= level + 3 * np.sqrt(level / 2000)
