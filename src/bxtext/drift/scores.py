"""Scores and shares of drivers: those of new comments against earlier ones, and comments that were read anew."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from bxtext.drift.samples import adjust, as_tests, bound_gap, weigh_means, weigh_shares
from bxtext.tables import ALL
from bxtext.votes import cast_votes, join_mentions, measure_cells, number_respondents, spell_columns

CELL = ["voice", "driver_id"]
Z = float(norm.ppf(0.975))


def compare_scores(
    now: tuple[pd.DataFrame, pd.DataFrame],
    before: tuple[pd.DataFrame, pd.DataFrame],
    drivers: pd.DataFrame,
    *,
    min_respondents: int,
) -> pd.DataFrame:
    """Test whether the score of each driver, and the share of people who mention it, differ.

    Parameters
    ----------
    now, before : tuple of DataFrame
        The tables `mentions` and `documents` of new and of earlier comments.
    drivers : DataFrame
        The table of this name.
    min_respondents : int
        People a test needs on either side: for a score those who mention the driver, for a share all of the voice.

    Returns
    -------
    DataFrame
        One row a voice, driver and kind, `score` (0 to 100) or `share` (0 to 1); `p_value` is null with a `reason`;
        `ci_low` and `ci_high` are the 95 % interval of a score's change.
    """
    fresh, earlier = (_measure(mentions, documents, drivers) for mentions, documents in (now, before))
    both = fresh.join(earlier, how="outer", lsuffix="_now", rsuffix="_before")
    both[["n_now", "n_before"]] = both[["n_now", "n_before"]].fillna(0).astype(int)
    voices = pd.DataFrame({"all_now": _people(now[1]), "all_before": _people(before[1])}).fillna(0).astype(int)
    both = both.reset_index().merge(voices, left_on="voice", right_index=True)
    both = both.rename(columns={"driver_id": "subject"})

    said = both[(both["n_now"] > 0) & (both["n_before"] > 0)]
    now_side, before_side = (
        said[[f"n{side}", f"mean{side}", f"spread{side}"]].set_axis(["n", "mean", "spread"], axis=1)
        for side in ("_now", "_before")
    )
    low, high = bound_gap(now_side, before_side)
    scores = said.assign(
        now=50 + 50 * said["mean_now"],
        before=50 + 50 * said["mean_before"],
        ci_low=50 * low,
        ci_high=50 * high,
        p_value=weigh_means(now_side, before_side),
    )
    heard = both[(both["all_now"] > 0) & (both["all_before"] > 0)]
    counts = [heard[name] for name in ("n_now", "all_now", "n_before", "all_before")]
    shares = heard.assign(
        now=heard["n_now"] / heard["all_now"],
        before=heard["n_before"] / heard["all_before"],
        p_value=weigh_shares(*counts),
        n_now=heard["all_now"],
        n_before=heard["all_before"],
    )
    kinds = {"score": scores, "share": shares}
    return pd.concat([as_tests(one, kind, min_respondents=min_respondents) for kind, one in kinds.items()])


def compare_told(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Compare the scores that two reports told, over everybody and the whole time, by their intervals alone.

    Who reads a report has no comments to count; nor has it, once they are cleared away. The two runs may share
    comments; their difference is then surer than what its intervals say, never less.

    Parameters
    ----------
    now, before : DataFrame
        The tables `driver_scores` as they were published.

    Returns
    -------
    DataFrame
        `voice`, `driver_id`, `before`, `now`, `change`, and `q`, Benjamini and Hochberg's over all drivers; the
        strongest evidence first.

    Examples
    --------
    >>> scores = pd.DataFrame({"voice": ["customer"], "driver_id": "cx.a", "cut": "all", "period": "all",
    ...     "suppressed": False, "score": 60.0, "ci_low": 58.0, "ci_high": 62.0})
    >>> compare_told(scores, scores.assign(score=50.0, ci_low=48.0, ci_high=52.0))["change"].tolist()
    [10.0]
    """
    both = _told(now).merge(_told(before), on=CELL, suffixes=("", "_before"))
    now_error, before_error = ((both[f"ci_high{end}"] - both[f"ci_low{end}"]) / (2 * Z) for end in ("", "_before"))
    error = np.sqrt(now_error**2 + before_error**2)
    compared = both[CELL].assign(before=both["score_before"], now=both["score"])
    compared["change"] = compared["now"] - compared["before"]
    z: pd.Series[float] = (compared["change"].abs() / error).where(error > 0)  # an interval without width tells nothing
    compared["q"] = adjust(pd.Series(2 * norm.sf(z), index=z.index))
    return compared.sort_values(["q", *CELL], ignore_index=True)


def _told(scores: pd.DataFrame) -> pd.DataFrame:
    everybody = (scores["cut"] == ALL) & (scores["period"] == ALL) & ~scores["suppressed"].astype(bool)
    return scores.loc[everybody & scores["score"].notna(), [*CELL, "score", "ci_low", "ci_high"]]


def compare_reading(now: pd.DataFrame, before: pd.DataFrame, documents: pd.DataFrame) -> pd.DataFrame:
    """Say which drivers two runs found differently in the same comments: only the rules of reading can have changed.

    Parameters
    ----------
    now, before : DataFrame
        The table `mentions` of both runs.
    documents : DataFrame
        The documents that both hold.

    Returns
    -------
    DataFrame
        `voice`, `subject` (driver), `before` and `now` (mentions), `share_changed` of all mentions in either run;
        drivers that did not change are left out.
    """
    found = [
        frame[["document_id", "driver_id", "polarity"]].merge(documents[["document_id", "voice"]], on="document_id")
        for frame in (now, before)
    ]
    both = found[0].merge(
        found[1], on=["document_id", "voice", "driver_id"], how="outer", suffixes=("_now", "_before"), indicator="side"
    )
    both["changed"] = (both["side"] != "both") | ((both["polarity_now"] - both["polarity_before"]).abs() > 1e-9)
    counts = both.groupby(CELL, as_index=False).agg(
        before=("polarity_before", "count"), now=("polarity_now", "count"), share_changed=("changed", "mean")
    )
    return counts[counts["share_changed"] > 0].rename(columns={"driver_id": "subject"}).reset_index(drop=True)


def _measure(mentions: pd.DataFrame, documents: pd.DataFrame, drivers: pd.DataFrame) -> pd.DataFrame:
    """People on each driver, mean and spread of their votes."""
    cells = spell_columns(measure_cells(cast_votes(join_mentions(mentions, documents, drivers), CELL), CELL))
    return cells.rename(columns={"n_respondents": "n"}).set_index(CELL)[["n", "mean", "spread"]]


def _people(documents: pd.DataFrame) -> pd.Series[int]:
    who = number_respondents(documents).to_numpy()
    return documents.assign(who=who).groupby("voice")["who"].nunique()
