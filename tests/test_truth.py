"""The worlds whose truth is known are measured with the library as it stands: here a few, in the benchmark many."""

from importlib import import_module

import numpy as np
import pytest

WORLDS, SEED = 4, 7


@pytest.mark.parametrize("part", ["brand", "claims", "importance", "linkage", "scores"])
def test_every_measure_tells_figures_of_its_own_with_their_bars(part, root, monkeypatch):
    monkeypatch.syspath_prepend(root)
    measures = import_module(f"benchmarks.truth.{part}").MEASURES  # the sample has a module `truth` of its own
    rows = [row for measure in measures for row in measure(WORLDS, SEED)]
    assert all(np.isnan(row["value"]) or -1 <= row["value"] <= 100 for row in rows)
    assert len({row["figure"] for row in rows}) == len(rows) >= len(measures)
