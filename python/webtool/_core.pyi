from collections.abc import (
    Coroutine,
    Iterable,
    Mapping,
    MutableMapping,
    Sequence
)
import datetime
import os
from typing import Any, Literal, Self

import webtool.auth.base
import webtool.auth.models
import webtool.cache.config


class BaseCache:
    """
    A key-value store. For your own cache, override set, get, delete and aclose, each async or not, with the parameters of InMemoryCache. Each must be atomic. Keys are passed as str, values as bytes. Raise StoreUnavailable if the store fails.
    """

    def __init__(self) -> None: ...

    def __call__(self) -> Self:
        """Returns the object itself, so that the object can be given to fastapi.Depends."""

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> Any: ...

    def get(self, key: Any) -> Any: ...

    def delete(self, key: Any, *args: Any, **kwargs: Any) -> Any: ...

    def aclose(self) -> Any: ...

    def lock(self, key: str | bytes, ttl_ms: int | datetime.timedelta = 100, blocking: bool = True, blocking_timeout: float | datetime.timedelta = 0.512) -> Lock:
        """
        Returns a lock with the name `key` in this store: `async with cache.lock("name"): ...`. The lock is a lease: after `ttl_ms` milliseconds another owner may take it.
        """

class Lock:
    """See BaseCache.lock."""

    def acquire(self) -> Coroutine[Any, Any, bool]:
        """
        Takes the lock. Returns False if another owner holds the lock until the waiting time is over.
        """

    def release(self) -> Coroutine[Any, Any, bool]:
        """Releases the lock. Returns False if this owner no longer held it."""

    def extend(self, ttl_ms: int | datetime.timedelta) -> Coroutine[Any, Any, bool]:
        """
        Extends the lock to `ttl_ms` milliseconds from now. Returns False if this owner no longer held it.
        """

    def __aenter__(self) -> Coroutine[Any, Any, Lock]:
        """Like acquire, but raises TimeoutError if the lock cannot be taken."""

    def __aexit__(self, *args: object) -> Coroutine[Any, Any, None]: ...

class InMemoryCache(BaseCache):
    """
    The embedded cache, for one process. If it is full of entries that have not expired, writing a new entry raises StoreUnavailable.
    """

    def __init__(self, max_entries: int = 1000000) -> None: ...

    def set(self, key: str | bytes, value: str | bytes | int | float, ex: float | datetime.timedelta | None = None, exat: float | datetime.datetime | None = None, nx: bool = False, if_equal: str | bytes | int | float | None = None) -> Coroutine[Any, Any, bool]:
        """
        Writes `value`. It expires after `ex` seconds or at `exat`; by default it does not expire. Returns False if nothing was written: `nx` requires that the key does not exist, `if_equal` requires that the key has this value.
        """

    def get(self, key: str | bytes) -> Coroutine[Any, Any, bytes | None]:
        """Returns the value, or None if the key does not exist or has expired."""

    def delete(self, key: str | bytes, if_equal: str | bytes | int | float | None = None) -> Coroutine[Any, Any, bool]:
        """
        Removes the key; with `if_equal`, only if the key has exactly this value. Returns True if the key was removed.
        """

    def aclose(self) -> Coroutine[Any, Any, None]:
        """
        Closes the connections and ends the operations in progress. Later calls raise StoreUnavailable.
        """

class RedisCache(BaseCache):
    """
    A cache on a Redis server. It connects on first use, once for each event loop.
    """

    def __init__(self, redis_url: str, config: webtool.cache.config.RedisConfig | None = None, namespace: str | None = None) -> None:
        """
        `namespace` and a ":" precede every key. Applications that share a database keep their sessions, limits and keys apart with different namespaces. A namespace has at most 64 letters, digits, "_", "-" and ".". `?namespace=` in the URL has the same effect.
        """

    def set(self, key: str | bytes, value: str | bytes | int | float, ex: float | datetime.timedelta | None = None, exat: float | datetime.datetime | None = None, nx: bool = False, if_equal: str | bytes | int | float | None = None) -> Coroutine[Any, Any, bool]:
        """
        Writes `value`. It expires after `ex` seconds or at `exat`; by default it does not expire. Returns False if nothing was written: `nx` requires that the key does not exist, `if_equal` requires that the key has this value.
        """

    def get(self, key: str | bytes) -> Coroutine[Any, Any, bytes | None]:
        """Returns the value, or None if the key does not exist or has expired."""

    def delete(self, key: str | bytes, if_equal: str | bytes | int | float | None = None) -> Coroutine[Any, Any, bool]:
        """
        Removes the key; with `if_equal`, only if the key has exactly this value. Returns True if the key was removed.
        """

    def aclose(self) -> Coroutine[Any, Any, None]:
        """
        Closes the connections and ends the operations in progress. Later calls raise StoreUnavailable.
        """

class Key:
    """A loaded and checked key, with its algorithm. See load_key."""

    @staticmethod
    def from_secret(secret: str | bytes, algorithm: str | None = None) -> Key:
        """
        Returns the key of a symmetric secret that load_key refuses by mistake, because the secret looks like a file name or an encoded key. Raises InvalidKey for an empty secret and for plain PEM, JWK, SSH or DER keys.
        """

    @property
    def algorithm(self) -> str:
        """The algorithm, such as 'EdDSA'."""

    @property
    def kid(self) -> str:
        """The key id: the RFC 7638 thumbprint of the key."""

    @property
    def can_sign(self) -> bool:
        """False for a public key."""

    def public_pem(self) -> str:
        """Returns the public key as PEM."""

    def public_jwk(self) -> dict[str, Any]:
        """Returns the public key as JWK."""

    def __repr__(self) -> str: ...

def make_ed_key(algorithm: str = 'ed25519', save: bool = False, password: str | bytes | None = None) -> bytes:
    """
    Returns a new Ed25519 or Ed448 private key as PEM. `save` also writes the key to a file in the current folder that only its owner can read. The name is the first free name of ed_private_key1.pem, ed_private_key2.pem, ... `password` encrypts the key.
    """

def make_ec_key(algorithm: str = 'ES256', save: bool = False, password: str | bytes | None = None) -> bytes:
    """
    Returns a new private key for ES256, ES384, ES512 or ES256K as PEM. Otherwise like make_ed_key.
    """

def make_rsa_key(key_size: int = 2048, save: bool = False, password: str | bytes | None = None) -> bytes:
    """Returns a new RSA private key as PEM. Otherwise like make_ed_key."""

def make_symmetric_key(key_bytes: int = 32, save: bool = False) -> bytes:
    """Returns a random secret as base64url text. Otherwise like make_ed_key."""

def load_key(key: str | bytes | os.PathLike[str] | Key, password: str | bytes | None = None, algorithm: str | None = None) -> Key:
    """
    Loads a key from a PEM or from a plain secret, given as str or bytes. A Path means a file with a PEM or secret; no other user may be able to read the file. Raises InvalidKey.
    """

def load_or_make_ed_key(file: str | os.PathLike[str]) -> Key:
    """
    Returns the key in `file`. If the file does not exist, makes an Ed25519 key and saves it there. All processes that start with the same file get the same key, so tokens remain valid after a restart.
    """

OPENSSL_VERSION: str

class JWTManager(webtool.auth.base.BaseJWTManager):
    """
    Encodes claims as a token and decodes the token. If `issuer` or `audience` is given, it is set in new tokens and required in others. `leeway` is the allowed difference of clocks in seconds. `numeric_dates='integer'` writes exp, iat and nbf as whole seconds, rounded down, for readers that do not accept fractions.
    """

    def __init__(self, *, issuer: str | None = None, audience: str | None = None, leeway: float | datetime.timedelta = 30, numeric_dates: Literal['exact', 'integer'] = 'exact') -> None: ...

    def encode(self, claims: Mapping[str, Any], secret_key: Any, algorithm: str | None = None) -> str:
        """
        Returns a token with these claims. The claim `typ` becomes the `typ` of the token's header.
        """

    def decode(self, token: str, secret_key: Any, algorithm: str | None = None, verify_exp: bool = True) -> dict[str, Any] | None:
        """
        Returns the claims of the token, or None if the token is not valid now.
        """

class JWTService(webtool.auth.base.BaseJWTService[webtool.auth.models.PayloadT]):
    """
    Manages tokens and their sessions on any cache. On Redis every operation is one round trip, and every change is one atomic script. `secret_key` signs tokens: a PEM, a secret, a Key, or a list of these. If it is a list, the first key signs and all keys verify. Times are in seconds. `validation='stateless'` accepts access tokens without checking that their session exists.
    """

    def __init__(self, cache: BaseCache, secret_key: str | bytes | Key | list[str | bytes | Key] = '', access_token_expire_time: float | datetime.timedelta = 3600, refresh_token_expire_time: float | datetime.timedelta = 604800, jwt_manager: webtool.auth.base.BaseJWTManager | None = None, algorithm: str | None = None, *, session_expire_time: float | datetime.timedelta | None = None, rotation_grace: float | datetime.timedelta = 0, max_sessions: int = 100, validation: Literal['session', 'stateless'] = 'session') -> None: ...

    def create_token(self, data: Mapping[str, Any], *, note: str = '') -> Coroutine[Any, Any, tuple[str, str]]:
        """
        Starts a session. Returns an access token and a refresh token for `data`. `data` must have `sub`, and may have `scope`, `extra` and claims of your own, such as `role`. `note` is shown by sessions().
        """

    def validate_access_token(self, access_token: str | None) -> Coroutine[Any, Any, webtool.auth.models.PayloadT | None]:
        """
        Returns the claims of the access token if it is the current access token of a living session, else None.
        """

    def validate_refresh_token(self, access_token: str | None = ..., refresh_token: str | None = ...) -> Coroutine[Any, Any, webtool.auth.models.PayloadT | None]:
        """
        Returns the claims of the refresh token if it is the current refresh token of a living session, else None. If only one token is given, it is the refresh token. If both are given, they must have been issued together.
        """

    def update_token(self, data: Mapping[str, Any], access_token: str | None = ..., refresh_token: str | None = ...) -> Coroutine[Any, Any, tuple[str, str] | None]:
        """
        Exchanges a refresh token for a new pair of tokens. Returns None if the token is not valid. `data` must have the same `sub`. Its `scope` may only narrow the token's scope; its `extra` replaces the token's extra. If only one token is given, it is the refresh token. If both are given, they must have been issued together.
        """

    def invalidate_token(self, refresh_token: str | None, refresh_jti_to_invalidate: str | None = None) -> Coroutine[Any, Any, bool]:
        """
        Ends the session of the token, or another session of the same subject. The tokens of the ended session stop working at once. Returns False if there is no session to end.
        """

    def invalidate_all(self, refresh_token: str | None) -> Coroutine[Any, Any, int | None]:
        """
        Ends all sessions of the token's subject, and returns their number. Returns None if the token is not valid.
        """

    def invalidate_others(self, refresh_token: str | None) -> Coroutine[Any, Any, int | None]:
        """Like invalidate_all, except that the token's own session goes on."""

    def search_token(self, access_token: str | None = ..., refresh_token: str | None = ...) -> Coroutine[Any, Any, list[str]]:
        """
        Returns the refresh jtis of all living sessions of the token's subject, oldest first. Returns an empty list if the token is not valid. If only one token is given, it is the refresh token. If both are given, they must have been issued together.
        """

    def sessions(self, sub: str, own_jti: str | None = '') -> Coroutine[Any, Any, list[dict[str, Any]]]:
        """
        Returns all living sessions of a subject, oldest first, as dicts with jti, created, rotated, expires, note and current. `own_jti` is the jti of the calling client's token (`auth.extra["jti"]`). `current` is True for the session of this token.
        """

    def end_session(self, sub: str, jti: str | None) -> Coroutine[Any, Any, bool]:
        """
        Ends one session of a subject. `jti` is the jti of any token of the session. The call needs no token of that session, so check first that the caller is `sub`. Returns False if the subject has no such session.
        """

    def end_sessions(self, sub: str) -> Coroutine[Any, Any, None]:
        """
        Ends all sessions of a subject, for example after a change of password.
        """

    @property
    def algorithm(self) -> str:
        """The algorithm of new tokens, such as 'EdDSA'."""

    @property
    def access_token_expire_time(self) -> float:
        """The lifetime of an access token in seconds."""

    @property
    def refresh_token_expire_time(self) -> float:
        """The lifetime of a refresh token in seconds."""

    def __call__(self) -> Self:
        """Returns the object itself, so that the object can be given to fastapi.Depends."""

class RedisJWTService(JWTService[webtool.auth.models.PayloadT]):
    """
    Like JWTService, but only for Redis. Both see the same sessions on the same Redis.
    """

    def __init__(self, cache: RedisCache, secret_key: str | bytes | Key | list[str | bytes | Key] = '', access_token_expire_time: float | datetime.timedelta = 3600, refresh_token_expire_time: float | datetime.timedelta = 604800, jwt_manager: webtool.auth.base.BaseJWTManager | None = None, algorithm: str | None = None, *, session_expire_time: float | datetime.timedelta | None = None, rotation_grace: float | datetime.timedelta = 0, max_sessions: int = 100, validation: Literal['session', 'stateless'] = 'session') -> None: ...

class JWTBackend(webtool.auth.base.BaseBackend):
    """
    Authenticates by `Authorization: Bearer <access token>`. `jwt_service` validates the token.
    """

    def __init__(self, jwt_service: webtool.auth.base.BaseJWTService) -> None: ...

    def authenticate(self, scope: MutableMapping[str, Any]) -> Coroutine[Any, Any, webtool.auth.models.AuthData | None]:
        """
        Returns the AuthData of the client that makes the request, or None. `scope` is the ASGI scope.
        """

class IPBackend(webtool.auth.base.BaseBackend):
    """
    Identifies clients by address; IPv6 addresses by their /64. See LimitMiddleware for `trusted_proxies`.
    """

    def __init__(self, trusted_proxies: Iterable[str] = [], proxy_header: Literal['x-forwarded-for', 'forwarded'] = 'x-forwarded-for') -> None: ...

    def authenticate(self, scope: MutableMapping[str, Any]) -> Coroutine[Any, Any, webtool.auth.models.AuthData | None]:
        """
        Returns the AuthData of the client that makes the request, or None. `scope` is the ASGI scope.
        """

class SessionBackend(webtool.auth.base.BaseBackend):
    """
    Identifies clients by the value of a cookie, for session ids that another layer has issued and checked.
    """

    def __init__(self, session_name: str) -> None: ...

    def authenticate(self, scope: MutableMapping[str, Any]) -> Coroutine[Any, Any, webtool.auth.models.AuthData | None]:
        """
        Returns the AuthData of the client that makes the request, or None. `scope` is the ASGI scope.
        """

class AnnoSessionBackend(webtool.auth.base.BaseAnnoBackend):
    """
    Anonymous sessions: a signed cookie distinguishes clients without a token. `secret_key` has at least 16 bytes, and must be the same in all processes. If it is a list, the first key signs and all keys verify. Without `secret_key` a random secret is made and a warning is logged: cookies are then valid only in this process, until it ends. All sessions of one address together have `ip_factor` times the limit of one session.
    """

    def __init__(self, session_name: str = 'th-session', *, secret_key: str | bytes | list[str | bytes] | None = None, max_age: int | datetime.timedelta = 1209600, secure: bool = True, same_site: Literal['lax', 'strict', 'none'] = 'lax', partitioned: bool = False, path: str = '/', domain: str = '', ip_factor: int = 5) -> None: ...

    def authenticate(self, scope: MutableMapping[str, Any]) -> Coroutine[Any, Any, webtool.auth.models.AuthData | None]:
        """
        Returns the AuthData of the client that makes the request, or None. `scope` is the ASGI scope.
        """

    def read(self, scope: MutableMapping[str, Any]) -> str | None:
        """Returns the session of the request's cookie, or None."""

    def issue(self) -> str:
        """Returns a new session."""

    def set_cookie(self, session: str) -> str:
        """
        Returns the value of the Set-Cookie header that gives or renews `session`. This backend must have issued the session.
        """

class LimitRule:
    """One limit of a route; see limiter."""

    def __init__(self, max_requests: int, interval: float | datetime.timedelta, throttle_key: str | None = None, method: Iterable[str] | None = None, scopes: Iterable[str] | None = None, *, per: Literal['client', 'address'] = 'client', algorithm: Literal['sliding_window', 'gcra', 'fixed_window'] = 'sliding_window', on_store_failure: Literal['allow', 'deny', 'local'] = 'local', cost: int = 1, shadow: bool = False, name: str = '') -> None: ...

class Decided:
    """
    The result of BaseLimiter.decide. If there are several rules, it describes the most restrictive rule.
    """

    @property
    def allowed(self) -> bool:
        """Whether all rules allow the attempt."""

    @property
    def name(self) -> str:
        """The rule's name."""

    @property
    def limit(self) -> int:
        """The rule's max_requests."""

    @property
    def remaining(self) -> int:
        """The number of attempts left after this attempt."""

    @property
    def reset(self) -> float:
        """Seconds until more attempts are available; 0 if all are."""

    @property
    def retry_after(self) -> float | None:
        """
        Seconds until the same attempt is allowed: 0 if it is allowed, None if it never will be.
        """

    def __repr__(self) -> str: ...

class BaseLimiter:
    """The base class of InMemoryLimiter and RedisLimiter."""

    def decide(self, name: str, key: str | bytes, rule: LimitRule | Iterable[LimitRule], *, times: int = 1, peek: bool = False) -> Coroutine[Any, Any, Decided]:
        """
        Counts one attempt of `key` (such as a user name or an API key) at the action `name`, and returns whether the attempt is allowed. If there are several rules, either all of them are charged or none. A denied attempt costs nothing. `times` charges the cost of each rule that many times; `peek` charges nothing. The rules' method, scopes, per and on_store_failure are ignored. Raises StoreUnavailable if the store fails; the attempt may have been charged then.
        """

class InMemoryLimiter(BaseLimiter):
    """
    The embedded limiter, for one process. If it holds `max_entries` counters, it forgets the counter that was charged the longest ago, but never a counter that denies. If nearly all counters deny, new clients are refused.
    """

    def __init__(self, max_entries: int = 1000000) -> None: ...

class RedisLimiter(BaseLimiter):
    """
    A limiter that all processes share. Each decision is one script on the Redis server, by the server's clock.
    """

    def __init__(self, cache: RedisCache) -> None: ...

class Policy:
    """All limits of a route."""

class AnswerFields:
    """Header fields for an answer."""

    def added_to(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Returns `headers` with these fields added."""

class Limits:
    """
    The C++ part of the middleware: authenticates, decides and writes header fields.
    """

    def __init__(self, limiter: BaseLimiter, auth_backend: webtool.auth.base.BaseBackend | None, anno_backend: webtool.auth.base.BaseAnnoBackend | None, *, trusted_proxies: Iterable[str] = [], proxy_header: Literal['x-forwarded-for', 'forwarded'] = 'x-forwarded-for', ratelimit_headers: bool = True, x_ratelimit_headers: bool = True) -> None: ...

    def policy(self, route: str, rules: Sequence[LimitRule]) -> Policy:
        """Returns the policy of a route for this middleware."""

    def check(self, scope: MutableMapping[str, Any], policy: Policy | None, known: tuple[webtool.auth.models.AuthData | None, bool] | None, keys: Sequence[tuple[int, str | bytes]] = ()) -> Coroutine[Any, Any, tuple[webtool.auth.models.AuthData | None, bool, AnswerFields | None, int | None, bytes]]:
        """
        Returns the AuthData of the client (taken from `known` if given), whether it is certain, and the header fields for the answer. If the request is refused, also returns the status and body of the answer.
        """
