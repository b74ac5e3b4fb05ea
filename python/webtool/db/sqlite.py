"""What SQLite has to be told, on each connection, to be the database one would expect."""

import asyncio
import sqlite3
import time
from dataclasses import dataclass

from sqlalchemy import URL, AdaptedConnection, Connection, Engine, PoolResetState, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.pool import ConnectionPoolEntry

#: The execution option with the kind of BEGIN; see SyncDB.
BEGIN = "sqlite_begin"
#: Its value for a transaction that takes no lock of writers, and in which SQLite refuses to write.
READ_ONLY = "READ ONLY"


@dataclass(frozen=True, kw_only=True)
class SQLiteConfig:
    """How connections to SQLite are set up. Times are in seconds."""

    #: Write-ahead log, so that readers and a writer do not wait for each other.
    wal: bool = True
    #: Foreign keys are enforced.
    foreign_keys: bool = True
    #: How long to wait for another's lock before OperationalError.
    busy_timeout: float = 5.0


def in_memory(url: URL) -> bool:
    """Whether the database ends with its connection, so that there must be one only."""
    name = url.database or ":memory:"
    return name.startswith((":memory:", "file::memory:")) or url.query.get("mode") == "memory"


def set_up(engine: Engine, config: SQLiteConfig) -> None:
    """Has each connection of the engine configured, and each transaction begin at its beginning."""

    def connected(connection: DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        try:
            cursor.execute(f"PRAGMA busy_timeout = {round(config.busy_timeout * 1000)}")
            cursor.execute(f"PRAGMA foreign_keys = {'ON' if config.foreign_keys else 'OFF'}")
            if config.wal and not in_memory(engine.url):
                _enter_wal(connection, cursor, config.busy_timeout)
            cursor.close()
        except BaseException:
            connection.close()
            raise

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "reset", _allow_writing)


def _enter_wal(connection: DBAPIConnection, cursor: DBAPICursor, patience: float) -> None:
    # SQLite does not wait for locks where it changes the journal's mode.
    give_up = time.monotonic() + patience
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() >= give_up:
                raise
            if isinstance(connection, AdaptedConnection):
                connection.run_async(lambda _: asyncio.sleep(0.001))
            else:
                time.sleep(0.001)


def _begin(connection: Connection) -> None:
    # Left to itself, Python's module begins at the first write: what was read before is then of
    # another transaction, and savepoints are none.
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    kind = options.get(BEGIN, "IMMEDIATE")
    if kind == READ_ONLY:
        connection.info[BEGIN] = READ_ONLY
        connection.exec_driver_sql("PRAGMA query_only = ON")
        kind = "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {kind}")


def _allow_writing(
    connection: DBAPIConnection, record: ConnectionPoolEntry, state: PoolResetState
) -> None:
    # When the connection goes back to the pool; one that is not safe to use is closed instead.
    if record.info.pop(BEGIN, None) is None or not state.asyncio_safe:
        return
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only = OFF")
    cursor.close()
