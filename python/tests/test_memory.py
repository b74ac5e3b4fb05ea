"""Nothing is left behind by operations, however they end."""

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from conftest import Run
from redis_server import RedisServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message
from webtool.auth import JWTBackend, JWTService, RedisJWTService
from webtool.cache import InMemoryCache, RedisCache
from webtool.throttle import LimitMiddleware, limiter

#: For a long measurement by hand: WEBTOOL_CALLS=1000000.
CALLS = int(os.environ.get("WEBTOOL_CALLS", "20000"))


def resident_kib() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def expect_flat(work: Callable[[int], Coroutine[Any, Any, None]], calls: int, run: Run) -> None:
    """`work(n)` makes n calls; what the first few leave behind may stay."""

    async def main() -> None:
        await work(calls // 20)
        gc.collect()
        before, blocks = resident_kib(), sys.getallocatedblocks()
        await work(calls)
        gc.collect()
        print(f"{calls} calls: {resident_kib() - before} KiB more")
        assert sys.getallocatedblocks() - blocks < 2000
        assert resident_kib() - before < 4096

    run(main())


def test_services_leave_nothing_behind(run: Run, redis: RedisServer) -> None:
    cache = RedisCache(redis.url)
    services = [
        JWTService(InMemoryCache(), secret_key="k" * 32),
        RedisJWTService(cache, secret_key="k" * 32),
    ]

    async def client(service: JWTService, rounds: int) -> None:
        access, refresh = await service.create_token({"sub": "flat"})
        for number in range(rounds):
            assert await service.validate_access_token(access) is not None
            assert await service.validate_access_token("bad") is None
            assert await cache.get("flat") is None
            if number % 10 == 0:
                pair = await service.update_token({"sub": "flat"}, refresh)
                assert pair is not None
                access, refresh = pair
                task = asyncio.create_task(cache.get("flat"))
                await asyncio.sleep(0)
                task.cancel()
        await service.invalidate_token(refresh)

    async def work(calls: int) -> None:
        rounds = max(1, calls // 60)
        await asyncio.gather(*(client(service, rounds) for service in services for _ in range(10)))

    expect_flat(work, CALLS, run)


def test_the_middleware_leaves_nothing_behind(run: Run, redis: RedisServer) -> None:
    @limiter(100, 3600)
    async def endpoint(request: Request) -> PlainTextResponse:
        return PlainTextResponse("here")

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        pass

    cache = RedisCache(redis.url)
    service = RedisJWTService(cache, secret_key="k" * 32)
    app = Starlette(routes=[Route("/{name}", endpoint)])
    limited = [
        LimitMiddleware(app, cache=place, auth_backend=JWTBackend(service))
        for place in (cache, InMemoryCache())
    ]

    async def client(middleware: LimitMiddleware, rounds: int) -> None:
        access, refresh = await service.create_token({"sub": "flat"})
        for number in range(rounds):
            token = access if number % 2 else "bad"
            await middleware(
                {
                    "type": "http",
                    "method": "GET",
                    "path": f"/{number % 100}",
                    "headers": [(b"authorization", b"Bearer " + token.encode())],
                    "client": ("192.0.2.1", 1),
                    "query_string": b"",
                },
                receive,
                send,
            )
            await asyncio.sleep(0)  # what is in memory waits for nobody
        await service.invalidate_token(refresh)

    async def work(calls: int) -> None:
        rounds = max(1, calls // 20)
        await asyncio.gather(*(client(one, rounds) for one in limited for _ in range(10)))

    expect_flat(work, CALLS // 2, run)
