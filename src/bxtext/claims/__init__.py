"""Stage 9, brand: what the two articles claim, each put to a test on this data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bxtext.claims.links import RECOGNITION, compare_levels, compare_rankings, follow
from bxtext.claims.necessity import draw_ceilings, fit_ceiling, judge_necessity, measure_ceiling, measure_line
from bxtext.claims.outcomes import compare_figures, gather_outcomes, mean_by_unit
from bxtext.claims.paths import add_symbiosis, follow_service, stay_when_valued
from bxtext.claims.people import find_insufficiency, find_leavers, lift_when_leaving
from bxtext.tables import ALL
from bxtext.votes import join_mentions

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["draw_ceilings", "fit_ceiling", "judge_claims", "measure_ceiling", "measure_line"]

ENGAGEMENT = "out.ex_engagement"


def judge_claims(  # noqa: PLR0913, PLR0917  the tables the claims speak of, then what is drawn
    mentions: pd.DataFrame,
    documents: pd.DataFrame,
    drivers: pd.DataFrame,
    driver_scores: pd.DataFrame,
    linkage: pd.DataFrame,
    brand: pd.DataFrame,
    moderation: pd.DataFrame | None = None,
    outcomes: pd.DataFrame | None = None,
    *,
    resamples: int = 500,
    unit_outcomes: Mapping[str, Mapping[str, float]] | None = None,
    seed: int = 7,
) -> pd.DataFrame:
    """Return the `claims` table: one row a claim, with effect, interval, n and verdict.

    - `no_cx_without_ex`: Necessary Condition Analysis over units (Dul 2016, doi 10.1177/1094428115584005); `effect` is
      the size d of the CE-FDH ceiling, `p_value` from permuting (Dul, van der Laan and Kuik 2020, doi
      10.1177/1094428118795272); supported when d >= 0.1 and p < .05; `detail` names the counter-examples, units with
      high CX and low EX. `no_cx_without_engagement`: the same, the condition is what employees say of engagement.
    - `climate_not_enough`: `effect` counts the units with the team climate in the top third and CX in the bottom
      third, their intervals on either side of everybody's score; `detail` adds the product and process drivers that
      fall farthest behind there.
    - `manager_or_values_leave`: complaints in employee documents that speak of leaving against the others: `effect`
      is how many times more often a complaint is about the manager or the values; `detail` names the drivers with the
      highest such ratio.
    - `employees_first_customers_follow`, `customers_first_employees_follow` (toward recognition): `effect` is rho of
      the surest pair at a positive (negative) lag, with q < .05 over the whole matrix; supported when that pair, chosen
      so, also moves together within units (p < .05; else good units would be good at every lag) and most at that lag.
    - `enough_without_human_interaction`: how much stronger the link of both voices is where people meet people.
    - `service_carries_it`: the share of what follows EX that passes through service (`paths.follow_service`).
    - `valued_employees_stay`: staying against voice, recognition and purpose, over units (`paths.stay_when_valued`).
    - `symbiosis`: what CX x EX adds to loyalty and advocacy beside both (`paths.add_symbiosis`).
    - `better_brand_better_figures`: rho of BX with the client's own figures of the units (`outcomes.compare_figures`).
    - `one_brand_ranking`: `effect` is the smallest Kendall tau between the rankings of units by the three formulas.

    Parameters
    ----------
    mentions, documents, drivers, driver_scores, linkage, brand : DataFrame
        The tables of these names.
    moderation : DataFrame, optional
        The table of this name, where human-interaction levels are known.
    outcomes : DataFrame, optional
        The client's own figures of its units, up is good: `name`, `unit`, `period` (null for the whole time), `value`
        (`read.side_tables.read_outcomes`). `retention`, `loyalty` and `advocacy` stand in for what people say of them.
    resamples : int
        Permutations and bootstrap resamples.
    unit_outcomes : mapping of str to mapping of str to float, optional
        More of these figures: name -> unit -> value.
    seed : int
        Seed of both.

    Returns
    -------
    DataFrame
        The table `claims`; without enough data, a null effect and the reason. A claim that isn't supported is left open
        too, when its interval doesn't exclude a large effect either (`verdict.count_needed`).

    Raises
    ------
    InputError
        A figure is given twice, or none of its units is among those of the comments.

    Examples
    --------
    >>> from bxtext.tables import TABLES
    >>> names = ("mentions", "documents", "drivers", "driver_scores", "linkage", "brand")
    >>> empty = [pd.DataFrame(columns=[column.name for column in TABLES[name].columns]) for name in names]
    >>> judge_claims(*empty)["verdict"].unique().tolist()
    ['not_enough_data']
    """
    whole = brand["period"] == ALL
    units = brand[(brand["unit"] != ALL) & whole].sort_values("unit", ignore_index=True)
    said = join_mentions(mentions, documents, drivers)
    figures = gather_outcomes(outcomes, unit_outcomes, documents.reindex(columns=["unit"])["unit"])
    own = mean_by_unit(figures)
    leads, recognises = linkage["lag"] > 0, linkage["ex_driver_id"] == RECOGNITION
    return pd.DataFrame(
        [
            judge_necessity("no_cx_without_ex", units, "ex", resamples=resamples, seed=seed),
            judge_necessity(
                "no_cx_without_engagement", _with_engagement(units, driver_scores), "engagement",
                resamples=resamples, seed=seed,
            ),
            find_insufficiency(units, brand, driver_scores, drivers),
            compare_levels(moderation),
            lift_when_leaving(said, find_leavers(mentions), resamples=resamples, seed=seed),
            stay_when_valued(said, own),
            follow("employees_first_customers_follow", linkage, leads),
            follow_service(said, documents, resamples=resamples, seed=seed),
            follow("customers_first_employees_follow", linkage, (linkage["lag"] < 0) & recognises),
            add_symbiosis(said, units, own),
            compare_figures(brand, figures),
            compare_rankings(units),
        ]
    )  # fmt: skip


def _with_engagement(units: pd.DataFrame, driver_scores: pd.DataFrame) -> pd.DataFrame:
    """Return the units with what their employees say of engagement."""
    is_whole = (driver_scores["cut"] == "unit") & (driver_scores["period"] == ALL)
    scores = driver_scores[is_whole & (driver_scores["driver_id"] == ENGAGEMENT)].set_index("group")["score"]
    return units.assign(engagement=units["unit"].map(scores).astype(float))
