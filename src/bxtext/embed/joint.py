"""Three views of a text side by side: its words and letters, their company, the drivers it speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.preprocessing import normalize

from bxtext.embed.cooccurrence import CooccurrenceEncoder
from bxtext.embed.driver_space import DriverSpace, learn_driver_space
from bxtext.embed.encoders import LsaEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bxtext.state import State
    from bxtext.taxonomy import Exemplar


class JointEncoder:
    """Latent semantic analysis, word company and driver space, each of the same weight.

    The first two are fitted on the texts at hand; the exemplars of the taxonomy teach the driver space and add to the
    company of words. The driver space is the one part that both languages share.

    Parameters
    ----------
    exemplars : sequence of Exemplar
        Of the voice that speaks; without any there is no driver space.
    seed : int
        Seed of the decompositions.

    Attributes
    ----------
    lsa_ : LsaEncoder
    company_ : CooccurrenceEncoder
    drivers_ : DriverSpace or None

    Examples
    --------
    >>> texts = [f"{noun} {word}" for noun in ("delivery", "salary") for word in "slow late poor fast great".split()]
    >>> vectors = JointEncoder().fit(texts).encode(["the delivery", "my salary", "zzyzx"])
    >>> np.linalg.norm(vectors, axis=1).round(3).tolist()
    [1.0, 1.0, 0.0]
    """

    def __init__(self, exemplars: Sequence[Exemplar] = (), *, seed: int = 7) -> None:
        self.exemplars = exemplars
        self.seed = seed

    def fit(self, texts: Sequence[str]) -> Self:
        """Learn the words of `texts`.

        Raises
        ------
        BxtextError
            No text holds a content word.
        """
        self.lsa_ = LsaEncoder(seed=self.seed).fit(texts)
        self.company_ = CooccurrenceEncoder(seed=self.seed).fit(texts, [known.text for known in self.exemplars])
        self.drivers_ = learn_driver_space(tuple(self.exemplars)) if len(self.exemplars) else None
        return self

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row a text, shape (n, d), of length 1, or 0 when none of its words is known."""
        views = [self.lsa_.encode(texts), self.company_.encode(texts)]
        unknown = ~(views[0].any(axis=1) | views[1].any(axis=1))
        if self.drivers_ is not None:
            views.append(self.drivers_.encode(texts))
        vectors: NDArray[np.float32] = normalize(np.hstack(views))
        vectors[unknown] = 0
        return vectors

    def to_state(self) -> State:
        """Return what was learned."""
        state = self.lsa_.to_state().under("lsa") | self.company_.to_state().under("company")
        return state | self.drivers_.to_state().under("drivers") if self.drivers_ is not None else state

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Return the encoder that `to_state` was asked of; it encodes, and can be fitted anew without exemplars."""
        encoder = cls()
        encoder.lsa_ = LsaEncoder.from_state(state.part("lsa"))
        encoder.company_ = CooccurrenceEncoder.from_state(state.part("company"))
        drivers = state.part("drivers")
        encoder.drivers_ = DriverSpace.from_state(drivers) if drivers.arrays else None
        return encoder
