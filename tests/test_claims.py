import numpy as np
import pandas as pd
import pytest
from scipy.stats import linregress, spearmanr
from scipy.stats import t as student
from worlds import gather, make_drivers, months, shuffle, speak

from bxtext.claims import draw_ceilings, fit_ceiling, judge_claims, measure_ceiling, measure_line
from bxtext.claims.links import compare_levels
from bxtext.claims.outcomes import compare_figures, gather_outcomes
from bxtext.claims.paths import Regression, add_symbiosis, stay_when_valued
from bxtext.tables import TABLES, check_table

DRIVERS = make_drivers(
    ["cx.process_failure", "cx.product_quality", "cx.staff_attitude", "ex.team_climate", "ex.manager_relationship",
     "ex.pay_benefits", "ex.recognition", "bx.values_culture", "out.ex_retention"],
    actor={"cx.product_quality": "product", "cx.staff_attitude": "brand_staff"},
)  # fmt: skip


def empty(name):
    return pd.DataFrame(columns=[column.name for column in TABLES[name].columns])


def judge(*, mentions=None, documents=None, driver_scores=None, linkage=None, brand=None, resamples=400):
    tables = {
        "mentions": mentions,
        "documents": documents,
        "driver_scores": driver_scores,
        "linkage": linkage,
        "brand": brand,
    }
    given = {name: empty(name) if table is None else table for name, table in tables.items()}
    claims = judge_claims(
        given["mentions"], given["documents"], DRIVERS, given["driver_scores"], given["linkage"], given["brand"],
        resamples=resamples,
    )  # fmt: skip
    return check_table(claims, "claims").set_index("claim")


def make_brand(cx, ex):
    """Return the `brand` table of units with these indices, and of everybody."""
    units = pd.DataFrame({"unit": [f"U{i:02d}" for i in range(len(cx))], "cx": cx, "ex": ex})
    brand = pd.concat([units, pd.DataFrame({"unit": ["all"], "cx": np.mean(cx), "ex": np.mean(ex)})])
    return brand.assign(
        period="all",
        cx_low=brand["cx"] - 5,
        cx_high=brand["cx"] + 5,
        bx=(brand["cx"] + brand["ex"]) / 2,
        bx_geometric=np.sqrt(brand["cx"] * brand["ex"]),
        bx_weakest=np.minimum(brand["cx"], brand["ex"]),
        quadrant=np.where((brand["cx"] > 50) & (brand["ex"] < 50), "hidden_cost", "virtuous"),
    )


def test_without_data_every_claim_says_what_it_would_take():
    claims = judge()
    assert (claims["verdict"] == "not_enough_data").all()
    assert claims["reason"].str.len().gt(10).all()
    assert claims["effect"].isna().all()


def test_ceiling_of_hand_drawn_steps():
    condition, outcome = np.array([3.0, 0.0, 1.0, 4.0]), np.array([1.0, 0.0, 2.0, 4.0])
    # highest outcome so far: 0 on [0, 1], 2 on [1, 3] and on [3, 4]; the scope is 4 x 4
    assert measure_ceiling(condition, outcome) == pytest.approx((4 + 2 * 2 + 2) / 16)
    assert measure_ceiling(condition, np.array([0.0, 4.0, 0.0, 0.0])) == 0


def test_a_necessary_condition_is_found_and_its_absence_is_not():
    rng = np.random.default_rng(1)
    ex = rng.uniform(20, 80, 60)
    needed = judge(brand=make_brand(ex * rng.uniform(0.4, 1, 60), ex)).loc["no_cx_without_ex"]
    assert needed["verdict"] == "supported"
    assert needed["effect"] > 0.2
    against = make_brand(np.r_[needed_free := ex * 0.5, 75.0], np.r_[ex, 30.0])
    assert judge(brand=against).loc["no_cx_without_ex", "detail"] == f"U{len(needed_free):02d}"
    verdicts = [
        judge(brand=make_brand(rng.uniform(20, 80, 40), rng.uniform(20, 80, 40)), resamples=200)["verdict"]
        for _ in range(30)
    ]
    assert sum(verdict["no_cx_without_ex"] == "supported" for verdict in verdicts) <= 5


def make_scores(climate, **customer):
    """Return `driver_scores` by unit: the climate of each unit, and customer drivers."""
    rows = [
        ("employee", "ex.team_climate", climate),
        *(("customer", f"cx.{name}", score) for name, score in customer.items()),
    ]
    parts = []
    for voice, driver, score in rows:
        units = pd.DataFrame({"cut": "unit", "group": [f"U{i:02d}" for i in range(len(score))], "score": score})
        everybody = pd.DataFrame({"cut": ["all"], "group": "all", "score": np.mean(score)})
        parts.append(pd.concat([units, everybody]).assign(voice=voice, driver_id=driver, period="all"))
    return pd.concat(parts, ignore_index=True).assign(ci_low=lambda t: t["score"] - 5, ci_high=lambda t: t["score"] + 5)


def test_climate_alone_is_not_enough_where_the_process_is_broken():
    climate = np.linspace(30, 80, 12)
    cx = climate.copy()
    cx[-1] = 25.0
    process = np.full(12, 60.0)
    process[-1] = 20.0
    scores = make_scores(climate, process_failure=process, product_quality=np.full(12, 60.0), staff_attitude=cx)
    found = judge(driver_scores=scores, brand=make_brand(cx, climate)).loc["climate_not_enough"]
    assert (found["verdict"], found["effect"], found["detail"]) == ("supported", 1, "U11; cx.process_failure")
    fine = judge(driver_scores=scores, brand=make_brand(climate, climate)).loc["climate_not_enough"]
    assert (fine["verdict"], fine["effect"]) == ("not_supported", 0)


def make_leavers(*, blame):
    """Return employees who complain, a third of them leaving; `blame` is the share of leavers who blame the manager."""
    rng = np.random.default_rng(2)
    n, leaves = 900, np.arange(900) % 3 == 0
    manager = rng.random(n) < np.where(leaves, blame, 0.2)
    driver = np.where(manager, "ex.manager_relationship", rng.choice(["ex.pay_benefits", "ex.recognition"], n))
    complaints = speak("employee", driver, np.full(n, -0.6))
    leaving = complaints[leaves].assign(driver_id="out.ex_retention", intent="leaving")
    return gather(complaints, leaving)


def test_who_leaves_leaves_a_manager():
    found, none = (
        judge(mentions=mentions, documents=documents).loc["manager_or_values_leave"]
        for mentions, documents in (make_leavers(blame=0.4), make_leavers(blame=0.2))
    )
    assert found["verdict"] == "supported"
    assert found["ci_low"] < 2 < found["ci_high"]
    assert found["n"] == 300
    assert found["detail"].startswith("ex.manager_relationship")
    assert none["verdict"] == "not_supported"
    assert none["ci_low"] < 1 < none["ci_high"]


def make_linkage(**rows):
    """Return `linkage` of one pair by lag; each argument overrides figures of one lag, as lag_1 or lead_1."""
    base = {"ex_driver_id": "ex.recognition", "cx_driver_id": "cx.staff_attitude", "n_units": 20, "n_cells": 200,
            "rho": 0.1, "ci_low": -0.1, "ci_high": 0.3, "within_rho": 0.1, "p_value": 0.4, "q_value": 0.6,
            "within_p": 0.4, "within_q": 0.6, "detectable": 0.5, "reason": None}  # fmt: skip
    lags = {"lead_1": -1, "now": 0, "lag_1": 1}
    return pd.DataFrame([base | {"lag": lag} | rows.get(name, {}) for name, lag in lags.items()])


STRONG = {"rho": 0.6, "q_value": 0.01, "p_value": 0.001, "within_rho": 0.6, "within_p": 0.001, "within_q": 0.01}
BETWEEN = STRONG | {"within_rho": 0.1, "within_p": 0.4, "within_q": 0.6}
FIRST, LAST = "employees_first_customers_follow", "customers_first_employees_follow"


@pytest.mark.parametrize(
    ("rows", "first", "last"),
    [
        ({"lag_1": STRONG}, "supported", "not_supported"),
        ({"lead_1": STRONG}, "not_supported", "supported"),
        ({}, "not_supported", "not_supported"),
        # good units are good at every lag: a link between units, but nobody follows anybody
        (dict.fromkeys(("lead_1", "now", "lag_1"), BETWEEN), "not_supported", "not_supported"),
        # an echo of a link at another lag
        ({"lag_1": STRONG, "lead_1": STRONG | {"within_rho": 0.7}}, "not_supported", "supported"),
    ],
)  # fmt: skip
def test_who_follows_whom(rows, first, last):
    claims = judge(linkage=make_linkage(**rows))
    assert (claims.loc[FIRST, "verdict"], claims.loc[LAST, "verdict"]) == (first, last)


def test_a_link_that_was_not_tested_passes_its_reason_on():
    null = dict.fromkeys(["rho", "p_value", "q_value", "within_rho", "within_p", "within_q"], np.nan)
    linkage = make_linkage(lag_1=null | {"reason": "4 units; at least 10 are needed", "n_units": 4})
    claim = judge(linkage=linkage).loc[FIRST]
    assert (claim["verdict"], claim["reason"], claim["n"]) == ("not_enough_data", "4 units; at least 10 are needed", 4)


def test_rankings_that_depend_on_the_formula_are_told_apart():
    level = np.linspace(30, 80, 8)
    assert judge(brand=make_brand(level, level + 2)).loc["one_brand_ranking", "effect"] == pytest.approx(1)
    lopsided = judge(brand=make_brand(level, level[::-1] + np.arange(8.0) ** 2 / 4)).loc["one_brand_ranking"]
    assert lopsided["verdict"] == "not_supported"
    assert lopsided["effect"] < 0.9


def test_row_order_does_not_matter():
    mentions, documents = make_leavers(blame=0.3)
    brand = make_brand(np.linspace(30, 70, 12), np.linspace(35, 60, 12))
    plain = judge(mentions=mentions, documents=documents, brand=brand)
    mixed = judge(**dict(zip(("mentions", "documents", "brand"), shuffle(mentions, documents, brand), strict=True)))
    pd.testing.assert_frame_equal(plain, mixed)


def test_the_straight_ceiling_goes_through_the_corners():
    condition = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 4.0])
    outcome = np.array([1.0, 2.0, 0.0, 5.0, 3.0, 4.0])
    # corners (0, 1), (1, 2), (3, 5): slope 1.357, intercept .857; the scope is 4 x 5
    intercept, slope = fit_ceiling(condition, outcome)
    assert (float(intercept), float(slope)) == pytest.approx(np.polyfit([0, 1, 3], [1, 2, 5], 1)[::-1], abs=1e-9)
    grid = np.linspace(0, 4, 400_001)
    empty = np.trapezoid(5 - np.clip(intercept + slope * grid, 0, 5), grid) / 20
    assert float(measure_line(condition, outcome)) == pytest.approx(empty, abs=1e-6)
    assert measure_line(condition, np.array([5.0, 0, 0, 0, 0, 0])) == 0


def test_ceilings_of_many_outcomes_are_those_of_each():
    rng = np.random.default_rng(3)
    condition = rng.integers(0, 8, 30).astype(float)
    outcomes = rng.integers(0, 8, (20, 30)).astype(float)
    for measure in (measure_ceiling, measure_line):
        assert measure(condition, outcomes) == pytest.approx([float(measure(condition, each)) for each in outcomes])


def test_the_table_of_ceilings_names_what_stands_against():
    ex = np.r_[np.linspace(30, 70, 12), 31.0]
    cx = np.r_[np.linspace(30, 70, 12), 68.0]
    drawn = draw_ceilings(make_brand(cx, ex))
    assert drawn.loc[drawn["against"], "unit"].tolist() == ["U12"]
    assert (drawn["cx"] <= drawn["ce_fdh"] + 1e-9).all()
    assert drawn.attrs["d_ce_fdh"] == pytest.approx(float(measure_ceiling(ex, cx)))
    assert draw_ceilings(make_brand(cx[:5], ex[:5])).empty


def test_regression_over_units_is_least_squares():
    rng = np.random.default_rng(4)
    rows = pd.DataFrame({"unit": np.repeat([f"U{i}" for i in range(12)], 3), "x": rng.standard_normal(36)})
    rows["y"] = 0.5 * rows["x"] + rng.standard_normal(36)
    point, low, high = Regression.of(rows, ["x", "y"]).bound(outcome=2, on=[1], column=1)
    x, y = ((rows[name] - rows[name].mean()) / rows[name].std(ddof=0) for name in "xy")
    assert point == pytest.approx(linregress(x, y).slope, abs=1e-9)
    apart = [linregress(x[rows["unit"] != unit], y[rows["unit"] != unit]).slope for unit in rows["unit"].unique()]
    error = np.sqrt(11 / 12 * ((apart - np.mean(apart)) ** 2).sum())
    assert high - low == pytest.approx(2 * student.ppf(0.975, 10) * error, abs=1e-9)


def make_service(*, serve, seed=5):
    """Return what 24 units say over 5 months: EX moves service a month later by `serve`, service moves the rating."""
    rng = np.random.default_rng(seed)
    ex = 0.6 * rng.standard_normal((24, 1)) + 0.4 * rng.standard_normal((24, 5))
    service = serve * np.roll(ex, 1, axis=1) + 0.4 * rng.standard_normal((24, 5))
    unit, month, _ = np.indices((24, 5, 8))
    cuts = {"unit": [f"U{i:02d}" for i in unit.ravel()], "period": months(5)[month.ravel()]}
    noise = 0.3 * rng.standard_normal((2, *unit.shape))
    employees = speak("employee", "ex.recognition", np.tanh(ex[..., None] + noise[0]), **cuts)
    customers = speak("customer", "cx.staff_attitude", np.tanh(service[..., None] + noise[1]), **cuts)
    rating = np.tanh(service[..., None] + 0.3 * rng.standard_normal(unit.shape)) / 2 + 0.5
    return gather(employees, customers.assign(outcome=rating.ravel()))


def test_service_carries_what_employees_feel_to_the_customers():
    for serve, verdict in ((0.9, "supported"), (0.0, "not_supported")):
        mentions, documents = make_service(serve=serve)
        claim = judge(mentions=mentions, documents=documents).loc["service_carries_it"]
        assert claim["verdict"] == verdict
        assert 0 <= claim["ci_low"] <= claim["effect"] <= claim["ci_high"] <= 1
    assert claim["n"] == 24
    assert claim["detail"] == "lag 1"


def test_without_dates_service_is_read_over_the_whole_time():
    mentions, documents = make_service(serve=0.9)
    claim = judge(mentions=mentions, documents=documents.assign(period=None)).loc["service_carries_it"]
    assert claim["detail"] is None or pd.isna(claim["detail"])
    assert claim["verdict"] != "not_enough_data"


def test_own_figures_stand_in_for_what_people_say():
    rng = np.random.default_rng(6)
    level = rng.standard_normal(24)
    unit = np.repeat([f"U{i:02d}" for i in range(24)], 6)
    votes = np.tanh(np.repeat(level, 6) + 0.3 * rng.standard_normal(144))
    said = pd.DataFrame({"voice": "employee", "driver_id": "ex.voice", "unit": unit, "polarity": votes, "period": None})
    said["respondent"] = range(144)
    kept = {f"U{i:02d}": value for i, value in enumerate(level + 0.3 * rng.standard_normal(24))}
    assert stay_when_valued(said, {})["verdict"] == "not_enough_data"
    assert stay_when_valued(said, {"retention": pd.Series(kept)})["verdict"] == "supported"

    units = pd.DataFrame({"unit": list(kept), "cx": 50 + 9 * level, "ex": rng.uniform(40, 60, 24), "bx": level})
    figures = gather_outcomes(None, {"retention": kept, "reputation": dict.fromkeys(kept, 1.0)}, units["unit"])
    claim = compare_figures(units.assign(period="all"), figures)
    assert (claim["verdict"], claim["detail"]) == ("supported", "retention")
    assert claim["effect"] == pytest.approx(spearmanr(level, list(kept.values())).statistic)
    together = {name: (row.cx - 50) * (row.ex - 50) for name, row in units.set_index("unit").iterrows()}
    assert add_symbiosis(said, units, {"loyalty": pd.Series(together)})["verdict"] == "supported"
    assert add_symbiosis(said, units.head(12), {"loyalty": pd.Series(together)})["reason"].startswith(
        "12 units with CX, EX"
    )


def test_human_interaction_is_read_from_its_table():
    row = {"ex_driver_id": "ex.all", "cx_driver_id": "cx.all", "level": "difference", "n_units": 30, "rho": 0.5,
           "ci_low": 0.2, "ci_high": 0.8, "p_value": 0.01, "reason": None}  # fmt: skip
    assert compare_levels(pd.DataFrame([row]))["verdict"] == "supported"
    reversed_link = row | {"rho": -0.5, "ci_low": -0.8, "ci_high": -0.2}
    assert compare_levels(pd.DataFrame([reversed_link]))["verdict"] == "not_supported"
    wide = row | {"rho": 0.2, "ci_low": -0.4, "ci_high": 0.7, "p_value": 0.5}
    assert compare_levels(pd.DataFrame([wide]))["reason"] == "30 units leave the answer open; about 84 are needed"
    short = row | {"rho": np.nan, "reason": "4 units; at least 10 are needed"}
    assert compare_levels(pd.DataFrame([short]))["reason"] == "4 units; at least 10 are needed"
    assert compare_levels(None)["verdict"] == "not_enough_data"


def test_figures_that_do_not_vary_are_said_so():
    """Everybody says the same everywhere: no division by nothing, no verdict."""
    mentions, documents = make_service(serve=0.5)
    flat = judge(
        mentions=mentions.assign(polarity=1.0), documents=documents.assign(outcome=1.0),
        brand=make_brand(np.full(24, 50.0), np.full(24, 50.0)),
    )  # fmt: skip
    assert flat["verdict"].ne("supported").all()
    assert (flat["effect"].notna() | flat["reason"].notna()).all()
