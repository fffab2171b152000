"""Databases: the same tables as from a file; one bounded SELECT; the password nowhere.

PostgreSQL is started by the tests, on a socket in a folder of their own; without it they are skipped.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import joblib
import pandas as pd
import pytest
import sqlalchemy as sa

from bxtext.errors import InputError
from bxtext.params import Source
from bxtext.read import database, read_comments, records
from bxtext.tables import check_table, read_table

CANARY = "canary-Zx81-secret"
COLUMNS = {"text": "comment", "id": "id", "date": "day", "rating": "stars", "unit": "store"}
ANSWERS = pd.DataFrame(
    {
        "id": ["00123", "124", "125", "126"],
        "day": ["2026-01-05", "2026-01-06", None, "2026-02-01"],
        "stars": [5, 1, None, 3],
        "store": ["Liège", "Liège", "Mons", None],
        "comment": ["Très bien, « parfait » ; merci", 'Cassé "net",\ndeux fois', "null", None],
    }
)
TYPES = {"day": sa.Date, "stars": sa.Numeric}
SELECT = "SELECT id, day, stars, store, comment FROM answers"
FOREVER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS comment FROM n"
MANY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) SELECT i AS comment FROM n"
ONLY_TEXT = {"text": "comment"}


def start_server(folder: Path) -> str:
    """Start PostgreSQL as an ordinary user, and return its URL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    programs = found[-1].parent if found else None
    if programs is None or sys.platform != "linux":
        pytest.skip("PostgreSQL is not installed")
    as_user = []
    if os.geteuid() == 0:  # the server refuses to run as root
        if (
            not shutil.which("setpriv")
            or subprocess.run(["id", "postgres"], capture_output=True, check=False).returncode
        ):
            pytest.skip("PostgreSQL can't run as root, and there is no user postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        shutil.chown(folder, "postgres")
    password = folder / "password"
    password.write_text(CANARY)
    password.chmod(0o644)
    data, options = folder / "data", f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    subprocess.run(
        [*as_user, programs / "initdb", "-D", data, "-U", "reader", "-A", "scram-sha-256",
         f"--pwfile={password}", "-N"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    password.unlink()
    subprocess.run(
        [*as_user, programs / "pg_ctl", "-w", "-D", data, "-l", folder / "log", "-o", options, "start"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return f"postgresql+psycopg://reader:{CANARY}@/postgres?host={folder}"


@pytest.fixture(scope="module")
def server():
    folder = Path(tempfile.mkdtemp(prefix="bxtext-", dir="/tmp"))  # a socket's path must be short
    try:
        url = start_server(folder)
        engine = sa.create_engine(url)
        ANSWERS.assign(day=pd.to_datetime(ANSWERS["day"]).dt.date).to_sql("answers", engine, index=False, dtype=TYPES)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE SEQUENCE counter")
        engine.dispose()
        yield url
    finally:
        pid = folder / "data" / "postmaster.pid"
        if pid.exists():
            os.kill(int(pid.read_text().split()[0]), 3)  # an immediate stop
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def lite(tmp_path):
    with sqlite3.connect(tmp_path / "answers.sqlite") as connection:
        ANSWERS.to_sql("answers", connection, index=False)
    connection.close()
    return tmp_path


def from_server(monkeypatch, url, query=SELECT, columns=COLUMNS):
    monkeypatch.setenv("BXTEXT_CONNECTION_HR", url)
    return Source(name="s", voice="customer", connection="hr", query=query, columns=columns)


def from_lite(query=None, columns=COLUMNS):
    return Source(name="s", voice="customer", path="answers.sqlite", query=query, columns=columns)


def tables(source, root):
    found = read_comments([source], root, max_quarantined=1)
    return {name: check_table(getattr(found, name), name) for name in ("comments", "quarantined", "bad_cells")}


def expected(folder):
    ANSWERS.astype({"stars": "Int64"}).to_csv(folder / "answers.csv", index=False)
    return tables(Source(name="s", voice="customer", path="answers.csv", columns=COLUMNS), folder)


def refusal(source, root):
    """The message of a refusal; nothing of it, nor of its traceback, holds the password."""
    with pytest.raises(InputError) as caught:
        read_comments([source], root, max_quarantined=1)
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


def test_sqlite_gives_the_same_tables_as_the_file(lite):
    for name, table in expected(lite).items():
        pd.testing.assert_frame_equal(tables(from_lite(), lite)[name], table, obj=name)


def test_sqlite_is_read_in_many_batches(tmp_path, monkeypatch):
    many = pd.concat([ANSWERS] * 40, ignore_index=True)
    with sqlite3.connect(tmp_path / "answers.sqlite") as connection:
        many.to_sql("answers", connection, index=False)
    connection.close()
    whole = tables(from_lite(), tmp_path)
    monkeypatch.setattr(records, "BATCH", len(ANSWERS))
    with joblib.parallel_config(backend="threading", n_jobs=2):  # whose callbacks ask for the rows
        cut = tables(from_lite(), tmp_path)
    for name, table in whole.items():
        pd.testing.assert_frame_equal(cut[name], table, obj=name)


def test_postgresql_gives_the_same_tables_as_the_file(server, monkeypatch, tmp_path):
    for name, table in expected(tmp_path).items():
        pd.testing.assert_frame_equal(tables(from_server(monkeypatch, server), tmp_path)[name], table, obj=name)


def test_a_query_may_hold_percent_signs(server, monkeypatch, tmp_path, lite):
    query = SELECT + " WHERE comment LIKE '%parfait%'"
    assert len(tables(from_server(monkeypatch, server, query), tmp_path)["comments"]) == 1
    assert len(tables(from_lite(query), lite)["comments"]) == 1


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("DROP TABLE answers", "starts with no SELECT or WITH"),
        ("SELECT 1; DELETE FROM answers", "holds several statements"),
        ("WITH gone AS (DELETE FROM answers RETURNING *) SELECT * FROM gone", "says DELETE"),
        ("SELECT * INTO copy FROM answers", "says INTO"),
        ("SELECT pg_read_file('/etc/passwd') AS comment", "says PG_READ_FILE"),
        ("SELECT * FROM read_csv('/etc/passwd')", "says READ_CSV"),
        ("COPY answers TO '/tmp/x'", "starts with no SELECT or WITH"),
    ],
)
def test_only_one_select_is_sent(lite, query, told):
    message = refusal(from_lite(query), lite)
    assert message.count("E_SQL") == 1
    assert told in message


def test_what_the_query_hides_the_server_refuses(server, monkeypatch, tmp_path):
    source = from_server(monkeypatch, server, "SELECT nextval('counter') AS comment", ONLY_TEXT)
    assert "E_SQL hr: the database refuses the query" in refusal(source, tmp_path)


def test_a_wrong_password_is_told_without_it(server, monkeypatch, tmp_path):
    source = from_server(monkeypatch, server.replace(CANARY, CANARY + "-wrong"))
    assert "E_CONNECTION hr: the server can't be reached or refuses the user" in refusal(source, tmp_path)


@pytest.mark.parametrize("url", [None, "no url at all", "nosuchsql://me:" + CANARY + "@here/db"])
def test_a_connection_that_is_none(monkeypatch, tmp_path, url):
    source = from_server(monkeypatch, url or "")
    assert "E_CONNECTION hr: " in refusal(source, tmp_path)
    assert "BXTEXT_CONNECTION_HR" in refusal(source, tmp_path)


def test_a_query_without_end_is_stopped(server, monkeypatch, lite):
    monkeypatch.setattr(database, "MAX_SECONDS", 1)
    for source in (from_server(monkeypatch, server, FOREVER, ONLY_TEXT), from_lite(FOREVER, ONLY_TEXT)):
        assert "E_TIMEOUT" in refusal(source, lite)
        assert "ran for more than 1 s; narrow it" in refusal(source, lite)


def test_too_many_rows_are_refused(server, monkeypatch, lite):
    monkeypatch.setattr(database, "MAX_ROWS", 20)
    for source in (from_server(monkeypatch, server, MANY, ONLY_TEXT), from_lite(MANY, ONLY_TEXT)):
        assert "more than 20 rows; narrow the query" in refusal(source, lite)


def test_two_tables_need_a_query(lite):
    with sqlite3.connect(lite / "answers.sqlite") as connection:
        connection.execute("CREATE TABLE other (x)")
    connection.close()
    assert "E_TABLE answers.sqlite: 2 tables (answers, other)" in refusal(from_lite(), lite)
    assert len(tables(from_lite(SELECT), lite)["comments"]) == 4


def test_a_file_is_never_written_to(lite):
    before = (lite / "answers.sqlite").read_bytes()
    tables(from_lite(), lite)
    assert (lite / "answers.sqlite").read_bytes() == before


def test_the_password_is_nowhere(server, acme):
    """Nor in what the command prints, nor in a file it writes, nor in the list of processes."""
    params = acme / "params" / "acme.yaml"
    params.write_text(params.read_text().replace("path: reviews.csv", f'connection: hr\n    query: "{SELECT}"'))
    params.write_text(params.read_text().replace("respondent_id: who, ", ""))
    bxtext = Path(sys.executable).with_name("bxtext")
    with subprocess.Popen(
        [bxtext, "run", "acme", "--to", "read", "--run-id", "one"], cwd=acme, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env=os.environ | {"BXTEXT_CONNECTION_HR": server},
    ) as process:  # fmt: skip
        told, listed = "", ""
        while process.poll() is None:
            listed += "".join(_command_lines())
            told += process.stdout.readline()
        told += process.stdout.read()
    assert process.returncode == 0, told
    assert len(read_table("comments", acme / "data" / "runs" / "acme" / "one" / "tables")) == 4
    assert CANARY not in told + listed
    written = [
        path for path in acme.rglob("*") if path.is_file() and "notebooks" not in path.relative_to(acme).parts[:1]
    ]
    assert any(path.name == "manifest.json" for path in written)
    assert not [path.name for path in written if CANARY.encode() in path.read_bytes()]


def _command_lines():
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_text(errors="replace")
        except OSError:  # it has ended meanwhile
            continue
