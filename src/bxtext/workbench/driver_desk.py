"""Drivers tried and taught: a sentence read by the model; cues and sentences added, and first what they change."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd
from ruamel.yaml import YAML

from bxtext.drivers import DriverModel, map_with_model
from bxtext.params import check_model, load_params
from bxtext.params.sections import TaxonomyChanges
from bxtext.segment import segment_documents
from bxtext.sentiment import SentimentModel
from bxtext.taxonomy import Taxonomy, load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bxtext.run import Run

SAMPLE = 2_000  # comments of the voice over which a change is tried
READ = ["driver_id", "polarity", "actor", "stage", "confidence", "method", "evidence", "nearest_exemplar"]


@dataclass(frozen=True)
class Additions:
    """What a person wants to add to the drivers of a client.

    Attributes
    ----------
    cues : mapping
        Driver id to language to phrases that name it.
    lessons : sequence of mapping
        Sentences: `text`, `language`, `voice`, `drivers`, `polarity`.
    """

    cues: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    lessons: Sequence[Mapping[str, Any]] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to add."""
        return bool(self.cues or self.lessons)


class DriverDesk:
    """The drivers of a run's client, tried on sentences and on the run's own comments.

    Models are fitted when they are first needed: a few seconds a voice.

    Parameters
    ----------
    run : Run
        A finished run.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.taxonomy = load_taxonomy(**run.params.taxonomy.model_dump())
        self._models: dict[tuple[str, str], DriverModel] = {}
        self._sentiment: SentimentModel | None = None

    def try_sentence(self, text: str, *, voice: str, language: str) -> pd.DataFrame:
        """Return what the model reads in a sentence: a row a driver, with polarity, actor, evidence.

        The model is taught by the taxonomy alone; a run's own also listens to the run's comments.

        Examples
        --------
        >>> from bxtext.run import open_run
        >>> desk = DriverDesk(open_run("sample"))  # doctest: +SKIP
        >>> desk.try_sentence("Too dear", voice="customer", language="en")["driver_id"].tolist()  # doctest: +SKIP
        ['cx.price_value']
        """
        if not text.strip():
            return pd.DataFrame(columns=READ)
        documents = pd.DataFrame(
            {"document_id": ["tried"], "text": [text], "voice": [voice], "language": [language], "field": None}
        )
        segments = segment_documents(documents, **self.run.options("segment"))
        if self._sentiment is None:
            self._sentiment = SentimentModel(**self.run.options("sentiment")).fit(self.taxonomy.exemplars)
        texts = segments["text"].tolist()
        weighed = self._sentiment.weigh(texts, [language] * len(texts))
        sentiment = self._sentiment.answer(weighed, texts).assign(segment_id=segments["segment_id"])
        model = self._model(self.taxonomy, voice)
        found = map_with_model(model, segments, documents, sentiment, self.taxonomy, **self._thresholds())
        return found.sort_values("confidence", ascending=False, ignore_index=True)[READ]

    def preview(self, added: Additions, *, voice: str) -> pd.DataFrame:
        """Return what additions would change over comments of the run: nothing is written.

        Returns
        -------
        DataFrame
            A row a driver whose mentions change: `driver_id`, `n_before`, `n_after`, `n_gained`, `n_lost`, over at
            most 2 000 comments drawn by a digest of their ids.

        Raises
        ------
        TaxonomyError, ParamsError
            The additions contradict the taxonomy: all faults at once.
        """
        changed = load_taxonomy(**self._changes(added).model_dump())
        before, after = (self._mention_keys(taxonomy, voice) for taxonomy in (self.taxonomy, changed))
        both = before.merge(after, how="outer", indicator=True)
        counted = pd.DataFrame(
            {
                "n_before": both[both["_merge"] != "right_only"].groupby("driver_id").size(),
                "n_after": both[both["_merge"] != "left_only"].groupby("driver_id").size(),
                "n_gained": both[both["_merge"] == "right_only"].groupby("driver_id").size(),
                "n_lost": both[both["_merge"] == "left_only"].groupby("driver_id").size(),
            }
        )
        counted = counted.fillna(0).astype(int)
        moved = counted[counted["n_gained"] + counted["n_lost"] > 0]
        return moved.sort_values(["n_gained", "n_lost"], ascending=False).rename_axis("driver_id").reset_index()

    def save(self, added: Additions) -> Path:
        """Write additions into `params/<client>.yaml`, its comments kept, in one step; the next run uses them.

        Raises
        ------
        TaxonomyError, ParamsError
            The file would not be a client's any more: all faults at once, nothing written.
        """
        load_taxonomy(**self._changes(added).model_dump())
        path: Path = self.run.root / "params" / f"{self.run.client}.yaml"
        editor = YAML()
        editor.preserve_quotes = True
        editor.width = 120
        values = editor.load(path.read_text(encoding="utf-8"))
        changes = values.setdefault("taxonomy", {})
        _add_cues(changes, added.cues)
        if added.lessons:
            if isinstance(changes.get("teach"), str):
                _append_lessons(self.run.root / changes["teach"], added.lessons)
            else:
                changes.setdefault("teach", []).extend(dict(lesson) for lesson in added.lessons)
        partial = path.with_name(f".{path.name}.partial")
        with partial.open("w", encoding="utf-8") as written:
            editor.dump(values, written)
        partial.replace(path)
        params = load_params(self.run.client, self.run.root)
        self.taxonomy = load_taxonomy(**params.taxonomy.model_dump())
        self._models, self._sentiment = {}, None  # they were taught by the drivers as they were
        return path

    def _changes(self, added: Additions) -> TaxonomyChanges:
        """Return the client's changes with the additions, checked."""
        changes: dict[str, Any] = load_params(self.run.client, self.run.root).taxonomy.model_dump(mode="json")
        _add_cues(changes, added.cues)
        changes["teach"] = [*changes.get("teach", ()), *(dict(lesson) for lesson in added.lessons)]
        return check_model(TaxonomyChanges, changes, f"{self.run.client}.yaml: taxonomy")

    def _mention_keys(self, taxonomy: Taxonomy, voice: str) -> pd.DataFrame:
        documents = self.run.read("documents")
        own = documents[documents["voice"] == voice]
        digest = own["document_id"].map(lambda key: hashlib.sha256(key.encode()).hexdigest())
        own = own.loc[digest.sort_values().index[:SAMPLE]].sort_values("document_id")
        segments = self.run.read("segments")
        segments = segments[segments["document_id"].isin(own["document_id"])]
        model = self._model(taxonomy, voice, tuple(segments["text"]))
        found = map_with_model(model, segments, own, self.run.read("sentiment"), taxonomy, **self._thresholds())
        return found[["document_id", "driver_id"]]

    def _model(self, taxonomy: Taxonomy, voice: str, corpus: tuple[str, ...] = ()) -> DriverModel:
        """Return a fitted model; those of the taxonomy as it is are kept."""
        if taxonomy is not self.taxonomy:
            return DriverModel(voice).fit(taxonomy, corpus=corpus)
        key = (voice, "heard" if corpus else "taught")
        if key not in self._models:
            self._models[key] = DriverModel(voice).fit(taxonomy, corpus=corpus)
        return self._models[key]

    def _thresholds(self) -> dict[str, Any]:
        chosen = self.run.params.drivers
        return {"threshold": chosen.threshold, "thresholds": chosen.thresholds}


def _add_cues(changes: dict[str, Any], cues: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    """Put phrases beside those that a client has, once each."""
    for driver_id, by_language in cues.items():
        for language, phrases in by_language.items():
            own = changes.setdefault("cue", {}).setdefault(driver_id, {}).setdefault(language, [])
            own.extend(phrase for phrase in phrases if phrase not in own)


def _append_lessons(path: Path, lessons: Sequence[Mapping[str, Any]]) -> None:
    """Write sentences at the end of a client's CSV of them, under its own columns."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        columns = next(csv.reader(lines))
    with path.open("a", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, columns, extrasaction="ignore", restval="", lineterminator="\n")
        writer.writerows({**lesson, "drivers": " ".join(lesson["drivers"])} for lesson in lessons)
