"""What is said to arguments that do not fit: one sentence, with the name and the cure."""

import asyncio
import pydoc
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

import httpx
import pytest
import webtool
from fastapi import Depends, FastAPI
from webtool.auth import (
    AnnoSessionBackend,
    IPBackend,
    JWTBackend,
    JWTManager,
    JWTService,
    RedisJWTService,
    SessionBackend,
)
from webtool.cache import InMemoryCache, RedisCache, RedisConfig
from webtool.throttle import InMemoryLimiter, LimitRule, RedisLimiter, limiter
from webtool.utils import load_key, make_rsa_key

SECRET = "a secret of more than thirty-two bytes"


class Redis:
    """A client of another library."""

    __module__ = "redis.asyncio.client"


memory = InMemoryCache()
memory_limiter = InMemoryLimiter()
service = JWTService(memory, secret_key=SECRET)

REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: JWTService(), "JWTService: cache is missing: make one with RedisCache("),
    (
        lambda: JWTService(Redis(), secret_key=SECRET),
        "JWTService: cache must be BaseCache, not redis.asyncio.client.Redis: make one with",
    ),
    (lambda: JWTService("redis://127.0.0.1", SECRET), "cache must be BaseCache, not str"),
    (lambda: JWTService(None, SECRET), "JWTService: cache must be BaseCache, not NoneType"),
    (
        lambda: JWTService(InMemoryCache, SECRET),
        "JWTService: cache is the class InMemoryCache: give an object of the class, InMemoryCache(",
    ),
    (lambda: JWTService(memory, secret=SECRET), "no argument secret: did you mean secret_key?"),
    (lambda: JWTService(memory, SECRET, secret_key=SECRET), "secret_key is given twice"),
    (lambda: JWTService(memory, SECRET, 1, 2, None, None, 3), "give the others by name"),
    (lambda: JWTService(memory, SECRET, max_sessions="5"), "max_sessions must be int, not str"),
    (lambda: JWTService(memory, SECRET, max_sessions=-1), "max_sessions is out of range"),
    (
        lambda: JWTService(memory, SECRET, validation=1),
        "validation must be 'session' or 'stateless', not int",
    ),
    (
        lambda: JWTService(memory, SECRET, "an hour"),
        "JWTService: access_token_expire_time must be float or timedelta, not str",
    ),
    (lambda: JWTService(memory, SECRET, float("nan")), "access_token_expire_time is out of range"),
    (lambda: JWTService(memory, SECRET, True), "must be float or timedelta, not bool"),
    (
        lambda: JWTService(memory, SECRET, session_expire_time=timedelta.max),
        "JWTService: session_expire_time is out of range",
    ),
    (
        lambda: JWTService(memory, SECRET, validation="none"),
        "JWTService: validation must be 'session' or 'stateless'",
    ),
    (lambda: LimitRule(5, 60, per="user"), "LimitRule: per must be 'client' or 'address'"),
    (lambda: LimitRule(5, 60, method="GET"), "method must be Iterable[str] or None, not str"),
    (lambda: LimitRule(5, 60, None, ["GET", 1]), "LimitRule: method must be Iterable[str] or None"),
    (lambda: IPBackend("127.0.0.1"), "IPBackend: trusted_proxies must be Iterable[str], not str"),
    (
        lambda: IPBackend([], "x-real-ip"),
        "IPBackend: proxy_header must be 'x-forwarded-for' or 'forwarded'",
    ),
    (
        lambda: AnnoSessionBackend(secret_key=SECRET, max_age=timedelta(seconds=1.5)),
        "AnnoSessionBackend: max_age must be whole seconds",
    ),
    (
        lambda: AnnoSessionBackend(secret_key=SECRET, max_age=1.5),
        "AnnoSessionBackend: max_age must be int or timedelta, not float",
    ),
    (lambda: AnnoSessionBackend(secret_key=[]), "AnnoSessionBackend: secret_key is empty"),
    (lambda: AnnoSessionBackend(secret_key=[5]), "secret_key must be str, bytes, "),
    (lambda: memory.set("key", "value", ex="1"), "InMemoryCache.set: ex must be float, timedelta"),
    (lambda: memory.set("key", ["value"]), "value must be str, bytes, int or float, not list"),
    (lambda: memory.set("key", "value", exat="now"), "exat must be float, datetime or None"),
    (lambda: memory.lock("a", ttl_ms=1.5), "BaseCache.lock: ttl_ms must be int or timedelta"),
    (
        lambda: memory_limiter.decide("a", "key", "5/minute"),
        "BaseLimiter.decide: rule must be LimitRule or Iterable[LimitRule], not str",
    ),
    (
        lambda: memory_limiter.decide("a", "key", [5]),
        "BaseLimiter.decide: rule must be LimitRule or Iterable[LimitRule], not list",
    ),
    (
        lambda: RedisJWTService(memory, secret_key=SECRET),
        "RedisJWTService: cache must be RedisCache, not InMemoryCache",
    ),
    (lambda: RedisLimiter("redis://127.0.0.1"), "RedisLimiter: cache must be RedisCache, not str"),
    (lambda: RedisCache(6379), "RedisCache: redis_url must be str, not int"),
    (lambda: InMemoryCache("many"), "InMemoryCache: max_entries must be int, not str"),
    (lambda: InMemoryLimiter(1.5), "InMemoryLimiter: max_entries must be int, not float"),
    (lambda: LimitRule("5/minute"), "LimitRule: interval is missing"),
    (lambda: LimitRule("5/minute", 60), "LimitRule: max_requests must be int, not str"),
    (lambda: LimitRule(-5, 60), "LimitRule: max_requests is out of range"),
    (lambda: LimitRule(5, 60, 1, 2, 3, 4), "LimitRule takes 5 arguments without a name"),
    (lambda: LimitRule(5, 60, burst=3), "no argument burst: its arguments are max_requests,"),
    (lambda: AnnoSessionBackend(secret_key=SECRET, secure="no"), "secure must be bool, not str"),
    (lambda: AnnoSessionBackend(secret_key=SECRET, maxage=1), "did you mean max_age?"),
    (lambda: JWTManager("me"), "JWTManager takes no argument without a name"),
    (lambda: JWTManager(issuer=1), "JWTManager: issuer must be str or None, not int"),
    (lambda: load_key(), "load_key: key is missing"),
    (lambda: make_rsa_key("2048"), "make_rsa_key: key_size must be int, not str"),
    (lambda: service.sessions(1), "sub must be str, not int"),
    (
        lambda: service.create_token({"sub": "1"}, note="\ud800"),
        "note contains an unpaired surrogate",
    ),
    (lambda: service.sessions(), "JWTService.sessions: sub is missing"),
    (lambda: service.end_session("1"), "JWTService.end_session: jti is missing"),
    (lambda: memory.get(), "InMemoryCache.get: key is missing"),
    (lambda: memory.lock("a", blocking="no"), "BaseCache.lock: blocking must be bool, not str"),
]


@pytest.mark.parametrize("case", range(len(REFUSED)))
def test_a_sentence_names_the_argument_and_the_cure(case: int) -> None:
    call, said = REFUSED[case]
    with pytest.raises((TypeError, webtool.InvalidArgument)) as refused:
        call()
    text = str(refused.value)
    assert said in text
    assert "\n" not in text
    assert SECRET not in text
    assert "Invoked with" not in text


class Derived(JWTService):
    """One of a user's, whose __init__ hands on."""

    def __init__(self, cache: Any) -> None:
        super().__init__(cache, secret_key=SECRET)


def test_derived_classes_are_told_too() -> None:
    with pytest.raises(TypeError, match="JWTService: cache must be BaseCache, not int"):
        Derived(5)
    assert isinstance(Derived(memory), JWTService)


@pytest.mark.parametrize("kind", [JWTService, RedisJWTService, RedisCache, JWTBackend])
def test_a_class_is_no_dependency(kind: Any) -> None:
    app = FastAPI()
    with pytest.raises(
        webtool.InvalidArgument, match=rf"{kind.__name__} is a class.*Depends\(made"
    ):

        @app.get("/")
        async def endpoint(given: Annotated[Any, Depends(kind)]) -> None: ...


def test_a_limit_is_no_dependency() -> None:
    app = FastAPI()
    with pytest.raises(
        webtool.InvalidArgument, match="limiter.* is a decorator and cannot be a dependency"
    ):

        @app.get("/", dependencies=[Depends(limiter(5, 60))])
        async def endpoint() -> None: ...

    with pytest.raises(TypeError, match=r"@limiter\(5, 60\) for five requests a minute"):
        limiter("5/minute")  # type: ignore[arg-type]


def test_objects_and_derived_classes_are_dependencies() -> None:
    class Ready(JWTService):
        def __init__(self) -> None:
            super().__init__(memory, secret_key=SECRET)

    app = FastAPI()

    @app.get("/")
    async def endpoint(
        given: Annotated[Any, Depends(service)],
        made: Annotated[Any, Depends(Ready)],
        cache: Annotated[Any, Depends(memory)],
    ) -> bool:
        return given is service and isinstance(made, Ready) and cache is memory

    async def main() -> Any:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return (await client.get("/")).json()

    assert asyncio.run(main()) is True
    assert "JWTService" in pydoc.render_doc(JWTService)


def test_what_functions_raise_themselves_is_left_alone() -> None:
    with pytest.raises(TypeError, match="jwt_service must"):
        JWTBackend(None)


@pytest.mark.parametrize(
    "call",
    [
        lambda: JWTService(memory, SECRET, rotation_grace=1000),
        lambda: JWTService(memory, SECRET, 0),
        lambda: JWTService(memory),
        lambda: JWTService(memory, SECRET, jwt_manager=JWTManager(leeway=-1)),
        lambda: AnnoSessionBackend("a b", secret_key=SECRET),
        lambda: AnnoSessionBackend(secret_key="short"),
        lambda: AnnoSessionBackend(secret_key=SECRET).set_cookie("mine"),
        lambda: AnnoSessionBackend(secret_key=SECRET, ip_factor=0),
        lambda: LimitRule(0, 60),
        lambda: LimitRule(1, 0),
        lambda: InMemoryCache(0),
        lambda: InMemoryLimiter(0),
        lambda: memory.lock("a", ttl_ms=0),
    ],
)
def test_options_are_called_by_their_names_in_python(call: Callable[[], Any]) -> None:
    with pytest.raises(webtool.InvalidArgument) as refused:
        call()
    text = str(refused.value)
    assert "::" not in text
    assert "Options" not in text


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (RedisConfig(socket_timeout=0), "socket_timeout must"),
        (RedisConfig(socket_connect_timeout=0), "socket_connect_timeout must"),
        (RedisConfig(health_check_interval=-1), "health_check_interval must"),
        (RedisConfig(ssl_ca_certs="ca.pem"), "ssl_ca_certs "),
        (RedisConfig(ssl_certfile="cert.pem", ssl=True), "ssl_certfile and ssl_keyfile"),
    ],
)
def test_settings_of_redis_are_called_by_their_names_in_python(
    config: RedisConfig, name: str
) -> None:
    with pytest.raises(webtool.InvalidArgument, match=name) as refused:
        RedisCache("redis://127.0.0.1:6379/0", config)
    assert "redis: " not in str(refused.value)


def test_settings_of_redis_have_types() -> None:
    wrong: Any = "half a second"
    with pytest.raises(TypeError, match="RedisConfig: socket_timeout must be float"):
        RedisCache("redis://127.0.0.1:6379/0", RedisConfig(socket_timeout=wrong))


def test_other_names_in_python() -> None:
    with pytest.raises(webtool.InvalidArgument, match="^ssl and a unix:// URL "):
        RedisCache("unix:///run/redis.sock", RedisConfig(ssl=True))
    with pytest.raises(webtool.InvalidArgument, match="^session_name "):
        SessionBackend("a b")
