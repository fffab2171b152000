"""The panel that both voices share: mean votes by driver, unit and month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bxtext.tables import ALL, VOICES
from bxtext.votes import cast_votes, measure_cells, spell_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PANEL = ["driver_id", "unit", "period"]


@dataclass(frozen=True)
class Panel:
    """Mean votes by voice, (drivers x units x months); NaN where too few spoke.

    `sizes` says how much is heard of each unit: the mean over voices of its share of their respondents.
    """

    ex_drivers: pd.Index[str]
    cx_drivers: pd.Index[str]
    units: pd.Index[str]
    sizes: Floats
    employee: Floats
    customer: Floats

    def window(self, lag: int) -> tuple[Floats, Floats]:
        """Return the employees' months and the customers' months `lag` later."""
        n_months = self.employee.shape[2]
        first, last = max(0, -lag), n_months - max(0, lag)
        months = slice(first, max(first, last))
        return self.employee[:, :, months], self.customer[:, :, first + lag : max(first, last) + lag]


def is_employee(driver_id: pd.Series[str]) -> pd.Series[bool]:
    """Return whether a driver is the employees'."""
    return driver_id.str.startswith(("ex.", "out.ex_"))


def mirror_pairs(drivers: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of the taxonomy, the customers' side first."""
    rows = drivers[drivers["mirror"].notna() & ~is_employee(drivers["driver_id"])]
    pairs = rows[["driver_id", "mirror"]].set_axis(["cx_driver_id", "ex_driver_id"], axis=1)
    return pairs.sort_values("cx_driver_id", ignore_index=True)


def pair_drivers(drivers: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs to link: employee drivers by customer drivers, and the mirrored outcomes."""
    mirrored = mirror_pairs(drivers)
    ranked = drivers[drivers["tier"] != "outcome"]
    meets_employees = (ranked["side"] == "cx") | ranked["driver_id"].isin(mirrored["cx_driver_id"])
    crossed = ranked.loc[ranked["side"] == "ex", ["driver_id"]].merge(
        ranked.loc[meets_employees, ["driver_id"]], how="cross", suffixes=("_ex", "_cx")
    )
    crossed = crossed.set_axis(["ex_driver_id", "cx_driver_id"], axis=1)
    outcomes = mirrored[mirrored["cx_driver_id"].str.startswith("out.")]
    return pd.concat([crossed, outcomes]).sort_values(["ex_driver_id", "cx_driver_id"], ignore_index=True)


def build_panel(said: pd.DataFrame, pairs: pd.DataFrame, *, min_respondents: int) -> Panel:
    """Return the mean votes of the drivers of `pairs` in the units where both voices speak.

    A voice without any date still meets the other within a unit: all months are then one.
    """
    said = said[said["unit"].notna()]
    undated = said["period"].isna().groupby(said["voice"]).all()
    if said.empty or undated.any():
        said = said.assign(period=ALL)
        months = pd.Index([ALL])
    else:
        said = said[said["period"].notna()]
        dated = sorted(said["period"].unique())
        months = pd.period_range(dated[0], dated[-1], freq="M").astype("str")
    voices = said.groupby("unit")["voice"].nunique()
    # a unit with one voice has nothing to be linked or exchanged with
    units = pd.Index(voices.index[voices == len(VOICES)], dtype="str")
    drivers, means, sizes = [], [], np.zeros(len(units))
    for voice, side in (("employee", "ex_driver_id"), ("customer", "cx_driver_id")):
        own = pd.Index(sorted(pairs[side].unique()))
        votes = cast_votes(said[(said["voice"] == voice) & said["unit"].isin(units)], PANEL)
        cells = spell_columns(measure_cells(votes, PANEL))
        heard = cells.groupby("unit")["n_respondents"].sum().reindex(units, fill_value=0).to_numpy(dtype=float)
        sizes += heard / max(heard.sum(), 1) / len(VOICES)
        cells = cells[(cells["n_respondents"] >= min_respondents) & cells["driver_id"].isin(own)]
        axes = zip((own, units, months), PANEL, strict=True)
        table = np.full((len(own), len(units), len(months)), np.nan)
        table[tuple(axis.get_indexer(pd.Index(cells[name])) for axis, name in axes)] = cells["mean"]
        drivers.append(own)
        means.append(table)
    return Panel(drivers[0], drivers[1], units, sizes, means[0], means[1])
