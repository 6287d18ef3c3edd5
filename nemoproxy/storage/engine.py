"""Connections and transactions, and all that differs between SQLite and PostgreSQL.

SQLite runs in WAL mode with `synchronous=FULL`. Writes here are an operator's, few and far between, and what they
promise must outlive a power cut: with NORMAL, a revoked key could come back to life.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from nemoproxy.storage.errors import StorageError

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

BUSY_TIMEOUT_S = 10.0
CACHE_KIB = 512
"""Of a connection's pages, in SQLite. What is asked again and again is little, and what is booked is not read again."""
_MIGRATION_LOCK = 0x6E656D6F  # "nemo": any number will do that nobody else takes in the same database
_BEGIN = "sqlite_begin"


def connect(url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S, synced: bool = True) -> Engine:
    """An engine over a database that exists by then. Nothing is read or written yet.

    What is not `synced` outlives the process, and a power cut once anything is written that is.
    """
    try:
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        is_sqlite = parsed.get_backend_name() == "sqlite"
        arguments = {"timeout": busy_timeout_s} if is_sqlite else {}
        # Parameters of a failed statement may be digests: they are not to stand in its message.
        engine = create_engine(parsed, hide_parameters=True, pool_pre_ping=not is_sqlite, connect_args=arguments)
    except ModuleNotFoundError as error:
        raise StorageError(
            f"The database needs the module {error.name}.", "pip install 'nemoproxy[postgresql]'"
        ) from None
    except (ArgumentError, NoSuchModuleError):
        # Without the URL, which may hold a password.
        raise StorageError("The URL of the database is not one that can be used.") from None
    if is_sqlite:
        if not parsed.database or parsed.database == ":memory:":
            raise StorageError("The records must be in a file: every connection has an in-memory database to itself.")
        _create_file(Path(parsed.database))
        event.listen(engine, "connect", _on_sqlite_connect if synced else _on_hasty_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    with translated(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction, committed at the end. In SQLite it waits for its turn here, and not in the middle."""
    with translated(), engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}).begin() as connection:
        yield connection


def hold_still(connection: Connection, table: Table) -> None:
    """Nobody else writes this table until the transaction ends: what is read of it stays true. To be called before
    anything else is locked. In SQLite there is only one who writes."""
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE MODE"))


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Adds a row, unless that would be the second of what the table has but one of. Whether it did."""
    made = _insert(connection)(table).values(values).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(made).first() is not None


def _insert(connection: Connection) -> Callable[[Table], sqlite.Insert | postgresql.Insert]:
    if connection.dialect.name == "sqlite":
        return sqlite.insert
    from sqlalchemy.dialects import postgresql

    return postgresql.insert


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """A transaction for changes to the schema, one at a time over all processes, all or nothing."""
    with translated():
        if engine.dialect.name == "sqlite":
            with _file_lock(Path(f"{engine.url.database}.lock")), engine.connect() as connection:
                connection = connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
                # The mode stays with the file; changing it wants the database to itself, hence within the lock.
                _pragma(connection, "journal_mode = WAL")
                # Alembic changes a table by rebuilding it, which no reference to it would survive.
                _pragma(connection, "foreign_keys = OFF")
                try:
                    with connection.begin():
                        yield connection
                finally:
                    _pragma(connection, "foreign_keys = ON")
        else:
            with engine.begin() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
                yield connection


@contextmanager
def translated() -> Iterator[None]:
    """A database's own errors as `StorageError`, in one line and without parameters."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error).strip().partition("\n")[0]
        hint = "another process holds it; try again" if "locked" in reason else None
        raise StorageError(f"The database refused: {reason}.", hint) from error


def _create_file(path: Path) -> None:
    """The file and its directory, readable to nobody else. What SQLite puts beside it gets the same permissions.

    A file that is there is not touched: to close any descriptor of it would end the locks of every connection that this
    process has, and another process would then take the write-ahead log away from under them.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            with suppress(FileExistsError):  # made by another process just now
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise StorageError(f"The database file {path} cannot be used: {error.strerror}.") from None


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _on_sqlite_connect(connection: Any, _: ConnectionPoolEntry) -> None:
    # The driver begins no transactions by itself: it would not do so before DDL, and a migration would be in pieces.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")


def _on_hasty_sqlite_connect(connection: Any, entry: ConnectionPoolEntry) -> None:
    _on_sqlite_connect(connection, entry)
    connection.execute("PRAGMA synchronous = NORMAL")


def _on_sqlite_begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


def _pragma(connection: Connection, pragma: str) -> None:
    """Outside any transaction, where alone these have an effect."""
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute(f"PRAGMA {pragma}")
