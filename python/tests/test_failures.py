"""A store that is slow, down, or comes back."""

import asyncio
import logging
import time

import pytest
import webtool
from conftest import Run
from redis_server import RedisServer
from webtool import StoreUnavailable
from webtool.auth import RedisJWTService
from webtool.cache import RedisCache, RedisConfig


def test_the_tree_of_exceptions() -> None:
    assert issubclass(webtool.InvalidKey, webtool.InvalidArgument)
    assert issubclass(webtool.InvalidArgument, ValueError)
    for error in (StoreUnavailable, webtool.InvalidArgument, webtool.InternalError):
        assert issubclass(error, webtool.WebtoolError)


def test_a_refused_connection(run: Run, own_redis: RedisServer) -> None:
    own_redis.kill()
    service = RedisJWTService(RedisCache(own_redis.url), secret_key="k" * 32)

    async def main() -> None:
        with pytest.raises(StoreUnavailable):
            await service.create_token({"sub": "1"})
        # A token that is bad is bad, whatever the store does.
        assert await service.validate_access_token("x") is None

    run(main())


def test_the_servers_own_words(
    run: Run, own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    own_redis.kill()
    own_redis.arguments = ("--requirepass", "hunter2")
    own_redis.start()
    url = own_redis.url.replace("redis://", "redis://:hunter22@")

    async def ask(url: str, words: str) -> None:
        cache = RedisCache(url)
        for _ in range(5):
            with pytest.raises(StoreUnavailable, match=words):
                await cache.get("secret-key")

    async def main() -> None:
        caplog.clear()
        await ask(own_redis.url, "NOAUTH Authentication required")
        assert caplog.text.count("CLIENT was refused: NOAUTH Authentication required") == 1
        await ask(url, "WRONGPASS invalid username-password pair")
        assert caplog.text.count("AUTH was refused: WRONGPASS") == 1
        assert "hunter2" not in caplog.text
        assert "secret-key" not in caplog.text

    run(main())


def test_redis_killed_under_load(
    run: Run, own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    cache = RedisCache(own_redis.url, RedisConfig(socket_timeout=0.5, breaker_delay=0.02))
    service = RedisJWTService(cache, secret_key="k" * 32)

    async def main() -> None:
        access, _ = await service.create_token({"sub": "1"})
        stop = asyncio.Event()
        longest = 0.0
        failures: list[BaseException] = []

        async def client() -> None:
            nonlocal longest
            while not stop.is_set():
                began = time.monotonic()
                try:
                    # None, where the new server does not know the session; never a false "yes".
                    await service.validate_access_token(access)
                except StoreUnavailable as failure:
                    failures.append(failure)
                    await asyncio.sleep(0)
                longest = max(longest, time.monotonic() - began)

        async with asyncio.TaskGroup() as group:
            for _ in range(50):
                group.create_task(client())
            await asyncio.sleep(0.1)
            own_redis.kill()
            while len(failures) < 500:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(own_redis.start)
            async with asyncio.timeout(30):
                while True:
                    try:
                        access, _ = await service.create_token({"sub": "1"})
                        break
                    except StoreUnavailable:
                        await asyncio.sleep(0.01)
                while (await cache.set("back", "1")) is not True:
                    pass
            stop.set()
        assert await service.validate_access_token(access) is not None
        # A deadline is kept, with room for a machine that is busy.
        assert longest < 10

    with caplog.at_level(logging.INFO, "webtool"):
        run(main())
    texts = [record.message for record in caplog.records]
    assert any("commands fail at once" in text for text in texts)
    assert any("answers again" in text for text in texts)


def test_a_frozen_redis_is_a_timeout(run: Run, own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url, RedisConfig(socket_timeout=0.05))

    async def main() -> None:
        await cache.set("x", "1")
        own_redis.freeze()
        answers = await asyncio.gather(
            *(cache.get("x") for _ in range(100)), return_exceptions=True
        )
        assert {type(answer) for answer in answers} == {StoreUnavailable}
        own_redis.thaw()
        async with asyncio.timeout(30):
            while True:
                try:
                    assert await cache.get("x") == b"1"
                    break
                except StoreUnavailable:
                    await asyncio.sleep(0.01)

    run(main())
