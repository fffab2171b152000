"""Emerging themes: a planted rise is found, streams in which nothing moves raise hardly any alarm."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxtext.figures import describe_emerging
from bxtext.tables import check_table
from bxtext.themes import count_speakers, find_emerging
from bxtext.themes.emerging import measure_swing
from bxtext.wording import load_wording

N_THEMES, N_MONTHS = 15, 9


def draw_stream(rng, *, swing=0.05, heard=300):
    """People who speak of each theme and people heard, by month; volume has its seasons and its chance."""
    season = 1 + 0.4 * np.sin(2 * np.pi * (np.arange(N_MONTHS) + rng.uniform(0, 12)) / 12)
    n_heard = rng.poisson(heard * season * rng.gamma(20, 1 / 20, N_MONTHS)) + 1
    rate = rng.dirichlet(np.full(N_THEMES, 1.0))
    moods = rng.gamma(1 / swing, swing, (N_THEMES, N_MONTHS)) if swing else 1
    return rng.poisson(rate[:, None] * n_heard * moods), n_heard, rate


def as_table(people, heard):
    months = [str(month) for month in pd.period_range("2025-06", periods=len(heard), freq="M")]
    ids = [f"customer-{place:02d}" for place in range(1, len(people) + 1)]
    frame = pd.MultiIndex.from_product([ids, months], names=["theme_id", "period"]).to_frame(index=False)
    return frame.assign(n_respondents=people.ravel(), n_heard=np.tile(heard, len(people)))


def changes(periods, **born):
    ids = periods["theme_id"].unique()
    return pd.DataFrame({"theme_id": ids, "change": [born.get(name.replace("-", "_"), "kept") for name in ids]})


def test_stable_streams_raise_few_alarms_and_a_doubling_is_found():
    rng = np.random.default_rng(3)
    alarms, found = 0, 0
    for _ in range(60):
        people, heard, rate = draw_stream(rng, swing=0.02)
        periods = as_table(people, heard)
        alarms += (find_emerging(periods, changes(periods))["verdict"] == "emerging").any()
        largest = int(np.argmax(rate))
        people[largest, -1] += rng.poisson(rate[largest] * heard[-1])
        again = find_emerging(as_table(people, heard), changes(periods))
        found += again.loc[largest, "verdict"] == "emerging"
    assert alarms <= 6  # 3 are expected at most; 7 or more of 60 would be chance once in thirty
    assert found >= 30  # at these volumes, and moods that swing by a seventh, half of the doublings at least


def test_a_rise_is_measured_with_its_interval():
    people = np.full((5, 9), 30)
    people[2, -1] = 90
    periods = as_table(people, np.full(9, 300))
    emerging = check_table(find_emerging(periods, changes(periods)), "emerging_themes").set_index("theme_id")
    risen = emerging.loc["customer-03"]
    assert risen["verdict"] == "emerging"
    assert risen["rate"] == pytest.approx(0.3)
    assert risen["rate_before"] == pytest.approx(0.1, abs=0.001)
    assert risen["ci_low"] < risen["ratio"] < risen["ci_high"]
    assert risen["ratio"] == pytest.approx(3, abs=0.05)
    assert risen["ci_low"] > 1.5
    assert set(emerging.drop("customer-03")["verdict"]) == {"stable"}


def test_a_busy_month_is_no_rise():
    heard = np.array([200, 220, 190, 210, 600])
    periods = as_table(np.outer([0.1, 0.05, 0.2], heard).astype(int), heard)
    assert set(find_emerging(periods, changes(periods))["verdict"]) == {"stable"}


def test_too_few_people_raise_no_alarm():
    periods = as_table(np.array([[0, 0, 0, 0, 0, 9], [20, 21, 19, 20, 22, 20]]), np.full(6, 200))
    assert set(find_emerging(periods, changes(periods))["verdict"]) == {"stable"}
    assert find_emerging(periods, changes(periods), min_respondents=9)["verdict"].tolist() == ["emerging", "stable"]


def test_too_few_months_are_told_and_a_new_theme_needs_one():
    periods = as_table(np.array([[1, 2, 40], [20, 21, 60]]), np.full(3, 200))
    split = find_emerging(periods, changes(periods, customer_01="split"))
    assert split["verdict"].tolist() == ["emerging", "not_enough_data"]
    emerging = find_emerging(periods, changes(periods, customer_01="born"))
    assert emerging["verdict"].tolist() == ["emerging", "not_enough_data"]
    assert emerging.loc[1, "reason"] == "2 earlier months; at least 3 are needed"
    assert load_wording("fr").reason(emerging.loc[1, "reason"]).startswith("2 mois précédents")
    first = as_table(np.array([[40]]), np.array([200]))
    told = find_emerging(first, changes(first, customer_01="born"))
    assert told["reason"].tolist() == ["0 earlier months; at least 1 are needed"]
    assert told[["ratio", "p_value", "q_value"]].isna().all(axis=None)


def test_a_theme_that_is_only_new_to_the_model_is_not_emerging():
    """Found for the first time, but people spoke of it all along."""
    periods = as_table(np.array([[38, 42], [20, 21]]), np.full(2, 200))
    emerging = find_emerging(periods, changes(periods, customer_01="born")).set_index("theme_id")
    assert emerging.loc["customer-01", "verdict"] == "stable"


def test_months_are_in_order_whatever_the_rows_are():
    rng = np.random.default_rng(1)
    people, heard, _ = draw_stream(rng)
    periods = as_table(people, heard)
    straight = find_emerging(periods, changes(periods))
    pd.testing.assert_frame_equal(find_emerging(periods.sample(frac=1, random_state=1), changes(periods)), straight)
    older = find_emerging(periods, changes(periods), max_periods=4)
    assert set(older["n_periods"]) == {4}


@given(st.integers(2, 12), st.integers(1, 6), st.integers(0, 10**6))
def test_swing_is_never_negative_and_grows_with_what_swings(n_months, n_themes, seed):
    rng = np.random.default_rng(seed)
    heard = rng.integers(50, 200, n_months).astype(float)
    calm = np.rint(heard * 0.2)[None, :].repeat(n_themes, axis=0)
    wild = calm * rng.choice([0.2, 3.0], (n_themes, n_months))
    assert (measure_swing(calm, heard) == 0).all()
    assert (measure_swing(wild, heard) >= 0).all()


def test_swing_is_near_the_true_one():
    rng = np.random.default_rng(5)
    heard = np.full(12, 2000.0)
    people = rng.poisson(heard * 0.05 * rng.gamma(1 / 0.1, 0.1, (20, 12)))
    assert 0.07 < np.median(measure_swing(people, heard)) < 0.16


def test_people_are_counted_once_a_month_and_theme():
    documents = pd.DataFrame(
        {
            "document_id": list("abcdef"),
            "voice": ["customer"] * 5 + ["employee"],
            "respondent_id": ["p", "p", "q", None, "q", "p"],
            "period": ["2026-01", "2026-01", "2026-01", "2026-02", None, "2026-02"],
        }
    )
    segments = pd.DataFrame({"segment_id": [f"{key}:0" for key in "abcdef"], "document_id": list("abcdef")})
    theme = ["customer-01", "customer-01", "customer-02", None, "customer-01", "employee-01"]
    periods = check_table(count_speakers(segments.assign(theme_id=theme), segments, documents), "theme_periods")
    assert periods.to_numpy().tolist() == [
        ["customer-01", "2026-01", 1, 2], ["customer-01", "2026-02", 0, 1],
        ["customer-02", "2026-01", 1, 2], ["customer-02", "2026-02", 0, 1],
        ["employee-01", "2026-02", 1, 1],
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_emerges_is_said_with_its_words(language):
    people = np.full((3, 6), 30)
    people[0, -1], people[1, -1], people[1, :-1] = 90, 60, 1
    periods = as_table(people, np.full(6, 300))
    emerging = find_emerging(periods, changes(periods, customer_02="born"))
    themes = pd.DataFrame({"theme_id": ["customer-01", "customer-02", "customer-03"]})
    themes[["label_fr", "label_en"]] = [["Odeur", "Smell"], ["Caisses", "Tills"], ["Prix", "Prices"]]
    terms = pd.DataFrame(
        [("customer-01", "fr", 1, "peinture"), ("customer-01", "en", 1, "paint"), ("customer-02", "fr", 1, "caisse")],
        columns=["theme_id", "language", "rank", "term"],
    )
    wording = load_wording(language)
    said = describe_emerging(emerging, themes, terms, wording)
    assert len(said) == 2
    assert wording.month("2025-11") in said[0]
    assert any(("paint" if language == "en" else "peinture") in text for text in said)
    assert any("caisse" in text for text in said)  # words of the other language stand in
    calm = emerging.assign(verdict="stable")
    assert describe_emerging(calm, themes, terms, wording) == [wording.text("emerging.none")]
    assert describe_emerging(emerging.head(0), themes, terms, wording) == [wording.text("emerging.no_data")]
