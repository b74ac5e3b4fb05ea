"""The authenticated client as handlers see it, and the claims of tokens."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

#: The claims of a token.
Payload: TypeAlias = dict[str, Any]

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    PayloadT = TypeVar("PayloadT", bound=Mapping[str, Any], default=Payload)
else:
    from typing import TypeVar

    #: The type that an application gives its claims: `JWTService[MyPayload]`.
    PayloadT = TypeVar("PayloadT")


@dataclass(slots=True, init=False)
class AuthData:
    """The authenticated client. Serialises to `{"identifier": ..., "scope": ..., "extra": {...}}`.

    AuthData can be read like a dict: `auth["scope"]`, `auth.get("role")`, `"exp" in auth`. The keys
    are the names of the three fields first, then the keys of `extra`.
    """

    #: The subject: the token's `sub`.
    identifier: str
    #: The token's scopes, or None if the token has no scope claim.
    scope: list[str] | None = None
    #: `exp`, `iat`, `jti` and the `extra` of the application.
    extra: dict[str, Any] = field(default_factory=dict)

    def __init__(
        self,
        identifier: str,
        scope: list[str] | Mapping[str, Any] | None = None,
        extra: dict[str, Any] | None = None,
        *,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """`data` combines scope and extra in one mapping, as backends for the original pass it. A
        dict in the position of `scope` is taken as `data`."""
        if isinstance(scope, dict):
            scope, data = None, scope
        if data is not None:
            if scope is not None or extra is not None:
                raise TypeError("AuthData takes either data, or scope and extra")
            extra = dict(data)
            scope = extra.pop("scope", None)
        self.identifier = identifier
        self.scope = scope  # type: ignore[assignment]
        self.extra = {} if extra is None else extra

    @property
    def data(self) -> dict[str, Any]:
        """All claims except the subject: `extra`, and the scope if there is one."""
        return dict(self.extra) if self.scope is None else {**self.extra, "scope": self.scope}

    def keys(self) -> list[str]:
        return [*_FIELDS, *(name for name in self.extra if name not in _FIELDS)]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __contains__(self, name: object) -> bool:
        return name in _FIELDS or name in self.extra

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name) if name in _FIELDS else self.extra[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if self.__contains__(name) else default


_FIELDS = ("identifier", "scope", "extra")
