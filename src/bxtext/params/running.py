"""Parameters of running itself: time, cache, days, and who is told. No result depends on them, but for the day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from bxtext.params.section import Section

DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}

RelativeDay = Annotated[str, Field(pattern=r"^-[0-9]{1,4}[dwmy]$")]
Day = date | RelativeDay | None
EnvironmentName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,62}$")]


class Running(Section):
    """How a run is run."""

    timeout: float = Field(3600.0, gt=0, description="seconds a stage may take before it is stopped")
    every: Literal["day", "week", "month"] = Field(
        "day", description="a second run with nothing new in the same day, week or month is already done"
    )
    today: date | None = Field(None, description="the day of the run, from which -90d counts; the current one, in UTC")
    cache_days: float = Field(90.0, ge=0, description="what no run has used for so long leaves the cache")
    cache_gb: float = Field(5.0, ge=0, description="size of the cache; the least used goes first")


class Drift(Section):
    """What changed from one run to the next."""

    false_alarms: float = Field(
        0.05, gt=0, le=0.5, description="share of runs in which nothing changed that may raise an alarm"
    )
    min_respondents: int = Field(10, ge=5, description="people a test needs on either side")


class Notify(Section):
    """Who is told how a run ended: never a comment's text. Addresses that are secret are in the environment."""

    ping: EnvironmentName | None = Field(
        None, description="name of the environment's variable that holds a URL, called when a run ends well"
    )
    webhook: EnvironmentName | None = Field(
        None, description="name of the environment's variable that holds a URL, which gets a line of JSON"
    )
    email: tuple[str, ...] = Field(
        (), description="addresses; the server is in BXTEXT_SMTP, as smtp://user:word@host:587"
    )
    when: Literal["always", "failure"] = Field("failure", description="which ends are told of by webhook and e-mail")


def resolve_day(day: date | str | None, today: date) -> date | None:
    """Return the day that `-90d`, `-12w`, `-6m` or `-1y` before `today` is; months have 30 days here.

    Examples
    --------
    >>> resolve_day("-2w", date(2026, 11, 22))
    datetime.date(2026, 11, 8)
    """
    return today - timedelta(days=int(day[1:-1]) * DAYS[day[-1]]) if isinstance(day, str) else day


def period_of(day: date, every: str) -> tuple[int, ...]:
    """Return the day, ISO week or month that a day is in, as something to compare.

    Examples
    --------
    >>> period_of(date(2026, 11, 22), "week") == period_of(date(2026, 11, 16), "week")
    True
    """
    week = day.isocalendar()
    return {"day": (day.toordinal(),), "week": (week.year, week.week), "month": (day.year, day.month)}[every]
