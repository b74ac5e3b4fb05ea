"""Limits and guards that do nothing are logged: once, with the cure, and never for nothing."""

import contextlib
import gc
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from applications import client_of, count, endpoint, handshake, limited
from conftest import Run
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint, WebSocketEndpoint
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from webtool.auth import dependencies, get_auth, require_auth, require_scopes
from webtool.throttle import decorator, limiter

TWO = limiter(2, 3600)


@pytest.fixture(autouse=True)
def nothing_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    gc.collect()
    decorator._limited.clear()
    monkeypatch.setattr(dependencies, "_warned", set())
    yield


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.ERROR, "asyncio")  # it warns on a slow machine
    caplog.set_level(logging.WARNING, "webtool")  # also the level of the handler, so it is the last
    return caplog


async def start(app: Any) -> None:
    """Starts the application, without asking it for anything."""
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        assert message["type"].endswith("complete"), message

    await app({"type": "lifespan", "state": {}}, receive, send)


def classes() -> tuple[Any, Any, Any]:
    @TWO
    class Limited(HTTPEndpoint):
        async def get(self, request: Request) -> PlainTextResponse:
            return PlainTextResponse("here")

    @TWO
    class LimitedCallable:
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await PlainTextResponse("here")(scope, receive, send)

    @TWO
    class LimitedTalk(WebSocketEndpoint):
        async def on_connect(self, websocket: Any) -> None:
            await websocket.accept()
            await websocket.send_text("hello")
            await websocket.close()

    return Limited, LimitedCallable(), LimitedTalk


def dependencies_of() -> list[Any]:
    @TWO
    async def dependency() -> int:
        return 1

    @TWO
    def generating() -> Any:
        yield 1

    @TWO
    async def async_generating() -> Any:
        yield 1

    return [dependency, generating, async_generating]


def test_calls_that_nobody_counts(run: Run, logged: pytest.LogCaptureFixture) -> None:
    def said(name: str) -> bool:
        (text,) = logged.messages
        logged.clear()
        return name in text and "Add Middleware(LimitMiddleware" in text

    async def main() -> None:
        of_http, of_call, of_websocket = classes()
        for name, one in (("fresh", endpoint(TWO)), ("Limited", of_http), ("Callable", of_call)):
            assert await count(client_of(Starlette(routes=[Route("/", one)])), "/", 3) == 3
            assert said(name)
        for one in dependencies_of():
            app = FastAPI()
            app.get("/", dependencies=[Depends(one)])(lambda: 1)
            assert await count(client_of(app), "/", 3) == 3
            assert said(one.__name__)
        talking = Starlette(routes=[WebSocketRoute("/", of_websocket)])
        assert [await handshake(talking, "/") for _ in range(2)] == ["hello"] * 2
        assert said("LimitedTalk")

    run(main())


def test_nothing_is_said_of_what_is_counted(run: Run, logged: pytest.LogCaptureFixture) -> None:
    of_http, of_call, of_websocket = classes()
    of_dependencies = dependencies_of()
    inner = FastAPI(middleware=limited())
    for number, one in enumerate(of_dependencies):
        inner.get(f"/{number}", dependencies=[Depends(one)])(lambda: 1)
    app = Starlette(
        routes=[
            Route("/class", of_http),
            Route("/object", of_call),
            WebSocketRoute("/talk", of_websocket),
            Mount("/inner", inner),
            Mount("/mount", routes=[Route("/x", endpoint(TWO))], middleware=limited()),
            Route("/route", endpoint(TWO), middleware=limited()),
        ],
        middleware=limited(),
    )

    async def main() -> None:
        await start(app)
        async with client_of(app) as client:
            paths = [f"/inner/{number}" for number in range(len(of_dependencies))]
            for path in ["/class", "/object", "/mount/x", "/route", *paths]:
                assert await count(client, path) == 2
        assert [await handshake(app, "/talk") for _ in range(3)] == ["hello", "hello", 429]

    run(main())
    assert logged.messages == []


def test_siblings_are_not_warned_of(run: Run, logged: pytest.LogCaptureFixture) -> None:
    def inner() -> Starlette:
        return Starlette(routes=[Route("/x", endpoint(TWO))], middleware=limited())

    app = Starlette(
        routes=[
            Mount("/a", routes=[Route("/x", endpoint(TWO))], middleware=limited()),
            Mount("/b", routes=[Route("/x", endpoint(TWO))], middleware=limited()),
            Mount("/c", inner()),
            Mount("/d", inner()),
        ]
    )

    async def main() -> None:
        async with client_of(app) as client:
            for name in "abcd":
                assert await count(client, f"/{name}/x") == 2

    run(main())
    assert logged.messages == []


def test_what_no_route_leads_to(run: Run, logged: pytest.LogCaptureFixture) -> None:
    app = Starlette(routes=[Route("/", endpoint())], middleware=limited())

    async def main(begin: Any) -> None:
        @TWO
        async def unreached() -> None:
            pass

        app.middleware_stack = None
        for _ in range(2):
            await begin(app)
        (text,) = logged.messages
        assert "unreached" in text and "Add Middleware(LimitMiddleware" in text
        logged.clear()
        await unreached()  # has been said

    async def ask(app: Any) -> None:
        assert await count(client_of(app), "/", 1) == 1

    for begin in (start, ask):
        run(main(begin))
        assert logged.messages == []
        gc.collect()


def test_routes_that_the_start_adds(run: Run, logged: pytest.LogCaptureFixture) -> None:
    late = endpoint(TWO)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.router.routes.append(Route("/late", late))
        inner.add_middleware(GZipMiddleware)  # refused once an application has been asked
        yield

    inner = FastAPI()
    app = FastAPI(middleware=limited(), lifespan=lifespan)
    app.mount("/inner", inner)

    async def main() -> None:
        await start(app)
        assert await count(client_of(app), "/late") == 2

    run(main())
    assert logged.messages == []


@pytest.mark.parametrize("guard", [get_auth, require_auth, require_scopes("read")])
def test_guards_that_can_know_nobody(
    run: Run, logged: pytest.LogCaptureFixture, guard: Any
) -> None:
    async def main() -> None:
        for middleware, cure in (
            ([], "no LimitMiddleware runs before"),
            (limited(auth_backend=None), "has no auth_backend"),
        ):
            app = FastAPI(middleware=middleware)
            app.get("/", dependencies=[Depends(guard)])(lambda: 1)
            async with client_of(app) as client:
                for _ in range(3):
                    assert (await client.get("/")).status_code == (
                        200 if guard is get_auth else 401
                    )
            (text,) = logged.messages
            assert cure in text
            logged.clear()

    run(main())
