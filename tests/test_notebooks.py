"""The rules that keep notebooks thin, checked without a kernel."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest

from bxtext.pipeline import STAGES
from bxtext.tables import TABLES

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted([*FOLDER.glob("*.ipynb"), *FOLDER.glob("workbench/*.ipynb")])
STAGE_NOTEBOOKS = [FOLDER / stage.notebook for stage in STAGES]
FORBIDDEN = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.Try, ast.With, ast.Lambda,
)  # fmt: skip
PARAMETERS = {"client": "sample", "run_id": "scratch", "overrides": {}}


def name_of(path):
    return path.relative_to(FOLDER).as_posix()


@pytest.fixture(params=NOTEBOOKS, ids=name_of)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_is_one_notebook_a_stage():
    assert [path.name for path in sorted(FOLDER.glob("*.ipynb"))] == [
        "00_start_here.ipynb", *(stage.notebook for stage in STAGES),
    ]  # fmt: skip


def test_it_is_valid_and_stored_without_outputs(notebook):
    nbformat.validate(notebook)
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    for cell in code_cells(notebook):
        assert cell.outputs == []
        assert cell.execution_count is None
        assert set(cell.metadata) <= {"tags"}


def test_it_opens_with_a_question_and_closes_with_what_comes_next(notebook):
    first, last = notebook.cells[0], notebook.cells[-1]
    assert re.match(r"# .+\?\n", first.source)
    assert "**Reads**" in first.source
    assert "**What you decide here**" in first.source
    assert last.cell_type == "markdown"
    assert last.source.startswith("## Before you go on")


def test_it_has_the_three_parameters_and_no_other(notebook):
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    assert tagged == code_cells(notebook)[:1]
    body = ast.parse(tagged[0].source).body
    assert {node.targets[0].id: ast.literal_eval(node.value) for node in body} == PARAMETERS
    assert tagged[0].source.count("# type:") == len(PARAMETERS)


def test_cells_are_few_and_short(notebook):
    assert len(notebook.cells) <= 20
    assert all(len(cell.source.splitlines()) <= 12 for cell in code_cells(notebook)), "12 lines a cell"


def test_a_sentence_stands_before_every_code_cell(notebook):
    for before, cell in zip(notebook.cells, notebook.cells[1:], strict=False):
        if cell.cell_type == "code":
            assert before.cell_type == "markdown"
            assert before.source.rstrip().endswith((".", "?", ":"))


def test_no_cell_grows_code(notebook):
    for cell in code_cells(notebook):
        tree = ast.parse(cell.source)
        assert not [node for node in ast.walk(tree) if isinstance(node, FORBIDDEN[:-1])]
        strings = [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        assert not [text for text in strings if text.startswith(("/", "~", "../", "C:"))], "a path in a cell"
        assert not re.search(r"^[!%]|pip install|\.style\b", cell.source, re.MULTILINE)


def test_prose_states_no_finding(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\d+([.,]\d+)? ?%(?! interval)", cell.source), (
                "a figure in prose is false for the next client"
            )


@pytest.mark.parametrize("stage", STAGES, ids=[stage.name for stage in STAGES])
def test_a_stage_reads_and_writes_what_it_declares(stage):
    notebook = nbformat.read(FOLDER / stage.notebook, as_version=4)
    code = "\n".join(cell.source for cell in code_cells(notebook))
    assert set(re.findall(r'run\.write\(\s*"(\w+)"', code)) == set(stage.writes)
    assert set(re.findall(r'run\.read\("(\w+)"', code)) <= set(stage.reads)
    said = notebook.cells[0].source
    assert all(f"`{name}`" in said for name in stage.writes)
    assert stage.question in said


def test_every_table_is_made_by_the_stage_it_names():
    made = {name: stage.name for stage in STAGES for name in stage.writes}
    assert made == {table.name: table.stage for table in TABLES.values()}


def test_a_stage_reads_only_what_an_earlier_one_wrote():
    written = set()
    for stage in STAGES:
        assert set(stage.reads) <= written, stage.name
        written |= set(stage.writes)
