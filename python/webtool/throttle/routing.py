"""Which endpoint a request will reach, asked of the routes below a middleware.

A middleware comes before the router. So the routes are asked the same question that the router will
ask, through mounted applications and included routers, and nothing of it is left in the scope.
The search starts at what the middleware wraps, wherever it stands, and ends at the next middleware
of the same kind: the endpoints below that one are its own.
"""

import types
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any, NamedTuple

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Host, Match, Router

#: Applications may be wrapped this many times. There are objects with an attribute `app` for ever.
_DEEPEST = 100
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Destination(NamedTuple):
    endpoint: Any
    #: The route's path as it was declared, with those of what it is mounted in.
    path: str
    #: What FastAPI calls before the endpoint.
    dependencies: tuple[Any, ...] = ()
    #: Whether method and path alone decided.
    by_path: bool = True
    #: The lists of routes that were asked, and how long they were then.
    asked: tuple[tuple[list[Any], int], ...] = ()


def find(middleware: Any, scope: MutableMapping[str, Any]) -> Destination | None:
    """Where the request will go below `middleware`; None if nowhere, or to an endpoint below
    another middleware of that type."""
    search = _Search(type(middleware))
    found = search.below(_top(middleware, scope), dict(scope), "")
    if found is None:
        return None
    return found._replace(by_path=search.by_path, asked=tuple(search.asked))


def endpoints(middleware: Any, scope: MutableMapping[str, Any]) -> Iterator[Destination]:
    """All that requests can reach below `middleware`, in the order of the routes."""
    yield from _walk(_top(middleware, scope), type(middleware), "", 0)


def handler_of(endpoint: Any, method: str) -> Any:
    """What answers: of a class with a method for each HTTP method, such as HTTPEndpoint, that."""
    if not isinstance(endpoint, type):
        return endpoint
    handler = getattr(endpoint, method.lower(), None)
    if handler is None and method == "HEAD":
        handler = getattr(endpoint, "get", None)
    return handler or endpoint


def handlers_of(endpoint: Any) -> list[Any]:
    """All that handler_of may give."""
    if not isinstance(endpoint, type):
        return [endpoint]
    named = [getattr(endpoint, method.lower(), None) for method in _METHODS]
    return [handler for handler in named if handler is not None] or [endpoint]


def chain(app: Any) -> Iterator[Any]:
    """`app`, what it wraps, and so on: what it wraps an application calls `app`, all over ASGI."""
    for _ in range(_DEEPEST):
        yield app
        if isinstance(app, Starlette | Router | types.FunctionType | types.MethodType):
            return
        app = getattr(app, "app", None)
        if app is None:
            return


class _Endpoint(NamedTuple):
    """A route's own endpoint, where the middleware wraps just that."""

    route: Any
    endpoint: Any


def _top(middleware: Any, scope: MutableMapping[str, Any]) -> Any:
    below = middleware.app
    if not isinstance(_routes(below, type(middleware)), _NoRoutes):
        return below
    route = scope.get("route")
    endpoint = getattr(route, "endpoint", None)
    if endpoint is not None and _wraps(getattr(route, "app", None), middleware):
        return _Endpoint(route, endpoint)
    # A function in between does not show what it wraps. But if the middleware is one of the
    # application's own, the application's router comes last.
    app = scope.get("app")
    if isinstance(app, Starlette) and _wraps(app.middleware_stack, middleware):
        return app.router
    return below


def _wraps(app: Any, middleware: Any) -> bool:
    return any(layer is middleware for layer in chain(app))


class _Search:
    def __init__(self, stop: type) -> None:
        self.stop = stop
        self.by_path = True
        self.asked: list[tuple[list[Any], int]] = []

    def below(self, app: Any, scope: dict[str, Any], prefix: str) -> Destination | None:
        if isinstance(app, _Endpoint):
            return _destination(app.route, prefix, app.endpoint)
        routes = _routes(app, self.stop)
        if routes is None:
            return None
        if isinstance(routes, _NoRoutes):
            return Destination(routes.app, prefix)
        self._ask(routes)
        for route in routes:
            self.by_path = self.by_path and _asks_path_only(route)
            match, child_scope = route.matches(scope)
            if match is Match.FULL:
                return self._follow(route, {**scope, **child_scope}, prefix)
        return None

    def _follow(self, route: Any, scope: dict[str, Any], prefix: str) -> Destination | None:
        # A router that FastAPI includes is one route, which alone knows which of its own it means.
        context = None
        while hasattr(route, "effective_candidates"):
            self._ask(route.original_router.routes)
            _, child_scope, route, context = route._match(scope)
            scope = {**scope, **child_scope}
        shown = context or route  # the context has what including a router adds
        if hasattr(route, "endpoint"):
            return _destination(shown, prefix, route.endpoint)
        # A mount, or a host.
        return self.below(getattr(route, "app", None), scope, prefix + _path(shown))

    def _ask(self, routes: Any) -> None:
        if isinstance(routes, list):
            self.asked.append((routes, len(routes)))


class _NoRoutes(NamedTuple):
    app: Any


def _routes(app: Any, stop: type) -> Sequence[Any] | _NoRoutes | None:
    # None: a middleware of type `stop` is in between.
    for layer in chain(app):
        if isinstance(layer, stop):
            return None
        if isinstance(layer, types.MethodType) and isinstance(layer.__self__, Starlette | Router):
            layer = layer.__self__
            if isinstance(layer, Router):  # its `app`, which its own middleware wraps
                return layer.routes
        if isinstance(layer, Starlette):
            return None if _has(layer, stop) else _routes(layer.router, stop)
        if isinstance(layer, Router):
            stack = getattr(layer, "middleware_stack", None)
            has_own = any(isinstance(inner, stop) for inner in chain(stack))
            return None if has_own else layer.routes
        if isinstance(layer, BaseRoute):
            return [layer]
        routes = getattr(layer, "routes", None)
        if isinstance(routes, list | tuple) and all(hasattr(route, "matches") for route in routes):
            return routes
    return _NoRoutes(app)


def _has(app: Starlette, stop: type) -> bool:
    if app.middleware_stack is None:
        # As its first request does, which is under way.
        app.middleware_stack = app.build_middleware_stack()
    return any(isinstance(layer, stop) for layer in chain(app.middleware_stack)) or any(
        isinstance(entry.cls, type) and issubclass(entry.cls, stop) for entry in app.user_middleware
    )


def _asks_path_only(route: Any) -> bool:
    # Whether the framework's own `matches` decides, which looks at method and path.
    if isinstance(route, Host) or "matches" in vars(route):
        return False
    if type(route).matches.__module__ not in ("starlette.routing", "fastapi.routing"):
        return False
    if not hasattr(route, "effective_candidates"):
        return True
    return type(route.original_router).matches.__module__ == "fastapi.routing" and all(
        _asks_path_only(
            candidate
            if hasattr(candidate, "effective_candidates")
            else candidate.starlette_route or candidate.original_route
        )
        for candidate in route.effective_candidates()
    )


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


def _walk(app: Any, stop: type, prefix: str, depth: int) -> Iterator[Destination]:
    if depth > _DEEPEST:
        return
    if isinstance(app, _Endpoint):
        yield _destination(app.route, prefix, app.endpoint)
        return
    routes = _routes(app, stop)
    if isinstance(routes, _NoRoutes):
        yield Destination(routes.app, prefix)
        return
    for route in routes or ():
        yield from _walk_route(route, None, stop, prefix, depth)


def _walk_route(
    route: Any, context: Any, stop: type, prefix: str, depth: int
) -> Iterator[Destination]:
    if hasattr(route, "effective_candidates"):
        for candidate in route.effective_candidates():
            if hasattr(candidate, "effective_candidates"):
                yield from _walk_route(candidate, None, stop, prefix, depth)
            else:
                inner = candidate.starlette_route or candidate.original_route
                yield from _walk_route(inner, candidate, stop, prefix, depth)
        return
    shown = context or route  # the context has what including a router adds
    if hasattr(route, "endpoint"):
        yield _destination(shown, prefix, route.endpoint)
    else:
        yield from _walk(getattr(route, "app", None), stop, prefix + _path(shown), depth + 1)
