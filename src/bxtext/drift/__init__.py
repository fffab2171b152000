"""What changed between two runs of a client, and why.

Comments that the later run has and the earlier one had not are held against the earlier ones: scores and shares of
drivers, and what the comments themselves are like. Comments in both runs can only differ in how they were read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from bxtext.drift.causes import find_causes, list_changes
from bxtext.drift.inputs import compare_inputs
from bxtext.drift.movements import compare_links, compare_quadrants, compare_themes
from bxtext.drift.samples import adjust
from bxtext.drift.scores import compare_reading, compare_scores, compare_told

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["READS", "Drift", "compare_runs", "compare_told", "find_causes", "list_changes"]

READS = ("documents", "mentions", "drivers", "linkage", "brand", "theme_changes", "themes")
READ_ANEW = "reading"  # the kind of an alarm that no new comment has part in


@dataclass(frozen=True)
class Drift:
    """What changed: each table one row a thing that may have, the alarms those beyond noise."""

    tests: pd.DataFrame
    reading: pd.DataFrame
    themes: pd.DataFrame
    links: pd.DataFrame
    quadrants: pd.DataFrame
    causes: pd.DataFrame
    n_new: int
    n_earlier: int
    previous: str = ""  # the earlier run

    @property
    def alarms(self) -> pd.DataFrame:
        """The tests beyond noise, and drivers read anew, most surprising first."""
        # what is learned from ratings reads all comments a little otherwise when there are more: no alarm
        rules = self.reading[self.reading["cause"] != "data"]
        anew = rules.assign(kind=READ_ANEW, q_value=0.0, alarm=True)
        found = [self.tests[self.tests["alarm"]], anew.rename(columns={"share_changed": "change"})]
        columns = ["kind", "voice", "subject", "before", "now", "change", "q_value", "cause"]
        return pd.concat([one.reindex(columns=columns) for one in found if len(one)] or [
            pd.DataFrame(columns=columns)
        ]).sort_values(["q_value", "kind", "voice", "subject"], ignore_index=True)  # fmt: skip


def compare_runs(
    now: Mapping[str, pd.DataFrame],
    before: Mapping[str, pd.DataFrame],
    manifests: tuple[Mapping[str, Any], Mapping[str, Any]],
    *,
    false_alarms: float = 0.05,
    min_respondents: int = 10,
) -> Drift:
    """Compare a run with an earlier one.

    All tests of a comparison go through Benjamini and Hochberg's step-up together (1995, doi
    10.1111/j.2517-6161.1995.tb02031.x): where nothing has changed, a comparison raises any alarm in at most
    `false_alarms` of cases; where much has, about that share of its alarms are false.

    Parameters
    ----------
    now, before : mapping
        The tables of `READS` of the two runs, by name.
    manifests : tuple of mapping
        Those of the two runs, in the same order.
    false_alarms : float
        Share of comparisons in which nothing changed that may raise an alarm.
    min_respondents : int
        People a test needs on either side.

    Returns
    -------
    Drift
    """
    ids = set(before["documents"]["document_id"])
    is_new = ~now["documents"]["document_id"].isin(ids)
    fresh = now["documents"][is_new]
    kept = now["documents"][~is_new]
    left = before["documents"][~before["documents"]["document_id"].isin(set(kept["document_id"]))]
    earlier = pd.concat([kept, left], ignore_index=True)
    said_earlier = pd.concat([_of(now["mentions"], kept), _of(before["mentions"], left)], ignore_index=True)
    drivers = pd.concat([now["drivers"], before["drivers"]]).drop_duplicates("driver_id")
    tests = pd.concat(
        [
            compare_scores(
                (_of(now["mentions"], fresh), fresh), (said_earlier, earlier), drivers, min_respondents=min_respondents
            ),
            compare_inputs(fresh, earlier, min_respondents=min_respondents),
        ],
        ignore_index=True,
    )
    causes = find_causes(*manifests)
    # what both runs hold was read by the later one: only earlier comments that it lacks were read by other rules
    others = sorted(set(causes["cause"]) - {"data"}) if len(left) else []
    tests["q_value"] = adjust(tests["p_value"])
    tests["alarm"] = tests["q_value"] <= false_alarms
    tests["cause"] = " or ".join(["data", *others])
    reading = compare_reading(now["mentions"], before["mentions"], kept)
    reading["cause"] = " or ".join(sorted(set(causes["cause"]) - {"data"})) or "data"
    return Drift(
        tests.sort_values(["q_value", "kind", "voice", "subject"], ignore_index=True),
        reading,
        compare_themes(now, before),
        compare_links(now["linkage"], before["linkage"]),
        compare_quadrants(now["brand"], before["brand"]),
        causes,
        len(fresh),
        len(earlier),
    )


def _of(mentions: pd.DataFrame, documents: pd.DataFrame) -> pd.DataFrame:
    return mentions[mentions["document_id"].isin(set(documents["document_id"]))]
