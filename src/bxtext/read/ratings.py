"""Ratings as people and exports write them, to [0, 1]: `4,5`, `8/10`, `4 sur 5`, `★★★★☆`, `80 %`, `Satisfait (4)`."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bxtext.language import fold_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_NUMBER = r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d{1,2})?"
_PLAIN = re.compile(rf"({_NUMBER})(?: ?(?:etoiles?|stars?|points?|pts?|⭐+))?")
_OUT_OF = re.compile(rf"({_NUMBER}) ?(?:/|sur|out of|of) ?(\d+)(?: ?(?:etoiles?|stars?))?")
_PERCENT = re.compile(rf"({_NUMBER}) ?%")
_LABELLED = re.compile(rf".*\(({_NUMBER})\)|({_NUMBER}) ?(?:[:=.(–-]|- ) ?[^\W\d_].*")  # « Bien (4) », « 4 - Bien »
_LED = re.compile(r"(?:note|rated|rating|score) ?:? ?(?=\d)")
_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?:\D|$))")
_STARS = re.compile("[★⭐]+[☆✩]*|[☆✩]+")
_WORDS = {"one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0}  # as exports of Google spell stars
NO_ANSWER = frozenset("- – — nsp nr nc na n/a n.a. none null nan".split()) | {"ne se prononce pas", "don't know", "dk"}


def parse_ratings(
    cells: Sequence[str | None], scale: tuple[float, float], labels: Mapping[str, float] | None = None
) -> tuple[pd.Series, NDArray[np.bool_]]:
    """Return ratings rescaled to [0, 1], up is good, and which written cells hold none.

    Parameters
    ----------
    cells : sequence of str or None
        As written.
    scale : (float, float)
        The worst and the best rating, in this order.
    labels : mapping, optional
        Words or smileys that stand for a number of the scale; compared without case and accents.

    Examples
    --------
    >>> ratings, bad = parse_ratings(["4,5", "5 sur 5", "★★☆☆☆", "NSP", "11"], (1, 5))
    >>> ratings.tolist(), bad.tolist()
    ([0.875, 1.0, 0.25, nan, nan], [False, False, False, False, True])
    """
    worst, best = scale
    codes, distinct = pd.factorize(np.array(cells, dtype=object))
    told = {_comparable(label): number for label, number in (labels or {}).items()}
    said = [told.get(_comparable(text), _parse_rating(text, max(scale))) for text in distinct]
    numbers = np.array([*said, np.nan], dtype=float)
    silent = np.array([*(text.strip().lower() in NO_ANSWER for text in distinct), True])
    ratings = (numbers - worst) / (best - worst)
    inside = (ratings >= 0) & (ratings <= 1)
    ratings[~inside] = np.nan
    return pd.Series(ratings[codes]), ~(inside | silent)[codes]


def parse_numbers(cells: Sequence[str | None]) -> tuple[pd.Series, NDArray[np.bool_]]:
    """Return the numbers that cells hold, and which written cells hold none; a percent sign is no part of a number.

    Examples
    --------
    >>> numbers, bad = parse_numbers(["1 204,5", "91 %", "n/a", None, "many"])
    >>> numbers.tolist(), bad.tolist()
    ([1204.5, 91.0, nan, nan, nan], [False, False, False, False, True])
    """
    codes, distinct = pd.factorize(np.array(cells, dtype=object))
    found = [re.fullmatch(rf"({_NUMBER})(?: ?%)?", _plain(text)) for text in distinct]
    numbers = np.array([*(float(one.group(1)) if one else np.nan for one in found), np.nan])
    silent = np.array([*(text.strip().lower() in NO_ANSWER for text in distinct), True])
    return pd.Series(numbers[codes]), (np.isnan(numbers) & ~silent)[codes]


def _plain(text: str) -> str:
    """Return a number as one would type it: a point, no spaces between thousands, no accents."""
    plain = unicodedata.normalize("NFKC", text).strip().lower().replace(",", ".")
    return _THOUSANDS.sub("", " ".join(plain.replace("é", "e").split()))


def _comparable(label: str) -> str:
    return fold_text(label) or label.strip()


def _parse_rating(text: str, highest: float) -> float:
    """Return the number a cell says on the scale, NaN when it says none."""
    if stars := _STARS.fullmatch(text.strip().replace("\ufe0f", "")):
        shown = stars.group()
        full = sum(sign in "★⭐" for sign in shown)
        return float(full) if len(shown) in {full, int(highest)} else np.nan
    plain = _LED.sub("", _plain(text), count=1)
    if (found := _PLAIN.fullmatch(plain)) or (found := _LABELLED.fullmatch(plain)):
        return float(next(filter(None, found.groups())))
    if found := _OUT_OF.fullmatch(plain):
        return float(found.group(1)) if float(found.group(2)) == highest else np.nan
    if found := _PERCENT.fullmatch(plain):
        return float(found.group(1)) if highest == 100 else np.nan
    return _WORDS.get(fold_text(text), np.nan)
