"""Who makes a request: whom guards believe, beside others who claim to know it."""

import asyncio
import contextvars
from typing import Any

import pytest
from applications import client_of, handshake, limited
from conftest import Run
from fastapi import Depends, FastAPI, WebSocket
from starlette.applications import Starlette
from starlette.authentication import (
    AuthCredentials,
    AuthenticationBackend,
    SimpleUser,
    requires,
)
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket as StarletteWebSocket
from webtool import StoreUnavailable
from webtool.auth import (
    AuthData,
    BaseBackend,
    JWTBackend,
    JWTService,
    get_auth,
    require_auth,
    require_scopes,
)
from webtool.cache import InMemoryCache
from webtool.throttle import limiter

ONE, TWO = (JWTService(InMemoryCache(), secret_key=letter * 32) for letter in "12")
BACKEND = JWTBackend(ONE)


async def token(service: JWTService, sub: str = "ann", **claims: Any) -> dict[str, str]:
    access, _ = await service.create_token({"sub": sub, **claims})
    return {"Authorization": f"Bearer {access}"}


async def known(request: Request) -> PlainTextResponse:
    return PlainTextResponse((await require_auth(request)).identifier)


async def known_talk(websocket: StarletteWebSocket) -> None:
    auth = await require_auth(websocket)
    await websocket.accept()
    await websocket.send_text(auth.identifier)
    await websocket.close()


async def status(app: Any, path: str, headers: dict[str, str] | None = None) -> int:
    async with client_of(app) as client:
        return (await client.get(path, headers=headers)).status_code


def guarded(service: JWTService) -> FastAPI:
    app = FastAPI(middleware=limited(auth_backend=JWTBackend(service)))

    @app.get("/known")
    async def of_fastapi(auth: AuthData = Depends(require_auth)) -> str:  # noqa: B008
        return auth.identifier

    @app.get("/scoped")
    @limiter(100, 3600)
    async def scoped(auth: AuthData = Depends(require_scopes("a", "b"))) -> str:  # noqa: B008
        return auth.identifier

    @app.websocket("/talk")
    async def talk(websocket: WebSocket, auth: AuthData = Depends(require_auth)) -> None:  # noqa: B008
        await websocket.accept()
        await websocket.send_text(auth.identifier)
        await websocket.close()

    return app


@pytest.mark.parametrize("depth", [1, 2])
def test_each_application_believes_its_own_tokens(run: Run, depth: int) -> None:
    outer, inner = guarded(ONE), guarded(TWO)
    for _ in range(depth - 1):
        between = Starlette(routes=[Mount("/in", inner)])
        inner = between  # type: ignore[assignment]
    outer.mount("/in", inner)
    prefix = "/in" * depth

    async def main() -> None:
        for service, here, there in ((ONE, 200, 401), (TWO, 401, 200)):
            headers = await token(service, scope="a b")
            for path in ("/known", "/scoped"):
                assert await status(outer, path, headers) == here
                assert await status(outer, prefix + path, headers) == there
            narrow = await token(service, scope="a")
            assert await status(outer, prefix + "/scoped", narrow) == (403 if there == 200 else 401)
            talked = await handshake(outer, prefix + "/talk", headers)
            assert talked == ("ann" if there == 200 else 401)

    run(main())


class Keys(AuthenticationBackend):
    async def authenticate(self, connection: HTTPConnection) -> Any:
        if connection.headers.get("x-key") == "good":
            return AuthCredentials(["authenticated"]), SimpleUser("starlette's")
        return None


@pytest.mark.parametrize("outside", [True, False])
@pytest.mark.parametrize("rules", [[], [limiter(100, 3600)]])
def test_starlette_s_authentication_is_neither_believed_nor_broken(
    run: Run, outside: bool, rules: list[Any]
) -> None:
    @requires("authenticated")
    async def by_starlette(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.user.display_name)

    async def by_ours(request: Request) -> PlainTextResponse:
        return await known(request)

    for rule in rules:
        by_ours = rule(by_ours)
    middleware = [
        Middleware(AuthenticationMiddleware, backend=Keys()),
        *limited(auth_backend=BACKEND),
    ]
    app = Starlette(
        routes=[
            Route("/ours", by_ours),
            Route("/theirs", by_starlette),
            WebSocketRoute("/talk", known_talk),
        ],
        middleware=middleware if outside else middleware[::-1],
    )

    async def main() -> None:
        key, ours = {"x-key": "good"}, await token(ONE)
        for headers, expected in (
            ({}, (401, 403, 403)),
            (key, (401, 200, 403)),
            (ours, (200, 403, "ann")),
            ({**key, **ours}, (200, 200, "ann")),
        ):
            theirs = await status(app, "/theirs", headers)
            talked = await handshake(app, "/talk", headers)
            if talked == 401:
                talked = 403
            assert (await status(app, "/ours", headers), theirs, talked) == expected

    run(main())


@pytest.mark.parametrize("key", ["auth", "user", "webtool", "identity"])
def test_what_others_write_is_not_believed(run: Run, key: str) -> None:
    app = guarded(ONE)

    async def forging(scope: Any, receive: Any, send: Any) -> None:
        forged = AuthData("forged", ["a", "b"])
        scope = {**scope, key: forged, "state": {key: forged}}
        await app(scope, receive, send)

    async def main() -> None:
        for path in ("/known", "/scoped"):
            assert await status(forging, path) == 401
        assert await handshake(forging, "/talk") == 401
        assert await status(forging, "/known", await token(ONE)) == 200

    run(main())


def test_it_is_known_where_no_route_matches(run: Run) -> None:
    async def failed(request: Request, error: Exception) -> PlainTextResponse:
        assert request.state.auth is request.scope["auth"] is await get_auth(request)
        return PlainTextResponse(request.state.auth.identifier if request.state.auth else "nobody")

    app = Starlette(
        routes=[Route("/post", known, methods=["POST"])],
        middleware=limited(auth_backend=BACKEND),
        exception_handlers={404: failed, 405: failed},
    )

    async def main() -> None:
        headers = await token(ONE)
        async with client_of(app) as client:
            for path in ("/nowhere", "/post"):
                assert (await client.get(path)).text == "nobody"
                assert (await client.get(path, headers=headers)).text == "ann"

    run(main())


VARIABLE = contextvars.ContextVar("VARIABLE", default="lost")


class Setting(BaseBackend):
    async def authenticate(self, scope: Any) -> AuthData:
        await asyncio.sleep(0)
        VARIABLE.set("kept")
        return AuthData("ann")


@pytest.mark.parametrize("rules", [[], [limiter(100, 3600)]])
def test_context_variables_of_a_backend_reach_the_endpoint(run: Run, rules: list[Any]) -> None:
    async def reading(request: Request) -> PlainTextResponse:
        return PlainTextResponse(VARIABLE.get())

    async def reading_talk(websocket: StarletteWebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(VARIABLE.get())
        await websocket.close()

    for rule in rules:
        reading, reading_talk = rule(reading), rule(reading_talk)
    app = Starlette(
        routes=[Route("/", reading), WebSocketRoute("/talk", reading_talk)],
        middleware=limited(auth_backend=Setting()),
    )

    async def main() -> None:
        async with client_of(app) as client:
            assert (await client.get("/")).text == "kept"
        assert await handshake(app, "/talk") == "kept"

    run(main())


async def raising(connection: Any) -> Any:
    raise StoreUnavailable("it is gone")


async def raising_in_a_group(connection: Any) -> Any:
    async with asyncio.TaskGroup() as group:
        group.create_task(raising(connection))


async def raising_another_in_a_group(connection: Any) -> Any:
    async with asyncio.TaskGroup() as group:
        group.create_task(raising(connection))
        group.create_task(failing())


async def failing() -> None:
    raise KeyError("another")


def test_a_store_that_fails_below_is_no_500(run: Run) -> None:
    async def late(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise StoreUnavailable("after the answer has begun")

    app = Starlette(
        routes=[
            Route("/one", raising),
            Route("/group", raising_in_a_group),
            Route("/mixed", raising_another_in_a_group),
            Mount("/late", late),
            WebSocketRoute("/talk", raising),
        ],
        middleware=limited(auth_backend=BACKEND),
    )

    async def main() -> None:
        async with client_of(app) as client:
            for path in ("/one", "/group"):
                answer = await client.get(path)
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            with pytest.raises(ExceptionGroup):
                await client.get("/mixed")
            with pytest.raises(StoreUnavailable):
                await client.get("/late/")
        assert await handshake(app, "/talk") == 503

    run(main())


def test_messages_of_the_application_are_not_changed(run: Run) -> None:
    start = {"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]}

    @limiter(100, 3600)
    async def constant(scope: Any, receive: Any, send: Any) -> None:
        await send(start)
        await send({"type": "http.response.body", "body": b""})

    app = Starlette(routes=[Mount("/", constant)], middleware=limited(auth_backend=BACKEND))

    async def main() -> None:
        async with client_of(app) as client:
            for remaining in ("99", "98", "97"):
                assert (await client.get("/")).headers["x-ratelimit-remaining"] == remaining

    run(main())
    assert start == {"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]}
