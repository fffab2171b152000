"""Measure what was planted, on the drawn remarks themselves, and say it in TRUTH.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

TEMPLATE = Path(__file__).parent / "TRUTH.template.md"
VALUES = {"positive": 1, "negative": -1}
STORE_TRUTHS = (
    ("Metz", "cx.staff_attitude"),
    ("Metz", "ex.team_climate"),
    ("Metz", "cx.process_failure"),
    ("Metz", "cx.order_accuracy"),
    ("Metz", "cx.delivery_reliability"),
    ("Lille", "ex.workload_wellbeing"),
    ("Lille", "ex.recognition"),
    ("Lille", "ex.manager_support"),
)


def net(frame: pd.DataFrame, driver: str | None = None, **where: str) -> float:
    """Return the mean polarity of remarks, in [-1, 1]; `since` and `until` are months, other names columns.

    A wish counts 0; remarks about no driver don't count.
    """
    return float(_select(frame, driver, **where)["value"].mean())


def _select(frame: pd.DataFrame, driver: str | None, **where: str) -> pd.DataFrame:
    chosen = frame["driver"].ne("none") if driver is None else frame["driver"].eq(driver)
    for name, value in where.items():
        if name in ("since", "until"):
            chosen &= frame["month"].ge(value) if name == "since" else frame["month"].le(value)
        else:
            chosen &= frame[name].eq(value)
    return frame[chosen].assign(value=lambda part: part["polarity"].map(VALUES).fillna(0))


def lag_correlations(frame: pd.DataFrame, cause: str, effect: str, *, max_lag: int = 3) -> pd.Series:
    """Return Spearman's rho by lag between two drivers' net polarity, each unit's mean taken away.

    At a lag above 0 the cause leads by as many months.
    """
    cells = {}
    for driver in (cause, effect):
        table = _select(frame, driver).pivot_table("value", "month", "unit", aggfunc="mean")
        cells[driver] = table - table.mean()
    units = cells[cause].columns.intersection(cells[effect].columns)
    causes = pd.Series(cells[cause][units].to_numpy().ravel())
    lags = range(-max_lag, max_lag + 1)
    effects = [pd.Series(cells[effect][units].shift(-lag).to_numpy().ravel()) for lag in lags]
    return pd.Series([causes.corr(shifted, method="spearman") for shifted in effects], index=list(lags), name="rho")


def unit_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return, by unit, each voice's comments, mean rating and net polarity, the best-liked first."""
    nets = _select(frame, None).pivot_table("value", "unit", "voice", aggfunc="mean")
    comments = frame.drop_duplicates("comment_id")
    sizes = comments.pivot_table("rating", "unit", "voice", aggfunc="count").astype("Int64")
    ratings = comments.pivot_table("rating", "unit", "voice", aggfunc="mean")
    return pd.DataFrame(
        {
            "reviews": sizes["customer"],
            "stars": ratings["customer"],
            "cx": nets["customer"],
            "comments": sizes["employee"],
            "enps": ratings["employee"],
            "ex": nets["employee"],
        }
    ).sort_values("cx", ascending=False)


def describe(frame: pd.DataFrame, kinds: pd.DataFrame, world: dict[str, Any]) -> str:
    """Return TRUTH.md: the template with the figures of the sample."""
    coupling, ratings = world["coupling"], world["ratings"]
    elsewhere = frame[frame["region"] != "Belgique"]
    rows = kinds.pivot_table("comment_id", "kind", "voice", aggfunc="count", fill_value=0)
    rows.loc["all rows"] = rows.sum()
    by_month = {
        "manager, Rouen": _select(frame, coupling["cause"], unit="Rouen"),
        "staff attitude, Rouen": _select(frame, coupling["effect"], unit="Rouen"),
        "delivery attitude, Belgique": _select(frame, "cx.delivery_attitude", region="Belgique"),
        "delivery attitude, elsewhere": _select(elsewhere, "cx.delivery_attitude"),
    }
    process = {
        driver: _select(frame, driver).groupby("unit")["value"].mean()
        for driver in ("cx.process_failure", "ex.internal_process")
    }
    stores = pd.DataFrame(
        {
            "remarks": [len(_select(frame, driver, unit=unit)) for unit, driver in STORE_TRUTHS],
            "net": [net(frame, driver, unit=unit) for unit, driver in STORE_TRUTHS],
            "all units": [net(frame, driver) for _, driver in STORE_TRUTHS],
        },
        index=[f"{unit}, {driver}" for unit, driver in STORE_TRUTHS],
    )
    return TEMPLATE.read_text(encoding="utf-8").format(
        rows=_markdown("rows", rows),
        by_month=_markdown("month", pd.DataFrame({name: _by_month(part) for name, part in by_month.items()})),
        strength=coupling["strength"],
        lag=coupling["lag"],
        rho=_markdown("lag", lag_correlations(frame, coupling["cause"], coupling["effect"]).to_frame()),
        contractors_belgium=f"{net(frame, 'ex.provider_conditions', region='Belgique'):.2f}",
        contractors_elsewhere=f"{net(elsewhere, 'ex.provider_conditions'):.2f}",
        process=_markdown("net, by unit", pd.DataFrame(process).agg(["max", "mean", "min"])),
        stores=_markdown("where", stores),
        units=_markdown("unit", unit_table(frame)),
        usual=" / ".join(map(str, world["usual_effect"])),
        customer_spread=ratings["customer"]["spread"],
        employee_spread=ratings["employee"]["spread"],
        effects=_markdown("driver", pd.DataFrame(world["effects"], index=["if positive", "if negative"]).T),
    )


def _by_month(part: pd.DataFrame) -> pd.Series:
    return part.groupby("month")["value"].mean()


def _markdown(corner: str, table: pd.DataFrame) -> str:
    head = [corner, *map(str, table.columns)]
    cells = table.astype(object).map(_cell)
    body = [[str(name), *cells.loc[name]] for name in table.index]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *body))


def _cell(value: float) -> str:
    if pd.isna(value):
        return ""
    return f"{round(value, 2) + 0:.2f}" if isinstance(value, float) else str(value)
