"""LimitMiddleware wherever it can stand: each request gets the right verdict and one charge."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from applications import SERVICE, client_of, handshake
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, Router, WebSocketRoute
from starlette.websockets import WebSocket
from webtool.auth import JWTBackend, JWTService, get_auth
from webtool.cache import InMemoryCache
from webtool.throttle import InMemoryLimiter, LimitMiddleware, limiter

#: FastAPI would have the server's root_path instead, but still takes its own.
pytestmark = pytest.mark.filterwarnings("ignore:The `root_path` parameter is deprecated")

OTHER = JWTService(InMemoryCache(), secret_key="o" * 32)
LIMIT, TIMES = 3, 5

#: Puts a rule, or nothing, on an endpoint.
Rule = Callable[[Any], Any]


async def caller(connection: HTTPConnection) -> str:
    auth = await get_auth(connection)
    return auth.identifier if auth else "nobody"


def routes(rule: Rule) -> list[Any]:
    async def http(request: Request) -> PlainTextResponse:
        return PlainTextResponse(await caller(request))

    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(await caller(websocket))
        await websocket.close()

    return [Route("/x", rule(http)), WebSocketRoute("/ws", rule(talk))]


def around(middleware: Middleware, app: Any) -> Any:
    return middleware.cls(app, *middleware.args, **middleware.kwargs)


def on_app(rule: Rule, middleware: Middleware) -> tuple[Any, str]:
    return Starlette(routes=routes(rule), middleware=[middleware]), ""


def added(rule: Rule, middleware: Middleware) -> tuple[Any, str]:
    app = Starlette(routes=routes(rule))
    app.add_middleware(middleware.cls, *middleware.args, **middleware.kwargs)
    return app, ""


def with_root_path(rule: Rule, middleware: Middleware) -> tuple[Any, str]:
    app = FastAPI(root_path="/pre", middleware=[middleware])
    app.router.routes += routes(rule)
    return app, ""


def with_root_path_of_server(rule: Rule, middleware: Middleware) -> tuple[Any, str]:
    app = FastAPI(middleware=[middleware])
    app.router.routes += routes(rule)

    async def served(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "root_path": "/pre", "path": "/pre" + scope["path"]}, receive, send)

    return served, ""


def on_mount(rule: Rule, middleware: Middleware) -> tuple[Any, str]:
    return Starlette(routes=[Mount("/in", routes=routes(rule), middleware=[middleware])]), "/in"


def on_nested_mount(rule: Rule, middleware: Middleware) -> tuple[Any, str]:
    inner = Mount("/{where}", routes=routes(rule), middleware=[middleware])
    return Starlette(routes=[Mount("/in", routes=[inner])]), "/in/deep"


def on_router(rule: Rule, middleware: Middleware) -> tuple[Any, str]:
    return Starlette(routes=[Mount("/in", Router(routes(rule), middleware=[middleware]))]), "/in"


def on_route(rule: Rule, middleware: Middleware) -> tuple[Any, str]:
    made = [type(one)(one.path, one.endpoint, middleware=[middleware]) for one in routes(rule)]
    return Starlette(routes=made), ""


def on_app_with_hosts(rule: Rule, middleware: Middleware) -> tuple[Any, str]:
    inner = Starlette(routes=routes(rule))
    return Starlette(routes=[Host("test", inner)], middleware=[middleware]), ""


def around_app(rule: Rule, middleware: Middleware) -> tuple[Any, str]:
    return around(middleware, Starlette(routes=routes(rule))), ""


def around_mounted(rule: Rule, middleware: Middleware) -> tuple[Any, str]:
    app = FastAPI()
    app.mount("/v1", around(middleware, Starlette(routes=routes(rule))))
    return app, "/v1"


def on_app_with_included_routers(rule: Rule, middleware: Middleware) -> tuple[Any, str]:
    inner, outer = APIRouter(routes=routes(rule)), APIRouter()
    outer.include_router(inner, prefix="/inner")
    app = FastAPI(middleware=[middleware])
    app.include_router(outer, prefix="/outer")
    return app, "/outer/inner"


def on_third_app(rule: Rule, middleware: Middleware) -> tuple[Any, str]:
    app: Any = Starlette(routes=routes(rule), middleware=[middleware])
    for _ in range(3):
        app = Starlette(routes=[Mount("/deep", app)])
    return app, "/deep/deep/deep"


def above_three_apps(rule: Rule, middleware: Middleware) -> tuple[Any, str]:
    app: Any = Starlette(routes=routes(rule))
    for _ in range(3):
        app = Starlette(routes=[Mount("/deep", app)])
    return around(middleware, app), "/deep/deep/deep"


def around_no_framework(rule: Rule, middleware: Middleware) -> tuple[Any, str]:
    async def plain(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            response = PlainTextResponse(await caller(Request(scope)))
            await response(scope, receive, send)
            return
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        await websocket.send_text(await caller(websocket))
        await websocket.close()

    return Starlette(routes=[Mount("/plain", around(middleware, rule(plain)))]), "/plain"


PLACES = [
    on_app,
    added,
    with_root_path,
    with_root_path_of_server,
    on_mount,
    on_nested_mount,
    on_router,
    on_route,
    on_app_with_hosts,
    around_app,
    around_mounted,
    on_app_with_included_routers,
    on_third_app,
    above_three_apps,
    around_no_framework,
]


def nothing_outside(app: Any, limits: Any) -> tuple[Any, str]:
    return app, ""


def rule_outside(app: Any, limits: Any, *middleware: Middleware) -> tuple[Any, str]:
    # Routes of the same paths, which the inner ones must not be mistaken for.
    outer = [*routes(limiter(1, 3600)), Mount("/out", app)]
    return Starlette(routes=outer, middleware=middleware), "/out"


def same_middleware_outside(app: Any, limits: Any) -> tuple[Any, str]:
    same = Middleware(LimitMiddleware, cache=limits, auth_backend=BACKEND)
    return rule_outside(app, limits, same)


def other_middleware_outside(app: Any, limits: Any) -> tuple[Any, str]:
    other = Middleware(LimitMiddleware, cache=limits, auth_backend=JWTBackend(OTHER))
    return rule_outside(app, limits, other)


#: A FastAPI with a root_path cannot be mounted: it would take it for the mount's.
CELLS = [
    (place, outside)
    for place in PLACES
    for outside in (
        nothing_outside,
        rule_outside,
        same_middleware_outside,
        other_middleware_outside,
    )
    if outside is nothing_outside or "root_path" not in place.__name__
]
BACKEND = JWTBackend(SERVICE)
RULES = {"no rule": (lambda one: one, TIMES), "a rule": (limiter(LIMIT, 3600), LIMIT)}


async def tokens() -> dict[str, tuple[dict[str, str], str]]:
    """Headers, and who is known by them."""
    ours, _ = await SERVICE.create_token({"sub": "ours"})
    others, _ = await OTHER.create_token({"sub": "other's"})
    return {
        "known": ({"Authorization": f"Bearer {ours}"}, "ours"),
        "unknown": ({}, "nobody"),
        "of the other application": ({"Authorization": f"Bearer {others}"}, "nobody"),
    }


async def over_http(app: Any, prefix: str, headers: dict[str, str]) -> list[str | int]:
    async with client_of(app, headers=headers) as client:
        answers = [await client.get(f"{prefix}/x") for _ in range(TIMES)]
    return [answer.text if answer.status_code == 200 else answer.status_code for answer in answers]


async def over_websockets(app: Any, prefix: str, headers: dict[str, str]) -> list[str | int]:
    return [await handshake(app, f"{prefix}/ws", headers) for _ in range(TIMES)]


@pytest.mark.parametrize(("place", "outside"), CELLS)
def test_verdicts_and_charges(place: Any, outside: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        for ask, (token, (headers, who)), (named, (rule, passed)) in itertools.product(
            (over_http, over_websockets), (await tokens()).items(), RULES.items()
        ):
            limits = InMemoryLimiter()
            app, prefix = place(
                rule, Middleware(LimitMiddleware, cache=limits, auth_backend=BACKEND)
            )
            app, outer = outside(app, limits)
            got = await ask(app, outer + prefix, headers)
            expected = [who] * passed + [429] * (TIMES - passed)
            assert got == expected, (ask.__name__, token, named)

    asyncio.run(main())
    assert not [one for one in caplog.messages if "called without any being counted" in one]


@pytest.mark.parametrize("place", [on_app, added, with_root_path, around_app])
def test_lifespans_pass_with_their_state(place: Any) -> None:
    seen: list[Any] = []

    @contextlib.asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
        seen.append("started")
        yield {"auth": "the application's own"}
        seen.append("ended")

    def rule(one: Any) -> Any:
        async def reading(connection: Any) -> Any:
            seen.append(connection.state.auth)
            return await one(connection)

        return limiter(LIMIT, 3600)(reading)

    app, prefix = place(
        rule, Middleware(LimitMiddleware, cache=InMemoryCache(), auth_backend=BACKEND)
    )
    inner = app if isinstance(app, Starlette) else app.app
    inner.router.lifespan_context = lifespan

    async def main() -> None:
        messages: asyncio.Queue[Any] = asyncio.Queue()
        answers: asyncio.Queue[Any] = asyncio.Queue()
        state: dict[str, Any] = {}
        scope = {"type": "lifespan", "state": state}
        running = asyncio.create_task(app(scope, messages.get, answers.put))
        await messages.put({"type": "lifespan.startup"})
        assert (await answers.get())["type"] == "lifespan.startup.complete"

        async def with_state(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "state": dict(state)}, receive, send)

        headers, who = (await tokens())["known"]
        assert await over_http(with_state, prefix, headers) == [who] * LIMIT + [429] * 2
        await messages.put({"type": "lifespan.shutdown"})
        assert (await answers.get())["type"] == "lifespan.shutdown.complete"
        await running

    asyncio.run(main())
    assert seen == ["started", *["the application's own"] * LIMIT, "ended"]
