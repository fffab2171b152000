"""Emerging themes: those of which more people speak than the months before let expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import chi2, false_discovery_control, nbinom, norm

from bxtext.groups import group_rows
from bxtext.tables import TABLES, VOICES
from bxtext.themes.signatures import theme_voice
from bxtext.votes import join_themes, number_respondents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CAUTION = 0.1  # chance that the themes of a voice swing even more than they are taken to
OWN_CAUTION = 0.35  # the same for one theme by itself, whose months say less
ASSUMED_SWING = 0.25  # squared, relative: where no other theme shows how much it swings, by half of its size
MOST_SWING = 25.0
ENOUGH_PEOPLE = 5  # a month: Pearson's statistic says little of rarer themes
HALF = 0.5  # of a person, so that what nobody spoke of has a rate
NEW = ("born", "split")  # changes that give a theme an id of its own: the months before it are told by its own rule
Z = float(norm.ppf(0.975))
FIGURES = ("rate_before", "rate", "ratio", "ci_low", "ci_high", "p_value", "q_value")


def count_speakers(segment_themes: pd.DataFrame, segments: pd.DataFrame, documents: pd.DataFrame) -> pd.DataFrame:
    """Count the people who speak of each theme, month by month.

    Parameters
    ----------
    segment_themes, segments, documents : DataFrame
        The tables of these names; earlier months may be among them. Documents without a month don't count.

    Returns
    -------
    DataFrame
        The table `theme_periods`: every theme with every month of its voice, nobody counted twice.

    Examples
    --------
    >>> documents = pd.DataFrame({"document_id": ["a", "b"], "voice": "customer", "period": ["2026-01", "2026-02"]})
    >>> segments = pd.DataFrame({"segment_id": ["a:0", "b:0"], "document_id": ["a", "b"]})
    >>> placed = pd.DataFrame({"segment_id": ["a:0", "b:0"], "theme_id": ["customer-01", None]})
    >>> count_speakers(placed, segments, documents)["n_respondents"].tolist()
    [1, 0]
    """
    known = documents.reindex(columns=["document_id", "voice", "period"])
    known["respondent"] = number_respondents(documents).to_numpy()
    known = known[known["period"].notna()]
    heard = known.groupby(["voice", "period"])["respondent"].nunique().rename("n_heard").reset_index()
    themes = pd.DataFrame({"theme_id": sorted(segment_themes["theme_id"].dropna().unique())}, dtype="str")
    themes["voice"] = theme_voice(themes["theme_id"])
    spoken = join_themes(segment_themes, segments, known, ["period", "respondent"])
    heads = group_rows(group_rows(spoken, ["theme_id", "period", "respondent"]).names, ["theme_id", "period"])
    people = heads.names.assign(n_respondents=heads.sizes)
    every = themes.merge(heard, on="voice").merge(people, on=["theme_id", "period"], how="left")
    every["n_respondents"] = every["n_respondents"].fillna(0).astype("int64")
    columns = [column.name for column in TABLES["theme_periods"].columns]
    return every.sort_values(["theme_id", "period"], ignore_index=True)[columns]


def find_emerging(  # noqa: PLR0913  the parameters of the section `emerging`
    theme_periods: pd.DataFrame,
    theme_changes: pd.DataFrame,
    *,
    min_respondents: int = 10,
    min_periods: int = 3,
    max_periods: int = 12,
    false_alarms: float = 0.05,
) -> pd.DataFrame:
    """Find the themes of which more people speak in the latest month than the months before let expect.

    The people who speak of a theme follow a negative binomial law (Hilbe 2011, doi 10.1017/CBO9780511973420) whose
    mean is the theme's rate over the months before times the people heard, so that busy months raise no alarm. How
    much themes swing by themselves is read off those months: for all themes of a voice together the largest swing
    that Pearson's statistic doesn't contradict, and for a theme that swings more, its
    own. The rate is as unsure as
    its months are few. One-sided p-values, Benjamini-Hochberg over all themes of the run (Benjamini and Hochberg
    1995, doi 10.1111/j.2517-6161.1995.tb02031.x): where nothing moves, at most a share `false_alarms` of the runs
    raise any alarm.

    Parameters
    ----------
    theme_periods : DataFrame
        The table of this name.
    theme_changes : DataFrame
        The table of this name: a theme new to the registry needs one month before it only, in which hardly anybody
        spoke of it; where these are fewer than `min_periods`, it is taken to swing as the others do.
    min_respondents : int
        Fewer people in the latest month raise no alarm.
    min_periods : int
        Months before the latest that a theme needs.
    max_periods : int
        Months looked back at most.
    false_alarms : float
        Share of runs without any change that may raise an alarm.

    Returns
    -------
    DataFrame
        The table `emerging_themes`: one row a theme.

    Examples
    --------
    >>> months = ["2026-01", "2026-02", "2026-03", "2026-04"]
    >>> counts = pd.DataFrame({"theme_id": "customer-01", "period": months, "n_respondents": [20, 22, 19, 60]})
    >>> changes = pd.DataFrame({"theme_id": ["customer-01"], "change": ["kept"]})
    >>> find_emerging(counts.assign(n_heard=200), changes)["verdict"].tolist()
    ['emerging']
    """
    change = dict(zip(theme_changes["theme_id"], theme_changes["change"], strict=True))
    tested = [
        _test_voice(own, change, min_periods, max_periods)
        for voice in VOICES
        if len(own := theme_periods[theme_periods["theme_id"].str.startswith(f"{voice}-")])
    ]
    columns = [column.name for column in TABLES["emerging_themes"].columns]
    if not tested:
        return pd.DataFrame(columns=columns)
    found = pd.concat(tested, ignore_index=True)
    enough = found["p_value"].notna()
    found["q_value"] = np.nan
    if enough.any():
        found.loc[enough, "q_value"] = false_discovery_control(found.loc[enough, "p_value"])
    risen = enough & (found["q_value"] <= false_alarms) & (found["n_respondents"] >= min_respondents)
    found["verdict"] = np.select([~enough, risen], ["not_enough_data", "emerging"], "stable")
    needed = np.where(found["change"].isin(NEW), 1, min_periods)
    found["reason"] = [
        None if known else f"{n} earlier months; at least {need} are needed"
        for known, n, need in zip(enough, found["n_periods"], needed, strict=True)
    ]
    return found.reindex(columns=columns).sort_values("theme_id", ignore_index=True)


def _test_voice(counts: pd.DataFrame, change: dict[str, str], min_periods: int, max_periods: int) -> pd.DataFrame:
    """Compare the latest month of one voice with those before it; no figure where they are too few."""
    people = counts.pivot_table(index="theme_id", columns="period", values="n_respondents", aggfunc="sum")
    heard = counts.groupby("period")["n_heard"].first().sort_index().to_numpy(dtype=float)[-max_periods - 1 :]
    spoke = people.to_numpy(dtype=float)[:, -max_periods - 1 :]
    before, now, n_before = spoke[:, :-1], spoke[:, -1], heard[:-1]
    found = pd.DataFrame({"theme_id": people.index.astype("str"), "period": str(people.columns[-1])})
    found["change"] = found["theme_id"].map(change).fillna("born")
    found["n_respondents"], found["n_heard"] = now.astype(int), int(heard[-1])
    found["n_periods"] = len(n_before)
    if not len(n_before):
        return found.assign(p_value=np.nan)
    rate = (before.sum(axis=1) + HALF) / n_before.sum()
    if len(n_before) >= min_periods:
        swing = measure_swing(before, n_before)
    else:  # the others show how much themes swing from month to month, the latest included
        swing = np.array([share_swing(np.delete(spoke, row, axis=0), heard) for row in range(len(spoke))])
    expected = rate * heard[-1]
    unsure = 1 / (before.sum(axis=1) + HALF) + swing * (n_before**2).sum() / n_before.sum() ** 2
    found["p_value"] = exceedance(now, expected, swing + unsure)
    found["rate_before"], found["rate"] = rate, now / heard[-1]
    found["ratio"] = (now + HALF) / heard[-1] / rate
    reach = Z * np.sqrt(1 / (now + HALF) + swing + unsure)
    found["ci_low"], found["ci_high"] = found["ratio"] * np.exp(-reach), found["ratio"] * np.exp(reach)
    needed = np.where(found["change"].isin(NEW), 1, min_periods)
    found.loc[found["n_periods"] < needed, [name for name in FIGURES if name in found]] = np.nan
    return found


def exceedance(count: Floats, expected: Floats, swing: Floats) -> Floats:
    """Return the chance of at least `count` where `expected` are, and the variance is expected + swing x expected².

    Examples
    --------
    >>> exceedance(np.array([0.0, 30.0]), np.array([10.0, 10.0]), np.array([0.1, 0.1])).round(4).tolist()
    [1.0, 0.0005]
    """
    size = 1 / np.maximum(swing, 1e-9)
    chance: Floats = nbinom.sf(count - 1, size, size / (size + expected))
    return chance


def measure_swing(people: Floats, heard: Floats) -> Floats:
    """Return how much each theme swings from month to month beyond chance: squared, relative to its size.

    Parameters
    ----------
    people : ndarray of shape (n_themes, n_months)
        Who speaks of each theme.
    heard : ndarray of shape (n_months,)
        Who is heard at all.

    Returns
    -------
    ndarray of shape (n_themes,)
        The swing that all themes share (`share_swing`), or a theme's own upper 65 % limit where that is larger.

    Examples
    --------
    >>> people = np.random.default_rng(7).poisson(30, (10, 8))
    >>> bool(np.median(measure_swing(people, np.full(8, 500.0))) < 0.05)
    True
    """
    target = float(chi2.ppf(OWN_CAUTION, people.shape[1] - 1))
    expected = _expect(people, heard)
    own = [_solve_swing(counts, means, target) for counts, means in zip(people, expected, strict=True)]
    return np.maximum(own, share_swing(people, heard))


def share_swing(people: Floats, heard: Floats) -> float:
    """Return the upper 90 % limit of the swing that all themes share; by half of their size where there is no theme.

    Themes of fewer than five people a month say little of it, and are heard only where there is no other.
    """
    if not len(people):
        return ASSUMED_SWING
    expected = _expect(people, heard)
    telling = expected.mean(axis=1) >= ENOUGH_PEOPLE
    telling = telling if telling.any() else np.full(len(people), fill_value=True)
    target = float(chi2.ppf(CAUTION, (people.shape[1] - 1) * telling.sum()))
    return _solve_swing(people[telling], expected[telling], target)


def _expect(people: Floats, heard: Floats) -> Floats:
    """Return how many people would speak of each theme in each month, did it not swing."""
    expected: Floats = people.sum(axis=1, keepdims=True) * heard / heard.sum()
    return expected


def _solve_swing(people: Floats, expected: Floats, target: float) -> float:
    """Return the swing at which Pearson's statistic is `target`; 0 where even without swing it is less."""
    squares = (people - expected)[expected > 0] ** 2
    means = expected[expected > 0]

    def excess(swing: float) -> float:
        return float((squares / (means + swing * means**2)).sum()) - target

    if excess(0.0) <= 0:
        return 0.0
    return MOST_SWING if excess(MOST_SWING) > 0 else float(brentq(excess, 0.0, MOST_SWING))
