"""By how many points one voice moves with the other, within a unit and between units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit
from statsmodels.genmod.generalized_estimating_equations import GEE

from bxtext.linkage.correlation import ROUNDING
from bxtext.linkage.mirror import FOUND
from bxtext.tables import TABLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bxtext.linkage.panel import Panel

    Floats = NDArray[np.float64]

PAIR = ["ex_driver_id", "cx_driver_id"]
MAX_FOUND = 30  # links found that are measured, the surest first
MIN_MONTHS = 3  # from which a unit can be held against itself
COEFFICIENTS = ("within", "between")


def measure_effects(panel: Panel, linkage: pd.DataFrame, mirrored: pd.DataFrame, *, min_units: int) -> pd.DataFrame:
    """Return the table `link_effects`: the mirror pairs and the surest links found, each at its surest lag.

    Rho tells how sure a link is, not how large. Here the customers' score of a unit and month is set against the
    employees', in points on points, the mean of each month taken away: `within` is what goes with a unit being above
    its own usual, `between` with a unit being above the others (Mundlak 1978, doi 10.2307/1913646). A random intercept
    for each unit would give the same `within`, for what is left of a unit above its usual adds up to nothing; but the
    interval of such a model, fitted by likelihood, is too narrow where a month resembles the month before. So the
    model is fitted by estimating equations with units as clusters, and its interval is robust to whatever the months
    of a unit have in common, and to few units (Mancl and DeRouen 2001, doi 10.1111/j.0006-341X.2001.00126.x; Student's
    t over units). Scores of few people are off by chance, which draws both coefficients toward zero; being sought
    at several lags draws them away from it. An association, whichever voice leads.

    Parameters
    ----------
    panel : Panel
        Mean votes by driver, unit and month.
    linkage : DataFrame
        The table `linkage` of this panel.
    mirrored : DataFrame
        The mirror pairs.
    min_units : int
        Units that a pair needs.
    """
    tested = linkage.assign(q=linkage[["q_value", "within_q"]].min(axis=1), away=linkage["lag"].abs())
    surest = tested.sort_values(["q", "away", *PAIR, "lag"]).drop_duplicates(PAIR)
    is_mirrored = pd.MultiIndex.from_frame(surest[PAIR]).isin(pd.MultiIndex.from_frame(mirrored[PAIR]))
    found = surest.index[surest["q"] < FOUND][:MAX_FOUND]
    chosen = surest[is_mirrored | surest.index.isin(found)]
    rows = [
        {"ex_driver_id": pair.ex_driver_id, "cx_driver_id": pair.cx_driver_id, "lag": pair.lag}
        | fit_pair(*_cells_of(panel, pair), min_units=min_units)
        for pair in chosen.itertuples(index=False)
    ]
    columns = [column.name for column in TABLES["link_effects"].columns]
    return pd.DataFrame(rows, columns=columns).sort_values(PAIR, ignore_index=True)


def _cells_of(panel: Panel, pair: Any) -> tuple[Floats, Floats]:
    """Return the votes of the two drivers at the pair's lag, (units x months) each, missing where one is."""
    ex, cx = panel.window(int(pair.lag))
    x, y = ex[panel.ex_drivers.get_loc(pair.ex_driver_id)], cx[panel.cx_drivers.get_loc(pair.cx_driver_id)]
    both = np.isfinite(x) & np.isfinite(y)
    return np.where(both, x, np.nan), np.where(both, y, np.nan)


def fit_pair(x: Floats, y: Floats, *, min_units: int) -> dict[str, Any]:
    """Return the figures of one pair, or the reason why there are none; `x` and `y` are (units x months)."""
    unit, month = np.nonzero(np.isfinite(x))
    n_units = len(np.unique(unit))
    counts: dict[str, Any] = {"n_units": n_units, "n_cells": len(unit)}
    if n_units < min_units:
        return counts | {"reason": f"{n_units} units; at least {min_units} are needed"}
    if len(np.unique(month)) < MIN_MONTHS:
        return counts | {"reason": f"{len(np.unique(month))} months; at least {MIN_MONTHS} are needed"}
    cells = pd.DataFrame({"x": x[unit, month], "y": y[unit, month]})
    cells -= cells.groupby(month).transform("mean")
    between = cells["x"].groupby(unit).transform("mean").to_numpy()
    within = cells["x"].to_numpy() - between
    n_moving = int((pd.Series(np.abs(within)).groupby(unit).max() > ROUNDING).sum())
    if n_moving < min_units:
        return counts | {"reason": f"{n_moving} units that move over time; at least {min_units} are needed"}
    if min(between.std(), cells["y"].std()) < ROUNDING:
        return counts | {"reason": "one of the two drivers does not vary over the cells"}
    terms = np.column_stack([np.ones(len(cells)), within, between])
    fit = GEE(cells["y"].to_numpy(), terms, groups=unit).fit(cov_type="bias_reduced")
    reach = stdtrit(n_units - 2, 0.975) * fit.bse
    return counts | {
        f"{name}{end}": float(fit.params[place] + side * reach[place])
        for place, name in enumerate(COEFFICIENTS, start=1)
        for end, side in (("", 0), ("_low", -1), ("_high", 1))
    }
