"""Stages at work at once, and kernels that start before their stage's turn."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from shutil import copytree

import nbformat
import psutil
import pytest
from conftest import CLIENT, REVIEWS
from lines import write_line, write_notebook

from bxtext.errors import CellError
from bxtext.kernel import Lane, start_kernel
from bxtext.pipeline import STAGES, run_line
from bxtext.pipeline.making import _find_ready
from bxtext.run.manifest import read_manifest

BXTEXT = Path(sys.executable).with_name("bxtext")
MEET = """import time
from pathlib import Path
Path("{own}").touch()
end = time.monotonic() + 60
while not Path("{other}").exists():
    assert time.monotonic() < end, "the other never came"
    time.sleep(0.05)"""


def test_stages_that_wait_for_nothing_of_each_other_run_together():
    waiting, together = list(STAGES), []
    while waiting:
        running = []
        while stage := _find_ready(waiting, running):
            waiting.remove(stage)
            running.append(stage)
        together.append([stage.name for stage in running])
    assert together == [
        ["read"], ["clean"], ["segment"], ["themes", "sentiment"], ["drivers"], ["scores", "linkage"], ["brand"],
        ["report"],
    ]  # fmt: skip


@pytest.fixture
def project(tmp_path):
    """Return a project of small notebooks, in which nothing has run."""
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "acme.yaml").write_text(CLIENT, encoding="utf-8")
    (tmp_path / "params" / "acme.themes.json").write_text("{}", encoding="utf-8")
    (tmp_path / "reviews.csv").write_text(REVIEWS, encoding="utf-8")
    write_line(tmp_path)
    return tmp_path


def list_children():
    """Return the processes below this one; an earlier test's workers may be resting there."""
    return set(psutil.Process().children(recursive=True))


def prepend(path, code):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(1, nbformat.v4.new_code_cell(code))
    nbformat.write(notebook, path)


@pytest.mark.slow
def test_two_stages_at_once_make_what_one_after_the_other_does(project, tmp_path_factory):
    for pair in (("04_themes", "05_sentiment"), ("07_scores", "08_linkage")):
        for own, other in (pair, pair[::-1]):
            prepend(project / "notebooks" / f"{own}.ipynb", MEET.format(own=own, other=other))
    alone = copytree(project, tmp_path_factory.mktemp("alone") / "project")
    for name in ("04_themes", "05_sentiment", "07_scores", "08_linkage"):  # each finds the other there
        (alone / name).touch()
    outcomes = [run_line("acme", project, run_id="r1", jobs=2), run_line("acme", alone, run_id="r1")]
    manifests = [read_manifest(outcome.run.folder) for outcome in outcomes]
    assert [stage["stage"] for stage in manifests[0]["stages"]] == [stage.name for stage in STAGES]
    tables = [{name: told for name, told in one["files"].items() if name.startswith("tables/")} for one in manifests]
    assert tables[0] == tables[1]
    keys = [[stage["key"] for stage in manifest["stages"][:-1]] for manifest in manifests]
    assert keys[0] == keys[1]
    entry = next((outcomes[0].run.folder.parent / ".cache").glob("sentiment-*"))
    kept = {path.relative_to(entry).as_posix() for path in entry.rglob("*") if path.is_file()}
    written = {f"tables/{name}.parquet" for name in next(one for one in STAGES if one.name == "sentiment").writes}
    assert kept == written | {"notebooks/05_sentiment.ipynb", "entry.json"}, "nothing of the other's"


@pytest.mark.slow
def test_a_failed_stage_ends_the_other_at_once(project):
    write_notebook(project / "notebooks" / "04_themes.ipynb", ["import time; time.sleep(600)"])
    write_notebook(project / "notebooks" / "05_sentiment.ipynb", ["1 / 0"])
    before, start = list_children(), time.monotonic()
    with pytest.raises(CellError, match=r"05_sentiment.ipynb, cell 2: ZeroDivisionError"):
        run_line("acme", project, jobs=2)
    assert time.monotonic() - start < 300
    assert not list_children() - before


@pytest.mark.slow
def test_an_interrupt_ends_both(project):
    for own, other in (("04_themes", "05_sentiment"), ("05_sentiment", "04_themes")):
        meet = MEET.format(own=own, other=other)
        write_notebook(project / "notebooks" / f"{own}.ipynb", [meet, "Path('met').touch(); time.sleep(600)"])
    process = subprocess.Popen([BXTEXT, "run", "acme", "--jobs", "2"], cwd=project, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not (project / "met").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    below = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert process.stderr.read() == "interrupted\n"
    process.stderr.close()
    assert not psutil.wait_procs(below, timeout=5)[1]


@pytest.mark.parametrize("depth", [1, 120])
def test_a_kernel_listens_in_a_folder_of_its_own(tmp_path, depth, monkeypatch):
    place = tmp_path / ("x" * depth)
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))  # as TMPDIR sets it; too deep for the name of a socket
    kernel = start_kernel(tmp_path)
    place = Path(kernel.ip).parent
    try:
        assert kernel.transport == "ipc"
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert not [one for one in psutil.Process(kernel.started.pid).net_connections("inet") if one.status == "LISTEN"]
    finally:
        kernel.stop()
    assert not place.exists()


def printed(path):
    return "".join(output["text"] for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", []))


def test_a_kernel_started_ahead_has_its_imports_behind_it_and_a_dead_one_is_replaced(tmp_path):
    names = ("a.ipynb", "b.ipynb", "c.ipynb")
    for name in names:
        write_notebook(tmp_path / name, ["import sys\nprint('colorsys' in sys.modules)", "import colorsys"])
    a, b, c = (tmp_path / name for name in names)
    lane, before = Lane(tmp_path), list_children()
    try:
        for notebook, then in ((a, b), (b, c), (c, None)):
            execute = partial(lane.execute, notebook, tmp_path / "out" / notebook.name, {}, then=then)
            lane.submit(execute).result()
            ahead = list_children() - before
            assert ahead if then else not ahead
            lane.kill()
            assert not psutil.wait_procs(ahead, timeout=5)[1]
    finally:
        lane.close()
    assert [printed(tmp_path / "out" / name) for name in names] == ["True\n"] * 3
    assert not list_children() - before
