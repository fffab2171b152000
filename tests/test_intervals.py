import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from bxtext.intervals import bound_shares, combine_intervals, draw_weights, score_interval, sum_variance, vote_influence


def test_weights_are_poisson_and_repeat_with_the_seed():
    first, again = (np.hstack(list(draw_weights(400, resamples=120, seed=5))) for _ in range(2))
    assert first.shape == (400, 120)
    assert np.array_equal(first, again)
    assert first.mean() == pytest.approx(1, abs=0.02)
    assert first.var() == pytest.approx(1, abs=0.03)


def test_variance_of_a_mean_is_that_of_the_textbook():
    votes = np.random.default_rng(1).uniform(-1, 1, 25)
    moves = pd.DataFrame(
        {"row": 0, "respondent": range(25), "influence": vote_influence(votes, votes.mean(), len(votes))}
    )
    assert sum_variance(moves, n_rows=1)[0] == pytest.approx(votes.var(ddof=1) / 25)


def test_variance_is_the_limit_of_a_poisson_bootstrap_over_people():
    rng = np.random.default_rng(3)
    moves = pd.DataFrame({"row": rng.integers(0, 4, 300), "respondent": rng.integers(0, 60, 300)})
    moves["influence"] = rng.normal(size=300)
    sums = moves.pivot_table(index="row", columns="respondent", values="influence", aggfunc="sum", fill_value=0)
    weights = np.hstack(list(draw_weights(60, resamples=20_000, seed=5)))
    drawn = sums.to_numpy() @ (weights[sums.columns] - 1)
    assert sum_variance(moves, n_rows=5)[:4] == pytest.approx((drawn**2).mean(axis=1), rel=0.05)
    assert sum_variance(moves, n_rows=5)[4] == 0


def test_what_one_person_says_twice_counts_as_one_person():
    moves = pd.DataFrame({"row": 0, "respondent": [0, 0], "influence": 0.5})
    together, separate = (sum_variance(each, n_rows=1)[0] for each in (moves, moves.assign(respondent=[0, 1])))
    assert together == pytest.approx(2 * separate)


@given(mean=st.floats(-1, 1), share=st.floats(0, 1), n=st.floats(1, 5000))
def test_interval_holds_the_mean_within_bounds(mean, share, n):
    low, high = score_interval(mean, share * (1 - mean**2) / n, n)
    assert -1 <= low <= mean <= high <= 1


@given(positive=st.integers(0, 200), negative=st.integers(0, 200))
def test_interval_of_plain_votes_is_jeffreys(positive, negative):
    n = positive + negative
    if n < 2:
        return
    mean = (positive - negative) / n
    low, high = score_interval(mean, (1 - mean**2) / (n - 1), n)
    expected = 2 * beta.ppf([0.025, 0.975], positive + 0.5, negative + 0.5) - 1
    assert low == pytest.approx(min(expected[0], mean), abs=1e-9)
    assert high == pytest.approx(max(expected[1], mean), abs=1e-9)


def test_equal_votes_of_a_small_cell_are_not_certain():
    low, _ = score_interval(1.0, 0.0, 6)
    assert low < 0.5


@given(st.floats(-100, 100), st.floats(-100, 100), st.floats(0, 50), st.floats(0, 50))
def test_subtracting_turns_the_second_interval_round(one, other, below, above):
    low, high = combine_intervals((one, one, one), (other, other - below, other + above), weights=(1, -1))
    assert low == pytest.approx(one - other - above)
    assert high == pytest.approx(one - other + below)


def test_share_of_people_who_write_once_has_jeffreys_interval():
    votes = pd.DataFrame({"driver_id": "d", "voice": "customer", "respondent": range(7), "n_mentions": 1})
    documents = pd.DataFrame({"voice": "customer", "respondent": range(30)})
    share = bound_shares(votes, documents, cell=["voice", "driver_id"], cut=["voice"]).iloc[0]
    assert (share["n_documents"], share["share"]) == (30, pytest.approx(7 / 30))
    expected = beta.ppf([0.025, 0.975], 7.5, 23.5)
    assert share[["share_low", "share_high"]].tolist() == pytest.approx(expected.tolist(), abs=1e-9)


def test_share_is_less_sure_when_few_people_write_it_all():
    cell, cut = ["voice", "driver_id"], ["voice"]
    once = pd.DataFrame({"driver_id": "d", "voice": "customer", "respondent": range(40), "n_mentions": 1})
    often = once.head(10).assign(n_mentions=4)
    alone = bound_shares(once, pd.DataFrame({"voice": "customer", "respondent": range(80)}), cell=cell, cut=cut)
    loud = bound_shares(
        often, pd.DataFrame({"voice": "customer", "respondent": np.repeat(range(20), 4)}), cell=cell, cut=cut
    )
    assert loud["share"].item() == alone["share"].item()
    width = (loud["share_high"] - loud["share_low"]).item()
    assert width > 1.7 * (alone["share_high"] - alone["share_low"]).item()
