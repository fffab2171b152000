"""What running tells, and to whom: exit codes, one line, JSON, lists of runs."""

from __future__ import annotations

import json

import nbformat
import pytest
from lines import call, write_notebook

from bxtext.kernel import execute_notebook
from bxtext.pipeline import STAGES

pytestmark = pytest.mark.slow

NAMES = [stage.name for stage in STAGES]


def test_every_client_is_run_and_the_worst_end_is_told(project):
    text = (project / "params" / "acme.yaml").read_text(encoding="utf-8")
    (project / "params" / "zed.yaml").write_text(text.replace("reviews.csv", "missing.csv"), encoding="utf-8")
    code, told = call(project, "run", "--all")
    assert code == 3
    assert "already done" in told
    assert "acme                 exit 0" in told
    assert "zed                  exit 3" in told


def test_json_tells_every_stage(project):
    code, told = call(project, "run", "acme", "--json", "--set", "report.max_units=8")
    events = [json.loads(line) for line in told.splitlines()]
    assert code == 0
    assert [event["stage"] for event in events if event["event"] == "stage"] == NAMES
    assert events[-1]["event"] == "end"


def test_a_pipe_gets_one_line(project):
    code, told = call(project, "run", "acme", "--set", "report.max_units=8")
    assert code == 0
    assert len(told.splitlines()) == 1
    assert "report.html" in told


def test_show_and_logs_tell_of_a_failed_run(project):
    write_notebook(project / "notebooks" / "02_clean.ipynb", ["print('as far as here')", "1 / 0"])
    assert call(project, "run", "acme", "--run-id", "r2")[0] == 7
    assert "r2  failed" in call(project, "runs", "acme")[1]
    assert "ZeroDivisionError" in call(project, "show", "acme", "r2")[1]
    told = call(project, "logs", "acme")[1]
    assert told.index("ZeroDivisionError") < told.index("as far as here")


def test_a_client_without_runs_is_told_from_one_that_is_unknown(acme):
    assert call(acme, "runs", "acme") == (2, "ParamsError: client 'acme': no run yet; `bxtext run acme` makes one\n")
    assert call(acme, "runs", "acne") == (2, "ParamsError: client 'acne': unknown; did you mean 'acme'?\n")


def test_a_failure_is_told_to_programs_and_to_people(project):
    write_notebook(project / "notebooks" / "02_clean.ipynb", ["1 / 0"])
    code, told = call(project, "run", "acme", "--json")
    *_, error, hint = (line for line in told.splitlines() if "{" in line or "logs" in line)
    expected = {"event": "error", "client": "acme", "kind": "CellError", "exit_code": 7}
    assert code == 7
    assert hint == "`bxtext logs acme` shows what the cell printed"
    assert expected.items() <= json.loads(error).items()


def test_a_bug_met_by_one_client_stops_no_other(project):
    (project / "params" / "aaa.yaml").write_bytes((project / "params" / "acme.yaml").read_bytes())
    (project / "data" / "runs" / "aaa").mkdir()
    (project / "data" / "runs" / "aaa" / ".cache").write_text("nothing expects a file here")
    code, told = call(project, "run", "--all")
    assert code == 1
    assert "aaa                  exit 1" in told
    assert "acme                 exit 0" in told


def test_a_folder_that_can_not_be_written_is_told_before_anything_is_read(acme):
    (acme / "data").mkdir()
    (acme / "data" / "runs").write_text("a file where a folder should be")
    code, told = call(acme, "run", "acme")
    assert code == 2, told
    assert "data/runs: is no folder; move it away" in told


def test_drift_ends_with_its_own_code_only_when_asked(project, root):
    path = project / "notebooks" / "06_drivers.ipynb"
    text = path.read_text(encoding="utf-8")
    for sign, options, expected in (("-0.5", [], 0), ("0.4", ["--strict-drift"], 10)):
        path.write_text(text.replace('polarity\\": 0.5', f'polarity\\": {sign}'), encoding="utf-8")
        code, told = call(project, "run", "acme", *options)
        assert code == expected, told
    assert "1 alarms of drift" in told
    code, told = call(project, "compare", "acme")
    assert code == 0
    assert "reading" in told
    assert "code" in told
    notebook, executed = root / "notebooks" / "workbench" / "compare_runs.ipynb", project / "compared.ipynb"
    execute_notebook(notebook, executed, {"client": "acme"}, folder=project)
    shown = [output["data"] for cell in nbformat.read(executed, 4).cells for output in cell.get("outputs", [])]
    assert sum("image/png" in data for data in shown) == 3, "the scores of both voices, the themes"
