"""How sure the mentions of a driver must be to agree best with the labels of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bxtext.evaluation.agreement import MIN_LABELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

SHRINKAGE = 20  # labelled documents of a driver from which its labels count more than the threshold it had
HIGHEST = 0.95
STEP = 0.01
_COLUMNS = ["driver_id", "n_labelled", "threshold", "proposed", "f1", "f1_proposed"]


def calibrate_thresholds(
    mentions: pd.DataFrame,
    labels: pd.DataFrame,
    *,
    threshold: float = 0.5,
    thresholds: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Propose a threshold for each driver that has enough labels.

    The labels must not have taught the run. The best threshold is drawn towards the one the run had, the more so the
    fewer labels there are. A proposal is never lower than that: mentions less sure are not in the table. To look
    lower, run with a low `drivers.threshold` first.

    Parameters
    ----------
    mentions : DataFrame
        The table of this name.
    labels : DataFrame
        `document_id`, `driver_id` as for `evaluate_drivers`; of two coders, the first in the alphabet.
    threshold, thresholds : float, mapping of str to float
        Those of the run.

    Returns
    -------
    DataFrame
        `driver_id`, `n_labelled`, `threshold` of the run, `proposed`, and the F1 at both, on these labels.

    Examples
    --------
    >>> labels = pd.DataFrame({"document_id": [*"abcdefgh"], "driver_id": ["cx.premises"] * 6 + [None] * 2})
    >>> mentions = pd.DataFrame({"document_id": [*"abcdefgh"], "driver_id": "cx.premises"})
    >>> sure = mentions.assign(confidence=[0.9] * 6 + [0.6] * 2)
    >>> calibrate_thresholds(sure, labels)[["n_labelled", "proposed", "f1", "f1_proposed"]].round(2).values.tolist()
    [[6.0, 0.56, 0.86, 0.86]]
    """
    if "coder" in labels:
        labels = labels[labels["coder"] == labels["coder"].min()]
    scored = mentions[mentions["document_id"].isin(labels["document_id"])]
    named = labels.dropna(subset="driver_id")[["document_id", "driver_id"]].drop_duplicates()
    both = scored.merge(named.assign(true=True), on=["document_id", "driver_id"], how="left")
    counts = named["driver_id"].value_counts()
    rows = []
    for driver_id, count in counts[counts >= MIN_LABELS].sort_index().items():
        had = (thresholds or {}).get(str(driver_id), threshold)
        own = both[both["driver_id"] == driver_id]
        tried = np.append(np.arange(had, max(HIGHEST, had), STEP), had)[:, None]
        f1 = _f1(tried, own, int(count))
        best = tried[f1 == f1.max()].mean()
        proposed = (count * best + SHRINKAGE * had) / (count + SHRINKAGE)
        then, now = _f1(np.array([[proposed], [had]]), own, int(count))
        rows.append((driver_id, count, had, proposed, now, then))
    return pd.DataFrame(rows, columns=_COLUMNS)


def _f1(cuts: NDArray[np.float64], mentions: pd.DataFrame, n_labelled: int) -> NDArray[np.float64]:
    """F1 at each cut (a column) of the confidence of mentions, those with `true` being right."""
    found = mentions["confidence"].to_numpy() >= cuts
    hits = (found & mentions["true"].notna().to_numpy()).sum(axis=1)
    f1: NDArray[np.float64] = 2 * hits / (found.sum(axis=1) + n_labelled)
    return f1
