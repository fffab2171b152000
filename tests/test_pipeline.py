"""Running notebooks: a failed cell is named, a run never pretends to be good."""

from __future__ import annotations

import json

import nbformat
import pytest

from bxtext.errors import CellError, InputError, ParamsError
from bxtext.pipeline import run_line, stage_table
from bxtext.run.manifest import list_runs

pytestmark = pytest.mark.slow


@pytest.fixture
def own_notebooks(acme, root):
    """Return the project with a copy of the notebooks, to be broken."""
    (acme / "notebooks").unlink()
    (acme / "notebooks").mkdir()
    for path in (root / "notebooks").glob("*.ipynb"):
        (acme / "notebooks" / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    return acme


def break_cell(project, name, code):
    path = project / "notebooks" / name
    notebook = nbformat.read(path, as_version=4)
    next(cell for cell in notebook.cells if "open_run" in cell.source)["source"] = code
    nbformat.write(notebook, path)


def test_a_partial_run_is_listed_and_can_go_on(acme):
    run_line("acme", acme, run_id="r1", last="clean")
    assert [manifest["status"] for manifest in list_runs(acme, "acme")] == ["partial"]
    assert not (acme / "data" / "runs" / "acme" / "latest").exists()
    outcome = run_line("acme", acme, run_id="r1", first="segment", last="segment")
    assert len(outcome.run.read("segments")) == 3
    with pytest.raises(ParamsError, match="run 'r1' of 'acme' exists"):
        run_line("acme", acme, run_id="r1")


def test_the_manifest_says_what_went_in_and_out_and_no_text(acme):
    outcome = run_line("acme", acme, run_id="r1", last="segment")
    text = (outcome.run.folder / "manifest.json").read_text()
    manifest = json.loads(text)
    assert manifest["params_digest"] == outcome.run.params.digest()
    assert manifest["inputs"][0]["n_received"] == 3
    assert [stage["rows"] for stage in manifest["stages"]] == [
        {"sources": 1, "comments": 3, "quarantined": 0, "bad_cells": 0, "read_notes": 1, "source_columns": 5},
        {"documents": 2, "dropped": 1, "masked": 0}, {"segments": 3},
    ]  # fmt: skip
    assert "parcel" not in text
    assert str(acme) not in text


def test_a_failing_cell_is_named(own_notebooks):
    break_cell(own_notebooks, "02_clean.ipynb", "1 / 0")
    with pytest.raises(CellError, match=r"02_clean\.ipynb, cell 5: ZeroDivisionError: division by zero") as caught:
        run_line("acme", own_notebooks, run_id="r1")
    assert caught.value.exit_code == 7
    assert (own_notebooks / "data/runs/acme/r1/notebooks/02_clean.ipynb").exists()
    assert list_runs(own_notebooks, "acme")[0]["status"] == "failed"


@pytest.mark.parametrize("code", ["raise SystemExit(0)", "import os; os._exit(0)"])
def test_a_cell_that_leaves_early_is_no_success(own_notebooks, code):
    break_cell(own_notebooks, "02_clean.ipynb", code)
    with pytest.raises(CellError, match=r"02_clean\.ipynb"):
        run_line("acme", own_notebooks, run_id="r1", last="clean")


def test_a_fault_of_the_input_keeps_its_own_kind(acme):
    (acme / "reviews.csv").write_text("day,stars,who,store,comment\nx,1,a,b,c\n")
    with pytest.raises(InputError, match=r"01_read.ipynb, cell 5: InputError: E_UNREAD .*1 of 1 cells") as caught:
        run_line("acme", acme, run_id="r1")
    assert caught.value.exit_code == 3


def test_a_message_that_may_quote_a_comment_is_withheld(own_notebooks):
    break_cell(own_notebooks, "02_clean.ipynb", "int('my name is Jo')")
    with pytest.raises(CellError, match=r"ValueError; its message may quote a comment"):
        run_line("acme", own_notebooks, run_id="r1")
    assert "Jo" not in (own_notebooks / "data/runs/acme/r1/manifest.json").read_text()


@pytest.mark.parametrize("run_id", ["latest", "scratch"])
def test_reserved_run_ids_are_refused(acme, run_id):
    with pytest.raises(ParamsError, match="taken"):
        run_line("acme", acme, run_id=run_id)


def test_a_clients_own_sentences_stay_out_of_the_manifest(acme):
    lesson = {"text": "Jo Smith was rude", "drivers": ["cx.staff_attitude"], "language": "en"}
    outcome = run_line("acme", acme, run_id="r1", last="read", overrides={"taxonomy.teach": [lesson]})
    manifest = json.loads((outcome.run.folder / "manifest.json").read_text())
    assert manifest["params"]["taxonomy"]["teach"] == 1


def test_starting_late_without_an_earlier_run_is_told(acme):
    with pytest.raises(ParamsError, match="start from the stage 'read'"):
        run_line("acme", acme, run_id="r1", first="segment")


def test_the_stage_table_names_every_notebook(root):
    assert all(
        f"notebooks/{path.name}" in stage_table()
        for path in (root / "notebooks").glob("[01][1-90]_*.ipynb")
        if "00_" not in path.name
    )
