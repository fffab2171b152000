"""By how many points one voice moves with the other: a mixed model of each link that is worth its size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit
from statsmodels.genmod.cov_struct import Exchangeable
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
    employees', in points on points, by a model with an intercept of its own for each unit and the mean of each month
    taken away: `within` is what goes with a unit being above its own usual, `between` with a unit being above the
    others (Mundlak 1978, doi 10.2307/1913646), `unit_share` the part of what is left that is the unit's own.

    The model is fitted by generalised estimating equations, units as clusters, their months exchangeable (Liang and
    Zeger 1986, doi 10.1093/biomet/73.1.13): the coefficients are those of a random intercept, and the interval is
    robust to months that resemble the month before, for which a likelihood's is too narrow (bias-reduced: Mancl and
    DeRouen 2001, doi 10.1111/j.0006-341X.2001.00126.x; Student's t over units). Scores of few people are off by
    chance, which draws both coefficients toward zero. An association, whichever voice leads.

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
    surest = linkage.assign(q=linkage[["q_value", "within_q"]].min(axis=1)).sort_values(["q", *PAIR, "lag"])
    surest = surest.drop_duplicates(PAIR)
    is_mirrored = pd.MultiIndex.from_frame(surest[PAIR]).isin(pd.MultiIndex.from_frame(mirrored[PAIR]))
    found = surest.index[surest["q"] < FOUND][:MAX_FOUND]
    chosen = surest[is_mirrored | surest.index.isin(found)]
    rows = [
        {"ex_driver_id": pair.ex_driver_id, "cx_driver_id": pair.cx_driver_id, "lag": pair.lag}
        | _fit_pair(*_cells_of(panel, pair), min_units=min_units)
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


def _fit_pair(x: Floats, y: Floats, *, min_units: int) -> dict[str, Any]:
    """Return the figures of one pair, or the reason why there are none."""
    unit, month = np.nonzero(np.isfinite(x))
    n_units = len(np.unique(unit))
    counts: dict[str, Any] = {"n_units": n_units, "n_cells": len(unit)}
    if n_units < min_units:
        return counts | {"reason": f"{n_units} units; at least {min_units} are needed"}
    if len(np.unique(month)) < MIN_MONTHS:
        return counts | {"reason": f"{len(np.unique(month))} months; at least {MIN_MONTHS} are needed"}
    cells = pd.DataFrame({"x": x[unit, month], "y": y[unit, month]})
    cells -= cells.groupby(month).transform("mean")
    between = cells["x"].groupby(unit).transform("mean")
    terms = np.column_stack([np.ones(len(cells)), cells["x"] - between, between])
    if min(terms[:, 1:].std(axis=0).min(), cells["y"].std()) < ROUNDING:
        return counts | {"reason": "one of the two drivers does not vary over the cells"}
    # standardised: a driver that hardly varies is no reason for a singular matrix
    scale = np.array([1.0, *terms[:, 1:].std(axis=0)])
    model = GEE(cells["y"].to_numpy() / cells["y"].std(), terms / scale, groups=unit, cov_struct=Exchangeable())
    fit = model.fit(cov_type="bias_reduced")
    points, errors = (values / scale * cells["y"].std() for values in (fit.params, fit.bse))
    reach = stdtrit(n_units - 2, 0.975) * errors
    figures = {
        f"{name}{end}": float(points[place] + side * reach[place])
        for place, name in enumerate(COEFFICIENTS, start=1)
        for end, side in (("", 0), ("_low", -1), ("_high", 1))
    }
    return counts | figures | {"unit_share": float(np.clip(model.cov_struct.dep_params, 0, 1))}
