"""Rows in groups: what pandas finds, whatever the kinds of the names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxtext import groups
from bxtext.groups import group_rows

ROWS = st.lists(
    st.tuples(st.sampled_from(["b", "a", "é", None]), st.integers(0, 3), st.floats(-1, 1)), min_size=0, max_size=40
)


def tabulate(rows, kind):
    frame = pd.DataFrame(rows, columns=["name", "number", "value"]).astype({"number": "int64", "value": "float64"})
    return frame.astype({"name": pd.CategoricalDtype(["é", "b", "a"]) if kind == "category" else "str"})


@pytest.mark.parametrize("few", [groups.FEW, 0])  # numbers too many to have a place each
@pytest.mark.parametrize("most", [groups.MOST, 2])  # so large that they are told anew
@pytest.mark.parametrize("kind", ["category", "text"])
@given(ROWS)
def test_groups_are_those_of_pandas(kind, most, few, rows):
    frame = tabulate(rows, kind)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "MOST", most)
        patch.setattr(groups, "FEW", few)
        found = group_rows(frame, ["name", "number"])
    sums = frame.groupby(["name", "number"])["value"].agg(["sum", "size"]).reset_index()
    assert (
        found.names.astype({"name": "str"}).to_numpy().tolist()
        == sums[["name", "number"]].astype({"name": "str"}).to_numpy().tolist()
    )
    assert found.sizes.tolist() == sums["size"].tolist()
    np.testing.assert_allclose(found.add_up(frame["value"]), sums["sum"], atol=1e-12)


@given(ROWS)
def test_each_row_is_in_the_group_of_its_names(rows):
    frame = tabulate(rows, "text")
    found = group_rows(frame, ["name"])
    inside = found.of_row != groups.NOWHERE
    assert inside.tolist() == frame["name"].notna().tolist()
    assert found.names["name"].iloc[found.of_row[inside]].tolist() == frame["name"][inside].tolist()
