"""A resolver that never answers holds nobody up: neither a call, nor the end of a loop."""

import os
import subprocess
import sys
from pathlib import Path

RESOLVER = """
#include <unistd.h>
int getaddrinfo(const char* a, const char* b, const void* c, void** d) { for (;;) pause(); }
"""
PROGRAM = """
import asyncio
from webtool import StoreUnavailable
from webtool.cache import RedisCache, RedisConfig

cache = RedisCache("redis://redis.test", RedisConfig(socket_timeout=0.1))

async def main():
    for _ in range(3):
        try:
            await cache.get("key")
        except StoreUnavailable as error:
            print(error)

async def cancelled():
    task = asyncio.create_task(cache.get("key"))
    await asyncio.sleep(0)
    task.cancel()

asyncio.run(main())
asyncio.run(cancelled())
print("ended")
"""


def test_a_resolver_that_never_answers(tmp_path: Path) -> None:
    (tmp_path / "silent.c").write_text(RESOLVER)
    library = tmp_path / "silent.so"
    subprocess.run(
        ["cc", "-w", "-shared", "-fPIC", "-o", library, tmp_path / "silent.c"], check=True
    )
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "LD_PRELOAD": str(library)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.endswith("ended\n"), done.stderr
