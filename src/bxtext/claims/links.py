"""Claims that rest on the links between the two voices, and on BX."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from bxtext.claims.verdict import ALPHA, LARGE, Claim, count_needed, judge, lack

if TYPE_CHECKING:
    import pandas as pd

MIN_RANKED = 4  # units a ranking needs
AGREEMENT = 0.9  # Kendall's tau from which two rankings are the same for practical purposes
RECOGNITION = "ex.recognition"
EVERYTHING = ("ex.all", "cx.all")  # the row of `moderation` on all drivers of a voice together


def follow(claim: str, linkage: pd.DataFrame, direction: pd.Series[bool]) -> Claim:
    """Judge whether one voice follows the other, from the rows of `linkage` in this direction."""
    peak = linkage.groupby(["ex_driver_id", "cx_driver_id"])["within_rho"].transform("max")
    rows = linkage.assign(at_peak=linkage["within_rho"] == peak)[direction]
    tested = rows.dropna(subset=["q_value", "within_p"])
    if tested.empty:
        reasons = rows.sort_values("n_units", ascending=False)["reason"].dropna()
        reason = next(iter(reasons), "nothing can be seen to follow within a unit; 3 months and a lag are needed")
        return lack(claim, int(rows["n_units"].max()) if len(rows) else 0, "units", reason)
    holds = (
        (tested["rho"] > 0)
        & (tested["q_value"] < ALPHA)
        & (tested["within_rho"] > 0)
        & (tested["within_p"] < ALPHA)
        & tested["at_peak"]
    )
    best = (tested[holds] if holds.any() else tested).nsmallest(1, "q_value").to_dict("records")[0]
    return judge(
        claim,
        best["n_units"],
        "units",
        holds=bool(holds.any()),
        needed=count_needed(best["n_units"], best["rho"], best["ci_high"], LARGE),
        **{name: best[name] for name in ("ci_low", "ci_high", "p_value")},
        effect=best["rho"],
        detail=f"{best['ex_driver_id']} | {best['cx_driver_id']} | lag {best['lag']:.0f}",
    )


def compare_levels(moderation: pd.DataFrame | None) -> Claim:
    """Judge whether CX can do without EX where nobody is met: the link of the two voices is weaker there."""
    claim, nothing = "enough_without_human_interaction", "no unit or product has a human-interaction level"
    if moderation is None:
        return lack(claim, 0, "units", nothing)
    is_whole = (moderation["ex_driver_id"] == EVERYTHING[0]) & (moderation["cx_driver_id"] == EVERYTHING[1])
    rows = moderation[is_whole & (moderation["level"] == "difference")]
    tested = rows.dropna(subset=["rho"])
    if tested.empty:
        reason = next(iter(rows["reason"].dropna()), nothing)
        return lack(claim, int(rows["n_units"].sum()), "units", reason)
    row = tested.iloc[0]
    return judge(
        claim,
        int(row["n_units"]),
        "units",
        holds=bool(row["rho"] > 0 and row["p_value"] < ALPHA),
        needed=count_needed(int(row["n_units"]), row["rho"], row["ci_high"], LARGE),
        effect=row["rho"],
        **{name: row[name] for name in ("ci_low", "ci_high", "p_value")},
    )


def compare_rankings(units: pd.DataFrame) -> Claim:
    """Judge whether the three formulas of BX rank the units alike."""
    claim = "one_brand_ranking"
    formulas = ["bx", "bx_geometric", "bx_weakest"]
    ranked = units.dropna(subset=formulas)
    if len(ranked) < MIN_RANKED:
        return lack(claim, len(ranked), "units", f"{len(ranked)} units with a BX; at least {MIN_RANKED} are needed")
    from scipy.stats import kendalltau  # noqa: PLC0415  half a second to import, for this claim alone

    taus = [kendalltau(ranked[one], ranked[other]).statistic for one, other in combinations(formulas, 2)]
    if np.isnan(taus).any():
        return lack(claim, len(ranked), "units", "BX does not vary between units")
    tau = float(min(taus))
    return judge(claim, len(ranked), "units", holds=tau >= AGREEMENT, effect=tau)
