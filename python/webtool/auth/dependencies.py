"""For fastapi.Depends: who makes the request, and guards for routes that must know.

They read what LimitMiddleware has found out (webtool.auth.identity). They are async, so that
FastAPI calls them on the event loop and not on its pool of threads. In an application without
FastAPI, await them with the request.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NoReturn

from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import HTTPConnection

from webtool.auth.identity import identity_of
from webtool.auth.models import AuthData
from webtool.auth.scheme import Scheme, SecurityScopes

_logger = logging.getLogger("webtool")
_warned: set[str] = set()


async def get_auth(request: HTTPConnection) -> AuthData | None:
    """Who makes the request; None if nobody is known."""
    identity = identity_of(request.scope)
    if identity is None:
        _warn(
            "no LimitMiddleware stands in front of an endpoint that asks who makes the request: "
            "nobody will ever be known there. Add Middleware(LimitMiddleware, cache=..., "
            "auth_backend=...) to the application"
        )
        return None
    if identity.backend is None:
        _warn(
            "an endpoint asks who makes the request, but its LimitMiddleware has no auth_backend: "
            "nobody will ever be known there. Give it one, such as JWTBackend(jwt_service)"
        )
    return identity.auth


class _RequireAuth(Scheme):
    """As get_auth, for routes that need somebody: 401 if nobody is known, 503 if the store cannot
    tell. A websocket is refused before it is accepted. `Security(require_auth, scopes=[...])` needs
    all of these scopes, as require_scopes does."""

    async def __call__(
        self,
        request: HTTPConnection,
        security_scopes: SecurityScopes = None,  # type: ignore[assignment]
    ) -> AuthData:
        auth = await get_auth(request)
        if auth is not None:
            if security_scopes is not None and security_scopes.scopes:
                _check_scopes(request, auth, security_scopes.scopes)
            return auth
        identity = identity_of(request.scope)
        if identity is not None and not identity.certain:
            _refuse(request, 503, {"Retry-After": "1"})
        _refuse(request, 401, {"WWW-Authenticate": "Bearer"})

    def __repr__(self) -> str:
        return "webtool.auth.require_auth"


require_auth = _RequireAuth()


def require_scopes(*scopes: str) -> Callable[..., Awaitable[AuthData]]:
    """As require_auth, for routes that need all of these scopes: 403 for a token without one of
    them. It depends on require_auth, so that overriding that in a test reaches it too."""
    for scope in scopes:
        if not isinstance(scope, str):
            raise TypeError(
                f'require_scopes takes names, as in require_scopes("read"), not {scope!r}'
            )
    by_fastapi = _depends(require_auth)

    async def require(request: HTTPConnection, auth: Any = by_fastapi) -> AuthData:
        known: AuthData = await require_auth(request) if auth is by_fastapi else auth
        _check_scopes(request, known, scopes)
        return known

    return require


def _check_scopes(request: HTTPConnection, auth: AuthData, scopes: Iterable[str]) -> None:
    present = auth.scope or ()
    if all(scope in present for scope in scopes):
        return
    challenge = f'Bearer error="insufficient_scope", scope="{" ".join(scopes)}"'
    _refuse(request, 403, {"WWW-Authenticate": challenge})


def _depends(dependency: Callable[..., Any]) -> Any:
    try:
        from fastapi import Depends
    except ImportError:  # Starlette alone: guards are awaited by hand
        return None
    return Depends(dependency)


def _refuse(request: HTTPConnection, status: int, headers: dict[str, str]) -> NoReturn:
    scope = request.scope
    if scope["type"] == "websocket" and "websocket.http.response" not in (
        scope.get("extensions") or ()
    ):
        # The server can only close: it answers the handshake with 403.
        raise WebSocketException(code=1008)
    raise HTTPException(status, headers=headers)


def _warn(text: str) -> None:
    if text not in _warned:
        _warned.add(text)
        _logger.warning(text)
