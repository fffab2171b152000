"""What moved that is told, not tested: themes, links between the voices, quadrants of units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bxtext.tables import ALL, UNDECIDED

if TYPE_CHECKING:
    from collections.abc import Mapping

LINK = ["ex_driver_id", "cx_driver_id", "lag"]
SURE = 0.05  # a false discovery rate below this is called a link


def compare_themes(now: Mapping[str, pd.DataFrame], before: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the themes that were born, split off, came back, merged or ended, with their labels and shares."""
    changes = now["theme_changes"]
    moved = changes[changes["change"] != "kept"]
    names = pd.concat([now["themes"], before["themes"]]).drop_duplicates("theme_id")
    columns = ["theme_id", "label_fr", "label_en", "share"]
    return moved.merge(names[columns], on="theme_id", how="left").sort_values(["change", "theme_id"], ignore_index=True)


def compare_links(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Return the links between drivers of employees and customers that one run is sure of and the other is not."""
    both = now[[*LINK, "rho", "q_value"]].merge(
        before[[*LINK, "rho", "q_value"]], on=LINK, how="outer", suffixes=("_now", "_before")
    )
    sure_now, sure_before = both["q_value_now"] < SURE, both["q_value_before"] < SURE
    both["change"] = sure_now.map({True: "found", False: "lost"})
    return both[sure_now != sure_before].reset_index(drop=True)


def compare_quadrants(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Return the units that stand in another quadrant than before; undecided ones are no movement."""
    sides = [
        frame[(frame["period"] == ALL) & frame["quadrant"].notna() & (frame["quadrant"] != UNDECIDED)]
        for frame in (now, before)
    ]
    both = sides[0].merge(sides[1], on=["unit", "period"], suffixes=("_now", "_before"))
    moved = both[both["quadrant_now"] != both["quadrant_before"]]
    return moved[["unit", "quadrant_before", "quadrant_now", "bx_before", "bx_now"]].reset_index(drop=True)
