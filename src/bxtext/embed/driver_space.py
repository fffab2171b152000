"""Texts by the drivers they speak of: a space that French and English share."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.linear_model import Ridge

from bxtext.embed.features import TextFeatures
from bxtext.language import fold_text
from bxtext.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bxtext.taxonomy import Exemplar

PENALTY = 1.0
TOLERANCE = 1e-4  # of the solver: at 1e-2 the order of a sum moved coordinates by .02, and themes with them
BATCH = 20_000  # texts scored at once: bounds the memory


class DriverSpace:
    """How strongly a text speaks of each driver, by ridge regression on the exemplars.

    The exemplars of a driver are in both languages, so « livraison en retard » and "late delivery" come to lie in the
    same place without a dictionary. Ridge regression (Hoerl and Kennard 1970, doi 10.1080/00401706.1970.10488634) is
    a rough classifier and a good coordinate system: the drivers stage has a classifier of its own.

    Attributes
    ----------
    driver_ids_ : list of str
        The coordinates.
    coefficients_ : ndarray of shape (n_features, n_drivers)
        What each feature says of each driver.

    Examples
    --------
    >>> from bxtext.taxonomy import load_taxonomy
    >>> exemplars = [known for known in load_taxonomy().exemplars if known.voice == "employee"]
    >>> space = DriverSpace().fit(exemplars[::4])
    >>> french, english = space.encode(["le salaire est trop bas", "the pay is too low"])
    >>> space.driver_ids_[int(french.argmax())], bool(french @ english > 0.7)
    ('ex.pay_benefits', True)
    """

    def fit(self, exemplars: Sequence[Exemplar]) -> Self:
        """Learn the coordinates of the drivers that the exemplars name."""
        self.driver_ids_ = sorted({driver for exemplar in exemplars for driver in exemplar.drivers})
        column = {driver_id: number for number, driver_id in enumerate(self.driver_ids_)}
        truth = np.zeros((len(exemplars), len(column)), np.float32)
        for row, exemplar in enumerate(exemplars):
            truth[row, [column[driver_id] for driver_id in exemplar.drivers]] = 1
        texts = [fold_text(exemplar.text) for exemplar in exemplars]
        self.features_ = TextFeatures()
        ridge = Ridge(alpha=PENALTY, fit_intercept=False, solver="sparse_cg", tol=TOLERANCE)
        ridge.fit(self.features_.fit_transform(texts), truth - truth.mean(axis=0))
        self.coefficients_: NDArray[np.float32] = np.ascontiguousarray(
            ridge.coef_.reshape(len(column), -1).T, dtype=np.float32
        )
        return self

    def score(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return how much more each driver is spoken of than usual, about 0 to 1, shape (n, n_drivers)."""
        folded = [fold_text(text) for text in texts]
        scores = np.zeros((len(texts), len(self.driver_ids_)), np.float32)
        for start in range(0, len(texts), BATCH):
            batch = slice(start, start + BATCH)
            scores[batch] = self.features_.transform(folded[batch]) @ self.coefficients_
        return scores

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row a text, of length 1, or 0 when none of its features was learned."""
        scores = self.score(texts)
        length = np.linalg.norm(scores, axis=1, keepdims=True)
        vectors: NDArray[np.float32] = np.divide(scores, length, out=np.zeros_like(scores), where=length > 0)
        return vectors

    def to_state(self) -> State:
        """Return what was learned."""
        return State({"coefficients": self.coefficients_}, {"drivers": self.driver_ids_}) | (
            self.features_.to_state().under("features")
        )

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Return the space that `to_state` was asked of."""
        space = cls()
        space.driver_ids_, space.coefficients_ = state.plain["drivers"], state.arrays["coefficients"]
        space.features_ = TextFeatures.from_state(state.part("features"))
        return space


@lru_cache(maxsize=4)
def learn_driver_space(exemplars: tuple[Exemplar, ...]) -> DriverSpace:
    """Return the space of these exemplars, learned once a process."""
    return DriverSpace().fit(exemplars)
