"""Base classes for your own managers, services and backends.

The methods may be async, except those of BaseJWTManager and BaseAnnoBackend.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping, MutableMapping
from typing import Any, Generic

from webtool.auth.models import AuthData, PayloadT


class BaseJWTManager(ABC):
    """Encodes claims as a token and decodes the token. Its methods are not async.

    The claim `typ` distinguishes access tokens (`at+jwt`) from refresh tokens (`rt+jwt`). A manager
    must keep `typ` in the token, but may choose the place."""

    @abstractmethod
    def encode(self, claims: dict[str, Any], secret_key: Any, algorithm: str) -> str:
        """Returns a token with these claims."""

    @abstractmethod
    def decode(
        self, token: str, secret_key: Any, algorithm: str, verify_exp: bool = True
    ) -> dict[str, Any] | None:
        """Returns the claims of the token, or None if the token is not valid."""


class BaseJWTService(ABC, Generic[PayloadT]):
    """Creates, validates, rotates and revokes tokens. Backends validate access tokens with it."""

    @abstractmethod
    def create_token(self, data: Mapping[str, Any]) -> Awaitable[tuple[str, str]]:
        """Returns an access token and a refresh token for `data`."""

    @abstractmethod
    def validate_access_token(self, access_token: str) -> Awaitable[PayloadT | None]:
        """Returns the claims of the access token, or None if the token is not valid."""

    @abstractmethod
    def validate_refresh_token(
        self, access_token: str | None = None, refresh_token: str | None = None
    ) -> Awaitable[PayloadT | None]:
        """Returns the claims of the refresh token, or None if the token is not valid. If only one
        token is given, it is the refresh token."""

    @abstractmethod
    def invalidate_token(self, refresh_token: str) -> Awaitable[bool]:
        """Ends the session of the token."""

    @abstractmethod
    def update_token(
        self,
        data: Mapping[str, Any],
        access_token: str | None = None,
        refresh_token: str | None = None,
    ) -> Awaitable[tuple[str, str] | None]:
        """Exchanges a refresh token for a new pair of tokens. If only one token is given, it is the
        refresh token."""


class BaseBackend(ABC):
    """Authenticates requests."""

    @abstractmethod
    def authenticate(
        self, scope: MutableMapping[str, Any]
    ) -> Awaitable[AuthData | None] | AuthData | None:
        """Returns the AuthData of the client that makes the request. `scope` is the ASGI scope.
        Return None or raise ValueError if the request is not authenticated. Raise StoreUnavailable
        if the store fails."""


class BaseAnnoBackend(BaseBackend):
    """Distinguishes clients without a token: the anno_backend of LimitMiddleware. Its methods are
    not async. `read` must not accept a session that a client can invent: such a client could use
    any number of sessions."""

    #: All sessions of one address together have this many times the limit of one session.
    ip_factor = 5

    @abstractmethod
    def read(self, scope: MutableMapping[str, Any]) -> str | None:
        """Returns the session that the request proves to have. `scope` is the ASGI scope. Return
        None or raise ValueError if the request has no session."""

    @abstractmethod
    def issue(self) -> str:
        """Returns a new session for a client without one: a text that nobody can guess."""

    @abstractmethod
    def set_cookie(self, session: str) -> str:
        """Returns the value of the Set-Cookie header that gives `session` to the client. A client
        whose request is refused does not get the header."""

    def authenticate(
        self, scope: MutableMapping[str, Any]
    ) -> Awaitable[AuthData | None] | AuthData | None:
        """Returns AuthData with the session as identifier, or None."""
        session = self.read(scope)
        return None if session is None else AuthData(session)
