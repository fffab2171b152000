"""What was learned, as arrays and plain JSON: never a pickle, which runs code when it is read."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

PLAIN, ARRAYS = "model.json", "arrays.npz"


class State(NamedTuple):
    """Arrays by name, and what JSON can hold."""

    arrays: dict[str, NDArray[Any]]
    plain: dict[str, Any]

    def under(self, name: str) -> State:
        """Return the same with a name before every key, so that the states of several parts lie in one file."""
        return State(
            {f"{name}/{key}": array for key, array in self.arrays.items()},
            {f"{name}/{key}": value for key, value in self.plain.items()},
        )

    def part(self, name: str) -> State:
        """Return what `under` the name was put together."""
        return State(_part(self.arrays, name), _part(self.plain, name))

    def __or__(self, other: State) -> State:
        """Return both together."""
        return State(self.arrays | other.arrays, self.plain | other.plain)

    def digest(self) -> str:
        """Return a digest of all of it.

        Examples
        --------
        >>> one, two = (State({"weights": np.array([1.0, last])}, {"words": ["a"]}) for last in (2.0, 3.0))
        >>> one.digest() == one.digest(), one.digest() == two.digest()
        (True, False)
        """
        told = hashlib.sha256(json.dumps(self.plain, sort_keys=True).encode())
        for name, array in sorted(self.arrays.items()):
            told.update(f"{name} {array.dtype.str} {array.shape}".encode())
            told.update(np.ascontiguousarray(array).tobytes())
        return told.hexdigest()

    def write(self, folder: Path) -> None:
        """Write it into a folder, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / PLAIN).write_text(json.dumps(self.plain, ensure_ascii=False), encoding="utf-8")
        np.savez(folder / ARRAYS, allow_pickle=False, **self.arrays)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what `write` wrote.

        Raises
        ------
        OSError, ValueError, EOFError, BadZipFile
            A file is missing, damaged, or a pickle.
        """
        with np.load(folder / ARRAYS, allow_pickle=False) as stored:
            return cls(dict(stored), json.loads((folder / PLAIN).read_text(encoding="utf-8")))


def _part(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key.removeprefix(f"{name}/"): value for key, value in values.items() if key.startswith(f"{name}/")}
