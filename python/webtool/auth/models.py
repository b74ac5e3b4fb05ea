"""Who makes a request, as handlers see it, and what tokens say."""

from collections.abc import Iterator, Mapping
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


@dataclass(slots=True, init=False)
class AuthData:
    """Who makes a request. Serialises to `{"identifier": ..., "scope": ..., "extra": {...}}`.

    It can be read like a dict: `auth["scope"]`, `auth.get("role")`, `"exp" in auth`. These are the
    three fields first, and then what is in `extra`.
    """

    #: The subject: the token's `sub`.
    identifier: str
    #: The token's scopes; None if it names none.
    scope: list[str] | None = None
    #: `exp`, `iat`, `jti` and the application's own `extra`.
    extra: dict[str, Any] = field(default_factory=dict)

    def __init__(
        self,
        identifier: str,
        scope: list[str] | Mapping[str, Any] | None = None,
        extra: dict[str, Any] | None = None,
        *,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """`data` is scope and extra in one, as backends for the original give it; it may stand in
        the place of `scope`."""
        if isinstance(scope, dict):
            scope, data = None, scope
        if data is not None:
            if scope is not None or extra is not None:
                raise TypeError("AuthData takes data, or scope and extra")
            extra = dict(data)
            scope = extra.pop("scope", None)
        self.identifier = identifier
        self.scope = scope  # type: ignore[assignment]
        self.extra = {} if extra is None else extra

    @property
    def data(self) -> dict[str, Any]:
        """What the token says but for its subject: `extra`, with the scope if there is one."""
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
