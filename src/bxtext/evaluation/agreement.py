"""How well mentions agree with labels given by people: per driver, by language, and which drivers are confused.

The labels are a table of (`document_id`, `driver_id`); a labelled document that speaks of no driver has one row with
a missing `driver_id`. A column `coder` with two names tells how well two people agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from bxtext.errors import TableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_LABELS = 5  # documents with a driver, below which no figure is given for it
LEVEL = 0.95  # of the intervals
CODERS = 2
_OVERALL = ["language", "n_documents", "micro_f1", "macro_f1", "low", "high"]
_DRIVERS = [
    "driver_id", "n_labelled", "n_mentioned", "precision", "recall", "f1", "low", "high", "reason", "kappa",
]  # fmt: skip
_CONFUSIONS = ["labelled", "mentioned", "n_documents"]


class Evaluation(NamedTuple):
    """Agreement of mentions with labels.

    Attributes
    ----------
    overall : DataFrame
        One row for all languages (`all`) and one a language: `language`, `n_documents`, `micro_f1`, `macro_f1` and
        the interval of micro F1, `low` to `high`. Macro F1 is over the drivers that have enough labels.
    drivers : DataFrame
        One row a driver: `n_labelled`, `n_mentioned`, `precision`, `recall`, `f1`, `low`, `high`, `kappa` (null
        without a second coder) and `reason` when there are too few labels.
    confusions : DataFrame
        `labelled`, `mentioned`, `n_documents`: documents where the first driver was missed and the second was
        mentioned without being labelled; most frequent first.
    """

    overall: pd.DataFrame
    drivers: pd.DataFrame
    confusions: pd.DataFrame


def evaluate_drivers(
    mentions: pd.DataFrame,
    documents: pd.DataFrame,
    labels: pd.DataFrame,
    *,
    resamples: int = 500,
    seed: int = 0,
) -> Evaluation:
    """Hold mentions against the labels of people.

    Parameters
    ----------
    mentions, documents : DataFrame
        The tables of these names.
    labels : DataFrame
        `document_id`, `driver_id`; a missing driver says that the document speaks of none. With a column `coder` of
        two names, the first in the alphabet is held against, and Cohen's kappa (1960,
        doi:10.1177/001316446002000104) compares the two on the documents both labelled.
    resamples : int
        Poisson bootstrap resamples of documents, for the intervals.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Evaluation
        Three tables, empty when nothing is labelled.

    Raises
    ------
    TableError
        When a labelled document isn't among the documents, or there are more than two coders.

    Examples
    --------
    >>> documents = pd.DataFrame({"document_id": ["a", "b"], "language": "en"})
    >>> labels = pd.DataFrame({"document_id": ["a", "b"], "driver_id": ["cx.premises", "cx.price_value"]})
    >>> found = pd.DataFrame({"document_id": ["a", "b"], "driver_id": ["cx.premises", "cx.premises"]})
    >>> evaluate_drivers(found, documents, labels).overall["micro_f1"].round(2).tolist()
    [0.5, 0.5]
    """
    coders = sorted(set(labels["coder"])) if "coder" in labels else []
    if len(coders) > CODERS:
        message = f"labels: {len(coders)} coders; at most {CODERS} can be compared"
        raise TableError(message)
    second = labels[labels["coder"] == coders[1]] if len(coders) == CODERS else labels.iloc[:0]
    labels = labels[labels["coder"] == coders[0]] if coders else labels
    ids = sorted(set(labels["document_id"]))
    unknown = sorted(set(ids) - set(documents["document_id"]))
    if unknown:
        found = f"{len(unknown)} of {len(ids)} labelled documents are not in the table"
        message = f"labels: {found} `documents`; give labels of the documents of this run"
        raise TableError(message)
    if not ids:
        return Evaluation(*(pd.DataFrame(columns=columns) for columns in (_OVERALL, _DRIVERS, _CONFUSIONS)))
    labelled = labels.dropna(subset="driver_id")
    scored = mentions[mentions["document_id"].isin(ids)]
    driver_ids = sorted(set(labelled["driver_id"]) | set(scored["driver_id"]))
    truth, predicted = (_incidence(table, ids, driver_ids) for table in (labelled, scored))
    weights = np.random.default_rng(seed).poisson(1, (resamples, len(ids)))
    languages = documents.set_index("document_id")["language"].reindex(ids).to_numpy()
    overall = [_score_group("all", truth, predicted, weights)]
    for language in sorted(set(languages)):
        spoken = languages == language
        overall.append(_score_group(language, truth[spoken], predicted[spoken], weights[:, spoken]))
    drivers = _score_each(driver_ids, truth, predicted, weights)
    drivers["kappa"] = _kappas(truth, second, ids, driver_ids)
    return Evaluation(pd.DataFrame(overall), drivers, _confused(driver_ids, truth, predicted))


def share_of_signs(mentions: pd.DataFrame, labels: pd.DataFrame) -> tuple[float, int]:
    """Return how often a mention has the sign that people gave it, and of how many mentions.

    Parameters
    ----------
    mentions : DataFrame
        The table of this name.
    labels : DataFrame
        `document_id`, `driver_id`, `polarity`; only `positive` and `negative` have a sign.

    Returns
    -------
    share : float
        In [0, 1]; null when no mention has such a label.
    n : int
        Mentions with such a label.

    Examples
    --------
    >>> labels = pd.DataFrame({"document_id": ["a"], "driver_id": ["cx.premises"], "polarity": ["negative"]})
    >>> share_of_signs(labels.assign(polarity=-0.4), labels)
    (1.0, 1)
    """
    signs = {"positive": 1.0, "negative": -1.0}
    signed = labels.assign(sign=labels["polarity"].map(signs)).dropna(subset=["driver_id", "sign"])
    key = ["document_id", "driver_id"]
    both = mentions[[*key, "polarity"]].merge(signed[[*key, "sign"]].drop_duplicates(), on=key)
    return float((np.sign(both["polarity"]) == both["sign"]).mean()), len(both)


def _incidence(table: pd.DataFrame, ids: list[str], driver_ids: list[str]) -> NDArray[np.bool_]:
    present = np.zeros((len(ids), len(driver_ids)), dtype=bool)
    rows = pd.Categorical(table["document_id"], categories=ids).codes
    columns = pd.Categorical(table["driver_id"], categories=driver_ids).codes
    present[rows, columns] = True
    return present


def _f1(hits: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """F1 from what both say, and what each says summed; 0 when nobody says anything."""
    return np.divide(2 * hits, sizes, out=np.zeros(np.shape(hits)), where=sizes > 0)


def _score_group(
    language: str, truth: NDArray[np.bool_], predicted: NDArray[np.bool_], weights: NDArray[np.int64]
) -> dict[str, object]:
    hits, sizes = (truth & predicted).astype(float), truth.astype(float) + predicted
    enough = truth.sum(axis=0) >= MIN_LABELS
    each = _f1(hits.sum(axis=0), sizes.sum(axis=0))
    drawn = _f1(weights @ hits.sum(axis=1), weights @ sizes.sum(axis=1))
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {
        "language": language, "n_documents": len(truth), "micro_f1": float(_f1(hits.sum(), sizes.sum())),
        "macro_f1": float(each[enough].mean()) if enough.any() else np.nan, "low": low, "high": high,
    }  # fmt: skip


def _score_each(
    driver_ids: list[str],
    truth: NDArray[np.bool_],
    predicted: NDArray[np.bool_],
    weights: NDArray[np.int64],
) -> pd.DataFrame:
    hits, sizes = (truth & predicted).astype(float), truth.astype(float) + predicted
    n_hits, n_labelled, n_mentioned = hits.sum(axis=0), truth.sum(axis=0), predicted.sum(axis=0)
    low, high = np.quantile(_f1(weights @ hits, weights @ sizes), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    enough = n_labelled >= MIN_LABELS
    figures = {
        "precision": n_hits / np.maximum(n_mentioned, 1), "recall": n_hits / np.maximum(n_labelled, 1),
        "f1": _f1(n_hits, sizes.sum(axis=0)), "low": low, "high": high,
    }  # fmt: skip
    return pd.DataFrame(
        {
            "driver_id": driver_ids,
            "n_labelled": n_labelled,
            "n_mentioned": n_mentioned,
            **{name: np.where(enough, values, np.nan) for name, values in figures.items()},
            "reason": [
                None if known else f"{count} labelled documents; at least {MIN_LABELS} are needed"
                for known, count in zip(enough, n_labelled, strict=True)
            ],
        }
    )


def _kappas(
    truth: NDArray[np.bool_], labels: pd.DataFrame, ids: list[str], driver_ids: list[str]
) -> NDArray[np.float64]:
    """Cohen's kappa of the two coders, a driver; null when one of them never, or always, names it."""
    shared = np.isin(ids, labels["document_id"])
    if not shared.any():
        return np.full(len(driver_ids), np.nan)
    known = labels["document_id"].isin(ids) & labels["driver_id"].isin(driver_ids)
    first, second = truth[shared], _incidence(labels[known], ids, driver_ids)[shared]
    agreed = (first == second).mean(axis=0)
    p, q = first.mean(axis=0), second.mean(axis=0)
    chance = p * q + (1 - p) * (1 - q)
    kappas: NDArray[np.float64] = np.divide(
        agreed - chance, 1 - chance, out=np.full(len(driver_ids), np.nan), where=chance < 1
    )
    return kappas


def _confused(driver_ids: list[str], truth: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> pd.DataFrame:
    missed, invented = (truth & ~predicted).astype(int), (predicted & ~truth).astype(int)
    counts = missed.T @ invented
    rows, columns = np.nonzero(counts)
    pairs = pd.DataFrame(
        {
            "labelled": [driver_ids[row] for row in rows],
            "mentioned": [driver_ids[column] for column in columns],
            "n_documents": counts[rows, columns],
        }
    )
    return pairs.sort_values(["n_documents", "labelled", "mentioned"], ascending=[False, True, True], ignore_index=True)
