from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from worlds import make_drivers, shuffle

from bxtext.importance import weigh_drivers
from bxtext.importance.decompose import average_over_orders, regress, split_explained, weigh_relatively
from bxtext.tables import check_table

REWARD = np.array([0.15, 0.0, 0.10, 0.0, 0.03])
PENALTY = np.array([0.0, 0.15, 0.10, 0.0, 0.03])
IDS = [f"cx.{i}" for i in range(5)]
DRIVERS = make_drivers([*IDS, "cx.rare", "ex.a", "out.cx_satisfaction"])


def make_world(n, seed, *, noise=0.15, strength=1.0, voice="customer"):
    """Five drivers of known reward and penalty, spoken of by people in a better or worse mood."""
    rng = np.random.default_rng(seed)
    said = rng.random((n, 5)) < 0.3
    good = 0.6 * rng.standard_normal((n, 1)) + 0.8 * rng.standard_normal((n, 5)) > 0
    outcome = 0.5 + strength * ((said & good) @ REWARD - (said & ~good) @ PENALTY) + noise * rng.standard_normal(n)
    ids = np.array([f"d{i:05d}" for i in range(n)])
    row, column = np.nonzero(said)
    up = good[row, column]
    mentions = pd.DataFrame(
        {
            "document_id": ids[row],
            "driver_id": np.array(IDS)[column],
            "polarity": np.where(up, 1.0, -1.0),
            "n_positive": up.astype(int),
            "n_negative": (~up).astype(int),
            "actor": "process",
        }
    )
    return mentions, pd.DataFrame({"document_id": ids, "voice": voice, "outcome": outcome.clip(0, 1)})


def weigh(world, **options):
    return weigh_drivers(*world, DRIVERS, **options).set_index("driver_id")


@pytest.fixture(scope="module")
def weighed():
    return weigh(make_world(3000, 1))


def test_contract_and_weights_that_add_up(weighed):
    checked = check_table(weighed.reset_index(), "importance")
    assert checked["weight"].sum() == pytest.approx(1)
    assert checked["derived"].sum() == pytest.approx(1)
    assert "out.cx_satisfaction" not in set(checked["driver_id"])
    assert "ex.a" not in set(checked["driver_id"])


def test_order_and_kano_classes_are_recovered(weighed):
    assert set(weighed["derived"].nlargest(3).index) == {"cx.0", "cx.1", "cx.2"}
    assert weighed["derived"].idxmin() == "cx.3"
    assert weighed.loc[IDS[:4], "kano"].tolist() == ["delighter", "must_be", "performance", "undetermined"]
    assert weighed.loc["cx.0", "impact"] > 0 > weighed.loc["cx.1", "impact"]


def test_coefficients_are_least_squares(weighed):
    mentions, documents = make_world(3000, 1)
    marks = mentions.pivot_table(
        index="document_id", columns="driver_id", values=["n_positive", "n_negative"], aggfunc="sum", fill_value=0
    ).reindex(documents["document_id"], fill_value=0)
    design = np.column_stack([np.ones(len(documents)), marks])
    expected = np.linalg.lstsq(design, documents["outcome"], rcond=None)[0][1:]
    expected = pd.Series(expected, index=marks.columns)
    assert weighed.loc[IDS, "reward"].to_numpy() == pytest.approx(expected["n_positive"].to_numpy(), abs=1e-8)
    assert weighed.loc[IDS, "penalty"].to_numpy() == pytest.approx(expected["n_negative"].to_numpy(), abs=1e-8)


def test_intervals_cover_the_shares_of_a_very_large_sample():
    truth = weigh(make_world(150_000, 99), resamples=200).loc[IDS]
    covered, right = [], []
    for seed in range(40):
        found = weigh(make_world(600, seed), resamples=200).loc[IDS]
        covered.append((found["ci_low"] <= truth["derived"] + 0.002) & (truth["derived"] <= found["ci_high"] + 0.002))
        right.append((found["kano"] == "undetermined") | (found["kano"] == truth["kano"]))
    assert 0.9 <= np.mean(covered) <= 0.99
    assert np.mean(right) >= 0.93


def test_a_respondent_weighs_one_whatever_they_write():
    mentions, documents = make_world(400, 3)
    alone = weigh((mentions, documents))
    copies = range(1, 4)
    loud = documents["document_id"].head(100)
    more = [
        pd.concat(
            [
                table,
                *(
                    table[table["document_id"].isin(loud)].assign(document_id=lambda t, i=i: t["document_id"] + f"-{i}")
                    for i in copies
                ),
            ]
        )
        for table in (mentions, documents)
    ]
    more[1]["respondent_id"] = more[1]["document_id"].str.split("-").str[0]
    repeated = weigh(more)
    assert repeated.loc[IDS, "reward"].to_numpy() == pytest.approx(alone.loc[IDS, "reward"].to_numpy(), abs=1e-9)
    assert repeated.loc[IDS, "impact"].to_numpy() == pytest.approx(alone.loc[IDS, "impact"].to_numpy(), abs=1e-9)


def test_row_order_does_not_matter():
    mentions, documents = make_world(300, 4)
    plain = weigh_drivers(mentions, documents, DRIVERS)
    mixed = weigh_drivers(*shuffle(mentions, documents, DRIVERS))
    pd.testing.assert_frame_equal(check_table(plain, "importance"), check_table(mixed, "importance"))


def test_without_outcome_the_talk_is_the_weight():
    mentions, documents = make_world(300, 5)
    found = weigh((mentions, documents.drop(columns="outcome")))
    assert found["derived"].isna().all()
    assert found["weight"].to_numpy() == pytest.approx((found["stated"] / found["stated"].sum()).to_numpy())
    assert found["reason"].eq("0 respondents with a rating; at least 100 are needed")[IDS].all()


def test_an_outcome_that_no_driver_moves_gives_no_importance():
    silent = sum(weigh(make_world(300, seed, strength=0), resamples=200)["derived"].isna().all() for seed in range(20))
    assert silent >= 17


def test_a_rare_driver_keeps_its_share_of_the_talk():
    mentions, documents = make_world(1000, 6)
    rare = mentions.drop_duplicates("document_id").head(3).assign(driver_id="cx.rare")
    found = weigh((pd.concat([mentions, rare]), documents))
    assert np.isnan(found.loc["cx.rare", "derived"])
    assert found.loc["cx.rare", "reason"] == "3 respondents with a rating; at least 5 are needed"
    assert found.loc["cx.rare", "weight"] == pytest.approx(3 / (len(mentions) + 3))
    assert found["weight"].sum() == pytest.approx(1)


@pytest.mark.parametrize(("n", "outcome", "reason"), [(60, None, "60 respondents"), (150, 0.5, "does not vary")])
def test_too_little_says_so(n, outcome, reason):
    mentions, documents = make_world(n, 7)
    found = weigh((mentions, documents if outcome is None else documents.assign(outcome=outcome)))
    assert found.loc[IDS, "derived"].isna().all()
    assert found.loc[IDS, "reason"].str.contains(reason).all()


def correlations(seed, columns):
    """Return correlations of an outcome and columns that go together."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((400, 1))
    x = common + rng.standard_normal((400, columns))
    y = x @ rng.uniform(-1, 1, columns) + rng.standard_normal(400)
    return np.corrcoef(y, x, rowvar=False)


def r_squared(correlation, columns):
    chosen = [column + 1 for column in columns]
    if not chosen:
        return 0.0
    inside, with_outcome = correlation[np.ix_(chosen, chosen)], correlation[chosen, 0]
    return with_outcome @ np.linalg.solve(inside, with_outcome)


@pytest.mark.parametrize("sizes", [[1, 1, 1, 1], [2, 1, 2], [2, 2, 2, 1]])
def test_lmg_is_the_gain_averaged_over_all_orders(sizes):
    correlation = correlations(3, sum(sizes))
    ends = np.cumsum(sizes)
    columns = [list(range(end - size, end)) for size, end in zip(sizes, ends, strict=True)]
    gains = np.zeros(len(sizes))
    orders = list(permutations(range(len(sizes))))
    for order in orders:
        entered = []
        for driver in order:
            before = r_squared(correlation, entered)
            entered = entered + columns[driver]
            gains[driver] += r_squared(correlation, entered) - before
    assert average_over_orders(correlation[None], sizes)[0] == pytest.approx(gains / len(orders), abs=1e-9)


def test_relative_weights_of_two_columns_by_hand():
    """Two columns of correlation r: the nearest orthogonal ones have loadings a and b with a + b and a - b known."""
    r, one, other = 0.6, 0.5, 0.3
    a = (np.sqrt(1 + r) + np.sqrt(1 - r)) / 2
    b = (np.sqrt(1 + r) - np.sqrt(1 - r)) / 2
    beta = np.linalg.solve([[a, b], [b, a]], [one, other])
    by_hand = [a**2 * beta[0] ** 2 + b**2 * beta[1] ** 2, b**2 * beta[0] ** 2 + a**2 * beta[1] ** 2]
    correlation = np.array([[[1, one, other], [one, 1, r], [other, r, 1]]])
    assert weigh_relatively(correlation)[0] == pytest.approx(by_hand, abs=1e-9)
    assert sum(by_hand) == pytest.approx(r_squared(correlation[0], [0, 1]), abs=1e-9)


@pytest.mark.parametrize("drivers", [12, 13])
def test_shares_add_up_to_r_squared_by_either_way(drivers):
    correlation = correlations(4, drivers)
    split = split_explained(correlation[None], [1] * drivers)
    assert split.sum() == pytest.approx(r_squared(correlation, range(drivers)), abs=1e-9)
    assert (split >= 0).all()


def test_a_column_without_variance_or_twice_the_same_breaks_nothing():
    correlation = correlations(5, 2)
    silent = np.zeros((4, 4))
    silent[:3, :3] = correlation
    twice = np.block([[correlation, correlation[:, 2:]], [correlation[2:], np.ones((1, 1))]])
    whole = r_squared(correlation, [0, 1])
    for odd in (silent, twice):
        for split in (average_over_orders(odd[None], [1, 1, 1]), weigh_relatively(odd[None])):
            assert split.sum() == pytest.approx(whole, abs=1e-9)
        assert np.isfinite(regress(odd[None])).all()


def test_what_is_explained_is_r_squared_adjusted(weighed):
    mentions, documents = make_world(3000, 1)
    marks = mentions.pivot_table(
        index="document_id", columns="driver_id", values=["n_positive", "n_negative"], aggfunc="sum", fill_value=0
    ).reindex(documents["document_id"], fill_value=0)
    design = np.column_stack([np.ones(len(documents)), marks])
    outcome = documents["outcome"].to_numpy()
    rest = outcome - design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    adjusted = 1 - rest.var() / outcome.var() * (3000 - 1) / (3000 - 10 - 1)
    assert weighed.loc[IDS, "explained"].to_numpy() == pytest.approx([adjusted] * 5, abs=1e-9)


def test_a_driver_seldom_said_that_matters_is_latent():
    """cx.2 is said half as often as the others and moves the outcome most; cx.3 is said as often, and moves nothing."""
    mentions, documents = make_world(4000, 8, strength=0)
    place = mentions["document_id"].str[1:].astype(int)
    heard = mentions[(mentions["driver_id"] != "cx.2") | (place % 2 == 0)]
    moves = heard[heard["driver_id"] == "cx.2"].set_index("document_id")["polarity"]
    shift = 0.3 * moves.reindex(documents["document_id"]).fillna(0.0).to_numpy()
    found = weigh((heard, documents.assign(outcome=(documents["outcome"] + shift).clip(0, 1)))).loc[IDS]
    assert found.loc["cx.2", "place"] == "latent"
    assert found.loc["cx.3", "place"] == "familiar"
    assert found["stated_low"].lt(found["stated"]).all()
    assert found["stated_high"].gt(found["stated"]).all()
