"""The figures of a chart as plain records, for whoever draws it again: a slide's native chart, say.

They hold what the picture shows and nothing else, rounded as a reader needs them: a chart that can be edited can be
read to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from bxtext.wording import Wording

Numbers = tuple[float | None, ...]


@dataclass(frozen=True)
class Measure:
    """One figure for each row, with its interval where there is one; `pale` rows are less sure."""

    name: str
    colour: str
    values: Numbers
    low: Numbers = ()
    high: Numbers = ()
    pale: tuple[bool, ...] = ()


@dataclass(frozen=True)
class Rows:
    """Named rows, first on top (bars) or on the left (dots, lines); `form` is a number format of a spreadsheet."""

    shape: Literal["bars", "stacked", "dots", "lines"]
    names: tuple[str, ...]
    measures: tuple[Measure, ...]
    form: str = "0"
    bounds: tuple[float, float] | None = None
    caption: str = ""


@dataclass(frozen=True)
class Butterfly:
    """Two measures back to back, each with names of its own, and a word between them, bold where it is sure."""

    left_names: tuple[str, ...]
    right_names: tuple[str, ...]
    left: Measure
    right: Measure
    middle_title: str
    middle: tuple[str, ...]
    sure: tuple[bool, ...]
    caption: str = ""


@dataclass(frozen=True)
class Points:
    """Named points, the most telling first; the axes cross at `crossing`; `pale` ones are undecided.

    `corners` are the names of what the crossing parts: high on both, on x alone, on y alone, low on both.
    """

    names: tuple[str, ...]
    x: Measure
    y: Measure
    pale: tuple[bool, ...]
    crossing: tuple[float, float]
    form: str = "0"
    caption: str = ""
    corners: tuple[str, ...] = ()


Series = Rows | Butterfly | Points


def rounded(values: Iterable[float], digits: int = 1) -> Numbers:
    """Return numbers rounded as they are read, None where there is none.

    Examples
    --------
    >>> rounded([61.234, float("nan")])
    (61.2, None)
    """
    return tuple(None if value != value else round(float(value), digits) for value in values)  # noqa: PLR0124  NaN


def measure_scores(
    name: str, colour: str, table: pd.DataFrame, columns: tuple[str, str, str] = ("score", "ci_low", "ci_high")
) -> Measure:
    """Return a column of scores with its interval: the score as it is printed, rounded once, wherever it is told."""
    value, low, high = columns
    return Measure(name, colour, rounded(table[value], 0), rounded(table[low]), rounded(table[high]))


def round_bounds(scores: pd.DataFrame) -> tuple[float, float]:
    """Return multiples of ten between which scores lie, the middle of the scale among them.

    Examples
    --------
    >>> import pandas as pd
    >>> round_bounds(pd.DataFrame({"cx": [52.0, 58.0], "ex": [44.0, 71.5]}))
    (40.0, 80.0)
    """
    values = scores.to_numpy(dtype=float)
    low, high = float(values.min()), float(values.max())
    return min(40.0, 10.0 * (low // 10)), max(60.0, -10.0 * (-high // 10))


def count_remarks(themes: pd.DataFrame, colour: str, wording: Wording) -> Rows:
    """Return how many remarks each theme has, in the order they come; what isn't stable is pale."""
    labels = wording.labels(themes)
    sizes = tuple(themes["n_segments"].astype(int).tolist())
    pale = tuple((~themes["stable"].astype(bool)).tolist())
    measure = Measure(wording.text("column.remarks"), colour, sizes, pale=pale)
    return Rows("bars", tuple(labels[key] for key in themes["theme_id"]), (measure,), form="#,##0")
