"""Figures that a maintained library has too: they agree to 1e-6 with scipy and statsmodels."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import kendalltau, rankdata, spearmanr
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.stattools import durbin_watson

from bxtext.claims.links import compare_rankings
from bxtext.claims.paths import Regression
from bxtext.importance.decompose import average_over_orders, regress, weigh_relatively
from bxtext.linkage.correlation import Ordered, correlate, correlate_within
from bxtext.linkage.effects import fit_pair
from bxtext.linkage.permutation import correct

SAME = {"abs": 1e-6, "rel": 1e-6}


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def standardised(rng, n=300, columns=6):
    """An outcome and columns that go with one another, all of mean 0 and variance 1."""
    shared = rng.standard_normal((n, 1))
    x = 0.6 * shared + rng.standard_normal((n, columns))
    y = x @ np.linspace(1, 0, columns) + rng.standard_normal(n)
    values = np.column_stack([y, x])
    return (values - values.mean(axis=0)) / values.std(axis=0)


def r_squared(values, columns):
    return sm.OLS(values[:, 0], sm.add_constant(values[:, list(columns)])).fit().rsquared if columns else 0.0


def test_lmg_is_the_gain_in_r2_of_ols_averaged_over_all_orders(rng):
    values = standardised(rng, columns=5)
    drivers = ((1,), (2, 3), (4,), (5,))
    gains = np.zeros(len(drivers))
    orders = list(permutations(range(len(drivers))))
    for order in orders:
        inside = []
        for place in order:
            before = r_squared(values, inside)
            inside = [*inside, *drivers[place]]
            gains[place] += (r_squared(values, inside) - before) / len(orders)
    split = average_over_orders(np.corrcoef(values, rowvar=False)[None], [1, 2, 1, 1])[0]
    assert split == pytest.approx(gains, **SAME)


def test_relative_weights_add_up_to_the_r2_of_ols_and_coefficients_are_its_own(rng):
    values = standardised(rng)
    correlation = np.corrcoef(values, rowvar=False)[None]
    fit = sm.OLS(values[:, 0], values[:, 1:]).fit()
    assert regress(correlation)[0] == pytest.approx(fit.params, **SAME)
    assert weigh_relatively(correlation).sum() == pytest.approx(fit.rsquared, **SAME)


def make_cells(rng, shape=(14, 8), *, ties=False):
    x, y = rng.standard_normal((2, *shape))
    y = 0.5 * x + y + rng.standard_normal((shape[0], 1))
    if ties:
        x, y = x.round(), y.round()
    return np.where(rng.random(shape) < 0.15, np.nan, x), y


@pytest.mark.parametrize("ties", [False, True])
def test_rho_is_scipys(rng, ties):
    x, y = make_cells(rng, ties=ties)
    rho = correlate(Ordered.of(x[None]), Ordered.of(y[None]), len(x)).rho[0]
    assert rho == pytest.approx(spearmanr(x.ravel(), y.ravel(), nan_policy="omit").statistic, **SAME)


def test_within_rho_is_scipys_of_what_is_left_of_the_unit_means(rng):
    x, y = make_cells(rng)
    y = np.where(np.isfinite(x), y, np.nan)
    left = [(values - np.nanmean(values, axis=1, keepdims=True)).ravel() for values in (x, y)]
    known = np.isfinite(left[0])
    expected = spearmanr(*(values[known].round(9) for values in left)).statistic
    assert correlate_within(x[None], y[None])[0] == pytest.approx(expected, **SAME)


def test_q_is_that_of_statsmodels(rng):
    p_values = pd.DataFrame(rng.random((40, 2)) ** 3)
    p_values.iloc[3, 1] = np.nan
    flat = p_values.to_numpy().ravel()
    known = np.isfinite(flat)
    expected = np.full(flat.shape, np.nan)
    expected[known] = multipletests(flat[known], method="fdr_bh")[1]
    assert correct(p_values, floor=0.0).to_numpy().ravel() == pytest.approx(expected, **SAME, nan_ok=True)


def test_the_agreement_of_rankings_is_kendalls_tau(rng):
    brand = pd.DataFrame(rng.random((12, 3)), columns=["bx", "bx_geometric", "bx_weakest"])
    pairs = (("bx", "bx_geometric"), ("bx", "bx_weakest"), ("bx_geometric", "bx_weakest"))
    expected = min(kendalltau(brand[one], brand[other]).statistic for one, other in pairs)
    assert compare_rankings(brand)["effect"] == pytest.approx(expected, **SAME)


def demeaned_cells(x, y):
    unit, month = np.nonzero(np.isfinite(x))
    cells = pd.DataFrame({"x": x[unit, month], "y": y[unit, month], "unit": unit})
    cells[["x", "y"]] -= cells.groupby(month)[["x", "y"]].transform("mean")
    cells["between"] = cells.groupby("unit")["x"].transform("mean")
    cells["within"] = cells["x"] - cells["between"]
    return cells


def test_what_goes_with_a_point_within_a_unit_is_what_a_random_intercept_gives(rng):
    x, y = make_cells(rng, shape=(20, 9))
    fit = fit_pair(x, y, min_units=10)
    cells = demeaned_cells(x, y)
    terms = sm.add_constant(cells[["within", "between"]])
    mixed = MixedLM(cells["y"], terms, groups=cells["unit"]).fit()
    assert fit["within"] == pytest.approx(mixed.params["within"], **SAME)
    plain = sm.OLS(cells["y"], terms).fit()
    assert fit["between"] == pytest.approx(plain.params["between"], **SAME)


def test_months_that_resemble_one_another_widen_the_interval(rng):
    """The reason why the interval isn't the likelihood's: errors that last make it too narrow."""
    shape = (20, 24)
    x, noise = rng.standard_normal((2, *shape))
    for month in range(1, shape[1]):
        for values in (x, noise):
            values[:, month] = 0.8 * values[:, month - 1] + 0.6 * values[:, month]
    y = 0.5 * x + noise
    assert durbin_watson(noise[0]) < 1.5
    fit = fit_pair(x, y, min_units=10)
    cells = demeaned_cells(x, y)
    mixed = MixedLM(cells["y"], sm.add_constant(cells[["within", "between"]]), groups=cells["unit"]).fit()
    assert fit["within_high"] - fit["within_low"] > 1.3 * 2 * 1.96 * mixed.bse["within"]


def test_a_regression_over_units_is_ols_with_jackknifed_clusters(rng):
    rows = pd.DataFrame(rng.standard_normal((60, 2)), columns=["x", "z"]).assign(unit=np.repeat(np.arange(12), 5))
    rows["y"] = rows["x"] - 0.5 * rows["z"] + rng.standard_normal(60)
    point, _, _ = Regression.of(rows, ["x", "z", "y"]).bound(outcome=3, on=[1, 2], column=2)
    values = rows[["y", "x", "z"]]
    values = (values - values.mean()) / values.std(ddof=0)
    assert point == pytest.approx(sm.OLS(values["y"], values[["x", "z"]]).fit().params["z"], **SAME)


def test_ranks_are_scipys(rng):
    values = rng.integers(0, 6, (3, 20)).astype(float)
    below = Ordered.of(values).sum_below(np.ones_like(values))
    assert below + 0.5 == pytest.approx(rankdata(values, axis=1), **SAME)
