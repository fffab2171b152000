"""Units that start a run on time are accepted by what reads them, and an end is told to whoever asked."""

from __future__ import annotations

import ast
import json
import os
import shutil
import socketserver
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bxtext.errors import ParamsError
from bxtext.params.running import Notify
from bxtext.scheduling import parse_when, write_schedule
from bxtext.scheduling.notify import End, tell_end
from bxtext.yaml_file import read_yaml

BXTEXT = Path(sys.executable).with_name("bxtext")
DONE = End("acme", "r1", "done", 0, seconds=3.0)
FAILED = End("acme", "r2", "failed", 7, "CellError", 4.0)


@pytest.mark.parametrize(
    ("text", "cron", "systemd"),
    [
        ("Mon 07:00", "0 7 * * 1", "Mon *-*-* 07:00:00"),
        ("sun,mon 7:05", "5 7 * * 1,0", "Mon,Sun *-*-* 07:05:00"),
        ("daily 23:59", "59 23 * * *", "*-*-* 23:59:00"),
        ("06:00", "0 6 * * *", "*-*-* 06:00:00"),
        ("monthly 06:30", "30 6 1 * *", "*-*-01 06:30:00"),
    ],
)
def test_a_time_is_written_as_each_reader_wants_it(text, cron, systemd):
    when = parse_when(text)
    assert (when.cron, when.systemd) == (cron, systemd)


REFUSED = {"Mom 07:00": "did you mean", "Mon 25:00": "expected", "soon": "expected"}


@pytest.mark.parametrize(("text", "told"), REFUSED.items())
def test_a_time_that_is_none_is_refused(text, told):
    with pytest.raises(ParamsError, match=told):
        parse_when(text)


def unit(kind, folder, *, command=BXTEXT):
    return write_schedule("acme", parse_when("Mon 07:00"), kind, command=command, root=folder)


def test_an_unknown_reader_is_told():
    with pytest.raises(ParamsError, match="did you mean 'systemd'"):
        unit("system", Path("/srv"))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze isn't here")
@pytest.mark.parametrize("name", ["plain", "with space 100%"])
def test_systemd_accepts_the_unit(tmp_path, name):
    root = tmp_path / name
    root.mkdir()
    command = root / "bxtext"
    command.symlink_to(BXTEXT)
    service, timer = unit("systemd", root, command=command).split("# bxtext-acme.timer\n")
    for ending, text in (("service", service), ("timer", timer)):
        (tmp_path / f"bxtext-acme.{ending}").write_text(text)
    paths = [tmp_path / f"bxtext-acme.{ending}" for ending in ("service", "timer")]
    done = subprocess.run(
        ["systemd-analyze", "verify", *paths], capture_output=True, text=True, check=False, timeout=30
    )
    told = [line for line in done.stderr.splitlines() if "bxtext-acme" in line]
    assert (done.returncode, told) == (0, []), done.stderr


def test_the_line_of_cron_runs_with_a_bare_path(acme):
    *_, line = unit("cron", acme).splitlines()
    minute_to_day, command = line.split(" ", 5)[:5], line.split(" ", 5)[5]
    assert minute_to_day == ["0", "7", "*", "*", "1"]
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(acme), "SHELL": "/bin/sh"}
    (acme / "data" / "runs").mkdir(parents=True)
    (acme / "reviews.csv").unlink()  # so that it ends before a kernel starts
    done = subprocess.run(
        ["/bin/sh", "-c", command.replace(r"\%", "%")], env=bare, cwd="/", capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (3, "")
    assert "InputError" in (acme / "data" / "runs" / "acme.log").read_text()


def test_the_workflow_is_one_job_on_a_runner_of_ones_own(tmp_path):
    (tmp_path / "workflow.yaml").write_text(unit("github", tmp_path))
    read = read_yaml(tmp_path / "workflow.yaml")
    assert read["on"]["schedule"] == [{"cron": "0 7 * * 1"}]
    assert read["jobs"]["report"]["runs-on"] == "self-hosted"
    assert read["jobs"]["report"]["steps"] == [{"working-directory": str(tmp_path), "run": f"{BXTEXT} run acme"}]


def test_the_airflow_dag_is_python_with_the_command_quoted(tmp_path):
    path = tmp_path / "bxtext_acme.py"
    path.write_text(unit("airflow", Path("/srv/it's here")))
    tree = ast.parse(path.read_text())
    command = next(node.value for node in tree.body if isinstance(node, ast.Assign))
    assert ast.literal_eval(command) == f"cd '/srv/it'\"'\"'s here' && {BXTEXT} run acme"


@pytest.mark.skipif("BXTEXT_AIRFLOW" not in os.environ, reason="BXTEXT_AIRFLOW names no Python that has Airflow")
def test_airflow_imports_the_dag(tmp_path):
    path = tmp_path / "bxtext_acme.py"
    path.write_text(unit("airflow", tmp_path))
    told = "print(dag.dag_id, dag.schedule, *[task.bash_command for task in dag.tasks])"
    code = f"import runpy; dag = runpy.run_path({str(path)!r})['dag']; {told}"
    environment = {"PATH": "/usr/bin:/bin", "AIRFLOW_HOME": str(tmp_path / "airflow")}
    done = subprocess.run(
        [os.environ["BXTEXT_AIRFLOW"], "-W", "error::DeprecationWarning", "-c", code],
        capture_output=True, text=True, check=False, timeout=120, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"bxtext_acme 0 7 * * 1 cd {tmp_path} && {BXTEXT} run acme"


@pytest.fixture
def inbox(monkeypatch):
    """Return what a server on this machine receives: method and JSON of each call."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            received.append((self.command, None))
            self.send_response(200)
            self.end_headers()

        def do_POST(self):
            received.append((self.command, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("ACME_URL", f"http://127.0.0.1:{server.server_port}/x?token=secret")
    yield received
    server.shutdown()
    server.server_close()


def test_a_good_end_is_pinged_and_a_bad_one_is_not(inbox):
    notify = Notify(ping="ACME_URL", webhook="ACME_URL")
    assert tell_end(notify, DONE) == []
    assert inbox == [("GET", None)]
    assert tell_end(notify, FAILED) == []
    sent = {"client": "acme", "run_id": "r2", "status": "failed", "exit_code": 7, "kind": "CellError", "seconds": 4.0}
    assert inbox[1:] == [("POST", sent)]
    tell_end(Notify(webhook="ACME_URL", when="always"), DONE)
    assert inbox[2][1]["status"] == "done"


def test_what_can_not_be_told_is_said_without_the_address(monkeypatch):
    monkeypatch.setenv("ACME_URL", "http://127.0.0.1:9/secret")
    monkeypatch.delenv("NOWHERE", raising=False)
    assert tell_end(Notify(webhook="ACME_URL"), FAILED) == ["ACME_URL: URLError"]
    assert "NOWHERE is not set" in tell_end(Notify(webhook="NOWHERE"), FAILED)[0]


def test_an_end_is_mailed(monkeypatch):
    letters = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 ready\r\n")
            inside = False
            for line in self.rfile:
                if inside:
                    letters.append(line.decode().rstrip())
                    inside = line != b".\r\n"
                    answer = b"" if inside else b"250 ok\r\n"
                else:
                    inside = line.upper().startswith(b"DATA")
                    answer = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(line[:4].upper(), b"250 ok\r\n")
                self.wfile.write(answer)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        monkeypatch.setenv("BXTEXT_SMTP", f"smtp://127.0.0.1:{server.server_address[1]}")
        assert tell_end(Notify(email=("team@example.org",)), FAILED) == []
    assert "Subject: bxtext acme: failed" in letters
    assert "kind: CellError" in letters
