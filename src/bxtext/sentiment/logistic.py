"""Logistic regressions that share their rows: many questions, or many folds, for the price of few."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]

STEPS, INNER_STEPS = 40, 30
NEAR_ENOUGH = 1e-3  # of the steepest slope
INNER_NEAR_ENOUGH = 0.1  # of the slope of the step


def fit_logistic(features: csr_array, answers: Floats, weights: Floats, *, strength: float) -> Floats:
    """Return the coefficients of L2-penalised logistic regressions, one a column of `answers`.

    Newton's method with conjugate gradients (Lin, Weng and Keerthi 2008, doi 10.1145/1390681.1390703), all columns in
    one matrix product. The result does not depend on the number of threads.

    Parameters
    ----------
    features : csr_array of shape (n_rows, n_features)
        A column of ones, where an intercept is wanted.
    answers, weights : array of shape (n_rows, n_questions)
        Answers in [0, 1], and how much each counts.
    strength : float
        Inverse of the penalty.

    Returns
    -------
    array of shape (n_features, n_questions)

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> rows = csr_array(np.array([[1.0, 0.0], [0.0, 1.0]]))
    >>> coefficients = fit_logistic(rows, np.array([[1.0], [0.0]]), np.ones((2, 1)), strength=1.0)
    >>> coefficients.round(2).tolist()
    [[0.4], [-0.4]]
    """
    by_feature = features.T.tocsr()
    weights = strength * weights
    squares = (by_feature**2).tocsr()
    coefficients = np.zeros((features.shape[1], answers.shape[1]))
    margins = np.zeros_like(answers, dtype=np.float64)
    first = np.zeros(answers.shape[1])
    going = np.ones(answers.shape[1], dtype=bool)  # a column that is done stays as it is, whatever the others do
    for _ in range(STEPS):
        chances = answer_chances(margins)
        slopes = coefficients + by_feature @ (weights * (chances - answers))
        steepness = np.sqrt(_dot(slopes, slopes))
        first = np.maximum(first, steepness)
        going &= steepness > NEAR_ENOUGH * first
        if not going.any():
            break
        curves = weights * chances * (1 - chances)
        steps = _solve(features, by_feature, curves, -slopes * going, 1 + squares @ curves)
        moves = features @ steps
        sizes = _step_sizes(answers, weights, (coefficients, margins), (steps, moves), _dot(slopes, steps))
        coefficients += sizes * steps
        margins += sizes * moves
    return coefficients


def answer_chances(margins: Floats) -> Floats:
    """Return the probability of yes.

    Examples
    --------
    >>> float(answer_chances(np.zeros(1))[0])
    0.5
    """
    chances: Floats = 0.5 * (1 + np.tanh(margins / 2))
    return chances


def _solve(features: csr_array, by_feature: csr_array, curves: Floats, target: Floats, diagonal: Floats) -> Floats:
    """Solve (I + X' C X) step = target, roughly, for each column."""
    steps = np.zeros_like(target)
    left = target.copy()
    scaled = left / diagonal
    direction = scaled.copy()
    power = _dot(left, scaled)
    enough = INNER_NEAR_ENOUGH**2 * power
    for _ in range(INNER_STEPS):
        going = power > enough
        if not going.any():
            break
        pushed = direction + by_feature @ (curves * (features @ direction))
        length = np.where(going, power / np.maximum(_dot(direction, pushed), 1e-300), 0.0)
        steps += length * direction
        left -= length * pushed
        scaled = left / diagonal
        before, power = power, np.where(going, _dot(left, scaled), power)
        direction = scaled + np.where(going, power / np.maximum(before, 1e-300), 0.0) * direction
    return steps


def _step_sizes(
    answers: Floats, weights: Floats, here: tuple[Floats, Floats], step: tuple[Floats, Floats], fall: Floats
) -> Floats:
    """Halve a column's step until its objective falls."""

    def objective(sizes: Floats) -> Floats:
        coefficients, margins = (start + sizes * move for start, move in zip(here, step, strict=True))
        losses = np.logaddexp(0.0, margins) - answers * margins
        return 0.5 * _dot(coefficients, coefficients) + _dot(weights, losses)

    sizes = np.ones(answers.shape[1])
    start = objective(np.zeros_like(sizes))
    for _ in range(10):
        too_far = objective(sizes) > start + 1e-4 * sizes * fall + 1e-9 * np.abs(start)
        if not too_far.any():
            break
        sizes = np.where(too_far, sizes / 2, sizes)
    return sizes


def _dot(left: Floats, right: Floats) -> Floats:
    """Column by column; without BLAS, whose sums change with the number of threads."""
    products: Floats = np.einsum("ij,ij->j", left, right)
    return products
