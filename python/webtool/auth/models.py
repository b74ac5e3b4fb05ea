"""Who makes a request, as handlers see it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class AuthData:
    """Serialises to `{"identifier": ..., "scope": ..., "extra": {...}}`."""

    #: The subject: the token's `sub`.
    identifier: str
    #: The token's scopes; None where it names none.
    scope: list[str] | None = None
    #: `exp`, `iat`, `jti` and the application's own `extra`.
    extra: dict[str, Any] = field(default_factory=dict)
