"""Scores, shares and indices: how often their 95 % intervals hold the truth, in small cells too.

A world is a driver (or a unit) of its own, with a true share of positive votes drawn anew, so that one call of the
stage scores all worlds at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from bxtext.brand import score_brand
from bxtext.scores import score_drivers

MANY = 3  # times as many worlds as draws: all are scored at once
SIZES = (10, 15, 30)
KINDS = {  # true share of positive votes, size of a vote, share of neutral ones
    "graded votes": ((0.1, 0.9), (0.3, 0.95), 0.1),
    "plain votes of -1 and 1": ((0.1, 0.9), (1.0, 1.0), 0.0),
    "graded votes near 100": ((0.93, 0.99), (0.6, 0.95), 0.0),
    "graded votes near 0": ((0.01, 0.07), (0.6, 0.95), 0.0),
}
LOW, HIGH = 0.93, 0.97


def measure_scores(draws: int, seed: int) -> list[dict[str, Any]]:
    """How often the interval of a score holds the truth, by kind of vote and number of people."""
    rng = np.random.default_rng([seed, 1])
    rows = [
        _row(f"score covers, {kind}, n = {n}", cover_scores(rng, MANY * draws, n, *traits), wide="near" in kind)
        for kind, traits in KINDS.items()
        for n in SIZES
    ]
    loud = cover_scores(rng, MANY * draws, 30, *KINDS["graded votes"], loud=8)
    return [*rows, _row("score covers, 30 people who write 1 to 8 times", loud)]


def measure_shares(draws: int, seed: int) -> list[dict[str, Any]]:
    """How often the interval of a share holds the truth."""
    rng = np.random.default_rng([seed, 2])
    return [
        _row(f"share covers, {n} people who write up to {loud} times", cover_shares(rng, MANY * draws, n, loud))
        for n, loud in ((30, 1), (100, 1), (100, 8))
    ]


def measure_indices(draws: int, seed: int) -> list[dict[str, Any]]:
    """How often the interval of an index holds the truth."""
    rng = np.random.default_rng([seed, 3])
    return [_row(f"index covers, 6 drivers, {n} people a unit", cover_indices(rng, MANY * draws, n)) for n in (20, 50)]


def _row(figure: str, value: float, *, wide: bool = False) -> dict[str, Any]:
    bar = f">= {LOW}" if wide else f"{LOW} to {HIGH}"
    return {"figure": figure, "value": value, "bar": bar, "reached": bool(value >= LOW and (wide or value <= HIGH))}


def _tables(said: pd.DataFrame, names: list[str]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return mentions, documents and drivers of what was said: one document a row."""
    said = said.assign(
        document_id=[f"d{number:07d}" for number in range(len(said))], n_positive=1, n_negative=0, actor="process"
    )
    drivers = pd.DataFrame({"driver_id": names, "tier": "core", "side": "cx"})
    return said, said.drop(columns=["driver_id", "polarity"]), drivers


def cover_scores(  # noqa: PLR0913, PLR0917  one argument a trait of the world
    rng: np.random.Generator, draws: int, n: int, share: tuple[float, float], size: tuple[float, float], neutral: float,
    loud: int = 1,
) -> float:  # fmt: skip
    """Return how often the interval of a score holds the truth, one driver a world."""
    positive = rng.uniform(*share, draws)
    sign = np.where(rng.random((draws, n)) < positive[:, None], 1.0, -1.0)
    votes = sign * rng.uniform(*size, (draws, n)) * (rng.random((draws, n)) >= neutral)
    truth = 50 + 50 * (2 * positive - 1) * np.mean(size) * (1 - neutral)
    names = [f"cx.{number:05d}" for number in range(draws)]
    times = rng.integers(1, loud + 1, draws * n)
    said = pd.DataFrame(
        {
            "driver_id": np.repeat(names, n),
            "polarity": votes.ravel(),
            "respondent_id": [f"p{i}" for i in range(draws * n)],
        }
    )
    said = said.loc[said.index.repeat(times)].assign(voice="customer").reset_index(drop=True)
    scores = score_drivers(*_tables(said, names)).set_index("driver_id").loc[names]
    return float(((scores["ci_low"] <= truth) & (truth <= scores["ci_high"])).mean())


def cover_shares(rng: np.random.Generator, draws: int, n: int, loud: int) -> float:
    """Return how often the interval of a share holds the truth; who writes often has a subject of their own."""
    truth = rng.uniform(0.05, 0.6, draws)
    world = np.repeat(np.arange(draws), n)
    times = rng.integers(1, loud + 1, draws * n)
    # each person's own share about the world's: a Beta law of the same mean
    own = rng.beta(4 * truth[world], 4 * (1 - truth[world])) if loud > 1 else truth[world]
    person = np.repeat(np.arange(draws * n), times)
    speaks = rng.random(len(person)) < own[person]
    # one unit a world: the share is of its documents
    said = pd.DataFrame(
        {"driver_id": np.where(speaks, "cx.a", "cx.b"), "polarity": 0.5, "voice": "customer",
         "respondent_id": [f"p{i}" for i in person], "unit": [f"U{i:05d}" for i in world[person]]}
    )  # fmt: skip
    scores = score_drivers(*_tables(said, ["cx.a", "cx.b"]))
    of_a = scores[(scores["cut"] == "unit") & (scores["driver_id"] == "cx.a")].set_index("group")
    true = pd.Series(truth, index=[f"U{i:05d}" for i in range(draws)]).reindex(of_a.index)
    held = (of_a["share_low"] <= true) & (true <= of_a["share_high"])
    return float(held.mean())


def cover_indices(rng: np.random.Generator, draws: int, n: int) -> float:
    """Return how often the interval of CX holds the truth; the moods of people run through all they say."""
    names = [f"cx.{number}" for number in range(6)]
    share, talk = rng.uniform(0.3, 0.9, 6), rng.uniform(0.3, 0.7, 6)
    weight = rng.dirichlet(np.full(6, 2.0))
    mood = rng.standard_normal((draws * n, 1))
    good = 0.6 * mood + 0.8 * rng.standard_normal((draws * n, 6)) < norm.ppf(share)
    votes = np.where(good, 0.65, -0.65) + rng.uniform(-0.3, 0.3, good.shape)
    heard = rng.random(good.shape) < talk
    person, driver = np.nonzero(heard)
    unit = np.array([f"U{number:05d}" for number in range(draws)])
    documents = pd.DataFrame({"document_id": [f"d{i:06d}" for i in range(draws * n)], "voice": "customer"})
    documents["unit"] = np.repeat(unit, n)
    mentions = pd.DataFrame(
        {"document_id": documents["document_id"].to_numpy()[person], "driver_id": np.array(names)[driver],
         "polarity": votes[person, driver], "n_positive": 1, "n_negative": 0, "actor": "process"}
    )  # fmt: skip
    drivers = pd.DataFrame({"driver_id": names, "tier": "core", "side": "cx"})
    importance = pd.DataFrame({"voice": "customer", "driver_id": names, "weight": weight})
    brand = score_brand(mentions, documents, drivers, importance, min_respondents=10)
    cells = brand[(brand["unit"] != "all") & (brand["period"] == "all")].dropna(subset=["cx"]).set_index("unit")
    # the index of a unit leaves out what nobody mentions there: so does its truth
    known = pd.DataFrame(heard.reshape(draws, n, 6).any(axis=1), index=unit).reindex(cells.index).to_numpy() * weight
    true = 50 + 50 * (known * 0.65 * (2 * share - 1)).sum(axis=1) / known.sum(axis=1)
    return float(((cells["cx_low"] <= true) & (true <= cells["cx_high"])).mean())


MEASURES = (measure_scores, measure_shares, measure_indices)
