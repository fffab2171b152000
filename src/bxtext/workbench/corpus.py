"""A run made ready to be looked through: its tables side by side, and what a choice leaves of them.

Nothing here is a widget: every view is a function from a choice to a table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bxtext.errors import ParamsError, did_you_mean
from bxtext.language import fold_text
from bxtext.tables import GROUP_PREFIX, VOICES, group_columns
from bxtext.votes import number_respondents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bxtext.run import Run

CUTS = ("unit", "period")  # besides the client's groups
SUBJECTS = ("driver", "theme")
TABLES_READ = (
    "documents", "segments", "segment_themes", "sentiment", "mentions", "drivers", "themes", "concessions",
    "disagreements",
)  # fmt: skip
_CODED = ("voice", "language", "unit", "period")


@dataclass(frozen=True)
class Choice:
    """What to look at: a voice, and if wanted one value of each cut, one driver, one theme, and words."""

    voice: str
    cuts: tuple[tuple[str, str], ...] = ()
    driver: str | None = None
    theme: str | None = None
    words: str = ""

    def but(self, **changes: Any) -> Choice:
        """Return the choice with something else in it; a cut is set by its name, and lifted by None."""
        own = {name: changes.pop(name) for name in list(changes) if name in {"voice", "driver", "theme", "words"}}
        cuts = dict(self.cuts) | changes
        kept = tuple(sorted((name, value) for name, value in cuts.items() if value is not None))
        return replace(self, cuts=kept, **own)

    @property
    def filters(self) -> tuple[tuple[str, str], ...]:
        """All that is chosen besides the voice, by name."""
        own = {"driver": self.driver, "theme": self.theme, "words": self.words or None}
        return (*self.cuts, *((name, value) for name, value in own.items() if value is not None))


@dataclass(frozen=True)
class Corpus:
    """The tables of a run, and who wrote each document (`respondent`, from 0).

    Attributes
    ----------
    documents, segments, mentions : DataFrame
        `segments` holds themes and polarity too; `row` is the place of the document. Names said often are categories.
    tables : mapping of str to DataFrame
        The other tables of the run that are looked at.
    min_respondents : int
        Fewer employees than this are never shown.
    """

    documents: pd.DataFrame
    segments: pd.DataFrame
    mentions: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    min_respondents: int

    @cached_property
    def respondents(self) -> NDArray[np.int64]:
        """Who wrote each document."""
        return self.documents["respondent"].to_numpy()

    @cached_property
    def n_people(self) -> int:
        """People in all."""
        return int(self.respondents.max(initial=-1)) + 1

    @cached_property
    def cuts(self) -> tuple[str, ...]:
        """What people can be told apart by."""
        return (*CUTS, *(name.removeprefix(GROUP_PREFIX) for name in group_columns(self.documents)))

    @cached_property
    def folded(self) -> pd.Series[str]:
        """Plain letters of each segment, to search in; made when first searched."""
        return self.segments["text"].map(fold_text)

    @cached_property
    def driver_rows(self) -> dict[str, NDArray[np.intp]]:
        """Documents that mention each driver."""
        return _rows_by(self.mentions, "driver_id")

    @cached_property
    def theme_rows(self) -> dict[str, NDArray[np.intp]]:
        """Documents that speak of each theme."""
        return _rows_by(self.segments, "theme_id")

    def values(self, cut: str, voice: str) -> list[str]:
        """Return what a cut can be in a voice, sorted."""
        column = self.cut(cut)
        return sorted(column[(self.documents["voice"] == voice).to_numpy()].dropna().unique().tolist())

    def holding(self, name: str, value: str) -> NDArray[np.bool_]:
        """Return which documents a filter keeps.

        Raises
        ------
        ParamsError
            There is no such filter.
        """
        if name in SUBJECTS:
            rows = (self.driver_rows if name == "driver" else self.theme_rows).get(value, np.array([], dtype=int))
            mask = np.zeros(len(self.documents), dtype=bool)
            mask[rows] = True
            return mask
        if name == "words":
            mask = np.zeros(len(self.documents), dtype=bool)
            mask[self.segments.loc[self.folded.str.contains(fold_text(value), regex=False), "row"]] = True
            return mask
        return (self.cut(name) == value).to_numpy(dtype=bool)

    def documents_of(self, choice: Choice) -> NDArray[np.bool_]:
        """Return which documents a choice leaves."""
        mask: NDArray[np.bool_] = (self.documents["voice"] == choice.voice).to_numpy(dtype=bool)
        for name, value in choice.filters:
            mask = mask & self.holding(name, value)
        return mask

    def count_people(self, mask: NDArray[np.bool_]) -> int:
        """Return how many people wrote some documents."""
        return int(np.count_nonzero(np.bincount(self.respondents[mask], minlength=1)))

    def cut(self, name: str) -> pd.Series[Any]:
        """Return the column of a cut.

        Raises
        ------
        ParamsError
            There is no such filter.
        """
        column = name if name in CUTS else f"{GROUP_PREFIX}{name}"
        if column not in self.documents:
            raise ParamsError(f"filter {name!r}: unknown; {did_you_mean(name, [*self.cuts, *SUBJECTS, 'words'])}")
        return self.documents[column]


def open_corpus(run: Run) -> Corpus:
    """Read what the explorer shows of a run.

    Raises
    ------
    TableError
        A stage hasn't been run.
    """
    return make_corpus(
        {name: run.read(name) for name in TABLES_READ}, min_respondents=run.params.scores.min_respondents
    )


def make_corpus(tables: Mapping[str, pd.DataFrame], *, min_respondents: int = 5) -> Corpus:
    """Put the tables of a run side by side."""
    documents = tables["documents"].reset_index(drop=True)
    coded = [name for name in (*_CODED, *group_columns(documents)) if name in documents]
    documents = documents.assign(
        respondent=number_respondents(documents).to_numpy(dtype=np.int64),
        **{name: documents[name].astype("category") for name in coded},
    )
    row_of = pd.Series(range(len(documents)), index=documents["document_id"])
    segments = tables["segments"][["segment_id", "document_id", "text"]]
    segments = segments.merge(tables["segment_themes"][["segment_id", "theme_id"]], on="segment_id", how="left")
    segments = segments.merge(
        tables["sentiment"][["segment_id", "polarity", "label", "intent"]], on="segment_id", how="left"
    )
    mentions = tables["mentions"][["document_id", "driver_id", "polarity", "confidence", "actor", "evidence"]]
    segments, mentions = (
        frame.assign(row=row_of.reindex(frame["document_id"]).to_numpy()) for frame in (segments, mentions)
    )
    return Corpus(
        documents,
        segments.astype({"theme_id": "category", "label": "category", "intent": "category"}),
        mentions.astype({"driver_id": "category", "actor": "category"}),
        {name: tables[name] for name in ("drivers", "themes", "concessions", "disagreements")},
        min_respondents,
    )


def first_choice(corpus: Corpus) -> Choice:
    """Return everything of the voice that wrote most."""
    written = corpus.documents["voice"].value_counts()
    return Choice(str(written.idxmax()) if len(written) else VOICES[0])


def _rows_by(frame: pd.DataFrame, column: str) -> dict[str, NDArray[np.intp]]:
    rows = frame["row"].to_numpy()
    return {str(key): rows[places] for key, places in frame.groupby(column, observed=True).indices.items()}
