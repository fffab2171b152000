"""What if a driver stood higher: how far CX, EX and BX are from their usual where it does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from bxtext.brand.index import BY_DRIVER, CELL, SIDES, measure_index, spread_mentions, weights_of
from bxtext.tables import ALL, TABLES
from bxtext.votes import cast_votes, join_mentions, measure_cells, spell_columns

MIN_UNITS = 10
CELL_RESPONDENTS = 3  # of each voice in a unit and month, and on the driver


def move_drivers(  # noqa: PLR0913  four tables, then what the stage's section says
    mentions: pd.DataFrame,
    documents: pd.DataFrame,
    drivers: pd.DataFrame,
    importance: pd.DataFrame,
    *,
    human_interaction: float = 1.0,
    points: float = 10.0,
) -> pd.DataFrame:
    """Return the table `what_if`: CX, EX and BX where a driver stands `points` higher.

    `by_weight` is arithmetic: by how much the index of the driver's voice rises when only this driver's score does.
    `cx`, `ex` and `bx` are associations: by how much the index is higher in the units and months where the driver
    stands so much higher than in other units the same month, by least squares; the interval is robust to what the
    months of a unit have in common and to how far a unit pulls (Bell and McCaffrey 2002, "Bias reduction in standard
    errors for linear regression with multi-stage samples", CR3), with Student's t over units.
    What moves with a driver need not be moved by it. Scores of few people are off by chance, which draws the slopes
    toward zero.

    Parameters
    ----------
    mentions, documents, drivers, importance : DataFrame
        The tables of these names.
    human_interaction : float
        h in BX = (CX + h EX) / (1 + h).
    points : float
        Points of score by which a driver is moved.

    Returns
    -------
    DataFrame
        The table `what_if`, a row a driver of an index; null figures carry a reason.
    """
    said = spread_mentions(join_mentions(mentions, documents, drivers))
    months = said["period"] != ALL if (said["period"] != ALL).any() else said["period"] == ALL
    everywhere = said[(said["unit"] == ALL) & (said["period"] == ALL)]
    cells = pd.concat([said[(said["unit"] != ALL) & months], everywhere])
    indices, scores, weights = [], [], []
    for voice, side in SIDES.items():
        own = cells[cells["voice"] == voice]
        weight = weights_of(importance, voice)
        index = measure_index(own, weight)
        indices.append(index[index["n"] >= CELL_RESPONDENTS].set_index(CELL)["value"].rename(side))
        weighed = own[own["driver_id"].isin(weight["driver_id"])]
        driver = spell_columns(measure_cells(cast_votes(weighed, BY_DRIVER), BY_DRIVER))
        driver = driver[driver["n_respondents"] >= CELL_RESPONDENTS]
        scores.append(driver.assign(score=50 + 50 * driver["mean"], voice=voice))
        weights.append(weight.assign(voice=voice))
    both = pd.concat(indices, axis=1).dropna().drop(index=[(ALL, ALL)], errors="ignore")
    both["bx"] = (both["cx"] + human_interaction * both["ex"]) / (1 + human_interaction)
    panel = pd.concat(scores).merge(both.reset_index(), on=CELL)
    by_driver = dict(list(panel.groupby(["voice", "driver_id"])))
    listed = pd.concat(weights)
    rows = [
        {"voice": voice, "driver_id": driver_id, "points": points, "by_weight": weight * points}
        | _slopes(by_driver.get((voice, driver_id), panel.iloc[:0]), points)
        for voice, driver_id, weight in zip(
            listed["voice"], listed["driver_id"], listed["weight"].tolist(), strict=True
        )
    ]
    columns = [column.name for column in TABLES["what_if"].columns]
    return pd.DataFrame(rows, columns=columns).sort_values(["voice", "driver_id"], ignore_index=True)


def _slopes(cells: pd.DataFrame, points: float) -> dict[str, Any]:
    """Return what goes with `points` more of one driver, from its cells: units x months."""
    # a month with one unit has no other to be held against
    cells = cells[cells.groupby("period")["unit"].transform("size") > 1]
    n_units = int(cells["unit"].nunique())
    counts: dict[str, Any] = {"n_units": n_units, "n_cells": len(cells)}
    if n_units < MIN_UNITS:
        return counts | {"reason": f"{n_units} units; at least {MIN_UNITS} are needed"}
    names = ["score", *SIDES.values(), "bx"]
    off = cells[names] - cells.groupby("period")[names].transform("mean")
    spread = float((off["score"] ** 2).sum())
    if spread < 1e-6:
        return counts | {"reason": "the driver does not vary over the cells"}
    # what a unit far from the others pulls the slope to itself, and so hides of its own distance from it
    leverage = (off["score"] ** 2).groupby(cells["unit"]).sum() / spread
    leverage = leverage.clip(upper=0.95)
    figures: dict[str, Any] = {}
    for name in names[1:]:
        slope = float((off["score"] * off[name]).sum()) / spread
        moves = (off["score"] * (off[name] - slope * off["score"])).groupby(cells["unit"]).sum() / spread
        reach = stdtrit(n_units - 2, 0.975) * np.sqrt(((moves / (1 - leverage)) ** 2).sum())
        figures |= {
            name: points * slope,
            f"{name}_low": points * (slope - reach),
            f"{name}_high": points * (slope + reach),
        }
    return counts | figures
