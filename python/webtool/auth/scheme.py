"""A guard is a security scheme for FastAPI, which /docs shows as an Authorize button.

Applications that use only Starlette do not need FastAPI. Without FastAPI a guard is a plain object.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:

    class Scheme:
        """The base class of guards."""

    class SecurityScopes:
        """The scopes of `Security(guard, scopes=[...])`."""

        scopes: list[str]

else:
    try:
        from fastapi.openapi.models import HTTPBearer
        from fastapi.security import SecurityScopes
        from fastapi.security.base import SecurityBase

        class Scheme(SecurityBase):
            model = HTTPBearer(bearerFormat="JWT", description="An access token.")
            scheme_name = "Bearer"

    except ImportError:

        class Scheme:
            pass

        class SecurityScopes:
            scopes = ()


__all__ = ["Scheme", "SecurityScopes"]
