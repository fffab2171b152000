"""What a reader can work out: for every hidden cell, the least and the most it may hold given all that is shown.

The attack is the reader's own: every published count, every sum they must obey (units make a region, months a year),
and nothing else. Linear programming (scipy's HiGHS) says how far each hidden count is then known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import block_diag, csr_array, eye_array, hstack

from bxtext.errors import PrivacyError
from bxtext.publish.cells import NOWHERE, Cells, hide_small

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bxtext.publish.cells import Flags, Numbers
    from bxtext.publish.since import Since

    Floats = NDArray[np.float64]

SLACK = 1e-6


@dataclass(frozen=True)
class Sums:
    """Sums that counts obey, each row times the counts being 0; counts of different subjects share none.

    Attributes
    ----------
    matrix : csr_array, shape (n sums, n counts)
    counts : ndarray, shape (n counts,)
        Documents of each cell; then those of a parent that are in none of its children, which the reader isn't told.
    subject : ndarray of str, shape (n counts,)
    """

    matrix: csr_array
    counts: Floats
    subject: NDArray[np.object_]


def write_sums(cells: Cells) -> Sums:
    """Return the sums that the cells obey."""
    n = len(cells.table)
    rows, columns, signs = [np.empty(0, int)], [np.empty(0, int)], [np.empty(0)]
    left: list[float] = []
    left_of: list[int] = []
    at = 0
    for family in cells.families:
        pairs, lost = family.pairs, np.bincount(family.parent[family.lost], minlength=n)
        bereft = np.flatnonzero(lost)
        parents = np.union1d(pairs[:, 0], bereft)
        place = np.full(n, NOWHERE)
        place[parents] = at + np.arange(len(parents))
        at += len(parents)
        rows += [place[parents], place[pairs[:, 0]], place[bereft]]
        columns += [parents, pairs[:, 1], n + len(left) + np.arange(len(bereft))]
        signs += [np.full(len(parents), -1.0), np.ones(len(pairs)), np.ones(len(bereft))]
        left += lost[bereft].tolist()
        left_of += bereft.tolist()
    counts = np.concatenate([cells.table["n_documents"].to_numpy(float), left])
    subject = cells.table["subject"].to_numpy(object)
    matrix = csr_array(
        (np.concatenate(signs), (np.concatenate(rows), np.concatenate(columns))), shape=(at, len(counts))
    )
    return Sums(matrix, counts, np.concatenate([subject, subject[np.asarray(left_of, int)]]))


def bound_counts(
    matrix: csr_array, counts: Floats, shown: Flags, targets: Numbers, *, width: float
) -> tuple[Floats, Floats, dict[int, Numbers]]:
    """Return the least and the most that hidden counts may be, as far as it takes to see that they span `width`.

    Two solutions that differ by `width` in a count prove that it isn't known. A linear program looks for two that do
    so in as many targets as it can, half of them drawn to be larger in the one, half in the other. When it settles
    none, those left are tried one by one, and their bounds are exact.

    Parameters
    ----------
    matrix : csr_array, shape (n sums, n counts)
        Each row times the counts is 0.
    counts : ndarray, shape (n counts,)
        The true counts; only those shown are told to the reader.
    shown : ndarray of bool, shape (n counts,)
    targets : ndarray of int
        Hidden counts to bound.
    width : float
        Span from which a count is safe.

    Returns
    -------
    low, high : ndarray, shape (n targets,)
    telling : dict of int to ndarray of int
        For each target held within less than `width`, its place and the shown counts that hold it.

    Raises
    ------
    PrivacyError
        The solver gave up: nothing is proved.

    Examples
    --------
    >>> matrix = csr_array([[-1.0, 1.0, 1.0, 1.0]])
    >>> counts = np.array([20.0, 14.0, 2.0, 4.0])
    >>> shown = np.array([True, True, False, False])
    >>> low, high, telling = bound_counts(matrix, counts, shown, np.array([2]), width=7)
    >>> low.tolist(), high.tolist(), telling[0].tolist()
    ([0.0], [6.0], [0, 1])
    """
    free = np.flatnonzero(~shown)
    position = np.full(len(counts), NOWHERE)
    position[free] = np.arange(len(free))
    own = matrix[:, free]
    used = np.diff(own.indptr) > 0
    own, told = own[used], matrix[used][:, np.flatnonzero(shown)]
    total = -(told @ counts[shown])
    ceiling = float(counts.sum()) + width  # of a count that nothing shown bounds
    low = high = counts[targets]
    telling: dict[int, Numbers] = {}

    def widen(solution: Floats) -> None:
        nonlocal low, high
        reached = solution[position[targets]]
        low, high = np.minimum(low, reached), np.maximum(high, reached)

    def widen_many(chosen: Numbers) -> None:
        """Move the bounds by two solutions that are `width` apart in as many targets as may be."""
        n, m = len(free), len(chosen)
        larger = csr_array((rng.choice([-1.0, 1.0], m), (np.arange(m), position[targets[chosen]])), shape=(m, n))
        sums = hstack([block_diag((own, own)), csr_array((2 * own.shape[0], m))], format="csr")
        apart = hstack([-larger, larger, eye_array(m)], format="csr")  # how far apart they are, told up to `width`
        answer = _solve(
            np.repeat([0.0, -1.0], [2 * n, m]),
            A_eq=sums,
            b_eq=np.concatenate([total, total]),
            A_ub=apart,
            b_ub=np.zeros(m),
            bounds=np.column_stack([np.zeros(2 * n + m), np.repeat([ceiling, float(width)], [2 * n, m])]),
        )
        widen(answer.x[:n])
        widen(answer.x[n : 2 * n])

    def widen_one(target: int) -> Floats:
        """Move the bounds of one target as far as they go; return how much each sum matters."""
        objective = np.zeros(len(free))
        objective[position[targets[target]]] = 1.0
        matters = np.zeros(own.shape[0])
        for sign in (1.0, -1.0):
            answer = _solve(sign * objective, A_eq=own, b_eq=total, bounds=(0, ceiling))
            widen(answer.x)
            matters += np.abs(answer.eqlin.marginals)
        return matters

    def open_targets() -> Numbers:
        return np.flatnonzero(high - low < width - SLACK)

    rng = np.random.default_rng(0)
    before = np.inf
    while before > len(chosen := open_targets()) > 1:
        before = len(chosen)
        widen_many(chosen)
    for target in open_targets():
        if high[target] - low[target] < width - SLACK:
            matters = widen_one(int(target))
            if high[target] - low[target] < width - SLACK:
                telling[int(target)] = np.flatnonzero(shown)[abs(told).T @ (matters > SLACK) > 0]
    return low, high, telling


def _solve(objective: Floats, **program: Any) -> Any:
    """Return the answer of a linear program.

    Raises
    ------
    PrivacyError
        There is none: nothing is proved.
    """
    answer = linprog(objective, method="highs", **program)
    if answer.x is None:
        raise PrivacyError(f"the audit of small groups did not end ({answer.message}); nothing is published")
    return answer


def audit_cells(  # noqa: PLR0913  what is audited, and what is at hand
    cells: Cells,
    told: Flags,
    *,
    k: int,
    risky: Flags | None = None,
    subjects: set[str] | None = None,
    sums: Sums | None = None,
) -> dict[int, Numbers]:
    """Return the hidden cells whose count a reader knows to within less than `k`.

    Parameters
    ----------
    cells : Cells
    told : ndarray of bool, shape (n cells,)
        Cells the reader has.
    risky : ndarray of bool, optional
        Cells that must not be known; by default all of fewer than `k` people that aren't told.
    subjects : set of str, optional
        Those to look at; by default all that something is told of.
    sums : Sums, optional
        Those of the cells, where they are at hand.

    Returns
    -------
    dict of int to ndarray of int
        The cells that can be recovered, and the told cells that give each away.
    """
    sums = write_sums(cells) if sums is None else sums
    n = len(cells.table)
    risky = (cells.n_respondents < k if risky is None else risky) & ~told
    told_of = set(sums.subject[:n][told])
    had = np.concatenate([told, np.zeros(len(sums.counts) - n, dtype=bool)])
    known: dict[int, Numbers] = {}
    for subject in sorted(set(sums.subject[:n][risky]) & (told_of if subjects is None else subjects & told_of)):
        own = np.flatnonzero(sums.subject == subject)
        matrix = sums.matrix[:, own]
        matrix = matrix[np.diff(matrix.indptr) > 0]
        targets = np.flatnonzero(risky[own[own < n]])
        _, _, telling = bound_counts(matrix, sums.counts[own], had[own], targets, width=k)
        known |= {int(own[targets[place]]): own[near] for place, near in telling.items()}
    return known


@dataclass(frozen=True)
class Past:
    """What earlier publications mean for the cells of this one.

    Attributes
    ----------
    near : ndarray of bool, shape (n cells,)
        Cells that must be neither shown nor worked out: readers may have almost the same one.
    held : ndarray of bool, shape (n cells,)
        Cells that are as they were when they were hidden.
    known : ndarray of bool, shape (n cells,)
        Cells that readers have.
    since : tuple of Since
        What each earlier publication and this one tell together.
    """

    near: Flags
    held: Flags
    known: Flags
    since: tuple[Since, ...] = ()


def no_past(cells: Cells) -> Past:
    """Return the past of a first publication."""
    nothing = np.zeros(len(cells.table), dtype=bool)
    return Past(nothing, nothing, nothing)


def protect_cells(cells: Cells, *, k: int, closed: Flags | None = None, past: Past | None = None) -> Flags:
    """Return which cells may be shown: `hide_small`, then more until the audit finds nothing to recover.

    Cells that give somebody away beside an earlier publication are hidden as those that are near to one, and so on.

    Parameters
    ----------
    cells : Cells
    k : int
        Fewest people that a figure, and whatever can be worked out, stands for.
    closed : ndarray of bool, optional
        Cells that are not shown for another reason.
    past : Past, optional
        What was published before.

    Raises
    ------
    PrivacyError
        The audit can't be carried out, or can't be passed.
    """
    past = no_past(cells) if past is None else past
    subject = cells.table["subject"].to_numpy(object)
    shown = np.zeros(len(subject), dtype=bool)
    anew = unsolved = set(subject)  # subjects whose cells are to be chosen, and to be solved beside earlier reports
    while anew:
        own = np.isin(subject, list(anew))
        shown[own] = _protect_alone(cells, k=k, closed=closed, past=past, subjects=anew)[own]
        telling = np.zeros(len(shown), dtype=bool)
        for since in past.since:
            telling |= since.find_telling(shown, k=k) & ~past.known
        if telling.any():
            unsolved = unsolved | set(subject[telling])
        else:
            risky = ((cells.n_respondents < k) | past.near | past.held) & ~shown
            for joint in (since.joint for since in past.since if since.joint):
                telling[joint.find_telling(shown, risky, shown & ~past.known, k=k, subjects=unsolved)] = True
            unsolved = set(subject[telling])
        past = replace(past, near=past.near | telling)
        anew = set(subject[telling])
    return shown


def _protect_alone(cells: Cells, *, k: int, closed: Flags | None, past: Past, subjects: set[str]) -> Flags:
    """Return which cells of one publication may be shown, of some subjects."""
    held = past.near | past.held | (False if closed is None else closed)
    risky = (cells.n_respondents < k) | past.near | past.held
    shown = hide_small(cells, k=k, hidden=held, known=past.known)
    sums = write_sums(cells)
    size = np.lexsort((cells.table["n_documents"], cells.n_respondents)).argsort()
    while known := audit_cells(cells, shown, k=k, risky=risky, subjects=subjects, sums=sums):
        subjects = set(cells.table["subject"].iloc[list(known)])
        movable = {cell: near[~past.known[near]] for cell, near in known.items()}
        stuck = np.array([cell for cell, near in movable.items() if not len(near)], dtype=np.int64)
        if (cells.n_respondents[stuck] < k).any():
            raise PrivacyError(f"{len(stuck)} small groups can be worked out with nothing left to hide beside them")
        risky[stuck] = False  # of enough people, and readers have had all that gives it away: no report takes it back
        held = held | ~shown
        held[[near[size[near].argmin()] for near in movable.values() if len(near)]] = True
        shown = hide_small(cells, k=k, hidden=held, known=past.known)
    return shown & (cells.n_respondents >= k) & (True if closed is None else ~closed)
