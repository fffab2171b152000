"""From log-odds to the table `mentions`: which clauses carry a driver, its sign, its actor and why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bxtext.drivers.attributes import AttributeReader
from bxtext.drivers.concessions import COLUMNS as _CONCESSION_COLUMNS
from bxtext.drivers.concessions import find_concessions
from bxtext.drivers.decision import SLOPE, let_compete
from bxtext.drivers.evidence import quote_cue, show_evidence
from bxtext.drivers.heard import hear_run, hear_voices
from bxtext.drivers.model import CUE_PUSH, DriverModel
from bxtext.embed import load_encoder
from bxtext.errors import ParamsError, did_you_mean, fault_list
from bxtext.ids import are_among, find_rows
from bxtext.language import fold_text
from bxtext.memory import keep_state, recall, recall_state
from bxtext.parallel import map_partitions
from bxtext.tables import VOICES, put_in_order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import scipy.sparse as sp
    from numpy.typing import NDArray

    from bxtext.embed import Encoder
    from bxtext.taxonomy import Taxonomy

PERSONS_WORD = 1 / SLOPE  # log-odds above the cut of a driver that a person mapped a theme to


@dataclass(frozen=True)
class Mapped:
    """The tables `mentions` and `concessions`."""

    mentions: pd.DataFrame
    concessions: pd.DataFrame


def map_drivers(  # noqa: PLR0913, PLR0917  tables, what is known, where runs are; one keyword a parameter
    segments: pd.DataFrame,
    documents: pd.DataFrame,
    sentiment: pd.DataFrame,
    taxonomy: Taxonomy,
    mapped: Mapping[str, str] | None = None,
    runs: Path | None = None,
    *,
    model: str | None = None,
    threshold: float = 0.5,
    thresholds: Mapping[str, float] | None = None,
    encoder: str | None = None,
) -> Mapped:
    """Find which drivers each document mentions, with what polarity, and which of them a concession joins.

    Parameters
    ----------
    segments, documents, sentiment : DataFrame
        The tables of these names.
    taxonomy : Taxonomy
        Drivers, cues and exemplars.
    mapped : mapping of str to str, optional
        Segment to the driver that a person mapped its theme to, see `bxtext.themes.list_mapped`: it mentions it.
    runs : Path, optional
        The folder of the client's runs, where `model` is looked for.
    model : str, optional
        Run whose models are kept: they listen to its comments and not to these, and so stay as they were.
    threshold : float
        Probability, in (0, 1), from which a driver is mentioned.
    thresholds : mapping of str to float, optional
        Driver id to its own threshold, where it has one.
    encoder : str, optional
        Folder of a model of model2vec or sentence-transformers whose vectors join the words and characters.

    Returns
    -------
    Mapped
        `mentions`: one row a document and driver, sorted; `concessions`.

    Raises
    ------
    ParamsError
        A threshold is of no driver; there is no such run.
    """
    own_thresholds = dict(thresholds or {})
    if unknown := sorted(set(own_thresholds) - set(taxonomy.drivers)):
        faults = [f"{name!r}: no such driver; {did_you_mean(name, taxonomy.drivers)}" for name in unknown]
        raise ParamsError(fault_list("drivers.thresholds", faults))
    heard = hear_voices(segments, documents) if model is None else hear_run(runs or Path(), model)
    clauses = _join_signs(segments, sentiment, mapped or {})
    taught = {voice: (taxonomy.digest, "\n".join(texts)) for voice, texts in heard.items()}
    recalled = {
        voice: recall(
            f"drivers-{voice}",
            (taught[voice], threshold, own_thresholds, encoder),
            *_rows_of_voice(documents, clauses, voice),
        )
        for voice in VOICES
        if (documents["voice"] == voice).any()
    }
    del clauses  # those of each voice are copies: a million comments take their room
    parts = {voice: of_voice.parts for voice, of_voice in recalled.items()}
    vectors = None if encoder is None else load_encoder(encoder)
    models = _learn_voices(taxonomy, {voice: heard[voice] for voice in parts if parts[voice]}, taught, vectors)
    work = [(model, *part) for model in models for part in parts[model.voice]]
    made = iter(map_partitions(partial(_map_part, taxonomy, own_thresholds, threshold), work))
    found = [of_voice.complete([*islice(made, len(parts[voice]))]) for voice, of_voice in recalled.items()]
    return Mapped(
        _stack([pd.DataFrame(columns=_MENTION_COLUMNS), *(mentions for mentions, _ in found)]),
        _stack([pd.DataFrame(columns=_CONCESSION_COLUMNS), *(concessions for _, concessions in found)]),
    )


def _rows_of_voice(documents: pd.DataFrame, clauses: pd.DataFrame, voice: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The documents of a voice in the order of their ids, and their clauses."""
    own = documents.loc[documents["voice"] == voice, ["document_id", "language", "text"]]
    own = put_in_order(own, ["document_id"])
    return own, clauses[are_among(clauses["document_id"], own["document_id"])]


def _learn_voices(
    taxonomy: Taxonomy, heard: Mapping[str, list[str]], taught: Mapping[str, Any], encoder: Encoder | None
) -> list[DriverModel]:
    """Learn the model of each voice, or recall what an earlier run learned from the same."""
    known = {voice: recall_state(f"drivers-{voice}", taught[voice]) if encoder is None else None for voice in heard}
    models = {voice: DriverModel(voice).from_state(taxonomy, state) for voice, state in known.items() if state}
    new = [(voice, texts) for voice, texts in heard.items() if voice not in models]
    for model in map_partitions(partial(_learn_voice, taxonomy, encoder), new):
        models[model.voice] = model
        if encoder is None:
            keep_state(f"drivers-{model.voice}", taught[model.voice], model.to_state())
    return [models[voice] for voice in heard]


def _learn_voice(taxonomy: Taxonomy, encoder: Encoder | None, voice_and_texts: tuple[str, list[str]]) -> DriverModel:
    voice, texts = voice_and_texts
    return DriverModel(voice, encoder).fit(taxonomy, corpus=texts)


def _join_signs(segments: pd.DataFrame, sentiment: pd.DataFrame, mapped: Mapping[str, str]) -> pd.DataFrame:
    """The segments in the order of their ids, with their signs and the driver that a person mapped their theme to."""
    ordered = put_in_order(segments, ["segment_id"])
    rows = find_rows(ordered["segment_id"], sentiment["segment_id"])
    told = sentiment.reindex(columns=["polarity", "label", "intent", "intent_evidence"]).iloc[rows[rows >= 0]]
    clauses = pd.concat([ordered[rows >= 0].reset_index(drop=True), told.reset_index(drop=True)], axis=1)
    own = clauses["segment_id"].map(dict(mapped)) if mapped else pd.Series(None, clauses.index)
    return clauses.assign(mapped=own.astype("str"))


def _map_part(
    taxonomy: Taxonomy,
    thresholds: Mapping[str, float],
    threshold: float,
    part: tuple[DriverModel, pd.DataFrame, pd.DataFrame],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The mentions and concessions of some documents of one voice and their clauses, by the model of that voice."""
    model, *tables = part
    documents, clauses = (table.reset_index(drop=True) for table in tables)
    cuts = _cuts_of(model, thresholds, threshold)
    mentions, carriers = _mentions_of_voice(model, clauses, documents, taxonomy, cuts)
    return mentions, find_concessions(carriers, clauses, taxonomy)


def _stack(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """One table of many; without the empty ones, whose columns have no kind yet."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


_MENTION_COLUMNS = [
    "document_id", "driver_id", "polarity", "n_positive", "n_negative", "confidence", "actor", "actor_evidence",
    "stage", "stage_evidence", "intent", "intent_evidence", "method", "evidence", "nearest_exemplar", "similarity",
]  # fmt: skip


@dataclass(frozen=True)
class _Scored:
    """Log-odds, cues counted and centred, of the drivers in the documents (rows) and in their clauses.

    The features of the distinct texts, and which of them each clause is; the cells of clauses that a cue is said in,
    and of those whose theme a person mapped to the driver.
    """

    odds: NDArray[np.float64]
    clause_odds: NDArray[np.float64]
    features: sp.csr_matrix
    said: NDArray[np.intp]
    cues: dict[tuple[int, int], str]
    mapped: set[tuple[int, int]]
    cut: NDArray[np.float64]


def _mentions_of_voice(
    model: DriverModel,
    clauses: pd.DataFrame,
    documents: pd.DataFrame,
    taxonomy: Taxonomy,
    thresholds: NDArray[np.float64],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the mentions of one voice, and the segments that carry them."""
    row_of = pd.Series(range(len(documents)), index=documents["document_id"])
    document_of = row_of[clauses["document_id"]].to_numpy()
    # what is said many times is read once; a document of one clause is that clause
    said, distinct = pd.factorize(pd.concat([clauses["text"], documents["text"]]))
    folded = [fold_text(text) for text in distinct]
    features = model.describe(folded)
    clause_odds, whole_odds = np.split(model.weigh(features)[said], [len(clauses)])
    cues = _find_cues(model, folded, said[: len(clauses)])
    for row, column in cues:
        clause_odds[row, column] += CUE_PUSH
    clause_odds, whole_odds = (let_compete(odds, model.voice) for odds in (clause_odds, whole_odds))
    cut = np.log(thresholds / (1 - thresholds)) / SLOPE
    mapped_rows, mapped_columns = _find_mapped(clauses, model.driver_ids_)
    sure = model.centre_ + cut[mapped_columns] + PERSONS_WORD
    np.maximum.at(clause_odds, (mapped_rows, mapped_columns), sure)
    np.maximum.at(whole_odds, (document_of[mapped_rows], mapped_columns), sure)
    best_odds = np.full_like(whole_odds, -np.inf)
    np.maximum.at(best_odds, document_of, clause_odds)
    best_odds = np.where(np.isfinite(best_odds), best_odds, whole_odds)
    mapped = set(zip(mapped_rows, mapped_columns, strict=True))
    scored = _Scored(
        (whole_odds + best_odds) / 2 - model.centre_, clause_odds - model.centre_, features, said, cues, mapped, cut
    )

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
            "leaves": clauses["intent"].to_numpy()[rows] == "leaving",
        }
    )
    key = ["document", "column"]
    sums = carriers.groupby(key).agg(
        polarity=("polarity", "mean"), n_positive=("n_positive", "sum"), n_negative=("n_negative", "sum")
    )
    ranked = carriers.sort_values([*key, "odds", "clause"], ascending=[True, True, False, True])
    best = ranked.drop_duplicates(key).set_index(key)["clause"]
    shows = ranked.sort_values([*key, "leaves"], ascending=[True, True, False], kind="stable").drop_duplicates(key)
    mentions = sums.join(best).join(shows.set_index(key)["clause"].rename("intent_clause")).reset_index()
    mentions["document_id"] = documents["document_id"].to_numpy()[mentions["document"]]
    mentions = _described(mentions, model, scored, clauses, documents, taxonomy)[_MENTION_COLUMNS]
    names = np.array(model.driver_ids_, dtype=object)
    carrying = pd.DataFrame({"segment_id": clauses["segment_id"].to_numpy()[rows], "driver_id": names[columns]})
    return mentions, carrying


def _find_mapped(clauses: pd.DataFrame, driver_ids: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the clauses whose theme a person mapped to a driver of the voice, and the column of each one's driver."""
    columns = pd.Index(driver_ids).get_indexer(pd.Index(clauses["mapped"]))
    rows = np.flatnonzero(columns >= 0)
    return rows, columns[rows]


def _find_cues(model: DriverModel, folded: Sequence[str], said: NDArray[np.intp]) -> dict[tuple[int, int], str]:
    """The cues of clauses, by (clause, driver): `said` is which of the folded texts each clause is."""
    places, spoken = pd.factorize(said)
    rows = pd.Series(range(len(said))).groupby(places).indices
    found = model.find_cues([folded[code] for code in spoken.tolist()])
    return {(row, column): cue for (place, column), cue in found.items() for row in rows[place]}


def _described(  # noqa: PLR0913, PLR0917  what was found, then the tables it is told from
    mentions: pd.DataFrame,
    model: DriverModel,
    scored: _Scored,
    clauses: pd.DataFrame,
    documents: pd.DataFrame,
    taxonomy: Taxonomy,
) -> pd.DataFrame:
    """Mentions with their driver and confidence, and with their actor, stage, intent and method, and why."""
    columns = mentions["column"].to_numpy()
    pairs = list(zip(mentions["clause"], columns, strict=True))
    carried = clauses["text"].to_numpy()[mentions["clause"]].tolist()
    cards = [taxonomy[model.driver_ids_[column]] for column in columns]
    cues = [scored.cues.get(pair) for pair in pairs]
    sure_without_cue = [scored.clause_odds[pair] - CUE_PUSH >= scored.cut[pair[1]] for pair in pairs]
    languages = documents["language"].to_numpy()[mentions["document"]].tolist()
    attributes = AttributeReader(taxonomy, model.voice, model.cues_.vocabulary).read(carried, languages, cards)
    shown = show_evidence(model, carried, scored.features[scored.said[mentions["clause"]]], columns)
    told = clauses.loc[mentions["intent_clause"], ["intent", "intent_evidence"]].reset_index(drop=True)
    return mentions.assign(
        driver_id=[card.id for card in cards],
        confidence=1 / (1 + np.exp(-SLOPE * scored.odds[mentions["document"], mentions["column"]])),
        method=[
            ("theme" if pair in scored.mapped else "model") if cue is None else "both" if sure else "cue"
            for pair, cue, sure in zip(pairs, cues, sure_without_cue, strict=True)
        ],
        evidence=[
            f"« {quote_cue(text, cue)} »" if cue is not None else words
            for text, cue, words in zip(carried, cues, shown["words"], strict=True)
        ],
    ).join([attributes, told, shown.drop(columns="words")])


def map_with_model(  # noqa: PLR0913  a fitted model, three tables, the taxonomy, and where a mention begins
    model: DriverModel,
    segments: pd.DataFrame,
    documents: pd.DataFrame,
    sentiment: pd.DataFrame,
    taxonomy: Taxonomy,
    *,
    threshold: float = 0.5,
    thresholds: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return the mentions of documents of one voice by a model that is fitted already, as to try a sentence.

    Parameters
    ----------
    model : DriverModel
        Fitted, of the voice of all `documents`.
    segments, documents, sentiment, taxonomy, threshold, thresholds
        As for `map_drivers`.
    """
    cuts = _cuts_of(model, thresholds or {}, threshold)
    clauses = _join_signs(segments, sentiment, {})
    found, _ = _mentions_of_voice(model, clauses, documents.reset_index(drop=True), taxonomy, cuts)
    return found


def _cuts_of(model: DriverModel, thresholds: Mapping[str, float], threshold: float) -> NDArray[np.float64]:
    """Probability from which each driver of a model is mentioned."""
    return np.array([thresholds.get(driver_id, threshold) for driver_id in model.driver_ids_])
