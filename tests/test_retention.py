"""One person forgotten in every run, old runs reduced, what runs write kept to their owner (cases P20, P27, P28)."""

import json
import os
import stat

import nbformat
import pandas as pd
import pytest

from bxtext.errors import CellError, ParamsError, TableError
from bxtext.kernel import execute_notebook
from bxtext.params import load_params
from bxtext.read.columns import digest
from bxtext.retention import forget_person, prune_runs
from bxtext.run import Run, find_run, point_latest, private_files
from bxtext.run.manifest import LATEST

WHO = digest("customer", "a")


def make_past(acme, run_id, *, status="done"):
    """Write a run of two people, and what a line leaves beside its tables."""
    run = Run("acme", run_id, acme, load_params("acme", acme))
    people = {"source": "reviews", "voice": "customer", "respondent_id": [WHO, digest("customer", "b")]}
    comments = pd.DataFrame({"comment_id": ["c1", "c2"], "source_type": "review", "text": ["un", "deux"], **people})
    run.write("comments", comments)
    run.write("documents", pd.DataFrame({
        "document_id": ["c1", "c2"], "text": ["un", "deux"], "language": "fr", "n_words": 1, "n_masked": 0,
        "repaired": 0, **people,
    }))  # fmt: skip
    run.write("segments", pd.DataFrame({
        "segment_id": ["c1:0", "c2:0"], "document_id": ["c1", "c2"], "position": 0, "text": ["un", "deux"],
        "start": 0, "end": 2,
    }))  # fmt: skip
    run.write("segment_themes", pd.DataFrame({"segment_id": ["c1:0", "c2:0"], "reason": "too_short"}))
    (run.folder / "notebooks").mkdir()
    (run.folder / "notebooks" / "01_read.ipynb").write_text("un", encoding="utf-8")
    (run.folder / "report.html").write_text("<p>BX 50</p>", encoding="utf-8")
    manifest = {"run_id": run_id, "status": status, "ended": f"2026-01-0{run_id[-1]}", "stages": [], "message": ""}
    (run.folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    if status == "done":
        point_latest(run)
    return run


def test_a_person_is_forgotten_in_every_table_of_every_run(acme):
    runs = [make_past(acme, name) for name in ("r1", "r2")]
    done = forget_person("acme", acme, runs[0].params, "a")
    assert (done.n_comments, done.runs, done.raw) == (2, ("r1", "r2"), ("reviews.csv",))
    for run in runs:
        assert run.read("comments")["comment_id"].tolist() == ["c2"]
        assert run.read("segments")["document_id"].tolist() == ["c2"]
        assert run.read("segment_themes")["segment_id"].tolist() == ["c2:0"]
        assert not (run.folder / "notebooks").exists()
        assert not [path for path in run.folder.rglob("*.parquet") if WHO.encode() in path.read_bytes()]
    again = forget_person("acme", acme, runs[0].params, "a")
    assert (again.n_comments, again.runs) == (0, ())


def test_old_runs_keep_their_report_and_nothing_of_people(acme):
    for name, status in (("r1", "done"), ("r2", "failed"), ("r3", "done"), ("r4", "done")):
        make_past(acme, name, status=status)
    assert prune_runs("acme", acme, keep=2) == ("r1", "r2")
    kept = sorted(path.name for path in (acme / "data/runs/acme/r1").rglob("*"))
    assert kept == ["manifest.json", "report.html"]
    assert len(find_run("acme", acme, load_params("acme", acme)).read("documents")) == 2
    with pytest.raises(TableError, match="not in tables"):
        find_run("acme", acme, load_params("acme", acme), "r1").read("documents")
    assert prune_runs("acme", acme, keep=2) == ()
    assert (acme / "data/runs/acme" / LATEST).resolve().name == "r4"
    with pytest.raises(ParamsError, match="at least 1"):
        prune_runs("acme", acme, keep=0)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_what_a_run_writes_is_its_owners_alone(acme):
    before = os.umask(0o022)
    try:
        with private_files():
            run = make_past(acme, "r1")
            assert mode(acme.__class__(os.environ["TMPDIR"])) == 0o700
        assert {mode(path) for path in run.folder.rglob("*") if path.is_file()} == {0o600}
        assert {mode(path) for path in (run.folder, run.tables, run.folder / "notebooks")} == {0o700}
        (acme / "shared.txt").write_text("x", encoding="utf-8")
        assert mode(acme / "shared.txt") == 0o644
    finally:
        os.umask(before)


# P20
@pytest.mark.parametrize("code", ["1 + 1", "raise RuntimeError('stop')"])
def test_an_executed_notebook_says_first_that_it_is_private(tmp_path, code):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, tmp_path / "a.ipynb")
    try:
        execute_notebook(tmp_path / "a.ipynb", tmp_path / "out" / "a.ipynb", {}, folder=tmp_path)
    except CellError:
        assert code.startswith("raise")
    first = nbformat.read(tmp_path / "out" / "a.ipynb", as_version=4).cells[0]
    assert first.source.startswith("**Private data.**")
    assert mode(tmp_path / "out" / "a.ipynb") == 0o600
