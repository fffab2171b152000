"""Stage 7, scores: how much each driver matters: what people say, and what moves their own rating."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.stats import f as fisher

from bxtext.tables import TABLES, VOICES
from bxtext.votes import draw_weights, join_mentions, number_respondents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MIN_RATED = 100  # respondents with a rating below which no effect is estimated
PER_COLUMN = 5  # respondents with a rating wanted for each column of the regression
ALPHA = 0.05
OWN_SIDES = {"customer": ("cx", "bx"), "employee": ("ex", "bx")}
EFFECTS = {"n_positive": "reward", "n_negative": "penalty"}
ROUNDING = 1e-9  # a sum or a deviation below this is rounding


@dataclass(frozen=True)
class Fit:
    """Regressions of the outcome, one a row: variance `explained` and `effect` of each column."""

    explained: Floats
    effect: Floats


def weigh_drivers(  # noqa: PLR0913  three tables, then the section's parameters
    mentions: pd.DataFrame,
    documents: pd.DataFrame,
    drivers: pd.DataFrame,
    *,
    min_respondents: int = 5,
    resamples: int = 500,
    seed: int = 7,
) -> pd.DataFrame:
    """Return the `importance` table: each voice's own drivers, outcomes left out.

    `stated` is the share of documents that mention a driver. `derived` is its share of what the drivers explain of
    the outcome: the outcome is regressed on "mentioned positively" and "mentioned negatively" (a mixed mention is
    both) of every driver, a respondent weighs one whatever they wrote, and the variance explained is split by
    Johnson's relative weights (2000, doi 10.1207/S15327906MBR3501_1), the two columns of a driver added up. Relative
    weights can't be negative, so noise adds to each; the bootstrap says how much, and that much is taken away.

    `reward` and `penalty` are the coefficients of the two columns. A driver is `must_be` when only the penalty's
    interval lies below 0, `delighter` when only the reward's lies above, and when in both cases the interval of
    their difference in size leaves out 0 as well (a weak proof of one isn't proof of no effect of the other);
    `performance` when both do; else `undetermined`.

    `weight` is `derived`; a driver without one keeps its share of all that is said, and the others share the rest.
    Without any `derived` the weights are the shares of what is said.

    Parameters
    ----------
    mentions, documents, drivers : DataFrame
        The tables of these names.
    min_respondents : int
        Fewer respondents who mention a driver, or mention it with one sign: no effect is estimated for it.
    resamples : int
        Poisson bootstrap resamples over respondents, for the intervals.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    DataFrame
        The table `importance`; effects on the scale of the outcome, [0, 1].

    Examples
    --------
    >>> documents = pd.DataFrame({"document_id": ["a", "b"], "voice": "customer"})
    >>> mentions = pd.DataFrame({"document_id": ["a", "a", "b"], "driver_id": ["cx.x", "cx.y", "cx.x"],
    ...     "polarity": 1.0, "n_positive": 1, "n_negative": 0, "actor": "process"})
    >>> drivers = pd.DataFrame({"driver_id": ["cx.x", "cx.y"], "tier": "core", "side": "cx"})
    >>> weigh_drivers(mentions, documents, drivers)[["stated", "weight", "reason"]].values.tolist()[1]
    [0.5, 0.3333333333333333, '0 respondents with a rating; at least 100 are needed']
    """
    said = join_mentions(mentions, documents, drivers)
    respondent = number_respondents(documents)
    parts = []
    for voice in VOICES:
        spoken = documents[documents["voice"] == voice]
        is_own = drivers["side"].isin(OWN_SIDES[voice]) & (drivers["tier"] != "outcome")
        own = pd.Index(sorted(drivers.loc[is_own, "driver_id"]), name="driver_id")
        if spoken.empty or own.empty:
            continue
        own_said = said[(said["voice"] == voice) & said["driver_id"].isin(own)]
        stated = own_said["driver_id"].value_counts().reindex(own, fill_value=0) / len(spoken)
        effects = _find_effects(
            own_said, _rate(spoken, respondent), own, min_respondents=min_respondents, resamples=resamples, seed=seed
        )
        weight = _weight(stated, effects["derived"])
        parts.append(effects.assign(voice=voice, stated=stated, weight=weight).reset_index())
    empty = pd.DataFrame(columns=[column.name for column in TABLES["importance"].columns])
    return pd.concat(parts, ignore_index=True) if parts else empty


def _rate(documents: pd.DataFrame, respondent: pd.Series[int]) -> pd.DataFrame:
    """Return the rated documents: `outcome`, `respondent` from 0, and `vote`, their part of one vote."""
    rated = documents.reindex(columns=["document_id", "outcome"]).dropna().set_index("document_id").sort_index()
    rated["respondent"] = pd.factorize(respondent.reindex(rated.index), sort=True)[0]
    rated["vote"] = 1 / rated.groupby("respondent")["outcome"].transform("size")
    return rated


def _find_effects(  # noqa: PLR0913  two tables and their drivers, then the section's parameters
    said: pd.DataFrame,
    rated: pd.DataFrame,
    own: pd.Index[str],
    *,
    min_respondents: int,
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Return what each driver does to the outcome, or the reason why it can't be told."""
    said = said.drop(columns="respondent").join(rated, on="document_id", how="inner")
    n_respondents = said.groupby("driver_id")["respondent"].nunique().reindex(own, fill_value=0)
    known = n_respondents >= min_respondents
    effects = pd.DataFrame(index=own, columns=["derived", "ci_low", "ci_high", "reward", "penalty"], dtype=float)
    effects["impact"] = _impact(said, rated).reindex(own).where(known)
    effects[["kano", "reason"]] = None

    marks = _mark(said, rated, min_respondents)
    columns = marks[["driver_id", "effect", "column"]].drop_duplicates().sort_values("column", ignore_index=True)
    effects.loc[~own.isin(columns["driver_id"]), "reason"] = "does not vary enough among rated documents"
    effects.loc[~known, "reason"] = [
        f"{n} respondents with a rating; at least {min_respondents} are needed" for n in n_respondents[~known]
    ]
    reason = _too_little(rated, len(columns))
    if reason is None:
        moments = _moment_matrix(marks, rated, len(columns))
        fit = _fit(moments @ np.ones((moments.shape[1], 1)))
        reason = _no_better_than_chance(float(fit.explained.sum()), moments.shape[1], len(columns))
    if reason is not None:
        return effects.assign(reason=reason)

    draws = [_fit(moments @ w) for w in draw_weights(moments.shape[1], resamples=resamples, seed=seed)]
    drawn = Fit(np.concatenate([d.explained for d in draws]), np.concatenate([d.effect for d in draws]))
    found = _share(columns, fit, drawn).join(_asymmetry(columns, fit, drawn))
    effects.loc[found.index, found.columns] = found
    return effects


def _impact(said: pd.DataFrame, rated: pd.DataFrame) -> pd.Series[float]:
    """Return the mean outcome minus the mean outcome without the documents that mention a driver."""
    votes, outcome = rated["vote"].sum(), (rated["vote"] * rated["outcome"]).sum()
    mentioned = said.assign(outcome=said["vote"] * said["outcome"]).groupby("driver_id")[["vote", "outcome"]].sum()
    others = votes - mentioned["vote"]
    return outcome / max(votes, ROUNDING) - (outcome - mentioned["outcome"]) / others.where(others > ROUNDING)


def _mark(said: pd.DataFrame, rated: pd.DataFrame, min_respondents: int) -> pd.DataFrame:
    """Return the cells of the regression that are 1: rows of `said` by effect, with the number of their `column`.

    A column needs enough respondents, and documents without it.
    """
    marks = pd.concat([said[said[count] > 0].assign(effect=effect) for count, effect in EFFECTS.items()])
    grouped = marks.groupby(["driver_id", "effect"])
    enough = grouped["respondent"].transform("nunique") >= min_respondents
    varies = grouped["document_id"].transform("size") < len(rated)
    marks = marks[enough & varies]
    return marks.assign(column=marks.groupby(["driver_id", "effect"]).ngroup())


def _too_little(rated: pd.DataFrame, n_columns: int) -> str | None:
    """Return why no regression can be had from these ratings, if so."""
    n = rated["respondent"].nunique()
    if n < MIN_RATED:
        return f"{n} respondents with a rating; at least {MIN_RATED} are needed"
    if np.ptp(rated["outcome"]) < ROUNDING:
        return "the outcome does not vary"
    if n <= PER_COLUMN * n_columns:
        return f"{n} respondents with a rating; more than {PER_COLUMN * n_columns} are needed for {n_columns} columns"
    return "no driver is mentioned often enough with a rating" if n_columns == 0 else None


def _no_better_than_chance(explained: float, n: int, n_columns: int) -> str | None:
    """Return a reason when the F test of the whole regression finds nothing: shares of nothing mean nothing."""
    spare = n - n_columns - 1
    ratio = explained / n_columns / max((1 - explained) / spare, ROUNDING)
    by_chance = fisher.sf(ratio, n_columns, spare) > ALPHA
    return "the drivers explain no more of the outcome than chance would" if by_chance else None


def _moment_matrix(marks: pd.DataFrame, rated: pd.DataFrame, n_columns: int) -> csr_array:
    """Return each respondent's part of every sum of products of two columns, (columns + 2)² x respondents.

    The first two columns are the constant and the outcome. A document mentions few drivers, so its products are
    few, and one matrix product with the weights gives the cross-products of every resample.
    """
    size = n_columns + 2
    document = pd.Series(range(len(rated)), index=rated.index)
    marked = document.loc[marks["document_id"]].to_numpy()
    cells = pd.concat(
        [
            pd.DataFrame({"document": document, "column": 0, "value": 1.0}),
            pd.DataFrame({"document": document, "column": 1, "value": rated["outcome"]}),
            pd.DataFrame({"document": marked, "column": marks["column"].to_numpy() + 2, "value": 1.0}),
        ],
        ignore_index=True,
    )
    pairs = cells.merge(cells, on="document")
    vote, respondent = (rated[name].to_numpy()[pairs["document"]] for name in ("vote", "respondent"))
    products = vote * pairs["value_x"].to_numpy() * pairs["value_y"].to_numpy()
    place = pairs["column_x"].to_numpy() * size + pairs["column_y"].to_numpy()
    return csr_array((products, (place, respondent)), shape=(size**2, int(respondent.max()) + 1))


def _fit(moments: Floats) -> Fit:
    """Regress the outcome and split what is explained by relative weights, for every column of `moments`."""
    size = int(np.sqrt(len(moments)))
    sums = moments.T.reshape(-1, size, size)
    sums = sums / sums[:, :1, :1]
    covariance = sums[:, 1:, 1:] - sums[:, 0, 1:, None] * sums[:, 0, None, 1:]
    deviation = np.sqrt(np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0))
    deviation[deviation < ROUNDING] = np.inf  # a column without variance in a resample explains nothing there
    correlation = covariance / deviation[:, :, None] / deviation[:, None, :]
    values, vectors = np.linalg.eigh(correlation[:, 1:, 1:])
    root = np.sqrt(np.maximum(values, 0))
    inverse = np.divide(1, root, out=np.zeros_like(root), where=root > 1e-5)
    with_outcome = np.einsum("bij,bi->bj", vectors, correlation[:, 1:, 0]) * inverse
    orthogonal = np.einsum("bij,bj->bi", vectors, with_outcome)
    loading = (vectors * root[:, None, :]) @ vectors.transpose(0, 2, 1)
    explained = np.einsum("bij,bj->bi", loading**2, orthogonal**2)
    effect = np.einsum("bij,bj->bi", vectors, with_outcome * inverse) * deviation[:, :1] / deviation[:, 1:]
    return Fit(explained, effect)


def _share(columns: pd.DataFrame, fit: Fit, drawn: Fit) -> pd.DataFrame:
    """Return each driver's share of what is explained, cleared of noise, with its interval."""
    names, code = np.unique(columns["driver_id"], return_inverse=True)
    gather = np.eye(len(names))[code]
    point, resampled = fit.explained @ gather, drawn.explained @ gather
    noise = resampled.mean(axis=0) - point  # what sampling once adds to the truth, sampling again adds to the sample
    shares = [np.maximum(values, 0) for values in (point - noise, resampled - 2 * noise)]
    share, resampled_share = (values / np.maximum(values.sum(axis=1, keepdims=True), ROUNDING) for values in shares)
    low, high = np.quantile(resampled_share, [0.025, 0.975], axis=0)
    return pd.DataFrame(
        {"derived": share[0], "ci_low": np.minimum(low, share[0]), "ci_high": np.maximum(high, share[0])}, index=names
    )


def _asymmetry(columns: pd.DataFrame, fit: Fit, drawn: Fit) -> pd.DataFrame:
    """Return reward, penalty and Kano class of each driver; a column that isn't in the regression is null."""
    names = columns["driver_id"].unique()
    point, size = {}, {}
    for effect, sign in (("reward", 1), ("penalty", -1)):
        rows = columns[columns["effect"] == effect]
        point[effect] = pd.Series(fit.effect[0, rows.index], index=rows["driver_id"]).reindex(names)
        drawn_size = pd.DataFrame(sign * drawn.effect[:, rows.index], columns=rows["driver_id"])
        size[effect] = drawn_size.reindex(columns=names)
    rewards, punishes = (size[effect].quantile(0.025).to_numpy() > 0 for effect in ("reward", "penalty"))
    difference = size["reward"] - size["penalty"]
    more, less = difference.quantile(0.025).to_numpy() > 0, difference.quantile(0.975).to_numpy() < 0
    kano = np.select(
        [rewards & punishes, rewards & more, punishes & less],
        ["performance", "delighter", "must_be"],
        default="undetermined",
    )
    return pd.DataFrame(point).assign(kano=kano)


def _weight(stated: pd.Series[float], derived: pd.Series[float]) -> pd.Series[float]:
    """Return weights that add up to 1: derived importance, the drivers without one keeping their share of the talk."""
    said = stated / stated.sum() if stated.sum() > 0 else stated * np.nan
    return said.where(derived.isna(), derived * (1 - said[derived.isna()].sum()))
