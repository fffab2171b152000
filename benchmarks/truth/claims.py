"""Claims: how often one is called supported where it is false, and how often where it is true.

Each test meets worlds built for its claim and worlds built against it, the likeliest ways to be fooled among them. The
links of drivers and the split by human interaction are measured where they are made, with the linkage.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bxtext.claims.necessity import judge_necessity
from bxtext.claims.outcomes import compare_figures
from bxtext.claims.paths import add_symbiosis, follow_service, stay_when_valued
from bxtext.claims.people import find_insufficiency, find_leavers, lift_when_leaving

if TYPE_CHECKING:
    from collections.abc import Callable

FALSE = 0.05
RESAMPLES = 200
UNITS, MONTHS = 30, 6
PERIODS = pd.period_range("2024-01", periods=MONTHS, freq="M").astype("str").to_numpy()


def names_of(n: int) -> list[str]:
    """Return the names of `n` units."""
    return [f"U{number:03d}" for number in range(n)]


def necessity(rng: np.random.Generator, *, ceiling: bool, lopsided: bool = False) -> dict[str, Any]:
    """40 units; with a ceiling CX is anything up to EX + 10, and both are seen with an error of 3."""
    ex, cx = rng.beta(*((5, 2) if lopsided else (3, 3)), (2, 40)) * 60 + 20
    if ceiling:
        cx = rng.uniform(10, 10 + ex) + rng.normal(0, 3, 40)
        ex = ex + rng.normal(0, 3, 40)
    units = pd.DataFrame({"unit": names_of(40), "ex": ex, "cx": cx, "quadrant": "virtuous"})
    return judge_necessity("no_cx_without_ex", units, "ex", resamples=RESAMPLES, seed=7)


def speak(rng: np.random.Generator, level: np.ndarray, people: int, mood: np.ndarray | None = None) -> pd.DataFrame:
    """Return the votes of so many people in each unit and month (units x months) about its level."""
    units, months = level.shape
    unit, month, _ = np.indices((units, months, people))
    own = rng.normal(0, 0.8, unit.shape) if mood is None else mood + rng.normal(0, 0.5, unit.shape)
    votes = np.tanh(level[:, :, None] + own)
    return pd.DataFrame(
        {"unit": np.array(names_of(units))[unit.ravel()], "period": PERIODS[month.ravel()], "polarity": votes.ravel()}
    )


def mediation(
    rng: np.random.Generator, *, serve: float = 0, through: float = 0, direct: float = 0, mood: float = 0
) -> dict[str, Any]:
    """30 units over 6 months: EX a month earlier moves the service by `serve`, and the rating past it by `direct`."""
    shape, people = (UNITS, MONTHS), 12
    unit = 0.4 * rng.standard_normal((3, UNITS, 1)) + 0.3 * rng.standard_normal((3, *shape))
    ex, earlier = unit[0], np.roll(unit[0], 1, axis=1)
    service = unit[1] + serve * earlier
    rating = unit[2] + through * service + direct * earlier
    moods = mood * rng.standard_normal((*shape, people)) if mood else None
    employees = speak(rng, ex, 8).assign(voice="employee", driver_id="ex.a")
    served = speak(rng, service, people, moods).assign(voice="customer", driver_id="cx.staff_attitude")
    rated = speak(rng, rating, people, moods)["polarity"]
    number = np.arange(len(served))
    served = served.assign(document_id=number, respondent=number)
    employees = employees.assign(document_id=number.max() + 1 + np.arange(len(employees)))
    said = pd.concat([employees.assign(respondent=employees["document_id"]), served]).assign(tier="core")
    documents = pd.DataFrame({"document_id": number, "outcome": rated.to_numpy() / 2 + 0.5})
    return follow_service(said, documents, resamples=RESAMPLES, seed=7)


def staying(rng: np.random.Generator, *, slope: float, mood: float = 0, own: bool = False) -> dict[str, Any]:
    """30 units whose employees, 20 in each, say how they are valued and whether they stay."""
    people = 20
    valued = 0.5 * rng.standard_normal((UNITS, 1))
    stays = slope * valued + 0.4 * rng.standard_normal((UNITS, 1))
    moods = mood * rng.standard_normal((UNITS, 1, people)) if mood else None
    number = np.arange(UNITS * people)
    parts = [
        speak(rng, level, people, moods).assign(driver_id=driver, respondent=number)
        for driver, level in (("ex.recognition", valued), ("out.ex_retention", stays))
    ]
    said = pd.concat(parts).assign(voice="employee")
    outcomes = {"retention": pd.Series(stays[:, 0], names_of(UNITS))} if own else {}
    return stay_when_valued(said, outcomes)


def symbiosis(rng: np.random.Generator, *, both: float, product: float, uneven: bool = False) -> dict[str, Any]:
    """40 units whose customers, 15 in each, say how loyal they are."""
    ex, cx = rng.standard_normal((2, 40))
    cx = 0.5 * ex + np.sqrt(0.75) * cx
    noise = 0.4 * rng.standard_normal(40) * (np.exp(0.5 * cx) if uneven else 1)
    loyal = 0.5 * (both * (cx + ex) + product * cx * ex + noise)
    said = speak(rng, loyal[:, None], 15).assign(voice="customer", driver_id="out.cx_loyalty")
    said["respondent"] = range(len(said))
    units = pd.DataFrame({"unit": names_of(40), "cx": 50 + 10 * cx, "ex": 50 + 10 * ex})
    return add_symbiosis(said, units, {})


def leaving(rng: np.random.Generator, *, blame: float, loud: bool = False) -> dict[str, Any]:
    """300 employees complain, a fifth of them speak of leaving; `blame` is how many of these blame the manager."""
    people = 300
    times = rng.choice([1, 5], people, p=[0.8, 0.2]) if loud else np.ones(people, dtype=int)
    own = rng.beta(1, 4, people) if loud else np.full(people, 0.2)  # some always blame the manager
    leaves = rng.random(people) < 0.2
    own = np.where(leaves, own * blame / 0.2, own)
    person = np.repeat(np.arange(people), times)
    manager = rng.random(len(person)) < own[person]
    other = rng.choice(["ex.pay_benefits", "ex.workload_wellbeing", "ex.recognition"], len(person))
    said = pd.DataFrame({"driver_id": np.where(manager, "ex.manager_relationship", other), "respondent": person})
    said["document_id"] = range(len(said))
    left = said[leaves[said["respondent"]]].assign(driver_id="out.ex_retention")
    tier = {"out.ex_retention": "outcome"}
    said = pd.concat([said, left]).assign(voice="employee", polarity=-0.6, intent="complaint")
    said["tier"] = said["driver_id"].map(tier).fillna("core")
    return lift_when_leaving(said, find_leavers(said), resamples=RESAMPLES, seed=7)


def climate(rng: np.random.Generator, *, broken: bool) -> dict[str, Any]:
    """40 units seen with errors of 5 points; CX follows the climate, but for one unit that is warm and broken."""
    level = rng.normal(55, 8, 40)
    cx = level.copy()
    if broken:
        level[0], cx[0] = 75, 30
    seen, seen_cx = (values + rng.normal(0, 5, 40) for values in (level, cx))
    everybody = {"unit": "all", "period": "all", "cx": 55.0}
    units = pd.DataFrame({"unit": names_of(40), "period": "all", "cx": seen_cx, "cx_high": seen_cx + 9.8})
    scores = pd.DataFrame({"group": [*names_of(40), "all"], "score": [*seen, 55.0], "ci_low": [*(seen - 9.8), 54.0]})
    scores["cut"] = np.where(scores["group"] == "all", "all", "unit")
    scores = scores.assign(voice="employee", driver_id="ex.team_climate", period="all")
    drivers = pd.DataFrame({"driver_id": ["ex.team_climate"], "actor": ["manager"]})
    return find_insufficiency(units, pd.concat([units, pd.DataFrame([everybody])]), scores, drivers)


def own_figures(rng: np.random.Generator, *, rho: float) -> dict[str, Any]:
    """30 units with five figures of the client's own, one of which follows BX by `rho`."""
    bx = rng.standard_normal(UNITS)
    figures = rng.standard_normal((5, UNITS))
    figures[0] = rho * bx + np.sqrt(1 - rho**2) * figures[0]
    own = pd.DataFrame(figures, columns=names_of(UNITS)).rename_axis("name").reset_index().melt("name", var_name="unit")
    brand = pd.DataFrame({"unit": names_of(UNITS), "period": "all", "bx": bx})
    return compare_figures(brand, own.assign(period="all"))


WORLDS: dict[str, tuple[Callable[[np.random.Generator], dict[str, Any]], bool]] = {
    "necessity, 40 units, none: EX and CX apart": (partial(necessity, ceiling=False), False),
    "necessity, 40 units, none: both lopsided": (partial(necessity, ceiling=False, lopsided=True), False),
    "necessity, 40 units, CX at most EX + 10": (partial(necessity, ceiling=True), True),
    "mediation, 30 units, nothing anywhere": (mediation, False),
    "mediation, moods of people only": (partial(mediation, mood=0.6), False),
    "mediation, EX moves CX past the service": (partial(mediation, direct=0.8), False),
    "mediation, EX moves service, service moves nothing": (partial(mediation, serve=0.8, mood=0.6), False),
    "mediation, service moves CX, EX moves nothing": (partial(mediation, through=0.8), False),
    "mediation, EX moves service, service moves CX": (partial(mediation, serve=0.8, through=0.8), True),
    "staying, 30 units, nothing": (partial(staying, slope=0), False),
    "staying, moods of people only": (partial(staying, slope=0, mood=0.8), False),
    "staying, who is valued stays": (partial(staying, slope=0.6), True),
    "staying, by the client's own retention": (partial(staying, slope=0.6, own=True), True),
    "symbiosis, 40 units, nothing": (partial(symbiosis, both=0, product=0), False),
    "symbiosis, CX and EX add up": (partial(symbiosis, both=0.5, product=0), False),
    "symbiosis, the same, noise grows with CX": (partial(symbiosis, both=0.5, product=0, uneven=True), False),
    "symbiosis, each makes the other count": (partial(symbiosis, both=0.5, product=0.5), True),
    "leaving, 60 leave, complaints as everybody's": (partial(leaving, blame=0.2), False),
    "leaving, the same, some people write five times": (partial(leaving, blame=0.2, loud=True), False),
    "leaving, twice the complaints of managers": (partial(leaving, blame=0.4), True),
    "climate, 40 units, CX follows climate": (partial(climate, broken=False), False),
    "climate, one unit warm and broken": (partial(climate, broken=True), True),
    "own figures, five that follow nothing": (partial(own_figures, rho=0.0), False),
    "own figures, one of five follows BX": (partial(own_figures, rho=0.6), True),
}  # fmt: skip


def measure_world(draws: int, seed: int, *, name: str) -> list[dict[str, Any]]:
    """Return the share of worlds in which a claim is called supported."""
    world, is_true = WORLDS[name]
    place = list(WORLDS).index(name)
    verdicts = pd.Series([world(np.random.default_rng([seed, place, draw]))["verdict"] for draw in range(draws)])
    share = float((verdicts == "supported").mean())
    untold = (verdicts == "not_enough_data").mean()
    figure = f"{name}: {'found' if is_true else 'called supported'}" + (f" ({untold:.0%} untold)" if untold else "")
    bar = "printed (power)" if is_true else f"<= {FALSE}"
    return [{"figure": figure, "value": share, "bar": bar, "reached": bool(is_true or share <= FALSE)}]


MEASURES = tuple(partial(measure_world, name=name) for name in WORLDS)
