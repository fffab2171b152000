"""Stage 8, linkage: how what employees say moves with what customers say, over units and months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, norm
from scipy.stats import t as student

from bxtext.tables import ALL, TABLES, VOICES
from bxtext.votes import (
    CHUNK,
    bound_means,
    cast_votes,
    combine_intervals,
    draw_weights,
    join_mentions,
    measure_cells,
    spread_over_units,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MIRROR_RESPONDENTS = 5  # on each side of a mirror pair
WITHIN_PERIODS = 3  # months from which a unit's mean can be taken away
ROUNDING = 1e-9
PANEL = ["driver_id", "unit", "period"]
SIDE = ["driver_id", "unit"]


@dataclass(frozen=True)
class Links:
    """What links the two voices: the tables `linkage` and `mirror`."""

    linkage: pd.DataFrame
    mirror: pd.DataFrame


@dataclass(frozen=True)
class Panel:
    """Mean votes by voice, (drivers x units x months); NaN where too few spoke."""

    ex_drivers: pd.Index[str]
    cx_drivers: pd.Index[str]
    employee: Floats
    customer: Floats

    def window(self, lag: int) -> tuple[Floats, Floats]:
        """Return the employees' months and the customers' months `lag` later."""
        n_months = self.employee.shape[2]
        first, last = max(0, -lag), n_months - max(0, lag)
        months = slice(first, max(first, last))
        return self.employee[:, :, months], self.customer[:, :, first + lag : max(first, last) + lag]


@dataclass(frozen=True)
class Lag:
    """All pairs of drivers at one lag: their figures, and those of permuted units (pairs x permutations)."""

    figures: pd.DataFrame
    drawn: Floats
    drawn_within: Floats


def link_drivers(  # noqa: PLR0913  three tables, then the section's parameters
    mentions: pd.DataFrame,
    documents: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    min_units: int = 10,
    min_respondents: int = 3,
    max_lag: int = 3,
    resamples: int = 500,
    seed: int = 7,
) -> Links:
    """Return how employee and customer drivers move together, and the mirror pairs side by side.

    The panel holds the mean vote of each driver, unit and month. Every employee driver meets every customer driver
    (outcomes meet only their mirror) at every lag: employees at t, customers at t + lag.

    - `rho`: Spearman's rho over the cells that both have; `within_rho` the same with each unit's mean taken away.
    - interval: cluster bootstrap over units (Poisson weights), on Fisher's scale with Student's t, the ranks held as
      they are in the whole sample.
    - `p_value`: which unit's employees meet which unit's customers is permuted, months stay in place, so that a
      season all units share is no link. For speed a cell is ranked once among the cells of its driver, not among
      those of each pair; observed and permuted figures alike, so the test stays exact. The permutations of a pair are
      standardised and pooled over all pairs (as in Tusher, Tibshirani and Chu 2001, doi 10.1073/pnas.091062498): a few
      hundred of them could otherwise never pass a correction for thousands of pairs.
    - `q_value`: Benjamini and Hochberg (1995, doi 10.1111/j.2517-6161.1995.tb02031.x) over pairs and lags.
      `within_q` is the same for `within_rho`.
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
        Bootstrap resamples, and permutations.
    seed : int
        Seed of both.

    Returns
    -------
    Links
        The tables `linkage` (null figures carry a reason) and `mirror` (scores in [0, 100]).

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
    pairs = _pair_drivers(drivers)
    panel = _build_panel(said, pairs, min_respondents)
    weights = np.hstack(list(draw_weights(panel.employee.shape[1], resamples=resamples, seed=seed)))
    orders = np.random.default_rng(seed).permuted(np.tile(np.arange(len(weights)), (resamples, 1)), axis=1)
    lags = [
        _link_at_lag(panel, pairs, lag=lag, min_units=min_units, weights=weights, orders=orders)
        for lag in range(-max_lag, max_lag + 1)
    ]
    linkage = pd.concat([lag.figures for lag in lags], ignore_index=True)
    linkage["p_value"] = _pooled_p(linkage["stands_out"], np.concatenate([lag.drawn for lag in lags]))
    linkage["within_p"] = _pooled_p(linkage["stands_out_within"], np.concatenate([lag.drawn_within for lag in lags]))
    linkage["q_value"], linkage["within_q"] = _correct(linkage["p_value"]), _correct(linkage["within_p"])
    linkage = linkage.drop(columns=["stands_out", "stands_out_within"])
    return Links(linkage, _mirror(said, drivers, resamples=resamples, seed=seed))


def _is_employee(driver_id: pd.Series[str]) -> pd.Series[bool]:
    return driver_id.str.startswith(("ex.", "out.ex_"))


def _mirror_pairs(drivers: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of the taxonomy, the customers' side first."""
    rows = drivers[drivers["mirror"].notna() & ~_is_employee(drivers["driver_id"])]
    pairs = rows[["driver_id", "mirror"]].set_axis(["cx_driver_id", "ex_driver_id"], axis=1)
    return pairs.sort_values("cx_driver_id", ignore_index=True)


def _pair_drivers(drivers: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs to link: employee drivers by customer drivers, and the mirrored outcomes."""
    mirrored = _mirror_pairs(drivers)
    ranked = drivers[drivers["tier"] != "outcome"]
    meets_employees = (ranked["side"] == "cx") | ranked["driver_id"].isin(mirrored["cx_driver_id"])
    crossed = ranked.loc[ranked["side"] == "ex", ["driver_id"]].merge(
        ranked.loc[meets_employees, ["driver_id"]], how="cross", suffixes=("_ex", "_cx")
    )
    crossed = crossed.set_axis(["ex_driver_id", "cx_driver_id"], axis=1)
    outcomes = mirrored[mirrored["cx_driver_id"].str.startswith("out.")]
    return pd.concat([crossed, outcomes]).sort_values(["ex_driver_id", "cx_driver_id"], ignore_index=True)


def _build_panel(said: pd.DataFrame, pairs: pd.DataFrame, min_respondents: int) -> Panel:
    said = said[said["unit"].notna()]
    undated = said["period"].isna().groupby(said["voice"]).all()
    if said.empty or undated.any():  # a voice without dates still meets the other within a unit
        said = said.assign(period=ALL)
        months = pd.Index([ALL])
    else:
        said = said[said["period"].notna()]
        months = pd.period_range(said["period"].min(), said["period"].max(), freq="M").astype("str")
    heard = said.groupby("unit")["voice"].nunique()
    units = heard.index[heard == len(VOICES)]  # a unit with one voice has nothing to be linked or exchanged with
    drivers, means = [], []
    for voice, side in (("employee", "ex_driver_id"), ("customer", "cx_driver_id")):
        own = pd.Index(sorted(pairs[side].unique()))
        cells = measure_cells(cast_votes(said[(said["voice"] == voice) & said["unit"].isin(units)], PANEL), PANEL)
        cells = cells[(cells["n_respondents"] >= min_respondents) & cells["driver_id"].isin(own)]
        axes = zip((own, units, months), PANEL, strict=True)
        table = np.full((len(own), len(units), len(months)), np.nan)
        table[tuple(axis.get_indexer(pd.Index(cells[name])) for axis, name in axes)] = cells["mean"]
        drivers.append(own)
        means.append(table)
    return Panel(drivers[0], drivers[1], means[0], means[1])


def _link_at_lag(  # noqa: PLR0913  the panel and its pairs, then what is drawn
    panel: Panel, pairs: pd.DataFrame, *, lag: int, min_units: int, weights: Floats, orders: NDArray[np.int64]
) -> Lag:
    """Return the figures of every pair at one lag.

    `weights` are those of the bootstrap (units x resamples), `orders` the permutations (permutations x units).
    """
    x, y = panel.window(lag)
    grid = [_correlate_pairs(of_driver, y, weights) for of_driver in x]
    place = (
        panel.ex_drivers.get_indexer(pd.Index(pairs["ex_driver_id"])),
        panel.cx_drivers.get_indexer(pd.Index(pairs["cx_driver_id"])),
    )
    figures = pairs.assign(lag=lag, **{name: np.array([row[name] for row in grid])[place] for name in grid[0]})
    drawn = _permute(x, y, orders)[place]
    drawn_within = _permute(_take_away_means(x), _take_away_means(y), orders)[place]

    n_units = figures["n_units"]
    few = n_units < min_units
    figures["reason"] = (n_units.astype("str") + f" units; at least {min_units} are needed").where(few)
    figures.loc[~few & figures["rho"].isna(), "reason"] = "one of the two drivers does not vary over the cells"
    figures["detectable"] = np.tanh(norm.ppf([0.975, 0.8]).sum() / np.sqrt(np.maximum(n_units - 3, 1)))
    told = figures["reason"].isna()
    enough_months = told & (x.shape[2] >= WITHIN_PERIODS)
    figures["stands_out"], drawn = _standardise(drawn, told)
    figures["stands_out_within"], drawn_within = _standardise(drawn_within, enough_months)
    figures.loc[~told, ["rho", "ci_low", "ci_high", "detectable"]] = np.nan
    figures.loc[~enough_months, "within_rho"] = np.nan
    return Lag(figures, drawn, drawn_within)


def _correlate_pairs(x: Floats, y: Floats, weights: Floats) -> dict[str, Floats]:
    """Return the figures of one employee driver (units x months) with every customer driver."""
    both = np.isfinite(x) & np.isfinite(y)
    in_unit = both.sum(axis=2)
    n_units = (in_unit > 0).sum(axis=1)
    x_ranks, y_ranks = (_rank(np.where(both, values, np.nan)) for values in (x, y))
    by_unit = _sums(both, x_ranks, y_ranks)
    rho = _correlate(by_unit.sum(axis=-1))
    drawn = np.arctanh(np.clip(_correlate(by_unit @ weights), -1 + ROUNDING, 1 - ROUNDING))
    spare = np.maximum(n_units - 1, 1)
    centre = np.arctanh(np.clip(rho, -1 + ROUNDING, 1 - ROUNDING))
    drawn = np.where(np.isfinite(drawn), drawn, centre[:, None])
    reach = student.ppf(0.975, spare) * drawn.std(axis=1) * np.sqrt(n_units / spare)

    repeated = both & (in_unit > 1)[:, :, None]
    gaps = (_rank(_take_away_means(np.where(repeated, values, np.nan))) for values in (x, y))
    within = _correlate(_sums(repeated, *gaps).sum(axis=-1))
    return {
        "n_units": n_units, "n_cells": in_unit.sum(axis=1), "rho": rho, "ci_low": np.tanh(centre - reach),
        "ci_high": np.tanh(centre + reach), "within_rho": within,
    }  # fmt: skip


def _rank(values: Floats) -> Floats:
    """Rank the cells of each driver, ties averaged; the mean rank is 0 and missing cells stay NaN."""
    flat = pd.DataFrame(values.reshape(len(values), -1).T)
    ranks = flat.rank()
    return (ranks - ranks.mean()).to_numpy().T.reshape(values.shape)


def _take_away_means(values: Floats) -> Floats:
    """Take each unit's mean over the months away; a unit with one month tells nothing and goes missing."""
    known = np.isfinite(values)
    count = known.sum(axis=2, keepdims=True)
    mean = np.where(known, values, 0).sum(axis=2, keepdims=True) / np.maximum(count, 1)
    # rounded: differences of 1e-17 are no differences, but they have ranks
    return np.where(count > 1, np.round(values - mean, 9), np.nan)


def _sums(both: NDArray[np.bool_], x: Floats, y: Floats) -> Floats:
    """Return the six sums a correlation is made of, for each driver and unit: (6 x drivers x units)."""
    x, y = np.where(both, x, 0), np.where(both, y, 0)
    return np.stack([cells.sum(axis=2) for cells in (both, x, y, x * x, y * y, x * y)])


def _correlate(sums: Floats) -> Floats:
    """Return the correlation from count, sums, sums of squares and sum of products; NaN where one is constant."""
    n, x, y, xx, yy, xy = sums
    spread = np.maximum(n * xx - x * x, 0) * np.maximum(n * yy - y * y, 0)
    rho: Floats = np.divide(n * xy - x * y, np.sqrt(spread), out=np.full(n.shape, np.nan), where=spread > ROUNDING)
    return rho


def _permute(x: Floats, y: Floats, orders: NDArray[np.int64]) -> Floats:
    """Return the correlation of every pair as it is and under every order of the customers' units.

    Shape (employee drivers x customer drivers x 1 + permutations), on Fisher's scale.
    """
    n_ex, n_cx = len(x), len(y)
    present, x, y_ranks = np.isfinite(x).reshape(n_ex, -1).astype(float), _rank(x), _rank(y)
    x = np.nan_to_num(x).reshape(n_ex, -1)
    drawn = []
    as_it_is = np.arange(y.shape[1])[None]
    for chunk in np.array_split(np.concatenate([as_it_is, orders]), len(orders) // CHUNK + 1):
        shuffled = y_ranks[:, chunk].reshape(n_cx * len(chunk), -1)
        there, shuffled = np.isfinite(shuffled).astype(float), np.nan_to_num(shuffled)
        sums = [
            present @ there.T, x @ there.T, present @ shuffled.T,
            (x * x) @ there.T, present @ (shuffled**2).T, x @ shuffled.T,
        ]  # fmt: skip
        drawn.append(_correlate(np.stack(sums)).reshape(n_ex, n_cx, len(chunk)))
    return np.arctanh(np.clip(np.concatenate(drawn, axis=2), -1 + ROUNDING, 1 - ROUNDING))


def _standardise(drawn: Floats, told: pd.Series[bool]) -> tuple[Floats, Floats]:
    """Return how far each pair stands out from its own permutations, and how far these do; NaN where untold."""
    observed, permuted = drawn[:, 0], drawn[:, 1:]
    known = np.isfinite(permuted)
    count = np.maximum(known.sum(axis=1), 1)
    mean = np.where(known, permuted, 0).sum(axis=1) / count
    spread = np.sqrt(np.where(known, (permuted - mean[:, None]) ** 2, 0).sum(axis=1) / count)
    spread[(spread < ROUNDING) | ~told] = np.nan
    return np.abs(observed - mean) / spread, np.abs(permuted - mean[:, None]) / spread[:, None]


def _pooled_p(stands_out: pd.Series[float], drawn: Floats) -> pd.Series[float]:
    """Return the share of all permutations of all pairs that stand out as far."""
    pool = np.sort(drawn[np.isfinite(drawn)])
    beyond = len(pool) - np.searchsorted(pool, stands_out.to_numpy() - ROUNDING)
    return pd.Series((beyond + 1) / (len(pool) + 1), index=stands_out.index).where(stands_out.notna())


def _correct(p_value: pd.Series[float]) -> pd.Series[float]:
    known = p_value.dropna()
    return (
        pd.Series(false_discovery_control(known), index=known.index).reindex(p_value.index) if len(known) else p_value
    )


def _mirror(said: pd.DataFrame, drivers: pd.DataFrame, *, resamples: int, seed: int) -> pd.DataFrame:
    """Return the customers' and the employees' score of each pair, and the gap between them."""
    pairs = _mirror_pairs(drivers)
    units = pd.DataFrame({"unit": [ALL, *sorted(said["unit"].dropna().unique())]})
    rows = pairs.merge(units, how="cross")
    rows = rows.assign(pair=rows["cx_driver_id"] + " | " + rows["ex_driver_id"], period=ALL)
    for voice, side in (("customer", "cx"), ("employee", "ex")):
        own = said[(said["voice"] == voice) & said["driver_id"].isin(pairs[f"{side}_driver_id"])]
        scored = _score_side(own, resamples=resamples, seed=seed).add_prefix(f"{side}_")
        rows = rows.merge(
            scored.rename(columns={f"{side}_unit": "unit", f"{side}_mean": side}),
            on=["unit", f"{side}_driver_id"],
            how="left",
        )
    n_cx, n_ex = (rows[f"{side}_n_respondents"].fillna(0).astype(int) for side in ("cx", "ex"))
    few = (n_cx < MIRROR_RESPONDENTS) | (n_ex < MIRROR_RESPONDENTS)
    rows["ci_low"], rows["ci_high"] = combine_intervals(
        (rows["cx"], rows["cx_low"], rows["cx_high"]), (rows["ex"], rows["ex_low"], rows["ex_high"]), weights=(1, -1)
    )
    rows["gap"] = rows["cx"] - rows["ex"]
    rows.loc[few, ["cx", "ex", "gap", "ci_low", "ci_high"]] = np.nan
    rows["reason"] = (
        n_cx.astype("str") + " customers and " + n_ex.astype("str")
        + f" employees; at least {MIRROR_RESPONDENTS} of each are needed"
    ).where(few)  # fmt: skip
    return rows[[column.name for column in TABLES["mirror"].columns]]


def _score_side(said: pd.DataFrame, *, resamples: int, seed: int) -> pd.DataFrame:
    """Return score, interval and respondents of each driver, for everybody and by unit."""
    votes = cast_votes(spread_over_units(said), SIDE)
    cells = measure_cells(votes, SIDE)
    enough = cells[cells["n_respondents"] >= MIRROR_RESPONDENTS]
    parents = enough.loc[enough["unit"] == ALL, ["driver_id", "mean", "spread"]]
    parents = parents.rename(columns={"mean": "parent_mean", "spread": "parent_spread"})
    enough = bound_means(enough.merge(parents, on="driver_id"), votes, cell=SIDE, resamples=resamples, seed=seed)
    cells = cells.merge(enough[[*SIDE, "low", "high"]], on=SIDE, how="left")
    cells[["mean", "low", "high"]] = 50 + 50 * cells[["mean", "low", "high"]]
    return cells[[*SIDE, "n_respondents", "mean", "low", "high"]]
