"""The client's own figures of its units, held against BX."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from bxtext.claims.verdict import ALPHA, LARGE, MIN_UNITS, Claim, count_needed, judge, lack
from bxtext.errors import InputError, did_you_mean
from bxtext.tables import ALL

if TYPE_CHECKING:
    from collections.abc import Mapping

    Figures = Mapping[str, Mapping[str, float]]  # name -> unit -> value

COLUMNS = ["name", "unit", "period", "value"]
ROUNDING = 1e-9


def gather_outcomes(
    outcomes: pd.DataFrame | None, unit_outcomes: Figures | None, units: pd.Series[str]
) -> pd.DataFrame:
    """Return the client's own figures, of a file and of the parameters: `name`, `unit`, `period` (or `all`), `value`.

    Raises
    ------
    InputError
        A figure is given twice, or none of its units is among those of the comments.
    """
    said = pd.DataFrame(
        [(name, unit, ALL, value) for name, own in (unit_outcomes or {}).items() for unit, value in own.items()],
        columns=COLUMNS,
    )
    read = pd.DataFrame(columns=COLUMNS) if outcomes is None else outcomes[COLUMNS]
    twice = sorted(set(said["name"]) & set(read["name"]))
    if twice:
        raise InputError(f"figure {twice[0]!r} is in outcomes.file and in claims.unit_outcomes; keep one of them")
    known = sorted(units.dropna().unique())
    figures = pd.concat([part for part in (said, read) if len(part)] or [said]).fillna({"period": ALL})
    for name, own in figures.groupby("name"):
        if known and not own["unit"].isin(known).any():
            unit = own["unit"].iloc[0]
            raise InputError(
                f"figure {name!r}: none of its {own['unit'].nunique()} units is among the {len(known)} of the comments,"
                f" such as {unit!r}; {did_you_mean(unit, known)}"
            )
    return figures.sort_values(COLUMNS[:3], ignore_index=True)


def mean_by_unit(figures: pd.DataFrame) -> dict[str, pd.Series[float]]:
    """Return each figure by unit, the mean of its months."""
    return {
        str(name): own.groupby("unit")["value"].mean().astype(float) for name, own in figures.groupby("name", sort=True)
    }


def compare_figures(brand: pd.DataFrame, figures: pd.DataFrame) -> Claim:
    """Judge whether units with a better BX do better by the client's own figures.

    A monthly figure stands against the BX of the same units and months, both averaged over these; where too few units
    have a BX by month, against their BX over the whole time. `effect` is Spearman's rho of the figure that follows BX
    most surely, its p by Holm's correction over all figures.
    """
    claim = "better_brand_better_figures"
    if figures.empty:
        return lack(claim, 0, "units", f"0 units with figures of their own; at least {MIN_UNITS} are needed")
    by_figure = {str(name): _meet_brand(brand, own) for name, own in figures.groupby("name", sort=True)}
    enough = {name: rows for name, rows in by_figure.items() if len(rows) >= MIN_UNITS}
    vary = {name: rows for name, rows in enough.items() if (np.ptp(rows, axis=0) >= ROUNDING).all()}
    if not vary:
        most = max(map(len, by_figure.values()))
        reason = "BX or the figures do not vary between units"
        few = f"{most} units with figures of their own; at least {MIN_UNITS} are needed"
        return lack(claim, most, "units", reason if enough else few)
    from scipy.stats import spearmanr  # noqa: PLC0415  half a second to import, for this claim alone

    links = {name: spearmanr(rows["bx"], rows["value"]) for name, rows in vary.items()}
    best = min(links, key=lambda name: links[name].pvalue)
    n, rho, p_value = len(vary[best]), float(links[best].statistic), min(1.0, links[best].pvalue * len(by_figure))
    reach = float(stdtrit(n - 2, 1 - ALPHA / 2) * np.sqrt((1 + rho**2 / 2) / (n - 3)))
    centre = np.arctanh(np.clip(rho, -1 + ROUNDING, 1 - ROUNDING))
    low, high = (float(np.tanh(centre + side * reach)) for side in (-1, 1))
    return judge(
        claim,
        n,
        "units",
        holds=bool(rho > 0 and p_value < ALPHA),
        needed=count_needed(n, rho, high, LARGE),
        effect=rho,
        ci_low=low,
        ci_high=high,
        p_value=float(p_value),
        detail=best,
    )


def _meet_brand(brand: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Return `bx` and `value` of each unit that has both."""
    placed = brand.loc[brand["unit"] != ALL, ["unit", "period", "bx"]].dropna()
    by_month = own.merge(placed, on=["unit", "period"]).groupby("unit")[["bx", "value"]].mean()
    if len(by_month) >= MIN_UNITS:
        return by_month.astype(float)
    values = own.groupby("unit")["value"].mean()
    whole = placed[placed["period"] == ALL].set_index("unit")["bx"]
    return pd.concat({"bx": whole, "value": values}, axis=1, join="inner").astype(float)
