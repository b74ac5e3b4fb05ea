"""Who makes a request, kept in its ASGI scope for the guards.

LimitMiddleware writes it, under a key that nothing else uses. `scope["auth"]` and
`request.state.auth` show the same AuthData, as documented, but others write there too (Starlette's
AuthenticationMiddleware puts an object there for everybody): guards never read them.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from webtool.auth.models import AuthData

#: Where a scope holds its Identity.
KEY = "webtool.identity"


class Identity(NamedTuple):
    """What `backend` said of a request."""

    #: The auth_backend that was asked, which is the one of the middleware nearest to the endpoint.
    backend: Any
    #: Who makes the request; None if nobody is known.
    auth: AuthData | None
    #: False if the store failed, so that `auth` is None although the credentials may be good.
    certain: bool


def identity_of(scope: Mapping[str, Any]) -> Identity | None:
    """The identity of a request; None if no LimitMiddleware stands in front of the endpoint."""
    identity: Identity | None = scope.get(KEY)
    return identity
