"""The command line: every fault stops before a kernel starts, with its exit code and its remedy."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

BXTEXT = Path(sys.executable).with_name("bxtext")


def call(folder, *arguments):
    done = subprocess.run([BXTEXT, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_help_answers_at_once(root):
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        code, told = call(root, "--help")
        seconds.append(time.perf_counter() - start)
        assert code == 0
        assert "run" in told
    assert min(seconds) < 0.5


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
    assert not (acme / "data" / "runs").exists()


def test_check_prints_the_resolved_parameters(acme):
    code, told = call(acme, "check", "acme", "--set", "scores.min_respondents=9")
    assert code == 0
    assert '"min_respondents": 9' in told
    assert "1 sources can be read" in told


def test_new_writes_a_file_to_fill_in(acme, root):
    (acme / "params" / "example.yaml").write_text((root / "params" / "example.yaml").read_text())
    code, told = call(acme, "new", "globex")
    assert code == 0
    assert "bxtext check globex" in told
    assert (acme / "params" / "globex.yaml").exists()


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
