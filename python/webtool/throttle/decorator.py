"""@limiter: how many requests in how much time, and for whom."""

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

#: Whom a request counts for, where that is neither the client nor its address.
KeyFunction = Callable[[HTTPConnection], str | bytes | Awaitable[str | bytes | None] | None]


class Limit(NamedTuple):
    """A rule, and under what it counts a request; None for the client or its address."""

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
    """At most `max_requests` in any `interval` (seconds) for each client of the route.

    Put as many on an endpoint as you like: a request must meet all of them, and what is denied
    costs nothing. LimitMiddleware enforces them. An endpoint is a function, a method or class of
    HTTPEndpoint, a websocket endpoint (its handshake counts), an object that can be called, or a
    function that FastAPI's routes depend on (each of these routes then has the limit).

    Decorators in between must leave `__wrapped__`, as functools.wraps does: others hide the limit,
    which is logged when the endpoint is called.

    throttle_key      limits of the same key and numbers share one counter, on whatever routes
    method            the methods that count; by default all. GET stands for HEAD too
    scopes            whom it counts. "user" and "anno" say who: those with a good token, those
                      without. All other names say which users: those whose token has every one of
                      them. By default everyone
    per               "client" counts each user, and each anonymous session, for itself; "address"
                      all of one address together, whatever cookies or tokens they bring: for what
                      an attacker repeats, such as a login
    key               a function, async or not, that is given the request (its headers, query and
                      address; not its body or path parameters) and returns under what it counts:
                      an API key, a tenant. None: as `per` says. A key that clients can make up at
                      will limits nobody: have a limit per address beside it
    algorithm         "sliding_window" is exact; "gcra" and "fixed_window" keep less
    on_store_failure  while the store is down: "allow", "deny" (503), or count "local"ly
    cost              how many requests one request counts for
    shadow            decide and report, but let everything pass
    name              how headers call it
    """
    _check_arguments(max_requests, interval)
    if key is not None and not callable(key):
        raise TypeError(
            "limiter: key must be a function of the request, as in key=lambda request: "
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
        # On both: a decorator above this one may hand on either.
        for layer in (endpoint, limited) if limited is not endpoint else (endpoint,):
            _attach(Limit(rule, key), layer)
        with contextlib.suppress(TypeError):  # not everything that can be called can be kept
            _limited.add(limited)
        return limited

    return _Decorator(decorate)


class _Decorator:
    """What limiter(...) gives. FastAPI asks for its signature if it is used as a dependency, which
    would limit nothing."""

    def __init__(self, decorate: Callable[[Any], Any]) -> None:
        self._decorate = decorate

    def __call__(self, endpoint: Endpoint) -> Endpoint:
        decorated: Endpoint = self._decorate(endpoint)
        return decorated

    @property
    def __signature__(self) -> Any:
        raise InvalidArgument(
            "limiter(...) is a decorator, and no dependency: put @limiter(...) on the endpoint, or "
            "on a function that the routes depend on"
        )


def exempt(endpoint: Endpoint) -> Endpoint:
    """Keeps the default_limits of LimitMiddleware from an endpoint, such as a health check. Its own
    limits still count."""
    _check_endpoint(endpoint)
    target = endpoint.__func__ if isinstance(endpoint, types.MethodType) else endpoint
    setattr(target, _EXEMPT, True)
    return endpoint


def is_exempt(*endpoints: object) -> bool:
    """Whether one of them is exempt, in whatever it is wrapped."""
    return any(
        _attribute(layer, _EXEMPT, False) for endpoint in endpoints for layer in _layers(endpoint)
    )


def _check_arguments(max_requests: object, interval: object) -> None:
    if isinstance(max_requests, bool) or not isinstance(max_requests, int):
        raise TypeError(
            "limiter: max_requests must be a number, as in @limiter(5, 60) for five requests a "
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
            f"limiter limits endpoints, and {type(endpoint).__name__} has endpoints of its own: "
            "put @limiter on those"
        )
    if not callable(endpoint):
        raise TypeError(f"limiter limits endpoints, and {type(endpoint).__name__} is none")


def _attach(limit: Limit, layer: object) -> None:
    # A tuple, since functools.wraps hands the attribute on: a list would be shared.
    if isinstance(layer, types.MethodType):
        return  # has no attributes of its own; the function that wraps it has
    try:
        setattr(layer, _ATTRIBUTE, (limit, *_attribute(layer, _ATTRIBUTE, ())))
    except (AttributeError, TypeError):
        raise TypeError(
            f"limiter cannot mark a {type(layer).__name__}: limit a function that calls it"
        ) from None


def all_limited() -> list[Any]:
    """Every limited endpoint that is still in use."""
    return list(_limited)


class Limits(NamedTuple):
    """The limits of an endpoint, and the ids of the functions they were found on."""

    rules: list[Limit]
    functions: frozenset[int]


def limits_of(*endpoints: object) -> Limits:
    """All limits of these endpoints, in whatever they are wrapped."""
    found: dict[int, Limit] = {}
    functions: set[int] = set()
    for endpoint in endpoints:
        for layer in _layers(endpoint):
            functions.add(id(layer))
            for limit in _attribute(layer, _ATTRIBUTE, ()):
                found.setdefault(id(limit.rule), limit)
    return Limits(list(found.values()), frozenset(functions))


def _layers(endpoint: object) -> Iterator[object]:
    # Only what is certain to call the inner one: what an endpoint merely refers to is not limited
    # by its limit. Attributes are read from where they are, never asked for, since there are
    # objects that answer to every name.
    seen: set[int] = set()
    waiting = [endpoint]
    while waiting:
        layer = waiting.pop()
        if layer is None or id(layer) in seen:
            continue
        seen.add(id(layer))
        yield layer
        kind = type(layer)  # not isinstance, which asks the object
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
    # What the object itself has under that name, whatever its class makes of a look-up.
    try:
        is_class = issubclass(type(layer), type)
        own = (type if is_class else object).__getattribute__(layer, "__dict__")
    except Exception:
        return otherwise
    return own.get(name, otherwise)
