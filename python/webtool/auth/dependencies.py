"""Dependencies for fastapi.Depends: the identity of the client, and guards that require it.

They read the identity that LimitMiddleware has determined (webtool.auth.identity). They are async,
so that FastAPI calls them on the event loop and not in its thread pool. In an application without
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
    """Returns the AuthData of the client, or None if the request is not authenticated."""
    identity = identity_of(request.scope)
    if identity is None:
        _warn(
            "no LimitMiddleware runs before an endpoint that uses get_auth or a guard: requests "
            "to this endpoint are never authenticated. Add Middleware(LimitMiddleware, cache=..., "
            "auth_backend=...) to the application"
        )
        return None
    if identity.backend is None:
        _warn(
            "an endpoint uses get_auth or a guard, but its LimitMiddleware has no auth_backend: "
            "requests to this endpoint are never authenticated. Give LimitMiddleware an "
            "auth_backend, such as JWTBackend(jwt_service)"
        )
    return identity.auth


class _RequireAuth(Scheme):
    """Like get_auth, for routes that require an authenticated client. Answers 401 if the request is
    not authenticated, and 503 if the store failed. A websocket is refused before it is accepted.
    `Security(require_auth, scopes=[...])` requires all of these scopes, like require_scopes."""

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
    """Like require_auth, for routes that require all of these scopes. Answers 403 if the token does
    not have all of them. The guard depends on require_auth: a test that overrides require_auth
    overrides it here too."""
    for scope in scopes:
        if not isinstance(scope, str):
            raise TypeError(
                f'require_scopes: each scope must be a str, as in require_scopes("read"), '
                f"not {scope!r}"
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
    except ImportError:  # without FastAPI, the application awaits guards itself
        return None
    return Depends(dependency)


def _refuse(request: HTTPConnection, status: int, headers: dict[str, str]) -> NoReturn:
    scope = request.scope
    if scope["type"] == "websocket" and "websocket.http.response" not in (
        scope.get("extensions") or ()
    ):
        # Without that extension the server can only close; it then answers the handshake with 403.
        raise WebSocketException(code=1008)
    raise HTTPException(status, headers=headers)


def _warn(text: str) -> None:
    if text not in _warned:
        _warned.add(text)
        _logger.warning(text)
