import numpy as np
import pandas as pd
import pytest
from worlds import gather, make_drivers, months, shuffle, speak

from bxtext.brand import score_brand
from bxtext.tables import check_table

DRIVERS = make_drivers(["cx.a", "cx.b", "ex.a", "ex.b", "out.cx_loyalty"])
IMPORTANCE = pd.DataFrame(
    {
        "voice": ["customer", "customer", "employee", "employee"],
        "driver_id": ["cx.a", "cx.b", "ex.a", "ex.b"],
        "weight": [0.75, 0.25, 0.5, 0.5],
    }
)


def speak_all(level, *, n=40, **cuts):
    """`n` people a driver, half of them 0.2 above and half below its level."""
    parts = [
        speak("customer" if name.startswith("cx") else "employee", name, np.resize([mean - 0.2, mean + 0.2], n), **cuts)
        for name, mean in level.items()
    ]
    tag = "-".join(map(str, cuts.values()))
    return [part.assign(document_id=part["document_id"] + tag) for part in parts]


LEVEL = {"cx.a": 0.6, "cx.b": 0.2, "ex.a": -0.4, "ex.b": 0.0}


def row(brand, unit="all", period="all"):
    return brand.set_index(["unit", "period"]).loc[(unit, period)]


def test_the_three_formulas():
    world = gather(*speak_all(LEVEL))
    whole, half = (row(score_brand(*world, DRIVERS, IMPORTANCE, human_interaction=h)) for h in (1.0, 0.5))
    assert (whole["cx"], whole["ex"]) == pytest.approx((75, 40))
    assert (whole["bx"], whole["bx_geometric"], whole["bx_weakest"]) == pytest.approx((57.5, np.sqrt(3000), 40))
    assert half["bx"] == pytest.approx((75 + 20) / 1.5)
    assert half["bx_geometric"] == pytest.approx((75 * 40**0.5) ** (1 / 1.5))
    assert whole["quadrant"] == "hidden_cost"
    alone = row(score_brand(*world, DRIVERS, IMPORTANCE, human_interaction=0.0))
    assert (alone["bx"], alone["ci_low"], alone["ci_high"]) == pytest.approx(tuple(alone[["cx", "cx_low", "cx_high"]]))


def test_lights_follow_the_actor_of_the_mention():
    row_of = row(score_brand(*gather(*speak_all(LEVEL)), DRIVERS, IMPORTANCE))
    assert (row_of["process"], row_of["people"]) == ("green", "red")
    assert pd.isna(row_of["product"])


def test_every_unit_and_month_has_a_row_and_the_contract_holds():
    parts = [
        part
        for unit in ("North", "South")
        for month in months(2)
        for part in speak_all(LEVEL, n=12, unit=unit, period=month)
    ]
    mentions, documents = gather(*parts)
    brand = check_table(score_brand(mentions, documents, DRIVERS, IMPORTANCE), "brand")
    assert len(brand) == 3 * 3
    assert brand["bx"].notna().all()
    mixed = score_brand(*shuffle(mentions, documents, DRIVERS, IMPORTANCE))
    pd.testing.assert_frame_equal(brand, check_table(mixed, "brand"))


def test_one_voice_makes_no_brand_experience():
    mentions, documents = gather(*speak_all({"cx.a": 0.5}, unit="Shop"), *speak_all({"ex.a": 0.5}, n=4, unit="Shop"))
    shop = row(score_brand(mentions, documents, DRIVERS, IMPORTANCE), "Shop")
    assert shop["cx"] == pytest.approx(75)
    assert shop["reason"] == "4 employees; at least 10 are needed"
    assert shop[["ex", "bx", "bx_geometric", "bx_weakest", "ci_low", "quadrant"]].isna().all()


def test_a_driver_nobody_mentions_leaves_its_weight_to_the_others():
    mentions, documents = gather(*speak_all({"cx.b": 0.2, "ex.a": 0.0}))
    assert row(score_brand(mentions, documents, DRIVERS, IMPORTANCE))["cx"] == pytest.approx(60)


@pytest.mark.parametrize(
    ("cx", "ex", "quadrant"),
    [(0.5, 0.5, "virtuous"), (-0.5, -0.5, "vicious"), (0.5, -0.5, "hidden_cost"), (-0.5, 0.5, "unfulfilled")],
)
def test_quadrants(cx, ex, quadrant):
    world = gather(*speak_all({"cx.a": cx, "ex.a": ex}))
    assert row(score_brand(*world, DRIVERS, IMPORTANCE))["quadrant"] == quadrant


@pytest.mark.parametrize("n", [12, 40])
def test_intervals_cover(n):
    """People have moods: what one says of two drivers goes together."""
    rng = np.random.default_rng(6)
    n_units, share = 300, {"cx.a": 0.8, "cx.b": 0.6, "ex.a": 0.5, "ex.b": 0.7}
    parts = []
    for voice, names in (("customer", ["cx.a", "cx.b"]), ("employee", ["ex.a", "ex.b"])):
        mood = rng.standard_normal(n_units * n)
        for name in names:
            up = np.argsort(np.argsort(0.6 * mood + 0.8 * rng.standard_normal(len(mood)))) < share[name] * len(mood)
            polarity = np.where(up, 0.7, -0.7) + rng.uniform(-0.3, 0.3, len(mood))
            unit = np.repeat([f"U{i:03d}" for i in range(n_units)], n)
            part = speak(voice, name, polarity, unit=unit, respondent_id=[f"p{i}" for i in range(len(mood))])
            parts.append(part[rng.random(len(part)) < 0.7])
    brand = score_brand(*gather(*parts), DRIVERS, IMPORTANCE, min_respondents=8)
    units = brand[brand["unit"] != "all"].dropna(subset=["bx"])
    truth = {name: 50 + 35 * (2 * p - 1) for name, p in share.items()}
    cx = 0.75 * truth["cx.a"] + 0.25 * truth["cx.b"]
    bx = (cx + (truth["ex.a"] + truth["ex.b"]) / 2) / 2
    assert 0.92 <= ((units["cx_low"] <= cx) & (cx <= units["cx_high"])).mean() <= 0.98
    assert 0.92 <= ((units["ci_low"] <= bx) & (bx <= units["ci_high"])).mean() <= 0.98
