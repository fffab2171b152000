"""The mirror: each customer driver beside its employee counterpart, and how far apart the two sides stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.stats import norm

from bxtext.groups import group_rows
from bxtext.intervals import bound_means, combine_intervals, vote_influence
from bxtext.linkage.panel import mirror_pairs
from bxtext.tables import ALL, TABLES
from bxtext.votes import cast_votes, measure_cells, spell_columns, spread_over_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MIRROR_RESPONDENTS = 5  # on each side of a mirror pair
SYMMETRY_PAIRS = 4  # pairs a unit's symmetry needs
MIDDLE = 50.0  # as much praise as criticism
FOUND = 0.05  # false discovery rate below which a link is called found
STEPS = np.linspace(0, 6, 601)  # distances in errors, at which what chance adds is known
SIDE = ["driver_id", "unit"]
SIDES = {"customer": "cx", "employee": "ex"}


def compare_sides(said: pd.DataFrame, drivers: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the tables `mirror` and `symmetry`, and under `apart` the pairs with one side good and the other bad.

    Scores, gaps and their intervals are those of each pair over the whole time, for everybody and in each unit.
    """
    pairs = mirror_pairs(drivers)
    units = pd.DataFrame({"unit": [ALL, *sorted(said["unit"].dropna().unique())]})
    rows = pairs.merge(units, how="cross")
    rows = rows.assign(pair=rows["cx_driver_id"] + " | " + rows["ex_driver_id"], period=ALL)
    shared = csr_array((len(rows), len(rows)))
    for voice, side in SIDES.items():
        own = said[(said["voice"] == voice) & said["driver_id"].isin(pairs[f"{side}_driver_id"])]
        votes = cast_votes(spread_over_units(own), SIDE)
        names = {"driver_id": f"{side}_driver_id"}
        scored = _score_side(votes)
        scored = scored.rename(columns={"mean": side, "low": f"{side}_low", "high": f"{side}_high", "n": f"n_{side}"})
        rows = rows.merge(scored.rename(columns=names), on=[names["driver_id"], "unit"], how="left")
        shared += _covary(votes, rows.rename(columns={name: own for own, name in names.items()})[SIDE])
    counts = rows[["n_cx", "n_ex"]].fillna(0).astype(int)
    few = (counts < MIRROR_RESPONDENTS).any(axis=1)
    rows["gap"] = rows["cx"] - rows["ex"]
    rows["ci_low"], rows["ci_high"] = combine_intervals(
        (rows["cx"], rows["cx_low"], rows["cx_high"]), (rows["ex"], rows["ex_low"], rows["ex_high"]), weights=(1, -1)
    )
    figures = ["cx", "ex", "cx_low", "cx_high", "ex_low", "ex_high", "gap", "ci_low", "ci_high"]
    rows.loc[few, figures] = np.nan
    rows["reason"] = (
        counts["n_cx"].astype("str") + " customers and " + counts["n_ex"].astype("str")
        + f" employees; at least {MIRROR_RESPONDENTS} of each are needed"
    ).where(few)  # fmt: skip
    opposed = ((rows["cx_low"] > MIDDLE) & (rows["ex_high"] < MIDDLE)) | (
        (rows["cx_high"] < MIDDLE) & (rows["ex_low"] > MIDDLE)
    )
    return {
        "mirror": rows[[column.name for column in TABLES["mirror"].columns]],
        "symmetry": _measure_symmetry(rows, shared),
        "apart": rows[opposed],
    }


def _score_side(votes: pd.DataFrame) -> pd.DataFrame:
    """Return score, interval and respondents of each driver, for everybody and by unit."""
    cells = bound_means(spell_columns(measure_cells(votes, SIDE)))
    few = cells["n_respondents"] < MIRROR_RESPONDENTS
    cells[["low", "high"]] = cells[["low", "high"]].mask(few)
    cells[["mean", "low", "high"]] = 50 + 50 * cells[["mean", "low", "high"]]
    return cells[[*SIDE, "n_respondents", "mean", "low", "high"]].rename(columns={"n_respondents": "n"})


def _covary(votes: pd.DataFrame, rows: pd.DataFrame) -> csr_array:
    """Return how the scores of one side, a row each, vary together because the same people speak of them."""
    cells = group_rows(votes, SIDE)
    mean = cells.add_up(votes["vote"]) / cells.sizes
    move = 50 * vote_influence(votes["vote"], mean[cells.of_row], cells.sizes[cells.of_row])
    numbered = spell_columns(cells.names).reset_index(names="cell").merge(rows.assign(row=range(len(rows))), on=SIDE)
    places = csr_array((np.ones(len(numbered)), (numbered["row"], numbered["cell"])), shape=(len(rows), len(mean)))
    people, column = np.unique(votes["respondent"], return_inverse=True)
    matrix = csr_array((move, (cells.of_row, column)), shape=(len(mean), max(len(people), 1)))
    return places @ (matrix @ matrix.T) @ places.T


def _measure_symmetry(rows: pd.DataFrame, shared: csr_array) -> pd.DataFrame:
    """Return the symmetry of each unit: 100 less the mean distance between the two sides of its pairs."""
    symmetry = []
    for unit, own in rows[rows["gap"].notna()].groupby("unit", sort=True):
        at = own.index.to_numpy()
        figures = {"unit": unit, "period": ALL, "n_pairs": len(own)}
        if len(own) < SYMMETRY_PAIRS:
            figures["reason"] = f"{len(own)} mirror pairs with a gap; at least {SYMMETRY_PAIRS} are needed"
        else:
            varies = shared[at][:, at].toarray()
            distance, low, high = measure_distance(own["gap"].to_numpy(), varies)
            figures |= {"symmetry": 100 - distance, "ci_low": max(100 - high, 0.0), "ci_high": 100 - low}
        symmetry.append(figures)
    columns = [column.name for column in TABLES["symmetry"].columns]
    missing = [
        {"unit": unit, "period": ALL, "n_pairs": 0,
         "reason": f"0 mirror pairs with a gap; at least {SYMMETRY_PAIRS} are needed"}
        for unit in rows["unit"].unique() if unit not in {figures["unit"] for figures in symmetry}
    ]  # fmt: skip
    return pd.DataFrame(symmetry + missing, columns=columns).sort_values("unit", ignore_index=True)


def measure_distance(gaps: Floats, varies: Floats) -> tuple[float, float, float]:
    """Return the mean distance |gap| over pairs whose gaps are known with error, and its 95 % interval.

    Chance alone sets two equal scores apart, and the more so the fewer speak: the plain mean of |gap| would call
    small units asymmetric. So each pair counts with the distance that shows as its |gap| on average (the mean of a
    folded normal, Leone, Nelson and Nottingham 1961, doi 10.1080/00401706.1961.10489974). The interval is that of the
    plain mean, its lower end drawn down by as much as chance may have added: it covers at least 95 %.

    Parameters
    ----------
    gaps : ndarray, shape (k,)
    varies : ndarray, shape (k, k)
        Covariance of their errors.

    Returns
    -------
    distance, low, high : float
        In points.

    Examples
    --------
    >>> seen = np.array([12.0, -9.0, 10.0, -11.0, 9.0])
    >>> exact, noisy = (round(measure_distance(seen, np.eye(5) * error)[0]) for error in (1, 100))
    >>> exact, noisy
    (10, 7)
    """
    error = np.sqrt(np.maximum(np.diag(varies), 1e-12))
    size = np.abs(gaps) / error
    distance = np.interp(size, STEPS + _added(STEPS), STEPS, right=np.inf)
    distance = np.where(np.isinf(distance), size, distance) * error
    signs = np.sign(gaps)
    reach = 1.96 * float(np.sqrt(signs @ varies @ signs)) / len(gaps)
    plain, added = float(np.abs(gaps).mean()), float((_added(np.maximum(size - 1, 0)) * error).mean())
    return float(distance.mean()), max(plain - reach - added, 0.0), plain + reach


def _added(distance: Floats) -> Floats:
    """Return what chance of spread 1 adds to a distance, on average."""
    return np.asarray(2 * (norm.pdf(distance) - distance * norm.sf(distance)))


def list_tensions(apart: pd.DataFrame, linkage: pd.DataFrame, drivers: pd.DataFrame) -> pd.DataFrame:
    """Return the table `tensions`: the mirror pairs on which the two voices pull apart.

    - `apart`: one side is good and the other bad, both by their intervals, for everybody or in a unit;
    - `opposite`: over units and months one side falls as the other rises, q < .05, at the surest lag.
    """
    standing = apart.rename(columns={"gap": "figure"}).assign(kind="apart")
    pairs = mirror_pairs(drivers).merge(linkage, on=["cx_driver_id", "ex_driver_id"])
    levels = [
        pairs[["cx_driver_id", "ex_driver_id", rho, q, "lag"]].set_axis(
            ["cx_driver_id", "ex_driver_id", "figure", "q", "lag"], axis=1
        )
        for rho, q in (("rho", "q_value"), ("within_rho", "within_q"))
    ]
    opposed = pd.concat(levels).query("figure < 0 and q < @FOUND").sort_values(["q", "figure", "lag"])
    opposed = opposed.drop_duplicates(["cx_driver_id", "ex_driver_id"])
    opposed = opposed.assign(pair=opposed["cx_driver_id"] + " | " + opposed["ex_driver_id"], unit=ALL, kind="opposite")
    columns = [column.name for column in TABLES["tensions"].columns]
    tensions = pd.concat([part.reindex(columns=columns).astype(object) for part in (standing, opposed)])
    return tensions.sort_values(["kind", "unit", "pair"], ignore_index=True)
