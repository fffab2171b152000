"""What a kernel imports before it works: nothing slow that its stage doesn't use."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bxtext.imports import leave_out

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


@pytest.mark.parametrize("imported", ["bertopic", "bxtext.kernel"])
def test_what_reads_notebooks_compiles_no_grammar_of_links(imported):
    asked = f"with leave_out(LINK_GRAMMAR): import {imported}"
    loaded = "print(LINK_GRAMMAR in sys.modules, 'jsonschema' in sys.modules)"
    assert answer_of(f"import sys; from bxtext.imports import *\n{asked}\n{loaded}") == "False True"


def test_bertopic_comes_without_spacy():
    asked = "with leave_out(LINK_GRAMMAR, SPACY): import bertopic\nimport spacy"
    names = "bertopic.representation.MaximalMarginalRelevance.__name__, spacy.__name__"
    assert answer_of(f"from bxtext.imports import *\n{asked}\nprint({names})") == "MaximalMarginalRelevance spacy"


def test_a_module_that_is_loaded_is_not_left_out():
    with leave_out("subprocess"):
        import subprocess as found  # noqa: PLC0415
    assert found is subprocess is sys.modules["subprocess"]
