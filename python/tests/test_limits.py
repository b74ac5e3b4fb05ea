"""Limits in detail: whom a rule counts, decisions outside of the middleware, anonymous sessions."""

import asyncio
import functools
import logging
from collections.abc import MutableMapping
from typing import Any

import pytest
from applications import NUMBERS, bearer, client_of, count, endpoint, limited
from conftest import Run
from redis_server import RedisServer
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from webtool import StoreUnavailable
from webtool.auth import AnnoSessionBackend, AuthData, BaseAnnoBackend, BaseBackend, IPBackend
from webtool.cache import InMemoryCache, RedisCache, RedisConfig
from webtool.throttle import (
    BaseLimiter,
    Decided,
    InMemoryLimiter,
    LimitMiddleware,
    LimitRule,
    RedisLimiter,
    exempt,
    limiter,
)


@pytest.fixture(params=["memory", "redis"])
def counters(request: pytest.FixtureRequest, redis: RedisServer) -> BaseLimiter:
    if request.param == "memory":
        return InMemoryLimiter()
    return RedisLimiter(RedisCache(redis.url, config=RedisConfig(socket_timeout=60)))


def app_with(counters: Any, *limits: Any, **options: Any) -> Starlette:
    route = Route(f"/limits/{next(NUMBERS)}", endpoint(*limits), methods=["GET", "POST"])
    return Starlette(routes=[route], middleware=limited(counters, **options))


def path_of(app: Starlette) -> str:
    return app.routes[0].path  # type: ignore[attr-defined, no-any-return]


def test_a_rule_per_address_counts_users_and_sessions_as_one(
    run: Run, counters: BaseLimiter
) -> None:
    async def scenario() -> None:
        address, client = limiter(5, 3600, per="address"), limiter(5, 3600)
        sessions = AnnoSessionBackend(secret_key="s" * 32, secure=False)
        for rule, expected in ((address, 5), (client, 25 + 3 * 5)):
            app = app_with(counters, rule, anno_backend=sessions)
            path, passed = path_of(app), 0
            cookies = []
            for _ in range(20):
                async with client_of(app) as fresh:
                    answer = await fresh.get(path)
                passed += answer.status_code == 200
                if "set-cookie" in answer.headers:
                    assert answer.status_code == 200  # none with a refusal
                    cookies.append(answer.headers["set-cookie"].partition(";")[0])
            for cookie in cookies:
                async with client_of(app, headers={"cookie": cookie}) as known:
                    passed += await count(known, path)
            for sub in ("ann", "ben", "cat"):
                async with client_of(app, headers=await bearer(sub)) as user:
                    passed += await count(user, path)
            assert passed == expected
            async with client_of(app, "203.0.113.5") as elsewhere:
                assert await count(elsewhere, path, 1) == 1

    run(scenario())


def test_names_of_scopes_must_all_be_met(run: Run, counters: BaseLimiter) -> None:
    async def scenario() -> None:
        people = {
            "reader": await bearer("reader", scope=["read"]),
            "writer": await bearer("writer", scope=["read", "write"]),
            "nobody": {},
        }
        for scopes, expected in (
            (["user", "write"], {"writer"}),
            (["write"], {"writer"}),
            (["read", "write"], {"writer"}),
            (["read"], {"reader", "writer"}),
            (["user"], {"reader", "writer"}),
            (["anno", "write"], {"nobody", "writer"}),
            (["anno"], {"nobody"}),
            (["user", "anno"], set(people)),
            (["admin"], set()),
        ):
            app = app_with(counters, limiter(1, 3600, scopes=scopes))
            counted = set()
            for name, headers in people.items():
                async with client_of(app, headers=headers) as client:
                    if await count(client, path_of(app), 2) == 1:
                        counted.add(name)
            assert counted == expected, scopes

    run(scenario())


def test_attempts_are_decided_outside_of_the_middleware(run: Run, counters: BaseLimiter) -> None:
    async def scenario() -> None:
        rule = LimitRule(3, 60, name="attempts")
        key = f"ann{next(NUMBERS)}"
        first = await counters.decide("login", key, rule)
        assert isinstance(first, Decided)
        assert (first.allowed, first.limit, first.remaining, first.name) == (True, 3, 2, "attempts")
        assert first.retry_after == 0 and 59 < first.reset <= 60
        # Looking costs nothing, and the rule may be another object of the same numbers.
        peeked = await counters.decide("login", key, LimitRule(3, 60, name="attempts"), peek=True)
        assert peeked.remaining == 2
        assert not (await counters.decide("login", key, rule, times=3)).allowed
        assert (await counters.decide("login", key, rule, times=2)).remaining == 0
        denied = await counters.decide("login", key, rule)
        assert not denied.allowed and denied.remaining == 0
        assert denied.retry_after is not None and 50 < denied.retry_after <= 60
        never = await counters.decide("login", key + "y", rule, times=4)
        assert not never.allowed and never.retry_after is None
        # Other keys, names and rules have counters of their own; text is its UTF-8.
        assert (await counters.decide("login", key + "x", rule)).allowed
        assert (await counters.decide("other", key, rule)).allowed
        assert (await counters.decide("login", key, LimitRule(4, 60))).allowed
        assert not (await counters.decide("login", key.encode(), rule)).allowed

    run(scenario())


def test_attempts_at_once_are_counted_exactly(run: Run, counters: BaseLimiter) -> None:
    async def scenario() -> None:
        rules = [LimitRule(7, 60), LimitRule(100, 3600)]
        key = f"many{next(NUMBERS)}"
        decided = await asyncio.gather(*(counters.decide("login", key, rules) for _ in range(50)))
        assert sum(one.allowed for one in decided) == 7
        # All or none: what one rule denies is not charged to the other.
        left = await counters.decide("login", key, rules, peek=True)
        assert (left.allowed, left.limit) == (False, 7)
        alone = [LimitRule(7, 60), LimitRule(8, 3600)]
        key += "b"
        for _ in range(30):
            await counters.decide("login", key, alone)
        loose = await counters.decide("login", key, alone, peek=True)
        assert loose.name == "7-per-60s"

    run(scenario())


def test_deciding_says_what_it_cannot_take(run: Run) -> None:
    async def scenario() -> None:
        counters = InMemoryLimiter()
        for rule in ("5/minute", 5, None, ["5/minute"], limiter(5, 60)):
            with pytest.raises(TypeError, match="LimitRule"):
                await counters.decide("login", "ann", rule)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="^rules must not be empty"):
            await counters.decide("login", "ann", [])
        with pytest.raises(TypeError, match="key"):
            await counters.decide("login", None, LimitRule(5, 60))  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="per must be 'client' or 'address'"):
            LimitRule(5, 60, per="user")  # type: ignore[arg-type]

    run(scenario())


def test_deciding_without_a_store_is_said(run: Run, own_redis: RedisServer) -> None:
    async def scenario() -> None:
        counters = RedisLimiter(RedisCache(own_redis.url, config=RedisConfig(socket_timeout=1)))
        rule = LimitRule(5, 60, on_store_failure="allow")
        assert (await counters.decide("login", "ann", rule)).allowed
        own_redis.kill()
        with pytest.raises(StoreUnavailable):
            await counters.decide("login", "ann", rule)

    run(scenario())


def test_anonymous_sessions_without_a_secret(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        backend = AnnoSessionBackend("th-session", secure=False)
        app = app_with(InMemoryCache(), limiter(2, 3600), anno_backend=backend)
        async with client_of(app) as client:  # keeps its cookie
            assert await count(client, path_of(app)) == 2
        async with client_of(app, headers={"cookie": "th-session=forged"}) as forger:
            assert await count(forger, path_of(app)) == 1  # what the address has left

    with caplog.at_level(logging.WARNING, "webtool"):
        run(scenario())
        AnnoSessionBackend()
    said = [record for record in caplog.records if "AnnoSessionBackend" in record.getMessage()]
    assert len(said) <= 1  # once for the process
    for empty in ([], "", b"", ["k" * 32, ""]):
        with pytest.raises(ValueError, match="secret_key"):
            AnnoSessionBackend(secret_key=empty)


class Header(BaseAnnoBackend):
    """Sessions in a header, signed by nobody: for tests."""

    ip_factor = 2

    def __init__(self) -> None:
        self.issued = 0
        self.asked_for_cookies = 0

    def read(self, scope: MutableMapping[str, Any]) -> str | None:
        for name, value in scope["headers"]:
            if name == b"x-session":
                if not value:
                    raise ValueError("empty")
                return str(value.decode())
        return None

    def issue(self) -> str:
        self.issued += 1
        return f"s{self.issued}"

    def set_cookie(self, session: str) -> str:
        self.asked_for_cookies += 1
        return f"own={session}"


def test_anonymous_backends_of_users(run: Run) -> None:
    assert issubclass(AnnoSessionBackend, BaseAnnoBackend)
    core = AnnoSessionBackend(secret_key="s" * 32)
    session = core.issue()
    cookie = core.set_cookie(session).partition(";")[0].encode()
    assert core.read({"headers": [(b"cookie", cookie)]}) == session
    assert core.read({"headers": [(b"cookie", cookie + b"x")]}) is None
    with pytest.raises(ValueError, match="not issued by this backend"):
        core.set_cookie("mine")
    assert isinstance(AnnoSessionBackend(), BaseBackend)
    assert not isinstance(IPBackend(), BaseAnnoBackend)

    async def scenario() -> None:
        backend = Header()
        app = app_with(InMemoryCache(), limiter(3, 3600), anno_backend=backend)
        path = path_of(app)
        async with client_of(app) as client:
            first = await client.get(path)
            assert first.headers["set-cookie"] == "own=s1"
            assert await count(client, path) == 2  # without a session: the address as one
            assert backend.asked_for_cookies == 3  # none with a refusal
            assert await count(client, path, headers={"x-session": "s1"}) == 2
            assert await count(client, path, headers={"x-session": "s2"}) == 1  # twice 3 in all
            assert await count(client, path, headers={"x-session": ""}) == 0
        # Its sessions are those of an auth backend too.
        auth = backend.authenticate({"headers": [(b"x-session", b"s1")]})
        assert isinstance(auth, AuthData) and auth.identifier == "s1"

    for wrong in (object(), "th-session", IPBackend()):
        with pytest.raises(TypeError, match="BaseAnnoBackend"):
            LimitMiddleware(Starlette(), InMemoryCache(), anno_backend=wrong)  # type: ignore[arg-type]
    run(scenario())


def test_an_anonymous_backend_that_is_wrong(run: Run) -> None:
    class Async(Header):
        async def read(self, scope: MutableMapping[str, Any]) -> str | None:  # type: ignore[override]
            return "s1"

    class Number(Header):
        def issue(self) -> str:
            return 7  # type: ignore[return-value]

    class Nameless(Header):
        def read(self, scope: MutableMapping[str, Any]) -> str | None:
            return ""

    async def scenario() -> None:
        with pytest.raises(TypeError, match="must not be async"):
            LimitMiddleware(Starlette(), InMemoryCache(), anno_backend=Async())
        app = app_with(InMemoryCache(), limiter(3, 3600), anno_backend=Number())
        async with client_of(app) as client:
            with pytest.raises(TypeError, match="the result of issue"):
                await client.get(path_of(app))
        # A session that has no name is none: the address is counted.
        app = app_with(InMemoryCache(), limiter(3, 3600), anno_backend=Nameless())
        async with client_of(app) as client:
            assert await count(client, path_of(app)) == 3

    run(scenario())


def test_a_proxy_on_a_unix_socket(run: Run) -> None:
    async def ask(app: Starlette, scope: dict[str, Any], forwarded: str) -> int:
        statuses: list[int] = []

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        whole = {
            "type": "http",
            "method": "GET",
            "path": path_of(app),
            "query_string": b"",
            "headers": [(b"x-forwarded-for", forwarded.encode())],
            **scope,
        }
        await app(whole, receive, send)
        return statuses[0]

    async def scenario() -> None:
        forms: list[dict[str, Any]] = [
            {},
            {"client": None},
            {"client": ("", 0)},
            {"client": []},
            {"client": ("unix:/run/app.sock", 0)},
        ]
        for form in forms:
            trusting = app_with(InMemoryCache(), limiter(1, 3600), trusted_proxies=["unix"])
            cautious = app_with(InMemoryCache(), limiter(1, 3600))
            for app, expected in ((trusting, [200, 200, 429]), (cautious, [200, 429, 429])):
                hops = ("203.0.113.1", "9.9.9.9, 203.0.113.2", "203.0.113.1")
                assert [await ask(app, form, hop) for hop in hops] == expected, form
        # Whoever has an address is no Unix socket.
        trusting = app_with(InMemoryCache(), limiter(1, 3600), trusted_proxies=["unix"])
        stranger = {"client": ("192.0.2.1", 1)}
        assert await ask(trusting, stranger, "203.0.113.1") == 200
        assert await ask(trusting, stranger, "203.0.113.2") == 429
        backend = IPBackend(trusted_proxies=["unix"])
        auth = await backend.authenticate({"headers": [(b"x-forwarded-for", b"203.0.113.9")]})
        assert auth is not None and auth.identifier == "203.0.113.9"

    run(scenario())


def test_default_limits_of_a_middleware(run: Run, counters: BaseLimiter) -> None:
    async def scenario() -> None:
        turn = next(NUMBERS)

        class Page(HTTPEndpoint):
            async def get(self, request: Request) -> PlainTextResponse:
                return PlainTextResponse("page")

        @exempt
        class Free(Page): ...

        free = exempt(endpoint())

        @functools.wraps(free)
        async def wrapped(request: Request) -> Any:
            return await free(request)

        app = Starlette(
            routes=[
                Route(f"/{turn}/plain", endpoint()),
                Route(f"/{turn}/other", endpoint()),
                Route(f"/{turn}/own", endpoint(limiter(4, 3600))),
                Route(f"/{turn}/page", Page),
                Route(f"/{turn}/exempt", exempt(endpoint())),
                Route(f"/{turn}/exempt-wrapped", wrapped),
                Route(f"/{turn}/exempt-page", Free),
                Route(f"/{turn}/exempt-own", exempt(endpoint(limiter(4, 3600)))),
                Mount(f"/{turn}/mount", routes=[Route("/plain", endpoint())]),
            ],
            middleware=limited(counters, default_limits=[LimitRule(2, 3600)]),
        )
        async with client_of(app) as client:
            for path, expected in (
                ("plain", 2),
                ("other", 2),
                ("own", 4),
                ("page", 2),
                ("exempt", 8),
                ("exempt-wrapped", 8),
                ("exempt-page", 8),
                ("exempt-own", 4),
                ("mount/plain", 2),
            ):
                assert await count(client, f"/{turn}/{path}") == expected, path
            missing = [(await client.get(f"/{turn}/none")).status_code for _ in range(5)]
            assert missing == [404] * 5

    run(scenario())


def test_default_limits_can_be_one_for_all(run: Run) -> None:
    async def scenario() -> None:
        shared = LimitRule(3, 3600, throttle_key="everything")
        app = Starlette(
            routes=[
                Route("/a", endpoint()),
                Mount(
                    "/b",
                    routes=[Route("/c", endpoint())],
                    middleware=limited(InMemoryLimiter(), default_limits=[LimitRule(1, 3600)]),
                ),
                Route("/d", endpoint()),
            ],
            middleware=limited(InMemoryLimiter(), default_limits=[shared]),
        )
        async with client_of(app) as client:
            assert await count(client, "/a", 2) == 2
            assert await count(client, "/b/c") == 1  # the mount's own
            assert await count(client, "/d") == 1
        for wrong in (["5/minute"], [limiter(5, 60)], [None]):
            with pytest.raises(TypeError, match="LimitRule"):
                LimitMiddleware(app, InMemoryCache(), default_limits=wrong)  # type: ignore[arg-type]

    run(scenario())


def test_refusals_of_ones_own(run: Run) -> None:
    async def answer(request: HTTPConnection, status: int) -> Response:
        return JSONResponse({"slow down": request.url.path, "status": status}, 418)

    def plain_answer(request: HTTPConnection, status: int) -> Response:
        return PlainTextResponse("no", status, {"x-own": "1", "cache-control": "public"})

    async def scenario() -> None:
        app = app_with(InMemoryCache(), limiter(1, 3600), on_refusal=answer)
        async with client_of(app) as client:
            assert (await client.get(path_of(app))).text == "here"
            refused = await client.get(path_of(app))
            assert refused.status_code == 418
            assert refused.json() == {"slow down": path_of(app), "status": 429}
            assert refused.headers["content-type"] == "application/json"
            assert int(refused.headers["retry-after"]) > 3500
            assert refused.headers["ratelimit"].startswith('"1-per-3600s";r=0')
        app = app_with(InMemoryCache(), limiter(1, 3600), on_refusal=plain_answer)
        async with client_of(app) as client:
            assert await count(client, path_of(app), 2) == 1
            refused = await client.get(path_of(app))
            assert (refused.text, refused.headers["x-own"]) == ("no", "1")
            assert refused.headers["cache-control"] == "no-store"

    run(scenario())


def test_a_limit_counts_under_a_key(run: Run, counters: BaseLimiter) -> None:
    async def by_tenant(request: HTTPConnection) -> str | None:
        await asyncio.sleep(0)
        return request.query_params.get("tenant")

    def by_api_key(request: HTTPConnection) -> bytes | None:
        value = request.headers.get("x-api-key")
        return None if value is None else value.encode()

    async def scenario() -> None:
        app = app_with(
            counters, limiter(3, 3600, key=by_api_key), limiter(5, 3600, key=by_tenant, name="t")
        )
        path = path_of(app)
        async with client_of(app) as one, client_of(app, "203.0.113.5") as other:
            red, blue = {"x-api-key": "red"}, {"x-api-key": "blue" * 3000}
            assert await count(one, path, 2, headers=red, params={"tenant": "a"}) == 2
            assert await count(other, path, headers=red, params={"tenant": "b"}) == 1
            # What one rule denied is not charged to the other.
            assert await count(other, path, headers=blue, params={"tenant": "a"}) == 3
            async with client_of(app, headers=await bearer("ann")) as user:
                assert await count(user, path, headers=blue) == 0
                # Without a key, each rule counts its client.
                assert await count(user, path) == 3
            assert await count(one, path) == 3
            assert await count(other, path) == 3

    run(scenario())


def test_a_key_stands_beside_rules_for_users_and_addresses(run: Run, counters: BaseLimiter) -> None:
    async def scenario() -> None:
        app = app_with(
            counters,
            limiter(6, 3600, key=lambda request: request.headers.get("x-api-key")),
            limiter(3, 3600),
            limiter(4, 3600, per="address"),
        )
        path = path_of(app)
        red = {"x-api-key": "red"}
        async with (
            client_of(app, headers=await bearer("ann")) as ann,
            client_of(app, headers=await bearer("ben")) as ben,
            client_of(app, "203.0.113.5", headers=await bearer("cat")) as cat,
            client_of(app, "203.0.113.6", headers=await bearer("ben")) as ben_elsewhere,
        ):
            assert await count(ann, path, headers=red) == 3
            assert await count(ben, path, headers=red) == 1  # the address's fourth
            assert await count(cat, path, headers=red) == 2  # the key's sixth
            assert await count(ben_elsewhere, path, headers={"x-api-key": "blue"}) == 2

    run(scenario())


def test_keys_that_are_wrong(run: Run) -> None:
    with pytest.raises(TypeError, match="key must be a function"):
        limiter(5, 60, key="x-api-key")  # type: ignore[arg-type]

    async def scenario() -> None:
        number: Any = lambda request: 7  # noqa: E731
        app = app_with(InMemoryCache(), limiter(5, 60, key=number))
        async with client_of(app) as client:
            with pytest.raises(TypeError, match="key"):
                await client.get(path_of(app))

    run(scenario())
