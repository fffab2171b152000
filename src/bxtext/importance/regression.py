"""What moves an outcome: regressions on what is mentioned, resampled over respondents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.special import fdtrc
from threadpoolctl import threadpool_limits

from bxtext.importance.decompose import ROUNDING, regress, split_explained
from bxtext.intervals import draw_weights, order_by_content
from bxtext.votes import spell_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MIN_RATED = 100  # respondents with a rating below which no effect is estimated
PER_COLUMN = 5  # respondents with a rating wanted for each column of the regression
ALPHA = 0.05
EFFECTS = {"n_positive": "reward", "n_negative": "penalty"}
FIGURES = ["derived", "ci_low", "ci_high", "reward", "penalty", "explained", "impact"]


@dataclass(frozen=True)
class Fit:
    """Regressions of the outcome, one a row: variance `explained` by each driver and `effect` of each column."""

    explained: Floats
    effect: Floats


def rate_documents(documents: pd.DataFrame) -> pd.DataFrame:
    """Return the rated documents: `outcome`, `respondent` from 0, and `vote`, their part of one vote."""
    rated = documents[["document_id", "outcome", "respondent"]].dropna().set_index("document_id").sort_index()
    rated["respondent"] = pd.factorize(rated["respondent"], sort=True)[0]
    rated["vote"] = 1 / rated.groupby("respondent")["outcome"].transform("size")
    return rated


def find_effects(  # noqa: PLR0913  two tables and their drivers, then the section's parameters
    said: pd.DataFrame,
    rated: pd.DataFrame,
    own: pd.Index[str],
    *,
    min_respondents: int,
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Return what each driver does to the outcome, or the reason why it can't be told."""
    said = said[["document_id", "driver_id", *EFFECTS]].join(rated, on="document_id", how="inner")
    said = spell_columns(said)
    n_respondents = said.groupby("driver_id")["respondent"].nunique().reindex(own, fill_value=0)
    known = n_respondents >= min_respondents
    effects = pd.DataFrame(index=own, columns=FIGURES, dtype=float)
    effects["impact"] = _impact(said, rated).reindex(own).where(known)
    effects[["kano", "reason"]] = None

    marks = _mark(said, rated, min_respondents)
    columns = marks[["driver_id", "effect", "column"]].drop_duplicates().sort_values("column", ignore_index=True)
    effects.loc[~own.isin(columns["driver_id"]), "reason"] = "does not vary enough among rated documents"
    effects.loc[~known, "reason"] = [
        f"{n} respondents with a rating; at least {min_respondents} are needed" for n in n_respondents[~known]
    ]
    sizes = columns.groupby("driver_id").size().tolist()
    reason = _too_little(rated, len(columns))
    if reason is None:
        moments = _moment_matrix(marks, rated, len(columns))
        fit = _fit(moments @ np.ones((moments.shape[1], 1)), sizes)
        reason = _no_better_than_chance(float(fit.explained.sum()), moments.shape[1], len(columns))
    if reason is not None:
        return effects.assign(reason=reason)

    spare = moments.shape[1] - 1
    effects.loc[own.isin(columns["driver_id"]), "explained"] = max(
        0.0, 1 - (1 - fit.explained.sum()) * spare / (spare - len(columns))
    )
    moments = moments[:, order_by_content(moments)]
    with threadpool_limits(1):  # hundreds of small matrices: threads only wait for one another
        draws = [_fit(moments @ w, sizes) for w in draw_weights(moments.shape[1], resamples=resamples, seed=seed)]
    drawn = Fit(np.concatenate([d.explained for d in draws]), np.concatenate([d.effect for d in draws]))
    stretch = float(np.sqrt(spare / (spare - len(columns))))
    found = _share(columns, fit, drawn, stretch).join(_asymmetry(columns, fit, drawn, stretch))
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
    by_chance = fdtrc(n_columns, spare, ratio) > ALPHA
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


def _fit(moments: Floats, sizes: Sequence[int]) -> Fit:
    """Regress the outcome and split what is explained among the drivers, for every column of `moments`."""
    size = int(np.sqrt(len(moments)))
    sums = moments.T.reshape(-1, size, size)
    sums = sums / sums[:, :1, :1]
    covariance = sums[:, 1:, 1:] - sums[:, 0, 1:, None] * sums[:, 0, None, 1:]
    deviation = np.sqrt(np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0))
    deviation[deviation < ROUNDING] = np.inf  # a column without variance in a resample explains nothing there
    correlation = covariance / deviation[:, :, None] / deviation[:, None, :]
    effect = regress(correlation) * deviation[:, :1] / deviation[:, 1:]
    return Fit(split_explained(correlation, sizes), effect)


def _bound(point: Floats, drawn: Floats, stretch: float) -> tuple[Floats, Floats]:
    """Return percentile intervals, stretched: residuals are smaller than errors, the more so the more columns."""
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0, method="weibull")
    return point - stretch * np.maximum(point - low, 0), point + stretch * np.maximum(high - point, 0)


def _share(columns: pd.DataFrame, fit: Fit, drawn: Fit, stretch: float) -> pd.DataFrame:
    """Return each driver's share of what is explained, cleared of noise, with its interval."""
    # what sampling once adds to the truth, sampling again adds to the sample
    noise = drawn.explained.mean(axis=0) - fit.explained
    parts = [np.maximum(values, 0) for values in (fit.explained - noise, drawn.explained - 2 * noise)]
    share, drawn_share = (part / np.maximum(part.sum(axis=1, keepdims=True), ROUNDING) for part in parts)
    low, high = _bound(share[0], drawn_share, stretch)
    return pd.DataFrame(
        {"derived": share[0], "ci_low": np.maximum(low, 0), "ci_high": np.minimum(high, 1)},
        index=columns["driver_id"].unique(),
    )


def _asymmetry(columns: pd.DataFrame, fit: Fit, drawn: Fit, stretch: float) -> pd.DataFrame:
    """Return reward, penalty and Kano class of each driver; a column that isn't in the regression is null."""
    names = columns["driver_id"].unique()
    point, low, high = {}, {}, {}
    for effect, sign in (("reward", 1), ("penalty", -1)):
        rows = columns[columns["effect"] == effect]
        effects = fit.effect[0, rows.index]
        bounds = _bound(sign * effects, sign * drawn.effect[:, rows.index], stretch)
        point[effect], low[effect], high[effect] = (
            pd.Series(values, index=rows["driver_id"]).reindex(names) for values in (effects, *bounds)
        )
    rewards, punishes = low["reward"] > 0, low["penalty"] > 0
    kano = np.select(
        [rewards & punishes, rewards & (low["reward"] > high["penalty"]), punishes & (low["penalty"] > high["reward"])],
        ["performance", "delighter", "must_be"],
        default="undetermined",
    )
    return pd.DataFrame(point).assign(kano=kano)
