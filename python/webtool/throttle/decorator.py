"""@limiter: how many requests in how much time, and for whom."""

import functools
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, Literal, TypeVar

from webtool._core import LimitRule

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

_ATTRIBUTE = "__webtool_limits__"


def limiter(
    max_requests: int,
    interval: float | timedelta = 3600,
    throttle_key: str | None = None,
    method: Iterable[str] | None = None,
    scopes: Iterable[str] | None = None,
    *,
    algorithm: Literal["sliding_window", "gcra", "fixed_window"] = "sliding_window",
    on_store_failure: Literal["allow", "deny", "local"] = "local",
    cost: int = 1,
    shadow: bool = False,
    name: str = "",
) -> Callable[[Endpoint], Endpoint]:
    """At most `max_requests` in any `interval` (seconds) for each client of the route.

    Put as many on an endpoint as you like, in any order with other decorators: a request must meet
    all of them, and what is denied costs nothing. They are enforced by LimitMiddleware.

    throttle_key      limits of the same key and numbers share one counter, on whatever routes
    method            the methods that count; by default all. GET stands for HEAD too
    scopes            whom it counts: "user" is everyone with a good token, "anno" everyone else,
                      any other name those whose token has that scope; by default everyone
    algorithm         "sliding_window" is exact; "gcra" and "fixed_window" keep less
    on_store_failure  while the store is down: "allow", "deny" (503), or count "local"ly
    cost              how many requests one request counts for
    shadow            decide and report, but let everything pass
    name              how headers call it
    """
    rule = LimitRule(
        max_requests,
        interval,
        throttle_key,
        method,
        scopes,
        algorithm=algorithm,
        on_store_failure=on_store_failure,
        cost=cost,
        shadow=shadow,
        name=name,
    )

    def decorate(endpoint: Endpoint) -> Endpoint:
        # A tuple, since functools.wraps hands the attribute on: a list would be shared.
        own = getattr(endpoint, "__dict__", {}).get(_ATTRIBUTE, ())
        setattr(endpoint, _ATTRIBUTE, (rule, *own))
        return endpoint

    return decorate


def rules_of(endpoint: object) -> list[LimitRule]:
    """All rules of an endpoint, whatever it is wrapped in."""
    found: dict[int, LimitRule] = {}
    for layer in _layers(endpoint):
        for rule in getattr(layer, "__dict__", {}).get(_ATTRIBUTE, ()):
            found.setdefault(id(rule), rule)
    return list(found.values())


def _layers(endpoint: object) -> Iterator[object]:
    # Decorators that know functools.wraps leave __wrapped__; of those that do not, the function
    # they close over is all there is to see.
    waiting = [endpoint]
    seen: set[int] = set()
    while waiting:
        layer = waiting.pop()
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        yield layer
        if isinstance(layer, functools.partial):
            waiting.append(layer.func)
        waiting += [
            inner
            for inner in (getattr(layer, "__wrapped__", None), getattr(layer, "__func__", None))
            if inner is not None
        ]
        for cell in getattr(layer, "__closure__", None) or ():
            try:
                inner = cell.cell_contents
            except ValueError:  # not assigned yet
                continue
            if callable(inner):
                waiting.append(inner)
