"""Has a client's export changed since the last run? Columns that came and went."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from bxtext.read import Comments


def compare_columns(columns: pd.DataFrame, earlier: pd.DataFrame | None) -> pd.DataFrame:
    """Tell which columns of a source are new and which are gone.

    Parameters
    ----------
    columns : DataFrame
        The table `source_columns`.
    earlier : DataFrame or None
        The same of an earlier run, if there is one.

    Returns
    -------
    DataFrame
        One row a change: `source`, `column`, `change` (`new` or `gone`); none for a source that is new itself.

    Examples
    --------
    >>> now = pd.DataFrame({"source": "s", "column": ["id", "text", "shop"]})
    >>> compare_columns(now, now.assign(column=["id", "text", "store"])).to_numpy().tolist()
    [['s', 'shop', 'new'], ['s', 'store', 'gone']]
    """
    known = columns.head(0) if earlier is None else earlier[earlier["source"].isin(columns["source"])]
    now = columns[columns["source"].isin(known["source"])]
    both = now[["source", "column"]].merge(known[["source", "column"]], how="outer", indicator="change")
    both["change"] = both["change"].astype("str").map({"left_only": "new", "right_only": "gone"})
    return both.dropna().drop_duplicates().sort_values(["source", "column"], ignore_index=True)


def note_drift(found: Comments, earlier: pd.DataFrame | None) -> Comments:
    """Return what was read with a note `W_SCHEMA_DRIFT` for each source whose columns aren't those of an earlier run.

    Parameters
    ----------
    found : Comments
        What was read.
    earlier : DataFrame or None
        The table `source_columns` of an earlier run, if there is one.
    """
    counts = compare_columns(found.source_columns, earlier)["source"].value_counts()
    drift = pd.DataFrame({"source": counts.index, "code": "W_SCHEMA_DRIFT", "n": counts.to_numpy()})
    return replace(found, read_notes=pd.concat([found.read_notes, drift], ignore_index=True))
