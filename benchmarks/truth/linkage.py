"""Linkage on panels whose truth is known: intervals of rho, worlds without a link, a true link and its lag.

A panel is drawn as the stage sees it: mean votes of a few people by driver, unit and month, over levels that carry a
unit's own mean, a season that all units share, and months that resemble the month before.
"""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from bxtext.claims.links import compare_levels, follow
from bxtext.figures import FOUND, surest_links
from bxtext.linkage import Panel, link_panel, measure_distance
from bxtext.linkage.correlation import Ordered, correlate
from bxtext.linkage.effects import fit_pair
from bxtext.linkage.moderation import compare_panels

UNIT, SEASON, MEMORY = 0.5, 0.4, 0.6  # spreads of units and months beside one of 1 in the cells; AR(1) of the months
EX, CX = ("ex.a", "ex.b", "ex.c"), ("cx.a", "cx.b", "cx.c")
PAIRS = pd.DataFrame([(ex, cx) for ex in EX for cx in CX], columns=["ex_driver_id", "cx_driver_id"])
UNLIKE = 0.8  # spread of the logarithm of the units' sizes
MANY = 3  # times as many draws of what is quickly drawn
TINY = 1e-6


def remember(rng: np.random.Generator, shape: tuple[int, ...], memory: float) -> np.ndarray:
    """Draw months of spread 1, each like the one before as far as `memory`; the last axis is time."""
    drawn = rng.standard_normal(shape)
    for month in range(1, shape[-1]):
        drawn[..., month] = memory * drawn[..., month - 1] + np.sqrt(1 - memory**2) * drawn[..., month]
    return drawn


def vote(rng: np.random.Generator, level: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Mean of votes of -1, 0 or 1 about each level; missing where fewer than three people speak."""
    heard = rng.poisson(people, level.shape)
    up, down = 1 / (1 + np.exp(0.5 - level)), 1 / (1 + np.exp(0.5 + level))
    positive = rng.binomial(heard, up)
    negative = rng.binomial(heard - positive, np.minimum(down / np.maximum(1 - up, TINY), 1))
    return np.where(heard >= 3, (positive - negative) / np.maximum(heard, 1), np.nan)


def make_panel(  # noqa: PLR0913  one keyword a trait of the world
    rng: np.random.Generator, *, n_units: int, n_months: int, lag: int = 0, rho: float = 0.0,
    people: float | None = None, unit: float = UNIT, season: float = SEASON, memory: float = MEMORY,
) -> Panel:  # fmt: skip
    """Draw a panel; with `rho`, the cells of cx.a follow those of ex.a by `lag` months.

    With `people`, cells are means of the votes of so many, in units of very different size; else levels are seen.
    """
    months = n_months + abs(lag)
    ex, cx = (remember(rng, (3, n_units, months), memory) for _ in range(2))
    led = np.roll(ex[0], lag, axis=1)
    cx[0] = rho * led + np.sqrt(1 - rho**2) * cx[0]
    ex, cx = ex[:, :, abs(lag) :], cx[:, :, abs(lag) :]
    if lag < 0:  # the roll left the last months without their leader
        ex, cx = ex[:, :, :n_months], cx[:, :, :n_months]
    shared = season * remember(rng, (1, 1, n_months), memory)
    sizes = rng.lognormal(0, UNLIKE, n_units) if people else np.ones(n_units)
    seen = []
    for level in (ex, cx):
        own = level + unit * rng.standard_normal((3, n_units, 1)) + shared
        seen.append(vote(rng, own, people * sizes[:, None]) if people else own)
    return Panel(pd.Index(EX), pd.Index(CX), pd.RangeIndex(n_units), sizes, *seen)


def count_flags(panel: Panel, seed: int, resamples: int = 200) -> pd.DataFrame:
    """Return the pairs of a panel that are called found, each at its surest lag, the surest first."""
    surest = surest_links(link_panel(panel, PAIRS, resamples=resamples, seed=seed))
    return surest[surest["q"] < FOUND]


NULL_WORLDS = (
    {"n_units": 12, "n_months": 6, "people": 6},
    {"n_units": 16, "n_months": 12, "people": 6},
    {"n_units": 40, "n_months": 12, "people": None},
    {"n_units": 40, "n_months": 6, "people": 4},
)
LINKED_WORLDS = (
    {"n_units": 40, "n_months": 6, "people": None},
    {"n_units": 40, "n_months": 12, "people": None},
    {"n_units": 40, "n_months": 12, "people": 15},
)


def measure_silence(draws: int, seed: int, *, place: int) -> list[dict[str, Any]]:
    """How often a world without any link raises a flag, on either level and at any lag."""
    world = NULL_WORLDS[place]
    flags = [
        len(count_flags(make_panel(np.random.default_rng([seed, place, draw]), **world), seed=draw)) > 0
        for draw in range(draws)
    ]
    share = float(np.mean(flags))
    return [_row(f"worlds without a link that raise a flag, {_name(world)}", share, "<= 5 %", share <= 0.05)]


def measure_power(draws: int, seed: int, *, place: int) -> list[dict[str, Any]]:
    """How often a link of .6 by two months is the surest one found, at its lag and in its direction."""
    world = LINKED_WORLDS[place]
    hits = []
    for draw in range(draws):
        lag = 2 if draw % 2 else -2
        rng = np.random.default_rng([seed, 10 + place, draw])
        found = count_flags(make_panel(rng, lag=lag, rho=0.6, **world), seed=draw)
        first = found[["ex_driver_id", "cx_driver_id", "lag"]].head(1).to_numpy().tolist()
        hits.append(first == [["ex.a", "cx.a", lag]])
    share = float(np.mean(hits))
    return [_row(f"lag of 2, rho .6, {_name(world)}", share, ">= 80 %", share >= 0.8)]


def measure_coverage(draws: int, seed: int) -> list[dict[str, Any]]:
    """How often the interval of rho holds the true rho, by units, months and strength."""
    rows = []
    for n_units in (12, 40):
        for n_months in (1, 3, 12):
            for rho in (0.0, 0.6):
                rng = np.random.default_rng([seed, n_units, n_months, int(rho * 10)])
                world = {"n_months": n_months, "lag": 0, "rho": rho, "season": 0.0}
                # the unit's own mean goes with nothing, so it thins the correlation of the cells
                true = 6 / np.pi * np.arcsin(rho / (1 + UNIT**2) / 2)
                held = 0
                for _ in range(MANY * draws):
                    panel = make_panel(rng, n_units=n_units, **world)
                    link = correlate(Ordered.of(panel.employee[:1]), Ordered.of(panel.customer[:1]), n_units)
                    low, high = link.interval()
                    held += bool(low[0] <= true <= high[0])
                name = f"interval of rho, {n_units} units x {n_months} months, rho {rho:g}"
                rows.append(_row(name, held / draws / MANY, "93 to 97 %", 0.93 <= held / draws / MANY <= 0.97))
    return rows


def measure_symmetry(draws: int, seed: int) -> list[dict[str, Any]]:
    """How often the interval of the symmetry of a unit holds the mean distance of its true gaps."""
    rows = []
    worlds = {"normal gaps": (0.0, 1.0), "half of the pairs level": (0.5, 1.0), "gaps all one way": (0.0, 0.3)}
    for place, (name, (level, spread)) in enumerate(worlds.items()):
        rng = np.random.default_rng([seed, 20 + place])
        held = 0
        for _ in range(draws):
            k, error = int(rng.integers(6, 19)), rng.uniform(3, 12)
            gaps = 15 * (spread * rng.standard_normal(k) + (place == 2)) * (rng.random(k) >= level)
            people = 0.2 * error**2 + np.diag(0.8 * error**2 * rng.uniform(0.5, 1.5, k))  # who speaks of several pairs
            seen = rng.multivariate_normal(gaps, people)
            _, low, high = measure_distance(seen, people)
            held += bool(low <= np.abs(gaps).mean() <= high)
        rows.append(_row(f"interval of symmetry, {name}", held / draws, ">= 93 %", held / draws >= 0.93))
    return rows


def measure_agreement(_draws: int, seed: int) -> list[dict[str, Any]]:
    """How far rho is from scipy's, with missing cells and ties."""
    panel = make_panel(np.random.default_rng(seed), n_units=15, n_months=9, people=5)
    linkage = link_panel(panel, PAIRS, resamples=200).set_index(["ex_driver_id", "cx_driver_id", "lag"])
    worst = 0.0
    for lag in (-2, 0, 3):
        x, y = panel.window(lag)
        for i, ex in enumerate(EX):
            for j, cx in enumerate(CX):
                expected = spearmanr(x[i].ravel(), y[j].ravel(), nan_policy="omit").statistic
                worst = max(worst, abs(expected - linkage.loc[(ex, cx, lag), "rho"]))
    return [_row("largest difference from scipy's rho", worst, "<= 1e-6", worst <= TINY)]


NEED = {  # the link where nobody is met, and where people are; whether it needs them
    "no link anywhere": (0.0, 0.0, False),
    "the same link in both": (0.6, 0.6, False),
    "no link where nobody is met": (0.0, 0.6, True),
}


def measure_moderation(draws: int, seed: int) -> list[dict[str, Any]]:
    """How often the link is said to need people, 20 units of either kind."""
    pair = SimpleNamespace(ex_driver_id="ex.all", cx_driver_id="cx.all")
    rows = []
    for place, (name, (low, high, is_true)) in enumerate(NEED.items()):
        verdicts = []
        for draw in range(draws):
            rng = np.random.default_rng([seed, 30 + place, draw])
            kinds = [make_panel(rng, n_units=20, n_months=12, rho=rho) for rho in (low, high)]
            voices = [[panel.employee[:1] for panel in kinds], [panel.customer[:1] for panel in kinds]]
            panels = {
                kind: Panel(pd.Index(["ex.all"]), pd.Index(["cx.all"]), pd.RangeIndex(start, start + len(ex[0])),
                            np.ones(len(ex[0])), ex, cx)
                for kind, start, ex, cx in (
                    ("low", 0, *(voice[0] for voice in voices)), ("high", 20, *(voice[1] for voice in voices)),
                    ("either", 0, *(np.concatenate(voice, axis=1) for voice in voices)),
                )
            }  # fmt: skip
            split = pd.DataFrame(compare_panels(panels, pair, min_units=10, max_lag=3))
            verdicts.append(compare_levels(split)["verdict"] == "supported")
        share = float(np.mean(verdicts))
        bar, reached = ("printed (power)", True) if is_true else ("<= 5 %", share <= 0.05)
        rows.append(_row(f"link said to need people: {name}, 20 + 20 units x 12 months", share, bar, reached))
    return rows


FOLLOWING = {  # the lag of a link of .6 (0: in the same month), and which voice is said to follow
    "employees_first_customers_follow": {0: False, -2: False, 2: True},
    "customers_first_employees_follow": {0: False, 2: False, -2: True},
}


def measure_following(draws: int, seed: int) -> list[dict[str, Any]]:
    """How often one voice is said to follow the other, 40 units over 12 months."""
    rows = []
    for lag in (0, 2, -2):
        verdicts: dict[str, list[bool]] = {claim: [] for claim in FOLLOWING}
        for draw in range(draws):
            panel = make_panel(np.random.default_rng([seed, 50 + lag, draw]), n_units=40, n_months=12, lag=lag, rho=0.6)
            linkage = link_panel(panel, PAIRS, resamples=200, seed=draw)
            for claim, sign in zip(FOLLOWING, (1, -1), strict=True):
                verdicts[claim].append(follow(claim, linkage, linkage["lag"] * sign > 0)["verdict"] == "supported")
        for claim, truth in FOLLOWING.items():
            share = float(np.mean(verdicts[claim]))
            bar, reached = ("printed (power)", True) if truth[lag] else ("<= 5 %", share <= 0.05)
            rows.append(_row(f"{claim}, a link of .6 at lag {lag}", share, bar, reached))
    return rows


def measure_effects_cover(draws: int, seed: int) -> list[dict[str, Any]]:
    """How often the interval of what goes with a point more, within a unit, holds the truth."""
    rows = []
    for n_units, n_months, rho in ((12, 12, 0.6), (40, 6, 0.6), (40, 12, 0.0)):
        held = []
        for draw in range(draws):
            rng = np.random.default_rng([seed, 70, n_units, n_months, draw])
            panel = make_panel(rng, n_units=n_units, n_months=n_months, rho=rho)
            fit = fit_pair(panel.employee[0], panel.customer[0], min_units=10)
            held.append(fit["within_low"] <= rho <= fit["within_high"])
        share = float(np.mean(held))
        name = f"interval of a link within units in points, {n_units} units x {n_months} months, rho {rho:g}"
        rows.append(_row(name, share, "93 to 97 %", 0.93 <= share <= 0.97))
    return rows


def _name(world: dict[str, Any]) -> str:
    seen = f"votes of {world['people']} people a cell" if world["people"] else "levels seen as they are"
    return f"{world['n_units']} units x {world['n_months']} months, {seen}"


def _row(figure: str, value: float, bar: str, reached: bool) -> dict[str, Any]:  # noqa: FBT001  the verdict of the row
    return {"figure": figure, "value": round(value, 4), "bar": bar, "reached": bool(reached)}


MEASURES = (
    measure_agreement,
    measure_coverage,
    measure_symmetry,
    measure_moderation,
    measure_following,
    measure_effects_cover,
    *(partial(measure_silence, place=place) for place in range(len(NULL_WORLDS))),
    *(partial(measure_power, place=place) for place in range(len(LINKED_WORLDS))),
)
