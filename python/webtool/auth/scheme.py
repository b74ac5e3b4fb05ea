"""What a guard is for FastAPI: a security scheme, which /docs shows as an Authorize button.

FastAPI is not needed by applications of Starlette alone. Without it a guard is a plain object.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:

    class Scheme:
        """The base of guards."""

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
