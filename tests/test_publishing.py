"""Publishing is cut off, or the disk fails, at every single operation: the run before stays, the next one finishes.

The operations are those of `os` that `bxtext.run.files` calls; a wrapper around it counts them and strikes at one.
"""

from __future__ import annotations

import errno
import json
import os
import time
from shutil import copytree, rmtree

import pandas as pd
import pytest
from conftest import CLIENT
from hypothesis import given, settings
from hypothesis import strategies as st
from lines import table_row

from bxtext.errors import LockError, ResourceError
from bxtext.lock import hold_client
from bxtext.params import load_params
from bxtext.pipeline.line import _free_id, _shortages
from bxtext.run import Run, files, point_latest, runs_folder
from bxtext.run.cache import keep_stage, take_stage
from bxtext.run.manifest import StageRecord, list_runs, read_manifest, write_manifest
from bxtext.run.publishing import finish_publishing, name_run, open_working, sweep_working, verify_run
from bxtext.tables import write_table

TABLES = ("comments", "documents", "segments")
OPERATIONS = ("open", "write", "fsync", "close", "replace", "link", "symlink")
RECORD = StageRecord("read", 1.0, 1.0, dict.fromkeys(TABLES, 1), key="k" * 64)


class FailingOs:
    """The module `os`, but for the operation whose turn it is."""

    def __init__(self, strike, turn):
        self.strike, self.turn, self.count = strike, turn, 0

    def __getattr__(self, name):
        real = getattr(os, name)
        if name not in OPERATIONS:
            return real

        def operate(*arguments, **options):
            self.count += 1
            if self.count == self.turn:
                if name == "close":
                    real(*arguments, **options)
                self.strike(name)
            return real(*arguments, **options)

        return operate


def die(_name):
    os._exit(9)


def fail_with(number):
    def strike(name):
        raise OSError(number, os.strerror(number), name)

    return strike


def make_run(project, run_id):
    """Make a run of some tables, from the cache where it has them, and publish it."""
    run = Run("acme", run_id, project, load_params("acme", project))
    sweep_working(project, "acme", keep=None)
    open_working(run)
    if take_stage(run, "read", RECORD.key) is None:
        for name in TABLES:
            write_table(pd.DataFrame([table_row(name)]), name, run.tables)
        keep_stage(run, RECORD, [f"tables/{name}.parquet" for name in TABLES])
    write_manifest(run, "done", [RECORD])
    name_run(run)
    point_latest(run)


def comparable(project, run_id):
    manifest = read_manifest(runs_folder(project, "acme") / run_id)
    return {name: manifest[name] for name in ("status", "number", "stages", "files", "params")}


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """Return a project with one run, and the same after an undisturbed second one."""
    before = tmp_path_factory.mktemp("publishing") / "before"
    (before / "params").mkdir(parents=True)
    (before / "params" / "acme.yaml").write_text(CLIENT, encoding="utf-8")
    make_run(before, "r1")
    rmtree(runs_folder(before, "acme") / ".cache")
    after = before.with_name("after")
    copytree(before, after, symlinks=True)
    make_run(after, "r2")
    return before, after


def count_operations(monkeypatch, project):
    counter = FailingOs(die, 0)
    with monkeypatch.context() as patch:
        patch.setattr(files, "os", counter)
        make_run(project, "r2")
    return counter.count


STRIKES = {"kill": die, "ENOSPC": fail_with(errno.ENOSPC), "EIO": fail_with(errno.EIO)}


@pytest.mark.parametrize("name", STRIKES)
def test_a_strike_at_any_operation_leaves_the_run_before_whole(name, projects, tmp_path, monkeypatch):
    before, after = projects
    counted = tmp_path / "counted"
    copytree(before, counted, symlinks=True)
    n_operations = count_operations(monkeypatch, counted)
    assert n_operations >= 50  # times three ways to strike
    for turn in range(1, n_operations + 1):
        project = tmp_path / f"{name}-{turn}"
        copytree(before, project, symlinks=True)
        with monkeypatch.context() as patch:
            patch.setattr(files, "os", FailingOs(STRIKES[name], turn))
            if name == "kill":
                child = os.fork()
                if child == 0:
                    make_run(project, "r2")
                    os._exit(0)
                assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9, turn
            else:
                with pytest.raises(ResourceError), _shortages("acme"):
                    make_run(project, "r2")
        assert verify_run(project, "acme") == [], turn  # whichever run `latest` points to
        assert verify_run(project, "acme", "r1") == [], turn
        done = finish_publishing(project, "acme")
        if done["run_id"] == "r1":
            make_run(project, "r2")
        assert verify_run(project, "acme", "r2") == [], turn
        assert comparable(project, "r2") == comparable(after, "r2"), turn
        assert (runs_folder(project, "acme") / "latest").resolve().name == "r2"
        rmtree(project)


def test_a_lock_is_held_by_one_and_told_to_the_other(projects):
    project = projects[0]
    with hold_client(project, "acme"):
        told = f"process {os.getpid()} on .+, started 20"
        with pytest.raises(LockError, match=told) as caught, hold_client(project, "acme"):
            pass
        assert caught.value.exit_code == 5
        with hold_client(project, "globex"):  # another client
            pass
    with hold_client(project, "acme"):
        pass


def test_the_lock_of_a_killed_holder_is_free(projects):
    project = projects[0]
    child = os.fork()
    if child == 0:
        with hold_client(project, "acme"):
            os._exit(9)
    os.waitpid(child, 0)
    with hold_client(project, "acme"):
        pass


def test_nothing_runs_without_a_lock(projects, tmp_path):
    project = tmp_path / "project"
    copytree(projects[0], project, symlinks=True)
    (runs_folder(project, "acme") / ".lock").unlink()
    (runs_folder(project, "acme") / ".lock").mkdir()  # as on a file system that can't lock it
    with pytest.raises(ResourceError, match="nothing runs without a lock"), hold_client(project, "acme"):
        pass


def test_a_clock_set_back_changes_no_order(projects, tmp_path):
    project = tmp_path / "project"
    copytree(projects[1], project, symlinks=True)
    path = runs_folder(project, "acme") / "r2" / "manifest.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(values | {"ended": "2001-01-01T00:00:00+00:00"}), encoding="utf-8")
    assert [manifest["run_id"] for manifest in list_runs(project, "acme")] == ["r2", "r1"]


def test_a_thousand_runs_and_what_was_left_behind_are_no_burden(projects, tmp_path):
    project = tmp_path / "project"
    copytree(projects[1], project, symlinks=True)
    folder = runs_folder(project, "acme")
    for number in range(1000):
        (folder / f".left-{number}.tmp").mkdir()
        (folder / f"old-{number}").mkdir()
        told = {"run_id": f"old-{number}", "number": 0, "status": "done", "ended": "2026-01-01"}
        (folder / f"old-{number}" / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    start = time.process_time()
    assert finish_publishing(project, "acme")["run_id"] == "r2"
    assert time.process_time() - start < 2
    sweep_working(project, "acme", keep=None)
    assert not list(folder.glob(".*.tmp"))
    assert verify_run(project, "acme") == []


@settings(max_examples=40)
@given(bit=st.integers(0, 10**6))
def test_any_flipped_bit_of_a_run_is_found(projects, bit):
    folder = runs_folder(projects[1], "acme") / "r2"
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    path = paths[bit % len(paths)]
    whole = path.read_bytes()
    place = bit % len(whole)
    try:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << bit % 8)]) + whole[place + 1 :])
        assert verify_run(projects[1], "acme", "r2") != []
    finally:
        path.write_bytes(whole)


def test_runs_of_one_second_get_different_ids_and_numbers(projects):
    numbers = [read_manifest(runs_folder(projects[1], "acme") / name)["number"] for name in ("r1", "r2")]
    assert numbers == [1, 2]
    first = _free_id(projects[1], "acme")
    (runs_folder(projects[1], "acme") / first).mkdir()
    assert _free_id(projects[1], "acme") != first
