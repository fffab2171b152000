"""Every parameter with its default: one section a stage, its fields the keyword arguments of the stage's function."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from bxtext.params.colours import DARK, LIGHT, check_contrast
from bxtext.params.running import Day, Drift, Notify, Running
from bxtext.params.section import Section
from bxtext.params.source import Source  # noqa: TC001  pydantic needs it at run time

PRIVATE = ("taxonomy.teach", "clean.boilerplate", "clean.respondents")  # sentences and names: never shown or stored

Language = Literal["fr", "en"]
Format = Literal["html", "xlsx", "pptx", "pdf"]


class Client(Section):
    """Who the run is for."""

    name: str = Field(description="name as printed in the report")
    language: Language = Field("fr", description="language of the report: fr or en")


class Read(Section):
    """Stage 1."""

    max_quarantined: float = Field(
        0.2,
        ge=0,
        le=1,
        description="largest share of unreadable rows, or of unreadable cells of a column, before the run is refused",
    )


class Clean(Section):
    """Stage 2."""

    languages: tuple[Language, ...] = Field(("fr", "en"), min_length=1, description="languages to keep")
    min_words: int = Field(1, ge=1, description="shorter comments are dropped as too short")
    boilerplate: tuple[str, ...] = Field((), description="whole comments that mean nothing, such as a form's own text")
    respondents: tuple[str, ...] = Field(
        (), description="names whose turns are kept in interviews and messages, if not the usual ones"
    )
    since: Day = Field(None, description="first day: 2026-01-01, or -90d for days, w weeks, m months, y years")
    until: Day = Field(None, description="last day, likewise; comments of other days are dropped")


class Masking(Section):
    """Stage 2, what masks personal data."""

    roster: str | None = Field(
        None,
        description="file of digests, from the project's root, that bxtext.privacy.write_roster made of names that "
        "must never stay; its key is in the environment, as BXTEXT_ROSTER_KEY",
    )
    detectors: tuple[str, ...] = Field(
        (), description="further detectors of personal data, such as acme.presidio:French (module:name)"
    )
    keep: tuple[str, ...] = Field(
        (), description="words that are never masked as names: the client's brands, products and places"
    )


class Segment(Section):
    """Stage 3."""

    max_words: int = Field(40, ge=5, description="longer sentences are cut at commas, then anywhere")
    pipelines: dict[Language, str] = Field(
        default_factory=dict,
        description="an installed spaCy pipeline by language, such as fr: fr_core_news_md; none by default",
    )


class Themes(Section):
    """Stage 4."""

    model: str | None = Field(None, description="run whose themes are kept: segments are assigned, nothing is fitted")
    n_themes: int | None = Field(None, ge=2, le=200, description="most themes per voice; follows the texts by default")
    min_segments: int = Field(20, ge=5, description="smaller themes are not reported")
    min_similarity: float = Field(0.25, ge=0, le=1, description="a segment farther from every theme stays unassigned")
    max_fit: int = Field(6_000, ge=500, description="segments the themes are learned from, drawn by content")
    brand_words: tuple[str, ...] = Field((), description="words that name the brand: no theme is named by them")


class Registry(Section):
    """Stage 4: which themes of this run are those of earlier ones."""

    min_similarity: float = Field(0.4, gt=0, le=1, description="least cosine of the words of one theme in two runs")


class Emerging(Section):
    """Stage 4: which themes more people speak of than before."""

    min_respondents: int = Field(10, ge=5, description="an emerging theme needs this many people in the latest month")
    min_periods: int = Field(3, ge=2, description="a theme needs this many earlier months; a new one needs one")
    max_periods: int = Field(12, ge=2, description="earlier months looked at")
    false_alarms: float = Field(
        0.05, gt=0, le=0.2, description="share of runs in which nothing moves that may raise an alarm"
    )


class Sentiment(Section):
    """Stage 5."""

    neutral_band: float = Field(0.15, ge=0, lt=1, description="polarities within ± this are called neutral")


class Drivers(Section):
    """Stage 6."""

    model: str | None = Field(
        None, description="run whose models are kept: they listen to its comments, and stay as they were"
    )
    threshold: float = Field(0.5, gt=0, lt=1, description="probability from which a driver is mentioned")
    thresholds: dict[str, Annotated[float, Field(gt=0, lt=1)]] = Field(
        default_factory=dict, description="driver id -> its own threshold, as `bxtext evaluate` proposes"
    )
    encoder: str | None = Field(
        None, description="folder of a model of model2vec or sentence-transformers that helps; none is needed"
    )


class Scores(Section):
    """Stage 7."""

    min_respondents: int = Field(5, ge=5, description="a score needs this many distinct respondents; never below 5")
    resamples: int = Field(500, ge=200, description="bootstrap resamples, of importance")


class Linkage(Section):
    """Stage 8."""

    min_units: int = Field(10, ge=4, description="fewer units: not enough data")
    min_respondents: int = Field(3, ge=1, description="a unit x month cell needs this many respondents on the driver")
    max_lag: int = Field(3, ge=0, le=12, description="months by which one voice may lead the other")
    resamples: int = Field(500, ge=200, description="permutations")
    interaction_by: str = Field("unit", description="what has a human-interaction level: unit, or the name of a group")
    interaction_levels: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(
        default_factory=dict, description="its levels: unit or value of the group -> 0 (nobody is met) to 1"
    )


class Brand(Section):
    """Stage 9."""

    human_interaction: float = Field(1.0, ge=0, le=1, description="h in BX = (CX + h EX) / (1 + h)")
    min_respondents: int = Field(10, ge=5, description="a unit needs this many distinct respondents in each voice")
    high_score: float = Field(50.0, ge=0, le=100, description="an index above this is high, in quadrants and lights")
    stale_days: int = Field(90, ge=1, description="a voice so much older than the other is called stale")


class Claims(Section):
    """Stage 9, what the articles claim."""

    resamples: int = Field(500, ge=200, description="permutations and bootstrap resamples")
    unit_outcomes: dict[str, dict[str, float]] = Field(
        default_factory=dict,
        description="the client's own figures of its units, up is good: name -> unit -> value; retention, loyalty and "
        "advocacy stand in for what people say of them",
    )


class Outcomes(Section):
    """The client's own figures of its units from a file, up is good: what stage 9 holds both voices against."""

    file: str | None = Field(
        None, description="a table in any form of a source, a row a unit, or a unit and month; from the project's root"
    )
    unit: str = Field("unit", description="its column with the unit, named as in the comments")
    period: str | None = Field(None, description="its column with the month, when it has one")
    figures: dict[str, str] = Field(
        default_factory=dict, description="name -> column; by default every other column, under its own name"
    )


class Promise(Section):
    """What the brand promises, in a sentence."""

    text: str = Field(min_length=3, description="the promise, in the brand's words")
    driver: str = Field(description="id of the driver it is about")


class Promises(Section):
    """What the brand promises: held against both voices in stage 9."""

    file: str | None = Field(None, description="a UTF-8 CSV with columns text and driver, from the project's root")
    said: tuple[Promise, ...] = Field((), description="promises, one entry each")


class Engine(Section):
    """Who works on partitions of documents, when there are more than one holds."""

    kind: Literal["local", "dask"] = Field("local", description="processes of this machine, or a Dask cluster")
    workers: int | None = Field(None, ge=1, description="processes of this machine; one a core by default")
    scheduler: str | None = Field(None, description="of a cluster, such as tcp://10.0.0.1:8786")

    @model_validator(mode="after")
    def _cluster_has_an_address(self) -> Engine:
        if (self.kind == "dask") != (self.scheduler is not None):
            raise ValueError(
                "scheduler: goes with `kind: dask`, and `kind: dask` needs one, such as tcp://10.0.0.1:8786"
            )
        return self


class Theme(Section):
    """How the report of a client looks."""

    logo: str | None = Field(None, description="the client's logo, from the project's root: .png, .jpg or .svg")
    accent: str = Field("#00664a", description="colour of links and titles on white, as #rrggbb")
    accent_dark: str = Field("#5fd0a9", description="the same on a dark screen")

    @field_validator("accent", "accent_dark")
    @classmethod
    def _legible(cls, colour: str, info: ValidationInfo) -> str:
        try:
            return check_contrast(colour, DARK if info.field_name == "accent_dark" else LIGHT)
        except ValueError as error:
            raise ValueError(f"report.theme.{info.field_name}: {error}") from error


class Report(Section):
    """Stage 10."""

    stale_days: int = Field(45, ge=1, description="older newest comments raise the stale banner")
    max_units: int = Field(20, ge=4, description="units shown in charts; the rest stay in the tables")
    min_quoted: int = Field(10, ge=10, description="customers who speak of a driver before any of them is quoted")
    max_quotes: int = Field(240, ge=0, description="comments of customers quoted at most; 0 quotes nobody")
    theme: Theme = Field(Theme(), description="the client's logo and colours; the house's by default")
    formats: tuple[Format, ...] = Field(
        ("html", "xlsx", "pptx"), min_length=1, description="among html, xlsx, pptx and pdf (an extra, and the slowest)"
    )
    master: str | None = Field(None, description="a PPTX file from the project's root whose layouts the slides take")


class Privacy(Section):
    """What may leave."""

    # small groups of employees: bxtext.publish.policy
    min_respondents: int = Field(
        5, ge=5, description="an employee figure that leaves stands for this many people; never below 5"
    )
    highest_score: float = Field(
        90.0, gt=50, le=95, description="employees' scores above it are told as it, those below 100 less it as that"
    )


class Label(Section):
    """A name in both languages."""

    fr: str
    en: str


class Lesson(Section):
    """A sentence that teaches a driver."""

    text: str = Field(min_length=3)
    language: Language = "fr"
    voice: Literal["customer", "employee"] = "customer"
    drivers: tuple[str, ...] = Field(description="driver ids; empty when it is about none")
    polarity: Literal["positive", "negative", "mixed", "neutral", "wish"] = "neutral"


class TaxonomyChanges(Section):
    """What a client changes in the drivers, as verbs."""

    add: tuple[dict[str, Any], ...] = Field((), description="driver cards, as in src/bxtext/taxonomy/drivers")
    drop: tuple[str, ...] = Field((), description="driver ids this client has no use for")
    rename: dict[str, Label] = Field(default_factory=dict, description="driver id -> label in both languages")
    teach: tuple[Lesson, ...] = Field(
        (), description="sentences of this client, with their drivers; or a CSV of them, from the project's root"
    )
    cue: dict[str, dict[Language, tuple[Annotated[str, Field(min_length=2)], ...]]] = Field(
        default_factory=dict, description="driver id -> language -> phrases of this client that name it"
    )
    hear: dict[str, dict[str, dict[str, dict[str, tuple[str, ...]]]]] = Field(
        default_factory=dict, description="words that name actors and stages, as in src/bxtext/taxonomy/attributes.yaml"
    )


class Params(Section):
    """Everything a run needs to know, resolved and checked."""

    client: Client
    sources: tuple[Source, ...] = Field(min_length=1, description="the files, one entry each")
    seed: int = Field(7, ge=0, description="the one seed of everything drawn at random")
    engine: Engine = Engine()
    taxonomy: TaxonomyChanges = TaxonomyChanges()
    read: Read = Read()
    clean: Clean = Clean()
    masking: Masking = Masking()
    segment: Segment = Segment()
    themes: Themes = Themes()
    registry: Registry = Registry()
    emerging: Emerging = Emerging()
    sentiment: Sentiment = Sentiment()
    drivers: Drivers = Drivers()
    scores: Scores = Scores()
    linkage: Linkage = Linkage()
    brand: Brand = Brand()
    claims: Claims = Claims()
    outcomes: Outcomes = Outcomes()
    promises: Promises = Promises()
    report: Report = Report()
    drift: Drift = Drift()
    run: Running = Running()
    notify: Notify = Notify()
    privacy: Privacy = Privacy()

    @model_validator(mode="after")
    def _source_names_differ(self) -> Params:
        names = [source.name for source in self.sources]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"sources: the name {repeated[0]!r} is used twice; give each source its own")
        return self

    def shareable(self) -> dict[str, Any]:
        """Return the parameters as plain values, sentences of people replaced by how many there are."""
        values = self.model_dump(mode="json")
        for place in PRIVATE:
            section, name = place.split(".")
            values[section][name] = len(values[section][name])
        return values

    def digest(self) -> str:
        """Return 16 hexadecimal digits that change whenever a parameter of the results does."""
        canonical = json.dumps(self.model_dump(mode="json", exclude={"drift", "run", "notify"}), sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]
