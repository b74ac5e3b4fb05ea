"""LimitMiddleware: who makes a request, and whether it may pass.

Pure ASGI, for HTTP and websockets (whose handshake is the request). The rules it follows:

- The endpoints *below* a middleware are its own, wherever it stands: around an application, a
  mount, a router or a route. Where another LimitMiddleware stands further down, the endpoints below
  that one are not. So each request is counted by one middleware, the nearest to its endpoint.
- Each auth_backend is asked once for each request. A middleware further down asks anew unless it
  has the very same backend. Guards believe the nearest (see webtool.auth.identity).
- Who makes the request is found out for every request, also where no route matches.
- What the store cannot tell stays unknown: nobody is asked a second time.

The endpoint and its rules are found here, once for each path; the header, authentication by tokens
and the decision are the core's.
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

#: Paths whose destination is remembered, and how long one may be with its method: clients choose
#: them, and what they choose must not add up.
_REMEMBERED = 4096
_LONGEST_KEY = 256

_CORE_BACKENDS = (JWTBackend, IPBackend, SessionBackend, AnnoSessionBackend)

_logger = logging.getLogger("webtool")


class _Governed(NamedTuple):
    """What holds for a destination."""

    policy: Policy | None
    #: The ids of the functions whose limits are in `policy`.
    functions: frozenset[int]
    #: The rules, by their place in `policy`, that count under what a function says.
    keys: tuple[tuple[int, KeyFunction], ...] = ()


class _Remembered(NamedTuple):
    governed: _Governed
    asked: tuple[Asked, ...]


_UNLIMITED = _Governed(None, frozenset())


class LimitMiddleware(Boundary):
    """Authenticates requests and enforces the @limiter rules of the endpoints below.

    cache            where requests are counted: a RedisCache, an InMemoryCache, or a limiter
    auth_backend     says who has a good token; without, everyone is anonymous
    anno_backend     tells the anonymous apart by a cookie (AnnoSessionBackend(), or your own
                     BaseAnnoBackend); without, they are told apart by address
    trusted_proxies  addresses and networks of the proxies in front, whose `proxy_header` says whom
                     they forward for; "unix" is a proxy that connects through a Unix socket. By
                     default none is believed, and all clients of a Unix socket are one. Start
                     uvicorn with --no-proxy-headers: by itself it believes X-Forwarded-For from
                     127.0.0.1, before this middleware sees the request
    default_limits   LimitRules for the endpoints below that have no @limiter of their own and are
                     not @exempt. Each route counts for itself, unless the rules have a
                     throttle_key; requests that no route matches are not counted
    on_refusal       makes the answer to a request that may not pass, instead of the problem+json
                     one: called with the Request (or WebSocket) and the status, 429 or 503; gives
                     a Starlette Response, async or not. The fields of the limits are added to it
    ratelimit_headers, x_ratelimit_headers
                     send RateLimit-Policy and RateLimit; X-RateLimit-Limit, -Remaining and -Reset

    Handlers find AuthData, or None, in `scope["auth"]` and `request.state.auth`, unless something
    else has put an object of its own there: `Depends(get_auth)` is not mistaken even then. A
    websocket that may not pass is refused before it is accepted. If the store fails while an
    endpoint awaits it (StoreUnavailable), the answer is 503 with Retry-After.
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
                "auth_backend must be a backend, such as JWTBackend(jwt_service), not "
                f"{type(auth_backend).__name__}"
            )
        if not all(isinstance(rule, LimitRule) for rule in default_limits):
            raise TypeError(
                "default_limits must be a list of LimitRule, as in [LimitRule(100, 60)]"
            )
        self.app = app
        self._default_limits = [Limit(rule) for rule in default_limits]
        self._on_refusal = on_refusal
        self._backend = auth_backend
        # A class derived in Python may have its own idea, and is asked here.
        self._is_core = type(auth_backend) in _CORE_BACKENDS
        self._limits = Limits(
            _limiter_on(cache),
            auth_backend if self._is_core else None,
            anno_backend,
            list(trusted_proxies),
            proxy_header,
            ratelimit_headers,
            x_ratelimit_headers,
        )
        self._reach = Reach(self)
        self._policies: dict[tuple[str, tuple[int, ...]], Policy] = {}
        self._known: dict[tuple[str, str, str], _Remembered] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            if scope["type"] == "lifespan":
                send = self._reach.look_at_start(scope, send)
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
        # Websockets have no method: no name would do that a client could not give to its own.
        method = scope["method"] if scope["type"] == "http" else ""
        key = (method, scope["path"], scope.get("root_path", ""))
        remembered = self._known.get(key)
        if remembered is not None:
            for asked in remembered.asked:
                if not asked.is_as_it_was():
                    break
            else:
                return remembered.governed
        self._reach.look(scope)
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
        # Awaited here rather than by the core, so that context variables reach the endpoint.
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
                f"{type(self._backend).__name__}.authenticate must give AuthData or None, not "
                f"{type(auth).__name__}"
            )
        return auth, True


def _is_unavailable(error: Exception) -> bool:
    # A TaskGroup raises a group, here of nothing else.
    if isinstance(error, ExceptionGroup):
        return error.split(StoreUnavailable)[1] is None
    return True


_UNAVAILABLE = b'{"title":"Service Unavailable","status":503}'


def _show(place: MutableMapping[str, Any], auth: AuthData | None) -> None:
    # What others have put there is theirs: Starlette's AuthCredentials, a state of the lifespan.
    present = place.get("auth")
    if present is None or isinstance(present, AuthData):
        place["auth"] = auth


def _as_it_came(scope: Scope) -> Scope:
    # A backend in Python is handed the scope itself, and may change it while it is awaited.
    headers = scope.get("headers")
    if headers is not None and not isinstance(headers, list | tuple):
        scope["headers"] = headers = list(headers)  # once read, an iterator would be empty
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
        "cache must be a RedisCache, an InMemoryCache or a limiter, not " + type(cache).__name__
    )
