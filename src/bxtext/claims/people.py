"""Claims about who is where and who leaves: climate without CX, and what those who leave complain of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtri

from bxtext.claims.verdict import MIN_UNITS, Claim, count_needed, judge, lack
from bxtext.ids import are_among
from bxtext.intervals import draw_weights, order_by_content
from bxtext.tables import ALL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MIN_LEAVING = 30  # employees who complain and speak of leaving
LEAVING = "out.ex_retention"
CLIMATE = "ex.team_climate"
BLAMED = ("ex.manager_relationship", "bx.values_culture")
LARGE_LIFT = np.log(2)  # twice the complaints
SHOWN = 3  # drivers named in `detail`


def find_insufficiency(
    units: pd.DataFrame, brand: pd.DataFrame, driver_scores: pd.DataFrame, drivers: pd.DataFrame
) -> Claim:
    """Judge whether units with a fine climate and poor CX exist."""
    claim = "climate_not_enough"
    shown = driver_scores[(driver_scores["period"] == ALL) & driver_scores["score"].notna()]
    climate = shown[(shown["driver_id"] == CLIMATE) & (shown["voice"] == "employee")]
    by_unit = climate[climate["cut"] == "unit"].rename(columns={"group": "unit"})
    both = units.dropna(subset=["cx"]).merge(by_unit[["unit", "score", "ci_low"]], on="unit", suffixes=("_bx", ""))
    everybody = brand[(brand["unit"] == ALL) & (brand["period"] == ALL)].dropna(subset=["cx"])
    if len(both) < MIN_UNITS or everybody.empty:
        reason = f"{len(both)} units with CX and team climate; at least {MIN_UNITS} are needed"
        return lack(claim, len(both), "units", reason)
    fine = (both["score"] >= both["score"].quantile(2 / 3)) & (
        both["ci_low"] > climate.loc[climate["cut"] == ALL, "score"].iloc[0]
    )
    poor = (both["cx"] <= both["cx"].quantile(1 / 3)) & (both["cx_high"] < everybody["cx"].iloc[0])
    found = both.loc[fine & poor, "unit"].tolist()

    actors = drivers.loc[drivers["actor"].isin(["product", "process"]), "driver_id"]
    blamed = shown[(shown["voice"] == "customer") & shown["driver_id"].isin(actors)]
    usual = blamed[blamed["cut"] == ALL].set_index("driver_id")["score"]
    there = blamed[(blamed["cut"] == "unit") & blamed["group"].isin(found)].groupby("driver_id")["score"].mean()
    behind = (there - usual.reindex(there.index)).sort_values().head(SHOWN)
    return judge(
        claim,
        len(both),
        "units",
        holds=bool(found),
        effect=float(len(found)),
        detail="; ".join(", ".join(names) for names in (found, behind[behind < 0].index) if len(names)) or None,
    )


def find_leavers(mentions: pd.DataFrame) -> pd.Series[str]:
    """Return the documents that speak of leaving: somebody means to, or retention is complained about."""
    speaks = (mentions["intent"] == "leaving") | ((mentions["driver_id"] == LEAVING) & (mentions["polarity"] < 0))
    return mentions.loc[speaks, "document_id"].drop_duplicates()


def lift_when_leaving(said: pd.DataFrame, leavers: pd.Series[str], *, resamples: int, seed: int) -> Claim:
    """Judge whether those who speak of leaving complain more of the manager or the values than others do."""
    claim = "manager_or_values_leave"
    said = said[(said["voice"] == "employee") & (said["polarity"] < 0)]
    complaints = said[said["tier"] != "outcome"].astype({"driver_id": "str"})
    complaints = complaints.assign(
        leaves=are_among(complaints["document_id"], leavers), blamed=complaints["driver_id"].isin(BLAMED)
    )
    left = complaints[complaints["leaves"]]
    n = left["document_id"].nunique()
    people = left["respondent"].nunique()
    if people < MIN_LEAVING or complaints["leaves"].all():
        reason = (
            f"{people} employees complain and speak of leaving; at least {MIN_LEAVING} are needed, and others who don't"
        )
        return lack(claim, n, "documents", reason)

    # by respondent: complaints about the blamed and about anything, of those who leave and of those who stay
    kinds = {
        (leaves, about): (complaints["leaves"] == leaves) & (complaints["blamed"] | (about == "anything"))
        for leaves in (True, False)
        for about in ("blamed", "anything")
    }
    counts = pd.DataFrame(kinds).astype(float).groupby(complaints["respondent"].to_numpy()).sum().to_numpy().T
    counts = counts[:, order_by_content(counts)]
    point = _log_lift(counts.sum(axis=1))
    drawn = np.concatenate(
        [_log_lift(counts @ w) for w in draw_weights(counts.shape[1], resamples=resamples, seed=seed)]
    )
    reach = ndtri(0.975) * drawn.std()
    shares = pd.crosstab(complaints["driver_id"], complaints["leaves"], normalize="columns")
    enough = left["driver_id"].value_counts().reindex(shares.index, fill_value=0) >= MIN_LEAVING / 10
    highest = (shares[True] / shares[False].where(shares[False] > 0)).where(enough).nlargest(SHOWN)
    return judge(
        claim,
        n,
        "documents",
        holds=bool(point - reach > 0),
        needed=count_needed(n, float(point), float(point + reach), LARGE_LIFT),
        effect=float(np.exp(point)),
        ci_low=float(np.exp(point - reach)),
        ci_high=float(np.exp(point + reach)),
        detail=", ".join(highest.index) or None,
    )


def _log_lift(counts: Floats) -> Floats:
    """Return the log of the ratio of two shares; half a complaint each keeps it finite."""
    left_blamed, left_any, stayed_blamed, stayed_any = counts + 0.5
    return np.asarray(np.log(left_blamed / (left_any + 0.5)) - np.log(stayed_blamed / (stayed_any + 0.5)))
