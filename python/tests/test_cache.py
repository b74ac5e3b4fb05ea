"""One contract for the caches of the core and those written in Python."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import webtool
from conftest import Run
from redis_server import RedisServer
from webtool import StoreUnavailable
from webtool.auth import JWTService
from webtool.cache import BaseCache, InMemoryCache, RedisCache, RedisConfig


class DictCache(BaseCache):
    """A cache of a user's, whose methods are no coroutines."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[str | bytes, bytes] = {}
        self.calls: list[str] = []

    def set(self, key: Any, value: Any, ex: Any = None, exat: Any = None, nx: bool = False,
            if_equal: bytes | None = None) -> bool:  # fmt: skip
        assert isinstance(key, str)
        assert isinstance(value, bytes)
        self.calls.append("set")
        if nx and key in self.entries:
            return False
        if if_equal is not None and self.entries.get(key) != if_equal:
            return False
        self.entries[key] = value
        return True

    def get(self, key: Any) -> Any:
        self.calls.append("get")
        return self.entries.get(key)

    def delete(self, key: Any, if_equal: bytes | None = None) -> bool:
        if key not in self.entries or (if_equal is not None and self.entries[key] != if_equal):
            return False
        del self.entries[key]
        return True

    def aclose(self) -> None:
        self.entries.clear()


class AsyncCache(DictCache):
    """The same, in coroutines that really wait."""

    async def set(self, *args: Any, **kwargs: Any) -> bool:  # type: ignore[override]
        await asyncio.sleep(0)
        return super().set(*args, **kwargs)

    async def get(self, key: Any) -> Any:
        await asyncio.sleep(0)
        return super().get(key)

    async def delete(self, *args: Any, **kwargs: Any) -> bool:  # type: ignore[override]
        await asyncio.sleep(0)
        return super().delete(*args, **kwargs)

    async def aclose(self) -> None:  # type: ignore[override]
        super().aclose()


class PrefixCache(BaseCache):
    """One that hands on to another: what it returns are operations of the core."""

    def __init__(self, inner: BaseCache) -> None:
        super().__init__()
        self.inner = inner

    def set(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        return self.inner.set(f"prefix:{key}", *args, **kwargs)

    def get(self, key: Any) -> Any:
        return self.inner.get(f"prefix:{key}")

    def delete(self, key: Any, **kwargs: Any) -> Any:
        return self.inner.delete(f"prefix:{key}", **kwargs)

    def aclose(self) -> Any:
        return self.inner.aclose()


def test_values_are_bytes(run: Run, cache: BaseCache) -> None:
    async def main() -> None:
        for value, stored in (
            ("täxt", "täxt".encode()),
            (b"\0\xff", b"\0\xff"),
            (bytearray(b"array"), b"array"),
            (memoryview(b"view"), b"view"),
            (7, b"7"),
            (2.5, b"2.5"),
            ("", b""),
        ):
            assert await cache.set(b"key", value) is True
            assert await cache.get("key") == stored
        assert await cache.delete("key") is True
        assert await cache.delete("key") is False
        assert await cache.get("key") is None

    run(main())


def test_conditions(run: Run, cache: BaseCache) -> None:
    async def main() -> None:
        await cache.delete("c")
        assert await cache.set("c", "1", if_equal="0") is False
        assert await cache.set("c", "1", nx=True) is True
        assert await cache.set("c", "2", nx=True) is False
        assert await cache.set("c", "2", if_equal=b"1") is True
        assert await cache.delete("c", if_equal="1") is False
        assert await cache.delete("c", if_equal="2") is True

    run(main())


def test_expiry(run: Run, cache: BaseCache) -> None:
    async def main() -> None:
        now = datetime.now(UTC)
        for given in (
            {"ex": 100},
            {"ex": 99.5},
            {"ex": timedelta(minutes=1)},
            {"exat": now + timedelta(minutes=1)},
            {"exat": now.timestamp() + 60},
        ):
            assert await cache.set("e", "1", **given)
            assert await cache.get("e") == b"1"
        for past in (now - timedelta(seconds=5), now.timestamp() - 5):
            await cache.set("e", "1", exat=past)
            assert await cache.get("e") is None

    run(main())


def test_misuse_is_told(run: Run, cache: BaseCache) -> None:
    async def main() -> None:
        for wrong in ({"ex": "1"}, {"ex": True}, {"exat": "now"}, {"if_equal": 1.5j}):
            with pytest.raises(TypeError):
                cache.set("k", "v", **wrong)
        for impossible in (
            {"ex": 0},
            {"ex": -1},
            {"ex": 1, "exat": 1},
            {"nx": True, "if_equal": ""},
        ):
            with pytest.raises(webtool.InvalidArgument):
                await cache.set("k", "v", **impossible)
        for far in (1e300, float("nan")):
            with pytest.raises(ValueError, match="out of range"):
                cache.set("k", "v", ex=far)
        with pytest.raises(TypeError, match="key must be str or bytes"):
            cache.get(1)

    run(main())


@pytest.mark.parametrize("kind", ["memory", "redis", "sync", "async", "prefix"])
def test_locks(run: Run, redis: RedisServer, kind: str) -> None:
    cache: BaseCache = {
        "memory": InMemoryCache,
        "redis": lambda: RedisCache(redis.url),
        "sync": DictCache,
        "async": AsyncCache,
        "prefix": lambda: PrefixCache(InMemoryCache()),
    }[kind]()

    async def main() -> None:
        inside = 0

        async def visit() -> None:
            nonlocal inside
            async with cache.lock("door", ttl_ms=60_000, blocking_timeout=30):
                inside += 1
                assert inside == 1
                await asyncio.sleep(0)
                inside -= 1

        await asyncio.gather(*(visit() for _ in range(10)))
        held = cache.lock("door", ttl_ms=60_000)
        assert await held.acquire() is True
        assert await cache.lock("door", blocking=False).acquire() is False
        with pytest.raises(TimeoutError):
            async with cache.lock("door", blocking_timeout=0.01):
                pass
        assert await held.extend(60_000) is True
        assert await held.release() is True
        assert await held.release() is False

    run(main())


@pytest.mark.parametrize("make", [DictCache, AsyncCache, lambda: PrefixCache(InMemoryCache())])
def test_services_work_on_caches_of_users(run: Run, make: Any) -> None:
    service = JWTService(make(), secret_key="k" * 32)

    async def main() -> None:
        access, refresh = await service.create_token({"sub": "1"})
        assert (await service.validate_access_token(access) or {})["sub"] == "1"
        pairs = await asyncio.gather(
            *(service.update_token({"sub": "1"}, refresh) for _ in range(20))
        )
        # The first spends it; the next one is reuse, and ends the session.
        assert sum(pair is not None for pair in pairs) == 1
        assert await service.validate_access_token(access) is None

    run(main())


def test_what_a_users_cache_raises_comes_out(run: Run) -> None:
    class Broken(DictCache):
        def get(self, key: Any) -> Any:
            raise KeyError("mine")

    class Down(DictCache):
        async def get(self, key: Any) -> Any:
            raise StoreUnavailable("mine")

    async def main() -> None:
        with pytest.raises(KeyError, match="mine"):
            await JWTService(Broken(), secret_key="k" * 32).create_token({"sub": "1"})
        with pytest.raises(StoreUnavailable):
            await JWTService(Down(), secret_key="k" * 32).create_token({"sub": "1"})
        with pytest.raises(NotImplementedError):
            await JWTService(BaseCache(), secret_key="k" * 32).create_token({"sub": "1"})

    run(main())


def test_cancelling_reaches_a_users_cache(run: Run) -> None:
    cancelled = []

    class Slow(DictCache):
        async def get(self, key: Any) -> Any:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(key)
                raise

    async def main() -> None:
        service = JWTService(Slow(), secret_key="k" * 32)
        task = asyncio.create_task(service.create_token({"sub": "1"}))
        for _ in range(10):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(5):
            while not cancelled:
                await asyncio.sleep(0)

    run(main())


def test_a_full_cache_refuses_rather_than_forgets(run: Run) -> None:
    cache = InMemoryCache(max_entries=64)

    async def main() -> None:
        with pytest.raises(StoreUnavailable):
            for i in range(1000):
                await cache.set(f"key{i}", "1")

    run(main())


def test_configuration(run: Run, redis: RedisServer) -> None:
    config = RedisConfig(client_name="configured", socket_timeout=5, health_check_interval=0)
    assert run(RedisCache(redis.url, config).set("config", "1"))
    assert "secret" not in repr(RedisConfig(password="secret"))
    with pytest.raises(webtool.StoreUnavailable):
        run(RedisCache(redis.url, RedisConfig(password="secret")).get("x"))
    for url in ("http://127.0.0.1", "redis://127.0.0.1:99999", ""):
        with pytest.raises(webtool.InvalidArgument):
            RedisCache(url)
    with pytest.raises(webtool.InvalidArgument):
        RedisCache(redis.url, RedisConfig(socket_timeout=0))
