"""What a run hands to a notebook arrives as it was, whatever it holds, and as nothing but values."""

from __future__ import annotations

import ast
import json
import math
from pathlib import Path

import nbformat
import pytest

from bxtext.errors import ParamsError
from bxtext.kernel import execute_notebook
from bxtext.params import load_params

NASTY = (
    "", " ", "'", '"', "'''", '"""', "\\", "\\n", "\n", "\r\n", "\t", "\0", "\x1b[31m", "é ü œ", "e\u0301", "\u200b",
    "\u202e", "😀",
    "{client}", "%2e%2e", "%(x)s", "${x}", "{{7*7}}",
    "__import__('os').system('id')", "'); import os; ('", "# x", "null",
    "None", "True", "00123", "1e5", "NaN", "2026-01-01",
)  # fmt: skip
VALUES = {
    "texts": list(NASTY), "as_names": {name: place for place, name in enumerate(NASTY)},
    "numbers": [0, -1, 2**70, 0.1, 1e-300, 1e308], "none": None, "flags": [True, False],
    "nested": {"a": [{"b": [None]}]},
}  # fmt: skip


def test_values_arrive_as_they_were_and_run_nothing(tmp_path):
    cells = [
        nbformat.v4.new_code_cell('client = "x"\nrun_id = "y"\noverrides = {}', metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(
            "import json\nfrom pathlib import Path\n"
            'Path("got.json").write_text(json.dumps([client, run_id, overrides]), encoding="utf-8")'
        ),
    ]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), tmp_path / "in.ipynb")
    given = ["00123", "1e5", VALUES | {"endless": math.inf, "unknown": math.nan}]
    names = dict(zip(("client", "run_id", "overrides"), given, strict=True))
    execute_notebook(tmp_path / "in.ipynb", tmp_path / "out.ipynb", names, folder=tmp_path)
    client, run_id, overrides = json.loads((tmp_path / "got.json").read_text(encoding="utf-8"))
    assert (client, run_id) == ("00123", "1e5")
    assert overrides.pop("endless") == math.inf
    assert math.isnan(overrides.pop("unknown"))
    assert overrides == VALUES
    injected = next(
        cell
        for cell in nbformat.read(tmp_path / "out.ipynb", 4).cells
        if "injected-parameters" in cell.metadata.get("tags", [])
    )
    body = ast.parse(injected.source).body
    assert [statement.targets[0].id for statement in body if isinstance(statement, ast.Assign)] == list(names)
    assert len(body) == len(names), "assignments and nothing else"
    calls = {ast.unparse(node) for node in ast.walk(ast.parse(injected.source)) if isinstance(node, ast.Call)}
    assert calls == {"float('inf')", "float('nan')"}, "what has no literal"


@pytest.mark.parametrize("value", [Path("x"), {1}, b"x", object()])
def test_what_is_no_value_is_refused_before_a_kernel_starts(acme, value):
    with pytest.raises(ParamsError, match=r"read\.max_quarantined"):
        load_params("acme", acme, {"read.max_quarantined": value})


@pytest.mark.parametrize("name", ["import os", "__class__", "read.__init__", "lambda", "x; y"])
def test_what_names_no_parameter_is_refused_before_a_kernel_starts(acme, name):
    with pytest.raises(ParamsError, match="unknown"):
        load_params("acme", acme, {name: 1})
