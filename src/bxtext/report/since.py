"""What changed since the last good run of the same client, and why it may have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from bxtext.drift import compare_told, list_changes
from bxtext.errors import TableError
from bxtext.figures import FOUND
from bxtext.params.running import period_of
from bxtext.publish import read_told
from bxtext.run.comparison import previous_runs
from bxtext.run.manifest import describe_making

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from bxtext.run import Run


@dataclass(frozen=True)
class Earlier:
    """The last good run before this one: its day, the scores told then and now, and the causes of what differs."""

    day: date
    scores: pd.DataFrame
    causes: tuple[str, ...]

    @property
    def changed_scores(self) -> pd.DataFrame:
        """The drivers whose score changed with q < .05, the largest change first."""
        found = self.scores[self.scores["q"] < FOUND]
        order = found["change"].abs().sort_values(ascending=False, kind="stable").index
        return found.loc[order].reset_index(drop=True)


def find_earlier(run: Run, published: Mapping[str, pd.DataFrame]) -> Earlier | None:
    """Hold a run's published scores against those of the newest good run of an earlier day, week or month, if any.

    A report made again in the same one, as `run.every` has it, stands for the same time: it isn't its own past.
    """
    own, every = run.params.run.today or datetime.now(UTC).date(), run.params.run.every
    for manifest in previous_runs(run.client, run.root, run.run_id):
        told = manifest.get("params", {}).get("run", {}).get("today")  # the day it stands for, whenever it was made
        day = date.fromisoformat(told) if told else datetime.fromisoformat(manifest["ended"]).date()
        if period_of(day, every) == period_of(own, every):
            continue
        try:
            told = read_told(run, manifest["run_id"], "driver_scores")
        except TableError:  # of another version, or cleared away
            continue
        changes = list_changes(describe_making(run, published["sources"]), manifest)
        return Earlier(
            day,
            compare_told(published["driver_scores"], told),
            tuple(cause for cause, details in changes.items() if details),
        )
    return None
