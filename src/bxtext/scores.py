"""Stage 7, scores: how often and how well each driver is spoken of, by voice, month, unit and group."""

from __future__ import annotations

import pandas as pd

from bxtext.tables import ALL, GROUP_PREFIX, group_columns
from bxtext.votes import (
    bound_means,
    bound_shares,
    cast_votes,
    join_mentions,
    measure_cells,
    number_respondents,
    spread_over_periods,
)

CELL = ["voice", "driver_id", "period", "cut", "group"]
CUT = ["voice", "period", "cut", "group"]


def score_drivers(  # noqa: PLR0913  three tables, then the section's parameters
    mentions: pd.DataFrame,
    documents: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    min_respondents: int = 5,
    resamples: int = 500,
    seed: int = 7,
) -> pd.DataFrame:
    """Return the `driver_scores` table: one row a voice, driver, period and cut that mentions the driver.

    A respondent has one vote on a driver in a cell: the mean polarity of what they said. The interval is a
    score interval (`votes.score_interval`) on the variance of a Poisson bootstrap over respondents.
    `score_shrunk` draws a score toward its parent (everybody in the same month; for a month of everybody, the
    whole time) by empirical Bayes, the variance between cells by the method of moments (one-way random effects;
    Searle, Casella and McCulloch 1992, doi 10.1002/9780470316856).

    Parameters
    ----------
    mentions, documents, drivers : DataFrame
        The tables of these names.
    min_respondents : int
        A cell with fewer distinct respondents on the driver is suppressed: its scores are null.
    resamples : int
        Bootstrap resamples.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    DataFrame
        The table `driver_scores`; scores in [0, 100], 50 is neutral.

    Examples
    --------
    >>> documents = pd.DataFrame({"document_id": list("abcdef"), "voice": "customer"})
    >>> mentions = pd.DataFrame({"document_id": list("abcdef"), "driver_id": "cx.ease", "n_positive": 1,
    ...     "n_negative": 0, "polarity": [1, 1, 1, 0, -1, 1], "actor": "process"})
    >>> drivers = pd.DataFrame({"driver_id": ["cx.ease"], "tier": ["core"]})
    >>> score_drivers(mentions, documents, drivers)["score"].round(1).tolist()
    [75.0]
    """
    joined = join_mentions(mentions, documents, drivers)
    said = _spread_over_cuts(joined.drop(columns=["document_id", "n_positive", "n_negative", "actor", "tier"]))
    votes = cast_votes(said, CELL)
    cells = measure_cells(votes, CELL)
    cells = cells.merge(bound_shares(votes, _spread_documents(documents), cell=CELL, cut=CUT), on=CELL)
    cells["suppressed"] = cells["n_respondents"] < min_respondents
    cells["net_sentiment"] = cells["mean"].mask(cells["suppressed"])
    cells["score"] = _as_score(cells["net_sentiment"])
    cells["score_shrunk"] = _as_score(_shrink_means(cells).mask(cells["suppressed"]))
    shown = bound_means(cells[~cells["suppressed"]], votes, cell=CELL, resamples=resamples, seed=seed)
    cells = cells.merge(shown[[*CELL, "low", "high"]], on=CELL, how="left")
    cells["ci_low"], cells["ci_high"] = _as_score(cells["low"]), _as_score(cells["high"])
    return cells.drop(columns=["mean", "spread", "low", "high"])


def _as_score(net_sentiment: pd.Series[float]) -> pd.Series[float]:
    return 50 + 50 * net_sentiment


def _spread_over_cuts(frame: pd.DataFrame) -> pd.DataFrame:
    """Every row once for each period and cut it counts in: all, its unit, each of its groups."""
    columns = {"unit": "unit"} | {name.removeprefix(GROUP_PREFIX): name for name in group_columns(frame)}
    parts = [frame.assign(cut=ALL, group=ALL)]
    for cut, column in columns.items():
        present = frame[frame[column].notna()]
        parts.append(present.assign(cut=cut, group=present[column]))
    return spread_over_periods(pd.concat(parts, ignore_index=True).drop(columns=[*columns.values()]))


def _spread_documents(documents: pd.DataFrame) -> pd.DataFrame:
    frame = documents.reindex(columns=["voice", "period", "unit", *group_columns(documents)])
    return _spread_over_cuts(frame.assign(respondent=number_respondents(documents).to_numpy()))


def _shrink_means(cells: pd.DataFrame) -> pd.Series[float]:
    """Draw the mean of each cell toward its parent's, as far as the noise among its siblings demands.

    Siblings are the groups of a cut in one period, or the months of everybody.
    """
    top = (cells["cut"] == ALL) & (cells["period"] == ALL)
    months = (cells["cut"] == ALL) & ~top
    everybody = cells[cells["cut"] == ALL].set_index(["voice", "driver_id", "period"])["mean"]
    parent_period = cells["period"].mask(months, ALL)
    parent = everybody.loc[list(zip(cells["voice"], cells["driver_id"], parent_period, strict=True))].to_numpy()

    n, mean = cells["n_respondents"], cells["mean"]
    family = [cells["voice"], cells["driver_id"], cells["cut"], parent_period.mask(months, "months")]

    def add_up(values: pd.Series[float]) -> pd.Series[float]:
        return values.groupby(family, observed=True).transform("sum")

    total, k = add_up(n), add_up(n.clip(1, 1))
    within = add_up(cells["spread"].fillna(0.0) * (n - 1)) / (total - k).where(total > k)
    between = add_up(n * (mean - add_up(n * mean) / total) ** 2)
    spare = total - add_up(n**2) / total
    true = ((between - (k - 1) * within) / spare.where(spare > 0)).clip(lower=0)
    trust = (true / (true + within / n)).fillna(0.0)
    return mean.where(top, parent + trust * (mean - parent))
