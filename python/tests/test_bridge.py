"""Asio inside asyncio: operations are coroutines like any other, on any loop."""

import asyncio
import gc
import inspect
import json
import multiprocessing
import os
import select
import subprocess
import sys
import threading
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Iterator
from typing import Any

import anyio
import httpx
import pytest
from conftest import Run
from fastapi import FastAPI
from redis_server import RedisServer
from webtool import StoreUnavailable
from webtool.auth import JWTService
from webtool.cache import BaseCache, InMemoryCache, RedisCache


def test_operations_are_coroutines(run: Run, cache: BaseCache) -> None:
    async def main() -> None:
        operation = cache.set("bridge", "1")
        assert isinstance(operation, Coroutine)
        assert inspect.isawaitable(operation)
        assert "set" in repr(operation)
        assert await operation is True
        assert await asyncio.create_task(cache.get("bridge")) == b"1"
        assert await asyncio.gather(cache.get("bridge"), cache.get("none")) == [b"1", None]
        assert await asyncio.wait_for(cache.get("bridge"), 5) == b"1"
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            tasks = [group.create_task(cache.get("bridge")) for _ in range(100)]
        assert {task.result() for task in tasks} == {b"1"}

    run(main())
    assert run(cache.get("bridge")) in (b"1", None)


def test_a_task_of_an_operation_can_be_shown(run: Run, redis: RedisServer) -> None:
    cache = RedisCache(redis.url)

    async def main() -> None:
        task = asyncio.create_task(cache.get("x"))
        assert "RedisCache.get" in repr(task)
        await asyncio.sleep(0)
        assert "RedisCache.get" in repr(task)
        await task
        assert "RedisCache.get" in repr(task)

    run(main())


def test_an_operation_is_awaited_once(run: Run) -> None:
    cache = InMemoryCache()

    async def main() -> None:
        operation = cache.get("x")
        await operation
        with pytest.raises(RuntimeError, match="already awaited"):
            await operation

    run(main())


# With the class StopIteration and a value, Python would take a tuple apart and raise an exception.
VALUES = """
import asyncio
import webtool.auth.models as models

class Outcome(Exception):
    pass

models.AuthData = Outcome  # the class of what a backend returns

from webtool.auth import IPBackend, JWTService
from webtool.cache import InMemoryCache

def value_of(operation):
    try:
        operation.send(None)
    except StopIteration as stop:
        return stop.value

async def main():
    service = JWTService(InMemoryCache(), secret_key="a secret of more than 32 bytes, for tests")
    for form in (lambda operation: operation, lambda operation: operation.__await__()):
        pair = value_of(form(service.create_token({"sub": "1"})))
        assert type(pair) is tuple and len(pair) == 2, pair
        scope = {"type": "http", "client": ("127.0.0.1", 1), "headers": []}
        found = value_of(form(IPBackend().authenticate(scope)))
        assert type(found) is Outcome and found.args[0] == "127.0.0.1", found

asyncio.run(main())
"""


def test_send_gives_the_value_itself() -> None:
    subprocess.run([sys.executable, "-c", VALUES], check=True)


def test_what_is_not_awaited_does_not_start_and_is_warned_about(run: Run) -> None:
    cache = InMemoryCache()

    async def main() -> None:
        with pytest.warns(RuntimeWarning, match=r"InMemoryCache.set' was never awaited"):
            cache.set("never", "1")
        closed = cache.set("never", "2")
        closed.close()
        assert await cache.get("never") is None

    run(main())


FORGOTTEN: dict[str, Callable[[Any], Any]] = {
    "for": lambda operation: [str(item) for item in operation],
    "list": list,
    "dict": dict,
    "unpacking": lambda operation: (lambda first, second: None)(*operation),
    "in": lambda operation: "x" in operation,
    "next": next,
    "len": len,
    "yield from": lambda operation: list(_yielding_from(operation)),
    "if": lambda operation: 1 if operation else 2,
    "not": lambda operation: not operation,
    "or": lambda operation: operation or None,
    "vars": vars,
    "json": json.dumps,
    "index": lambda operation: operation[0],
}


def _yielding_from(operation: Any) -> Iterator[Any]:
    yield from operation


@pytest.mark.parametrize("use", FORGOTTEN)
def test_a_forgotten_await_is_an_error_where_the_outcome_is_used(use: str) -> None:
    service = JWTService(InMemoryCache(), secret_key="a secret of more than 32 bytes, for tests")
    with (
        pytest.warns(RuntimeWarning, match="'JWTService.sessions' was never awaited"),
        pytest.raises(TypeError),
    ):
        FORGOTTEN[use](service.sessions("1"))


def test_operations_are_awaitables_and_no_iterables() -> None:
    operation = InMemoryCache().get("x")
    assert isinstance(operation, Awaitable)
    assert asyncio.iscoroutine(operation)
    assert not isinstance(operation, Iterable)
    awaiter = operation.__await__()
    assert isinstance(awaiter, Iterator)
    assert iter(awaiter) is awaiter
    awaiter.close()  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError, match="already awaited"):
        next(awaiter)


def test_an_awaiter_passes_everything_on(run: Run, redis: RedisServer) -> None:
    cache = RedisCache(redis.url)

    class Wrapped:
        """What libraries wrap awaitables in."""

        def __init__(self, inner: Awaitable[Any]) -> None:
            self.inner = inner

        def __await__(self) -> Generator[Any, Any, Any]:
            return (yield from self.inner.__await__())

    async def main() -> None:
        assert await Wrapped(cache.set("awaiter", "1")) is True
        assert await Wrapped(cache.get("awaiter")) == b"1"
        lock = cache.lock("awaiter", 60_000)
        assert await asyncio.ensure_future(Wrapped(lock.acquire())) is True
        # One who waits for a lock, and is cancelled.
        task = asyncio.create_task(cache.lock("awaiter", blocking_timeout=60).acquire())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with anyio.create_task_group() as group:
            group.start_soon(cache.get, "awaiter")
        assert await lock.release() is True

    run(main())


@pytest.mark.parametrize("annotated", [True, False])
def test_an_endpoint_that_forgets_to_await_fails(annotated: bool) -> None:
    service = JWTService(InMemoryCache(), secret_key="a secret of more than 32 bytes, for tests")
    app = FastAPI()

    async def endpoint() -> Any:
        return service.sessions("1")

    if not annotated:
        del endpoint.__annotations__["return"]
    app.get("/")(endpoint)

    async def main() -> int:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return (await client.get("/")).status_code

    with pytest.warns(RuntimeWarning, match="never awaited"):
        assert asyncio.run(main()) == 500
        gc.collect()


def test_without_a_loop_there_is_an_error(redis: RedisServer) -> None:
    for cache in (InMemoryCache(), RedisCache(redis.url)):
        operation = cache.get("x")
        with pytest.raises(RuntimeError, match="no running event loop"):
            operation.send(None)


def test_loops_in_turn(run: Run, redis: RedisServer) -> None:
    cache = RedisCache(redis.url)

    async def main(turn: int) -> None:
        assert await cache.set("turn", turn)
        assert await cache.get("turn") == str(turn).encode()

    for turn in range(20):
        run(main(turn))


def test_loops_are_let_go(run: Run, redis: RedisServer) -> None:
    cache = RedisCache(redis.url)
    loops: list[weakref.ref[asyncio.AbstractEventLoop]] = []

    async def main() -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        await cache.get("x")

    before = len(os.listdir("/proc/self/fd"))
    for _ in range(10):
        run(main())
    gc.collect()
    assert [loop() for loop in loops] == [None] * 10
    assert len(os.listdir("/proc/self/fd")) <= before + 1


def test_loops_side_by_side_in_threads(redis: RedisServer) -> None:
    cache = RedisCache(redis.url)
    memory = InMemoryCache()
    failures: list[BaseException] = []

    async def main(name: str) -> None:
        for turn in range(300):
            assert await cache.set(name, turn)
            assert await cache.get(name) == str(turn).encode()
            await memory.set(name, turn)

    def work(name: str) -> None:
        try:
            asyncio.run(main(name))
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(f"thread{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_loop_may_close_with_operations_under_way(run: Run, own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url)
    tasks: list[asyncio.Task[bytes | None]] = []

    async def main() -> None:
        await cache.get("x")
        own_redis.freeze()
        tasks.extend(asyncio.create_task(cache.get("x")) for _ in range(100))
        await asyncio.sleep(0)

    run(main())
    assert all(task.cancelled() for task in tasks)
    own_redis.thaw()
    assert run(cache.get("x")) is None


def test_a_loop_may_close_with_tasks_nobody_cancelled(own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url)

    async def main() -> "asyncio.Task[bytes | None]":
        await cache.get("x")
        own_redis.freeze()
        task = asyncio.create_task(cache.get("x"))
        await asyncio.sleep(0)
        return task

    loop = asyncio.new_event_loop()
    task = loop.run_until_complete(main())
    loop.close()
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    gone = weakref.ref(task)
    del task, loop
    own_redis.thaw()
    # The next loop finds that this one is closed, and lets go of what waited there.
    assert asyncio.run(cache.get("x")) is None
    gc.collect()
    assert gone() is None


def test_a_task_can_be_cancelled(run: Run, own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url)

    async def main() -> None:
        await cache.set("x", "1")
        own_redis.freeze()
        task = asyncio.create_task(cache.get("x"))
        await asyncio.sleep(0)
        task.cancel("enough")
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await cache.get("x")
        own_redis.thaw()
        # The replies to what nobody waits for any more do not get into others' hands.
        assert await cache.get("none") is None
        assert await cache.get("x") == b"1"

    run(main())


def test_a_forgotten_task_completes(run: Run, redis: RedisServer) -> None:
    cache = RedisCache(redis.url)

    async def main() -> None:
        await cache.delete("forgotten")
        asyncio.create_task(cache.set("forgotten", "1"))  # noqa: RUF006
        await asyncio.sleep(0)
        gc.collect()
        async with asyncio.timeout(5):
            while await cache.get("forgotten") is None:
                await asyncio.sleep(0)

    run(main())


def test_many_objects_at_once(run: Run, redis: RedisServer) -> None:
    async def main() -> None:
        caches = [RedisCache(redis.url) for _ in range(20)] + [InMemoryCache() for _ in range(20)]
        await asyncio.gather(*(cache.set(f"many{i}", i) for i, cache in enumerate(caches)))
        values = await asyncio.gather(*(cache.get(f"many{i}") for i, cache in enumerate(caches)))
        assert values == [str(i).encode() for i in range(40)]
        await asyncio.gather(*(cache.aclose() for cache in caches))
        with pytest.raises(StoreUnavailable):
            await caches[0].get("x")

    run(main())


def test_an_object_may_go_while_its_operation_is_under_way(run: Run, redis: RedisServer) -> None:
    async def main() -> None:
        assert await RedisCache(redis.url).set("gone", "1")
        operations = [RedisCache(redis.url).get("gone") for _ in range(10)]
        gc.collect()
        assert await asyncio.gather(*operations) == [b"1"] * 10

    run(main())


def _in_a_child(cache: RedisCache, answers: "multiprocessing.Queue[bytes | None]") -> None:
    async def main() -> bytes | None:
        await cache.set("child", os.getpid())
        return await cache.get("child")

    answers.put(asyncio.run(main()))


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_processes_may_fork_before_use(redis: RedisServer) -> None:
    cache = RedisCache(redis.url)
    context = multiprocessing.get_context("fork")
    answers: multiprocessing.Queue[bytes | None] = context.Queue()
    children = [context.Process(target=_in_a_child, args=(cache, answers)) for _ in range(3)]
    for child in children:
        child.start()
    given = sorted(answers.get(timeout=60) or b"" for _ in children)
    for child in children:
        child.join(60)
        assert child.exitcode == 0
    assert len(given) == 3


def test_an_idle_loop_sleeps(run: Run, cache: BaseCache) -> None:
    async def main() -> None:
        await cache.set("idle", "1")
        await asyncio.sleep(0.05)
        epolls = [int(fd) for fd in os.listdir("/proc/self/fd") if _is_epoll(fd)]
        assert len(epolls) >= 2, "that of the loop and that of Asio"
        # One that is readable all the time makes the loop turn all the time.
        assert select.select(epolls, [], [], 0)[0] == []

    run(main())


def _is_epoll(fd: str) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{fd}") == "anon_inode:[eventpoll]"
    except OSError:  # that of the listing itself
        return False


def test_there_is_no_thread(run: Run, redis: RedisServer) -> None:
    async def main() -> None:
        before = len(os.listdir("/proc/self/task"))
        caches = (
            InMemoryCache(),
            RedisCache(redis.url),
            RedisCache(f"redis://localhost:{redis.port}/0"),
        )
        for cache in caches:
            await cache.set("thread", "1")
            assert await cache.get("thread") == b"1"
        # Now, for a thread would end with the loop.
        assert len(os.listdir("/proc/self/task")) == before

    run(main())
