"""Parquet, batch by batch, page checksums verified where the file has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from bxtext.errors import InputError
from bxtext.read.records import Aside, Records, in_batches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bxtext.params import Source


ROWS = 5_000  # decoded at once: a row group may hold a million


def read_parquet(source: Source, path: Path) -> Records:
    """Open a Parquet file.

    Raises
    ------
    InputError
        E_CORRUPT_FILE, here or while rows are read.
    """
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False)
        header = [str(name) for name in file.schema_arrow.names]
    except (OSError, pa.ArrowException):
        raise _corrupt(source) from None
    return Records(header, in_batches(_rows(file, source)), Aside())


def _rows(file: pq.ParquetFile, source: Source) -> Iterator[tuple[int, tuple[Any, ...]]]:
    place = 0
    try:
        for batch in file.iter_batches(batch_size=ROWS):
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                place += 1
                yield place, row
    except (OSError, pa.ArrowException, UnicodeDecodeError, ValueError, OverflowError):
        raise _corrupt(source) from None


def _corrupt(source: Source) -> InputError:
    return InputError(f"E_CORRUPT_FILE {source.path}: not a readable Parquet file; export it again")
