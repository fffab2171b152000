"""A real panel through linkage: staff engagement and outcomes of English hospital trusts, by trust and year.

    BXTEXT_DATA=<folder> python benchmarks/panel.py

Shapes the panel into the tables that linkage reads (one voice a survey index, a trust and year one remark), runs
`link_drivers`, and holds every rho against scipy's Spearman on the same cells. Bar: they agree to 1e-6.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pandas as pd
from scipy.stats import spearmanr

from bxtext.linkage import link_drivers

ROOT = Path(__file__).parent.parent
EMPLOYEE = {"Engagement.Index": "ex.engagement", "WorkStress.Index": "ex.stress"}
OUTCOME = {"RecommendCare.Index": "cx.recommended_care", "SHMI.Index": "cx.mortality"}
MAX_LAG = 2
TINY = 1e-6


def shape_panel(panel: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return `mentions`, `documents` and `drivers`: each figure of a trust and year as the one remark of one voice.

    Figures are put in [-1, 1], which keeps their order; years stand as months, so that lags are years.
    """
    names = EMPLOYEE | OUTCOME
    long = panel.melt(id_vars=["Code", "Year.Index"], value_vars=list(names), var_name="figure").dropna(
        subset=["value"]
    )
    long["driver_id"] = long["figure"].map(names)
    spread = long.groupby("driver_id")["value"].agg(["min", "max"])
    low, high = (long["driver_id"].map(spread[end]) for end in ("min", "max"))
    long["polarity"] = 2 * (long["value"] - low) / (high - low) - 1
    long["voice"] = long["driver_id"].str.startswith("ex.").map({True: "employee", False: "customer"})
    months = dict(
        zip(sorted(panel["Year.Index"].unique()), pd.period_range("2001-01", periods=12, freq="M"), strict=False)
    )
    long["period"] = long["Year.Index"].map(months).astype("str")
    long["document_id"] = long["driver_id"] + "|" + long["Code"] + "|" + long["period"]
    long = long.assign(n_positive=1, n_negative=0, actor="process").rename(columns={"Code": "unit"})
    drivers = pd.DataFrame({"driver_id": list(names.values()), "tier": "core", "mirror": None})
    drivers["side"] = drivers["driver_id"].str[:2]
    mentions = long[["document_id", "driver_id", "polarity", "n_positive", "n_negative", "actor"]]
    return mentions, long[["document_id", "voice", "unit", "period"]], drivers


def spearman(panel: pd.DataFrame, ex: str, cx: str, lag: int) -> float:
    """Return scipy's rho of one column with another `lag` years later, over the trusts that linkage keeps."""
    later = panel[["Code", "Year.Index", cx]].assign(**{"Year.Index": panel["Year.Index"] - lag})
    both = panel[["Code", "Year.Index", ex]].merge(later, on=["Code", "Year.Index"]).dropna()
    return float(spearmanr(both[ex], both[cx]).statistic)


def main() -> int:
    """Link the panel and hold it against scipy."""
    if "BXTEXT_DATA" not in os.environ:
        print("BXTEXT_DATA is not set: nothing measured")
        return 0
    panel = pd.read_parquet(Path(os.environ["BXTEXT_DATA"]) / "nhs_staff_panel.parquet")
    linkage = link_drivers(*shape_panel(panel), min_respondents=1, max_lag=MAX_LAG).linkage
    columns = {driver: column for column, driver in (EMPLOYEE | OUTCOME).items()}
    linkage["scipy"] = [
        spearman(panel, columns[row.ex_driver_id], columns[row.cx_driver_id], int(row.lag))
        for row in linkage.itertuples(index=False)
    ]
    worst = float((linkage["rho"] - linkage["scipy"]).abs().max())
    shown = linkage.drop(columns=["reason", "p_value", "within_p", "detectable"]).round(4)
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    (results / "panel.json").write_text(json.dumps({"worst": worst, "rows": shown.to_dict("records")}, indent=2))
    print(shown.to_string(index=False))
    link = linkage[(linkage["ex_driver_id"] == "ex.engagement") & (linkage["cx_driver_id"] == "cx.recommended_care")]
    link = link[link["lag"] == 0].iloc[0]
    print(
        f"In {link.n_units} trusts ({link.n_cells} trust-years), engagement goes with staff who would recommend the "
        f"care: rho {link.rho:.2f} ({link.ci_low:.2f} to {link.ci_high:.2f}); an association, not a cause."
    )
    print(f"largest difference from scipy: {worst:.1e} (bar {TINY:.0e})")
    return int(not worst <= TINY)


if __name__ == "__main__":
    sys.exit(main())
