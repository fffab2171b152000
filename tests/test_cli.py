"""The command line: every fault stops before a kernel starts, with its exit code and its remedy."""

from __future__ import annotations

import hashlib
import json
import re
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from factories import few_drivers, make_run, make_tables

from bxtext.params import load_params
from bxtext.run import Run, point_latest
from bxtext.run.manifest import write_manifest
from bxtext.tables import read_table
from bxtext.themes.registry import Registry, load_registry

BXTEXT = Path(sys.executable).with_name("bxtext")


def call(folder, *arguments):
    done = subprocess.run([BXTEXT, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def processor_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_help_answers_at_once(root):
    seconds = []
    for _ in range(3):
        start = processor_of_children()
        code, told = call(root, "--help")
        seconds.append(processor_of_children() - start)
        assert code == 0
        assert "run" in told
    assert min(seconds) < 0.5  # of the processor's, which other work on the machine doesn't lengthen


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["run", "acme", "--set", "scores.min_respondent=8"], 2, "did you mean 'min_respondents'?"),
        (["run", "acme", "--set", "segment.max_words=many"], 2, "found 'many'; input should be a valid integer"),
        (["run", "acmee"], 2, "did you mean 'acme'?"),
        (["run", "../etc"], 2, "lower-case letters, digits and hyphens"),
        (["run", "acme", "--from", "clen"], 2, "stage 'clen': unknown; did you mean 'clean'?"),
        (["run", "acme", "--from", "brand", "--to", "clean"], 2, "--from brand comes after --to clean"),
        (["run", "acme", "--set", "taxonomy.drop=[cx.premise]"], 2, "did you mean 'cx.premises'?"),
        (["run", "acme", "--set", "sources=[]"], 2, "sources"),
        (["run", "missing-file"], 3, "no such file; did you mean 'reviews.csv'?"),
        (["run", "missing-column"], 3, "no column 'coment' (for text); did you mean 'comment'?"),
        (["check", "missing-column"], 3, "no column 'coment' (for text); did you mean 'comment'?"),
        (["new", "acme"], 2, "params/acme.yaml exists"),
        (["runs", "a/b"], 2, "lower-case letters, digits and hyphens"),
    ],
)
def test_a_fault_stops_before_any_kernel(acme, arguments, code, told):
    text = (acme / "params" / "acme.yaml").read_text()
    (acme / "params" / "missing-file.yaml").write_text(text.replace("reviews.csv", "reviws.csv"))
    (acme / "params" / "missing-column.yaml").write_text(text.replace("text: comment", "text: coment"))
    found = call(acme, *arguments)
    assert found[0] == code, found[1]
    assert told in found[1]
    assert "Traceback" not in found[1]
    assert not list((acme / "data").rglob("*.ipynb"))


def test_check_prints_the_resolved_parameters(acme):
    code, told = call(acme, "check", "acme", "--set", "scores.min_respondents=9")
    assert code == 0
    assert '"min_respondents": 9' in told
    assert "1 sources can be read" in told
    assert "reviews (customer, reviews.csv): 3 comments, 2026-01-05 to 2026-01-07" in told
    assert "4 lines = 3 comments + 0 set aside + 1 structural; 0 bad cells" in told
    assert "parcel" not in told, "numbers only"


def test_new_writes_a_file_to_fill_in(acme, root):
    (acme / "params" / "example.yaml").write_text((root / "params" / "example.yaml").read_text())
    code, told = call(acme, "new", "globex")
    assert code == 0
    assert "bxtext check globex" in told
    assert (acme / "params" / "globex.yaml").exists()
    assert load_registry("globex", acme) == Registry()


def test_stages_lists_the_line(root):
    code, told = call(root, "stages")
    assert code == 0
    assert [line.split()[1] for line in told.splitlines()[::2]] == [
        "read", "clean", "segment", "themes", "sentiment", "drivers", "scores", "linkage", "brand", "report",
    ]  # fmt: skip


def test_outside_a_project_the_remedy_is_told(tmp_path):
    code, told = call(tmp_path, "check", "acme")
    assert code == 2
    assert "no folder here or above holds params/" in told


@pytest.fixture
def labelled_run(acme):
    """Return a project whose client has one good run, and a file of labels beside it."""
    run = Run("acme", "first", acme, load_params("acme", acme))
    texts = ["Staff are kind", "Secret shop is dirty", "Personnel aimable", "Magasin sale"]
    documents = pd.DataFrame({"document_id": [*"abcd"], "text": texts, "language": ["en", "en", "fr", "fr"]})
    run.write("documents", documents.assign(source="reviews", voice="customer", n_words=3, n_masked=0, repaired=0))
    mentions = pd.DataFrame({"document_id": [*"abc"], "driver_id": ["cx.staff_attitude", "cx.premises", "cx.premises"]})
    run.write(
        "mentions",
        mentions.assign(
            polarity=0.5, n_positive=1, n_negative=0, confidence=0.9, actor="brand_staff", stage="cross",
            intent="praise", method="model", evidence="kind",
        ),
    )  # fmt: skip
    point_latest(run)
    rows = ["kind staff?,,", "SECRET SHOP IS DIRTY,cx.premises,negative", "staff are kind,cx.staff_attitude,positive"]
    rows += ["personnel aimable!,cx.staff_attitude,positive", "Magasin sale,cx.premises,negative"]
    (acme / "labels.csv").write_text("\n".join(["text,drivers,polarity", *rows]) + "\n")
    return acme


def test_evaluate_prints_figures_and_no_text(labelled_run):
    code, told = call(labelled_run, "evaluate", "acme", "--labels", "labels.csv")
    assert code == 0, told
    assert "4 of 5 rows are documents of the run first" in told
    assert "French minus English: -1.00" in told
    assert re.search(r"cx\.staff_attitude +cx\.premises +1\n", told)
    assert "2 labelled documents; at least 5 are needed" in told
    assert "Signs: 0.50 of 2 mentions" in told
    assert not re.search("secret|dirty|kind|aimable|sale", told, re.IGNORECASE)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["acme", "--labels", "label.csv"], 3, "no such file; did you mean 'labels.csv'?"),
        (["acme", "--labels", "unknown.csv"], 3, "did you mean 'cx.premises'?"),
        (["acme", "--labels", "empty.csv"], 3, "none of 1 rows is a document of this run"),
        (["acme", "--labels", "labels.csv", "--run-id", "frist"], 2, "has no such run"),
        (["acmee", "--labels", "labels.csv"], 2, "did you mean 'acme'?"),
    ],
)
def test_evaluate_refuses_with_a_remedy(labelled_run, arguments, code, told):
    (labelled_run / "unknown.csv").write_text("text,drivers\nStaff are kind,cx.premise\n")
    (labelled_run / "empty.csv").write_text("text,drivers\nof another client,cx.premises\n")
    found = call(labelled_run, "evaluate", *arguments)
    assert found[0] == code, found[1]
    assert told in found[1]
    assert "Traceback" not in found[1]


def test_evaluate_before_any_run_says_how_to_make_one(acme):
    (acme / "labels.csv").write_text("text,drivers\nx,\n")
    code, told = call(acme, "evaluate", "acme", "--labels", "labels.csv")
    assert code == 2
    assert "`bxtext run acme` makes one" in told


@pytest.fixture
def reported(acme):
    """A client whose latest run has the tables of the factories, and a manifest."""
    run = make_run(acme, make_tables(drivers=few_drivers()), client="acme", language="en")
    point_latest(run)
    write_manifest(run, "done", [])
    return acme, run


def test_report_makes_the_files_asked_for_and_the_manifest_lists_them(reported):
    acme, run = reported
    code, told = call(acme, "report", "acme", "--format", "xlsx,pptx")
    assert code == 0, told
    assert sorted(path.name for path in run.folder.glob("report.*")) == ["report.pptx", "report.xlsx"]
    manifest = json.loads((run.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["status"] == "done"
    for name in ("report.pptx", "report.xlsx"):
        listed, content = manifest["files"][name], (run.folder / name).read_bytes()
        assert listed["bytes"] == len(content)
        assert listed["sha256"] == hashlib.sha256(content).hexdigest()
        assert f"{name}  {len(content):,} bytes" in told
        assert stat.S_IMODE((run.folder / name).stat().st_mode) == 0o600, "its owner's alone, as the line writes it"
    assert not list(run.folder.glob("notebooks/*")), "no kernel was needed"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--format", "html,docx"], "report.formats"),
        (["--run", "gone"], "has no such run"),
        (["--format", "pptx", "--set", "report.master=missing.pptx"], "report.master: no file missing.pptx"),
    ],
)
def test_a_report_that_cannot_be_made_says_why(reported, arguments, told):
    code, found = call(reported[0], "report", "acme", *arguments)
    assert (code, told in found) == (2, True), found
    assert not list(reported[1].folder.glob("report.*"))


def test_a_run_on_no_comment_writes_its_tables_and_ends_with_3(acme):
    (acme / "reviews.csv").write_text("day,stars,who,store,comment\n")
    code, told = call(acme, "run", "acme", "--to", "read", "--run-id", "one")
    assert (code, "no source holds a comment" in told) == (3, True)
    assert read_table("sources", acme / "data" / "runs" / "acme" / "one" / "tables")["n_comments"].tolist() == [0]
