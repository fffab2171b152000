"""What every reader gives: a header, batches of rows with their places, and what was left aside on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Row = TypeVar("Row", list[str], list[Any])
_SURVEYMONKEY = ("Respondent ID", "Collector ID")
BATCH = 20_000  # rows handed on at once: bounds the memory


@dataclass
class Aside:
    """What a reader met that is no row of data; complete once its batches have been read.

    Attributes
    ----------
    broken : list of (int, str)
        Place and reason of each row that can't be read.
    structural : Counter
        Lines that hold no data, by kind: `header`, `blank`, `repeated_header`, `separator`, `qualtrics_header`,
        `surveymonkey_header`, `skipped`.
    notes : Counter
        Warnings, by code.
    stray_bytes : dict of int to int
        By the place of a row, the offset in the file, unpacked, of its first byte that isn't in the file's encoding.
    questions : dict of str to str
        By column, the question that was asked, where a further header row tells it; known once the file is open.
    """

    broken: list[tuple[int, str]] = field(default_factory=list)
    structural: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    stray_bytes: dict[int, int] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Unreadable:
    """A cell that stands for a value it doesn't hold, and why."""

    reason: str


@dataclass(frozen=True)
class Batch:
    """Rows, each as long as the header, and the place of each in the file, from 1."""

    places: list[int]
    rows: list[Sequence[Any]]


@dataclass(frozen=True)
class Records:
    """A file opened: its column names, its rows batch by batch, and what is left aside while they are read."""

    header: list[str]
    batches: Iterator[Batch]
    aside: Aside


def in_batches(placed: Iterable[tuple[int, Sequence[Any]]]) -> Iterator[Batch]:
    """Gather rows into batches.

    Examples
    --------
    >>> [batch.places for batch in in_batches([(2, ["a"]), (3, ["b"])])]
    [[2, 3]]
    """
    places: list[int] = []
    rows: list[Sequence[Any]] = []
    for place, row in placed:
        places.append(place)
        rows.append(row)
        if len(rows) == BATCH:
            yield Batch(places, rows)
            places, rows = [], []
    if rows:
        yield Batch(places, rows)


def skip_headers(header: Sequence[Any], rows: Iterator[tuple[int, Row]], aside: Aside) -> Iterator[tuple[int, Row]]:
    """Leave out the further header rows of survey tools: two of Qualtrics, one of SurveyMonkey."""
    first = list(islice(rows, 2))
    if len(first) == 2 and '"ImportId"' in "".join(map(str, first[1][1])):
        aside.structural["qualtrics_header"] += 2
        aside.questions = dict(zip(name_columns(map(str, header)), map(str, first[0][1]), strict=False))
        return rows
    if first and set(_SURVEYMONKEY) <= set(header):
        named = dict(zip(header, first[0][1], strict=False))
        if not any(named[name] for name in _SURVEYMONKEY):  # every answer has both
            aside.structural["surveymonkey_header"] += 1
            first = first[1:]
    return chain(first, rows)


def name_columns(header: Iterable[str]) -> list[str]:
    """Return column names without spaces around them, and `column_<place>` where there is none.

    Examples
    --------
    >>> name_columns(["id", "", " note "])
    ['id', 'column_2', 'note']
    """
    return [" ".join(name.split()) or f"column_{place}" for place, name in enumerate(header, start=1)]
