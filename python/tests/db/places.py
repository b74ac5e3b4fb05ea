"""SyncDB and AsyncDB behind one face, so that one suite holds for both on every database.

What a session is to do is a function of SQLAlchemy's Session: SyncDB's as it is, AsyncDB's by way
of `AsyncSession.run_sync`.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from webtool.db import AsyncDB, SyncDB

Result = TypeVar("Result")
Work = Callable[[Session], Result]


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String, unique=True)
    extra: Mapped[Any] = mapped_column(JSON, nullable=True)


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class SyncPlace:
    def __init__(self, url: str, **options: Any) -> None:
        self.url = url
        self.db = SyncDB(url, Base.metadata, **options)

    def init_db(self) -> None:
        self.db.init_db()

    def session(self, work: Work[Result]) -> Result:
        """As a dependency is used."""
        with contextmanager(self.db)() as session:
            return work(session)

    def reading(self, work: Work[Result]) -> Result:
        with contextmanager(self.db.read_only)() as session:
            return work(session)

    def begin(self, work: Work[Result]) -> Result:
        with self.db.begin() as session:
            return work(session)

    def at_once(self, works: list[Work[Result]]) -> list[Result]:
        with ThreadPoolExecutor(len(works)) as threads:
            return list(threads.map(self.begin, works))

    def close(self) -> None:
        self.db.close()


class AsyncPlace:
    def __init__(self, url: str, **options: Any) -> None:
        self.url = url
        self.runner = asyncio.Runner()
        self.db = AsyncDB(url, Base.metadata, **options)

    def run(self, main: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(main)

    def init_db(self) -> None:
        self.run(self.db.init_db())

    def session(self, work: Work[Result]) -> Result:
        async def main() -> Result:
            async with asynccontextmanager(self.db)() as session:
                return await session.run_sync(work)

        return self.run(main())

    def reading(self, work: Work[Result]) -> Result:
        async def main() -> Result:
            async with asynccontextmanager(self.db.read_only)() as session:
                return await session.run_sync(work)

        return self.run(main())

    async def begun(self, work: Work[Result]) -> Result:
        async with self.db.begin() as session:
            return await session.run_sync(work)

    def begin(self, work: Work[Result]) -> Result:
        return self.run(self.begun(work))

    def at_once(self, works: list[Work[Result]]) -> list[Result]:
        async def main() -> list[Result]:
            return await asyncio.gather(*map(self.begun, works))

        return self.run(main())

    def close(self) -> None:
        self.run(self.db.aclose())
        self.runner.close()


Place = SyncPlace | AsyncPlace

Make = Callable[..., Place]
