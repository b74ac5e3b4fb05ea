"""The endpoints below each LimitMiddleware: their names, and a warning about the other endpoints.

A limited function is not limited if no route below a LimitMiddleware leads to it. A warning about
it is logged once: when the application has started, or with the first request if the server sends
no lifespan events.
"""

import logging
import types
import weakref
from collections.abc import MutableMapping
from itertools import chain
from typing import Any

from starlette.types import Message, Send

from webtool.throttle.decorator import all_limited, limits_of
from webtool.throttle.routing import Destination, endpoints, endpoints_of, handlers_of
from webtool.throttle.watch import warned

_logger = logging.getLogger("webtool")
_middlewares: weakref.WeakSet[Any] = weakref.WeakSet()
#: The limited endpoints that have been checked: a middleware reaches them, or a warning was logged.
_settled: weakref.WeakSet[Any] = weakref.WeakSet()


class Reach:
    """The endpoints below one middleware."""

    def __init__(self, middleware: Any) -> None:
        self._middleware = weakref.ref(middleware)
        _middlewares.add(middleware)
        self._checked = False
        self._destinations: dict[str, list[Destination]] = {}

    def check_at_start(self, scope: MutableMapping[str, Any], send: Send) -> Send:
        """Returns a `send` that calls `check` after startup, which may add routes."""

        async def checking(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self.check(scope)
            await send(message)

        return checking

    def check(self, scope: MutableMapping[str, Any]) -> None:
        """Checks all endpoints once, and warns about limits that no middleware counts."""
        if self._checked:
            return
        self._gather(scope)
        candidates = [endpoint for endpoint in all_limited() if endpoint not in _settled]
        reached = self._reached_by_any(scope) if candidates else set()
        for endpoint in candidates:
            _settled.add(endpoint)
            if id(endpoint) not in reached and endpoint not in warned:
                warned.add(endpoint)
                _logger.warning(
                    "%s has limits, but no route below a LimitMiddleware leads to it so far: its "
                    "limits are not counted. Add Middleware(LimitMiddleware, cache=...) to the "
                    "application that has its route",
                    name_of(endpoint),
                )

    def counter_of(self, destination: Destination, handler: Any, scope: Any) -> str:
        """Returns the name of a destination's counters: unique, and the same in every process."""
        if destination.endpoint not in (known.endpoint for known in self._same_path(destination)):
            self._gather(scope)
        name = name_of(handler)
        # Several handlers of one path may have the same name, for example if one factory made them.
        namesakes: list[Any] = []
        for known in self._same_path(destination):
            for other in handlers_of(known.endpoint):
                if name_of(other) == name and not any(other is one for one in namesakes):
                    namesakes.append(other)
        place = next((i for i, one in enumerate(namesakes) if one is handler), 0)
        return f"{destination.path} {name}" + (f" {place + 1}" if place else "")

    def _same_path(self, destination: Destination) -> list[Destination]:
        return self._destinations.get(destination.path, [])

    def _gather(self, scope: MutableMapping[str, Any]) -> None:
        self._checked = True
        self._destinations.clear()
        for destination in endpoints(self._middleware(), scope):
            self._destinations.setdefault(destination.path, []).append(destination)

    def _reached_by_any(self, scope: MutableMapping[str, Any]) -> set[int]:
        # A mounted application creates its middlewares only with its first request. So all
        # endpoints below any router on the way are taken as reached. If an endpoint is not, its
        # first call logs the warning.
        apps = [scope.get("router"), *(middleware.app for middleware in list(_middlewares))]
        below = endpoints(self._middleware(), scope, across=True)
        functions: set[int] = set()
        for found in chain(below, *map(endpoints_of, apps)):
            handlers = handlers_of(found.endpoint)
            functions |= limits_of(found.endpoint, *handlers, *found.dependencies).functions
        return functions


def name_of(endpoint: Any) -> str:
    """Returns the name of an endpoint, which is the same in every process."""
    kinds = (type, types.FunctionType, types.MethodType, types.BuiltinFunctionType)
    named = endpoint if issubclass(type(endpoint), kinds) else type(endpoint)
    return f"{getattr(named, '__module__', '')}.{getattr(named, '__qualname__', '')}"
