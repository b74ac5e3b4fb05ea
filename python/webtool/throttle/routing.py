"""Which endpoint a request will reach, asked of the routes below a middleware.

A middleware comes before the router. So the routes are asked the same question that the router will
ask, through mounted applications and included routers, and nothing of it is left in the scope.
The search starts at what the middleware wraps, wherever it stands, and ends at the next
LimitMiddleware: the endpoints below that one are its own.

What is mounted may be any object. So its type is asked and not `__class__`, and an attribute that
raises is none.
"""

import types
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any, NamedTuple, cast

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Host, Match, Router

#: Applications may be wrapped this many times. There are objects with an attribute `app` for ever.
_DEEPEST = 100
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_FRAMEWORK = ("starlette.routing", "fastapi.routing")


class Boundary:
    """What a search ends at: LimitMiddleware and what is derived from it."""


class Asked(NamedTuple):
    """A list of routes that was asked, and what there was to see of it."""

    routes: list[Any]
    length: int
    #: Where the route was that matched, and which. None where that is another list's.
    place: int = 0
    route: Any = None

    def is_as_it_was(self) -> bool:
        return len(self.routes) == self.length and (
            self.route is None or self.routes[self.place] is self.route
        )


class Destination(NamedTuple):
    endpoint: Any
    #: The route's path as it was declared, with those of what it is mounted in.
    path: str
    #: What FastAPI calls before the endpoint.
    dependencies: tuple[Any, ...] = ()
    #: Whether method and path alone decided.
    by_path: bool = True
    #: The lists of routes that led there: one that has changed since may lead elsewhere.
    asked: tuple[Asked, ...] = ()


def find(middleware: Any, scope: MutableMapping[str, Any]) -> Destination | None:
    """Where the request will go below `middleware`; None if nowhere, or to an endpoint below
    another LimitMiddleware."""
    search = _Search()
    try:
        found = search.below(_top(middleware, scope), dict(scope), "")
    except Exception:  # of a route's own `matches`: the router will meet it where it is handled
        return None
    if found is None:
        return None
    return found._replace(by_path=search.by_path, asked=tuple(search.asked))


def endpoints(
    middleware: Any, scope: MutableMapping[str, Any], across: bool = False
) -> Iterator[Destination]:
    """All that requests can reach below `middleware`, in the order of the routes; `across` other
    LimitMiddlewares too."""
    yield from _walk(_top(middleware, scope), "", 0, across)


def endpoints_of(app: Any) -> Iterator[Destination]:
    """All that requests can reach in an application, below its LimitMiddlewares too."""
    yield from _walk(app, "", 0, True)


def handler_of(endpoint: Any, method: str) -> Any:
    """What answers: of a class with a method for each HTTP method, such as HTTPEndpoint, that.
    Websockets have no method."""
    if not _is(endpoint, type) or not method:
        return endpoint
    handler = getattr(endpoint, method.lower(), None)
    if handler is None and method == "HEAD":
        handler = getattr(endpoint, "get", None)
    return handler or endpoint


def handlers_of(endpoint: Any) -> list[Any]:
    """All that handler_of may give."""
    if not _is(endpoint, type):
        return [endpoint]
    named = [getattr(endpoint, method.lower(), None) for method in _METHODS]
    return [handler for handler in named if handler is not None] or [endpoint]


def _chain(app: Any) -> Iterator[Any]:
    # `app`, what it wraps, and so on: what it wraps an application calls `app`, all over ASGI.
    for _ in range(_DEEPEST):
        yield app
        if _is(app, Starlette, Router, types.FunctionType, types.MethodType):
            return
        app = _read(app, "app")
        if app is None:
            return


def _is(value: Any, *kinds: type) -> bool:
    # Unlike isinstance, this does not ask the object.
    return issubclass(type(value), kinds)


def _read(value: Any, name: str) -> Any:
    try:
        return getattr(value, name, None)
    except Exception:  # such as "working outside of request context"
        return None


class _Endpoint(NamedTuple):
    """A route's own endpoint, where the middleware wraps just that."""

    route: Any
    endpoint: Any


def _top(middleware: Any, scope: MutableMapping[str, Any]) -> Any:
    below = middleware.app
    if not _is(_routes(below), _NoRoutes):
        return below
    route = scope.get("route")
    endpoint = _read(route, "endpoint")
    if (
        endpoint is not None
        and _wraps(_read(route, "app"), middleware)
        and not _wraps(endpoint, middleware)  # Route("/", LimitMiddleware(app, cache))
    ):
        return _Endpoint(route, endpoint)
    # A function in between does not show what it wraps. But if the middleware is one of the
    # application's own, the application's router comes last.
    app: Any = scope.get("app")
    if _is(app, Starlette) and _wraps(app.middleware_stack, middleware):
        seen = sum(_is(layer, Boundary) for layer in _chain(app.middleware_stack))
        declared = sum(_makes_boundary(entry) for entry in app.user_middleware)
        return app.router if seen >= declared else Boundary()  # the one behind that function
    return below


def _wraps(app: Any, middleware: Any) -> bool:
    return any(layer is middleware for layer in _chain(app))


def _makes_boundary(entry: Any) -> bool:
    return _is(entry.cls, type) and issubclass(entry.cls, Boundary)


class _Search:
    def __init__(self) -> None:
        self.by_path = True
        self.asked: list[Asked] = []

    def below(self, app: Any, scope: dict[str, Any], prefix: str) -> Destination | None:
        if _is(app, _Endpoint):
            return _destination(app.route, prefix, app.endpoint)
        routes = _routes(app, is_called=True)
        if routes is None:
            return None
        if isinstance(routes, _NoRoutes):
            return Destination(routes.app, prefix)
        for place, route in enumerate(routes):
            self.by_path = self.by_path and _asks_path_only(route)
            match, child_scope = route.matches(scope)
            if match is Match.FULL:
                if isinstance(routes, list):
                    self.asked.append(Asked(routes, len(routes), place, route))
                return self._follow(route, {**scope, **child_scope}, prefix)
        return None

    def _follow(self, route: Any, scope: dict[str, Any], prefix: str) -> Destination | None:
        # A router that FastAPI includes is one route, which alone knows which of its own it means.
        context = None
        while hasattr(route, "effective_candidates"):
            routes = route.original_router.routes
            self.asked.append(Asked(routes, len(routes)))
            _, child_scope, route, context = route._match(scope)
            scope = {**scope, **child_scope}
        shown = context or route  # the context has what including a router adds
        if hasattr(route, "endpoint"):
            return None if _is_bounded(route) else _destination(shown, prefix, route.endpoint)
        # A mount, or a host.
        return self.below(getattr(route, "app", None), scope, prefix + _path(shown))


class _NoRoutes(NamedTuple):
    app: Any


def _routes(
    app: Any, across: bool = False, is_called: bool = False
) -> Sequence[Any] | _NoRoutes | None:
    # None: a LimitMiddleware is in between, unless one looks across.
    layer: Any = app
    for layer in _chain(app):
        if _is(layer, Boundary) and not across:
            return None
        if _is(layer, types.MethodType) and _is(layer.__self__, Starlette, Router):
            layer = layer.__self__
            if _is(layer, Router):  # its `app`, which its own middleware wraps
                return cast("Sequence[Any]", layer.routes)
        if _is(layer, Starlette):
            if not across and _has_boundary(layer, is_called):
                return None
            return _routes(layer.router, across, is_called)
        if _is(layer, Router):
            stack = getattr(layer, "middleware_stack", None)
            has_own = any(_is(inner, Boundary) for inner in _chain(stack))
            return None if has_own and not across else cast("Sequence[Any]", layer.routes)
        if _is(layer, BaseRoute):
            return [layer]
        routes = _read(layer, "routes")
        if _is(routes, list, tuple) and all(_read(route, "matches") for route in routes):
            return cast("Sequence[Any]", routes)
    return _NoRoutes(layer)


def _has_boundary(app: Starlette, is_called: bool) -> bool:
    if app.middleware_stack is None and is_called:
        # As its first request does, which is under way.
        app.middleware_stack = app.build_middleware_stack()
    return any(_is(layer, Boundary) for layer in _chain(app.middleware_stack)) or any(
        _makes_boundary(entry) for entry in app.user_middleware
    )


def _is_bounded(route: Any) -> bool:
    # Whether the route's own middleware, or its endpoint, is a LimitMiddleware.
    return any(_is(layer, Boundary) for layer in _chain(_read(route, "app")))


def _asks_path_only(route: Any) -> bool:
    # Whether the framework's own `matches` decides, which looks at method and path.
    if _is(route, Host) or not _is_framework_s(route):
        return False
    if not hasattr(route, "effective_candidates"):
        return True
    return _is_framework_s(route.original_router) and all(
        _asks_path_only(
            candidate
            if hasattr(candidate, "effective_candidates")
            else candidate.starlette_route or candidate.original_route
        )
        for candidate in route.effective_candidates()
    )


def _is_framework_s(route: Any) -> bool:
    # functools.wraps makes another function say that it is the framework's.
    owner = next((kind for kind in type(route).__mro__ if "matches" in vars(kind)), None)
    if owner is None or owner.__module__ not in _FRAMEWORK or "matches" in vars(route):
        return False
    function = vars(owner)["matches"]
    return function.__module__ in _FRAMEWORK and not hasattr(function, "__wrapped__")


def _path(shown: Any) -> str:
    path: str = getattr(getattr(shown, "starlette_route", None) or shown, "path", "")
    return path


def _destination(shown: Any, prefix: str, endpoint: Any) -> Destination:
    dependant = getattr(shown, "dependant", None)
    if dependant is None:
        dependant = getattr(getattr(shown, "original_route", None), "dependant", None)
    return Destination(endpoint, prefix + _path(shown), tuple(_calls(dependant)))


def _calls(dependant: Any) -> Iterator[Any]:
    for inner in getattr(dependant, "dependencies", ()):
        if inner.call is not None:
            yield inner.call
        yield from _calls(inner)


def _walk(app: Any, prefix: str, depth: int, across: bool) -> Iterator[Destination]:
    if depth > _DEEPEST:
        return
    if _is(app, _Endpoint):
        yield _destination(app.route, prefix, app.endpoint)
        return
    routes = _routes(app, across)
    if isinstance(routes, _NoRoutes):
        yield Destination(routes.app, prefix)
        return
    for route in routes or ():
        yield from _walk_route(route, None, prefix, depth, across)


def _walk_route(
    route: Any, context: Any, prefix: str, depth: int, across: bool
) -> Iterator[Destination]:
    if hasattr(route, "effective_candidates"):
        for candidate in route.effective_candidates():
            if hasattr(candidate, "effective_candidates"):
                yield from _walk_route(candidate, None, prefix, depth, across)
            else:
                inner = candidate.starlette_route or candidate.original_route
                yield from _walk_route(inner, candidate, prefix, depth, across)
        return
    shown = context or route  # the context has what including a router adds
    if hasattr(route, "endpoint"):
        if across or not _is_bounded(route):
            yield _destination(shown, prefix, route.endpoint)
    else:
        yield from _walk(getattr(route, "app", None), prefix + _path(shown), depth + 1, across)
