"""Whether the two voices are linked more where people meet people: the link split by human-interaction level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import stdtr
from scipy.stats import false_discovery_control

from bxtext.linkage.correlation import Correlation, Ordered, correlate, reach_of
from bxtext.linkage.panel import Panel, build_panel, mirror_pairs
from bxtext.tables import ALL, TABLES
from bxtext.votes import code_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

HALF = 0.5  # human-interaction level from which it is called high
PAIR = ["ex_driver_id", "cx_driver_id"]
WHOLE = (f"ex.{ALL}", f"cx.{ALL}")  # every driver of a voice together
NO_LEVELS = "no unit or product has a human-interaction level"


def split_by_interaction(  # noqa: PLR0913  what was said, then the section's parameters
    said: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    interaction_by: str,
    interaction_levels: Mapping[str, float],
    min_units: int,
    min_respondents: int,
    max_lag: int,
) -> pd.DataFrame:
    """Return the table `moderation`: each link where human interaction is low, where it is high, and the difference.

    The pairs are both voices as a whole and the mirror pairs, each at the lag at which it is strongest over all
    levels together. Customers are split by the level of their unit or product; they meet the employees of their unit.
    """
    pairs = mirror_pairs(drivers)[PAIR[::-1]]
    pairs = pd.concat([pd.DataFrame([WHOLE], columns=PAIR), pairs[~is_outcome(pairs)]])
    columns = [column.name for column in TABLES["moderation"].columns]
    if not interaction_levels:
        reasons = pairs.assign(level="difference", lag=0, n_units=0, n_cells=0, reason=NO_LEVELS)
        return reasons.reindex(columns=columns).sort_values(PAIR, ignore_index=True)

    ranked = said[said["tier"] != "outcome"]
    whole = ranked.assign(driver_id=np.where(ranked["voice"] == "employee", *WHOLE))
    said = code_columns(pd.concat([said.astype({"driver_id": "str"}), whole], ignore_index=True), ["driver_id"])
    by = interaction_by if interaction_by == "unit" else f"group_{interaction_by}"
    level = said.reindex(columns=[by])[by].astype("str").map(interaction_levels)
    employee = said["voice"] == "employee"
    parts = {
        "low": said[employee | (level < HALF)], "high": said[employee | (level >= HALF)],
        "either": said[employee | level.notna()],
    }  # fmt: skip
    panels = {name: build_panel(part, pairs, min_respondents=min_respondents) for name, part in parts.items()}
    rows = [
        row
        for pair in pairs.itertuples(index=False)
        for row in compare_panels(panels, pair, min_units=min_units, max_lag=max_lag)
    ]
    moderation = pd.DataFrame(rows).reindex(columns=columns)
    known = moderation["p_value"].notna()
    if known.any():
        moderation.loc[known, "q_value"] = false_discovery_control(moderation.loc[known, "p_value"])
    return moderation.sort_values([*PAIR, "level"], ignore_index=True)


def is_outcome(pairs: pd.DataFrame) -> pd.Series[bool]:
    """Return whether a pair is one of outcomes."""
    return pairs["cx_driver_id"].str.startswith("out.")


def compare_panels(panels: dict[str, Panel], pair: Any, *, min_units: int, max_lag: int) -> list[dict[str, Any]]:
    """Return the rows of one pair of drivers from the panels `low`, `high` and `either`."""
    lags = range(-max_lag, max_lag + 1)
    over_lags = [_link(panels["either"], pair, lag) for lag in lags]
    strength = [
        abs(link.z[0]) / max(reach_of(link.moves, link.n_units)[0], 1e-9) if link.n_units[0] >= min_units else -1.0
        for link in over_lags
    ]
    lag = lags[int(np.argmax(np.nan_to_num(strength, nan=-1.0)))]
    links = {name: _link(panels[name], pair, lag) for name in ("low", "high")}
    base = {"ex_driver_id": pair.ex_driver_id, "cx_driver_id": pair.cx_driver_id, "lag": lag}
    rows = []
    for name, link in links.items():
        n_units = int(link.n_units[0])
        counts: dict[str, Any] = {"level": name, "n_units": n_units, "n_cells": int(link.n_cells[0])}
        figures: dict[str, Any]
        if n_units < min_units:
            figures = {"reason": f"{n_units} units; at least {min_units} are needed"}
        elif np.isnan(link.rho[0]):
            figures = {"reason": "one of the two drivers does not vary over the cells"}
        else:
            low, high = link.interval()
            figures = {"rho": link.rho[0], "ci_low": low[0], "ci_high": high[0]}
        rows.append(base | counts | figures)
    weaker, stronger = rows
    total = {name: weaker[name] + stronger[name] for name in ("n_units", "n_cells")}
    untold = [row["reason"] for row in rows if "reason" in row]
    if untold:
        return [*rows, base | total | {"level": "difference", "reason": untold[0]}]
    return [*rows, base | total | {"level": "difference"} | _difference(panels, links)]


def _link(panel: Panel, pair: Any, lag: int) -> Correlation:
    """Return the link of one pair at one lag."""
    x, y = panel.window(lag)
    own = panel.ex_drivers.get_indexer(pd.Index([pair.ex_driver_id]))
    other = panel.cx_drivers.get_indexer(pd.Index([pair.cx_driver_id]))
    return correlate(Ordered.of(x[own]), Ordered.of(y[other]), x.shape[1])


def _difference(panels: dict[str, Panel], links: dict[str, Correlation]) -> dict[str, float]:
    """Return how much stronger the link is at the high level.

    The interval is that of two correlations that go together (Zou 2007, doi 10.1037/1082-989X.12.4.399): a unit whose
    customers are of both levels moves both links.
    """
    low, high = (pd.Series(links[name].moves[0], index=panels[name].units) for name in ("low", "high"))
    low, high = low.align(high, fill_value=0.0)
    size = np.sqrt((low**2).sum() * (high**2).sum())
    together = float((low * high).sum() / size) if size > 0 else 0.0
    rho_low, rho_high = (float(links[name].rho[0]) for name in ("low", "high"))
    (from_low, to_low), (from_high, to_high) = (
        (float(end[0]) for end in links[name].interval()) for name in ("low", "high")
    )
    down = _distance(rho_high - from_high, to_low - rho_low, together)
    up = _distance(to_high - rho_high, rho_low - from_low, together)
    n_units = int(min(links["low"].n_units[0], links["high"].n_units[0]))
    apart = float(links["high"].z[0] - links["low"].z[0])
    error = float(np.sqrt(((high - low) ** 2).sum() * n_units / (n_units - 1)))
    return {
        "rho": rho_high - rho_low, "ci_low": rho_high - rho_low - down, "ci_high": rho_high - rho_low + up,
        "p_value": float(2 * stdtr(n_units - 2, -abs(apart) / max(error, 1e-9))),
    }  # fmt: skip


def _distance(one: float, other: float, together: float) -> float:
    return float(np.sqrt(max(one**2 + other**2 - 2 * together * one * other, 0.0)))
