"""Databases: one bounded, read-only SELECT; the parameters name the server, only the environment has its address."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from bxtext.errors import InputError
from bxtext.read.records import BATCH, Aside, Records, in_batches, name_columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bxtext.params import Source

MAX_ROWS = 5_000_000
MAX_SECONDS = 300  # a query that takes longer is stopped
CONNECT_SECONDS = 10
_SELECT = re.compile(r"\s*(?:select|with)\b", re.IGNORECASE)
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_CHANGES = re.compile(
    r"\b(?:insert|update|delete|merge|drop|alter|create|truncate|grant|revoke|copy|attach|detach|pragma|vacuum|call|do|"
    r"execute|set|into|lock|install|load|load_extension|readfile|writefile|read_csv\w*|read_parquet|read_text|"
    r"pg_read_\w+|pg_ls_\w+|pg_sleep\w*|lo_\w+|dblink\w*)\b",
    re.IGNORECASE,
)


def read_sqlite(source: Source, path: Path) -> Records:
    """Open a query on an SQLite file; without a query, its only table.

    Raises
    ------
    InputError
        E_TABLE: which table is meant isn't known; E_SQL: not one SELECT, or it fails; E_ROWS, E_TIMEOUT.
    """
    uri = f"file:{quote(str(path.resolve()))}?mode=ro"
    engine = sa.create_engine("sqlite://", creator=lambda: _open_sqlite(uri), poolclass=sa.pool.NullPool)
    return _read_query(source, engine, source.query or _only_table(source, engine))


def read_connection(source: Source) -> Records:
    """Open a query on the database whose URL is in the environment, under the connection's name.

    Raises
    ------
    InputError
        E_CONNECTION: the name isn't in the environment, its URL can't be used, or the server refuses; and as
        `read_sqlite`.
    """
    variable = connection_variable(source.connection or "")
    url = os.environ.get(variable)
    if not url:
        raise InputError(f"E_CONNECTION {source.connection}: set {variable} to the database's URL, such as dialect://…")
    try:
        parsed = sa.make_url(url)
        options = {"connect_timeout": CONNECT_SECONDS} if parsed.get_backend_name() in {"postgresql", "mysql"} else {}
        engine = sa.create_engine(parsed, poolclass=sa.pool.NullPool, connect_args=options, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError, ImportError):
        raise InputError(
            f"E_CONNECTION {source.connection}: {variable} holds no URL that SQLAlchemy knows, or its driver isn't"
            " installed, such as `pip install bxtext[postgresql]`"
        ) from None
    return _read_query(source, engine, source.query or "")


def connection_variable(name: str) -> str:
    """Return the environment variable that holds the URL of a connection.

    Examples
    --------
    >>> connection_variable("hr-survey")
    'BXTEXT_CONNECTION_HR_SURVEY'
    """
    return "BXTEXT_CONNECTION_" + name.upper().replace("-", "_")


def query_fault(query: str) -> str | None:
    """Return why a query isn't one SELECT that only reads, None when it is.

    Examples
    --------
    >>> query_fault("SELECT comment, created FROM answers;") is None
    True
    >>> query_fault("DROP TABLE answers")
    'starts with no SELECT or WITH'
    """
    bare = _QUOTED.sub(" ", query).strip().removesuffix(";")
    if not _SELECT.match(bare):
        return "starts with no SELECT or WITH"
    if ";" in bare:
        return "holds several statements"
    if found := _CHANGES.search(bare):
        return f"says {found.group().upper()}, which does more than read rows"
    return None


def _open_sqlite(uri: str) -> sqlite3.Connection:
    # rows are asked for one after the other, though not always by the thread that opened: `map_partitions` has several
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
    connection.text_factory = lambda data: data.decode(errors="surrogateescape")
    deadline = time.monotonic() + MAX_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > deadline, 100_000)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _only_table(source: Source, engine: sa.Engine) -> str:
    try:
        names = sa.inspect(engine).get_table_names()
    except SQLAlchemyError:
        raise InputError(f"E_CORRUPT_FILE {source.path}: not a readable SQLite database") from None
    if len(names) != 1:
        found = ", ".join(names) or "none"
        raise InputError(f"E_TABLE {source.path}: {len(names)} tables ({found}); say which rows in `query`")
    quoted = names[0].replace('"', '""')
    return f'SELECT * FROM "{quoted}"'  # noqa: S608  the name comes from the database, and is quoted


def _read_query(source: Source, engine: sa.Engine, query: str) -> Records:
    where = source.place
    if fault := query_fault(query):
        raise InputError(f"E_SQL {where}: the query {fault}; write one SELECT")
    try:
        connection = engine.connect()
    except SQLAlchemyError as error:
        raise InputError(
            f"E_CONNECTION {where}: the server can't be reached or refuses the user ({type(error).__name__})"
        ) from None
    try:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {MAX_SECONDS * 1000}")
        options = {"stream_results": True, "yield_per": BATCH}
        result = connection.execution_options(**options).exec_driver_sql(_escaped(query, engine))
    except SQLAlchemyError as error:
        connection.close()
        raise _failed(where, error) from None
    return Records(name_columns(result.keys()), in_batches(_rows(connection, result, where)), Aside())


def _escaped(query: str, engine: sa.Engine) -> str:
    """Return the query as its driver wants it: some take a percent sign for a placeholder."""
    plain = query.strip().removesuffix(";")
    return plain.replace("%", "%%") if engine.dialect.paramstyle in {"format", "pyformat"} else plain


def _rows(
    connection: sa.Connection, result: sa.CursorResult[Any], where: str | None
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    try:
        with connection:
            for place, row in enumerate(result, start=1):
                if place > MAX_ROWS:
                    raise InputError(f"E_ROWS {where}: more than {MAX_ROWS:,} rows; narrow the query, such as by date")
                yield place, tuple(row)
    except SQLAlchemyError as error:
        raise _failed(where, error) from None


def _failed(where: str | None, error: SQLAlchemyError) -> InputError:
    """Tell the kind of a database error and its code; its message may quote rows or the address."""
    original = getattr(error, "orig", None)
    code = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None) or "no code"
    if code in {"57014", "SQLITE_INTERRUPT"}:
        return InputError(f"E_TIMEOUT {where}: the query ran for more than {MAX_SECONDS} s; narrow it")
    return InputError(f"E_SQL {where}: the database refuses the query ({type(error).__name__}, {code})")
