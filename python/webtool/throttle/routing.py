"""Finds the endpoint that a request will reach, among the routes below a middleware.

A middleware runs before the router. So this module matches the routes as the router will, through
mounted applications and included routers, and leaves the scope unchanged. The search starts at the
application that the middleware wraps, and ends at the next LimitMiddleware, which has its own
endpoints.

Any object may be mounted. So this module uses `type()` and not `__class__`, and treats an attribute
that raises as missing.
"""

import types
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any, NamedTuple, cast

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Host, Match, Router

#: The search follows this many wrappers. Some objects have an endless chain of attributes `app`.
_DEEPEST = 100
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_FRAMEWORK = ("starlette.routing", "fastapi.routing")


class Boundary:
    """The end of a search: LimitMiddleware and classes derived from it."""


class Asked(NamedTuple):
    """A list of routes that was searched, and its state at that time."""

    routes: list[Any]
    length: int
    #: The route that matched, and its index. None if the route belongs to another list.
    place: int = 0
    route: Any = None

    def is_as_it_was(self) -> bool:
        return len(self.routes) == self.length and (
            self.route is None or self.routes[self.place] is self.route
        )


class Destination(NamedTuple):
    endpoint: Any
    #: The declared path of the route, after the paths of the mounts around it.
    path: str
    #: The dependencies that FastAPI calls before the endpoint.
    dependencies: tuple[Any, ...] = ()
    #: Whether the match depends only on method and path.
    by_path: bool = True
    #: The searched lists of routes. If one of them changes, the request may reach another endpoint.
    asked: tuple[Asked, ...] = ()


def find(middleware: Any, scope: MutableMapping[str, Any]) -> Destination | None:
    """Returns the destination of the request below `middleware`. Returns None if there is none, or
    if it is below another LimitMiddleware."""
    search = _Search()
    try:
        found = search.below(_top(middleware, scope), dict(scope), "")
    except Exception:  # a route's `matches` raised; it will raise in the router again
        return None
    if found is None:
        return None
    return found._replace(by_path=search.by_path, asked=tuple(search.asked))


def endpoints(
    middleware: Any, scope: MutableMapping[str, Any], across: bool = False
) -> Iterator[Destination]:
    """Yields all destinations below `middleware` in the order of the routes. With `across`,
    destinations below other LimitMiddlewares are included."""
    yield from _walk(_top(middleware, scope), "", 0, across)


def endpoints_of(app: Any) -> Iterator[Destination]:
    """Yields all destinations in an application, including those below its LimitMiddlewares."""
    yield from _walk(app, "", 0, True)


def handler_of(endpoint: Any, method: str) -> Any:
    """Returns the function that answers the request. A class such as HTTPEndpoint has a method for
    each HTTP method; then it is that method. For websockets, pass an empty `method`."""
    if not _is(endpoint, type) or not method:
        return endpoint
    handler = getattr(endpoint, method.lower(), None)
    if handler is None and method == "HEAD":
        handler = getattr(endpoint, "get", None)
    return handler or endpoint


def handlers_of(endpoint: Any) -> list[Any]:
    """Returns all values that handler_of can return for this endpoint."""
    if not _is(endpoint, type):
        return [endpoint]
    named = [getattr(endpoint, method.lower(), None) for method in _METHODS]
    return [handler for handler in named if handler is not None] or [endpoint]


def _chain(app: Any) -> Iterator[Any]:
    # Yields `app`, the application that it wraps, and so on. By convention, ASGI middleware stores
    # the wrapped application in the attribute `app`.
    for _ in range(_DEEPEST):
        yield app
        if _is(app, Starlette, Router, types.FunctionType, types.MethodType):
            return
        app = _read(app, "app")
        if app is None:
            return


def _is(value: Any, *kinds: type) -> bool:
    # Unlike isinstance, this does not read the object's __class__.
    return issubclass(type(value), kinds)


def _read(value: Any, name: str) -> Any:
    try:
        return getattr(value, name, None)
    except Exception:  # such as "working outside of request context"
        return None


class _Endpoint(NamedTuple):
    """The endpoint of a route, if the middleware wraps only this endpoint."""

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
    # A function between middleware and router hides the application that it wraps. But if this
    # middleware belongs to the application, the application's router comes last.
    app: Any = scope.get("app")
    if _is(app, Starlette) and _wraps(app.middleware_stack, middleware):
        seen = sum(_is(layer, Boundary) for layer in _chain(app.middleware_stack))
        declared = sum(_makes_boundary(entry) for entry in app.user_middleware)
        # If fewer are visible than declared, another LimitMiddleware is behind that function.
        return app.router if seen >= declared else Boundary()
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
        # FastAPI represents an included router as one route. Only this route knows which of the
        # router's own routes matches.
        context = None
        while hasattr(route, "effective_candidates"):
            routes = route.original_router.routes
            self.asked.append(Asked(routes, len(routes)))
            _, child_scope, route, context = route._match(scope)
            scope = {**scope, **child_scope}
        shown = context or route  # the context adds the prefix and dependencies of include_router
        if hasattr(route, "endpoint"):
            return None if _is_bounded(route) else _destination(shown, prefix, route.endpoint)
        # A mount, or a host.
        return self.below(getattr(route, "app", None), scope, prefix + _path(shown))


class _NoRoutes(NamedTuple):
    app: Any


def _routes(
    app: Any, across: bool = False, is_called: bool = False
) -> Sequence[Any] | _NoRoutes | None:
    # Returns None if a LimitMiddleware is in between, unless `across`.
    layer: Any = app
    for layer in _chain(app):
        if _is(layer, Boundary) and not across:
            return None
        if _is(layer, types.MethodType) and _is(layer.__self__, Starlette, Router):
            layer = layer.__self__
            if _is(layer, Router):  # the router's method `app`, which its own middleware wraps
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
        # The first request would build the stack; this is the first request.
        app.middleware_stack = app.build_middleware_stack()
    return any(_is(layer, Boundary) for layer in _chain(app.middleware_stack)) or any(
        _makes_boundary(entry) for entry in app.user_middleware
    )


def _is_bounded(route: Any) -> bool:
    # Returns whether the route's own middleware, or its endpoint, is a LimitMiddleware.
    return any(_is(layer, Boundary) for layer in _chain(_read(route, "app")))


def _asks_path_only(route: Any) -> bool:
    # Returns whether the framework's own `matches` decides; it depends only on method and path.
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
    # functools.wraps copies __module__, so a wrapper looks like a function of the framework.
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
    shown = context or route  # the context adds the prefix and dependencies of include_router
    if hasattr(route, "endpoint"):
        if across or not _is_bounded(route):
            yield _destination(shown, prefix, route.endpoint)
    else:
        yield from _walk(getattr(route, "app", None), prefix + _path(shown), depth + 1, across)
