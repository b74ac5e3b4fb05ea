"""Nothing is left behind by operations, however they end."""

import asyncio
import gc
import os
import sys

from conftest import Run
from redis_server import RedisServer
from webtool.auth import JWTService, RedisJWTService
from webtool.cache import InMemoryCache, RedisCache

#: For a long measurement by hand: WEBTOOL_CALLS=1000000.
CALLS = int(os.environ.get("WEBTOOL_CALLS", "20000"))


def resident_kib() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def test_memory_stays_flat(run: Run, redis: RedisServer) -> None:
    cache = RedisCache(redis.url)
    services = [
        JWTService(InMemoryCache(), secret_key="k" * 32),
        RedisJWTService(cache, secret_key="k" * 32),
    ]

    async def client(calls: int) -> None:
        for service in services:
            access, refresh = await service.create_token({"sub": "flat"})
            for _ in range(calls):
                assert await service.validate_access_token(access) is not None
                assert await service.validate_access_token("bad") is None
            task = asyncio.create_task(cache.get("flat"))
            await asyncio.sleep(0)
            task.cancel()
            await service.invalidate_token(refresh)

    async def main() -> None:
        await asyncio.gather(*(client(50) for _ in range(20)))
        gc.collect()
        before, blocks = resident_kib(), sys.getallocatedblocks()
        await asyncio.gather(*(client(CALLS // 80) for _ in range(20)))
        gc.collect()
        print(f"{CALLS} calls: {resident_kib() - before} KiB more")
        assert sys.getallocatedblocks() - blocks < 2000
        assert resident_kib() - before < 4096

    run(main())
