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
    A key-value store. For one of your own, override set, get, delete and aclose, each async or not, with the parameters that InMemoryCache has; each must be atomic. Keys come as str, values as bytes. Raise StoreUnavailable where the store fails.
    """

    def __init__(self) -> None: ...

    def __call__(self) -> Self:
        """Itself, so that it can be given to fastapi.Depends."""

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> Any: ...

    def get(self, key: Any) -> Any: ...

    def delete(self, key: Any, *args: Any, **kwargs: Any) -> Any: ...

    def aclose(self) -> Any: ...

    def lock(self, key: str | bytes, ttl_ms: int | datetime.timedelta = 100, blocking: bool = True, blocking_timeout: float = 0.512) -> Lock:
        """
        A lock of that name in this store: `async with cache.lock("name"): ...`. It is a lease: after `ttl_ms` milliseconds the store gives it to the next one.
        """

class Lock:
    """See BaseCache.lock."""

    def acquire(self) -> Coroutine[Any, Any, bool]:
        """
        Takes the lock. False where another holds it and the time to wait for it is over.
        """

    def release(self) -> Coroutine[Any, Any, bool]:
        """Gives it back. False where it was no longer this owner's."""

    def extend(self, ttl_ms: int) -> Coroutine[Any, Any, bool]:
        """
        Makes it last that many milliseconds from now. False where it was no longer this owner's.
        """

    def __aenter__(self) -> Coroutine[Any, Any, Lock]:
        """As acquire; raises TimeoutError if the lock is not acquired."""

    def __aexit__(self, *args: object) -> Coroutine[Any, Any, None]: ...

class InMemoryCache(BaseCache):
    """
    The embedded cache, for one process. When it is full of entries that have not expired, a new one raises StoreUnavailable.
    """

    def __init__(self, max_entries: int = 1000000) -> None: ...

    def set(self, key: str | bytes, value: str | bytes | int | float, ex: float | datetime.timedelta | None = None, exat: float | datetime.datetime | None = None, nx: bool = False, if_equal: str | bytes | None = None) -> Coroutine[Any, Any, bool]:
        """
        Writes `value`, to last for `ex` seconds or until `exat`, or for good. False where `nx` (the key must not exist) or `if_equal` (it must hold this) kept it from being written.
        """

    def get(self, key: str | bytes) -> Coroutine[Any, Any, bytes | None]:
        """The value, or None where the key does not exist or has expired."""

    def delete(self, key: str | bytes, if_equal: str | bytes | None = None) -> Coroutine[Any, Any, bool]:
        """
        Removes the key; with `if_equal`, only if it holds exactly that. True where it was removed.
        """

    def aclose(self) -> Coroutine[Any, Any, None]:
        """
        Ends connections and what is under way. Calls after it raise StoreUnavailable.
        """

class RedisCache(BaseCache):
    """
    The cache on a Redis server. It connects on first use, once for each event loop.
    """

    def __init__(self, redis_url: str, config: webtool.cache.config.RedisConfig | None = None, namespace: str | None = None) -> None:
        """
        `namespace` stands before every key, with a ":": applications that share a database keep their sessions, limits and keys apart by it. Letters, digits, "_", "-" and "."; at most 64. `?namespace=` in the URL says the same.
        """

    def set(self, key: str | bytes, value: str | bytes | int | float, ex: float | datetime.timedelta | None = None, exat: float | datetime.datetime | None = None, nx: bool = False, if_equal: str | bytes | None = None) -> Coroutine[Any, Any, bool]:
        """
        Writes `value`, to last for `ex` seconds or until `exat`, or for good. False where `nx` (the key must not exist) or `if_equal` (it must hold this) kept it from being written.
        """

    def get(self, key: str | bytes) -> Coroutine[Any, Any, bytes | None]:
        """The value, or None where the key does not exist or has expired."""

    def delete(self, key: str | bytes, if_equal: str | bytes | None = None) -> Coroutine[Any, Any, bool]:
        """
        Removes the key; with `if_equal`, only if it holds exactly that. True where it was removed.
        """

    def aclose(self) -> Coroutine[Any, Any, None]:
        """
        Ends connections and what is under way. Calls after it raise StoreUnavailable.
        """

class Key:
    """
    A key that has been read and checked, with its algorithm. See load_key.
    """

    @staticmethod
    def from_secret(secret: str | bytes, algorithm: str | None = None) -> Key:
        """
        A symmetric secret that load_key refuses by mistake, because it looks like a file's name or an encoded key. Raises InvalidKey for the empty secret and for plain PEM, JWK, SSH or DER keys.
        """

    @property
    def algorithm(self) -> str: ...

    @property
    def kid(self) -> str:
        """Its RFC 7638 thumbprint."""

    @property
    def can_sign(self) -> bool:
        """False for a public key."""

    def public_pem(self) -> str:
        """The public part as PEM."""

    def public_jwk(self) -> dict[str, Any]:
        """The public part as JWK."""

    def __repr__(self) -> str: ...

def make_ed_key(algorithm: str = 'ed25519', save: bool = False, password: str | bytes | None = None) -> bytes:
    """
    A new Ed25519 or Ed448 private key as PEM. `save` writes it to the first free name of ed_private_key1.pem, ed_private_key2.pem, ... in the current folder, readable by its owner alone; `password` encrypts it.
    """

def make_ec_key(algorithm: str = 'ES256', save: bool = False, password: str | bytes | None = None) -> bytes:
    """
    A new private key for ES256, ES384, ES512 or ES256K as PEM. Otherwise as make_ed_key.
    """

def make_rsa_key(key_size: int = 2048, save: bool = False, password: str | bytes | None = None) -> bytes:
    """A new RSA private key as PEM. Otherwise as make_ed_key."""

def make_symmetric_key(key_bytes: int = 32, save: bool = False) -> bytes:
    """A random secret as base64url text. Otherwise as make_ed_key."""

def load_key(key: str | bytes | os.PathLike[str] | Key, password: str | bytes | None = None, algorithm: str | None = None) -> Key:
    """
    Reads a PEM, or a secret that is none, given as str or bytes; or a file of either, given as Path, which nobody else may be able to read. Raises InvalidKey.
    """

def load_or_make_ed_key(file: str | os.PathLike[str]) -> Key:
    """
    The key of that file; an Ed25519 key is made there if there is none. All processes that start with the same file get the same key, so tokens outlive a restart.
    """

class JWTManager(webtool.auth.base.BaseJWTManager):
    """
    Claims to token and back, by rules: `issuer` and `audience` are set and required when given, `leeway` is how many seconds clocks may differ, `numeric_dates='integer'` writes exp, iat and nbf as whole seconds, rounded down, for readers that know no fractions.
    """

    def __init__(self, *, issuer: str | None = None, audience: str | None = None, leeway: float | datetime.timedelta = 30, numeric_dates: Literal['exact', 'integer'] = 'exact') -> None: ...

    def encode(self, claims: dict[str, Any], secret_key: Any, algorithm: str | None = None) -> str:
        """
        The token that says `claims`; its header's `typ` is the claim of that name.
        """

    def decode(self, token: str, secret_key: Any, algorithm: str | None = None, verify_exp: bool = True) -> dict[str, Any] | None:
        """What the token says, if it is to be believed now."""

class JWTService(webtool.auth.base.BaseJWTService[webtool.auth.models.PayloadT]):
    """
    Tokens and their sessions, on any cache; on Redis every operation is one round trip and every change one atomic script. `secret_key` signs: a PEM, a secret, a Key, or a list of which the first signs and all verify. Times are in seconds. `validation='stateless'` believes access tokens without looking for their session.
    """

    def __init__(self, cache: BaseCache, secret_key: str | bytes | Key | list[str | bytes | Key] = '', access_token_expire_time: float | datetime.timedelta = 3600, refresh_token_expire_time: float | datetime.timedelta = 604800, jwt_manager: webtool.auth.base.BaseJWTManager | None = None, algorithm: str | None = None, *, session_expire_time: float | datetime.timedelta | None = None, rotation_grace: float | datetime.timedelta = 0, max_sessions: int = 100, validation: Literal['session', 'stateless'] = 'session') -> None: ...

    def create_token(self, data: Mapping[str, Any], *, note: str = '') -> Coroutine[Any, Any, tuple[str, str]]:
        """
        Starts a session: a new access and refresh token for `data`, which has `sub` and may have `scope`, `extra` and claims of your own, such as `role`. `note` is shown by sessions().
        """

    def validate_access_token(self, access_token: str | None) -> Coroutine[Any, Any, webtool.auth.models.PayloadT | None]:
        """
        What the access token says, if it is the current one of a living session; else None.
        """

    def validate_refresh_token(self, access_token: str | None = ..., refresh_token: str | None = ...) -> Coroutine[Any, Any, webtool.auth.models.PayloadT | None]:
        """
        What the refresh token says, if it is the current one of a living session; else None. With one token alone, that is the refresh token; with both, the two must have been issued together.
        """

    def update_token(self, data: Mapping[str, Any], access_token: str | None = ..., refresh_token: str | None = ...) -> Coroutine[Any, Any, tuple[str, str] | None]:
        """
        Spends a refresh token for a new pair; None where it is not to be trusted. `data` must be about the same `sub`; its `scope` may only narrow the token's, its `extra` replaces it. With one token alone, that is the refresh token; with both, the two must have been issued together.
        """

    def invalidate_token(self, refresh_token: str | None, refresh_jti_to_invalidate: str | None = None) -> Coroutine[Any, Any, bool]:
        """
        Ends the token's session, or another one of the same subject; its tokens stop working at once. False where there is nothing to end.
        """

    def invalidate_all(self, refresh_token: str | None) -> Coroutine[Any, Any, int | None]:
        """
        Ends all sessions of the token's subject, and says how many there were.
        """

    def invalidate_others(self, refresh_token: str | None) -> Coroutine[Any, Any, int | None]:
        """As invalidate_all, but for the token's own session."""

    def search_token(self, access_token: str | None = ..., refresh_token: str | None = ...) -> Coroutine[Any, Any, list[str]]:
        """
        The refresh jtis of all living sessions of the token's subject, oldest first; none where the token is not to be trusted. With one token alone, that is the refresh token; with both, the two must have been issued together.
        """

    def sessions(self, sub: str, own_jti: str | None = '') -> Coroutine[Any, Any, list[dict[str, Any]]]:
        """
        All living sessions of a subject, oldest first: jti, created, rotated, expires, note, current. `own_jti` is the jti of the asking client's token (`auth.extra["jti"]`); the session of that token is the one whose `current` is True.
        """

    def end_session(self, sub: str, jti: str | None) -> Coroutine[Any, Any, bool]:
        """
        Ends one session of a subject, named by the jti of any of its tokens. No token of that session is needed, so check first that the caller is `sub`. False if the subject has no such session.
        """

    def end_sessions(self, sub: str) -> Coroutine[Any, Any, None]:
        """Ends all sessions of a subject: after a change of password, say."""

    @property
    def algorithm(self, /) -> str:
        """The algorithm that signs, such as 'EdDSA'."""

    @property
    def access_token_expire_time(self, /) -> float:
        """How long an access token lasts, in seconds."""

    @property
    def refresh_token_expire_time(self, /) -> float:
        """How long a refresh token lasts, in seconds."""

    def __call__(self) -> Self:
        """Itself, so that it can be given to fastapi.Depends."""

class RedisJWTService(JWTService[webtool.auth.models.PayloadT]):
    """
    As JWTService, but only on Redis. On one Redis, the two see the same sessions.
    """

    def __init__(self, cache: RedisCache, secret_key: str | bytes | Key | list[str | bytes | Key] = '', access_token_expire_time: float | datetime.timedelta = 3600, refresh_token_expire_time: float | datetime.timedelta = 604800, jwt_manager: webtool.auth.base.BaseJWTManager | None = None, algorithm: str | None = None, *, session_expire_time: float | datetime.timedelta | None = None, rotation_grace: float | datetime.timedelta = 0, max_sessions: int = 100, validation: Literal['session', 'stateless'] = 'session') -> None: ...

class JWTBackend(webtool.auth.base.BaseBackend):
    """`Authorization: Bearer <access token>`, checked by a service."""

    def __init__(self, jwt_service: webtool.auth.base.BaseJWTService) -> None: ...

    def authenticate(self, scope: MutableMapping[str, Any]) -> Coroutine[Any, Any, webtool.auth.models.AuthData | None]:
        """Who makes the request of that ASGI scope, or None."""

class IPBackend(webtool.auth.base.BaseBackend):
    """
    The client's address, IPv6 as its /64. See LimitMiddleware for `trusted_proxies`.
    """

    def __init__(self, trusted_proxies: Sequence[str] = (), proxy_header: Literal['x-forwarded-for', 'forwarded'] = 'x-forwarded-for') -> None: ...

    def authenticate(self, scope: MutableMapping[str, Any]) -> Coroutine[Any, Any, webtool.auth.models.AuthData | None]:
        """Who makes the request of that ASGI scope, or None."""

class SessionBackend(webtool.auth.base.BaseBackend):
    """
    The value of a cookie, for session ids that another layer has issued and checked.
    """

    def __init__(self, session_name: str) -> None: ...

    def authenticate(self, scope: MutableMapping[str, Any]) -> Coroutine[Any, Any, webtool.auth.models.AuthData | None]:
        """Who makes the request of that ASGI scope, or None."""

class AnnoSessionBackend(webtool.auth.base.BaseAnnoBackend):
    """
    Anonymous sessions: a signed cookie tells clients apart that have no token. `secret_key`, of at least 16 bytes, must be the same in all processes; of a list, the first signs and all verify. Without one a random secret is made, with a warning: cookies are then good in this process alone, and until it ends. All sessions of one address together may do `ip_factor` times what one may.
    """

    def __init__(self, session_name: str = 'th-session', *, secret_key: str | bytes | list[str | bytes] | None = None, max_age: float | datetime.timedelta = 1209600, secure: bool = True, same_site: Literal['lax', 'strict', 'none'] = 'lax', path: str = '/', domain: str = '', ip_factor: int = 5) -> None: ...

    def authenticate(self, scope: MutableMapping[str, Any]) -> Coroutine[Any, Any, webtool.auth.models.AuthData | None]:
        """Who makes the request of that ASGI scope, or None."""

    def read(self, scope: MutableMapping[str, Any]) -> str | None:
        """The session of the request's cookie, or None."""

    def issue(self) -> str:
        """A new session."""

    def set_cookie(self, session: str) -> str:
        """
        The value of the Set-Cookie header that gives a session it has issued, or renews it.
        """

class LimitRule:
    """One limit of a route; see limiter."""

    def __init__(self, max_requests: int, interval: float | datetime.timedelta, throttle_key: str | None = None, method: Iterable[str] | None = None, scopes: Iterable[str] | None = None, *, per: Literal['client', 'address'] = 'client', algorithm: Literal['sliding_window', 'gcra', 'fixed_window'] = 'sliding_window', on_store_failure: Literal['allow', 'deny', 'local'] = 'local', cost: int = 1, shadow: bool = False, name: str = '') -> None: ...

class Decided:
    """
    What BaseLimiter.decide says: of several rules, the one that binds most.
    """

    @property
    def allowed(self) -> bool:
        """Whether all rules allow it."""

    @property
    def name(self) -> str:
        """The rule's name."""

    @property
    def limit(self) -> int:
        """The rule's max_requests."""

    @property
    def remaining(self) -> int:
        """How many attempts are left, after this one."""

    @property
    def reset(self) -> float:
        """Seconds until there are more; 0 where all are left."""

    @property
    def retry_after(self) -> float | None:
        """
        Seconds until the same is allowed: 0 if it is; None if it never will be.
        """

    def __repr__(self) -> str: ...

class BaseLimiter:
    """Decides: InMemoryLimiter or RedisLimiter."""

    def decide(self, name: str, key: str | bytes, rule: LimitRule | Iterable[LimitRule], *, times: int = 1, peek: bool = False) -> Coroutine[Any, Any, Decided]:
        """
        Counts one attempt of `key` (a user name, an API key, anything) at what `name` names, and says whether it is allowed. Of several rules all are charged or none; what is denied costs nothing. `times` charges each rule's cost so many times over; `peek` charges nothing. The rules' method, scopes, per and on_store_failure are not asked. Raises StoreUnavailable if the store fails; the attempt may have been charged then.
        """

class InMemoryLimiter(BaseLimiter):
    """
    The embedded limiter, for one process. When it holds `max_entries` counters, the one that was charged the longest ago is forgotten, but never one that denies: if nearly all do, new clients are refused.
    """

    def __init__(self, max_entries: int = 1000000) -> None: ...

class RedisLimiter(BaseLimiter):
    """
    The limiter that all processes share: one script a decision, by the server's clock.
    """

    def __init__(self, cache: RedisCache) -> None: ...

class Policy:
    """All limits of a route."""

class AnswerFields:
    """Header fields for an answer."""

    def added_to(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """The answer's own header with these fields in it."""

class Limits:
    """The middleware's half in C++: authenticates, decides, writes headers."""

    def __init__(self, limiter: BaseLimiter, auth_backend: webtool.auth.base.BaseBackend | None, anno_backend: webtool.auth.base.BaseAnnoBackend | None, trusted_proxies: Sequence[str], proxy_header: str, ratelimit_headers: bool, x_ratelimit_headers: bool) -> None: ...

    def policy(self, route: str, rules: Sequence[LimitRule]) -> Policy:
        """The policy of a route, for this middleware."""

    def check(self, scope: MutableMapping[str, Any], policy: Policy | None, known: tuple[webtool.auth.models.AuthData | None, bool] | None, keys: Sequence[tuple[int, str | bytes]] = ()) -> Coroutine[Any, Any, tuple[webtool.auth.models.AuthData | None, bool, AnswerFields | None, int | None, bytes]]:
        """
        Who makes the request (`known`, if that has been found out before), whether that is certain, fields for the answer, and where the request has not passed, status and body of the answer.
        """
