"""LimitMiddleware in applications: what it finds, whom it counts, what it answers."""

import asyncio
import contextlib
import functools
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import webtool
from applications import NUMBERS, SERVICE, bearer, client_of, count, endpoint, limited, plain
from conftest import Run
from fastapi import APIRouter, Depends, FastAPI, Request, WebSocket
from redis_server import RedisServer
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, Router, WebSocketRoute
from webtool import StoreUnavailable
from webtool.auth import (
    AnnoSessionBackend,
    AuthData,
    BaseBackend,
    BaseJWTService,
    IPBackend,
    JWTBackend,
    JWTService,
    RedisJWTService,
    SessionBackend,
    get_auth,
    require_auth,
    require_scopes,
)
from webtool.cache import InMemoryCache, RedisCache, RedisConfig
from webtool.throttle import InMemoryLimiter, LimitMiddleware, RedisLimiter, limiter


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest, redis: RedisServer) -> Any:
    if request.param == "memory":
        return InMemoryCache()
    # Thousands of requests at once, and none may be counted locally because the machine is busy.
    return RedisCache(redis.url, config=RedisConfig(socket_timeout=60))


def test_exact_counts_of_many_clients(run: Run, store: Any) -> None:
    @limiter(2, 3600)
    async def here(request: Request) -> PlainTextResponse:
        return PlainTextResponse("here")

    turn = next(NUMBERS)
    app = Starlette(routes=[Route(f"/exact/{turn}", here)], middleware=limited(store))

    async def visit(address: str, headers: dict[str, str]) -> int:
        # The bare protocol: a client library would take most of the test's time.
        statuses: list[int] = []

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        fields = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        for _ in range(3):
            scope = {
                "type": "http",
                "method": "GET",
                "path": f"/exact/{turn}",
                "headers": fields,
                "query_string": b"",
                "client": (address, 1),
            }
            await app(scope, receive, send)
        assert Counter(statuses) == {200: 2, 429: 1}
        return 1

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def main() -> None:
        addresses = [f"10.0.{i // 250}.{i % 250}" for i in range(1000)]
        tokens = [await bearer(f"user{i}-{turn}") for i in range(1000)]
        anonymous = [visit(address, {}) for address in addresses]
        known = [visit("192.0.2.1", token) for token in tokens]
        assert sum(await asyncio.gather(*anonymous, *known)) == 2000

    run(main())


def test_stacked_limits_in_any_order(run: Run) -> None:
    def with_wraps(function: Any) -> Any:
        @functools.wraps(function)
        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            return await function(*args, **kwargs)

        return wrapper

    two, four = limiter(2, 3600, method=["POST"]), limiter(4, 3600)
    stacks = {
        "plain": [two, four],
        "wraps": [two, with_wraps, four],
        "inside": [two, four, with_wraps],
        "around": [with_wraps, four, with_wraps, two],
    }
    routes = [
        Route(f"/{name}", endpoint(*stack), methods=["GET", "POST"])
        for name, stack in stacks.items()
    ]
    partial = functools.partial(endpoint(two, four))
    routes.append(Route("/partial", partial, methods=["GET", "POST"]))
    app = Starlette(routes=routes, middleware=limited())

    async def main() -> None:
        async with client_of(app) as client:
            for name in [*stacks, "partial"]:
                assert await count(client, f"/{name}", method="POST") == 2, name
                # What POST was denied has cost nothing.
                assert await count(client, f"/{name}") == 2, name

    run(main())


def test_limits_do_not_spread_through_wraps() -> None:
    from webtool.throttle.decorator import limits_of

    @limiter(1, 1)
    def inner() -> None: ...

    @limiter(2, 1)
    @functools.wraps(inner)
    def outer() -> None: ...

    assert len(limits_of(inner).rules) == 1
    assert len(limits_of(outer).rules) == 2


def test_endpoints_are_found(run: Run) -> None:
    limit = limiter(3, 3600)
    app = FastAPI(middleware=limited())

    @app.get("/items/{item}")
    @limit
    async def items(item: int) -> int:
        return item

    @app.get("/sync")
    @limit
    def synchronous() -> int:
        return 1

    inner = APIRouter(prefix="/inner/{where}")

    @inner.get("/{item}")
    @limit
    async def inner_items(where: str, item: int) -> int:
        return item

    @inner.get("/free/of/limits")
    async def free(where: str) -> int:
        return 1

    outer = APIRouter(prefix="/outer")
    outer.include_router(inner)
    app.include_router(outer, prefix="/v1")
    app.include_router(outer, prefix="/v2")

    mounted = FastAPI()

    @mounted.get("/items/{item}")
    @limit
    async def mounted_items(item: int) -> int:
        return item

    app.mount("/mounted", mounted)
    app.mount("/routed", Router([Route("/here", endpoint(limit))]))
    app.mount("/deep/{level}", Starlette(routes=[Mount("/er", routes=[
        Route("/here", endpoint(limit)),
    ])]))  # fmt: skip
    app.router.routes.append(
        Host("limited.test", Starlette(routes=[Route("/here", endpoint(limit))]))
    )

    class Classic(HTTPEndpoint):
        @limit
        async def get(self, request: Request) -> PlainTextResponse:
            return PlainTextResponse("here")

        async def post(self, request: Request) -> PlainTextResponse:
            return PlainTextResponse("here")

    app.router.routes.append(Route("/classic", Classic))

    async def main() -> None:
        async with client_of(app) as client:
            for one, other in (
                # Path parameters share the route's counter.
                ("/items/1", "/items/2"),
                ("/sync", "/sync"),
                ("/v1/outer/inner/a/1", "/v1/outer/inner/b/2"),
                ("/v2/outer/inner/a/1", "/v2/outer/inner/b/2"),
                ("/mounted/items/1", "/mounted/items/2"),
                ("/routed/here", "/routed/here"),
                ("/deep/1/er/here", "/deep/2/er/here"),
                ("/classic", "/classic"),
            ):
                assert await count(client, one, 2) == 2, one
                assert await count(client, other, 8) == 1, other
            assert await count(client, "/v1/outer/inner/a/free/of/limits") == 8
            assert await count(client, "/classic", method="POST") == 8
            # HEAD counts as GET, and what the path alone does not decide is looked at each time.
            assert (await client.head("/classic")).status_code == 429
            host = {"host": "limited.test"}
            assert (await client.get("/here")).status_code == 404
            assert await count(client, "/here", headers=host) == 3
            assert (await client.get("/here")).status_code == 404
            assert (await client.get("/nowhere")).status_code == 404
            assert (await client.post("/sync")).status_code == 405

    run(main())


def test_scopes_of_rules(run: Run) -> None:
    app = Starlette(
        routes=[
            Route("/anno", endpoint(limiter(2, 3600, scopes=["anno"]))),
            Route("/user", endpoint(limiter(2, 3600, scopes=["user"]))),
            Route("/both", endpoint(limiter(2, 3600, scopes=["user", "anno"]))),
            Route("/read", endpoint(limiter(2, 3600, scopes=["read"]))),
        ],
        middleware=limited(),
    )

    async def main() -> None:
        reader, other = await bearer("reader", scope="read write"), await bearer("other")
        async with client_of(app) as client:
            passed = {
                path: [await count(client, path, 4, headers=who) for who in ({}, other, reader)]
                for path in ("/anno", "/user", "/both", "/read")
            }
        assert passed == {
            "/anno": [2, 4, 4],
            "/user": [4, 2, 2],
            "/both": [2, 2, 2],
            "/read": [4, 4, 2],
        }

    run(main())


def test_answers(run: Run) -> None:
    app = Starlette(
        routes=[Route("/", endpoint(limiter(1, 60, name="minute"), limiter(9, 3600)))],
        middleware=limited(),
    )

    async def main() -> None:
        async with client_of(app) as client:
            passed, denied = await client.get("/"), await client.get("/")
        assert passed.status_code == 200
        assert passed.headers["ratelimit"].startswith('"minute";r=0;t=')
        assert passed.headers["x-ratelimit-limit"] == "1"
        assert "retry-after" not in passed.headers
        assert denied.status_code == 429
        assert 1 <= int(denied.headers["retry-after"]) <= 60
        assert denied.headers["cache-control"] == "no-store"
        assert denied.headers["content-type"] == "application/problem+json"
        assert denied.json()["violated-policies"] == ["minute"]
        assert int(denied.headers["content-length"]) == len(denied.content)

    run(main())


def test_headers_are_merged_into_answers(run: Run) -> None:
    def answering(*headers: tuple[str, str]) -> Any:
        @limiter(9, 60)
        async def answer(request: Request) -> PlainTextResponse:
            response = PlainTextResponse("here")
            for name, value in headers:
                response.headers.append(name, value)
            return response

        return answer

    app = Starlette(
        routes=[
            Route("/own", answering(("RateLimit", "own"), ("X-RateLimit-Limit", "own"))),
            Route("/cookie", answering(("Set-Cookie", "a=b"))),
            Route("/cors", answering(("Access-Control-Allow-Origin", "*"))),
            Route(
                "/exposing",
                answering(
                    ("Access-Control-Allow-Origin", "https://a.test"),
                    ("Access-Control-Expose-Headers", "X-One"),
                    ("Access-Control-Expose-Headers", "X-Two"),
                ),
            ),
            Route("/only", answering(("Access-Control-Expose-Headers", "X-One"))),
        ],
        middleware=limited(anno_backend=AnnoSessionBackend(secret_key="s" * 32)),
    )
    ours = ["ratelimit-policy", "ratelimit"]
    ours += [f"x-ratelimit-{what}" for what in ("limit", "remaining", "reset")]

    async def main() -> None:
        for path, exposed in {
            "/own": None,
            "/cookie": None,
            "/cors": ours,
            "/exposing": ["X-One", "X-Two", *ours],
            "/only": ["X-One"],
        }.items():
            async with client_of(app) as client:
                headers = (await client.get(path)).headers
            for name in ours:
                assert len(headers.get_list(name)) == 1, (path, name)
            assert headers["x-ratelimit-limit"] == "9"
            cookies = headers.get_list("set-cookie")
            assert len(cookies) == (2 if path == "/cookie" else 1)
            said = headers.get_list("access-control-expose-headers")
            assert said == ([] if exposed is None else [", ".join(exposed)])

    run(main())


@pytest.mark.parametrize("outside", [True, False])
@pytest.mark.parametrize("named", [[], ["X-One"]])
def test_pages_of_other_origins_can_read_the_limits(
    run: Run, outside: bool, named: list[str]
) -> None:
    cors = Middleware(CORSMiddleware, allow_origins=["https://a.test"], expose_headers=named)
    app = Starlette(
        routes=[Route("/", endpoint(limiter(1, 3600)))],
        middleware=[cors, *limited()] if outside else [*limited(), cors],
    )
    ours = ["ratelimit-policy", "ratelimit"]
    ours += [f"x-ratelimit-{what}" for what in ("limit", "remaining", "reset")]

    async def main() -> None:
        async with client_of(app) as client:
            for status in (200, 429):
                answer = await client.get("/", headers={"Origin": "https://a.test"})
                assert answer.status_code == status
                # Several lines of that field are one list to browsers.
                lines = answer.headers.get_list("access-control-expose-headers")
                exposed = [name for line in lines for name in line.split(", ")]
                assert len(exposed) == len(set(exposed))
                assert set(ours) <= set(exposed)
                assert ("retry-after" in exposed) == (status == 429)
                if outside or status == 200:
                    assert set(named) <= set(exposed)
            alone = (await client.get("/")).headers
            assert "ratelimit" not in alone.get("access-control-expose-headers", "")

    run(main())


def test_anonymous_sessions(run: Run) -> None:
    anno = AnnoSessionBackend(secret_key="s" * 32, ip_factor=3, secure=False)
    app = Starlette(
        routes=[Route("/", endpoint(limiter(2, 3600)))], middleware=limited(anno_backend=anno)
    )

    async def main() -> None:
        async with client_of(app) as client:
            first = await client.get("/")
            assert "HttpOnly" in first.headers["set-cookie"]
            assert await count(client, "/") == 1
        # One address has three times the room of a session, whoever comes with whatever.
        async with client_of(app) as stranger:
            assert await count(stranger, "/", cookies={"th-session": "forged"}) <= 2
        async with client_of(app, "192.0.2.2") as elsewhere:
            assert await count(elsewhere, "/") == 2

    with pytest.warns(DeprecationWarning):
        run(main())
    embedded = AnnoSessionBackend(secret_key="s" * 32, same_site="none", partitioned=True)
    assert embedded.set_cookie(embedded.issue()).endswith("; SameSite=None; Partitioned")
    for options in (
        {"secret_key": ""},
        {"secret_key": "short"},
        {"secret_key": "s" * 32, "same_site": "no"},
        {"secret_key": "s" * 32, "session_name": "__Host-x", "secure": False},
        {"secret_key": "s" * 32, "partitioned": True, "secure": False},
    ):
        with pytest.raises(webtool.InvalidArgument):
            AnnoSessionBackend(**options)  # type: ignore[arg-type]


def test_proxies(run: Run) -> None:
    routes = [Route("/", endpoint(limiter(2, 3600)))]
    trusting = Starlette(routes=routes, middleware=limited(trusted_proxies=["192.0.2.0/24"]))
    wary = Starlette(routes=routes, middleware=limited())

    async def main() -> None:
        async with client_of(trusting) as client:
            for last in range(3):
                headers = {"X-Forwarded-For": f"9.9.9.9, 203.0.113.{last}"}
                assert await count(client, "/", headers=headers) == 2
        async with client_of(wary) as client:
            passed = [
                await count(client, "/", 1, headers={"X-Forwarded-For": f"203.0.113.{last}"})
                for last in range(5)
            ]
            assert passed == [1, 1, 0, 0, 0]

    run(main())
    with pytest.raises(webtool.InvalidArgument):
        LimitMiddleware(plain, InMemoryCache(), trusted_proxies=["everybody"])  # type: ignore[arg-type]


def test_who_makes_the_request(run: Run) -> None:
    app = FastAPI(middleware=limited())

    @app.get("/state")
    async def state(request: Request) -> Any:
        assert request.state.auth is request.scope["auth"] is await get_auth(request)
        return request.state.auth

    @app.get("/needed")
    async def needed(auth: AuthData = Depends(require_auth)) -> str:  # noqa: B008
        return auth.identifier

    @app.get("/scoped")
    async def scoped(auth: AuthData = Depends(require_scopes("read"))) -> str:  # noqa: B008
        return auth.identifier

    @app.get("/limited")
    @limiter(100, 3600)
    async def counted(auth: AuthData | None = Depends(get_auth)) -> AuthData | None:  # noqa: B008
        return auth

    async def main() -> None:
        reader, other = await bearer("reader", scope=["read"]), await bearer("other")
        async with client_of(app) as client:
            for path in ("/state", "/limited"):
                answer = (await client.get(path, headers=reader)).json()
                assert (answer["identifier"], answer["scope"]) == ("reader", ["read"])
                assert set(answer["extra"]) == {"exp", "iat", "jti", "extra"}
                assert (await client.get(path)).json() is None
                bad = {"Authorization": "Bearer bad"}
                assert (await client.get(path, headers=bad)).json() is None
            refused = await client.get("/needed")
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
            assert (await client.get("/needed", headers=other)).json() == "other"
            assert (await client.get("/scoped", headers=other)).status_code == 403
            assert (await client.get("/scoped", headers=reader)).json() == "reader"

    run(main())


def test_websockets_and_lifespans_pass(run: Run) -> None:
    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("hello")
        await websocket.close()

    started = []

    @contextlib.asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        started.append(True)
        yield

    app = Starlette(routes=[WebSocketRoute("/talk", talk)], middleware=limited(), lifespan=lifespan)

    async def conversation(scope: dict[str, Any], *messages: str) -> list[str]:
        waiting = [{"type": message} for message in messages]
        sent: list[str] = []

        async def receive() -> Any:
            return waiting.pop(0)

        async def send(message: Any) -> None:
            sent.append(message["type"])

        await app(scope, receive, send)
        return sent

    async def main() -> None:
        websocket = {"type": "websocket", "path": "/talk", "headers": []}
        assert await conversation(websocket, "websocket.connect") == [
            "websocket.accept",
            "websocket.send",
            "websocket.close",
        ]
        assert await conversation(
            {"type": "lifespan"}, "lifespan.startup", "lifespan.shutdown"
        ) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
        assert started == [True]

    run(main())


def test_backends_of_users(run: Run) -> None:
    class Header(BaseBackend):
        asked = 0

        async def authenticate(self, scope: Any) -> AuthData | None:
            Header.asked += 1
            await asyncio.sleep(0)
            name = dict(scope["headers"]).get(b"x-user")
            return AuthData(name.decode(), ["read"], {"more": 1}) if name else None

    class Raising(BaseBackend):
        def authenticate(self, scope: Any) -> AuthData:
            raise ValueError("nobody")

    class Broken(BaseBackend):
        def authenticate(self, scope: Any) -> AuthData:
            raise KeyError("mine")

    class Service(BaseJWTService):
        async def create_token(self, data: Any) -> tuple[str, str]:
            return "a", "r"

        async def validate_access_token(self, access_token: str) -> dict[str, Any] | None:
            return {"sub": "mine", "extra": {}} if access_token == "a" else None

        async def validate_refresh_token(self, token: str, refresh_token: Any = None) -> Any: ...
        async def invalidate_token(self, refresh_token: str) -> bool: ...  # type: ignore[empty-body]
        async def update_token(self, data: Any, token: str, refresh_token: Any = None) -> Any: ...

    class Derived(JWTService):
        async def validate_access_token(self, access_token: str) -> Any:  # type: ignore[override]
            return {"sub": "derived"} if access_token == "a" else None

    def app(backend: Any) -> Starlette:
        async def who(request: Request) -> PlainTextResponse:
            return PlainTextResponse(request.state.auth and request.state.auth.identifier)

        routes = [Route("/", who), Route("/limited", limiter(2, 3600)(who))]
        return Starlette(routes=routes, middleware=limited(auth_backend=backend))

    async def main() -> None:
        a = {"Authorization": "Bearer a"}
        async with client_of(app(Header())) as client:
            assert (await client.get("/", headers={"x-user": "me"})).text == "me"
            assert await count(client, "/limited", headers={"x-user": "me"}) == 2
            Header.asked = 0
            assert await count(client, "/limited", 1) == 1
            assert Header.asked == 1
        async with client_of(app(Raising())) as client:
            assert (await client.get("/")).text == ""
        async with client_of(app(Broken())) as client:
            with pytest.raises(KeyError, match="mine"):
                await client.get("/")
        for service, name in (
            (Service(), "mine"),
            (Derived(InMemoryCache(), secret_key="k" * 32), "derived"),
        ):
            async with client_of(app(JWTBackend(service))) as client:
                assert (await client.get("/", headers=a)).text == name
                assert (await client.get("/", headers={"Authorization": "Bearer b"})).text == ""
        async with client_of(app(SessionBackend("sid"))) as client:
            assert (await client.get("/", headers={"cookie": "sid=7"})).text == "7"
        async with client_of(app(IPBackend()), "2001:db8::7") as client:
            assert (await client.get("/")).text == "2001:db8::/64"
        async with client_of(app(None)) as client:
            assert await count(client, "/limited") == 2

    run(main())
    with pytest.raises(TypeError):
        JWTBackend(object())  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        LimitMiddleware(plain, {}, None)  # type: ignore[arg-type]


def test_scopes_of_asgi_as_they_come(run: Run) -> None:
    backend = JWTBackend(SERVICE)

    async def main() -> None:
        header = (await bearer("1"))["Authorization"].encode()
        field = (b"authorization", header)
        for headers in ([field], [[b"Authorization", header]], (field,), iter([field])):
            scope = {"type": "http", "path": "/\ud800", "method": "\ud800", "headers": headers}
            known = await backend.authenticate(scope)
            assert known is not None
            assert known.identifier == "1"
        for odd in (
            {},
            {"headers": [(b"authorization",)]},
            {"headers": [("authorization", header)]},
            {"headers": [field, field]},
            {"headers": [None, 1]},
        ):
            assert await backend.authenticate(odd) is None  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            backend.authenticate(None)  # type: ignore[arg-type]
        for client in (None, (), ("testclient", 1), (None, 1), ("1.2.3.4", 1)):
            assert await IPBackend().authenticate({"client": client}) is not None

    run(main())


def test_a_request_is_what_it_was_when_it_came(run: Run) -> None:
    class Careless(BaseBackend):
        async def authenticate(self, scope: Any) -> AuthData | None:
            scope["headers"].clear()
            scope["method"] = scope["path"] = "x" * 1000
            await asyncio.sleep(0)
            return None

    answers: list[Any] = []

    @limiter(9, 60)
    async def endpoint(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        answers.append(dict(message["headers"]))

    async def main() -> None:
        middleware = LimitMiddleware(
            endpoint,
            cache=InMemoryCache(),
            auth_backend=Careless(),
            anno_backend=AnnoSessionBackend(secret_key="s" * 32),
        )
        for _ in range(2):
            cookie = answers[0][b"set-cookie"].split(b";")[0] if answers else b"a=b"
            scope = {"type": "http", "method": "GET", "path": "/"}
            scope |= {"headers": [(b"cookie", cookie)], "client": ("192.0.2.1", 1)}
            await middleware(scope, None, send)  # type: ignore[arg-type]
        assert b"set-cookie" not in answers[1]

    run(main())


def test_a_store_that_fails(run: Run, own_redis: RedisServer) -> None:
    cache = RedisCache(own_redis.url, RedisConfig(breaker_delay=0.02))
    service = RedisJWTService(cache, secret_key="k" * 32)
    app = FastAPI(middleware=limited(cache, auth_backend=JWTBackend(service)))

    def route(policy: Any) -> None:
        @app.get(f"/{policy}")
        @limiter(2, 3600, on_store_failure=policy)
        async def here() -> str:
            return policy

    for policy in ("allow", "deny", "local"):
        route(policy)

    @app.get("/needed")
    async def needed(auth: AuthData = Depends(require_auth)) -> str:  # noqa: B008
        return auth.identifier

    async def main() -> None:
        access, _ = await service.create_token({"sub": "1"})
        headers = {"Authorization": f"Bearer {access}"}
        own_redis.kill()
        async with client_of(app) as client:
            assert await count(client, "/allow") == 8
            assert await count(client, "/local") == 2
            denied = await client.get("/deny")
            assert (denied.status_code, denied.headers["retry-after"]) == (503, "1")
            unknown = await client.get("/needed", headers=headers)
            assert unknown.status_code == 503
            assert (await client.get("/needed")).status_code == 401
            await asyncio.to_thread(own_redis.start)
            async with asyncio.timeout(30):
                while True:
                    try:
                        await cache.get("x")
                        break
                    except StoreUnavailable:
                        await asyncio.sleep(0.01)
            assert await count(client, "/deny") == 2

    run(main())


def test_rules_are_checked_where_they_are_written() -> None:
    for wrong in (
        {"max_requests": 0},
        {"max_requests": 1, "interval": 0},
        {"max_requests": 1, "algorithm": "none"},
        {"max_requests": 1, "on_store_failure": "cry"},
        {"max_requests": 1, "cost": 2},
    ):
        with pytest.raises(ValueError):
            limiter(**wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="scopes must be"):
        limiter(1, scopes="user")  # type: ignore[arg-type]


def test_limiters_can_be_given(run: Run, redis: RedisServer) -> None:
    async def main() -> None:
        for limits in (InMemoryLimiter(max_entries=10), RedisLimiter(RedisCache(redis.url))):
            routes = [Route("/given", endpoint(limiter(1, 3600)))]
            app = Starlette(routes=routes, middleware=limited(limits))
            async with client_of(app, f"10.9.0.{next(NUMBERS)}") as client:
                assert await count(client, "/given") == 1

    run(main())


def test_what_clients_ask_for_does_not_add_up(run: Run) -> None:
    async def main() -> None:
        inner = Starlette(routes=[Route("/items/{item}", endpoint(limiter(3, 3600)))])
        middleware = LimitMiddleware(inner, InMemoryCache())
        async with client_of(middleware) as client:
            passed = [await count(client, f"/items/{'x' * 4000}{n}", 1) for n in range(50)]
        assert sum(passed) == 3  # one route, however long its parameters
        assert not middleware._known

    run(main())


def test_remembered_paths_are_forgotten_in_time(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webtool.throttle.middleware._REMEMBERED", 10)

    async def main() -> None:
        inner = Starlette(routes=[Route("/items/{item}", endpoint(limiter(30, 3600)))])
        middleware = LimitMiddleware(inner, InMemoryCache())
        most = 0
        async with client_of(middleware) as client:
            passed = 0
            for n in range(45):
                passed += await count(client, f"/items/{n}", 1)
                most = max(most, len(middleware._known))
        assert passed == 30
        assert most == 10

    run(main())
