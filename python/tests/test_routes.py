"""Which limits hold for a request: routes of every kind, and what calls a limited function."""

import asyncio
import functools
import xmlrpc.client
from typing import Any
from unittest.mock import MagicMock

import pytest
from applications import client_of, count, endpoint, handshake, limited, plain
from conftest import Run
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint, WebSocketEndpoint
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Match, Mount, Route, Router, WebSocketRoute
from webtool.cache import InMemoryCache
from webtool.throttle import InMemoryLimiter, LimitMiddleware, LimitRule, limiter

TWO = limiter(2, 3600)


async def counts(app: Any, *paths: str, **options: Any) -> list[int]:
    async with client_of(app) as client:
        return [await count(client, path, 4, **options) for path in paths]


def by_header(matches: Any, self: Any, scope: Any) -> Any:
    if (b"x-version", b"2") not in scope["headers"]:
        return Match.NONE, {}
    return matches(self, scope)


class Versioned(Route):
    def matches(self, scope: Any) -> Any:
        return by_header(Route.matches, self, scope)


class Disguised(Route):
    @functools.wraps(Route.matches)
    def matches(self, scope: Any) -> Any:
        return by_header(Route.matches, self, scope)


class VersionedApi(APIRoute):
    def matches(self, scope: Any) -> Any:
        return by_header(APIRoute.matches, self, scope)


def with_own_matches(path: str, limited_endpoint: Any) -> Route:
    route = Route(path, limited_endpoint)
    route.matches = functools.partial(by_header, Route.matches, route)  # type: ignore[method-assign]
    return route


@pytest.mark.parametrize("kind", [Versioned, Disguised, with_own_matches])
@pytest.mark.parametrize("mounted", [False, True])
def test_routes_that_ask_for_more_than_the_path(run: Run, kind: Any, mounted: bool) -> None:
    routes: list[Any] = [kind("/x", endpoint(TWO)), Route("/x", endpoint())]
    if mounted:
        routes = [Mount("/in", routes=routes)]
    app = Starlette(routes=routes, middleware=limited())
    path = "/in/x" if mounted else "/x"

    async def main() -> None:
        assert await counts(app, path) == [4]
        assert await counts(app, path, headers={"x-version": "2"}) == [2]
        assert await counts(app, path) == [4]

    run(main())


def test_route_classes_of_included_routers(run: Run) -> None:
    special, outer, usual = APIRouter(route_class=VersionedApi), APIRouter(), APIRouter()
    special.add_api_route("/x", fastapi_endpoint(TWO))
    usual.add_api_route("/x", fastapi_endpoint())
    outer.include_router(special)
    app = FastAPI(middleware=limited())
    app.include_router(outer, prefix="/in")
    app.include_router(usual, prefix="/in")

    async def main() -> None:
        assert await counts(app, "/in/x") == [4]
        assert await counts(app, "/in/x", headers={"x-version": "2"}) == [2]
        assert await counts(app, "/in/x") == [4]

    run(main())


def fastapi_endpoint(*limits: Any) -> Any:
    async def answer() -> int:
        return 1

    for limit in limits:
        answer = limit(answer)
    return answer


def test_a_method_of_a_client_s_own_is_not_taken_for_a_websocket(run: Run) -> None:
    async def talk(websocket: Any) -> None:
        await websocket.accept()
        await websocket.send_text("hello")
        await websocket.close()

    async def any_method(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("here")(scope, receive, send)

    app = Starlette(
        routes=[Route("/x", functools.partial(call, any_method)), WebSocketRoute("/x", TWO(talk))],
        middleware=limited(),
    )
    app.router.routes[0].methods = None  # type: ignore[attr-defined]

    async def main() -> None:
        for method in ("WEBSOCKET", "websocket", "GET"):
            assert await counts(app, "/x", method=method) == [4]
        assert [await handshake(app, "/x") for _ in range(4)] == ["hello", "hello", 429, 429]

    run(main())


async def call(app: Any, request: Request) -> Any:
    return app


def test_routes_that_change_are_asked_again(run: Run) -> None:
    async def main() -> None:
        app = FastAPI(middleware=limited())
        inner = Starlette(routes=[Route("/{any}", endpoint())])
        app.mount("/mounted", inner)
        app.router.routes.append(Route("/swapped", endpoint()))
        app.router.routes.append(Route("/{any}", endpoint()))
        paths = ("/x", "/mounted/x", "/swapped")
        assert await counts(app, *paths) == [4, 4, 4]
        inner.router.routes.insert(0, Route("/x", endpoint(TWO)))
        app.router.routes.insert(0, Route("/x", endpoint(TWO)))
        app.router.routes[-2] = Route("/swapped", endpoint(TWO))
        assert await counts(app, *paths) == [2, 2, 2]

    run(main())


def test_what_merely_refers_to_a_limited_function_is_not_limited(run: Run) -> None:
    inner = endpoint(limiter(1, 3600))
    proxy, mock = xmlrpc.client.ServerProxy("http://127.0.0.1:1"), MagicMock()

    async def closing(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str([inner, type(proxy), type(mock)])[:0])

    class Holding:
        def __init__(self) -> None:
            self.inner, self.func, self.app = inner, inner, inner

        async def __call__(self) -> int:
            return 1

    async def defaulting(request: Request, other: Any = inner) -> PlainTextResponse:
        return PlainTextResponse("")

    app = FastAPI(middleware=limited())
    app.get("/holding")(Holding())
    app.router.routes += [Route("/closing", closing), Route("/defaulting", defaulting)]

    async def main() -> None:
        assert await counts(app, "/closing", "/holding", "/defaulting") == [4, 4, 4]

    run(main())


def test_real_wrappers_hand_the_limit_on(run: Run) -> None:
    inner = endpoint(TWO)

    @functools.wraps(inner)
    async def wrapping(request: Request) -> Any:
        return await inner(request)

    class Methods:
        @TWO
        async def bound(self, request: Request) -> PlainTextResponse:
            return PlainTextResponse("")

        @staticmethod
        @TWO
        async def static(request: Request) -> PlainTextResponse:
            return PlainTextResponse("")

    @TWO
    async def two_arguments(more: Any, request: Request) -> PlainTextResponse:
        return PlainTextResponse("")

    app = Starlette(
        routes=[
            Route("/wraps", wrapping),
            Route("/bound", Methods().bound),
            Route("/static", Methods.static),
            Route("/partial", functools.partial(two_arguments, 1)),
            Mount("/gzip", GZipMiddleware(TWO(asgi))),
        ],
        middleware=limited(),
    )

    async def main() -> None:
        paths = ("/wraps", "/bound", "/static", "/partial", "/gzip/")
        assert await counts(app, *paths) == [2] * len(paths)

    run(main())


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse("here")(scope, receive, send)


@TWO
class Limited(HTTPEndpoint):
    async def get(self, request: Request) -> PlainTextResponse:
        return PlainTextResponse("")


class Derived(Limited):
    async def post(self, request: Request) -> PlainTextResponse:
        return PlainTextResponse("")


@TWO
class LimitedTalk(WebSocketEndpoint):
    async def on_connect(self, websocket: Any) -> None:
        await websocket.accept()
        await websocket.send_text("hello")
        await websocket.close()


class Callable_:
    @TWO
    async def __call__(self) -> int:
        return 1


@TWO
class LimitedCallable:
    async def __call__(self) -> int:
        return 1


class Free:
    async def __call__(self) -> int:
        return 1


def test_limits_on_classes_and_objects(run: Run) -> None:
    app = FastAPI(middleware=limited())
    app.router.routes += [
        Route("/class", Limited),
        Route("/derived", Derived),
        WebSocketRoute("/talk", LimitedTalk),
        WebSocketRoute("/derived-talk", type("DerivedTalk", (LimitedTalk,), {})),
    ]
    app.get("/call")(Callable_())
    app.get("/of-class")(LimitedCallable())
    app.get("/object")(TWO(Free()))
    app.get("/another-object")(Free())

    async def main() -> None:
        paths = ("/class", "/derived", "/call", "/of-class", "/object")
        assert await counts(app, *paths) == [2] * len(paths)
        assert await counts(app, "/derived", method="POST") == [2]
        assert await counts(app, "/another-object") == [4]
        for path in ("/talk", "/derived-talk"):
            told = [await handshake(app, path) for _ in range(3)]
            assert told == ["hello", "hello", 429]

    run(main())


def test_limits_on_dependencies(run: Run) -> None:
    @TWO
    async def dependency() -> int:
        return 1

    @TWO
    def generating() -> Any:
        yield 1

    @TWO
    async def async_generating() -> Any:
        yield 1

    @TWO
    class OfClass:
        def __init__(self, request: Request) -> None:
            self.request = request

    async def above(inner: int = Depends(dependency)) -> int:
        return inner

    app = FastAPI(middleware=limited())
    used = [dependency, generating, async_generating, OfClass, above]
    for number, one in enumerate(used):
        app.get(f"/{number}", dependencies=[Depends(one)])(fastapi_endpoint())
    inner, outer = APIRouter(), APIRouter(dependencies=[Depends(dependency)])
    inner.add_api_route("/x", fastapi_endpoint())
    outer.include_router(inner, prefix="/of-router")
    app.include_router(outer)
    app.include_router(inner, prefix="/of-inclusion", dependencies=[Depends(dependency)])

    async def main() -> None:
        paths = [f"/{number}" for number in range(len(used))]
        paths += ["/of-router/x", "/of-inclusion/x"]
        assert await counts(app, *paths) == [2] * len(paths)

    run(main())


def test_functions_of_one_factory_have_a_counter_each(run: Run) -> None:
    app = FastAPI(middleware=limited())
    for method in ("GET", "POST", "PUT"):
        app.add_api_route("/x", fastapi_endpoint(TWO), methods=[method])

    async def main() -> None:
        for method, passed in (("GET", 2), ("POST", 2), ("PUT", 2), ("GET", 0)):
            assert await counts(app, "/x", method=method) == [passed]

    run(main())


@pytest.mark.parametrize("wrong", [5, "x", None, Starlette(), Router(), Route("/", plain)])
def test_what_cannot_be_limited_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="limiter"):
        TWO(wrong)


class Raising:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("working outside of a context")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await asgi(scope, receive, send)


class RaisingClass(Raising):
    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise RuntimeError("working outside of a context")


class Everything(Raising):
    def __getattr__(self, name: str) -> Any:
        return Everything()


@pytest.mark.parametrize("kind", [Raising, RaisingClass, Everything])
def test_objects_that_answer_strangely_break_nothing(run: Run, kind: Any) -> None:
    app = Starlette(
        routes=[Mount("/strange", kind()), Route("/x", endpoint(TWO))], middleware=limited()
    )

    async def main() -> None:
        assert await counts(app, "/strange/x", "/x") == [4, 2]
        assert await counts(LimitMiddleware(kind(), InMemoryCache()), "/x") == [4]

    run(main())


def test_what_a_route_raises_is_answered_as_without_us(run: Run) -> None:
    class Choosy(Route):
        def matches(self, scope: Any) -> Any:
            if scope["path"] == "/bad":
                raise HTTPException(418)
            return super().matches(scope)

    app = Starlette(routes=[Choosy("/x", endpoint(TWO))], middleware=limited())

    async def main() -> None:
        async with client_of(app) as client:
            assert (await client.get("/bad")).status_code == 418
        assert await counts(app, "/x") == [2]

    run(main())


class Own(LimitMiddleware):
    pass


def hiding(app: Any) -> Any:
    async def hidden(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    return hidden


@pytest.mark.parametrize("classes", [(LimitMiddleware, Own), (Own, LimitMiddleware), (Own, Own)])
def test_two_middlewares_charge_once(run: Run, classes: Any) -> None:
    shared = limiter(4, 3600, throttle_key="shared")

    def made() -> list[Middleware]:
        limits = InMemoryLimiter()
        return [Middleware(one, cache=limits) for one in classes]

    def asking(routes: list[Any], *middleware: Middleware) -> Starlette:
        return Starlette(routes=routes, middleware=middleware)

    async def main() -> None:
        for arrange in (
            lambda a, b: asking([Mount("/", asking([Route("/x", endpoint(shared))], b))], a),
            lambda a, b: asking([Route("/x", endpoint(shared), middleware=[b])], a),
            lambda a, b: asking([Mount("/", routes=[Route("/x", endpoint(shared))],
                                       middleware=[b])], a),
            lambda a, b: asking([Route("/x", endpoint(shared))], a, b),
            lambda a, b: asking([Route("/x", endpoint(shared))], a, Middleware(hiding), b),
            lambda a, b: asking([Mount("/x", b.cls(shared(hand_on()), *b.args, **b.kwargs))], a),
            lambda a, b: asking([Route("/x", b.cls(shared(hand_on()), *b.args, **b.kwargs))], a),
        ):  # fmt: skip
            outer, inner = made()
            async with client_of(arrange(outer, inner), follow_redirects=True) as client:
                assert await count(client, "/x") == 4

    run(main())


def hand_on() -> Any:
    async def fresh(scope: Any, receive: Any, send: Any) -> None:
        await asgi(scope, receive, send)

    return fresh


def test_the_outer_middleware_does_not_charge_default_limits_below_another(run: Run) -> None:
    outer = limited(default_limits=[LimitRule(1, 3600)])
    inner = limited()
    app = Starlette(
        routes=[
            Route("/outer", endpoint()),
            Route("/route", endpoint(), middleware=inner),
            Mount("/mount", routes=[Route("/x", endpoint())], middleware=inner),
        ],
        middleware=outer,
    )

    async def main() -> None:
        assert await counts(app, "/outer", "/route", "/mount/x") == [1, 4, 4]

    asyncio.run(main())
