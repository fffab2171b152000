"""One map over partitions, on this machine or on a cluster: a thin layer on joblib.

What a stage does to one document depends on no other once its model is learned, so documents are cut into partitions
of a fixed size and each is worked on by itself. The partitions, and so the tables, are the same whatever the workers.
Who works is joblib's own setting: `use_engine` makes it, and ``joblib.parallel_config`` may as well.
"""

from __future__ import annotations

import os
import threading
import time
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeVar

import joblib

from bxtext.errors import ParamsError, ResourceError
from bxtext.ids import find_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd

Part = TypeVar("Part")
Result = TypeVar("Result")

PARTITION = 20_000  # documents worked on at once: bounds the memory
WATCH = 0.5  # seconds between two looks whether the parent lives
LONGEST_WAIT = 10  # seconds until a scheduler that doesn't answer is unreachable


def use_engine(kind: str = "local", *, workers: int | None = None, scheduler: str | None = None) -> None:
    """Choose who works on partitions, for the rest of this process.

    Parameters
    ----------
    kind : str
        ``local``, processes of this machine; or ``dask``, the workers of a cluster.
    workers : int, optional
        Processes of this machine; by default one a core.
    scheduler : str, optional
        Address of the cluster's scheduler, such as ``tcp://10.0.0.1:8786``.

    Raises
    ------
    ResourceError
        The scheduler doesn't answer.
    ParamsError
        Dask is not installed.
    """
    if kind == "dask":
        reach_scheduler(scheduler)
        joblib.parallel_config(backend="dask")
    else:
        joblib.parallel_config(
            backend="loky",
            n_jobs=workers or os.cpu_count() or 1,
            inner_max_num_threads=1,
            initializer=end_with_parent,
            initargs=(os.getpid(),),  # who starts them: it may be gone before they look
        )


def end_with_parent(parent: int) -> None:
    """Have this process end soon after the one that started it, though it be in the midst of its work."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def reach_scheduler(scheduler: str | None) -> Any:
    """Return a client of the cluster, which is this process's from now on.

    Raises
    ------
    ResourceError
        The scheduler doesn't answer.
    ParamsError
        Dask is not installed.
    """
    try:
        from distributed import Client  # noqa: PLC0415  an extra, and slow to import
    except ImportError as error:
        raise ParamsError("engine.kind: dask is not installed; pip install 'bxtext[dask]', or use `local`") from error
    try:
        return Client(scheduler, timeout=LONGEST_WAIT)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise ResourceError(
            f"engine.scheduler: {scheduler} doesn't answer within {LONGEST_WAIT} s; start it, or use `kind: local`"
        ) from error


def map_partitions(function: Callable[[Part], Result], parts: Iterable[Part]) -> list[Result]:
    """Return what a function makes of each part, in their order; a single part needs no worker.

    Parts are taken as workers get free, so that those of an iterator are never all in memory.

    Parameters
    ----------
    function : callable
        What it knows beside the part travels with it: a fitted model, options.
    parts : iterable
        Such as those of `cut_documents`.

    Examples
    --------
    >>> map_partitions(len, [["a", "b"], ["c"]])
    [2, 1]
    """
    parts = iter(parts)
    first = list(islice(parts, 2))
    if len(first) <= 1:
        return [function(part) for part in first]
    results: list[Result] = joblib.Parallel()(joblib.delayed(function)(part) for part in chain(first, parts))
    return results


def cut_documents(documents: pd.DataFrame, *others: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, ...]]:
    """Cut documents into partitions of equal size by their order, and other tables of theirs along with them.

    Parameters
    ----------
    documents : DataFrame
        With `document_id`, each once.
    *others : DataFrame
        With `document_id`; rows of no document are left out, the order inside a partition is kept.

    Yields
    ------
    tuple of DataFrame
        At least one, each with the rows of its documents.

    Examples
    --------
    >>> import pandas as pd
    >>> documents = pd.DataFrame({"document_id": ["a", "b"]})
    >>> segments = pd.DataFrame({"document_id": ["b", "a", "a"]})
    >>> [[len(table) for table in part] for part in cut_documents(documents, segments)]
    [[2, 3]]
    """
    owners = [find_rows(other["document_id"], documents["document_id"]) for other in others]
    orders = [owner.argsort(kind="stable") for owner in owners]
    ordered = [other.iloc[order] for other, order in zip(others, orders, strict=True)]
    edges = [owner[order] for owner, order in zip(owners, orders, strict=True)]
    for start in range(0, max(len(documents), 1), PARTITION):
        end = start + PARTITION
        yield (
            documents.iloc[start:end],
            *(
                table.iloc[edge.searchsorted(start) : edge.searchsorted(end)]
                for table, edge in zip(ordered, edges, strict=True)
            ),
        )
