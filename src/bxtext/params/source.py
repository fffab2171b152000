"""Where comments come from: one file or database of one voice, and what its columns hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from bxtext.errors import did_you_mean
from bxtext.params.section import Section

GROUP_NAME = r"^[a-z][a-z0-9_]{0,30}$"
RESERVED = {"all", "unit"}  # cuts of their own, that no group may be called
COMMON_ZONES = ("Europe/Paris", "Europe/Brussels", "Europe/Zurich", "Europe/London", "America/Montreal", "UTC")

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class Columns(Section):
    """Which column of the file holds what; only `text`, or `pros` and `cons`, are required."""

    text: str | None = Field(None, description="the verbatim")
    pros: str | None = Field(None, description="instead of text, what the person likes: a comment of its own")
    cons: str | None = Field(None, description="beside pros, what the person dislikes: another comment of theirs")
    id: str | None = Field(None, description="the source's own id of a comment")
    date: str | None = Field(None, description="day of the comment")
    rating: str | None = Field(None, description="the respondent's own rating")
    respondent_id: str | None = Field(None, description="who spoke: several comments of one person are one vote")
    unit: str | None = Field(None, description="store, agency, team: where both voices can meet")

    @model_validator(mode="after")
    def _something_is_read(self) -> Columns:
        if (self.text is None) == (self.pros is None and self.cons is None):
            raise ValueError("columns: give either text, or pros and cons")
        return self


class Source(Section):
    """One file of one voice."""

    name: Slug = Field(description="short name of the source: lower-case letters, digits, hyphens")
    voice: Literal["customer", "employee"] = Field(description="who speaks in this file")
    path: str = Field(
        "", description="the file, from the project's root: .csv .tsv .txt .xlsx .json .jsonl .parquet .sqlite, or .gz"
    )
    connection: Slug | None = Field(
        None, description="a database instead of a file: its URL is in the environment, as BXTEXT_CONNECTION_<NAME>"
    )
    query: str | None = Field(None, description="the one SELECT that gives the rows of a database")
    type: Literal["review", "survey", "interview", "message"] = Field("review", description="how it was said")
    columns: Columns = Field(description="which column holds what")
    groups: dict[Annotated[str, Field(pattern=GROUP_NAME)], str] = Field(
        default_factory=dict, description="groups to compare by: name -> column"
    )
    rating_scale: tuple[float, float] = Field((1, 5), description="worst and best rating; [5, 1] when 1 is best")
    rating_labels: dict[str, float] = Field(
        default_factory=dict, description="ratings that are words or smileys: label -> number on the scale"
    )
    encoding: str | None = Field(None, description="text encoding, when it isn't found by itself")
    separator: str | None = Field(None, description="column separator, when it isn't found by itself")
    sheet: str | None = Field(None, description="sheet of an .xlsx file; its only visible one by default")
    skip_rows: int = Field(0, ge=0, description="lines above the header")
    date_format: str | None = Field(None, description="such as %d/%m/%Y; by default ISO first, then day first")
    join_extra: bool = Field(
        default=False, description="a row with more cells than the header: separators without quotes have cut its text"
    )
    time_zone: str = Field("Europe/Paris", description="zone in which times with an offset become days")

    @model_validator(mode="after")
    def _groups_are_no_other_cut(self) -> Source:
        taken = sorted(RESERVED & set(self.groups))
        if taken:
            raise ValueError(f"groups: {taken[0]!r} is a cut of its own; choose another name")
        return self

    @property
    def place(self) -> str:
        """Where the rows come from, as errors name it."""
        return self.connection or self.path

    @model_validator(mode="after")
    def _rows_come_from_one_place(self) -> Source:
        if bool(self.path) == bool(self.connection):
            raise ValueError(f"source {self.name!r}: give either path or connection")
        if self.connection and not self.query:
            raise ValueError(f"source {self.name!r}: a connection needs a query, the SELECT that gives the rows")
        return self

    @model_validator(mode="after")
    def _extra_cells_join_a_text(self) -> Source:
        if self.join_extra and self.columns.text is None:
            raise ValueError("join_extra: needs columns.text; of pros and cons nobody knows which one was cut")
        return self

    @field_validator("time_zone")
    @classmethod
    def _zone_is_known(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError(f"time_zone: {zone!r} is unknown; {did_you_mean(zone, COMMON_ZONES)}")
        return zone

    @field_validator("date_format")
    @classmethod
    def _format_is_known(cls, date_format: str | None) -> str | None:
        if date_format is not None:
            try:
                written = datetime(2001, 2, 3, 4, 5, tzinfo=UTC).strftime(date_format)
                found = datetime.strptime(written, date_format)  # noqa: DTZ007  only whether it can be parsed
            except ValueError:
                raise ValueError(f"date_format: {date_format!r} can't be parsed; write it such as %d/%m/%Y") from None
            if (found.year, found.month, found.day) != (2001, 2, 3):
                raise ValueError(f"date_format: {date_format!r} tells no day; write it such as %d/%m/%Y")
        return date_format

    @model_validator(mode="after")
    def _scale_has_two_ends(self) -> Source:
        if self.rating_scale[0] == self.rating_scale[1]:
            raise ValueError("rating_scale: worst and best are the same")
        return self
