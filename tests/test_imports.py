"""What a kernel imports before it works: nothing slow that its stage doesn't use."""

from __future__ import annotations

import subprocess
import sys

import pytest

SECONDS = 0.3  # of CPU, to import the package itself
STATISTICS = {"scipy.stats", "sklearn", "statsmodels", "seaborn", "matplotlib.pyplot", "spacy"}


def answer_of(code):
    """What a fresh Python prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_the_package_is_imported_at_once():
    spent = answer_of("import time; before = time.process_time(); import bxtext; print(time.process_time() - before)")
    assert float(spent) < SECONDS


@pytest.mark.parametrize(
    ("names", "slow"),
    [
        ("bxtext", {"numpy", "pandas", "pydantic"}),
        ("bxtext.cli", {"pandas", "papermill"}),
        ("bxtext.run, bxtext.segment", {"scipy", "sklearn", "spacy", "matplotlib", "papermill", "dask"}),
        ("bxtext.sentiment", STATISTICS | {"matplotlib"}),
        ("bxtext.scores, bxtext.importance, bxtext.brand, bxtext.claims, bxtext.figures", STATISTICS),
        ("bxtext.drivers, bxtext.themes", {"spacy", "bertopic", "statsmodels", "matplotlib", "umap", "torch"}),
    ],
)
def test_a_stage_imports_only_what_it_uses(names, slow):
    imported = answer_of(f"import sys, {names}; print(*sys.modules)").split()
    assert not slow & set(imported)
