"""Running what changed and no more; telling how it ended; leaving the last good run as it was."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time

import psutil
import pytest
from lines import BXTEXT, call, write_notebook

from bxtext.errors import BxtextError, ParamsError
from bxtext.pipeline import STAGES, run_line
from bxtext.run import runs_folder
from bxtext.run.cache import cache_folder
from bxtext.run.files import digest_file
from bxtext.run.manifest import list_runs, read_manifest
from bxtext.run.publishing import verify_run

pytestmark = pytest.mark.slow

NAMES = [stage.name for stage in STAGES]


def ran(outcome):
    """Names of the stages whose notebook was run."""
    return [record.stage for record in outcome.records if not record.taken]


def comparable(folder):
    """What two runs from the same must agree in: all but their times, their ids and where stages came from."""
    manifest = read_manifest(folder)
    stages = [{name: stage[name] for name in ("stage", "rows", "key", "parts")} for stage in manifest["stages"]]
    files = {name: told for name, told in manifest["files"].items() if not name.startswith("notebooks/")}
    return {name: manifest[name] for name in ("status", "params_digest", "inputs", "packages")} | {
        "stages": stages[:-1],  # the report tells the run's id
        "files": {name: told for name, told in files.items() if name.startswith("tables/")},
    }


def test_a_run_in_which_nothing_changed_is_already_done_without_a_kernel(project):
    start = time.process_time()
    outcome = run_line("acme", project)
    assert time.process_time() - start < 3
    assert outcome.unchanged
    assert outcome.run.run_id == "r1"
    assert [manifest["run_id"] for manifest in list_runs(project, "acme")] == ["r1"]


def test_a_changed_report_parameter_reruns_only_the_report(project):
    outcome = run_line("acme", project, overrides={"report.max_units": 7})
    assert ran(outcome) == ["report"]
    manifest = read_manifest(runs_folder(project, "acme") / "latest")
    assert [stage["stage"] for stage in manifest["stages"] if not stage["taken"]] == ["report"]
    assert outcome.report.read_text(encoding="utf-8") == "7"
    assert verify_run(project, "acme") == []


def test_a_changed_taxonomy_reruns_only_what_depends_on_it(project):
    outcome = run_line("acme", project, overrides={"taxonomy.drop": ["cx.premises"]})
    # what these write is the same, so that nothing after them but the report, which tells all parameters, is made anew
    assert ran(outcome) == ["themes", "sentiment", "drivers", "report"]


def test_how_a_run_is_run_changes_nothing(project):
    assert run_line("acme", project, overrides={"run.timeout": 50, "notify.when": "always"}).unchanged


def test_a_changed_file_reruns_what_reads_it_and_no_more(project):
    with (project / "reviews.csv").open("a", encoding="utf-8") as lines:
        lines.write("2026-01-08,4,d,North,New\n")
    # the small notebooks write the same tables whatever the file holds: the change ends after the first stage
    assert ran(run_line("acme", project)) == ["read", "report"]


def test_a_changed_notebook_reruns_its_stage(project):
    path = project / "notebooks" / "07_scores.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("import json", "import json  # new"), encoding="utf-8")
    assert ran(run_line("acme", project)) == ["scores", "report"]


def test_a_removed_file_is_told_though_a_good_run_exists(project):
    (project / "reviews.csv").unlink()
    code, told = call(project, "run", "acme")
    assert (code, "no such file" in told) == (3, True)
    assert verify_run(project, "acme") == []


def test_only_runs_one_stage_and_force_runs_it_though_nothing_changed(project):
    partial = run_line("acme", project, first="scores", last="scores")
    assert ran(partial) == []
    assert ran(run_line("acme", project, first="scores", last="scores", force=True)) == ["scores"]
    assert (runs_folder(project, "acme") / "latest").resolve().name == "r1", "not a whole run"


def test_the_latest_good_run_is_never_changed(project):
    with pytest.raises(ParamsError, match="stays as it is"):
        run_line("acme", project, run_id="r1", first="report")


def test_a_damaged_file_is_named_and_made_anew(project):
    folder = runs_folder(project, "acme") / "r1"
    path = folder / "tables" / "segments.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)  # in place, as a failing disk does: the cache's link is hit too
    code, told = call(project, "verify", "acme")
    assert code == 1
    assert "tables/segments.parquet: changed or damaged" in told
    assert ran(run_line("acme", project)) == ["segment", "report"]
    assert verify_run(project, "acme") == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda folder: (folder / "report.html").unlink(), "report.html: missing"),
        (lambda folder: (folder / "more.txt").write_text("x"), "more.txt: not in the manifest"),
        (
            lambda folder: (folder / "manifest.json").write_text(
                (folder / "manifest.json").read_text().replace('"status": "done"', '"status": "Done"')
            ),
            "manifest.json: changed after it was written",
        ),
    ],
)
def test_verify_names_what_does_not_hold(project, change, told):
    assert verify_run(project, "acme") == []
    change(runs_folder(project, "acme") / "r1")
    assert told in verify_run(project, "acme")


def test_an_edit_of_the_registry_reruns_the_themes_and_the_ids_stay(project):
    path = project / "params" / "acme.themes.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    assert (values["revision"], values["run"]) == (1, "r1")
    values["edits"] = [{"verb": "hide", "theme": "customer-01"}]
    path.write_text(json.dumps(values), encoding="utf-8")
    outcome = run_line("acme", project)
    assert ran(outcome) == ["themes", "report"]
    after = json.loads(path.read_text(encoding="utf-8"))
    assert (after["revision"], after["edits"]) == (2, values["edits"])
    assert run_line("acme", project).unchanged


def test_the_cache_forgets_what_is_old_or_too_much(project):
    assert len(list(cache_folder(project, "acme").glob("*"))) == len(NAMES)
    run_line("acme", project, first="scores", last="scores", overrides={"run.cache_gb": 0})
    assert not list(cache_folder(project, "acme").glob("*"))
    assert verify_run(project, "acme") == []


ENDS = {
    "raise SystemExit(0)": (7, "ended without coming to its last cell"),
    "import os; os._exit(0)": (7, "cell 2: its kernel left with exit code 0"),
    "import os; os.kill(os.getpid(), 9)": (6, "cell 2: its kernel was killed by signal 9"),
    "import time; time.sleep(600)": (6, "cell 2: out of time after 4 s; it was interrupted"),
    "sum(range(10**14))": (6, "cell 2: out of time after 4 s; it didn't answer an interrupt for 5 s"),
    "1 / 0": (7, "cell 2: ZeroDivisionError"),
    "raise MemoryError": (6, "cell 2: MemoryError: out of memory"),
    "from joblib.externals.loky.process_executor import TerminatedWorkerError\nraise TerminatedWorkerError": (
        6,
        "cell 2: TerminatedWorkerError: out of memory",
    ),
    "raise OSError(28, 'No space left on device')": (6, "No space left on device"),
    "from bxtext.errors import InputError; raise InputError('a.csv: no')": (3, "InputError: a.csv: no"),
}


@pytest.mark.parametrize("code", ENDS, ids=list(ENDS))
def test_how_a_notebook_ended_is_told_as_it_is(project, code):
    write_notebook(project / "notebooks" / "02_clean.ipynb", [code, "print('on')"])
    expected, words = ENDS[code]
    with pytest.raises(BxtextError, match=words) as caught:
        run_line("acme", project, run_id="r2", overrides={"run.timeout": 4})
    assert caught.value.exit_code == expected
    assert list_runs(project, "acme")[0]["status"] == "failed"
    assert (runs_folder(project, "acme") / "latest").resolve().name == "r1"
    assert verify_run(project, "acme") == []


def start(folder, *arguments):
    return subprocess.Popen(
        [BXTEXT, "run", "acme", *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def wait_for_kernel(process):
    """Wait until the run has a kernel; return the processes below it."""
    watched = psutil.Process(process.pid)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        below = [child for child in watched.children(recursive=True) if "ipykernel" in " ".join(child.cmdline())]
        if below:
            time.sleep(1)
            return watched.children(recursive=True)
        time.sleep(0.05)
    raise AssertionError(process.communicate()[0])


def gone(processes, seconds):
    return not psutil.wait_procs(processes, timeout=seconds)[1]


@pytest.mark.parametrize("code", ["import time; time.sleep(600)", "sum(range(10**14))"], ids=["python", "compiled"])
def test_no_kernel_outlives_a_killed_run_and_the_next_one_takes_over(project, code):
    notebook = project / "notebooks" / "02_clean.ipynb"
    good = notebook.read_bytes()
    write_notebook(notebook, [code])
    process = start(project, "--run-id", "r2")
    below = wait_for_kernel(process)
    process.send_signal(signal.SIGKILL)
    assert gone(below, 5)
    process.wait()
    assert verify_run(project, "acme") == []
    notebook.write_bytes(good)
    outcome = run_line("acme", project, overrides={"report.max_units": 9})
    assert outcome.run.run_id == "r2", "the run that was cut off is taken up again"
    assert not list(runs_folder(project, "acme").glob(".*.tmp"))


def test_two_runs_of_a_client_exclude_each_other_and_the_second_says_who_holds_it(project):
    write_notebook(project / "notebooks" / "02_clean.ipynb", ["import time; time.sleep(600)"])
    process = start(project, "--run-id", "r2")
    below = wait_for_kernel(process)
    before = os.times()
    code, told = call(project, "run", "acme", env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"})
    after = os.times()  # of ended children: what it takes on a machine that does nothing else
    assert after.children_user + after.children_system - before.children_user - before.children_system < 1.5
    assert not re.search(r"\| +(pandas|sklearn|papermill|bxtext\.pipeline)\n", told), "told before they are imported"
    assert code == 5
    assert f"process {process.pid} on " in told
    assert "started 20" in told
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 143
    assert gone(below, 5)
    assert list_runs(project, "acme")[0]["status"] == "interrupted"
    assert not list(runs_folder(project, "acme").glob(".*.tmp"))


def test_an_interrupt_ends_with_its_own_code(project):
    write_notebook(project / "notebooks" / "02_clean.ipynb", ["import time; time.sleep(600)"])
    process = start(project, "--run-id", "r2")
    below = wait_for_kernel(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert gone(below, 5)


def test_a_killed_run_goes_on_from_what_it_finished_and_ends_as_if_undisturbed(whole, project):
    for name in ("r1", ".cache", "latest"):
        subprocess.run(["rm", "-r", runs_folder(project, "acme") / name], check=True)
    (project / "params" / "acme.themes.json").write_text("{}", encoding="utf-8")
    process = start(project, "--run-id", "r1", "--json")
    for line in process.stdout:
        if json.loads(line).get("stage") == "sentiment":
            break
    process.kill()
    process.wait()
    outcome = run_line("acme", project)
    assert outcome.run.run_id == "r1"
    assert [record.taken for record in outcome.records][:4] == [True] * 4
    undisturbed = runs_folder(whole, "acme") / "r1"
    assert comparable(outcome.run.folder) == comparable(undisturbed)
    assert digest_file(outcome.report) == digest_file(undisturbed / "report.html")
    registries = [(folder / "params" / "acme.themes.json").read_text(encoding="utf-8") for folder in (whole, project)]
    assert registries[0] == registries[1]


def test_days_counted_back_are_kept_with_the_run(project):
    outcome = run_line("acme", project, last="read", overrides={"clean.since": "-90d", "run.today": "2026-03-31"})
    manifest = read_manifest(outcome.run.folder)
    assert manifest["params"]["clean"]["since"] == "2025-12-31"
    assert manifest["params"]["run"]["today"] == "2026-03-31"


def test_a_second_run_in_the_same_week_is_already_done(project):
    monday = {"run.today": "2026-11-16", "run.every": "week"}
    assert ran(run_line("acme", project, overrides=monday)) == ["report"]
    assert run_line("acme", project, overrides=monday).unchanged


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "no notebook of format 4"), ('{"worksheets": []}', "no notebook of format 4"), (None, "cell 1, line 1")],
    ids=["cut", "format 3", "magic"],
)
def test_a_notebook_that_is_none_is_told_before_anything_runs(project, text, told):
    path = project / "notebooks" / "07_scores.ipynb"
    write_notebook(path, ["%matplotlib inline"])
    if text is not None:
        path.write_text(text, encoding="utf-8")
    code, answer = call(project, "run", "acme")
    assert (code, told in answer) == (2, True), answer
    assert len(list_runs(project, "acme")) == 1


def test_a_full_file_system_leaves_the_report_as_it_was(project):
    runs = project / "data" / "runs"
    used = int(subprocess.run(["du", "-sk", runs], capture_output=True, text=True, check=True).stdout.split()[0])
    small = project / "small"
    small.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={used + 64}k", "tmpfs", small]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        subprocess.run(["cp", "-a", f"{runs}/.", small], check=True)
        runs.rename(project / "data" / "before")
        runs.mkdir()
        subprocess.run(["mount", "--bind", small, runs], check=True)
        code, told = call(project, "run", "acme", "--force")
        assert code == 6, told
        assert "No space left on device" in told
        assert verify_run(project, "acme") == []
    finally:
        for place in (runs, small):
            subprocess.run(["umount", place], capture_output=True, check=False)


def test_two_clients_run_at_once(project):
    for name in ("yaml", "themes.json"):
        (project / "params" / f"globex.{name}").write_bytes((project / "params" / f"acme.{name}").read_bytes())
    (project / "params" / "globex.themes.json").write_text("{}", encoding="utf-8")
    both = [
        subprocess.Popen([BXTEXT, "run", client, "--to", "clean", "--force"], cwd=project, stdout=subprocess.DEVNULL)
        for client in ("acme", "globex")
    ]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert [list_runs(project, client)[0]["status"] for client in ("acme", "globex")] == ["partial", "partial"]
