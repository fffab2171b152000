"""Stage 9, brand: what the two articles claim, each put to a test on this data."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import kendalltau, norm

from bxtext.tables import ALL
from bxtext.votes import draw_weights, join_mentions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ALPHA = 0.05
MIN_UNITS = 10  # units a claim about units needs
MIN_RANKED = 4  # units a ranking needs
MIN_LEAVING = 30  # employees who complain and speak of leaving
MIN_EFFECT = 0.1  # effect size below which a necessary condition is negligible (Dul 2016)
AGREEMENT = 0.9  # Kendall's tau from which two rankings are the same for practical purposes
CLIMATE = "ex.team_climate"
RECOGNITION = "ex.recognition"
BLAMED = ("ex.manager_relationship", "bx.values_culture")
SHOWN = 3  # drivers named in `detail`

Claim = dict[str, Any]


def judge_claims(  # noqa: PLR0913, PLR0917  the tables the claims speak of, then what is drawn
    mentions: pd.DataFrame,
    documents: pd.DataFrame,
    drivers: pd.DataFrame,
    driver_scores: pd.DataFrame,
    linkage: pd.DataFrame,
    brand: pd.DataFrame,
    *,
    resamples: int = 500,
    seed: int = 7,
) -> pd.DataFrame:
    """Return the `claims` table: one row a claim, with effect, interval, n and verdict.

    - `no_cx_without_ex`: Necessary Condition Analysis over units (Dul 2016, doi 10.1177/1094428115584005); `effect` is
      the size d of the CE-FDH ceiling, `p_value` from permuting (Dul, van der Laan and Kuik 2020, doi
      10.1177/1094428118795272); supported when d >= 0.1 and p < .05; `detail` names the counter-examples, units with
      high CX and low EX.
    - `climate_not_enough`: `effect` counts the units with the team climate in the top third and CX in the bottom
      third, their intervals on either side of everybody's score; `detail` adds the product and process drivers that
      fall farthest behind there.
    - `manager_or_values_leave`: complaints in employee documents whose intent is leaving against the others: `effect`
      is how many times more often a complaint is about the manager or the values; `detail` names the drivers with the
      highest such ratio.
    - `employees_first_customers_follow`, `customers_first_employees_follow` (toward recognition): `effect` is rho of
      the surest pair at a positive (negative) lag, with q < .05 over the whole matrix; supported when that pair, chosen
      so, also moves together within units (p < .05; else good units would be good at every lag) and most at that lag.
    - `one_brand_ranking`: `effect` is the smallest Kendall tau between the rankings of units by the three formulas.

    Parameters
    ----------
    mentions, documents, drivers, driver_scores, linkage, brand : DataFrame
        The tables of these names.
    resamples : int
        Permutations and bootstrap resamples.
    seed : int
        Seed of both.

    Returns
    -------
    DataFrame
        The table `claims`; without enough data, a null effect and the reason.

    Examples
    --------
    >>> from bxtext.tables import TABLES
    >>> names = ("mentions", "documents", "drivers", "driver_scores", "linkage", "brand")
    >>> empty = [pd.DataFrame(columns=[column.name for column in TABLES[name].columns]) for name in names]
    >>> judge_claims(*empty)["verdict"].unique().tolist()
    ['not_enough_data']
    """
    units = brand[(brand["unit"] != ALL) & (brand["period"] == ALL)].sort_values("unit", ignore_index=True)
    said = join_mentions(mentions, documents, drivers)
    return pd.DataFrame(
        [
            _test_necessity(units, resamples=resamples, seed=seed),
            _find_insufficiency(units, brand, driver_scores, drivers),
            _lift_when_leaving(said, _leavers(mentions), resamples=resamples, seed=seed),
            _follow("employees_first_customers_follow", linkage, linkage["lag"] > 0),
            _follow(
                "customers_first_employees_follow",
                linkage,
                (linkage["lag"] < 0) & (linkage["ex_driver_id"] == RECOGNITION),
            ),
            _compare_rankings(units),
        ]
    )


def _judge(claim: str, n: int, unit_of_n: str, *, holds: bool, **figures: Any) -> Claim:
    verdict = "supported" if holds else "not_supported"
    return {"claim": claim, "n": n, "unit_of_n": unit_of_n, "verdict": verdict, **_no_figures(), **figures}


def _lack(claim: str, n: int, unit_of_n: str, reason: str) -> Claim:
    figures = _no_figures() | {"reason": reason}
    return {"claim": claim, "n": n, "unit_of_n": unit_of_n, "verdict": "not_enough_data", **figures}


def _no_figures() -> Claim:
    return {"effect": np.nan, "ci_low": np.nan, "ci_high": np.nan, "p_value": np.nan, "detail": None, "reason": None}


def _test_necessity(units: pd.DataFrame, *, resamples: int, seed: int) -> Claim:
    claim = "no_cx_without_ex"
    both = units.dropna(subset=["cx", "ex"])
    if len(both) < MIN_UNITS:
        return _lack(claim, len(both), "units", f"{len(both)} units with both voices; at least {MIN_UNITS} are needed")
    ex, cx = both["ex"].to_numpy(), both["cx"].to_numpy()
    if np.ptp(ex) == 0 or np.ptp(cx) == 0:
        return _lack(claim, len(both), "units", "CX or EX does not vary between units")
    effect = float(measure_ceiling(ex, cx))
    permuted = np.random.default_rng(seed).permuted(np.tile(cx, (resamples, 1)), axis=1)
    p_value = float((1 + (measure_ceiling(ex, permuted) >= effect).sum()) / (1 + resamples))
    against = both.loc[both["quadrant"] == "hidden_cost", "unit"]
    return _judge(
        claim,
        len(both),
        "units",
        holds=effect >= MIN_EFFECT and p_value < ALPHA,
        effect=effect,
        p_value=p_value,
        detail=", ".join(against) or None,
    )


def measure_ceiling(condition: Floats, outcome: Floats) -> Floats:
    """Return how much of the scope the CE-FDH ceiling leaves empty: the effect size d of a necessary condition.

    The ceiling is the highest outcome seen at this condition or a lower one; the empty zone above it, relative to the
    scope of the data (Dul 2016, doi 10.1177/1094428115584005).

    Parameters
    ----------
    condition : ndarray, shape (n,)
    outcome : ndarray, shape (..., n)
        One or many outcomes, such as permutations of one.

    Examples
    --------
    >>> float(measure_ceiling(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 2.0])))
    0.75
    """
    order = np.argsort(condition, kind="stable")
    steps = np.diff(condition[order])
    ceiling = np.maximum.accumulate(outcome[..., order], axis=-1)
    top, bottom = outcome.max(axis=-1), outcome.min(axis=-1)
    empty = ((top[..., None] - ceiling[..., :-1]) * steps).sum(axis=-1)
    return np.asarray(empty / (steps.sum() * (top - bottom)))


def _find_insufficiency(
    units: pd.DataFrame, brand: pd.DataFrame, driver_scores: pd.DataFrame, drivers: pd.DataFrame
) -> Claim:
    claim = "climate_not_enough"
    shown = driver_scores[(driver_scores["period"] == ALL) & driver_scores["score"].notna()]
    climate = shown[(shown["driver_id"] == CLIMATE) & (shown["voice"] == "employee")]
    by_unit = climate[climate["cut"] == "unit"].rename(columns={"group": "unit"})
    both = units.dropna(subset=["cx"]).merge(by_unit[["unit", "score", "ci_low"]], on="unit", suffixes=("_bx", ""))
    everybody = brand[(brand["unit"] == ALL) & (brand["period"] == ALL)].dropna(subset=["cx"])
    if len(both) < MIN_UNITS or everybody.empty:
        reason = f"{len(both)} units with CX and team climate; at least {MIN_UNITS} are needed"
        return _lack(claim, len(both), "units", reason)
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
    return _judge(
        claim,
        len(both),
        "units",
        holds=bool(found),
        effect=float(len(found)),
        detail="; ".join(", ".join(names) for names in (found, behind[behind < 0].index) if len(names)) or None,
    )


def _leavers(mentions: pd.DataFrame) -> set[str]:
    """Documents in which somebody means to leave, whatever the driver said so of."""
    return set(mentions.loc[mentions["intent"] == "leaving", "document_id"])


def _lift_when_leaving(said: pd.DataFrame, leavers: set[str], *, resamples: int, seed: int) -> Claim:
    claim = "manager_or_values_leave"
    said = said[(said["voice"] == "employee") & (said["polarity"] < 0)]
    complaints = said[said["tier"] != "outcome"]
    complaints = complaints.assign(
        leaves=complaints["document_id"].isin(leavers), blamed=complaints["driver_id"].isin(BLAMED)
    )
    left = complaints[complaints["leaves"]]
    n = left["document_id"].nunique()
    people = left["respondent"].nunique()
    if people < MIN_LEAVING or complaints["leaves"].all():
        reason = (
            f"{people} employees complain and speak of leaving; at least {MIN_LEAVING} are needed, and others who don't"
        )
        return _lack(claim, n, "documents", reason)

    # by respondent: complaints about the blamed and about anything, of those who leave and of those who stay
    kinds = {
        (leaves, about): (complaints["leaves"] == leaves) & (complaints["blamed"] | (about == "anything"))
        for leaves in (True, False)
        for about in ("blamed", "anything")
    }
    counts = pd.DataFrame(kinds).astype(float).groupby(complaints["respondent"].to_numpy()).sum().to_numpy().T
    point = _log_lift(counts.sum(axis=1))
    drawn = np.concatenate(
        [_log_lift(counts @ w) for w in draw_weights(counts.shape[1], resamples=resamples, seed=seed)]
    )
    reach = norm.ppf(0.975) * drawn.std()
    shares = pd.crosstab(complaints["driver_id"], complaints["leaves"], normalize="columns")
    enough = left["driver_id"].value_counts().reindex(shares.index, fill_value=0) >= MIN_LEAVING / 10
    highest = (shares[True] / shares[False].where(shares[False] > 0)).where(enough).nlargest(SHOWN)
    return _judge(
        claim,
        n,
        "documents",
        holds=bool(point - reach > 0),
        effect=float(np.exp(point)),
        ci_low=float(np.exp(point - reach)),
        ci_high=float(np.exp(point + reach)),
        detail=", ".join(highest.index) or None,
    )


def _log_lift(counts: Floats) -> Floats:
    """Return the log of the ratio of two shares; half a complaint each keeps it finite."""
    left_blamed, left_any, stayed_blamed, stayed_any = counts + 0.5
    return np.asarray(np.log(left_blamed / (left_any + 0.5)) - np.log(stayed_blamed / (stayed_any + 0.5)))


def _follow(claim: str, linkage: pd.DataFrame, direction: pd.Series[bool]) -> Claim:
    """Judge whether one voice follows the other, from the rows of `linkage` in this direction."""
    peak = linkage.groupby(["ex_driver_id", "cx_driver_id"])["within_rho"].transform("max")
    rows = linkage.assign(at_peak=linkage["within_rho"] == peak)[direction]
    tested = rows.dropna(subset=["q_value", "within_p"])
    if tested.empty:
        reasons = rows.sort_values("n_units", ascending=False)["reason"].dropna()
        reason = next(iter(reasons), "nothing can be seen to follow within a unit; 3 months and a lag are needed")
        return _lack(claim, int(rows["n_units"].max()) if len(rows) else 0, "units", reason)
    holds = (
        (tested["rho"] > 0)
        & (tested["q_value"] < ALPHA)
        & (tested["within_rho"] > 0)
        & (tested["within_p"] < ALPHA)
        & tested["at_peak"]
    )
    best = (tested[holds] if holds.any() else tested).nsmallest(1, "q_value").to_dict("records")[0]
    return _judge(
        claim,
        best["n_units"],
        "units",
        holds=bool(holds.any()),
        **{name: best[name] for name in ("ci_low", "ci_high", "p_value")},
        effect=best["rho"],
        detail=f"{best['ex_driver_id']} | {best['cx_driver_id']} | lag {best['lag']:.0f}",
    )


def _compare_rankings(units: pd.DataFrame) -> Claim:
    claim = "one_brand_ranking"
    formulas = ["bx", "bx_geometric", "bx_weakest"]
    ranked = units.dropna(subset=formulas)
    if len(ranked) < MIN_RANKED:
        return _lack(claim, len(ranked), "units", f"{len(ranked)} units with a BX; at least {MIN_RANKED} are needed")
    taus = [kendalltau(ranked[one], ranked[other]).statistic for one, other in combinations(formulas, 2)]
    if np.isnan(taus).any():
        return _lack(claim, len(ranked), "units", "BX does not vary between units")
    tau = float(min(taus))
    return _judge(claim, len(ranked), "units", holds=tau >= AGREEMENT, effect=tau)
