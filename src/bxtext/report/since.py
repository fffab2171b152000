"""What changed since the last good run of the same client, and why it may have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import false_discovery_control, norm

from bxtext.errors import TableError
from bxtext.figures import FOUND
from bxtext.publish import REMEMBERED, read_told
from bxtext.run import list_runs
from bxtext.tables import ALL

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from bxtext.run import Run

Z = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Earlier:
    """The last good run before this one: its day, its tables, and what has changed since (data, params, code)."""

    day: date
    tables: Mapping[str, pd.DataFrame]
    changed: tuple[str, ...]


def find_earlier(run: Run, sources: pd.DataFrame) -> Earlier | None:
    """Return the newest good run that ended before this one did, or None when there is none that can be read."""
    manifests = list_runs(run.root, run.client)
    own = next((manifest for manifest in manifests if manifest["run_id"] == run.run_id), None)
    for manifest in manifests:
        before = own is None or manifest["ended"] < own["ended"]
        if manifest["run_id"] == run.run_id or manifest["status"] != "done" or not before:
            continue
        try:
            tables = {name: read_told(run, manifest["run_id"], name) for name in REMEMBERED}
        except TableError:  # of another version, or cleared away
            continue
        return Earlier(datetime.fromisoformat(manifest["ended"]).date(), tables, _changed(run, sources, manifest))
    return None


def _changed(run: Run, sources: pd.DataFrame, manifest: dict[str, Any]) -> tuple[str, ...]:
    differs = {
        "data": {source["sha256"] for source in manifest["inputs"]} != set(sources["sha256"]),
        "params": manifest["params_digest"] != run.params.digest(),
        "code": manifest["bxtext"] != version("bxtext"),
    }
    return tuple(name for name, found in differs.items() if found)


def compare_scores(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Return the drivers scored in both runs over everybody and the whole time, the strongest evidence first.

    The two runs may share comments; their difference is then surer than what its intervals say, never less.

    Parameters
    ----------
    now, before : DataFrame
        The tables `driver_scores` of the two runs.

    Returns
    -------
    DataFrame
        `voice`, `driver_id`, `before`, `now`, `change`, and `q`, Benjamini and Hochberg's over all drivers.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"voice": ["customer"], "driver_id": "cx.a", "cut": "all", "period": "all",
    ...     "suppressed": False, "score": 60.0, "ci_low": 58.0, "ci_high": 62.0})
    >>> compare_scores(scores, scores.assign(score=50.0, ci_low=48.0, ci_high=52.0))["change"].tolist()
    [10.0]
    """
    keys = ["voice", "driver_id"]
    both = _whole(now).merge(_whole(before), on=keys, suffixes=("", "_before"))
    now_error, before_error = ((both[f"ci_high{end}"] - both[f"ci_low{end}"]) / (2 * Z) for end in ("", "_before"))
    variance = now_error**2 + before_error**2
    compared = both[keys].assign(before=both["score_before"], now=both["score"])
    compared["change"] = compared["now"] - compared["before"]
    told = variance > 0
    compared["q"] = np.nan
    if told.any():
        z = (compared.loc[told, "change"].abs() / variance[told] ** 0.5).to_numpy()
        compared.loc[told, "q"] = false_discovery_control(2 * norm.sf(z))
    return compared.sort_values(["q", *keys], ignore_index=True)


def surely_changed(compared: pd.DataFrame) -> pd.DataFrame:
    """Return the drivers whose score changed with q < .05, the largest change first."""
    found = compared[compared["q"] < FOUND]
    return found.loc[found["change"].abs().sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def _whole(scores: pd.DataFrame) -> pd.DataFrame:
    everybody = (scores["cut"] == ALL) & (scores["period"] == ALL) & ~scores["suppressed"].astype(bool)
    return scores.loc[everybody & scores["score"].notna(), ["voice", "driver_id", "score", "ci_low", "ci_high"]]
