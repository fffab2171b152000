"""Every table of the stages that score, on data too small or too flat: a figure or the reason why there is none."""

import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from worlds import gather, make_drivers, months, speak

from bxtext.brand import hold_promises, move_drivers, score_brand, score_lights, track_units, weigh_blame
from bxtext.claims import judge_claims
from bxtext.importance import weigh_drivers
from bxtext.linkage import link_drivers
from bxtext.scores import score_drivers
from bxtext.tables import TABLES, check_table

PAIRS = [("cx.staff_attitude", "ex.team_climate"), ("cx.ease_effort", "ex.recognition")]
DRIVERS = make_drivers([*(name for pair in PAIRS for name in pair), "out.cx_loyalty", "out.ex_retention"], mirror=PAIRS)
SAYS = {"customer": ["cx.staff_attitude", "cx.ease_effort", "out.cx_loyalty"],
        "employee": ["ex.team_climate", "ex.recognition", "out.ex_retention"]}  # fmt: skip
FIGURE = {  # the figure that a reason stands in for
    "importance": "derived", "linkage": "rho", "link_effects": "within", "mirror": "gap", "symmetry": "symmetry",
    "moderation": "rho", "brand": "bx", "movements": "bx_change", "what_if": "bx", "promises": "gap", "blame": "share",
    "claims": "effect",
}  # fmt: skip
FLAT = re.compile(r"does not vary|do not vary|no more of the outcome|mentioned often enough|no unit or product has")


def say(*, units=12, n_months=3, people=4, voices=("customer", "employee"), flat=False, rated=True):
    """What `people` of each voice say of each driver in every unit and month."""
    rng = np.random.default_rng(1)
    unit, month, _ = (axis.ravel() for axis in np.indices((units, n_months, people)))
    parts = []
    for voice in voices:
        for driver in SAYS[voice]:
            felt = np.full(len(unit), 0.5) if flat else np.tanh(0.4 * unit / units + rng.normal(0, 0.6, len(unit)))
            cuts = {"unit": [f"U{number:02d}" for number in unit], "period": months(n_months)[month]}
            outcome = (felt.round(1) + 1) / 2 if rated else None
            parts.append(speak(voice, driver, felt, outcome=outcome, **cuts))
    return gather(*parts)


def strip(tables, *columns):
    """Take columns of the documents away, as files without them would."""
    mentions, documents = tables
    return mentions, documents.assign(**dict.fromkeys(columns))


WORLDS = {
    "too few units": say(units=3),
    "one unit": say(units=1),
    "one period": say(n_months=1, people=8),
    "no period": strip(say(), "period"),
    "no unit": strip(say(), "unit"),
    "customers alone": say(voices=["customer"]),
    "employees alone": say(voices=["employee"]),
    "no outcome": say(rated=False),
    "drivers that don't vary": say(flat=True),
    "one person a voice": say(units=1, n_months=1, people=1),
    "nobody says anything of a driver": (say()[0].head(0), say()[1]),
    "no comment at all": tuple(table.head(0) for table in say()),
}  # fmt: skip


@cache
def make_tables(world):
    said = (*WORLDS[world], DRIVERS)
    links = link_drivers(*said, resamples=200)
    tables = {name: getattr(links, name) for name in links.__dataclass_fields__}
    tables["driver_scores"], tables["importance"] = score_drivers(*said), weigh_drivers(*said)
    tables["lights"] = score_lights(*said)
    tables["brand"] = score_brand(*said, tables["importance"], tables["lights"])
    promised = pd.DataFrame({"text": ["Always a smile"], "driver": ["cx.staff_attitude"]})
    tables["promises"] = hold_promises(*said, promised)
    for name, make in (("movements", track_units), ("what_if", move_drivers), ("blame", weigh_blame)):
        tables[name] = make(*said, tables["importance"])
    tables["claims"] = judge_claims(
        *said, tables["driver_scores"], tables["linkage"], tables["brand"], tables["moderation"], resamples=200
    )
    return tables


@pytest.mark.parametrize("world", WORLDS)
def test_every_table_holds_a_figure_or_its_reason(world):
    tables = make_tables(world)
    assert set(tables) == {name for name, table in TABLES.items() if table.stage in {"scores", "linkage", "brand"}}
    for name, table in tables.items():
        check_table(table, name)
        assert not np.isinf(table.select_dtypes("number").to_numpy(dtype=float)).any(), name
        if name in FIGURE:
            missing = table[FIGURE[name]].isna()
            assert table.loc[missing, "reason"].notna().all(), name
            for reason in table.loc[missing, "reason"].unique():
                assert re.search(r"\d+ (?:of each )?(?:are|is) needed|a lag are needed", reason) or FLAT.search(
                    reason
                ), reason
    scores = tables["driver_scores"]
    assert (scores["score"].isna() == scores["suppressed"]).all()


def test_no_bx_from_one_voice():
    for world in ("customers alone", "employees alone"):
        tables = make_tables(world)
        assert tables["brand"]["bx"].isna().all()
        assert tables["movements"]["bx_change"].isna().all()
        told = tables["claims"].loc[tables["claims"]["verdict"] != "not_enough_data", "claim"]
        assert set(told) <= {"valued_employees_stay", "manager_or_values_leave"}, "employees alone carry these two"


def test_what_does_not_vary_is_never_a_link():
    tables = make_tables("drivers that don't vary")
    assert tables["linkage"]["rho"].isna().all()
    assert tables["link_effects"]["within"].isna().all()
    assert tables["importance"]["derived"].isna().all()
    assert (tables["claims"]["verdict"] != "supported").all()
