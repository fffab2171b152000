"""Whether a choice may be shown of employees: nobody is found by filtering, by what is left over, or by subtracting.

A reader may filter as they like and write down every figure they see. A choice is shown only if

1. at least k people stand behind it;
2. whichever of its filters are turned into their opposite, nobody or at least k people stand behind that: two figures
   differ by a group of k people or by none;
3. the values of a filter that are not shown under the same other filters hold, together, nobody or at least k people:
   the total less all that is shown gives nobody away; where they don't, the smallest that are shown are hidden too;
4. the same choice with any one filter lifted may be shown.

What is said, and words searched for, are never shown of employees. The rules look at the data alone, not at what was
looked at before, so that the order of the questions changes no answer.
"""

from __future__ import annotations

from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bxtext.workbench.corpus import SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bxtext.workbench.corpus import Choice, Corpus

Filters = tuple[tuple[str, str], ...]
PROTECTED = "employee"
MOST_FILTERS = 3  # more at once leave nobody's privacy and little sense


class Threshold:
    """The rule for one corpus; answers are remembered.

    Parameters
    ----------
    corpus : Corpus

    Examples
    --------
    >>> from bxtext.workbench.corpus import Choice, Corpus
    >>> documents = pd.DataFrame({"voice": "employee", "unit": ["Metz"] * 9 + ["Lille"] * 2,
    ...                           "period": None, "respondent": range(11)})
    >>> none = pd.DataFrame({"row": [], "driver_id": [], "theme_id": []})
    >>> threshold = Threshold(Corpus(documents, none, none, {}, min_respondents=5))
    >>> threshold.allows(Choice("employee")), threshold.allows(Choice("employee").but(unit="Metz"))
    (True, False)
    """

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._known: dict[Filters, bool] = {}
        self._shown: dict[tuple[Filters, str], frozenset[str]] = {}
        self._masks: dict[tuple[str, str], NDArray[np.bool_]] = {}

    def protects(self, choice: Choice) -> bool:
        """Whether the choice is of people whose words are never shown."""
        return choice.voice == PROTECTED

    def allows(self, choice: Choice) -> bool:
        """Whether the figures of a choice may be shown."""
        if not self.protects(choice):
            return True
        if choice.words or len(choice.filters) > MOST_FILTERS:
            return False
        return self._allows(tuple(sorted(choice.filters)))

    def values(self, choice: Choice, name: str) -> list[str]:
        """Return what a filter may be set to, the others as they are."""
        others = tuple(sorted(pair for pair in choice.filters if pair[0] != name))
        if not self.protects(choice):
            return self._free_values(name, choice.voice)
        if choice.words or len(others) >= MOST_FILTERS or not self._allows(others):
            return []
        return sorted(self._siblings(others, name))

    def _free_values(self, name: str, voice: str) -> list[str]:
        """Return what a filter may be set to where nobody is protected."""
        if name == "driver":
            return sorted(self.corpus.driver_rows)
        if name == "theme":
            return sorted(theme for theme in self.corpus.theme_rows if theme.startswith(f"{voice}-"))
        return self.corpus.values(name, voice)

    def _allows(self, filters: Filters) -> bool:
        if filters not in self._known:
            self._known[filters] = self._decide(filters)
        return self._known[filters]

    def _decide(self, filters: Filters) -> bool:
        if not filters:
            return self.corpus.count_people(self._mask(())) >= self.corpus.min_respondents
        others = [(tuple(pair for pair in filters if pair != one), one) for one in filters]
        return all(self._allows(rest) and value in self._siblings(rest, name) for rest, (name, value) in others)

    def _siblings(self, others: Filters, name: str) -> frozenset[str]:
        """Return the values of a filter that may be shown under other filters."""
        if (others, name) not in self._shown:
            self._shown[others, name] = frozenset(self._show(others, name))
        return self._shown[others, name]

    def _show(self, others: Filters, name: str) -> set[str]:
        """Return the values that rules 1 and 2 allow, less those that rule 3 hides besides."""
        k, whole = self.corpus.min_respondents, self._mask(others)
        of_value = self._count(whole, name)
        safe = of_value["people"] >= k
        for signs in product((True, False), repeat=len(others)):
            counted = self._count(self._turned(others, signs), name)
            safe &= ~(counted.lt(k) & counted.gt(0)).any(axis=1)
        shown = set(of_value.index[safe.reindex(of_value.index)])
        if name in SUBJECTS:  # one comment may speak of several: they add up to no total
            return shown
        for value in of_value["people"][safe].sort_values(kind="stable").index:
            if not 0 < self.corpus.count_people(whole & ~self._any_of(name, shown)) < k:
                break
            shown.discard(value)
        return shown

    def _count(self, mask: NDArray[np.bool_], name: str) -> pd.DataFrame:
        """Return for each value of a filter how many people stand behind it within `mask`, and behind its opposite."""
        value, row = self._pairs[name]
        kept = mask[row]
        who = self.corpus.respondents
        written = np.bincount(who[mask], minlength=self.corpus.n_people)
        key, times = np.unique(value[kept] * self.corpus.n_people + who[row[kept]], return_counts=True)
        of_value, person = np.divmod(key, self.corpus.n_people)
        n_values = len(self._values[name])
        people = np.bincount(of_value, minlength=n_values)
        nothing_else = np.bincount(of_value[times == written[person]], minlength=n_values)
        opposite = np.count_nonzero(written) - nothing_else
        return pd.DataFrame({"people": people, "opposite": opposite}, index=self._values[name])

    def _any_of(self, name: str, values: set[str]) -> NDArray[np.bool_]:
        value, row = self._pairs[name]
        held = np.zeros(len(self.corpus.documents), dtype=bool)
        held[row[np.isin(value, [place for place, one in enumerate(self._values[name]) if one in values])]] = True
        return held

    def _turned(self, filters: Filters, signs: Sequence[bool]) -> NDArray[np.bool_]:
        """Return the documents that pass the filters, those of sign False turned into their opposite."""
        mask = self._one("voice", PROTECTED)
        for pair, kept in zip(filters, signs, strict=True):
            mask = mask & (self._one(*pair) if kept else ~self._one(*pair))
        return mask

    def _mask(self, filters: Filters) -> NDArray[np.bool_]:
        return self._turned(filters, (True,) * len(filters))

    def _one(self, name: str, value: str) -> NDArray[np.bool_]:
        if (name, value) not in self._masks:
            voices = self.corpus.documents["voice"]
            self._masks[name, value] = (
                (voices == value).to_numpy(dtype=bool) if name == "voice" else self.corpus.holding(name, value)
            )
        return self._masks[name, value]

    @cached_property
    def _values(self) -> dict[str, list[str]]:
        """Return what each filter may be set to."""
        subjects = {"driver": self.corpus.driver_rows, "theme": self.corpus.theme_rows}
        return {name: self.corpus.values(name, PROTECTED) for name in self.corpus.cuts} | {
            name: sorted(rows) for name, rows in subjects.items()
        }

    @cached_property
    def _pairs(self) -> dict[str, tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Return which documents have which value of each filter: places in `_values`, and rows; each pair once."""
        pairs = {}
        for name in self.corpus.cuts:
            codes = pd.Index(self._values[name]).get_indexer(pd.Index(self.corpus.cut(name).astype("object")))
            rows = np.flatnonzero(codes >= 0)
            pairs[name] = (codes[rows], rows)
        for name, rows_of in (("driver", self.corpus.driver_rows), ("theme", self.corpus.theme_rows)):
            rows_by = [np.unique(rows_of[value]) for value in self._values[name]]
            sizes = [len(rows) for rows in rows_by]
            joined = np.concatenate(rows_by) if rows_by else np.array([], dtype=np.intp)
            pairs[name] = (np.repeat(np.arange(len(sizes)), sizes), joined)
        return pairs
