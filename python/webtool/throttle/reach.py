"""The endpoints that LimitMiddlewares reach: their names, and the limited ones that none reaches.

A limited function that no route below a LimitMiddleware leads to is not limited. That is logged
once when the application has started, or with its first request if the server starts no lifespan.
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
#: The limited endpoints that some middleware reaches, and those that have been warned of.
_settled: weakref.WeakSet[Any] = weakref.WeakSet()


class Reach:
    """What one middleware reaches."""

    def __init__(self, middleware: Any) -> None:
        self._middleware = weakref.ref(middleware)
        _middlewares.add(middleware)
        self._looked = False
        self._destinations: dict[str, list[Destination]] = {}

    def look_at_start(self, scope: MutableMapping[str, Any], send: Send) -> Send:
        """A `send` that looks as soon as the application has started: that may add routes."""

        async def looking(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self.look(scope)
            await send(message)

        return looking

    def look(self, scope: MutableMapping[str, Any]) -> None:
        """Looks once at all endpoints, and warns of limits that are out of reach."""
        if self._looked:
            return
        self._gather(scope)
        candidates = [endpoint for endpoint in all_limited() if endpoint not in _settled]
        reached = self._reached_by_any(scope) if candidates else set()
        for endpoint in candidates:
            _settled.add(endpoint)
            if id(endpoint) not in reached and endpoint not in warned:
                warned.add(endpoint)
                _logger.warning(
                    "%s has limits, but no route below a LimitMiddleware leads to it so far: they "
                    "are not counted. Add Middleware(LimitMiddleware, cache=...) to the "
                    "application that has its route",
                    name_of(endpoint),
                )

    def counter_of(self, destination: Destination, handler: Any, scope: Any) -> str:
        """What tells the counters of a destination from all others, in every process alike."""
        if destination.endpoint not in (known.endpoint for known in self._same_path(destination)):
            self._gather(scope)
        name = name_of(handler)
        namesakes: list[Any] = []  # functions of one factory, say, for several methods of one path
        for known in self._same_path(destination):
            for other in handlers_of(known.endpoint):
                if name_of(other) == name and not any(other is one for one in namesakes):
                    namesakes.append(other)
        place = next((i for i, one in enumerate(namesakes) if one is handler), 0)
        return f"{destination.path} {name}" + (f" {place + 1}" if place else "")

    def _same_path(self, destination: Destination) -> list[Destination]:
        return self._destinations.get(destination.path, [])

    def _gather(self, scope: MutableMapping[str, Any]) -> None:
        self._looked = True
        self._destinations.clear()
        for destination in endpoints(self._middleware(), scope):
            self._destinations.setdefault(destination.path, []).append(destination)

    def _reached_by_any(self, scope: MutableMapping[str, Any]) -> set[int]:
        # An application that is mounted makes its middlewares with its first request only. So what
        # is below any router on the way is taken for reached: if it is not, its first call says so.
        apps = [scope.get("router"), *(middleware.app for middleware in list(_middlewares))]
        below = endpoints(self._middleware(), scope, across=True)
        functions: set[int] = set()
        for found in chain(below, *map(endpoints_of, apps)):
            handlers = handlers_of(found.endpoint)
            functions |= limits_of(found.endpoint, *handlers, *found.dependencies).functions
        return functions


def name_of(endpoint: Any) -> str:
    """An endpoint's name, the same in every process."""
    kinds = (type, types.FunctionType, types.MethodType, types.BuiltinFunctionType)
    named = endpoint if issubclass(type(endpoint), kinds) else type(endpoint)
    return f"{getattr(named, '__module__', '')}.{getattr(named, '__qualname__', '')}"
