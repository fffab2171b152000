"""Stage 8, linkage: how what employees say moves with what customers say, over units and months."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from bxtext.linkage.correlation import Ordered, correlate, correlate_within
from bxtext.linkage.effects import measure_effects
from bxtext.linkage.mirror import compare_sides, list_tensions, measure_distance
from bxtext.linkage.moderation import split_by_interaction
from bxtext.linkage.panel import Panel, build_panel, mirror_pairs, pair_drivers
from bxtext.linkage.permutation import compare_orders, correct, draw_orders, matrix_p, pooled_p, stand_out
from bxtext.tables import TABLES
from bxtext.votes import join_mentions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Links", "Panel", "link_drivers", "link_panel", "measure_distance"]

WITHIN_PERIODS = 3  # months from which a unit's mean can be taken away
LAGS_AT_ONCE = 2  # each holds the products of every unit with every unit in memory
FIGURES = ("n_units", "n_cells", "rho", "ci_low", "ci_high", "within_rho")


@dataclass(frozen=True)
class Links:
    """What links the two voices: one field a table."""

    linkage: pd.DataFrame
    link_effects: pd.DataFrame
    mirror: pd.DataFrame
    symmetry: pd.DataFrame
    tensions: pd.DataFrame
    moderation: pd.DataFrame


@dataclass(frozen=True)
class Lag:
    """All pairs of drivers at one lag: their figures, and how far they stand out as they are and when permuted.

    `figures` has one array a figure, a value a pair; `across` and `within` are (pairs x 1 + permutations).
    """

    figures: dict[str, NDArray[Any]]
    across: Floats
    within: Floats


def link_drivers(  # noqa: PLR0913  three tables, then the section's parameters
    mentions: pd.DataFrame,
    documents: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    min_units: int = 10,
    min_respondents: int = 3,
    max_lag: int = 3,
    resamples: int = 500,
    interaction_by: str = "unit",
    interaction_levels: Mapping[str, float] | None = None,
    seed: int = 7,
) -> Links:
    """Return how employee and customer drivers move together, and the mirror pairs side by side.

    The panel holds the mean vote of each driver, unit and month. Every employee driver meets every customer driver
    (outcomes meet only their mirror) at every lag: employees at t, customers at t + lag.

    - `rho`: Spearman's rho over the cells that both have; `within_rho` the same with each unit's mean taken away.
    - interval: cluster bootstrap over units, on Fisher's scale with Student's t; its variance is taken in closed form
      from how far each unit moves rho (the infinitesimal jackknife, Efron 1981, doi 10.1093/biomet/68.3.589), the
      ranks it gives to the other cells included.
    - `p_value`, `within_p`: which unit's employees meet which unit's customers is permuted among units of like size,
      months stay in place (`permutation.compare_orders`).
    - `q_value`, `within_q`: Benjamini and Hochberg (1995, doi 10.1111/j.2517-6161.1995.tb02031.x) over all pairs and
      lags, and over both of them together, for a link is called found by either; never below the p of the whole
      matrix, so that a world without a link is called so 95 times in 100 whatever the number of drivers.
    - `link_effects`: what goes with what in points, within units and between (`effects.measure_effects`).
    - `detectable`: Fisher's scale, power 0.8, two-sided 5 %, as if each unit counted once.

    The mirror compares the two sides of each pair over the whole time, for everybody and in each unit.

    Parameters
    ----------
    mentions, documents, drivers : DataFrame
        The tables of these names.
    min_units : int
        Units a pair needs.
    min_respondents : int
        Respondents a unit and month needs on a driver; other cells are missing.
    max_lag : int
        Months by which one voice may lead.
    resamples : int
        Permutations.
    interaction_by : str
        What has a human-interaction level: `unit`, or the name of a group, such as a product.
    interaction_levels : mapping of str to float, optional
        Its human-interaction levels, 0 (nobody is met) to 1; what has none is left out of `moderation`.
    seed : int
        Seed of all that is drawn.

    Returns
    -------
    Links
        The tables `linkage` (null figures carry a reason), `link_effects`, `mirror` (scores in [0, 100]), `symmetry`,
        `tensions` and `moderation`.

    Examples
    --------
    >>> drivers = pd.DataFrame({"driver_id": ["cx.a", "ex.a"], "side": ["cx", "ex"], "tier": "core",
    ...                         "mirror": ["ex.a", "cx.a"]})
    >>> documents = pd.DataFrame({"document_id": ["1", "2"], "voice": ["customer", "employee"], "unit": "North"})
    >>> mentions = pd.DataFrame({"document_id": ["1", "2"], "driver_id": ["cx.a", "ex.a"], "polarity": [1.0, -1.0],
    ...                          "n_positive": [1, 0], "n_negative": [0, 1], "actor": "process"})
    >>> link_drivers(mentions, documents, drivers, max_lag=0).linkage["reason"].tolist()
    ['0 units; at least 10 are needed']
    """
    said = join_mentions(mentions, documents, drivers)
    pairs = pair_drivers(drivers)
    panel = build_panel(said, pairs, min_respondents=min_respondents)
    linkage = link_panel(panel, pairs, min_units=min_units, max_lag=max_lag, resamples=resamples, seed=seed)
    effects = measure_effects(panel, linkage, mirror_pairs(drivers), min_units=min_units)
    sides = compare_sides(said, drivers)
    moderation = split_by_interaction(
        said,
        drivers,
        interaction_by=interaction_by,
        interaction_levels=interaction_levels or {},
        min_units=min_units,
        min_respondents=min_respondents,
        max_lag=max_lag,
    )
    tensions = list_tensions(sides["apart"], linkage, drivers)
    return Links(linkage, effects, sides["mirror"], sides["symmetry"], tensions, moderation)


def link_panel(  # noqa: PLR0913  the panel and its pairs, then what is drawn
    panel: Panel, pairs: pd.DataFrame, *, min_units: int = 10, max_lag: int = 3, resamples: int = 500, seed: int = 7
) -> pd.DataFrame:
    """Return the table `linkage` of a panel: the pairs of drivers at every lag, tested together."""
    orders = draw_orders(panel.sizes, resamples=resamples, seed=seed)
    link = partial(_link_at_lag, panel, pairs, min_units=min_units, orders=orders)
    with ThreadPoolExecutor(LAGS_AT_ONCE) as threads:
        lags = list(threads.map(link, range(-max_lag, max_lag + 1)))
    linkage = pd.concat([pairs] * len(lags), ignore_index=True).assign(
        **{name: np.concatenate([lag.figures[name] for lag in lags]) for name in ("lag", *FIGURES)}
    )
    n_units = linkage["n_units"]
    few = n_units < min_units
    linkage["reason"] = (n_units.astype("str") + f" units; at least {min_units} are needed").where(few)
    linkage.loc[~few & linkage["rho"].isna(), "reason"] = "one of the two drivers does not vary over the cells"
    linkage["detectable"] = np.tanh(norm.ppf([0.975, 0.8]).sum() / np.sqrt(np.maximum(n_units - 3, 1)))
    linkage.loc[linkage["reason"].notna(), ["rho", "ci_low", "ci_high", "within_rho", "detectable"]] = np.nan
    levels = [np.concatenate(level) for level in zip(*((lag.across, lag.within) for lag in lags), strict=True)]
    linkage["p_value"], linkage["within_p"] = (pooled_p(level) for level in levels)
    q_values = correct(linkage[["p_value", "within_p"]], floor=matrix_p(np.concatenate(levels)))
    linkage["q_value"], linkage["within_q"] = q_values["p_value"], q_values["within_p"]
    return linkage[[column.name for column in TABLES["linkage"].columns]]


def _link_at_lag(panel: Panel, pairs: pd.DataFrame, lag: int, *, min_units: int, orders: NDArray[np.int64]) -> Lag:
    """Return the figures of every pair at one lag; `orders` are those of the units (1 + permutations x units)."""
    x, y = panel.window(lag)
    of_x, of_y = Ordered.of(x), Ordered.of(y)
    place = (
        panel.ex_drivers.get_indexer(pd.Index(pairs["ex_driver_id"])),
        panel.cx_drivers.get_indexer(pd.Index(pairs["cx_driver_id"])),
    )
    grid: dict[str, list[NDArray[Any]]] = {name: [] for name in FIGURES}
    for number in range(len(x)):
        link = correlate(of_x.series(number), of_y, x.shape[1])
        low, high = link.interval()
        row = {"n_units": link.n_units, "n_cells": link.n_cells, "rho": link.rho, "ci_low": low, "ci_high": high,
               "within_rho": correlate_within(x[number : number + 1], y)}  # fmt: skip
        for name, values in row.items():
            grid[name].append(values)
    figures = {name: np.reshape(rows, (len(x), len(y)))[place] for name, rows in grid.items()}
    told = (figures["n_units"] >= min_units) & np.isfinite(figures["rho"])
    enough_months = told & (x.shape[2] >= WITHIN_PERIODS)
    figures["within_rho"] = np.where(enough_months, figures["within_rho"], np.nan)
    across, within = (
        stand_out(compare_orders(x, y, orders, within=level)[place], kept)
        for level, kept in ((False, told), (True, enough_months))
    )
    return Lag(figures | {"lag": np.full(len(pairs), lag)}, across, within)
