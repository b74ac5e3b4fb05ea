"""No more requests at a time than there are connections: the others wait on the event loop.

FastAPI runs blocking code on a fixed number of threads. If all of them waited for a connection, a
request that has one and needs a thread to go on, to validate its answer say, would wait for ever.
So a request waits for its turn before its session is made, where it occupies no thread. SQLite's
write lock is such a thing to wait for, too.
"""

import asyncio
import inspect
import threading
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from sqlalchemy import Engine, QueuePool, exc

#: SQLAlchemy's default.
_MAX_OVERFLOW = 10
#: Who waits for SQLite's lock gets it by chance: a few are enough to have it always in use.
_MOST_WRITERS = 5


class Turns:
    """So many requests at a time, on each event loop in the order in which they come."""

    def __init__(self, most: int, patience: float, complaint: str) -> None:
        self._most = most
        self._patience = patience
        self._complaint = complaint
        self._lock = threading.Lock()
        self._free: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]
        self._free = weakref.WeakKeyDictionary()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        free = self._of_loop()
        try:
            async with asyncio.timeout(self._patience):
                await free.acquire()
        except TimeoutError:
            raise exc.TimeoutError(
                f"{self._complaint} (waited {self._patience:g} seconds for one of {self._most})"
            ) from None
        try:
            yield
        finally:
            free.release()

    def _of_loop(self) -> asyncio.Semaphore:
        loop = asyncio.get_running_loop()
        with self._lock:
            if loop not in self._free:
                self._free[loop] = asyncio.Semaphore(self._most)
            return self._free[loop]


class Admission:
    """A FastAPI dependency that holds the turns of a request until it is done."""

    def __init__(self, *turns: Turns) -> None:
        self._turns = turns

    async def __call__(self) -> AsyncGenerator[None, None]:
        async with AsyncExitStack() as stack:
            for turns in self._turns:
                await stack.enter_async_context(turns.turn())
            yield

    def signature(self) -> inspect.Signature:
        """That of a dependency which takes this one as `turn`. Without FastAPI, it takes none."""
        try:
            from fastapi import Depends
        except ImportError:
            default = None
        else:
            default = Depends(self)
        turn = inspect.Parameter("turn", inspect.Parameter.KEYWORD_ONLY, default=default)
        return inspect.Signature([turn])


def admissions(engine: Engine, arguments: Mapping[str, Any]) -> tuple[Admission, Admission]:
    """For sessions of any kind, and for those that only read."""
    if not isinstance(engine.pool, QueuePool) or "pool" in arguments:
        return Admission(), Admission()  # a pool of the caller's, which may do anything
    patience = engine.pool.timeout()
    overflow: int = arguments.get("max_overflow", _MAX_OVERFLOW)
    common: list[Turns] = []
    if overflow >= 0 and engine.pool.size() > 0:  # else there are as many as are asked for
        common.append(
            Turns(
                engine.pool.size() + overflow,
                patience,
                "all connections are in use by other requests; engine_args={'pool_size': ...} "
                "allows more",
            )
        )
    writers = Turns(
        _MOST_WRITERS,
        patience,
        "other requests have SQLite's write lock or wait for it; Depends(db.read_only) is for "
        "those that only read",
    )
    is_sqlite = engine.dialect.name == "sqlite"
    return Admission(*([writers] if is_sqlite else []), *common), Admission(*common)
