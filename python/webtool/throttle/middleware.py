"""LimitMiddleware: who makes a request, and whether it may pass.

Pure ASGI. Here the endpoint and its rules are found, once for each path; headers, authentication
and the decision are the core's.
"""

from collections.abc import Sequence
from typing import Any, Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webtool._core import (
    AnnoSessionBackend,
    AnswerFields,
    BaseLimiter,
    InMemoryCache,
    InMemoryLimiter,
    Limits,
    Policy,
    RedisCache,
    RedisLimiter,
)
from webtool.auth.base import BaseBackend
from webtool.throttle.decorator import rules_of
from webtool.throttle.routing import Destination, find

#: Paths whose destination is remembered, and how long one may be: clients choose them, and what
#: they choose must not add up.
_REMEMBERED = 4096
_LONGEST_PATH = 256


class LimitMiddleware:
    """Authenticates requests and enforces the @limiter rules of their endpoints.

    cache            where requests are counted: a RedisCache, an InMemoryCache, or a limiter
    auth_backend     says who has a good token; without, everyone is anonymous
    anno_backend     tells the anonymous apart by a cookie; without, they are told apart by address
    trusted_proxies  addresses and networks of the proxies in front, whose `proxy_header` says whom
                     they forward for; by default none is believed
    ratelimit_headers, x_ratelimit_headers
                     send RateLimit-Policy and RateLimit; X-RateLimit-Limit, -Remaining and -Reset

    Handlers find AuthData, or None, in `scope["auth"]` and `request.state.auth`. Websockets pass.
    """

    def __init__(
        self,
        app: ASGIApp,
        cache: RedisCache | InMemoryCache | BaseLimiter,
        auth_backend: BaseBackend | None = None,
        anno_backend: AnnoSessionBackend | None = None,
        *,
        trusted_proxies: Sequence[str] = (),
        proxy_header: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for",
        ratelimit_headers: bool = True,
        x_ratelimit_headers: bool = True,
    ) -> None:
        self.app = app
        self._limits = Limits(
            _limiter_on(cache),
            auth_backend,
            anno_backend,
            list(trusted_proxies),
            proxy_header,
            ratelimit_headers,
            x_ratelimit_headers,
        )
        self._policies: dict[tuple[Any, str], Policy | None] = {}
        self._known: dict[tuple[str, str, str], Policy | None] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # An application mounted in one that has the middleware too is asked but once.
        if scope["type"] != "http" or "webtool.auth_is_certain" in scope:
            await self.app(scope, receive, send)
            return
        key = (scope["method"], scope["path"], scope.get("root_path", ""))
        try:
            policy = self._known[key]
        except KeyError:
            destination = find(scope.get("app") or self.app, scope)
            if destination is None:
                await self.app(scope, receive, send)
                return
            policy = self._policy(destination, scope["method"])
            if destination.by_path and len(scope["path"]) <= _LONGEST_PATH:
                self._remember(key, policy)

        auth, certain, fields, status, body = await self._limits.check(scope, policy)
        if status is not None:
            assert fields is not None, "a refusal has fields of its own"
            await _answer(send, status, fields, body)
            return
        scope["webtool.auth_is_certain"] = certain
        scope["auth"] = auth
        scope.setdefault("state", {})["auth"] = auth
        await self.app(scope, receive, send if fields is None else _with_fields(send, fields))

    def _remember(self, key: tuple[str, str, str], policy: Policy | None) -> None:
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[key] = policy

    def _policy(self, destination: Destination, method: str) -> Policy | None:
        endpoint = destination.endpoint
        handler = endpoint
        if isinstance(endpoint, type):
            # A class with a method for each HTTP method, which may have rules of its own.
            handler = getattr(endpoint, method.lower(), None)
            if handler is None and method == "HEAD":
                handler = getattr(endpoint, "get", None)
        key = (handler, destination.path)
        if key not in self._policies:
            rules = rules_of(handler)
            if handler is not endpoint:
                rules += rules_of(endpoint)
            name = getattr(handler, "__qualname__", "")
            route = f"{destination.path} {getattr(handler, '__module__', '')}.{name}"
            self._policies[key] = self._limits.policy(route, rules) if rules else None
        return self._policies[key]


def _limiter_on(cache: RedisCache | InMemoryCache | BaseLimiter) -> BaseLimiter:
    if isinstance(cache, BaseLimiter):
        return cache
    if isinstance(cache, RedisCache):
        return RedisLimiter(cache)
    if isinstance(cache, InMemoryCache):
        return InMemoryLimiter()
    raise TypeError("cache must be a RedisCache, an InMemoryCache or a limiter")


async def _answer(send: Send, status: int, fields: AnswerFields, body: bytes) -> None:
    headers = fields.added_to([(b"content-length", str(len(body)).encode())])
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _with_fields(send: Send, fields: AnswerFields) -> Send:
    def sending(message: Message) -> Any:
        if message["type"] == "http.response.start":
            message["headers"] = fields.added_to(message.get("headers", ()))
        return send(message)

    return sending
