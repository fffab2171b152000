"""What users read, in French and in English: sentences, numbers, dates, plurals.

`fr.yaml` and `en.yaml` hold the sentences under the same keys with the same placeholders. A placeholder takes a
number with a format, as ``{score:.0f}`` or ``{share:.0%}``, and comes out in the language's own form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from numbers import Real
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

from bxtext.errors import ParamsError, did_you_mean
from bxtext.tables import LANGUAGES
from bxtext.yaml_file import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

FOLDER = Path(__file__).parent
THIN = "\u202f"  # narrow no-break space
NONE = "–"  # stands where there is no figure
PLURAL = {"one", "other"}
# written with ordinary spaces and apostrophes in the catalogues, so that they can be edited anywhere
_BEFORE_MARK = re.compile(r" (?=[:;!?»%])")
_AFTER_QUOTE = re.compile(r"(?<=«) ")


@dataclass(frozen=True)
class Wording:
    """All that is said in one language."""

    language: str
    entries: Mapping[str, str | Mapping[str, str]] = field(repr=False)

    def __contains__(self, key: str) -> bool:
        """Whether there is an entry of this key."""
        return key in self.entries

    def text(self, key: str, **values: Any) -> str:
        """Return an entry with its placeholders filled in; the value `n` chooses between one and several.

        Examples
        --------
        >>> load_wording("fr").text("count.comments", n=12345)
        '12\u202f345 commentaires'
        >>> load_wording("en").text("count.comments", n=1)
        '1 comment'
        """
        entry = self.entries[key]
        if not isinstance(entry, str):
            entry = entry[self._plural(values["n"])]
        return _Filler(self).format(entry, **values)

    def number(self, value: float | None, form: str = ",") -> str:
        """Return a number in the language's form, by a Python format; a dash when there is none.

        Examples
        --------
        >>> load_wording("fr").number(-0.123, ".1%"), load_wording("en").number(1234.5, ",.1f")
        ('−12,3\u202f%', '1,234.5')
        """
        if value is None or value != value:  # noqa: PLR0124  NaN alone differs from itself
            return NONE
        written = format(value, form)
        if not re.search(r"[1-9]", written):
            written = written.lstrip("+-")  # no sign on what rounds to zero
        marks = {"-": "−"}
        if self.language == "fr":
            marks |= {",": THIN, ".": ",", "%": f"{THIN}%"}
        return "".join(marks.get(character, character) for character in written)

    def interval(self, low: float | None, high: float | None, form: str = ".0f") -> str:
        """Return an interval, or a dash when there is none.

        Examples
        --------
        >>> load_wording("en").interval(47.2, 53.4)
        '47 to 53'
        """
        if low is None or high is None or low != low or high != high:  # noqa: PLR0124  NaN
            return NONE
        return self.text("form.interval", low=self.number(low, form), high=self.number(high, form))

    def date(self, day: date | None) -> str:
        """Return a day in words.

        Examples
        --------
        >>> load_wording("fr").date(date(2026, 11, 3)), load_wording("en").date(date(2026, 11, 3))
        ('3 novembre 2026', '3 November 2026')
        """
        if day is None or day != day:  # noqa: PLR0124  NaT
            return NONE
        number = "1er" if self.language == "fr" and day.day == 1 else str(day.day)
        return f"{number} {self.text(f'month.{day.month}')} {day.year}"

    def month(self, period: str, *, short: bool = False) -> str:
        """Return a month in words, from YYYY-MM.

        Examples
        --------
        >>> load_wording("fr").month("2026-02"), load_wording("en").month("2026-02", short=True)
        ('février 2026', 'Feb 2026')
        """
        year, month = period.split("-")
        names = "month_short" if short else "month"
        return f"{self.text(f'{names}.{int(month)}')} {year}"

    def span(self, periods: Iterable[str]) -> str:
        """Return the time from the first to the last of some months.

        Examples
        --------
        >>> load_wording("fr").span(["2025-11", "2026-01", "2025-12"])
        'de novembre 2025 à janvier 2026'
        """
        months = sorted(periods)
        if not months:
            return self.text("form.undated")
        if months[0] == months[-1]:
            return self.month(months[0])
        return self.text("form.span", first=self.month(months[0]), last=self.month(months[-1]))

    def join(self, names: Sequence[str]) -> str:
        """Return a list as it is said.

        Examples
        --------
        >>> load_wording("fr").join(["Lille", "Metz", "Rouen"])
        'Lille, Metz et Rouen'
        """
        if len(names) < 2:
            return "".join(names)
        return self.text("form.join", first=", ".join(names[:-1]), last=names[-1])

    def quote(self, name: str) -> str:
        """Return a name between the language's quotation marks."""
        return self.text("form.quote", name=name)

    def labels(self, table: pd.DataFrame) -> dict[str, str]:
        """Return id -> label from a table whose first column is an id, such as `drivers` and `themes`."""
        names = (_typeset(name, self.language) for name in table[f"label_{self.language}"])
        return dict(zip(table.iloc[:, 0], names, strict=True))

    def reason(self, written: str) -> str:
        """Say a stage's reason for giving no figure; stages write it in English, as the entries `reason` of en.yaml.

        Examples
        --------
        >>> load_wording("fr").reason("3 units; at least 10 are needed")
        '3 unités\u202f; il en faut au moins 10'
        """
        for key, pattern in _reason_patterns():
            if found := pattern.fullmatch(written.replace("'", "’")):
                values = {name: float(text) if "." in text else int(text) for name, text in found.groupdict().items()}
                return self.text(key, **values)
        return written

    def _plural(self, n: float) -> str:
        single = abs(n) < 2 if self.language == "fr" else n == 1
        return "one" if single else "other"


class _Filler(Formatter):
    """Fills in placeholders in the language's form."""

    def __init__(self, wording: Wording) -> None:
        self.wording = wording

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Real):
            return self.wording.number(float(value) if format_spec else value, format_spec or ",")  # type: ignore[arg-type]
        if isinstance(value, date):
            return self.wording.date(value)
        return str(value)


@cache
def load_wording(language: str) -> Wording:
    """Return the catalogue of a language.

    Raises
    ------
    ParamsError
        There is none.
    """
    if language not in LANGUAGES:
        raise ParamsError(f"language {language!r}: unknown; {did_you_mean(language, LANGUAGES)}")
    entries = _flatten(read_yaml(FOLDER / f"{language}.yaml"))
    return Wording(
        language,
        {
            key: _typeset(entry, language)
            if isinstance(entry, str)
            else {form: _typeset(text, language) for form, text in entry.items()}
            for key, entry in entries.items()
        },
    )


@cache
def load_dictionary(language: str) -> Mapping[str, str]:
    """Return what tables and columns hold, as `table.<name>` and `column.<name>`; empty where their contract says it.

    Examples
    --------
    >>> load_dictionary("fr")["column.gap"], dict(load_dictionary("en"))
    ('cx - ex', {})
    """
    path = FOLDER / f"dictionary.{language}.yaml"
    if not path.exists():
        return {}
    return {key: _typeset(str(entry), language) for key, entry in _flatten(read_yaml(path)).items()}


def _typeset(text: str, language: str) -> str:
    """Curl the apostrophes and, in French, set the narrow spaces."""
    curled = text.replace("'", "’")
    return _AFTER_QUOTE.sub(THIN, _BEFORE_MARK.sub(THIN, curled)) if language == "fr" else curled


def _flatten(tree: Mapping[Any, Any], prefix: str = "") -> dict[str, str | Mapping[str, str]]:
    """Nested sections to dotted keys; a pair of `one` and `other` is an entry with a plural."""
    entries: dict[str, str | Mapping[str, str]] = {}
    for name, value in tree.items():
        key = f"{prefix}{name}"
        if isinstance(value, str) or set(value) == PLURAL:
            entries[key] = value
        else:
            entries |= _flatten(value, f"{key}.")
    return entries


@cache
def _reason_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What a reason written by a stage looks like: the English entries, a number for each placeholder."""
    patterns = []
    for key, entry in load_wording("en").entries.items():
        if not key.startswith("reason."):
            continue
        for text in [entry] if isinstance(entry, str) else entry.values():
            parts = [
                re.escape(literal) + (rf"(?P<{name}>-?\d+(?:\.\d+)?)" if name else "")
                for literal, name, _, _ in Formatter().parse(text)
            ]
            patterns.append((key, re.compile("".join(parts))))
    return tuple(patterns)
