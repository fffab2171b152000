import numpy as np
import pandas as pd
import pytest
from worlds import gather, make_drivers, months, shuffle, speak

from bxtext.scores import score_drivers
from bxtext.tables import check_table

DRIVERS = make_drivers(["cx.a", "cx.b", "ex.a"])
KEY = ["voice", "driver_id", "period", "cut", "group"]


def cell(scores, **key):
    wanted = {"voice": "customer", "driver_id": "cx.a", "period": "all", "cut": "all", "group": "all"} | key
    return scores.set_index(KEY).loc[tuple(wanted.values())]


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(2)
    n = 400
    cuts = {
        "unit": rng.choice(["North", "South"], n),
        "period": rng.choice(months(2), n),
        "group_tenure": rng.choice(["new", "old"], n),
    }
    parts = [
        speak(voice, driver, rng.uniform(-1, 1, n), **cuts)
        for voice, driver in (("customer", "cx.a"), ("customer", "cx.b"), ("employee", "ex.a"))
    ]
    return gather(*parts)


def test_every_cut_is_there_and_keeps_the_contract(world):
    scores = check_table(score_drivers(*world, DRIVERS), "driver_scores")
    assert set(scores["cut"]) == {"all", "unit", "tenure"}
    assert set(scores["period"]) == {"all", "2024-01", "2024-02"}
    everybody = cell(scores)
    assert (everybody["n_documents"], everybody["n_mentions"], everybody["share"]) == (800, 400, 0.5)
    mentions, documents = world
    of_north = documents[(documents["unit"] == "North") & (documents["voice"] == "customer")]
    told = mentions[mentions["document_id"].isin(of_north["document_id"]) & (mentions["driver_id"] == "cx.a")]
    north = cell(scores, cut="unit", group="North")
    assert north["n_documents"] == len(of_north)
    assert north["score"] == pytest.approx(50 + 50 * told["polarity"].mean())


def test_the_order_of_the_rows_does_not_matter(world):
    plain = score_drivers(*world, DRIVERS)
    mixed = score_drivers(*shuffle(*world, DRIVERS))
    pd.testing.assert_frame_equal(check_table(plain, "driver_scores"), check_table(mixed, "driver_scores"))


def test_a_respondent_is_one_vote_however_much_they_write():
    calm = speak("customer", "cx.a", np.full(6, 0.5), respondent_id=[f"p{i}" for i in range(6)])
    loud = speak("customer", "cx.a", np.full(50, -1.0), respondent_id="loud").assign(
        document_id=[f"loud{i}" for i in range(50)]
    )
    scored = cell(score_drivers(*gather(calm, loud), DRIVERS))
    assert scored["net_sentiment"] == pytest.approx((6 * 0.5 - 1) / 7)
    assert (scored["n_respondents"], scored["n_mentions"]) == (7, 56)


def test_small_cells_are_suppressed_but_counted():
    few = speak("customer", "cx.a", np.full(4, 1.0), unit="Tiny")
    many = speak("customer", "cx.a", np.full(9, 1.0), unit="Big").assign(document_id=[f"b{i}" for i in range(9)])
    scores = score_drivers(*gather(few, many), DRIVERS)
    tiny, big = (cell(scores, cut="unit", group=unit) for unit in ("Tiny", "Big"))
    assert tiny["suppressed"]
    assert tiny[["net_sentiment", "score", "ci_low", "ci_high", "score_shrunk"]].isna().all()
    assert tiny["n_mentions"] == 4
    assert big["ci_low"] < big["score"] == 100


@pytest.mark.parametrize("n", [8, 15, 60])
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_intervals_cover_and_shrinking_helps(n, noise):
    rng = np.random.default_rng(4)
    n_units = 1000
    share = rng.beta(6, 3, n_units)
    sign = np.where(rng.random((n_units, n)) < share[:, None], 1.0, -1.0)
    votes = sign * (1 - noise) + noise * rng.uniform(-1, 1, (n_units, n))
    truth = 50 + 50 * (1 - noise) * (2 * share - 1)
    unit = np.repeat([f"U{i:04d}" for i in range(n_units)], n)
    scores = score_drivers(*gather(speak("customer", "cx.a", votes, unit=unit)), DRIVERS)
    units = scores[scores["cut"] == "unit"].sort_values("group")
    covered = ((units["ci_low"] <= truth) & (truth <= units["ci_high"])).mean()
    assert 0.93 <= covered <= (0.97 if noise else 0.99)  # votes of +1 and -1 alone are too coarse for 95 % sharp
    error, shrunk_error = ((units[name] - truth).pow(2).mean() for name in ("score", "score_shrunk"))
    assert shrunk_error < error


def test_units_that_differ_by_noise_alone_are_drawn_to_everybody():
    votes = np.random.default_rng(5).choice([-1.0, 1.0], (60, 6))
    unit = np.repeat([f"U{i:02d}" for i in range(60)], 6)
    scores = score_drivers(*gather(speak("customer", "cx.a", votes, unit=unit)), DRIVERS)
    units = scores[scores["cut"] == "unit"]
    assert units["score_shrunk"].std() < 0.35 * units["score"].std()


def test_nothing_said_is_an_empty_table(world):
    mentions, documents = world
    assert check_table(score_drivers(mentions.head(0), documents, DRIVERS), "driver_scores").empty
