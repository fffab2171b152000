"""What to label next: sentences that the model is unsure of, over all drivers; and comments drawn at random.

A sentence that was chosen because it is hard teaches most and measures worst. So every third card is a whole comment
drawn at random, which never teaches: F1 on these speaks for all comments.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bxtext.evaluation import Evaluation, evaluate_drivers
from bxtext.tables import LANGUAGES
from bxtext.workbench.evidence import locate_mentions
from bxtext.workbench.labels import Card

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bxtext.taxonomy import Taxonomy

CHECK_EVERY = 3
CANDIDATES = 2_000  # comments looked at closely
FEWEST_WORDS, MOST_WORDS = 3, 60
SILENT = 0.5  # uncertainty of a comment in which nothing was found: how near it came isn't known
NOTHING = "nothing"


def choose_stack(  # noqa: PLR0913  the run's tables, then what is wanted
    documents: pd.DataFrame,
    segments: pd.DataFrame,
    mentions: pd.DataFrame,
    labels: pd.DataFrame,
    *,
    coder: str,
    n: int = 120,
    thresholds: Mapping[str, float] | None = None,
    threshold: float = 0.5,
    seed: int = 7,
) -> list[Card]:
    """Return what a coder should label next.

    What another coder labelled and this one did not comes first: agreement needs the same cards. Then, in turn, two
    sentences to teach by and a comment to check by. The sentences go round the drivers, the silent ones among them,
    the least sure of each first: uncertainty alone would fill the stack with one driver's doubts (Settles 2009,
    Active Learning Literature Survey, section 5.1).

    Parameters
    ----------
    documents, segments, mentions : DataFrame
        The tables of these names.
    labels : DataFrame
        As `LabelFile.read` gives them.
    coder : str
        Who labels.
    n : int
        Cards wanted.
    thresholds, threshold : mapping of str to float, float
        Of the run's drivers.
    seed : int
        Of the draw.

    Returns
    -------
    list of Card
        No text twice, none that the coder has labelled or skipped.

    Examples
    --------
    >>> from bxtext.workbench.labels import COLUMNS
    >>> documents = pd.DataFrame({"document_id": ["a"], "voice": "customer", "language": "en", "text": "Far too dear"})
    >>> segments = documents[["document_id", "text"]].assign(segment_id="a:000")
    >>> mentions = pd.DataFrame({"document_id": ["a"], "driver_id": "cx.price_value", "confidence": 0.6,
    ...                          "evidence": "dear"})
    >>> no_labels = pd.DataFrame(columns=COLUMNS)
    >>> [card.proposed for card in choose_stack(documents, segments, mentions, no_labels, coder="x")]
    [('cx.price_value',)]
    """
    done = labels[labels["coder"] == coder.strip()]
    seen = set(done["document_id"])
    double = [_card_of_row(row) for row in _unshared(labels, done).to_dict("records")]
    seen |= {card.document_id for card in double}
    known = documents[documents["language"].isin(LANGUAGES) & ~documents["document_id"].isin(seen)]
    known = known.drop_duplicates("text")
    drawn = known.assign(draw=[_draw(key, seed) for key in known["document_id"]]).sort_values("draw")
    n_checks = min(-(-n // CHECK_EVERY), len(drawn) // CHECK_EVERY)
    checks, rest = drawn.iloc[:n_checks], drawn.iloc[n_checks:]
    said = mentions[mentions["document_id"].isin(checks["document_id"])]
    proposed = _drivers_by(said, "document_id")
    to_check = [
        Card("check", row["document_id"], "", row["voice"], row["language"], row["text"], row["text"],
             proposed.get(row["document_id"], ()))
        for row in checks.to_dict("records")
    ]  # fmt: skip
    cuts = dict(thresholds or {})
    to_teach = _least_sure(rest, segments, mentions, cuts, threshold).head(n).to_dict("records")
    teaching = [
        Card("teach", row["document_id"], row["segment_id"], row["voice"], row["language"], row["text"], row["context"],
             row["proposed"])
        for row in to_teach
    ]  # fmt: skip
    return [*double, *_in_turn(teaching, to_check)][:n]


def measure_labels(  # noqa: PLR0913  the run's tables, the labels, and who and how
    documents: pd.DataFrame,
    mentions: pd.DataFrame,
    labels: pd.DataFrame,
    taxonomy: Taxonomy,
    *,
    coder: str,
    seed: int = 7,
) -> Evaluation:
    """Return how the run does on the comments that a coder labelled to check by; see `evaluate_drivers`.

    Labels of comments or drivers that the run doesn't have are left out.
    """
    checks = labels[(labels["use"] == "check") & (labels["coder"] == coder.strip())]
    told = documents[documents["document_id"].isin(checks["document_id"])]
    checks = checks[checks["document_id"].isin(told["document_id"])]
    each = checks.assign(driver_id=checks["drivers"].str.split()).explode("driver_id")
    each = each[each["driver_id"].isna() | each["driver_id"].isin(list(taxonomy.drivers))]
    found = mentions[mentions["document_id"].isin(told["document_id"])]
    return evaluate_drivers(found, told, each[["document_id", "driver_id"]], seed=seed)


def _unshared(labels: pd.DataFrame, done: pd.DataFrame) -> pd.DataFrame:
    """Return what others labelled and this coder did not."""
    others = labels[(labels["use"] != "skip") & ~labels.index.isin(done.index)]
    mine = set(zip(done["document_id"], done["segment_id"], strict=True))
    keys = zip(others["document_id"], others["segment_id"], strict=True)
    return others[[key not in mine for key in keys]].drop_duplicates(["document_id", "segment_id"])


def _card_of_row(row: Mapping[Any, Any]) -> Card:
    """Return a card without a proposal: the second coder isn't shown what the first one said."""
    return Card(
        row["use"], row["document_id"], row["segment_id"], row["voice"], row["language"], row["text"], row["text"], ()
    )


def _least_sure(
    documents: pd.DataFrame,
    segments: pd.DataFrame,
    mentions: pd.DataFrame,
    thresholds: Mapping[str, float],
    threshold: float,
) -> pd.DataFrame:
    """Return segments, one a comment, in the order in which they should be labelled."""
    found = mentions[["document_id", "driver_id", "confidence", "evidence"]].copy()
    cut = found["driver_id"].map(thresholds).astype("float64").fillna(threshold)
    found["unsure"] = 1 - (found["confidence"] - cut).abs() / np.maximum(cut, 1 - cut)
    by_document = found.groupby("document_id")["unsure"].max()
    own = documents.assign(unsure=documents["document_id"].map(by_document).fillna(SILENT))
    own = own.sort_values(["unsure", "draw"], ascending=[False, True])
    quiet = own[~own["document_id"].isin(by_document.index)].head(CANDIDATES // 4)
    own = pd.concat([own.head(CANDIDATES), quiet]).drop_duplicates("document_id")
    told = segments[segments["document_id"].isin(own["document_id"])]
    n_words = told["text"].str.count(r"\w+")
    told = told[n_words.between(FEWEST_WORDS, MOST_WORDS)].drop_duplicates("text")
    carried = locate_mentions(found[found["document_id"].isin(own["document_id"])], told)
    carried = carried.sort_values(["unsure", "driver_id"], ascending=[False, True])
    first = carried.drop_duplicates("segment_id").set_index("segment_id")[["driver_id", "unsure"]]
    told = told.join(first, on="segment_id")
    proposed = _drivers_by(carried, "segment_id")
    told["proposed"] = [proposed.get(key, ()) for key in told["segment_id"]]
    told["subject"], told["unsure"] = told["driver_id"].fillna(NOTHING), told["unsure"].fillna(SILENT)
    told = told.merge(
        own[["document_id", "voice", "language", "draw", "text"]].rename(columns={"text": "context"}), on="document_id"
    )
    told = told.sort_values(["unsure", "draw", "segment_id"], ascending=[False, True, True])
    told = told.drop_duplicates("document_id")
    told["turn"] = told.groupby(["voice", "subject"]).cumcount()
    return told.sort_values(["turn", "unsure", "draw"], ascending=[True, False, True], ignore_index=True)


def _drivers_by(mentions: pd.DataFrame, column: str) -> dict[str, tuple[str, ...]]:
    ordered = mentions.sort_values("driver_id")
    return {str(key): tuple(own["driver_id"]) for key, own in ordered.groupby(column)}


def _in_turn(teaching: list[Card], checks: list[Card]) -> list[Card]:
    """Return the two kinds of cards, every third one to check by, as long as there are both."""
    cards: list[Card] = []
    teach, check = iter(teaching), iter(checks)
    for place in range(len(teaching) + len(checks)):
        first, second = (check, teach) if (place + 1) % CHECK_EVERY == 0 else (teach, check)
        card = next(first, None) or next(second, None)
        if card is not None:
            cards.append(card)
    return cards


def _draw(key: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()
