"""Guards and limits under uvicorn, asked over real HTTP and real websockets."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from http_server import HttpServer
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

APP = """
from fastapi import Depends, FastAPI, WebSocket
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from webtool.auth import JWTBackend, JWTService, get_auth, require_auth, require_scopes
from webtool.cache import InMemoryCache
from webtool.throttle import LimitMiddleware, limiter


class Everyone(AuthenticationBackend):
    async def authenticate(self, connection):
        return AuthCredentials(["authenticated"]), SimpleUser("everyone")


def application(letter):
    service = JWTService(InMemoryCache(), secret_key=letter * 32)
    app = FastAPI(
        middleware=[
            Middleware(AuthenticationMiddleware, backend=Everyone()),
            Middleware(LimitMiddleware, cache=InMemoryCache(), auth_backend=JWTBackend(service)),
            Middleware(AuthenticationMiddleware, backend=Everyone()),
        ]
    )

    @app.get("/token")
    async def token(scope: str):
        return (await service.create_token({"sub": f"of {letter}", "scope": scope}))[0]

    @app.get("/known")
    async def known(auth=Depends(require_auth)):
        return auth.identifier

    @app.get("/scoped")
    async def scoped(auth=Depends(require_scopes("a", "b"))):
        return auth.identifier

    @app.websocket("/talk")
    async def talk(websocket: WebSocket, auth=Depends(require_auth)):
        await websocket.accept()
        await websocket.send_text(auth.identifier)
        await websocket.close()

    @app.websocket("/limited")
    @limiter(2, 3600)
    async def limited(websocket: WebSocket, auth=Depends(get_auth)):
        await websocket.accept()
        await websocket.send_text(auth.identifier if auth else "nobody")
        await websocket.close()

    @app.get("/limited")
    async def unlimited():
        return 1

    return app


async def here(request):
    return PlainTextResponse("here")


app = application("1")
app.mount("/in", application("2"))
app.router.routes.append(
    Mount(
        "/mount",
        routes=[Route("/limited", limiter(2, 3600)(here))],
        middleware=[Middleware(LimitMiddleware, cache=InMemoryCache())],
    )
)
"""

#: Where the applications are, and who their tokens are for.
PLACES = {"": "of 1", "/in": "of 2"}


def token(server: HttpServer, place: str, scope: str = "") -> dict[str, str]:
    with server.client() as client:
        made = client.get(f"{place}/token", params={"scope": scope}).json()
    return {"Authorization": f"Bearer {made}"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpServer]:
    folder = tmp_path_factory.mktemp("sockets")
    (folder / "served.py").write_text(APP)
    with HttpServer("served:app", folder) as running:
        yield running


def talk(server: HttpServer, path: str, headers: dict[str, str]) -> Any:
    async def main() -> Any:
        url = server.url.replace("http:", "ws:") + path
        try:
            async with connect(url, additional_headers=headers, proxy=None) as websocket:
                return await websocket.recv()
        except InvalidStatus as refused:
            return refused.response

    return asyncio.run(main())


def test_each_application_believes_its_own_tokens(server: HttpServer) -> None:
    with server.client() as client:
        for place in PLACES:
            for path in ("/known", "/scoped"):
                assert client.get(place + path).status_code == 401
            for whose in PLACES:
                headers = token(server, whose, "a b")
                expected = 200 if whose == place else 401
                for path in ("/known", "/scoped"):
                    assert client.get(place + path, headers=headers).status_code == expected
            narrow = token(server, place, "a")
            assert client.get(place + "/scoped", headers=narrow).status_code == 403


def test_websockets_are_authenticated(server: HttpServer) -> None:
    for place, sub in PLACES.items():
        refused = talk(server, place + "/talk", {})
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        for whose in PLACES:
            told = talk(server, place + "/talk", token(server, whose))
            if whose == place:
                assert told == sub
            else:
                assert told.status_code == 401


def test_handshakes_are_limited(server: HttpServer) -> None:
    for place, sub in PLACES.items():
        headers = token(server, place)
        assert [talk(server, place + "/limited", headers) for _ in range(2)] == [sub] * 2
        refused = talk(server, place + "/limited", headers)
        assert refused.status_code == 429
        assert refused.headers["x-ratelimit-remaining"] == "0"
        assert int(refused.headers["retry-after"]) > 0
        with server.client() as client:
            assert client.get(place + "/limited").status_code == 200


def test_limits_of_a_mount(server: HttpServer) -> None:
    with server.client() as client:
        got = [client.get("/mount/limited").status_code for _ in range(4)]
    assert got == [200, 200, 429, 429]
