"""@limiter: limits the number of requests per interval for each client."""

import contextlib
import functools
import inspect
import types
import weakref
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, Literal, NamedTuple, TypeVar

from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Router

from webtool._core import LimitRule
from webtool.exceptions import InvalidArgument
from webtool.throttle.watch import watched

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

_ATTRIBUTE = "__webtool_limits__"
_EXEMPT = "__webtool_exempt__"

#: Returns the key of a request, under which a rule counts it in place of the client or its address.
KeyFunction = Callable[[HTTPConnection], str | bytes | Awaitable[str | bytes | None] | None]


class Limit(NamedTuple):
    """A rule and its key function. Without a key function it counts per client or per address."""

    rule: LimitRule
    key: KeyFunction | None = None


_limited: "weakref.WeakSet[Any]" = weakref.WeakSet()


def limiter(
    max_requests: int,
    interval: float | timedelta = 3600,
    throttle_key: str | None = None,
    method: Iterable[str] | None = None,
    scopes: Iterable[str] | None = None,
    *,
    per: Literal["client", "address"] = "client",
    key: KeyFunction | None = None,
    algorithm: Literal["sliding_window", "gcra", "fixed_window"] = "sliding_window",
    on_store_failure: Literal["allow", "deny", "local"] = "local",
    cost: int = 1,
    shadow: bool = False,
    name: str = "",
) -> Callable[[Endpoint], Endpoint]:
    """Limits each client of the route to `max_requests` in any `interval` (seconds).

    An endpoint may have any number of limits. A request must meet all of them, and a denied request
    costs nothing. LimitMiddleware enforces the limits. An endpoint is a function, a method or class
    of HTTPEndpoint, a websocket endpoint (its handshake counts), a callable object, or a function
    that FastAPI's routes depend on (each of these routes then has the limit).

    Decorators between @limiter and the route must set `__wrapped__`, as functools.wraps does. Other
    decorators hide the limit; a warning is logged when such an endpoint is called.

    throttle_key      limits with the same key and numbers share one counter, on all routes
    method            the HTTP methods that count; by default all. GET includes HEAD
    scopes            the clients that count; by default all. "user" means clients with a valid
                      token, "anno" means clients without one. All other names are scopes: only
                      users whose token has all of them count
    per               "client" counts each user and each anonymous session separately; "address"
                      counts all clients of one address together, whatever cookies or tokens they
                      send. Use "address" against repeated attempts, such as logins
    key               a function, async or not, that takes the request (its headers, query and
                      address; not its body or path parameters) and returns the key under which the
                      request is counted: an API key, a tenant. If it returns None, `per` applies. A
                      key that clients can invent limits nobody: add a limit per address
    algorithm         "sliding_window" is exact; "gcra" and "fixed_window" store less data
    on_store_failure  while the store is unavailable: "allow", "deny" (503), or "local": count in
                      this process
    cost              the number of requests that one request counts for
    shadow            decide and report, but let every request pass
    name              the name of the limit in response headers
    """
    _check_arguments(max_requests, interval)
    if key is not None and not callable(key):
        raise TypeError(
            "limiter: key must be a function that takes the request, as in key=lambda request: "
            f"request.headers.get('x-api-key'), not {type(key).__name__}"
        )
    rule = LimitRule(
        max_requests,
        interval,
        throttle_key,
        method,
        scopes,
        per=per,
        algorithm=algorithm,
        on_store_failure=on_store_failure,
        cost=cost,
        shadow=shadow,
        name=name,
    )

    def decorate(endpoint: Endpoint) -> Endpoint:
        if isinstance(endpoint, staticmethod | classmethod):
            return type(endpoint)(decorate(endpoint.__func__))
        _check_endpoint(endpoint)
        limited: Endpoint = watched(endpoint)
        # Mark both: a decorator above this one may pass on either.
        for layer in (endpoint, limited) if limited is not endpoint else (endpoint,):
            _attach(Limit(rule, key), layer)
        with contextlib.suppress(TypeError):  # some callable objects have no weak references
            _limited.add(limited)
        return limited

    return _Decorator(decorate)


class _Decorator:
    """The decorator that limiter(...) returns. As a FastAPI dependency it would limit nothing, so
    it raises when FastAPI reads its signature."""

    def __init__(self, decorate: Callable[[Any], Any]) -> None:
        self._decorate = decorate

    def __call__(self, endpoint: Endpoint) -> Endpoint:
        decorated: Endpoint = self._decorate(endpoint)
        return decorated

    @property
    def __signature__(self) -> Any:
        raise InvalidArgument(
            "limiter(...) is a decorator and cannot be a dependency: put @limiter(...) on the "
            "endpoint, or on a function that the routes depend on"
        )


def exempt(endpoint: Endpoint) -> Endpoint:
    """Exempts an endpoint, such as a health check, from the default_limits of LimitMiddleware. The
    endpoint's own limits still count."""
    _check_endpoint(endpoint)
    target = endpoint.__func__ if isinstance(endpoint, types.MethodType) else endpoint
    setattr(target, _EXEMPT, True)
    return endpoint


def is_exempt(*endpoints: object) -> bool:
    """Returns whether any of the endpoints, or a function that it wraps, is exempt."""
    return any(
        _attribute(layer, _EXEMPT, False) for endpoint in endpoints for layer in _layers(endpoint)
    )


def _check_arguments(max_requests: object, interval: object) -> None:
    if isinstance(max_requests, bool) or not isinstance(max_requests, int):
        raise TypeError(
            "limiter: max_requests must be an int, as in @limiter(5, 60) for five requests a "
            f"minute, not {type(max_requests).__name__}"
        )
    if isinstance(interval, bool) or not isinstance(interval, int | float | timedelta):
        raise TypeError(
            "limiter: interval must be a number of seconds or a timedelta, not "
            f"{type(interval).__name__}"
        )


def _check_endpoint(endpoint: object) -> None:
    if isinstance(endpoint, Starlette | Router | BaseRoute):
        raise TypeError(
            f"limiter cannot limit a {type(endpoint).__name__}: put @limiter on its endpoints"
        )
    if not callable(endpoint):
        raise TypeError(
            f"limiter cannot limit a {type(endpoint).__name__}: it is not callable, so it is not "
            "an endpoint"
        )


def _attach(limit: Limit, layer: object) -> None:
    # A tuple, because functools.wraps copies the attribute: a list would be shared.
    if isinstance(layer, types.MethodType):
        return  # a method has no attributes of its own; the function that wraps it does
    try:
        setattr(layer, _ATTRIBUTE, (limit, *_attribute(layer, _ATTRIBUTE, ())))
    except (AttributeError, TypeError):
        raise TypeError(
            f"limiter cannot set an attribute of a {type(layer).__name__}: put @limiter on a "
            "function that calls it"
        ) from None


def all_limited() -> list[Any]:
    """Returns every limited endpoint that still exists."""
    return list(_limited)


class Limits(NamedTuple):
    """The limits of an endpoint, and the ids of the functions that were searched for limits."""

    rules: list[Limit]
    functions: frozenset[int]


def limits_of(*endpoints: object) -> Limits:
    """Returns all limits of these endpoints and of the functions that they wrap."""
    found: dict[int, Limit] = {}
    functions: set[int] = set()
    for endpoint in endpoints:
        for layer in _layers(endpoint):
            functions.add(id(layer))
            for limit in _attribute(layer, _ATTRIBUTE, ()):
                found.setdefault(id(limit.rule), limit)
    return Limits(list(found.values()), frozenset(functions))


def _layers(endpoint: object) -> Iterator[object]:
    # Follows a reference only if the outer object certainly calls the inner one: an endpoint does
    # not take over the limits of other objects that it refers to. Attributes are read from
    # __dict__, because some objects have a __getattr__ that returns a value for every name.
    seen: set[int] = set()
    waiting = [endpoint]
    while waiting:
        layer = waiting.pop()
        if layer is None or id(layer) in seen:
            continue
        seen.add(id(layer))
        yield layer
        kind = type(layer)  # not isinstance, which reads the object's __class__
        if issubclass(kind, type):
            waiting += reversed(layer.__mro__[1:-1])  # type: ignore[attr-defined]
            continue
        if issubclass(kind, functools.partial):
            waiting.append(layer.func)  # type: ignore[attr-defined]
        elif issubclass(kind, types.MethodType):
            waiting.append(layer.__func__)  # type: ignore[attr-defined]
        elif not issubclass(kind, types.FunctionType | types.BuiltinFunctionType):
            waiting += (inspect.getattr_static(kind, "__call__", None), kind)
        waiting.append(_attribute(layer, "__wrapped__", None))


def _attribute(layer: object, name: str, otherwise: Any) -> Any:
    # Reads the object's own __dict__, so that a __getattr__ or __getattribute__ of its class is not
    # called.
    try:
        is_class = issubclass(type(layer), type)
        own = (type if is_class else object).__getattribute__(layer, "__dict__")
    except Exception:
        return otherwise
    return own.get(name, otherwise)
