"""The identity of a request, stored in its ASGI scope for the guards.

LimitMiddleware writes the identity under a key that nothing else uses. `scope["auth"]` and
`request.state.auth` show the same AuthData, as documented. But other code writes there too:
Starlette's AuthenticationMiddleware stores an object there for every request. So guards never read
these two places.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from webtool.auth.models import AuthData

#: The key of the Identity in a scope.
KEY = "webtool.identity"


class Identity(NamedTuple):
    """The result of `backend` for a request."""

    #: The auth_backend of the LimitMiddleware nearest to the endpoint.
    backend: Any
    #: The authenticated client, or None.
    auth: AuthData | None
    #: False if the store failed: `auth` is then None although the credentials may be valid.
    certain: bool


def identity_of(scope: Mapping[str, Any]) -> Identity | None:
    """Returns the identity of a request, or None if no LimitMiddleware runs before the endpoint."""
    identity: Identity | None = scope.get(KEY)
    return identity
