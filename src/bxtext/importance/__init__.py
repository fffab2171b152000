"""Stage 7, scores: how much each driver matters: what people say, and what moves their own rating."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bxtext.importance.regression import find_effects, rate_documents
from bxtext.intervals import bound_shares
from bxtext.tables import TABLES, VOICES
from bxtext.votes import cast_votes, code_columns, join_mentions, number_respondents, spell_columns

__all__ = ["weigh_drivers"]

OWN_SIDES = {"customer": ("cx", "bx"), "employee": ("ex", "bx")}


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
    both) of every driver, a respondent weighs one whatever they wrote, and the variance explained is split among the
    drivers over all orders of entry (LMG; Grömping 2006, doi 10.18637/jss.v017.i01), above 12 drivers by Johnson's
    relative weights (2000, doi 10.1207/S15327906MBR3501_1). Neither can be negative, so noise adds to each; the
    bootstrap says how much, and that much is taken away. `explained` is what all of them explain together: R²,
    adjusted for their number.

    `place` sets what is said against what matters, each held against its even share, which is that of a driver if all
    were said, or mattered, alike. It is told from the two intervals: `decisive` when a driver is above both,
    `latent` when it is seldom said and yet matters, `familiar` when often said and matters little, `minor` when below
    both; else `undetermined`.

    `reward` and `penalty` are the coefficients of the two columns. A driver is `must_be` when only the penalty's
    interval lies below 0, `delighter` when only the reward's lies above, and when in both cases the intervals of their
    sizes don't meet (a weak proof of one isn't proof of no effect of the other); `performance` when both do; else
    `undetermined`.

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
    written = code_columns(documents.reindex(columns=["document_id", "voice", "outcome"]), ["voice"])
    written["respondent"] = number_respondents(documents).to_numpy()
    parts = []
    for voice in VOICES:
        spoken = written[written["voice"] == voice]
        is_own = drivers["side"].isin(OWN_SIDES[voice]) & (drivers["tier"] != "outcome")
        own = pd.Index(sorted(drivers.loc[is_own, "driver_id"]), name="driver_id")
        if spoken.empty or own.empty:
            continue
        own_said = said[(said["voice"] == voice) & said["driver_id"].isin(own)]
        effects = find_effects(
            own_said,
            rate_documents(spoken),
            own,
            min_respondents=min_respondents,
            resamples=resamples,
            seed=seed,
        )
        weighed = effects.join(_state(own_said, spoken))
        weighed["stated"] = weighed["stated"].fillna(0.0)  # nobody speaks of it
        weighed["weight"] = _weight(weighed["stated"], weighed["derived"])
        parts.append(weighed.assign(voice=voice, place=_place(weighed)).reset_index())
    empty = pd.DataFrame(columns=[column.name for column in TABLES["importance"].columns])
    return pd.concat(parts, ignore_index=True) if parts else empty


def _state(said: pd.DataFrame, spoken: pd.DataFrame) -> pd.DataFrame:
    """Return how often each driver is said, by driver, with the interval."""
    votes = cast_votes(said, ["voice", "driver_id"])
    shares = spell_columns(bound_shares(votes, spoken, cell=["voice", "driver_id"], cut=["voice"]))
    names = {"share": "stated", "share_low": "stated_low", "share_high": "stated_high"}
    return shares.set_index("driver_id")[[*names]].rename(columns=names)


def _place(weighed: pd.DataFrame) -> pd.Series[str]:
    """Return the quadrant of each driver, told from its intervals; null without derived importance."""
    ranked = weighed["derived"].notna()
    often, matters = weighed.loc[ranked, "stated"].mean(), 1 / max(ranked.sum(), 1)
    is_often, is_seldom = weighed["stated_low"] > often, weighed["stated_high"] < often
    is_strong, is_weak = weighed["ci_low"] > matters, weighed["ci_high"] < matters
    place = np.select(
        [is_often & is_strong, is_seldom & is_strong, is_often & is_weak, is_seldom & is_weak],
        ["decisive", "latent", "familiar", "minor"],
        default="undetermined",
    )
    return pd.Series(place, index=weighed.index).where(ranked)


def _weight(stated: pd.Series[float], derived: pd.Series[float]) -> pd.Series[float]:
    """Return weights that add up to 1: derived importance, the drivers without one keeping their share of the talk."""
    said = stated / stated.sum() if stated.sum() > 0 else stated * np.nan
    return said.where(derived.isna(), derived * (1 - said[derived.isna()].sum()))
