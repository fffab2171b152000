"""What was learned, as arrays and plain JSON: never a pickle, which runs code when it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.feature_extraction.text import TfidfTransformer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


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


def _part(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key.removeprefix(f"{name}/"): value for key, value in values.items() if key.startswith(f"{name}/")}


def restore_weights(idf: NDArray[Any], **options: Any) -> TfidfTransformer:
    """Return TF-IDF weights as they were learned."""
    weights = TfidfTransformer(**options)
    weights.idf_ = np.asarray(idf)
    return weights
