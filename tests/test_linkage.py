import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from worlds import gather, make_drivers, months, shuffle, speak

from bxtext.linkage import Panel, link_drivers, link_panel, measure_distance
from bxtext.linkage.correlation import Ordered, correlate
from bxtext.linkage.permutation import draw_orders
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


@pytest.mark.parametrize("lag", [2, -1])
def test_a_true_link_is_found_at_its_lag_and_in_its_direction(lag):
    linkage = link_drivers(*make_world(1, lag=lag), DRIVERS, resamples=200).linkage
    best = linkage.loc[linkage["within_rho"].idxmax()]
    assert (best["ex_driver_id"], best["cx_driver_id"], best["lag"]) == ("ex.a", "cx.a", lag)
    assert best["within_q"] < 0.05
    assert best["ci_low"] > 0


def test_a_link_is_told_in_points_at_its_lag_beside_the_mirror_pairs():
    links = link_drivers(*make_world(1, lag=2), DRIVERS, resamples=200)
    effects = check_table(links.link_effects, "link_effects").set_index(["ex_driver_id", "cx_driver_id"])
    assert {("ex.a", "cx.a"), ("out.ex_engagement", "out.cx_satisfaction")} <= set(effects.index)
    found = effects.loc[("ex.a", "cx.a")]
    assert found["lag"] == 2
    assert found["within_low"] < 0.7 < found["within_high"]  # both sides are squeezed alike by tanh
    assert found["within_low"] > 0
    silent = effects.loc[("out.ex_engagement", "out.cx_satisfaction")]
    assert silent["lag"] == 0
    assert silent["reason"] == "0 units; at least 10 are needed"


def make_panel(seed, *, n_units=16, n_months=6, season=1.0, memory=0.6, unlike=0.8):
    """A panel of two drivers a side without a link: units of their own, a season, months like the month before."""
    rng = np.random.default_rng(seed)
    sizes = rng.lognormal(0, unlike, n_units)
    shared = season * rng.standard_normal(n_months)
    sides = []
    for _ in range(2):
        level = rng.standard_normal((2, n_units, n_months))
        for month in range(1, n_months):
            level[..., month] = memory * level[..., month - 1] + np.sqrt(1 - memory**2) * level[..., month]
        noise = rng.standard_normal(level.shape) / np.sqrt(sizes[:, None])
        own = level + shared + 0.5 * rng.standard_normal((2, n_units, 1)) + noise
        sides.append(np.where(rng.random(level.shape) < np.minimum(sizes[:, None], 1), own, np.nan))
    return Panel(pd.Index(["ex.a", "ex.b"]), pd.Index(["cx.a", "cx.b"]), pd.RangeIndex(n_units), sizes, *sides)


PAIRS = pd.DataFrame([(ex, cx) for ex in ("ex.a", "ex.b") for cx in ("cx.a", "cx.b")])
PAIRS.columns = ["ex_driver_id", "cx_driver_id"]


def test_worlds_without_a_link_are_silent():
    """Seasons, memory, unit effects and units of very different size link nothing, on either level."""
    flags = [
        (link_panel(make_panel(seed), PAIRS, resamples=200, max_lag=1)[["q_value", "within_q"]] < 0.05).any(axis=None)
        for seed in range(40)
    ]
    assert sum(flags) <= 5  # 5 % of 40 worlds; more than 5 happens once in 70 times


def test_a_unit_moves_rho_as_far_as_leaving_it_out_does():
    panel = make_panel(2, n_units=40, n_months=3, unlike=0.1)
    x, y = (np.round(side[:1], 1) for side in (panel.employee, panel.customer))  # ties
    link = correlate(Ordered.of(x), Ordered.of(y), 40)
    left_out = []
    for unit in range(40):
        kept = np.arange(40) != unit
        left_out.append(np.arctanh(spearmanr(x[0, kept].ravel(), y[0, kept].ravel(), nan_policy="omit").statistic))
    moved = link.z[0] - np.array(left_out)
    assert np.corrcoef(moved, link.moves[0])[0, 1] > 0.99
    assert np.std(moved) == pytest.approx(np.std(link.moves[0]), rel=0.1)


def test_units_change_places_with_units_of_like_size():
    sizes = np.random.default_rng(1).permutation(24).astype(float)
    orders = draw_orders(sizes, resamples=50, seed=2)
    assert (orders[0] == np.arange(24)).all()
    assert (np.sort(orders, axis=1) == np.arange(24)).all()
    assert (np.abs(sizes[orders] - sizes).max(axis=0) < 6).all()


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


@pytest.mark.parametrize("n_units", [12, 40])
@pytest.mark.parametrize("n_months", [1, 3, 12])
def test_intervals_cover_the_true_rho(n_units, n_months):
    rng, rho = np.random.default_rng(5), 0.6
    true = 6 / np.pi * np.arcsin(rho / 2)
    covered = 0
    for _ in range(200):
        mood = rng.standard_normal((2, 1, n_units, 1))  # half of each cell is its unit's
        x, other = np.sqrt(0.5) * mood + np.sqrt(0.5) * rng.standard_normal((2, 1, n_units, n_months))
        link = correlate(Ordered.of(x), Ordered.of(rho * x + np.sqrt(1 - rho**2) * other), n_units)
        low, high = link.interval()
        covered += low[0] <= true <= high[0]
    assert 182 <= covered <= 199  # 95 % of 200; outside once in 200 times


def test_contract_order_and_outcomes_only_with_their_mirror():
    world = make_world(5, n_units=10, n_months=4)
    plain, mixed = link_drivers(*world, DRIVERS), link_drivers(*shuffle(*world, DRIVERS))
    for name in ("linkage", "mirror", "symmetry", "tensions", "moderation"):
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


def test_symmetry_forgives_what_chance_sets_apart_and_covers_the_truth():
    rng, held, plain, corrected, true = np.random.default_rng(8), 0, [], [], 4.0
    for _ in range(200):
        varies = np.diag(rng.uniform(25, 100, 12)) + 10
        seen = rng.multivariate_normal(np.tile([true, -true], 6), varies)
        distance, low, high = measure_distance(seen, varies)
        held += low <= true <= high
        plain.append(np.abs(seen).mean())
        corrected.append(distance)
    assert held >= 190
    assert abs(np.mean(corrected) - true) < abs(np.mean(plain) - true)


def test_too_few_pairs_have_no_symmetry():
    mentions, documents = gather(speak("customer", "cx.a", np.tile([0.8, 0.4], 20), unit="North"))
    symmetry = link_drivers(mentions, documents, DRIVERS).symmetry.set_index("unit")
    assert symmetry["symmetry"].isna().all()
    assert symmetry.loc["North", "reason"] == "0 mirror pairs with a gap; at least 4 are needed"


def test_tensions_name_pairs_with_one_side_good_and_the_other_bad():
    parts = [
        speak("customer", "cx.a", np.tile([0.9, 0.5], 20), unit="North"),
        speak("employee", "ex.a", np.tile([-0.9, -0.5], 20), unit="North"),
    ]
    tensions = link_drivers(*gather(*parts), DRIVERS).tensions
    assert set(tensions["kind"]) == {"apart"}
    assert set(tensions["unit"]) == {"North", "all"}
    assert (tensions["figure"] > 0).all()


def test_voices_that_move_against_each_other_are_a_tension():
    mentions, documents = make_world(4, n_units=24, lag=0, rho=-0.9)
    tensions = link_drivers(mentions, documents, DRIVERS, max_lag=0, resamples=200).tensions
    opposite = tensions[tensions["kind"] == "opposite"]
    assert opposite["pair"].tolist() == ["cx.a | ex.a"]
    assert (opposite["figure"] < -0.5).all()


@pytest.mark.parametrize("moderated", [True, False])
def test_a_link_that_needs_people_is_stronger_where_people_meet(moderated):
    weak = make_world(11, n_units=30, lag=0, rho=0.0 if moderated else 0.8, unit_spread=0)
    strong = make_world(12, n_units=30, lag=0, rho=0.8, unit_spread=0)
    mentions = pd.concat([world[0].assign(document_id=tag + world[0]["document_id"]) for tag, world in
                          (("W", weak), ("S", strong))])  # fmt: skip
    documents = pd.concat([world[1].assign(document_id=tag + world[1]["document_id"], unit=tag + world[1]["unit"])
                           for tag, world in (("W", weak), ("S", strong))])  # fmt: skip
    levels = {unit: 0.1 if unit[0] == "W" else 0.9 for unit in documents["unit"].unique()}
    links = link_drivers(mentions, documents, DRIVERS, max_lag=0, resamples=200, interaction_levels=levels)
    rows = links.moderation.set_index(["ex_driver_id", "cx_driver_id", "level"]).loc[("ex.a", "cx.a")]
    assert rows.loc["high", "rho"] > 0.6
    assert (rows.loc["difference", "ci_low"] > 0) == moderated
    assert (rows.loc["difference", "p_value"] < 0.01) == moderated


def test_without_levels_or_units_moderation_has_a_reason():
    world = make_world(13, n_units=6, n_months=3)
    assert set(link_drivers(*world, DRIVERS).moderation["reason"]) == {
        "no unit or product has a human-interaction level"
    }
    few = link_drivers(*world, DRIVERS, interaction_levels={"U00": 0.0, "U01": 1.0}).moderation
    assert few["rho"].isna().all()
    assert few["reason"].str.contains("units; at least 10 are needed").all()


def test_one_voice_links_nothing():
    mentions, documents = gather(speak("customer", "cx.a", np.tile([0.8, 0.4], 20), unit="North", period="2026-01"))
    links = link_drivers(mentions, documents, DRIVERS)
    assert links.linkage["reason"].notna().all()
    assert links.mirror["reason"].notna().all()
    assert links.tensions.empty
