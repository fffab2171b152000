"""Importance: whether the order is found, the intervals hold, and a Kano class is never wrong.

People rate what they speak of. What one says of two drivers goes together (correlation of the moods .6), some drivers
only reward, some only punish, one does nothing. The true shares are those of a million people.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

from bxtext.importance.decompose import split_explained
from bxtext.importance.regression import find_effects

PEOPLE, COLLINEAR, NOISE, SPOKEN = 2000, 0.6, 0.15, 0.35
MANY = 1_000_000
LOW, HIGH, TAU, RIGHT = 0.93, 0.97, 0.9, 0.95


@dataclass(frozen=True)
class World:
    """Drivers of known effects."""

    reward: np.ndarray
    penalty: np.ndarray

    @classmethod
    def of(cls, n_drivers: int, strongest: float) -> World:
        """Return drivers from the strongest to a weak one: among them a must-be, a delighter and an idle one."""
        reward = np.linspace(strongest, strongest / 8, n_drivers)
        penalty = reward.copy()
        penalty[1::5], reward[2::5] = 0, 0
        reward[4], penalty[4] = 0, 0
        return cls(reward, penalty)

    @property
    def names(self) -> list[str]:
        """Ids of the drivers."""
        return [f"cx.{number:02d}" for number in range(len(self.reward))]

    @property
    def kano(self) -> np.ndarray:
        """The true class of each driver."""
        conditions = [(self.reward > 0) & (self.penalty > 0), self.reward > 0, self.penalty > 0]
        return np.select(conditions, ["performance", "delighter", "must_be"], default="undetermined")

    def draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what `n` people praise and blame, and how they rate."""
        shape = (n, len(self.reward))
        mood = np.sqrt(COLLINEAR) * rng.standard_normal((n, 1)) + np.sqrt(1 - COLLINEAR) * rng.standard_normal(shape)
        said = rng.random(shape) < SPOKEN
        praised, blamed = said & (mood > 0), said & (mood <= 0)
        rating = 0.5 + praised @ self.reward - blamed @ self.penalty + NOISE * rng.standard_normal(n)
        return praised, blamed, rating.clip(0, 1)

    def shares(self, rng: np.random.Generator) -> np.ndarray:
        """Return the true share of each driver in what they explain together."""
        praised, blamed, rating = self.draw(rng, MANY)
        marks = np.stack([praised, blamed], axis=2).reshape(MANY, -1)
        explained = split_explained(np.corrcoef(rating, marks.astype(float), rowvar=False)[None], [2] * len(self.names))
        return explained[0] / explained.sum()

    def weigh(self, rng: np.random.Generator) -> pd.DataFrame:
        """Return what the stage finds in the ratings of 2,000 people."""
        praised, blamed, rating = self.draw(rng, PEOPLE)
        person, driver = np.nonzero(praised | blamed)
        said = pd.DataFrame(
            {"document_id": person, "driver_id": np.array(self.names)[driver], "respondent": person,
             "n_positive": praised[person, driver].astype(int), "n_negative": blamed[person, driver].astype(int)}
        )  # fmt: skip
        rated = pd.DataFrame({"outcome": rating, "respondent": range(PEOPLE), "vote": 1.0})
        rated.index.name = "document_id"
        return find_effects(said, rated, pd.Index(self.names), min_respondents=5, resamples=200, seed=7)


def measure_world(draws: int, seed: int, *, name: str, n_drivers: int) -> list[dict[str, Any]]:
    """Return order, coverage and Kano classes in a world of so many drivers."""
    rng = np.random.default_rng([seed, n_drivers])
    world = World.of(n_drivers, strongest=0.16)
    truth = world.shares(rng)
    found = [world.weigh(rng) for _ in range(draws)]
    held = np.array([(each["ci_low"] <= truth) & (truth <= each["ci_high"]) for each in found])
    tau = np.mean([kendalltau(each["derived"], truth).statistic for each in found])
    named = np.array([each["kano"] for each in found])
    right = (named == "undetermined") | (named == world.kano)
    classed = named[:, world.kano != "undetermined"] != "undetermined"
    acts = (world.reward > 0) | (world.penalty > 0)
    covers = held[:, acts].mean(axis=0)
    told = [
        ("Kendall tau with the true order", tau, TAU, 1.0),
        ("intervals cover", covers.mean(), LOW, HIGH),
        ("intervals cover, least covered driver", covers.min(), 0.0, 1.0),
        ("interval of the idle driver covers", held[:, ~acts].mean(), LOW, 1.0),
        ("Kano right or undetermined", right.mean(), RIGHT, 1.0),
        ("the same, driver most often wrong", right.mean(axis=0).min(), RIGHT, 1.0),
        ("Kano class given, of drivers that have one", classed.mean(), 0.0, 1.0),
    ]
    return [
        {"figure": f"{name}: {figure}", "value": float(value), "bar": f"{low} to {high}" if low else "printed",
         "reached": bool(low <= value <= high)}
        for figure, value, low, high in told
    ]  # fmt: skip


MEASURES = (
    partial(measure_world, name="LMG, 8 drivers", n_drivers=8),
    partial(measure_world, name="relative weights, 14 drivers", n_drivers=14),
)
