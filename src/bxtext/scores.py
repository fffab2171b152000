"""Stage 7, scores: how often and how well each driver is spoken of, by voice, month, unit and group."""

from __future__ import annotations

import pandas as pd
from pandas.api.types import union_categoricals

from bxtext.intervals import bound_means, bound_shares
from bxtext.tables import ALL, GROUP_PREFIX, group_columns
from bxtext.votes import (
    cast_votes,
    code_columns,
    join_mentions,
    measure_cells,
    number_respondents,
    spell_columns,
    spread_over_periods,
)

CELL = ["voice", "driver_id", "period", "cut", "group"]
CUT = ["voice", "period", "cut", "group"]


def score_drivers(
    mentions: pd.DataFrame,
    documents: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    min_respondents: int = 5,
) -> pd.DataFrame:
    """Return the `driver_scores` table: one row a voice, driver, period and cut that mentions the driver.

    A respondent has one vote on a driver in a cell: the mean polarity of what they said. The interval is a
    score interval (`intervals.score_interval`) on the variance of their mean, a respondent one vote.
    `score_shrunk` draws a score toward its parent (everybody in the same month; for a month of everybody, the
    whole time) by empirical Bayes, the variance between cells by the method of moments (one-way random effects;
    Searle, Casella and McCulloch 1992, doi 10.1002/9780470316856).

    Parameters
    ----------
    mentions, documents, drivers : DataFrame
        The tables of these names.
    min_respondents : int
        A cell with fewer distinct respondents on the driver is suppressed: its scores are null.

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
    heard = _code_documents(documents)
    said = _share_names(join_mentions(mentions, documents, drivers))
    columns = ["voice", "driver_id", "polarity", "respondent", "period", "unit", *group_columns(said)]
    votes = cast_votes(_spread_over_cuts(said[columns]), CELL)
    cells = measure_cells(votes, CELL)
    cells = spell_columns(cells.merge(bound_shares(votes, _spread_documents(heard), cell=CELL, cut=CUT), on=CELL))
    cells["suppressed"] = cells["n_respondents"] < min_respondents
    cells["net_sentiment"] = cells["mean"].mask(cells["suppressed"])
    cells["score"] = _as_score(cells["net_sentiment"])
    cells["score_shrunk"] = _as_score(_shrink_means(cells).mask(cells["suppressed"]))
    cells = bound_means(cells)
    cells["ci_low"], cells["ci_high"] = (_as_score(cells[end].mask(cells["suppressed"])) for end in ("low", "high"))
    return cells.drop(columns=["mean", "spread", "low", "high"])


def _as_score(net_sentiment: pd.Series[float]) -> pd.Series[float]:
    return 50 + 50 * net_sentiment


def _code_documents(documents: pd.DataFrame) -> pd.DataFrame:
    """Return what scores need of the documents, names as categories."""
    cuts = ["voice", "period", "unit", *group_columns(documents)]
    return _share_names(code_columns(documents.reindex(columns=["document_id", "respondent_id", *cuts]), cuts))


def _share_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the same names, as categories, for units and every group: they come to one column."""
    names = ["unit", *group_columns(frame)]
    known = union_categoricals([frame[name].array for name in names], sort_categories=True).categories
    return frame.assign(**{name: frame[name].cat.set_categories(known) for name in names})


def _spread_over_cuts(frame: pd.DataFrame) -> pd.DataFrame:
    """Every row once for each period and cut it counts in: all, its unit, each of its groups."""
    columns = {"unit": "unit"} | {name.removeprefix(GROUP_PREFIX): name for name in group_columns(frame)}
    cuts = pd.CategoricalDtype(sorted({ALL, *columns}))
    parts = []
    for cut, column in {ALL: None, **columns}.items():
        present = frame if column is None else frame[frame[column].notna()]
        group = pd.Series(ALL, present.index, dtype=frame["unit"].dtype) if column is None else present[column]
        parts.append(present.assign(cut=pd.Series(cut, present.index, dtype=cuts), group=group))
    return spread_over_periods(pd.concat(parts, ignore_index=True).drop(columns=[*columns.values()]))


def _spread_documents(documents: pd.DataFrame) -> pd.DataFrame:
    frame = documents.drop(columns=["document_id", "respondent_id"])
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
