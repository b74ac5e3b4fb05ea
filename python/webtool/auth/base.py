"""The bases of what you may write yourself. Each method may be async, but for a manager's."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping, MutableMapping
from typing import Any, Generic

from webtool.auth.models import AuthData, PayloadT


class BaseJWTManager(ABC):
    """Claims to token and back. The claim `typ` tells access tokens (`at+jwt`) from refresh tokens
    (`rt+jwt`): a manager keeps it in the token, wherever it likes."""

    @abstractmethod
    def encode(self, claims: dict[str, Any], secret_key: Any, algorithm: str) -> str:
        """The token that says `claims`."""

    @abstractmethod
    def decode(
        self, token: str, secret_key: Any, algorithm: str, verify_exp: bool = True
    ) -> dict[str, Any] | None:
        """What the token says, or None if it is not to be believed."""


class BaseJWTService(ABC, Generic[PayloadT]):
    """The life of tokens. Backends ask it what an access token says."""

    @abstractmethod
    def create_token(self, data: Mapping[str, Any]) -> Awaitable[tuple[str, str]]:
        """An access and a refresh token for `data`."""

    @abstractmethod
    def validate_access_token(self, access_token: str) -> Awaitable[PayloadT | None]:
        """What the access token says, or None."""

    @abstractmethod
    def validate_refresh_token(
        self, access_token: str | None = None, refresh_token: str | None = None
    ) -> Awaitable[PayloadT | None]:
        """What the refresh token says, or None. One token alone is the refresh token."""

    @abstractmethod
    def invalidate_token(self, refresh_token: str) -> Awaitable[bool]:
        """Ends the token's session."""

    @abstractmethod
    def update_token(
        self,
        data: Mapping[str, Any],
        access_token: str | None = None,
        refresh_token: str | None = None,
    ) -> Awaitable[tuple[str, str] | None]:
        """Spends a refresh token for a new pair. One token alone is the refresh token."""


class BaseBackend(ABC):
    """Says who makes a request."""

    @abstractmethod
    def authenticate(
        self, scope: MutableMapping[str, Any]
    ) -> Awaitable[AuthData | None] | AuthData | None:
        """Who makes the request of that ASGI scope. None, or a ValueError: nobody that is known.
        StoreUnavailable: it cannot be found out."""


class BaseAnnoBackend(BaseBackend):
    """Tells clients apart that have no token: LimitMiddleware's anno_backend. Its methods are not
    async. `read` must not believe what a client can make up: a client that can choose its session
    has as many as it likes."""

    #: All sessions of one address together may do this many times what one may.
    ip_factor = 5

    @abstractmethod
    def read(self, scope: MutableMapping[str, Any]) -> str | None:
        """The session that the request of that ASGI scope proves to have. None, or a ValueError:
        it has none."""

    @abstractmethod
    def issue(self) -> str:
        """A new session, for a client that has none: a text nobody can guess."""

    @abstractmethod
    def set_cookie(self, session: str) -> str:
        """The value of the Set-Cookie header that gives `session` to the client. A client that is
        refused gets none."""

    def authenticate(
        self, scope: MutableMapping[str, Any]
    ) -> Awaitable[AuthData | None] | AuthData | None:
        """The session as the identifier of AuthData, or None."""
        session = self.read(scope)
        return None if session is None else AuthData(session)
