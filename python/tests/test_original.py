"""What the test suite of the original asks, in the shape it asks it, answered by the book.

An application as its users write it: two services on one Redis, one that gives tokens and one that
checks them; endpoints with one limit, with one for users and one for anonymous clients, and with
one for those users who may write.
"""

import asyncio
import functools
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from conftest import Run
from fastapi import FastAPI
from redis_server import RedisServer
from starlette.middleware import Middleware
from webtool.auth import AnnoSessionBackend, JWTBackend, JWTService, RedisJWTService
from webtool.cache import RedisCache
from webtool.throttle import LimitMiddleware, limiter


def make_app(redis: RedisServer) -> FastAPI:
    cache = RedisCache(redis.url)
    backend = JWTBackend(JWTService(cache, secret_key="test"))
    anonymous = AnnoSessionBackend("th-session", secret_key="c" * 32)
    app = FastAPI(
        middleware=[
            Middleware(LimitMiddleware, cache=cache, auth_backend=backend, anno_backend=anonymous),
        ],
    )

    @app.get("/1/")
    async def unlimited() -> dict[str, str]:
        return {"msg": "Hello World"}

    @app.get("/2/")
    @limiter(4, 10)
    async def for_everyone() -> dict[str, str]:
        return {"msg": "Hello World"}

    @app.get("/3/")
    @limiter(4, 10, scopes=["user"])
    @limiter(2, 10, scopes=["anno"])
    async def for_both() -> dict[str, str]:
        return {"msg": "Hello World"}

    @app.get("/4/")
    @limiter(4, 10, method=["GET"], scopes=["user", "write"])
    @limiter(2, 10, scopes=["anno"])
    async def for_writers() -> dict[str, str]:
        return {"msg": "Hello World"}

    return app


@pytest.fixture
def service(redis: RedisServer) -> RedisJWTService:
    return RedisJWTService(RedisCache(redis.url), secret_key="test")


def test_tokens_are_created_and_updated(run: Run, service: RedisJWTService) -> None:
    async def main() -> None:
        data = {"sub": uuid4().hex}
        _, refresh = await service.create_token(data)
        assert await service.update_token(data, refresh) is not None

        created = await asyncio.gather(*(service.create_token(data) for _ in range(100)))
        pairs = await asyncio.gather(*(service.update_token(data, pair[1]) for pair in created))
        assert all(pair is not None for pair in pairs)
        # Somebody else's name, and a token that has been used.
        assert await service.update_token({"sub": uuid4().hex}, pairs[0][1]) is None
        assert await service.update_token(data, refresh) is None

    run(main())


async def asked(
    app: FastAPI, path: str, times: int, headers: dict[str, str] | None = None, host: int = 1
) -> list[int]:
    # Clients of different addresses, as there are in the world.
    transport = httpx.ASGITransport(app, client=(f"10.0.0.{host}", 8000))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        first = await client.get(path, headers=headers)
        # The cookie is marked Secure: over http://, it is given back by hand.
        cookies = "; ".join(f"{name}={value}" for name, value in first.cookies.items())
        again = {**(headers or {}), **({"Cookie": cookies} if cookies else {})}
        rest = [await client.get(path, headers=again) for _ in range(times - 1)]
    return [answer.status_code for answer in (first, *rest)]


def bearer(access: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access}"}


@pytest.mark.parametrize(("path", "limit"), [("/1/", 10), ("/2/", 4), ("/3/", 2), ("/4/", 2)])
def test_anonymous_clients_are_limited(
    run: Run, own_redis: RedisServer, path: str, limit: int
) -> None:
    app = make_app(own_redis)
    expected = ([200] * limit + [429] * 6)[:6]

    async def main() -> None:
        # The first request counts too, and each session has a counter.
        found = await asyncio.gather(*(asked(app, path, 6, host=host) for host in range(20)))
        assert found == [expected] * 20

    run(main())


def test_known_clients_are_limited(run: Run, redis: RedisServer, service: RedisJWTService) -> None:
    app = make_app(redis)

    async def worker() -> list[int]:
        access, _ = await service.create_token({"sub": uuid4().hex})
        return await asked(app, "/3/", 5, headers=bearer(access))

    async def main() -> None:
        found = await asyncio.gather(*(worker() for _ in range(50)))
        assert found == [[200] * 4 + [429]] * 50

    run(main())


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (["write"], [200] * 4 + [429]),
        (["read", "write"], [200] * 4 + [429]),
        (["read"], [200] * 5),
        ([], [200] * 5),
    ],
)
def test_scopes_say_which_users_are_limited(
    run: Run, redis: RedisServer, service: RedisJWTService, scope: list[str], expected: list[int]
) -> None:
    app = make_app(redis)

    async def main() -> None:
        access, _ = await service.create_token({"sub": uuid4().hex, "scope": scope})
        assert await asked(app, "/4/", 5, headers=bearer(access)) == expected

    run(main())


def test_limits_below_other_decorators_count(run: Run, own_redis: RedisServer) -> None:
    def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            return await function(*args, **kwargs)

        return wrapper

    @decorated
    @limiter(5, 100, "a")
    @decorated
    @limiter(3, 100, "b")
    @decorated
    @decorated
    @limiter(4, 100, "c")
    @decorated
    async def endpoint() -> str:
        return "done"

    app = make_app(own_redis)
    app.get("/decorated/")(endpoint)
    assert run(asked(app, "/decorated/", 5)) == [200] * 3 + [429] * 2
