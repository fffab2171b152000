"""What was made of each document, kept for the next run: where one comment in a hundred is new, one is worked on.

What a stage does to one document depends on no other once its model is learned. So it is kept document by document,
with a digest of all that was known of it, and made again only where that digest, the model or the code has changed.
What a model learned is kept too, by all that it learned from.
Where it is kept is the process's own setting, as who works is: `bxtext.run.open_run` makes it.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bxtext import parallel
from bxtext.ids import find_rows
from bxtext.parallel import cut_documents
from bxtext.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Tables = tuple[pd.DataFrame, ...]

WORTHWHILE = 5_000  # documents: fewer are worked on again in less time than it takes to remember them
ENTRY, DIGESTS = "entry.json", "digests"
SAMPLE = 1_000  # rows that tell whether a column's values repeat
ODD = np.uint64(0x9E3779B97F4A7C15)  # tells what is digested first from what comes after it

_place: list[Memory] = []


@dataclass(frozen=True)
class Memory:
    """Where things are remembered, and by what code they are made.

    Attributes
    ----------
    folder : Path
        Each thing remembered has a folder of its own in it, which can be removed at any time.
    version : callable
        Gives a digest of the code; asked only when something is worth remembering.
    """

    folder: Path
    version: Callable[[], str]


def use_memory(memory: Memory | None) -> None:
    """Choose where things are remembered for the rest of this process; None for nowhere, as at its start."""
    _place[:] = [memory] if memory is not None else []


@dataclass(frozen=True)
class Recalled:
    """What is remembered of some documents, and the others.

    Attributes
    ----------
    new : tuple of DataFrame
        The documents that have to be worked on, and the rows of other tables that are theirs.
    kept : tuple of DataFrame
        What was made of the others; empty when nothing is remembered.
    """

    new: Tables
    kept: Tables
    _known: NDArray[np.bool_]  # of the documents
    _places: tuple[NDArray[np.int64], ...]  # in them, of the rows of each table that is kept: in order
    _folder: Path | None
    _key: str
    _digests: pd.Series

    @property
    def parts(self) -> list[Tables]:
        """Partitions of what is new; none where everything is remembered."""
        return [] if self.kept and not len(self.new[0]) else [*cut_documents(*self.new)]

    def join(self, made: Sequence[Tables]) -> list[Tables]:
        """Return what is remembered, in partitions too, and what was made; remember both for the next run.

        Parameters
        ----------
        made : sequence of tuple of DataFrame
            What was made of each of the `parts`; each table has `document_id`.
        """
        parts = [*self._cut_kept(), *made]
        self._keep(parts)
        return parts

    def complete(self, made: Sequence[Tables]) -> Tables:
        """Return what `join` does, each table as a whole, in the order of the documents."""
        parts = [*([self.kept] if self.kept else []), *made]
        self._keep(parts)
        tables = [[part for part in table if len(part)] or [table[0]] for table in zip(*parts, strict=True)]
        whole = [pd.concat(table, ignore_index=True) for table in tables]
        if not (self.kept and made):
            return tuple(whole)
        later = zip(*made, strict=True)
        new = [find_rows(pd.concat([each["document_id"] for each in table]), self._digests.index) for table in later]
        places = [np.concatenate(both) for both in zip(self._places, new, strict=True)]
        return tuple(
            table.iloc[place.argsort(kind="stable")].reset_index(drop=True)
            for table, place in zip(whole, places, strict=True)
        )

    def _cut_kept(self) -> Iterator[Tables]:
        """What is remembered, in partitions of as many documents as those of what is new."""
        rank = self._known.cumsum() - 1
        of_rows = [rank[place] // parallel.PARTITION for place in self._places]
        for part in range(-(-int(self._known.sum()) // parallel.PARTITION)):
            yield tuple(
                table.iloc[slice(*np.searchsorted(each, [part, part + 1]))].reset_index(drop=True)
                for table, each in zip(self.kept, of_rows, strict=True)
            )

    def _keep(self, parts: Sequence[Tables]) -> None:
        """Write what is remembered in place of what was, if it isn't the same."""
        if self._folder is None:
            return
        stamp = joblib.hash((self._key, self._digests.to_numpy()))  # files of two times are never read together
        digests = self._digests.rename("digest").rename_axis("document_id").reset_index()
        with _put_in_place(self._folder, {"key": self._key, "stamp": stamp, "tables": len(parts[0])}) as partial:
            for name, table in ((DIGESTS, [digests]), *enumerate(zip(*parts, strict=True))):
                filled = [part for part in table if len(part)] or [table[0]]
                pieces = [pa.Table.from_pandas(part, preserve_index=False) for part in filled]
                whole = pa.concat_tables(pieces, promote_options="permissive")
                pq.write_table(whole, partial / f"{stamp}-{name}.parquet", compression="lz4")


def recall(name: str, made_of: Any, documents: pd.DataFrame, *others: pd.DataFrame) -> Recalled:
    """Say which documents an earlier run has worked on in the same way, and what it made of them.

    Parameters
    ----------
    name : str
        Of what is made: one is remembered under each.
    made_of : object
        What decides, with the documents and the code, what is made: parameters, what a model was learned from.
    documents : DataFrame
        With `document_id`, each once; with no column that plays no part.
    *others : DataFrame
        With `document_id`; the same of them.

    Returns
    -------
    Recalled

    Examples
    --------
    >>> recall("lengths", None, pd.DataFrame({"document_id": ["a"], "text": ["Merci"]})).new[0]["text"].tolist()
    ['Merci']
    """
    nothing = np.zeros(0, dtype=bool)
    if not _place or len(documents) < WORTHWHILE:
        return Recalled((documents, *others), (), nothing, (), None, "", pd.Series(dtype="uint64"))
    memory = _place[0]
    folder, key = memory.folder / f"memory-{name}", joblib.hash((memory.version(), made_of))
    places = [find_rows(other["document_id"], documents["document_id"]) for other in others]
    digests = _digest(documents, others, places)
    tables = _read(folder, key)
    if tables is None:
        return Recalled((documents, *others), (), nothing, (), folder, key, digests)
    before, *kept = tables
    at = find_rows(digests.index, before["document_id"])
    known = np.zeros(len(at), dtype=bool)
    known[at >= 0] = before["digest"].to_numpy()[at[at >= 0]] == digests.to_numpy()[at >= 0]
    if not known.any():
        return Recalled((documents, *others), (), nothing, (), folder, key, digests)
    of_rows = np.append(known, False)  # the last for rows of no document
    kept_places = [find_rows(table["document_id"], digests.index) for table in kept]
    sorted_rows = [_sort_rows(place, of_rows[place]) for place in kept_places]
    return Recalled(
        (_take(documents, ~known), *(_take(other, ~of_rows[at]) for other, at in zip(others, places, strict=True))),
        tuple(_take(table, rows) for table, rows in zip(kept, sorted_rows, strict=True)),
        known,
        tuple(place[rows] for place, rows in zip(kept_places, sorted_rows, strict=True)),
        folder if known.sum() < max(len(digests), len(before)) else None,  # as it stands, or to be written anew
        key,
        digests,
    )


def _sort_rows(places: NDArray[np.int64], chosen: NDArray[np.bool_]) -> NDArray[np.bool_] | NDArray[np.intp]:
    """Return which rows to take, or where they are when they must be put in the order of their documents."""
    own = places[chosen]
    if (own[1:] >= own[:-1]).all():
        return chosen
    rows: NDArray[np.intp] = np.flatnonzero(chosen)[own.argsort(kind="stable")]
    return rows


def _take(table: pd.DataFrame, rows: NDArray[np.bool_] | NDArray[np.intp]) -> pd.DataFrame:
    """Return some rows of a table; itself where these are all of them."""
    if rows.dtype != bool:
        return table.iloc[rows]
    return table if rows.all() else table[rows]


def recall_state(name: str, made_of: Any) -> State | None:
    """Return what an earlier run learned from the same, with the same code; None where it isn't known.

    Parameters
    ----------
    name : str
        Of what is learned: one is remembered under each.
    made_of : object
        All that decides, with the code, what is learned.
    """
    if not _place:
        return None
    folder, key = _place[0].folder / f"learned-{name}", joblib.hash((_place[0].version(), made_of))
    try:
        if json.loads((folder / ENTRY).read_text(encoding="utf-8"))["key"] != key:
            return None
        os.utime(folder / ENTRY)
        return State.read(folder)
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile):
        return None


def keep_state(name: str, made_of: Any, state: State) -> None:
    """Remember what was learned for `recall_state`."""
    if _place:
        folder, key = _place[0].folder / f"learned-{name}", joblib.hash((_place[0].version(), made_of))
        with _put_in_place(folder, {"key": key}) as partial:
            state.write(partial)


@contextmanager
def _put_in_place(folder: Path, entry: dict[str, Any]) -> Iterator[Path]:
    """Give a folder beside the one that stands to write into, and put it in its place."""
    partial = folder.parent / f".{folder.name}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    yield partial
    (partial / ENTRY).write_text(json.dumps(entry), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def _read(folder: Path, key: str) -> list[pd.DataFrame] | None:
    """Return the digests and the tables remembered under a key; None where there are none, or something is amiss."""
    try:
        entry = json.loads((folder / ENTRY).read_text(encoding="utf-8"))
        if entry["key"] != key:
            return None
        files = [folder / f"{entry['stamp']}-{name}.parquet" for name in (DIGESTS, *range(entry["tables"]))]
        tables = [pq.read_table(path).to_pandas() for path in files]
        os.utime(folder / ENTRY)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None
    return tables


def digest_documents(documents: pd.DataFrame, *others: pd.DataFrame) -> pd.Series:
    """Return a digest of each document and of its rows in other tables, whatever stands beside it.

    Parameters
    ----------
    documents, *others : DataFrame
        With `document_id`, in `documents` each once.

    Returns
    -------
    Series of uint64
        By `document_id`.

    Examples
    --------
    >>> one, two = (pd.DataFrame({"document_id": ["a", "b"], "text": ["Merci", word]}) for word in ("Bien", "Bon"))
    >>> (digest_documents(one) == digest_documents(two)).tolist()
    [True, False]
    """
    return _digest(documents, others, [find_rows(other["document_id"], documents["document_id"]) for other in others])


def _digest(
    documents: pd.DataFrame, others: Sequence[pd.DataFrame], places: Sequence[NDArray[np.int64]]
) -> pd.Series[int]:
    index = pd.Index(documents["document_id"])
    digests = _digest_rows(documents)
    for other, place in zip(others, places, strict=True):
        sums = np.zeros(len(index) + 1, dtype=np.uint64)  # the last for rows of no document
        np.add.at(sums, place, _digest_rows(other))
        digests = digests * ODD + sums[:-1]
    return pd.Series(digests, index=index)


def _digest_rows(table: pd.DataFrame) -> NDArray[np.uint64]:
    digests: NDArray[np.uint64] = np.zeros(len(table), dtype=np.uint64)
    for name in table.columns.drop("document_id"):  # whose they are is known by their place
        repeats = table[name].iloc[:SAMPLE].nunique() < SAMPLE // 2  # names are hashed once each, texts as they come
        own = pd.util.hash_pandas_object(table[name], index=False, categorize=repeats)
        digests = digests * ODD + np.asarray(own, dtype=np.uint64)
    return digests
