"""Sessions for coroutines."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from sqlalchemy import URL, AsyncAdaptedQueuePool, MetaData
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from webtool.db import schema, sqlite
from webtool.db.engine import (
    READING,
    SESSION_DEFAULTS,
    driver_missing,
    engine_arguments,
    parse_url,
    shown,
)
from webtool.exceptions import InvalidArgument

_DRIVERS = {"sqlite": "aiosqlite", "postgresql": "asyncpg"}


class AsyncDB:
    """Like SyncDB, for coroutines: `Depends(db)` provides an AsyncSession.

    `sqlite://…` and `postgresql://…` use aiosqlite and asyncpg. A connection belongs to the event
    loop that opened it: use one AsyncDB on one loop, and `await db.aclose()` before the loop ends.
    A cancelled request is rolled back, like any request that does not commit.
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
        arguments = engine_arguments(url, engine_args, AsyncAdaptedQueuePool)
        try:
            if not url.get_dialect().is_async:
                raise InvalidArgument(f"AsyncDB cannot use {url.drivername}: use SyncDB")
            self.engine = create_async_engine(url, **arguments)
        except ModuleNotFoundError as error:
            raise driver_missing(url, error) from error
        if self.engine.dialect.name == "sqlite":
            sqlite.set_up(self.engine.sync_engine, sqlite_config or sqlite.SQLiteConfig())
        self.meta = meta
        options = {**SESSION_DEFAULTS, **(session_args or {})}
        self.session_factory = async_sessionmaker(self.engine, **options)
        self._reading_factory = async_sessionmaker(
            self.engine.execution_options(**READING), **options
        )

    async def __call__(self) -> AsyncGenerator[AsyncSession, None]:
        """Yields a session, for fastapi.Depends. Closing it rolls back uncommitted changes."""
        async with self.session_factory() as session:
            yield session

    async def read_only(self) -> AsyncGenerator[AsyncSession, None]:
        """Like SyncDB.read_only: `Depends(db.read_only)`."""
        async with self._reading_factory() as session:
            yield session

    def begin(self) -> AbstractAsyncContextManager[AsyncSession]:
        """`async with db.begin() as session:` commits at the end of the block, or rolls back if the
        block raises."""
        return self.session_factory.begin()

    async def init_db(self) -> None:
        """Like SyncDB.init_db."""
        meta = schema.required(self.meta)
        async with self.engine.connect() as connection:
            await connection.execution_options(**{sqlite.BEGIN: "IMMEDIATE"})
            async with connection.begin():
                await connection.run_sync(schema.make_tables, meta)

    async def aclose(self) -> None:
        """Closes the connections that are not in use. A later session opens new connections."""
        await self.engine.dispose()

    def __repr__(self) -> str:
        return shown(self, self.engine.sync_engine)
