"""The endpoints that LimitMiddlewares reach: their names, and the limited ones that none reaches.

A limited function that no route below a LimitMiddleware leads to is not limited. That is logged
once when the application starts, or with its first request if the server starts no lifespan.
"""

import logging
import weakref
from collections.abc import MutableMapping
from typing import Any

from webtool.throttle.decorator import all_limited, limits_of
from webtool.throttle.routing import Destination, endpoints, handlers_of

_logger = logging.getLogger("webtool")
#: The limited endpoints that some middleware reaches, and those that have been warned of.
_settled: "weakref.WeakSet[Any]" = weakref.WeakSet()


class Reach:
    """What one middleware reaches."""

    def __init__(self, middleware: Any) -> None:
        self._middleware = weakref.ref(middleware)
        self._looked = False
        self._destinations: dict[str, list[Destination]] = {}
        self._functions: set[int] = set()

    def look(self, scope: MutableMapping[str, Any]) -> None:
        """Looks once at all endpoints, and warns of limits that are out of reach."""
        if self._looked:
            return
        self._gather(scope)
        for endpoint in all_limited():
            if endpoint in _settled:
                continue
            _settled.add(endpoint)
            if id(endpoint) not in self._functions:
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
            reached = handlers_of(destination.endpoint)
            limits = limits_of(destination.endpoint, *reached, *destination.dependencies)
            self._functions |= limits.functions


def name_of(endpoint: Any) -> str:
    """An endpoint's name, the same in every process."""
    named = endpoint if hasattr(endpoint, "__qualname__") else type(endpoint)
    return f"{getattr(named, '__module__', '')}.{getattr(named, '__qualname__', '')}"
