"""Which endpoint a request will reach, asked of the application's own routes.

A middleware comes before the router. So the routes are asked the same question that the router will
ask, through mounted applications and included routers, and nothing of it is left in the scope.
"""

from collections.abc import Iterable, MutableMapping
from typing import Any, NamedTuple

from starlette.routing import BaseRoute, Host, Match


class Destination(NamedTuple):
    endpoint: Any
    #: The route's path as it was declared, with those of what it is mounted in.
    path: str
    #: Whether method and path alone decided.
    by_path: bool


def find(app: Any, scope: MutableMapping[str, Any]) -> Destination | None:
    """Where `app` will take the request; None if nowhere."""
    return _search(_routes(app), dict(scope), "", True)


def _routes(app: Any) -> Iterable[BaseRoute]:
    # What an application is wrapped in calls it `app`, all over ASGI.
    while app is not None:
        routes: Iterable[BaseRoute] | None = getattr(app, "routes", None)
        if routes is not None:
            return routes
        app = getattr(app, "app", None)
    return ()


def _search(
    routes: Iterable[BaseRoute], scope: dict[str, Any], prefix: str, by_path: bool
) -> Destination | None:
    for route in routes:
        by_path = by_path and not isinstance(route, Host)
        match, child_scope = route.matches(scope)
        if match is not Match.FULL:
            continue
        return _follow(route, {**scope, **child_scope}, prefix, by_path)
    return None


def _follow(
    route: BaseRoute, scope: dict[str, Any], prefix: str, by_path: bool
) -> Destination | None:
    # A router that FastAPI includes as one route keeps to itself which of its own it means.
    inner = getattr(route, "_match", None)
    path = prefix
    while inner is not None:
        _, child_scope, route, context = inner(scope)
        scope = {**scope, **child_scope}
        inner = getattr(route, "_match", None)
        if context is not None:
            shown = getattr(context, "starlette_route", None) or context
            path = prefix + getattr(shown, "path_format", getattr(shown, "path", ""))
            by_path = by_path and not isinstance(shown, Host)
    if path == prefix:
        path += getattr(route, "path", "")
    if hasattr(route, "endpoint"):
        return Destination(route.endpoint, path, by_path)
    # A mount, or a host: what is behind it may have routes of its own.
    behind = _search(_routes(getattr(route, "app", None)), scope, path, by_path)
    return behind or Destination(getattr(route, "app", None), path, by_path)
