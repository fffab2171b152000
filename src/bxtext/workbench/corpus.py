"""A run made ready to be looked through: its tables side by side, and what a choice leaves of them.

Nothing here is a widget: every view is a function from a choice to a table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bxtext.errors import ParamsError, TableError, did_you_mean
from bxtext.language import fold_text
from bxtext.params import find_root, load_params
from bxtext.run import SCRATCH, find_run
from bxtext.tables import GROUP_PREFIX, VOICES, group_columns
from bxtext.votes import number_respondents

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from bxtext.run import Run

CUTS = ("unit", "period")  # besides the client's groups
SUBJECTS = ("driver", "theme")
NAMING = ("drivers", "themes")
CUSTOMER = VOICES[0]
_CODED = ("language", "unit", "period")


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
    def everywhere(self) -> Choice:
        """The same voice and driver, wherever and whenever it was said."""
        return Choice(self.voice, driver=self.driver)

    @property
    def filters(self) -> tuple[tuple[str, str], ...]:
        """All that is chosen besides the voice, by name."""
        own = {"driver": self.driver, "theme": self.theme, "words": self.words or None}
        return (*self.cuts, *((name, value) for name, value in own.items() if value is not None))


@dataclass(frozen=True)
class Corpus:
    """What customers said in a run, and the tables that were published of employees; read as far as it is looked at.

    Attributes
    ----------
    voices : tuple of str
        Who is heard in the run.
    documents, mentions : DataFrame
        Of customers alone; `respondent` is who wrote a document, from 0, and `row` the place of the document. Names
        said often are categories.
    read : callable
        Returns another table of the run.
    read_published : callable
        Returns a table as it was published, the one source of what is shown of employees.
    min_respondents : int
        A score of fewer customers isn't shown.
    k : int
        Fewest employees behind a published figure.
    """

    voices: tuple[str, ...]
    documents: pd.DataFrame
    mentions: pd.DataFrame
    read: Callable[[str], pd.DataFrame]
    read_published: Callable[[str], pd.DataFrame]
    min_respondents: int
    k: int

    @cached_property
    def segments(self) -> pd.DataFrame:
        """What customers said, remark by remark, with its theme and polarity, and the `row` of its document."""
        segments = _place(self.read("segments")[["segment_id", "document_id", "text"]], self.documents)
        for name, columns in (("segment_themes", ["theme_id"]), ("sentiment", ["polarity"])):
            segments = segments.merge(self.read(name)[["segment_id", *columns]], on="segment_id", how="left")
        return segments.astype({"theme_id": "category"})

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables that name drivers and themes."""
        return {name: self.read(name) for name in NAMING}

    @cached_property
    def respondents(self) -> NDArray[np.int64]:
        """Who wrote each document."""
        return self.documents["respondent"].to_numpy()

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

    def values(self, cut: str) -> list[str]:
        """Return what a cut can be, sorted."""
        return sorted(self.cut(cut).dropna().unique().tolist())

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
        """Return which of the customers' documents a choice leaves."""
        mask: NDArray[np.bool_] = np.ones(len(self.documents), dtype=bool)
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


def open_finished(client: str, run_id: str = SCRATCH, overrides: Mapping[str, Any] | None = None) -> Run:
    """Open a finished run from a notebook: the one named, else the latest good one.

    Raises
    ------
    ParamsError
        There is none yet.
    """
    root = find_root(Path.cwd())
    return find_run(client, root, load_params(client, root, overrides), None if run_id == SCRATCH else run_id)


def open_corpus(run: Run) -> Corpus:
    """Read what the explorer shows of a run.

    Raises
    ------
    TableError
        A stage hasn't been run.
    """
    return make_corpus(
        run.read, partial(_read_published, run),
        min_respondents=run.params.scores.min_respondents, k=run.params.privacy.min_respondents,
    )  # fmt: skip


def _read_published(run: Run, name: str) -> pd.DataFrame:
    from bxtext.publish import read_told  # noqa: PLC0415  half a second to import: when employees are first looked at

    try:
        told: pd.DataFrame = read_told(run, run.run_id, name)
    except TableError as error:
        raise TableError(
            f"run {run.run_id}: table {name!r} of what employees said isn't published yet; "
            f"`bxtext report {run.client} --run {run.run_id}` publishes it"
        ) from error
    return told


def make_corpus(
    read: Callable[[str], pd.DataFrame], read_published: Callable[[str], pd.DataFrame], *, min_respondents: int = 5,
    k: int = 5,
) -> Corpus:  # fmt: skip
    """Put the tables of a run side by side."""
    everybody = read("documents")
    voices = tuple(voice for voice in VOICES if (everybody["voice"] == voice).any())
    documents = everybody[everybody["voice"] == CUSTOMER].reset_index(drop=True)
    coded = [name for name in (*_CODED, *group_columns(documents)) if name in documents]
    documents = documents.assign(
        respondent=number_respondents(documents).to_numpy(dtype=np.int64),
        **{name: documents[name].astype("category") for name in coded},
    )
    mentions = _place(
        read("mentions")[["document_id", "driver_id", "polarity", "confidence", "actor", "evidence"]], documents
    )
    mentions = mentions.astype({"driver_id": "category", "actor": "category"})
    return Corpus(voices, documents, mentions, read, read_published, min_respondents, k)


def first_choice(corpus: Corpus) -> Choice:
    """Return everything of the voice that is looked at first: the customers, if any are heard."""
    return Choice(corpus.voices[0] if corpus.voices else CUSTOMER)


def _place(frame: pd.DataFrame, documents: pd.DataFrame) -> pd.DataFrame:
    """Return the rows about some documents, with the `row` of each."""
    rows = pd.Index(documents["document_id"]).get_indexer(frame["document_id"])
    placed: pd.DataFrame = frame.assign(row=rows)[rows >= 0]
    return placed.reset_index(drop=True)


def _rows_by(frame: pd.DataFrame, column: str) -> dict[str, NDArray[np.intp]]:
    rows = frame["row"].to_numpy()
    return {str(key): rows[places] for key, places in frame.groupby(column, observed=True).indices.items()}
