"""Admits as many requests at a time as there are connections. The others wait on the event loop.

FastAPI runs blocking code on a fixed number of threads. Suppose that all of them wait for a
connection. Then a request that has a connection, but needs a thread to continue (for example to
validate its answer), waits for ever. So a request waits for its turn before its session is made,
when it occupies no thread. Requests wait for SQLite's write lock in the same way.
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
#: SQLite gives its lock to a random waiter. A few waiters are enough to keep the lock in use.
_MOST_WRITERS = 5


class Turns:
    """Admits `most` requests at a time on each event loop, in the order of their arrival."""

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
    """A FastAPI dependency that holds the turns of a request until the request is done."""

    def __init__(self, *turns: Turns) -> None:
        self._turns = turns

    async def __call__(self) -> AsyncGenerator[None, None]:
        async with AsyncExitStack() as stack:
            for turns in self._turns:
                await stack.enter_async_context(turns.turn())
            yield

    def signature(self) -> inspect.Signature:
        """Returns the signature of a dependency that takes this Admission as `turn`. Without
        FastAPI, the default of `turn` is None."""
        try:
            from fastapi import Depends
        except ImportError:
            default = None
        else:
            default = Depends(self)
        turn = inspect.Parameter("turn", inspect.Parameter.KEYWORD_ONLY, default=default)
        return inspect.Signature([turn])


def admissions(engine: Engine, arguments: Mapping[str, Any]) -> tuple[Admission, Admission]:
    """Returns the Admission for all sessions, and the Admission for sessions that only read."""
    if not isinstance(engine.pool, QueuePool) or "pool" in arguments:
        return Admission(), Admission()  # the size of the caller's own pool is unknown
    patience = engine.pool.timeout()
    overflow: int = arguments.get("max_overflow", _MAX_OVERFLOW)
    common: list[Turns] = []
    if overflow >= 0 and engine.pool.size() > 0:  # else the pool has no limit
        common.append(
            Turns(
                engine.pool.size() + overflow,
                patience,
                "all connections are in use by other requests; allow more with "
                "engine_args={'pool_size': ...}",
            )
        )
    writers = Turns(
        _MOST_WRITERS,
        patience,
        "other requests hold SQLite's write lock or wait for it; use Depends(db.read_only) in "
        "requests that only read",
    )
    is_sqlite = engine.dialect.name == "sqlite"
    return Admission(*([writers] if is_sqlite else []), *common), Admission(*common)
