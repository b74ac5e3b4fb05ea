"""Sessions for blocking code. FastAPI runs such dependencies and routes on its threads."""

import inspect
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import URL, MetaData, QueuePool, create_engine
from sqlalchemy.orm import Session, sessionmaker

from webtool.db import schema, sqlite
from webtool.db.admission import Admission, admissions
from webtool.db.engine import (
    READING,
    SESSION_DEFAULTS,
    driver_missing,
    engine_arguments,
    parse_url,
    shown,
)
from webtool.exceptions import InvalidArgument

_DRIVERS = {"sqlite": "pysqlite", "postgresql": "psycopg"}


class SyncDB:
    """A database. It is a FastAPI dependency, and can also be used without FastAPI.

    `Depends(db)` provides a Session, and closes it when the request is done. The session commits
    only if the application calls `session.commit()`. Uncommitted changes are rolled back, whatever
    ends the request. `db.begin()` is for a block that commits at its end.

    `sqlite://…` and `postgresql://…` use sqlite3 and psycopg; `dialect+driver://…` uses another
    driver. `engine_args` are passed to `sqlalchemy.create_engine`, `session_args` to
    `sqlalchemy.orm.sessionmaker`. Unless these arguments say otherwise:

    - a connection is tested before each use;
    - errors do not quote the statement's parameters (the database's own message may);
    - JSON is encoded and decoded by orjson;
    - sessions do not flush automatically, and do not expire loaded objects on commit.

    On SQLite, a session takes the only write lock with its first statement (BEGIN IMMEDIATE) and
    keeps the lock until the session ends. So a session cannot fail halfway because it does not get
    the lock. Sessions that only read should not take the lock: use `Depends(db.read_only)`. A
    database in memory has one connection, for which sessions wait.

    Requests wait for a connection on the event loop, for at most `pool_timeout` (30 seconds), and
    occupy none of FastAPI's threads meanwhile.

    Many threads may use one SyncDB at once. A session may be used by one thread at a time. No
    connection is opened before the first statement.
    """

    def __init__(
        self,
        db_url: str | URL,
        meta: MetaData | None = None,
        engine_args: Mapping[str, Any] | None = None,
        session_args: Mapping[str, Any] | None = None,
        *,
        sqlite_config: sqlite.SQLiteConfig | None = None,
    ) -> None:
        url = parse_url(db_url, _DRIVERS)
        arguments = engine_arguments(url, engine_args, QueuePool)
        try:
            if url.get_dialect().is_async:
                raise InvalidArgument(f"SyncDB cannot use {url.drivername}: use AsyncDB")
            self.engine = create_engine(url, **arguments)
        except ModuleNotFoundError as error:
            raise driver_missing(url, error) from error
        if self.engine.dialect.name == "sqlite":
            sqlite.set_up(self.engine, sqlite_config or sqlite.SQLiteConfig())
        self.meta = meta
        options = {**SESSION_DEFAULTS, **(session_args or {})}
        self.session_factory = sessionmaker(self.engine, **options)
        admission, reading = admissions(self.engine, arguments)
        self.__signature__ = admission.signature()
        #: Like the SyncDB itself, for a session that only reads. The session takes no write lock,
        #: and SQLite and PostgreSQL refuse its writes.
        self.read_only = _ReadOnly(
            sessionmaker(self.engine.execution_options(**READING), **options), reading
        )

    def __call__(self, *, turn: None = None) -> Generator[Session, None, None]:
        """Yields a session, for fastapi.Depends. Closing it rolls back uncommitted changes."""
        with self.session_factory() as session:
            yield session

    def begin(self) -> AbstractContextManager[Session]:
        """`with db.begin() as session:` commits at the end of the block, or rolls back if the block
        raises."""
        return self.session_factory.begin()

    def init_db(self) -> None:
        """Creates the missing tables of `meta` in one transaction. Processes that start together
        take turns. Existing tables are not changed."""
        meta = schema.required(self.meta)
        with self.engine.connect() as connection:
            connection.execution_options(**{sqlite.BEGIN: "IMMEDIATE"})
            with connection.begin():
                schema.make_tables(connection, meta)

    def close(self) -> None:
        """Closes the connections that are not in use. A later session opens new connections."""
        self.engine.dispose()

    def __repr__(self) -> str:
        return shown(self, self.engine)


class _ReadOnly:
    def __init__(self, factory: sessionmaker[Session], admission: Admission) -> None:
        self._factory = factory
        self.__signature__: inspect.Signature = admission.signature()

    def __call__(self, *, turn: None = None) -> Generator[Session, None, None]:
        with self._factory() as session:
            yield session
