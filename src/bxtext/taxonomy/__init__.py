"""The drivers of experience: cards, cues and the example sentences that teach them.

`drivers/<id>.yaml` is a card, `exemplars/<id>.csv` its sentences, `attributes.yaml` the words that name actors and
stages. A client's file changes them with verbs: `add`, `drop`, `rename`, `teach`, `hear`.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from bxtext.errors import TaxonomyError, did_you_mean, fault_list
from bxtext.tables import ACTORS, JOURNEY_STAGES, LANGUAGES, SIDES, VOICES
from bxtext.taxonomy.attributes import Attributes, add_words, core_attributes, word_faults
from bxtext.yaml_file import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FOLDER = Path(__file__).parent
POLARITIES = ("positive", "negative", "mixed", "neutral", "wish")

Text = dict[str, str]
Texts = dict[str, tuple[str, ...]]


class Driver(BaseModel):
    """The card of one driver or outcome."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    label: Text
    side: Literal["cx", "ex", "bx", "out"]
    tier: Literal["core", "extension", "outcome"]
    stage: str
    actor: str
    mirror: str | None = None
    visible: bool | None = None
    sensitive: bool = False
    definition: Text
    includes: Texts
    excludes: Texts
    boundaries: dict[str, Text] = {}
    cues: Texts

    def heard_from(self, voice: str) -> bool:
        """Whether people of this voice can speak of the driver.

        Examples
        --------
        >>> load_taxonomy()["cx.price_value"].heard_from("employee")
        False
        """
        own = {"customer": ("cx.", "bx.", "out.cx_"), "employee": ("ex.", "bx.", "out.ex_")}
        return self.id.startswith(own[voice])


@dataclass(frozen=True)
class Exemplar:
    """A sentence with its true drivers; none is also an answer."""

    text: str
    language: str
    voice: str
    drivers: tuple[str, ...]
    polarity: str
    taught: bool = False  # by the client


@dataclass(frozen=True)
class Taxonomy:
    """Drivers by id, the sentences that teach them, and the words that name actors and stages."""

    drivers: Mapping[str, Driver]
    exemplars: Sequence[Exemplar] = field(repr=False)
    attributes: Attributes = field(repr=False, default_factory=core_attributes)

    def __getitem__(self, driver_id: str) -> Driver:
        """Return one card."""
        return self.drivers[driver_id]

    @cached_property
    def digest(self) -> str:
        """A digest of all that it says: two that differ in anything have two."""
        return hashlib.sha256(repr((dict(self.drivers), list(self.exemplars), self.attributes)).encode()).hexdigest()

    def heard_from(self, voice: str) -> list[str]:
        """Return the ids a voice can speak of, sorted."""
        return sorted(driver.id for driver in self.drivers.values() if driver.heard_from(voice))

    def as_table(self) -> pd.DataFrame:
        """Return the `drivers` table."""
        return pd.DataFrame(
            [
                {
                    "driver_id": driver.id,
                    "label_fr": driver.label["fr"],
                    "label_en": driver.label["en"],
                    "side": driver.side,
                    "tier": driver.tier,
                    "stage": driver.stage,
                    "actor": driver.actor,
                    "mirror": driver.mirror,
                    "visible": bool(driver.visible),
                    "sensitive": driver.sensitive,
                }
                for driver in self.drivers.values()
            ]
        )


def load_taxonomy(  # noqa: PLR0913  one keyword a verb
    *,
    add: Iterable[Mapping[str, Any]] = (),
    drop: Iterable[str] = (),
    rename: Mapping[str, Mapping[str, str]] | None = None,
    teach: Iterable[Mapping[str, Any]] = (),
    cue: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    hear: Mapping[str, Any] | None = None,
) -> Taxonomy:
    """Return the core taxonomy with a client's changes.

    Parameters
    ----------
    add : iterable of mapping
        Cards of further drivers.
    drop : iterable of str
        Ids of drivers that aren't wanted.
    rename : mapping of str to mapping
        Id to label, as ``{"fr": …, "en": …}``.
    teach : iterable of mapping
        Sentences: ``text``, ``language``, ``voice``, ``drivers``, ``polarity``.
    cue : mapping of str to mapping
        Id to language to phrases of this client that name the driver.
    hear : mapping
        Words of this client that name actors and stages, as in ``attributes.yaml``.

    Raises
    ------
    TaxonomyError
        All faults at once.

    Examples
    --------
    >>> load_taxonomy(drop=["cx.premises"]).drivers.keys() >= {"ex.voice", "bx.promise_gap"}
    True
    """
    core, exemplars = _core()
    faults: list[str] = []
    drivers = dict(core)
    for card in add:
        name = f"taxonomy.add {card.get('id', '(no id)')}"
        if (driver := _driver(card, name, faults)) is not None:
            drivers[driver.id] = driver
    for driver_id in [*drop, *(rename or {}), *(cue or {})]:
        if driver_id not in drivers:
            faults += [f"unknown driver {driver_id!r}; {did_you_mean(driver_id, drivers)}"]
    for driver_id, label in (rename or {}).items():
        if driver_id in drivers:
            drivers[driver_id] = drivers[driver_id].model_copy(update={"label": dict(label)})
    for driver_id, phrases in (cue or {}).items():
        if driver_id in drivers:
            drivers[driver_id] = _hear_also(drivers[driver_id], phrases)
    taught = [Exemplar(**{**lesson, "drivers": tuple(lesson["drivers"])}, taught=True) for lesson in teach]
    faults += word_faults(hear or {})
    faults += _lesson_faults(taught, {key: driver for key, driver in drivers.items() if key not in set(drop)})
    dropped = set(drop)
    kept = {key: _without(dropped, driver) for key, driver in sorted(drivers.items()) if key not in dropped}
    faults += _contradictions(kept)
    if faults:
        raise TaxonomyError(fault_list("the taxonomy", faults))
    sentences = [
        exemplar
        if dropped.isdisjoint(exemplar.drivers)
        else replace(exemplar, drivers=tuple(key for key in exemplar.drivers if key in kept))
        for exemplar in [*exemplars, *taught]
        if not exemplar.drivers or set(exemplar.drivers) & set(kept)
    ]
    return Taxonomy(kept, tuple(sentences), add_words(core_attributes(), hear or {}))


def _hear_also(driver: Driver, phrases: Mapping[str, Sequence[str]]) -> Driver:
    """A card with further cues; one it has already is no fault."""
    cues = {
        language: tuple(dict.fromkeys([*driver.cues.get(language, ()), *phrases.get(language, ())]))
        for language in LANGUAGES
    }
    return driver.model_copy(update={"cues": cues})


@cache
def _core() -> tuple[dict[str, Driver], tuple[Exemplar, ...]]:
    faults: list[str] = []
    drivers = {}
    for path in sorted((FOLDER / "drivers").glob("*.yaml")):
        if (driver := _driver(read_yaml(path), path.name, faults)) is not None:
            drivers[driver.id] = driver
    exemplars: list[Exemplar] = []
    for path in sorted((FOLDER / "exemplars").glob("*.csv")):
        exemplars += _read_exemplars(path, drivers, faults)
    faults += _contradictions(drivers)
    if faults:
        raise TaxonomyError(fault_list("the taxonomy", faults))
    return drivers, tuple(exemplars)


def _driver(card: Mapping[str, Any], name: str, faults: list[str]) -> Driver | None:
    try:
        return Driver.model_validate(card)
    except ValidationError as error:
        faults += [f"{name}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        return None


def _read_exemplars(path: Path, drivers: Mapping[str, Driver], faults: list[str]) -> list[Exemplar]:
    exemplars = []
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            ids = tuple(row["drivers"].split())
            where = f"{path.name} row {number}"
            faults += [
                f"{where}: unknown driver {key!r}; {did_you_mean(key, drivers)}" for key in ids if key not in drivers
            ]
            faults += [
                f"{where}: {column} {row[column]!r}; allowed: {', '.join(allowed)}"
                for column, allowed in (("language", LANGUAGES), ("voice", VOICES), ("polarity", POLARITIES))
                if row[column] not in allowed
            ]
            exemplars.append(Exemplar(row["text"], row["language"], row["voice"], ids, row["polarity"]))
    return exemplars


def _lesson_faults(taught: Iterable[Exemplar], drivers: Mapping[str, Driver]) -> list[str]:
    """Faults of a client's own sentences, which are never quoted."""
    faults = []
    for driver_id, voice in sorted({(driver_id, lesson.voice) for lesson in taught for driver_id in lesson.drivers}):
        if driver_id not in drivers:
            faults.append(f"taxonomy.teach: unknown driver {driver_id!r}; {did_you_mean(driver_id, drivers)}")
        elif not drivers[driver_id].heard_from(voice):
            faults.append(f"taxonomy.teach: {driver_id!r} is not heard from {voice}s; change `voice` or the driver")
    return faults


def _without(dropped: set[str], driver: Driver) -> Driver:
    """A card that names no dropped driver."""
    boundaries = {key: text for key, text in driver.boundaries.items() if key not in dropped}
    mirror = None if driver.mirror in dropped else driver.mirror
    return driver.model_copy(update={"boundaries": boundaries, "mirror": mirror})


def _contradictions(drivers: Mapping[str, Driver]) -> list[str]:
    """Faults between cards: mirrors that don't look back, a cue that means two things, closed lists."""
    faults = []
    for driver in drivers.values():
        if driver.mirror is not None and driver.mirror not in drivers:
            faults.append(f"{driver.id}: unknown mirror {driver.mirror!r}; {did_you_mean(driver.mirror, drivers)}")
        elif driver.mirror is not None and drivers[driver.mirror].mirror != driver.id:
            faults.append(f"{driver.id}: its mirror {driver.mirror!r} does not name it back")
        if not driver.id.startswith(f"{driver.side}."):
            faults.append(
                f"{driver.id}: its side is {driver.side!r}; an id starts with its side, as {driver.side}.name"
            )
        for name, value, allowed in (
            ("side", driver.side, SIDES), ("actor", driver.actor, ACTORS), ("stage", driver.stage, JOURNEY_STAGES),
        ):  # fmt: skip
            if value not in allowed:
                faults.append(f"{driver.id}: {name} {value!r}; {did_you_mean(value, allowed)}")
        faults += [
            f"{driver.id}: {name} lacks {language!r}"
            for name in ("label", "definition", "includes", "excludes", "cues")
            for language in LANGUAGES
            if not getattr(driver, name).get(language)
        ]
        faults += [
            f"{driver.id}: boundary with unknown driver {neighbour!r}; {did_you_mean(neighbour, drivers)}"
            for neighbour in driver.boundaries
            if neighbour not in drivers
        ]
    for voice in VOICES:
        for language in LANGUAGES:
            uses = Counter(
                cue for driver in drivers.values() if driver.heard_from(voice) for cue in driver.cues.get(language, ())
            )
            for cue in sorted(cue for cue, count in uses.items() if count > 1):
                owners = [key for key, driver in drivers.items() if cue in driver.cues.get(language, ())]
                faults.append(f"cue {cue!r} ({language}, {voice}) is used by {', '.join(owners)}; keep it in one")
    return faults
