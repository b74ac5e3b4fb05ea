"""Small applications with LimitMiddleware, and what asks them."""

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from webtool.auth import JWTBackend, JWTService
from webtool.cache import InMemoryCache
from webtool.throttle import LimitMiddleware

NUMBERS = itertools.count(1)  # for clients nobody has seen before
SERVICE = JWTService(InMemoryCache(), secret_key="k" * 32)


def limited(cache: Any = None, **options: Any) -> list[Middleware]:
    options.setdefault("auth_backend", JWTBackend(SERVICE))
    return [Middleware(LimitMiddleware, cache=cache or InMemoryCache(), **options)]


def client_of(app: Any, address: str = "192.0.2.1", **options: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://test", **options)


async def count(client: httpx.AsyncClient, path: str, times: int = 8, **options: Any) -> int:
    """How many of so many requests pass."""
    method = options.pop("method", "GET")
    answers = [await client.request(method, path, **options) for _ in range(times)]
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {200, 429}
    return statuses[200]


async def bearer(sub: str, **claims: Any) -> dict[str, str]:
    access, _ = await SERVICE.create_token({"sub": sub, **claims})
    return {"Authorization": f"Bearer {access}"}


async def plain(request: Any) -> PlainTextResponse:
    return PlainTextResponse("here")


def endpoint(*limits: Callable[[Any], Any]) -> Any:
    async def fresh(request: Request) -> PlainTextResponse:
        return PlainTextResponse("here")

    for limit in limits:
        fresh = limit(fresh)
    return fresh


async def handshake(app: Any, path: str, headers: dict[str, str] | None = None) -> str | int:
    """What a websocket is told first, or the status of the answer to its handshake."""
    sent: list[Any] = []
    scope = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "ws",
        "subprotocols": [],
        "client": ("192.0.2.1", 1),
        "server": ("test", 80),
        "headers": [(b"host", b"test")]
        + [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
        "extensions": {"websocket.http.response": {}},
        "state": {},
    }

    async def receive() -> Any:
        return {"type": "websocket.disconnect" if sent else "websocket.connect", "code": 1005}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    if sent[0]["type"] == "websocket.accept":
        return str(sent[1]["text"])
    return 403 if sent[0]["type"] == "websocket.close" else int(sent[0]["status"])
