"""The file of labels: one row a decision, on the disk before the next sentence is shown.

`params/<client>.labels.csv` is read by `bxtext evaluate` (rows to `check` by) and by the next run (rows that `teach`).
"""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
from filelock import FileLock

from bxtext.errors import InputError
from bxtext.params.taught import ANSWER, disagreed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

USES = ("teach", "check", "skip")
COLUMNS = (
    "at", "coder", "use", "segment_id", "document_id", "voice", "language", "text", "drivers", "polarity",
)  # fmt: skip
KEY = ["coder", "document_id", "segment_id"]  # one decision each; `segment_id` is empty for a whole comment
SECONDS_TO_WAIT = 10  # for another person who is writing to the same file


class Card(NamedTuple):
    """A sentence, or a whole comment, to be labelled."""

    use: str
    document_id: str
    segment_id: str
    voice: str
    language: str
    text: str
    context: str
    proposed: tuple[str, ...]


class Merged(NamedTuple):
    """Labels of two files together, and the decisions that contradict each other, which are in neither."""

    labels: pd.DataFrame
    conflicts: pd.DataFrame


@dataclass(frozen=True)
class LabelFile:
    """The labels of a client on the disk.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     labels = LabelFile(Path(folder) / "acme.labels.csv")
    ...     card = Card("teach", "d1", "d1:000", "customer", "en", "Too dear", "Too dear", ())
    ...     row = labels.add(card, "ana", ["cx.price_value"], "negative")
    ...     len(labels.read()), labels.undo("ana"), len(labels.read())
    (1, 'd1:000', 0)
    """

    path: Path

    def read(self) -> pd.DataFrame:
        """Return the decisions in force, in their order; a row that a power cut left half written isn't one.

        Raises
        ------
        InputError
            The file isn't one of the workbench.
        """
        with self._lock():
            return _as_table(self._whole_lines())

    def add(self, card: Card, coder: str, drivers: Sequence[str], polarity: str) -> dict[str, str]:
        """Write one decision, which is on the disk when this returns; return its row.

        Raises
        ------
        InputError
            No name of a coder is given, or the file isn't one of the workbench.
        """
        if not coder.strip():
            raise InputError("labels: no name of a coder; say who labels")
        row = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"), "coder": coder.strip(), **card._asdict(),
            "text": _one_line(card.text), "drivers": " ".join(drivers), "polarity": polarity,
        }  # fmt: skip
        with self._lock():
            lines = self._whole_lines()
            if not lines:
                self._rewrite([_as_line(COLUMNS)])
            _append(self.path, _as_line([row[name] for name in COLUMNS]))
        return {name: str(row[name]) for name in COLUMNS}

    def undo(self, coder: str) -> str | None:
        """Take back the last decision of a coder; return what it was about."""
        with self._lock():
            lines = self._whole_lines()
            table = _as_table(lines)
            own = table.index[table["coder"] == coder.strip()]
            if not len(own):
                return None
            undone = table.loc[own[-1]]
            self._rewrite([line for number, line in enumerate(lines) if number != own[-1] + 1])
        return str(undone["segment_id"] or undone["document_id"])

    def write(self, labels: pd.DataFrame) -> None:
        """Replace the file by other labels, in one step."""
        rows = labels.reindex(columns=list(COLUMNS)).fillna("").itertuples(index=False)
        with self._lock():
            self._rewrite([_as_line(COLUMNS), *(_as_line(row) for row in rows)])

    def _lock(self) -> AbstractContextManager[object]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=SECONDS_TO_WAIT)

    def _whole_lines(self) -> list[bytes]:
        """Lines that end; the rest of a line is taken off the file, so that the next one starts clean."""
        if not self.path.is_file():
            return []
        lines = self.path.read_bytes().splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            lines.pop()
            self._rewrite(lines)
        header = lines[0].decode("utf-8-sig", "replace").strip().split(",") if lines else list(COLUMNS)
        if header != list(COLUMNS):
            raise InputError(
                f"labels: {self.path.name} has other columns than the workbench's; move it away, or measure with it by"
                " `bxtext evaluate`"
            )
        return lines

    def _rewrite(self, lines: Sequence[bytes]) -> None:
        partial = self.path.with_name(f".{self.path.name}.partial")
        partial.unlink(missing_ok=True)
        _append(partial, b"".join(lines))
        partial.replace(self.path)


def merge_labels(first: pd.DataFrame, second: pd.DataFrame) -> Merged:
    """Put the labels of two people, or of two places, together.

    What two coders say of one sentence is kept twice: they are compared, and what they disagree on doesn't teach.
    What one coder said of it twice, and differently, is a conflict: neither is kept.

    Examples
    --------
    >>> row = dict.fromkeys(COLUMNS, "") | {"coder": "ana", "segment_id": "a", "drivers": "cx.ease_effort"}
    >>> said = pd.DataFrame([row])
    >>> merged = merge_labels(said, said.assign(drivers=""))
    >>> len(merged.labels), len(merged.conflicts)
    (0, 2)
    """
    both = pd.concat([first.assign(file=1), second.assign(file=2)], ignore_index=True)
    both["answer"] = both[list(ANSWER)].agg("|".join, axis=1)
    rivals = both.groupby(KEY)["answer"].transform("nunique") > 1
    kept = both[~rivals].drop_duplicates(KEY).sort_values(["at", *KEY], kind="stable", ignore_index=True)
    told = [*KEY, "file", *ANSWER]
    return Merged(kept[list(COLUMNS)], both.loc[rivals, told].sort_values([*KEY, "file"], ignore_index=True))


def compare_coders(labels: pd.DataFrame) -> pd.DataFrame:
    """Return what two coders answered differently: their rows, side by side by what they labelled."""
    rivals = disagreed(labels[labels["use"] != "skip"].to_dict("records"))
    told = labels[labels["text"].isin(rivals) & (labels["use"] != "skip")]
    return told[["text", "coder", *ANSWER]].sort_values(["text", "coder"], ignore_index=True)


def _as_table(lines: Sequence[bytes]) -> pd.DataFrame:
    rows = list(_cells(lines[1:]))
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")
    if odd := sorted(set(table["use"]) - set(USES)):
        raise InputError(f"labels: {len(odd)} unknown values of `use`; allowed: {', '.join(USES)}")
    return table


def _cells(lines: Sequence[bytes]) -> Iterator[list[str]]:
    for number, cells in enumerate(csv.reader(line.decode("utf-8") for line in lines), start=2):
        if len(cells) != len(COLUMNS):
            raise InputError(
                f"labels: row {number}: {len(cells)} cells under {len(COLUMNS)} columns; mend or delete it"
            )
        yield cells


def _as_line(cells: Sequence[object]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(cells)
    return written.getvalue().encode("utf-8")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _append(path: Path, line: bytes) -> None:
    """Write at the end of a file of one's own alone, and wait until the disk has it."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line)
        os.fsync(handle)
    finally:
        os.close(handle)
