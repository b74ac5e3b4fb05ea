import asyncio
import gc
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
import uvloop
from redis_server import RedisServer
from webtool.cache import BaseCache, InMemoryCache, RedisCache

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.close()


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """One that the test may mistreat."""
    server = RedisServer()
    yield server
    server.close()


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a coroutine to its end on a new loop in debug mode, which must not complain."""

    def running(main: Coroutine[Any, Any, Any]) -> Any:
        complaints: list[dict[str, Any]] = []

        async def watched() -> Any:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _, context: complaints.append(context))
            return await main

        factory = uvloop.new_event_loop if request.param == "uvloop" else None
        with asyncio.Runner(debug=True, loop_factory=factory) as runner:
            outcome = runner.run(watched())
        gc.collect()
        assert complaints == []
        return outcome

    return running


@pytest.fixture(params=["memory", "redis"])
def cache(request: pytest.FixtureRequest, redis: RedisServer) -> BaseCache:
    return InMemoryCache() if request.param == "memory" else RedisCache(redis.url)
