"""Days: by the declared format, else ISO first, then day first; times with an offset are told in one zone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from bxtext.language import fold_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DAY_FORMATS = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%d/%m/%y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d.%m.%y",
    "%Y/%m/%d",
    "%d %m %Y",
    "%d %m %y",
    "%Y%m%d",
)
FIRST_YEAR, LAST_YEAR = 1990, 2100  # other years are stand-ins for "unknown", such as 9999-12-31
_MOMENT = (
    r"^(?P<day>.*?\d)(?:(?:T|,? (?:à |at )?)(?P<hour>\d{1,2})[:h](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r" ?(?P<half>[AaPp]\.?[Mm]\.?)? ?(?P<zone>Z|UTC|GMT|CET|CEST|[+-]\d{2}:?\d{2})?)?$"
)
_ZONES = {"Z": 0.0, "UTC": 0.0, "GMT": 0.0, "CET": 1.0, "CEST": 2.0}
_ORDINAL = re.compile(r"\b(\d{1,2})(?:er|st|nd|rd|th)\b")
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("janvier janv january jan", "fevrier fevr fev february feb", "mars march mar", "avril avr april apr",
         "mai may", "juin june jun", "juillet juil july jul", "aout august aug", "septembre sept september sep",
         "octobre october oct", "novembre november nov", "decembre december dec"), start=1
    )
    for name in names.split()
}  # fmt: skip


class Days(NamedTuple):
    """Days found, which written cells hold none, and how many times of day don't exist or exist twice in the zone."""

    days: pd.Series
    bad: NDArray[np.bool_]
    n_unclear: int


def parse_dates(cells: Sequence[str | None], declared: str | None, zone: str) -> Days:
    """Parse dates.

    Parameters
    ----------
    cells : sequence of str or None
        As written.
    declared : str or None
        The `date_format` of the source; typed cells of a workbook arrive in ISO form whatever it is.
    zone : str
        IANA name of the zone in which days are counted.

    Examples
    --------
    >>> parse_dates(["1er mars 2026", "31/02/2026", "2026-03-01T23:30:00Z", None], None, "Europe/Paris").days.tolist()
    [Timestamp('2026-03-01 00:00:00'), NaT, Timestamp('2026-03-02 00:00:00'), NaT]
    """
    codes, distinct = pd.factorize(np.array(cells, dtype=object))
    written = pd.Series(distinct, dtype="str").str.replace(r"\s+", " ", regex=True).str.strip()
    moments, n_unclear = _parse_moments(written, zone)
    if declared is not None:
        # the declared format decides; ISO stays, for that is how typed cells arrive
        iso = written.str.fullmatch(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?").fillna(value=False)
        moments = moments.where(iso)
        as_declared = pd.to_datetime(written, format=declared, errors="coerce", utc="%z" in declared)
        if as_declared.dt.tz is not None:
            as_declared = as_declared.dt.tz_convert(zone).dt.tz_localize(None)
        moments = as_declared.astype("datetime64[us]").fillna(moments)
    moments = moments.where(moments.dt.year.between(FIRST_YEAR, LAST_YEAR))
    days = moments.dt.normalize().to_numpy()
    known = np.append(days, np.datetime64("NaT"))[codes]  # a missing cell has code -1
    return Days(pd.Series(known, dtype="datetime64[us]"), np.isnat(known) & (codes >= 0), n_unclear)


def parse_months(cells: Sequence[str | None]) -> tuple[pd.Series, NDArray[np.bool_]]:
    """Return the months of cells as `2026-03`, from months or days, and which written cells hold none.

    Examples
    --------
    >>> months, bad = parse_months(["2026-03", "03/2026", "mars 2026", "15/03/2026", "spring", None])
    >>> months.tolist(), bad.tolist()
    (['2026-03', '2026-03', '2026-03', '2026-03', nan, nan], [False, False, False, False, True, False])
    """
    written = pd.Series(list(cells), dtype="str").str.strip()
    days = pd.Series(pd.NaT, index=written.index, dtype="datetime64[us]")
    for before, after in (("", ""), ("", "-01"), ("01/", ""), ("1 ", "")):
        days = days.fillna(parse_dates((before + written + after).tolist(), None, "UTC").days)
    return days.dt.strftime("%Y-%m").astype("str"), (days.isna() & written.notna()).to_numpy()


def _parse_moments(written: pd.Series, zone: str) -> tuple[pd.Series, int]:
    parts = written.str.replace(r"^[Ll]e ", "", regex=True).str.extract(_MOMENT)
    days = pd.Series(pd.NaT, index=written.index, dtype="datetime64[us]")
    plain = parts["day"].where(parts["day"].str.fullmatch(r"[\d/.\- ]+").fillna(value=False))
    plain = plain.fillna(parts["day"].map(_number_month, na_action="ignore").astype("str"))
    for day_format in DAY_FORMATS:
        waiting = days.isna() & plain.notna()
        if not waiting.any():
            break
        days[waiting] = pd.to_datetime(plain[waiting], format=day_format, errors="coerce").astype("datetime64[us]")
    hours = pd.to_numeric(parts["hour"])
    half = parts["half"].str[0].str.lower()
    hours = hours.where(half.isna(), hours % 12 + 12 * (half == "p"))
    minutes, seconds = pd.to_numeric(parts["minute"]), pd.to_numeric(parts["second"]).clip(upper=59)
    days = days.where(hours.isna() | ((hours <= 24) & (minutes < 60)))
    moments = days + pd.to_timedelta(hours.fillna(0) * 3600 + minutes.fillna(0) * 60 + seconds.fillna(0), unit="s")
    offsets = parts["zone"].map(_offset_hours, na_action="ignore").astype(float)
    there = moments.where(offsets.isna(), _tell_in_zone(moments - pd.to_timedelta(offsets.fillna(0), unit="h"), zone))
    local = there[offsets.isna() & hours.notna()].dropna()
    unclear = local.dt.tz_localize(ZoneInfo(zone), ambiguous="NaT", nonexistent="NaT").isna()
    return there.astype("datetime64[us]"), int(unclear.sum())


def _number_month(day: str) -> str | None:
    """`1er février 2025` and `February 1st, 2025` as `1 2 2025`."""
    words = _ORDINAL.sub(r"\1", fold_text(day)).split()
    months = [word for word in words if word in _MONTHS]
    numbers = [word for word in words if word.isdecimal()]
    if len(months) != 1 or len(numbers) != 2:
        return None
    return f"{numbers[0]} {_MONTHS[months[0]]} {numbers[1]}"


def _offset_hours(zone: str) -> float:
    if zone in _ZONES:
        return _ZONES[zone]
    digits = zone[1:].replace(":", "")
    return (1 if zone[0] == "+" else -1) * (int(digits[:2]) + int(digits[2:]) / 60)


def _tell_in_zone(moments: pd.Series, zone: str) -> pd.Series:
    told: pd.Series = moments.dt.tz_localize("UTC").dt.tz_convert(ZoneInfo(zone)).dt.tz_localize(None)
    return told
