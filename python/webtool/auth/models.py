"""Who makes a request, as handlers see it, and what tokens say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

#: What a token says: its claims.
Payload: TypeAlias = dict[str, Any]

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    PayloadT = TypeVar("PayloadT", bound=Mapping[str, Any], default=Payload)
else:
    from typing import TypeVar

    #: Claims as an application types them: `JWTService[MyPayload]`.
    PayloadT = TypeVar("PayloadT")


@dataclass(slots=True)
class AuthData:
    """Serialises to `{"identifier": ..., "scope": ..., "extra": {...}}`."""

    #: The subject: the token's `sub`.
    identifier: str
    #: The token's scopes; None where it names none.
    scope: list[str] | None = None
    #: `exp`, `iat`, `jti` and the application's own `extra`.
    extra: dict[str, Any] = field(default_factory=dict)
