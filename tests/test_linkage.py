import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from worlds import gather, make_drivers, months, shuffle, speak

from bxtext.linkage import link_drivers
from bxtext.tables import check_table

DRIVERS = make_drivers(
    ["cx.a", "cx.b", "ex.a", "ex.b", "out.cx_satisfaction", "out.ex_engagement"],
    mirror=[("cx.a", "ex.a"), ("out.cx_satisfaction", "out.ex_engagement")],
)


def speak_panel(rng, driver_id, level, *, present=1.0):
    """Three people in each unit and month say, on average, its `level` (units x months)."""
    keep = rng.random(level.shape) < present
    unit, month = (np.repeat(index[keep], 3) for index in np.indices(level.shape))
    noise = rng.uniform(-0.05, 0.05, len(unit))
    voice = "employee" if driver_id.startswith(("ex.", "out.ex_")) else "customer"
    cuts = {"unit": [f"U{i:02d}" for i in unit], "period": months(level.shape[1])[month]}
    return speak(voice, driver_id, np.tanh(0.4 * level[unit, month] + noise), **cuts)


def make_world(seed, *, n_units=16, n_months=10, lag=None, rho=0.7, unit_spread=0.5, season=0.0, present=0.95):
    """Two employee and two customer drivers; with `lag`, ex.a drives cx.a so many months later."""
    rng = np.random.default_rng(seed)
    extra = abs(lag or 0)
    series = {name: rng.standard_normal((n_units, n_months + 2 * extra)) for name in ("ex.a", "ex.b", "cx.a", "cx.b")}
    if lag is not None:
        series["cx.a"] = rho * np.roll(series["ex.a"], lag, axis=1) + np.sqrt(1 - rho**2) * series["cx.a"]
    shared = season * rng.standard_normal(n_months)
    parts = []
    for name, level in series.items():
        own = level[:, extra : extra + n_months] + unit_spread * rng.standard_normal((n_units, 1)) + shared
        parts.append(speak_panel(rng, name, own, present=present))
    return gather(*parts)


def find(linkage, ex, cx, lag):
    return linkage.set_index(["ex_driver_id", "cx_driver_id", "lag"]).sort_index().loc[(ex, cx, lag)]


def flagged(world, **options):
    linkage = link_drivers(*world, DRIVERS, resamples=200, **options).linkage
    return bool((linkage["q_value"] < 0.05).any()), bool((linkage["within_q"] < 0.05).any())


@pytest.mark.parametrize("lag", [2, -1])
def test_a_true_link_is_found_at_its_lag_and_in_its_direction(lag):
    linkage = link_drivers(*make_world(1, lag=lag), DRIVERS, resamples=200).linkage
    best = linkage.loc[linkage["within_rho"].idxmax()]
    assert (best["ex_driver_id"], best["cx_driver_id"], best["lag"]) == ("ex.a", "cx.a", lag)
    assert best["q_value"] < 0.05
    assert best["within_q"] < 0.05
    assert best["ci_low"] > 0


def test_worlds_without_a_link_are_silent():
    flags = np.array([flagged(make_world(seed, n_units=12, n_months=6), max_lag=1) for seed in range(25)])
    assert (flags.sum(axis=0) <= 4).all()  # 5 % of 25 worlds; more than 4 happens once in 140 times


def test_a_season_all_units_share_is_no_link():
    flags = np.array([flagged(make_world(seed, n_months=6, season=1.5), max_lag=0) for seed in range(12)])
    assert (flags.sum(axis=0) <= 3).all()


def test_rho_is_spearmans_over_the_cells_both_have():
    mentions, documents = make_world(3, present=0.7)
    linkage = link_drivers(mentions, documents, DRIVERS, max_lag=1, resamples=200).linkage
    said = mentions.merge(documents, on="document_id")
    said["month"] = said["period"].str[-2:].astype(int)
    cells = said.groupby(["driver_id", "unit", "month"], as_index=False)["polarity"].mean()
    ex, cx = (cells[cells["driver_id"] == name] for name in ("ex.a", "cx.b"))
    for lag in (-1, 0, 1):
        both = ex.merge(cx.assign(month=cx["month"] - lag), on=["unit", "month"])
        expected = spearmanr(both["polarity_x"], both["polarity_y"]).statistic
        row = find(linkage, "ex.a", "cx.b", lag)
        assert row["rho"] == pytest.approx(expected, abs=1e-9)
        assert row["n_cells"] == len(both)


def test_intervals_cover_the_true_rho():
    rho = 0.6
    true = 6 / np.pi * np.arcsin(rho / 2)
    covered = 0
    for seed in range(30):
        linkage = link_drivers(
            *make_world(seed, n_months=4, lag=0, rho=rho, unit_spread=0, present=1), DRIVERS, max_lag=0, resamples=200
        ).linkage
        row = find(linkage, "ex.a", "cx.a", 0)
        covered += row["ci_low"] <= true <= row["ci_high"]
    assert covered >= 25


def test_contract_order_and_outcomes_only_with_their_mirror():
    world = make_world(5, n_units=10, n_months=4)
    plain, mixed = link_drivers(*world, DRIVERS), link_drivers(*shuffle(*world, DRIVERS))
    for name in ("linkage", "mirror"):
        tables = [check_table(getattr(links, name), name) for links in (plain, mixed)]
        pd.testing.assert_frame_equal(*tables)
    pairs = plain.linkage[["ex_driver_id", "cx_driver_id"]].drop_duplicates()
    assert len(pairs) == 5
    assert len(plain.linkage) == 5 * 7
    assert pairs[pairs["ex_driver_id"] == "out.ex_engagement"]["cx_driver_id"].tolist() == ["out.cx_satisfaction"]


def test_too_few_units_or_months_say_so():
    few = link_drivers(*make_world(6, n_units=4, present=1), DRIVERS).linkage
    assert few[["rho", "p_value", "q_value", "detectable"]].isna().all().all()
    assert "4 units; at least 10 are needed" in set(few["reason"])
    mentions, documents = make_world(6, n_months=1, present=1)
    undated = link_drivers(mentions, documents.drop(columns="period"), DRIVERS, max_lag=1).linkage
    together, later = (find(undated, "ex.a", "cx.a", lag) for lag in (0, 1))
    assert together["n_cells"] == 16
    assert np.isnan(together["within_rho"])
    assert later["reason"] == "0 units; at least 10 are needed"


def test_a_driver_that_does_not_vary_has_a_reason():
    mentions, documents = make_world(7, n_months=3)
    flat = mentions.assign(polarity=mentions["polarity"].mask(mentions["driver_id"] == "cx.a", 0.5))
    linkage = link_drivers(flat, documents, DRIVERS, max_lag=0).linkage
    assert linkage.loc[linkage["cx_driver_id"] == "cx.a", "reason"].str.contains("does not vary").all()


def test_more_units_detect_weaker_links():
    small, large = (
        link_drivers(*make_world(8, n_units=n, n_months=2, present=1), DRIVERS, max_lag=0).linkage["detectable"].max()
        for n in (12, 28)
    )
    assert large == pytest.approx(np.tanh(2.8015852 / 5), abs=1e-6)
    assert small > large


def test_mirror_holds_both_sides_and_the_gap_between_them():
    parts = [
        speak("customer", "cx.a", np.tile([0.8, 0.4], 20), unit="North"),
        speak("employee", "ex.a", np.tile([-0.4, 0.0], 10), unit="North"),
        speak("employee", "ex.a", np.full(3, 0.9), unit="South").assign(document_id=["s1", "s2", "s3"]),
    ]
    mirror = link_drivers(*gather(*parts), DRIVERS).mirror.set_index(["pair", "unit"])
    north, south = (mirror.loc[("cx.a | ex.a", unit)] for unit in ("North", "South"))
    assert (north["cx"], north["ex"], north["gap"]) == pytest.approx((80, 40, 40))
    assert north["ci_low"] < 40 < north["ci_high"]
    assert south["reason"] == "0 customers and 3 employees; at least 5 of each are needed"
    assert np.isnan(south["gap"])
    assert np.isnan(south["ex"])
