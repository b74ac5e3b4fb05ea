"""LimitMiddleware: authenticates requests, and enforces limits.

It is pure ASGI, for HTTP and websockets (the handshake is the request). It follows these rules:

- A middleware counts the requests to the endpoints *below* it, wherever it is installed: around an
  application, a mount, a router or a route. It does not count the requests to endpoints below an
  inner LimitMiddleware. So one middleware counts each request: the nearest to its endpoint.
- Each auth_backend is called once for each request. An inner middleware calls its auth_backend
  again unless it is the same object. Guards use the result of the middleware nearest to the
  endpoint (see webtool.auth.identity).
- Every request is authenticated, even if no route matches.
- If the store fails, the identity stays unknown: the backend is not called a second time.

This module finds the endpoint and its rules, once for each path. The core writes the header fields,
authenticates tokens and decides.
"""

import inspect
import logging
from collections.abc import MutableMapping, Sequence
from typing import Any, Literal, NamedTuple

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from webtool._core import (
    AnnoSessionBackend,
    AnswerFields,
    BaseLimiter,
    InMemoryCache,
    InMemoryLimiter,
    IPBackend,
    JWTBackend,
    LimitRule,
    Limits,
    Policy,
    RedisCache,
    RedisLimiter,
    SessionBackend,
)
from webtool.auth.base import BaseAnnoBackend, BaseBackend
from webtool.auth.identity import KEY, Identity
from webtool.auth.models import AuthData
from webtool.exceptions import StoreUnavailable
from webtool.throttle.answers import Answering, OnRefusal, refuse
from webtool.throttle.decorator import KeyFunction, Limit, is_exempt, limits_of
from webtool.throttle.reach import Reach
from webtool.throttle.routing import Asked, Boundary, Destination, find, handler_of
from webtool.throttle.watch import DECIDED

#: The number of paths whose destination is remembered, and the longest path with its method.
#: Clients choose paths, so both must be bounded.
_REMEMBERED = 4096
_LONGEST_KEY = 256

_CORE_BACKENDS = (JWTBackend, IPBackend, SessionBackend, AnnoSessionBackend)

_logger = logging.getLogger("webtool")


class _Governed(NamedTuple):
    """The limits of a destination."""

    policy: Policy | None
    #: The ids of the functions whose limits are in `policy`.
    functions: frozenset[int]
    #: The key functions, each with the index of its rule in `policy`.
    keys: tuple[tuple[int, KeyFunction], ...] = ()


class _Remembered(NamedTuple):
    governed: _Governed
    asked: tuple[Asked, ...]


_UNLIMITED = _Governed(None, frozenset())


class LimitMiddleware(Boundary):
    """Authenticates requests and enforces the @limiter rules of the endpoints below.

    cache            the store of the counters: a RedisCache, an InMemoryCache, or a limiter
    auth_backend     authenticates requests; without it, all clients are anonymous
    anno_backend     distinguishes anonymous clients by a cookie (AnnoSessionBackend(), or your own
                     BaseAnnoBackend); without it, they are distinguished by address
    trusted_proxies  addresses and networks of the proxies in front of the server. Their
                     `proxy_header` names the client that they forward for. "unix" means a proxy
                     that connects through a Unix socket. By default no proxy is trusted, and all
                     clients of a Unix socket count as one. Start uvicorn with --no-proxy-headers:
                     by default uvicorn trusts X-Forwarded-For from 127.0.0.1, before this
                     middleware sees the request
    default_limits   LimitRules for the endpoints below that have no @limiter of their own and are
                     not @exempt. Each route has its own counters, unless the rules have a
                     throttle_key. Requests that match no route are not counted
    on_refusal       a function, async or not, that makes the answer to a refused request, in place
                     of the problem+json answer. It takes the Request (HTTPConnection for a
                     websocket) and the status, 429 or 503, and returns a Starlette Response. The
                     header fields of the limits are added to the response
    ratelimit_headers, x_ratelimit_headers
                     send RateLimit-Policy and RateLimit; X-RateLimit-Limit, -Remaining and -Reset

    Handlers find AuthData, or None, in `scope["auth"]` and `request.state.auth`, unless other code
    has stored its own object there. `Depends(get_auth)` is right even then. A websocket that may
    not pass is refused before it is accepted. If the store fails while an endpoint awaits it
    (StoreUnavailable), the answer is 503 with Retry-After.
    """

    def __init__(
        self,
        app: ASGIApp,
        cache: RedisCache | InMemoryCache | BaseLimiter,
        auth_backend: BaseBackend | None = None,
        anno_backend: BaseAnnoBackend | None = None,
        *,
        trusted_proxies: Sequence[str] = (),
        proxy_header: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for",
        default_limits: Sequence[LimitRule] = (),
        on_refusal: OnRefusal | None = None,
        ratelimit_headers: bool = True,
        x_ratelimit_headers: bool = True,
    ) -> None:
        if auth_backend is not None and not callable(getattr(auth_backend, "authenticate", None)):
            raise TypeError(
                "LimitMiddleware: auth_backend must be a backend, such as JWTBackend(jwt_service), "
                "not "
                f"{type(auth_backend).__name__}"
            )
        if not all(isinstance(rule, LimitRule) for rule in default_limits):
            raise TypeError(
                "LimitMiddleware: default_limits must be a list of LimitRule, as in "
                "[LimitRule(100, 60)]"
            )
        self.app = app
        self._default_limits = [Limit(rule) for rule in default_limits]
        self._on_refusal = on_refusal
        self._backend = auth_backend
        # A class derived in Python may override authenticate, so only exact classes go to the core.
        self._is_core = type(auth_backend) in _CORE_BACKENDS
        self._limits = Limits(
            _limiter_on(cache),
            auth_backend if self._is_core else None,
            anno_backend,
            trusted_proxies=trusted_proxies,
            proxy_header=proxy_header,
            ratelimit_headers=ratelimit_headers,
            x_ratelimit_headers=x_ratelimit_headers,
        )
        self._reach = Reach(self)
        self._policies: dict[tuple[str, tuple[int, ...]], Policy] = {}
        self._known: dict[tuple[str, str, str], _Remembered] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            if scope["type"] == "lifespan":
                send = self._reach.check_at_start(scope, send)
            await self.app(scope, receive, send)
            return
        policy, functions, key_functions = self._governed(scope)
        keys = await _keys_of(key_functions, scope) if key_functions else ()
        outer = scope.get(KEY)
        if outer is not None and outer.backend is self._backend:
            known = outer.auth, outer.certain
            asked = scope
        elif self._backend is None or self._is_core:
            known, asked = None, scope
        else:
            asked = _as_it_came(scope)
            known = await self._ask(scope)

        fields: AnswerFields | None
        if policy is None and known is not None:
            (auth, certain), fields, status, body = known, None, None, b""
        else:
            auth, certain, fields, status, body = await self._limits.check(
                asked, policy, known, keys
            )
        if status is not None:
            assert fields is not None, "a refusal has fields of its own"
            await refuse(scope, send, status, fields.added_to([]), body, self._on_refusal)
            return
        scope[KEY] = Identity(self._backend, auth, certain)
        _show(scope, auth)
        _show(scope.setdefault("state", {}), auth)

        answering = Answering(send, fields)
        decided = DECIDED.set(DECIDED.get() | functions) if functions else None
        try:
            await self.app(scope, receive, answering)
        except (StoreUnavailable, ExceptionGroup) as error:
            if answering.has_begun or not _is_unavailable(error):
                raise
            _logger.warning("%s: the request is answered with 503", error)
            await refuse(scope, send, 503, [(b"retry-after", b"1")], _UNAVAILABLE)
        finally:
            if decided is not None:
                DECIDED.reset(decided)

    def _governed(self, scope: Scope) -> _Governed:
        # Websockets have no method. Any name would collide: a client may send any method name.
        method = scope["method"] if scope["type"] == "http" else ""
        key = (method, scope["path"], scope.get("root_path", ""))
        remembered = self._known.get(key)
        if remembered is not None:
            for asked in remembered.asked:
                if not asked.is_as_it_was():
                    break
            else:
                return remembered.governed
        self._reach.check(scope)
        destination = find(self, scope)
        if destination is None:
            return _UNLIMITED
        governed = self._govern(destination, method, scope)
        if destination.by_path and sum(map(len, key)) <= _LONGEST_KEY:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = _Remembered(governed, destination.asked)
        return governed

    def _govern(self, destination: Destination, method: str, scope: Scope) -> _Governed:
        endpoint = destination.endpoint
        handler = handler_of(endpoint, method)
        limits, functions = limits_of(handler, endpoint, *destination.dependencies)
        if not limits and not is_exempt(handler, endpoint):
            limits = self._default_limits
        if not limits:
            return _UNLIMITED
        route = self._reach.counter_of(destination, handler, scope)
        key = (route, tuple(id(limit.rule) for limit in limits))
        if key not in self._policies:
            self._policies[key] = self._limits.policy(route, [limit.rule for limit in limits])
        keys = tuple((i, limit.key) for i, limit in enumerate(limits) if limit.key is not None)
        return _Governed(self._policies[key], functions, keys)

    async def _ask(self, scope: Scope) -> tuple[AuthData | None, bool]:
        # Awaited here and not by the core, so that context variables reach the endpoint.
        assert self._backend is not None
        try:
            auth = self._backend.authenticate(scope)
            if inspect.isawaitable(auth):
                auth = await auth
        except ValueError:
            return None, True
        except StoreUnavailable:
            return None, False
        if auth is not None and not isinstance(auth, AuthData):
            raise TypeError(
                f"{type(self._backend).__name__}.authenticate must return AuthData or None, not "
                f"{type(auth).__name__}"
            )
        return auth, True


def _is_unavailable(error: Exception) -> bool:
    # A TaskGroup raises an ExceptionGroup; it must contain only StoreUnavailable.
    if isinstance(error, ExceptionGroup):
        return error.split(StoreUnavailable)[1] is None
    return True


_UNAVAILABLE = b'{"title":"Service Unavailable","status":503}'


def _show(place: MutableMapping[str, Any], auth: AuthData | None) -> None:
    # Do not overwrite objects of other code: Starlette's AuthCredentials, a state of the lifespan.
    present = place.get("auth")
    if present is None or isinstance(present, AuthData):
        place["auth"] = auth


def _as_it_came(scope: Scope) -> Scope:
    # A backend in Python gets the scope itself, and may change it while it is awaited.
    headers = scope.get("headers")
    if headers is not None and not isinstance(headers, list | tuple):
        scope["headers"] = headers = list(headers)  # an iterator can be read only once
    return {**scope, "headers": tuple(headers or ())}


async def _keys_of(
    functions: tuple[tuple[int, KeyFunction], ...], scope: Scope
) -> list[tuple[int, str | bytes]]:
    request = HTTPConnection(_as_it_came(scope))
    keys = []
    for place, function in functions:
        key = function(request)
        if inspect.isawaitable(key):
            key = await key
        if key is not None:
            keys.append((place, key))
    return keys


def _limiter_on(cache: RedisCache | InMemoryCache | BaseLimiter) -> BaseLimiter:
    if isinstance(cache, BaseLimiter):
        return cache
    if isinstance(cache, RedisCache):
        return RedisLimiter(cache)
    if isinstance(cache, InMemoryCache):
        return InMemoryLimiter()
    raise TypeError(
        "LimitMiddleware: cache must be a RedisCache, an InMemoryCache or a limiter, not "
        + type(cache).__name__
    )
