import numpy as np
import pandas as pd
import pytest
from worlds import gather, make_drivers, months, shuffle, speak

from bxtext.brand import (
    hold_promises,
    move_drivers,
    score_brand,
    score_lights,
    track_units,
    weigh_blame,
)
from bxtext.errors import InputError
from bxtext.read.side_tables import read_promises
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


def test_a_corner_is_named_only_when_both_intervals_decide_it():
    world = gather(*speak_all({"cx.a": 0.5, "ex.a": 0.0}))
    assert row(score_brand(*world, DRIVERS, IMPORTANCE))["quadrant"] == "undecided"


def test_the_voice_that_writes_more_does_not_light_alone():
    parts = [*speak_all({"cx.a": 0.4}, n=400), *speak_all({"ex.a": -0.8}, n=40)]
    mentions, documents = gather(*parts)
    lights = check_table(score_lights(mentions.assign(actor="process"), documents, DRIVERS), "lights")
    scores = lights.set_index(["light", "voice"])["score"].loc["process"]
    assert scores["both"] == pytest.approx((scores["customer"] + scores["employee"]) / 2)
    assert lights.set_index("voice")["colour"].to_dict() == {"both": "red", "customer": "green", "employee": "red"}
    brand = row(score_brand(mentions.assign(actor="process"), documents, DRIVERS, IMPORTANCE))
    assert (brand["process"], brand["verdict"]) == ("red", "red")


def test_a_light_of_one_voice_says_so():
    lights = score_lights(*gather(*speak_all({"cx.a": 0.4})), DRIVERS).set_index("voice")
    assert lights["heard"].to_dict() == {"both": "customer", "customer": "customer"}


def test_a_small_and_a_stale_voice_are_named():
    customers = speak_all({"cx.a": 0.4}, n=200, date="2026-06-01")
    mentions, documents = gather(*customers, *speak_all({"ex.a": 0.4}, n=15, date="2025-12-01"))
    whole = row(score_brand(mentions, documents, DRIVERS, IMPORTANCE))
    assert (whole["small_voice"], whole["stale_voice"]) == ("employee", "employee")
    fresh = row(score_brand(mentions, documents, DRIVERS, IMPORTANCE, stale_days=300))
    assert pd.isna(fresh["stale_voice"])


def test_a_unit_that_moved_is_told_and_one_month_is_not_enough():
    then = speak_all({"cx.a": 0.6, "ex.a": 0.6}, unit="Shop", period="2026-01")
    now = speak_all({"cx.a": 0.6, "ex.a": -0.6}, unit="Shop", period="2026-02")
    moves = check_table(track_units(*gather(*then, *now), DRIVERS, IMPORTANCE), "movements").set_index("unit")
    shop = moves.loc["Shop"]
    assert (shop["quadrant_before"], shop["quadrant_now"], shop["moved"]) == ("virtuous", "hidden_cost", True)
    assert shop["ex_change"] == pytest.approx(-60)
    assert shop["ex_change_high"] < 0 <= shop["cx_change_high"]
    still = track_units(*gather(*then), DRIVERS, IMPORTANCE)
    assert still["reason"].eq("fewer than 2 months; at least 2 are needed").all()
    assert not still["moved"].any()


def test_what_goes_with_a_driver_is_found_and_few_units_say_so():
    level = np.linspace(-0.6, 0.6, 14)
    parts = [
        part for number, own in enumerate(level)
        for part in speak_all({"ex.a": own, "cx.a": own / 2}, n=12, unit=f"U{number:02d}")
    ]  # fmt: skip
    what_if = check_table(move_drivers(*gather(*parts), DRIVERS, IMPORTANCE), "what_if").set_index("driver_id")
    moved = what_if.loc["ex.a"]
    assert moved["by_weight"] == pytest.approx(5)
    assert (moved["cx"], moved["ex"], moved["bx"]) == pytest.approx((5, 10, 7.5))
    assert moved["cx_low"] <= 5 <= moved["cx_high"]
    assert what_if.loc["ex.b", "reason"] == "0 units; at least 10 are needed"


def test_promises_are_held_against_both_voices(tmp_path):
    (tmp_path / "said.csv").write_text("text,driver\nAlways kind,cx.a\n", encoding="utf-8")
    promises = read_promises(tmp_path, file="said.csv")
    drivers = make_drivers(["cx.a", "ex.a"], mirror=[("cx.a", "ex.a")])
    held = hold_promises(*gather(*speak_all({"cx.a": 0.6, "ex.a": -0.6})), drivers, promises)
    told = check_table(held, "promises").iloc[0]
    assert (told["cx_verdict"], told["ex_verdict"], told["ex_driver_id"]) == ("kept", "broken", "ex.a")
    assert told["gap"] == pytest.approx(60)
    few = hold_promises(*gather(*speak_all({"cx.a": 0.6}, n=4)), drivers, promises).iloc[0]
    assert few["reason"] == "4 customers and 0 employees; at least 10 of each are needed"
    with pytest.raises(InputError, match=r"driver 'cx\.aa' is unknown; did you mean 'cx\.a'"):
        hold_promises(*gather(*speak_all({"cx.a": 0.6})), drivers, promises.assign(driver="cx.aa"))
    with pytest.raises(InputError, match=r"E_PATH absent\.csv: no such file"):
        read_promises(tmp_path, file="absent.csv")


def test_blame_is_shared_by_people_and_its_cost_by_votes():
    parts = [
        *speak_all({"cx.a": -0.5}, n=30, actor="provider"),
        *[part.assign(document_id="p" + part["document_id"]) for part in speak_all({"cx.a": -0.5}, n=10)],
    ]
    mentions, documents = gather(*(part.assign(actor=part.get("actor", "process")) for part in parts))
    blame = check_table(weigh_blame(mentions, documents, DRIVERS, IMPORTANCE), "blame").set_index(["unit", "actor"])
    provider = blame.loc[("all", "provider")]
    assert provider["share"] == pytest.approx(0.75)
    assert provider["ci_low"] < 0.75 < provider["ci_high"]
    assert provider["cost"] == pytest.approx(0.75 * 25)  # CX would be 50, not 25, had nobody complained
    few = weigh_blame(*gather(*speak_all({"cx.a": -0.5}, n=4)), DRIVERS, IMPORTANCE)
    assert few["reason"].eq("4 people complain; at least 10 are needed").all()
