"""From log-odds to the table `mentions`: which clauses carry a driver, its sign, its actor and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bxtext.drivers.decision import SLOPE, let_compete
from bxtext.drivers.model import CUE_PUSH, DriverModel
from bxtext.errors import ParamsError, did_you_mean, fault_list
from bxtext.language import fold_text
from bxtext.tables import VOICES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bxtext.taxonomy import Taxonomy

# Words that say who or what a remark is about, whatever its driver; the first that matches wins.
_ACTOR_WORDS = {
    "customer": {
        "provider": r"livreurs?|livreuses?|transporteurs?|chauffeurs?|coursiers?|prestataires?|sous traitants?|"
        r"point relais|couriers?|drivers?|carriers?|delivery (?:man|guy|men|people|company)|subcontractors?",
    },
    "employee": {
        "provider": r"prestataires?|sous traitants?|sous traitance|interim|interimaires?|livreurs?|subcontractors?|"
        r"contractors?|agency staff|temps|couriers?",
        "manager": r"managers?|chefs?|responsables?|superieurs?|n 1|boss|bosses|supervisors?|team leaders?",
        "leadership": r"direction|dirigeants?|comite de direction|siege|pdg|actionnaires?|leadership|executives?|ceo|"
        r"head office|senior management|upper management",
    },
}
_STAGE_WORDS = {
    "delivery": r"livraisons?|livres?|livree?s?|colis|livreurs?|deliver(?:y|ies|ed)|parcels?|couriers?|shipping",
    "aftersales": r"retours?|sav|rembours\w+|garantie|reclamations?|returns?|returned|refunds?|refunded|warranty",
    "payment": r"caisses?|paiements?|payer|facture?s?|prelevements?|checkout|tills?|payments?|invoices?|billing",
    "search": r"site|appli|application|website|app|catalogue|online",
}
_ACTOR_PATTERNS = {
    voice: {actor: re.compile(rf"\b(?:{words})\b") for actor, words in actors.items()}
    for voice, actors in _ACTOR_WORDS.items()
}
_STAGE_PATTERNS = {stage: re.compile(rf"\b(?:{words})\b") for stage, words in _STAGE_WORDS.items()}


def assign_drivers(  # noqa: PLR0913  three tables, the taxonomy, and one keyword a parameter
    segments: pd.DataFrame,
    documents: pd.DataFrame,
    sentiment: pd.DataFrame,
    taxonomy: Taxonomy,
    *,
    threshold: float = 0.5,
    thresholds: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Find which drivers each document mentions, and with what polarity.

    Parameters
    ----------
    segments, documents, sentiment : DataFrame
        The tables of these names.
    taxonomy : Taxonomy
        Drivers, cues and exemplars.
    threshold : float
        Probability, in (0, 1), from which a driver is mentioned.
    thresholds : mapping of str to float, optional
        Driver id to its own threshold, where it has one.

    Returns
    -------
    DataFrame
        The table `mentions`: one row a document and driver, sorted.

    Raises
    ------
    ParamsError
        A threshold is of no driver.
    """
    own_thresholds = dict(thresholds or {})
    if unknown := sorted(set(own_thresholds) - set(taxonomy.drivers)):
        faults = [f"{name!r}: no such driver; {did_you_mean(name, taxonomy.drivers)}" for name in unknown]
        raise ParamsError(fault_list("drivers.thresholds", faults))
    found = []
    for voice in VOICES:
        own = documents[documents["voice"] == voice].sort_values("document_id", kind="stable")
        if own.empty:
            continue
        clauses = segments[segments["document_id"].isin(own["document_id"])]
        clauses = clauses.sort_values("segment_id", kind="stable").merge(
            sentiment[["segment_id", "polarity", "label"]], on="segment_id"
        )
        model = DriverModel(voice).fit(taxonomy, corpus=clauses["text"].tolist())
        cuts = np.array([own_thresholds.get(driver_id, threshold) for driver_id in model.driver_ids_])
        found.append(_mentions_of_voice(model, clauses.reset_index(drop=True), own, taxonomy, cuts))
    if not found:
        return pd.DataFrame(columns=_MENTION_COLUMNS)
    return pd.concat(found, ignore_index=True)


_MENTION_COLUMNS = [
    "document_id", "driver_id", "polarity", "n_positive", "n_negative", "confidence", "actor", "stage", "method",
    "evidence",
]  # fmt: skip


@dataclass(frozen=True)
class _Scored:
    """Log-odds, cues counted and centred, of the drivers in the documents (rows) and in their clauses."""

    odds: NDArray[np.float64]
    clause_odds: NDArray[np.float64]
    cues: dict[tuple[int, int], str]
    cut: NDArray[np.float64]


def _mentions_of_voice(
    model: DriverModel,
    clauses: pd.DataFrame,
    documents: pd.DataFrame,
    taxonomy: Taxonomy,
    thresholds: NDArray[np.float64],
) -> pd.DataFrame:
    row_of = pd.Series(range(len(documents)), index=documents["document_id"])
    document_of = row_of[clauses["document_id"]].to_numpy()
    clause_odds, cues = _score_distinct(model, clauses["text"])
    for row, column in cues:
        clause_odds[row, column] += CUE_PUSH
    whole_odds, _ = _score_distinct(model, documents["text"])
    clause_odds, whole_odds = (let_compete(odds, model.voice) for odds in (clause_odds, whole_odds))
    best_odds = np.full_like(whole_odds, -np.inf)
    np.maximum.at(best_odds, document_of, clause_odds)
    best_odds = np.where(np.isfinite(best_odds), best_odds, whole_odds)
    cut = np.log(thresholds / (1 - thresholds)) / SLOPE
    scored = _Scored((whole_odds + best_odds) / 2 - model.centre_, clause_odds - model.centre_, cues, cut)

    # A clause carries a mention of its document when its own odds pass the cut, or are its document's best.
    mentioned = scored.odds[document_of] >= cut
    carries = mentioned & ((scored.clause_odds >= cut) | (clause_odds == best_odds[document_of]))
    rows, columns = np.nonzero(carries)
    carriers = pd.DataFrame(
        {
            "document": document_of[rows],
            "column": columns,
            "clause": rows,
            "odds": scored.clause_odds[rows, columns],
            "polarity": clauses["polarity"].to_numpy()[rows],
            "n_positive": (clauses["label"].to_numpy()[rows] == "positive").astype(int),
            "n_negative": (clauses["label"].to_numpy()[rows] == "negative").astype(int),
        }
    )
    key = ["document", "column"]
    sums = carriers.groupby(key).agg(
        polarity=("polarity", "mean"), n_positive=("n_positive", "sum"), n_negative=("n_negative", "sum")
    )
    best = carriers.sort_values([*key, "odds", "clause"], ascending=[True, True, False, True]).drop_duplicates(key)
    mentions = sums.join(best.set_index(key)["clause"]).reset_index()
    mentions["document_id"] = documents["document_id"].to_numpy()[mentions["document"]]
    return _described(mentions, model, scored, clauses["text"].to_numpy(), taxonomy)[_MENTION_COLUMNS]


def _score_distinct(model: DriverModel, texts: pd.Series) -> tuple[NDArray[np.float64], dict[tuple[int, int], str]]:
    """`model.score`, with texts that are said many times scored once."""
    codes, distinct = pd.factorize(texts)
    odds, cues = model.score(distinct.tolist())
    rows = pd.Series(range(len(codes))).groupby(codes).indices
    return odds[codes], {(row, column): cue for (code, column), cue in cues.items() for row in rows[code]}


def _described(
    mentions: pd.DataFrame, model: DriverModel, scored: _Scored, texts: NDArray[np.object_], taxonomy: Taxonomy
) -> pd.DataFrame:
    """Mentions with their driver, confidence, actor, stage, method and evidence."""
    pairs = list(zip(mentions["clause"], mentions["column"], strict=True))
    carried = list(texts[mentions["clause"]])
    folded = [fold_text(text) for text in carried]
    cards = [taxonomy[model.driver_ids_[column]] for column in mentions["column"]]
    cues = [scored.cues.get(pair) for pair in pairs]
    sure_without_cue = [scored.clause_odds[pair] - CUE_PUSH >= scored.cut[pair[1]] for pair in pairs]
    words = model.telling_words(carried, mentions["column"].to_numpy())
    actors = _ACTOR_PATTERNS[model.voice]
    stages = _STAGE_PATTERNS if model.voice == "customer" else {}
    return mentions.assign(
        driver_id=[card.id for card in cards],
        confidence=1 / (1 + np.exp(-SLOPE * scored.odds[mentions["document"], mentions["column"]])),
        actor=[_first_match(actors, text, card.actor) for text, card in zip(folded, cards, strict=True)],
        stage=[
            _first_match(stages, text, card.stage) if card.stage == "cross" else card.stage
            for text, card in zip(folded, cards, strict=True)
        ],
        method=[
            "model" if cue is None else "both" if sure else "cue"
            for cue, sure in zip(cues, sure_without_cue, strict=True)
        ],
        evidence=[
            f"« {cue} »" if cue is not None else shown or "parts of words"
            for cue, shown in zip(cues, words, strict=True)
        ],
    )


def _first_match(patterns: Mapping[str, re.Pattern[str]], text: str, otherwise: str) -> str:
    return next((name for name, pattern in patterns.items() if pattern.search(text)), otherwise)
