"""For fastapi.Depends: who makes the request, and guards for routes that must know."""

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from webtool.auth.models import AuthData


def get_auth(request: HTTPConnection) -> AuthData | None:
    """Who makes the request, as the middleware has found out; None for the anonymous."""
    auth: AuthData | None = request.scope.get("auth")
    return auth


def require_auth(request: HTTPConnection) -> AuthData:
    """As get_auth, for routes that need somebody: the anonymous get 401, and everyone 503 while
    the store cannot tell who they are."""
    auth = get_auth(request)
    if auth is not None:
        return auth
    if not request.scope.get("webtool.auth_is_certain", True):
        raise HTTPException(503, headers={"Retry-After": "1"})
    raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})


def require_scopes(*scopes: str) -> Callable[[HTTPConnection], AuthData]:
    """As require_auth, for routes that need all of these scopes: others get 403."""

    def require(request: HTTPConnection) -> AuthData:
        auth = require_auth(request)
        if auth.scope is None or not set(scopes).issubset(auth.scope):
            challenge = f'Bearer error="insufficient_scope", scope="{" ".join(scopes)}"'
            raise HTTPException(403, headers={"WWW-Authenticate": challenge})
        return auth

    return require
