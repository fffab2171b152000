"""What comments are like, whatever they say: how many, in which language, how long, what is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import t

from bxtext.drift.samples import COLUMNS, as_tests, weigh_means, weigh_shares

TRAITS = ("date", "respondent_id", "unit", "outcome")  # columns that a comment may lack
MIN_SPANS = 5  # earlier spans of the same length that tell how much the volume varies


def compare_inputs(now: pd.DataFrame, before: pd.DataFrame, *, min_respondents: int) -> pd.DataFrame:
    """Test whether new documents are like earlier ones.

    Parameters
    ----------
    now, before : DataFrame
        Documents: the new ones and the earlier ones.
    min_respondents : int
        Documents a test needs on either side.

    Returns
    -------
    DataFrame
        One row a voice and trait: kinds `language` (share of it), `missing` (share), `length` (mean of log words) and
        `volume` (documents a span as long as that of the new ones).
    """
    voices = sorted(set(now["voice"]) & set(before["voice"]))
    return pd.concat(
        [
            test
            for voice in voices
            for test in _compare_voice(
                now[now["voice"] == voice], before[before["voice"] == voice], voice, min_respondents
            )
        ]
        or [pd.DataFrame(columns=COLUMNS)],
        ignore_index=True,
    )


def _compare_voice(now: pd.DataFrame, before: pd.DataFrame, voice: str, min_respondents: int) -> list[pd.DataFrame]:
    columns = [name for name in TRAITS if name in now and name in before]
    missing = pd.DataFrame({"now": now[columns].isna().sum(), "before": before[columns].isna().sum()})
    languages = pd.DataFrame({"now": now["language"].value_counts(), "before": before["language"].value_counts()})
    tests = []
    for kind, counts in (("missing", missing), ("language", languages.fillna(0))):
        frame = pd.DataFrame(
            {
                "voice": voice,
                "subject": counts.index.astype("str"),
                "now": (counts["now"] / len(now)).to_numpy(),
                "before": (counts["before"] / len(before)).to_numpy(),
                "n_now": len(now),
                "n_before": len(before),
                "p_value": weigh_shares(counts["now"], len(now), counts["before"], len(before)),
            }
        )
        tests.append(as_tests(frame, kind, min_respondents=min_respondents))
    tests.append(as_tests(_compare_length(now, before, voice), "length", min_respondents=min_respondents))
    return [*tests, _compare_volume(now, before, voice)]


def _compare_length(now: pd.DataFrame, before: pd.DataFrame, voice: str) -> pd.DataFrame:
    logs = [np.log1p(side["n_words"]) for side in (now, before)]
    sides = [pd.DataFrame({"n": [len(log)], "mean": [log.mean()], "spread": [log.var()]}) for log in logs]
    return pd.DataFrame(
        {
            "voice": voice,
            "subject": "words",
            "now": [logs[0].mean()],
            "before": [logs[1].mean()],
            "n_now": len(now),
            "n_before": len(before),
            "p_value": weigh_means(*sides),
        }
    )


def _compare_volume(now: pd.DataFrame, before: pd.DataFrame, voice: str) -> pd.DataFrame:
    """Hold the number of new documents against that of spans as long before them: Student's prediction of one more."""
    days = now["date"].dropna()
    spans = pd.Series(dtype="int64")
    if len(days):
        length = (days.max() - days.min()).days + 1
        back = (days.min() - before["date"].dropna()).dt.days
        numbers = (back[back > 0] - 1) // length
        n_whole = int(numbers.max()) if len(numbers) else 0  # the oldest span may have begun before the data
        spans = numbers.value_counts().reindex(range(n_whole), fill_value=0)
    told = {"kind": "volume", "voice": voice, "subject": "documents", "now": float(len(days)), "n_now": len(days)}
    if len(spans) < MIN_SPANS:
        reason = f"{len(spans)} earlier spans of the same length, {MIN_SPANS} needed"
        return pd.DataFrame([told | {"n_before": len(before), "reason": reason}]).reindex(columns=COLUMNS)
    k, mean = len(spans), float(spans.mean())
    # counts vary at least as much as chance alone makes them
    spread = max(float(spans.std()), float(np.sqrt(mean))) * np.sqrt(1 + 1 / k)
    p_value = 2 * t.sf(abs(len(days) - mean) / spread, k - 1)
    row = told | {"before": mean, "change": len(days) - mean, "n_before": int(spans.sum()), "p_value": p_value}
    return pd.DataFrame([row]).reindex(columns=COLUMNS)
