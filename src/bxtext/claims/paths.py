"""Claims about what passes from one figure of a unit to another: regressions over units, each unit drawn as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from bxtext.claims.verdict import ALPHA, LARGE, MIN_UNITS, Claim, count_needed, judge, lack
from bxtext.intervals import draw_weights
from bxtext.tables import VOICES
from bxtext.votes import cast_votes, measure_cells, spell_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CELL_RESPONDENTS = 3  # that each figure of a cell needs
MIN_PRODUCT_UNITS = 20  # units the product of two figures needs
SERVICE = ("cx.staff_attitude", "cx.staff_competence", "cx.contact_responsiveness")
VALUED = ("ex.voice", "ex.recognition", "ex.customer_purpose")
STAYING = ("out.ex_retention",)
FAITHFUL = ("out.cx_loyalty", "out.cx_advocacy")
OWN_FAITHFUL = ("loyalty", "advocacy")
HALVES = (0, 1)
UNIT = ["unit"]
ROUNDING = 1e-9


@dataclass(frozen=True)
class Regression:
    """Least squares over rows that belong to units, from each unit's sums of products."""

    moments: Floats  # (units x columns x columns); the first column is the constant

    @classmethod
    def of(cls, rows: pd.DataFrame, columns: Sequence[str]) -> Regression:
        """Return the sums of products of `columns`, each standardised over the rows, unit by unit."""
        values = rows[list(columns)].to_numpy(dtype=float)
        values = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), ROUNDING)
        values = np.column_stack([np.ones(len(values)), values])
        _, unit = np.unique(rows["unit"], return_inverse=True)
        moments = np.zeros((unit.max() + 1, values.shape[1], values.shape[1]))
        np.add.at(moments, unit, values[:, :, None] * values[:, None, :])
        return cls(moments)

    @property
    def n_units(self) -> int:
        """How many units there are."""
        return len(self.moments)

    def solve(self, weights: Floats, outcome: int, on: Sequence[int]) -> Floats:
        """Return the coefficients of the columns `on`, for each column of `weights` (units x resamples)."""
        sums = np.einsum("uij,ub->bij", self.moments, weights)
        known = [0, *on]
        inverse = np.linalg.pinv(sums[:, known][:, :, known], hermitian=True)
        coefficients: Floats = np.einsum("bij,bj->bi", inverse, sums[:, known, outcome])[:, 1:]
        return coefficients

    def bound(self, outcome: int, on: Sequence[int], column: int) -> tuple[float, float, float]:
        """Return one coefficient with its interval, by leaving out one unit after the other.

        The jackknife over clusters (CR3), which errs on the safe side with few of them, with Student's t.
        """
        place = list(on).index(column)
        point = self.solve(np.ones((self.n_units, 1)), outcome, on)[0, place]
        left_out = self.solve(1 - np.eye(self.n_units), outcome, on)[:, place]
        spare = self.n_units - 1
        error = np.sqrt(spare / self.n_units * ((left_out - left_out.mean()) ** 2).sum())
        reach = float(stdtrit(self.n_units - len(on) - 1, 1 - ALPHA / 2) * error)
        return float(point), float(point - reach), float(point + reach)


def follow_service(said: pd.DataFrame, documents: pd.DataFrame, *, resamples: int, seed: int) -> Claim:
    """Judge whether what employees say reaches the customers' rating by way of the service they get.

    Over units and months, the employees' mean vote stands against the customers' votes on service a month later, and
    these against the customers' rating, or their votes on everything else when they don't rate. Service and rating are
    read from different customers, each half in turn, so that the mood of one who says both is no path. `effect` is the
    share that passes through service; supported when the intervals of the path and of the whole lie above 0.
    """
    claim = "service_carries_it"
    employees = said[(said["voice"] == "employee") & (said["tier"] != "outcome")]
    customers = said[(said["voice"] == "customer") & (said["tier"] != "outcome")]
    is_service = customers["driver_id"].isin(SERVICE)
    service = customers[is_service]
    rated = documents.reindex(columns=["document_id", "outcome"]).dropna()
    spoken = customers.drop_duplicates("document_id").merge(rated, on="document_id")
    overall = spoken.assign(polarity=spoken["outcome"]) if len(spoken) else customers[~is_service]
    months = said.dropna(subset=["period"]).groupby("voice")["period"].nunique()
    dated = len(months) == len(VOICES) and int(months.min()) > 1
    lag = 1 if dated else 0
    cell = ["unit", "month"]
    ex = _mean_votes(employees, cell, dated=dated)
    parts = []
    for half in HALVES:
        met = _mean_votes(service[service["respondent"] % 2 == half], cell, dated=dated)
        rest = _mean_votes(overall[overall["respondent"] % 2 != half], cell, dated=dated)
        parts.append(_meet(cell, ex=_later(ex, lag), service=met, cx=rest))
    rows = pd.concat(parts, ignore_index=True)
    n = rows["unit"].nunique()
    if n < MIN_UNITS:
        reason = f"{n} units where employees, service and rating meet; at least {MIN_UNITS} are needed"
        return lack(claim, n, "units", reason)
    if (np.ptp(rows[["ex", "service", "cx"]], axis=0) < ROUNDING).any():
        return lack(claim, n, "units", "CX or EX does not vary between units")

    regression = Regression.of(rows, ["ex", "service", "cx"])
    figures = np.concatenate(
        [_paths(regression, weights) for weights in [np.ones((n, 1)), *draw_weights(n, resamples=resamples, seed=seed)]]
    )
    point, drawn = figures[0], figures[1:]
    # few units: residuals are smaller than errors, and Student's t is wider than the normal law
    stretch = np.sqrt(n / (n - 1)) * stdtrit(n - 1, 1 - ALPHA / 2) / stdtrit(np.inf, 1 - ALPHA / 2)
    low, high = np.quantile(drawn, [ALPHA / 2, 1 - ALPHA / 2], axis=0, method="weibull")
    low, high = point - stretch * (point - low), point + stretch * (high - point)
    return judge(
        claim,
        n,
        "units",
        holds=bool(low[0] > 0 and low[1] > 0),
        # the claim falls with either; the path has two steps, each of which may be large
        needed=min(count_needed(n, *size) for size in zip(point[:2], high[:2], (LARGE**2, LARGE), strict=True)),
        effect=point[2],
        ci_low=min(max(low[2], 0.0), point[2]),
        ci_high=max(min(high[2], 1.0), point[2]),
        detail=f"lag {lag}" if lag else None,
    )


def _paths(regression: Regression, weights: Floats) -> Floats:
    """Return the path through service, the whole, and the share of the one in the other, within [0, 1]."""
    to_service = regression.solve(weights, outcome=2, on=[1])[:, 0]
    beside, through = regression.solve(weights, outcome=3, on=[1, 2]).T
    path = to_service * through
    positive, rest = np.maximum(path, 0), np.maximum(beside, 0)
    return np.column_stack([path, path + beside, positive / np.maximum(positive + rest, ROUNDING)])


def _mean_votes(said: pd.DataFrame, cell: list[str], *, dated: bool) -> pd.Series[float]:
    """Return the mean vote of each unit and month (a number), where enough people speak; the month is 0 undated."""
    placed = said[said["unit"].notna() & (said["period"].notna() | (not dated))]
    number = {period: pd.Period(period, "M").ordinal for period in placed["period"].unique()} if dated else {}
    placed = placed.assign(month=placed["period"].map(number).astype(int) if dated else 0)
    cells = spell_columns(measure_cells(cast_votes(placed, cell), cell))
    return cells[cells["n_respondents"] >= CELL_RESPONDENTS].set_index(cell)["mean"]


def _later(cells: pd.Series[float], months: int) -> pd.Series[float]:
    """Return the cells as if they had been heard so many months later."""
    frame = cells.reset_index()
    return frame.assign(month=frame["month"] + months).set_index(["unit", "month"])["mean"]


def _meet(cell: list[str], **figures: pd.Series[float]) -> pd.DataFrame:
    """Return the cells that have every figure, one column each."""
    columns = ["unit", *figures]
    if any(cells.empty for cells in figures.values()):
        return pd.DataFrame(columns=columns).astype(dict.fromkeys(figures, float))
    return pd.concat(figures, axis=1, join="inner").dropna().rename_axis(cell).reset_index()[columns]


def stay_when_valued(said: pd.DataFrame, own: Mapping[str, pd.Series[float]]) -> Claim:
    """Judge whether employees stay where they are heard, recognised and involved, over units.

    The outcome is the client's own figure `retention` where there is one, else what other employees of the unit, half
    of them in turn, say of staying. `effect` is the slope, both sides in standard deviations.
    """
    claim = "valued_employees_stay"
    spoken = said[said["voice"] == "employee"]
    valued, staying = spoken[spoken["driver_id"].isin(VALUED)], spoken[spoken["driver_id"].isin(STAYING)]
    if "retention" in own:
        parts = [_meet(UNIT, x=_by_unit(valued), y=own["retention"])]
    else:
        parts = [
            _meet(
                UNIT,
                x=_by_unit(valued[valued["respondent"] % 2 == half]),
                y=_by_unit(staying[staying["respondent"] % 2 != half]),
            )
            for half in HALVES
        ]
    rows = pd.concat(parts, ignore_index=True)
    n = rows["unit"].nunique()
    if n < MIN_UNITS:
        reason = f"{n} units where employees speak of being valued and of staying; at least {MIN_UNITS} are needed"
        return lack(claim, n, "units", reason)
    if (np.ptp(rows[["x", "y"]], axis=0) < ROUNDING).any():
        return lack(claim, n, "units", "what employees say of it does not vary between units")
    point, low, high = Regression.of(rows, ["x", "y"]).bound(outcome=2, on=[1], column=1)
    needed = count_needed(n, point, high, LARGE)
    return judge(claim, n, "units", holds=low > 0, needed=needed, effect=point, ci_low=low, ci_high=high)


def _by_unit(said: pd.DataFrame) -> pd.Series[float]:
    return _mean_votes(said, UNIT, dated=False)


def add_symbiosis(said: pd.DataFrame, units: pd.DataFrame, own: Mapping[str, pd.Series[float]]) -> Claim:
    """Judge whether CX and EX together add to loyalty and advocacy more than each alone, over units.

    Loyalty and advocacy are the client's own figures where there are any (the mean of their ranks), else what customers
    say of both. `effect` is the coefficient of CX x EX beside both, all in standard deviations.
    """
    claim = "symbiosis"
    told = pd.DataFrame({name: own[name] for name in OWN_FAITHFUL if name in own})
    spoken = said[(said["voice"] == "customer") & said["driver_id"].isin(FAITHFUL)]
    faithful = told.rank(pct=True).mean(axis=1) if len(told) else _by_unit(spoken)
    placed = units.set_index("unit")[["cx", "ex"]].astype(float)
    rows = _meet(UNIT, cx=placed["cx"], ex=placed["ex"], faithful=faithful)
    n = len(rows)
    if n < MIN_PRODUCT_UNITS:
        reason = f"{n} units with CX, EX and loyalty or advocacy; at least {MIN_PRODUCT_UNITS} are needed"
        return lack(claim, n, "units", reason)
    if (np.ptp(rows[["cx", "ex", "faithful"]], axis=0) < ROUNDING).any():
        return lack(claim, n, "units", "CX, EX or loyalty does not vary between units")
    centred = rows[["cx", "ex"]] - rows[["cx", "ex"]].mean()
    rows["product"] = centred["cx"] * centred["ex"]
    regression = Regression.of(rows, ["cx", "ex", "product", "faithful"])
    point, low, high = regression.bound(outcome=4, on=[1, 2, 3], column=3)
    needed = count_needed(n, point, high, LARGE)
    return judge(claim, n, "units", holds=low > 0, needed=needed, effect=point, ci_low=low, ci_high=high)
