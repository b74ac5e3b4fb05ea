"""Settings that SQLite needs on each connection to behave like other databases."""

import asyncio
import sqlite3
import time
from dataclasses import dataclass

from sqlalchemy import URL, AdaptedConnection, Connection, Engine, PoolResetState, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.pool import ConnectionPoolEntry

#: The execution option with the kind of BEGIN; see SyncDB.
BEGIN = "sqlite_begin"
#: The value for a transaction that takes no write lock, and in which SQLite refuses to write.
READ_ONLY = "READ ONLY"


@dataclass(frozen=True, kw_only=True)
class SQLiteConfig:
    """Settings of connections to SQLite. Times are in seconds."""

    #: Use a write-ahead log, so that readers and a writer do not wait for each other.
    wal: bool = True
    #: Enforce foreign keys.
    foreign_keys: bool = True
    #: How long to wait for the lock of another connection before OperationalError.
    busy_timeout: float = 5.0


def in_memory(url: URL) -> bool:
    """Returns whether the database ends with its connection, so that it must have only one."""
    name = url.database or ":memory:"
    return name.startswith((":memory:", "file::memory:")) or url.query.get("mode") == "memory"


def set_up(engine: Engine, config: SQLiteConfig) -> None:
    """Configures each connection of the engine. Transactions begin with their first statement."""

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
    # SQLite does not wait for locks when it changes the journal mode.
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
    # By default Python's sqlite3 begins the transaction with the first write. Earlier reads then
    # belong to another transaction, and savepoints do not work.
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
    # Runs when the connection returns to the pool. A connection that is not safe to use is closed
    # instead.
    if record.info.pop(BEGIN, None) is None or not state.asyncio_safe:
        return
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only = OFF")
    cursor.close()
