"""The life of tokens, as the documents tell it, on every store."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypedDict

import jwt
import pytest
import webtool
from conftest import Run
from redis_server import RedisServer
from webtool.auth import (
    BaseJWTManager,
    BaseJWTService,
    JWTBackend,
    JWTManager,
    JWTService,
    Payload,
    RedisJWTService,
)
from webtool.cache import BaseCache, InMemoryCache, RedisCache
from webtool.utils import (
    load_key,
    load_or_make_ed_key,
    make_ec_key,
    make_ed_key,
    make_rsa_key,
    make_symmetric_key,
)

SECRET = "a secret of more than thirty-two bytes"


@pytest.fixture(params=["memory", "redis", "scripts"])
def service(request: pytest.FixtureRequest, redis: RedisServer) -> JWTService:
    if request.param == "memory":
        return JWTService(InMemoryCache(), secret_key=SECRET)
    kind = RedisJWTService if request.param == "scripts" else JWTService
    return kind(RedisCache(redis.url), secret_key=SECRET)


def test_creation_and_validation(run: Run, service: JWTService) -> None:
    async def main() -> None:
        data = {"sub": "1", "scope": ["read", "write"], "extra": {"deep": [1, -2.5, None, "é"]}}
        access, refresh = await service.create_token(data)
        claims = await service.validate_access_token(access)
        assert claims is not None
        assert {key: claims[key] for key in data} == data
        assert claims["exp"] - claims["iat"] == pytest.approx(3600)
        assert len(claims["jti"]) == 32
        spent = await service.validate_refresh_token(refresh)
        assert spent is not None
        assert spent["exp"] - spent["iat"] == pytest.approx(604800)
        assert await service.validate_refresh_token(access, refresh) == spent
        # Each where the other belongs.
        assert await service.validate_access_token(refresh) is None
        assert await service.validate_refresh_token(access) is None
        assert await service.validate_refresh_token(refresh, access) is None

    run(main())


def test_rotation_and_reuse(run: Run, service: JWTService) -> None:
    async def main() -> None:
        data = {"sub": "rotating"}
        access, refresh = await service.create_token(data)
        pair = await service.update_token(data, refresh)
        assert pair is not None
        assert await service.validate_access_token(access) is None
        assert (await service.validate_access_token(pair[0]) or {})["sub"] == "rotating"
        again = await service.update_token(data, *pair)
        assert again is not None
        # A spent token that comes back ends the session.
        assert await service.update_token(data, pair[1]) is None
        assert await service.validate_access_token(again[0]) is None

    run(main())


def test_rotation_cannot_change_who_it_is_or_widen_what_is_allowed(
    run: Run, service: JWTService
) -> None:
    async def main() -> None:
        _, refresh = await service.create_token({"sub": "alice", "scope": "read"})
        assert await service.update_token({"sub": "admin"}, refresh) is None
        assert await service.update_token({"sub": "alice", "scope": ["root"]}, refresh) is None
        claims = await service.validate_refresh_token(refresh)
        # What was validated can be given again, whole.
        pair = await service.update_token(claims or {}, refresh)
        assert pair is not None
        assert (await service.validate_access_token(pair[0]) or {})["scope"] == ["read"]

    run(main())


def test_sessions(run: Run, service: JWTService) -> None:
    async def main() -> None:
        await service.end_sessions("many")
        first = await service.create_token({"sub": "many"}, note="phone")
        second = await service.create_token({"sub": "many"}, note="desk")
        listed = await service.sessions("many")
        assert [session["note"] for session in listed] == ["phone", "desk"]
        jtis = await service.search_token(first[1])
        assert jtis == [session["jti"] for session in listed]
        assert await service.search_token(*first) == jtis
        assert await service.search_token(first[0], second[1]) == []
        assert await service.invalidate_token(first[1], jtis[1]) is True
        assert await service.invalidate_token(first[1], jtis[1]) is False
        assert await service.validate_access_token(second[0]) is None
        assert await service.invalidate_token(first[1]) is True
        assert await service.invalidate_token(first[1]) is False

        tokens = [await service.create_token({"sub": "many"}) for _ in range(3)]
        assert await service.invalidate_others(tokens[0][1]) == 2
        assert await service.invalidate_all(tokens[0][1]) == 1
        assert await service.invalidate_all(tokens[0][1]) is None
        await service.create_token({"sub": "many"})
        await service.end_sessions("many")
        assert await service.sessions("many") == []

    run(main())


def test_a_list_of_devices(run: Run, service: JWTService) -> None:
    async def main() -> None:
        await service.end_sessions("owner")
        phone = await service.create_token({"sub": "owner"}, note="phone")
        desk = await service.create_token({"sub": "owner"}, note="desk")
        strange = await service.create_token({"sub": "stranger"})
        claims = await service.validate_access_token(phone[0]) or {}
        listed = await service.sessions("owner", claims["jti"])
        assert [(one["note"], one["current"]) for one in listed] == [
            ("phone", True),
            ("desk", False),
        ]
        assert not any(one["current"] for one in await service.sessions("owner"))
        # The other device is logged out with nothing of it but its jti.
        assert await service.end_session("owner", listed[1]["jti"]) is True
        assert await service.validate_access_token(desk[0]) is None
        assert await service.update_token({}, desk[1]) is None
        assert await service.end_session("owner", listed[1]["jti"]) is False
        # Nobody ends what is another's.
        theirs = await service.validate_access_token(strange[0]) or {}
        for jti in (theirs["jti"], "", "x", "é" * 32):
            assert await service.end_session("owner", jti) is False
        assert await service.validate_access_token(strange[0]) is not None
        assert await service.end_session("owner", claims["jti"]) is True
        assert await service.sessions("owner") == []

    run(main())


def test_services_on_one_redis_are_one(run: Run, redis: RedisServer) -> None:
    async def main() -> None:
        one = JWTService(RedisCache(redis.url), secret_key=SECRET)
        other = RedisJWTService(RedisCache(redis.url), secret_key=SECRET)
        for begun, asked in ((one, other), (other, one)):
            access, refresh = await begun.create_token({"sub": "shared"})
            assert await asked.validate_access_token(access) is not None
            pair = await asked.update_token({"sub": "shared"}, refresh)
            assert pair is not None
            assert await begun.validate_access_token(access) is None
            assert len(await begun.search_token(pair[1])) == 1
            assert await begun.invalidate_token(pair[1]) is True
            assert await asked.validate_access_token(pair[0]) is None

    run(main())


def test_what_a_service_says_of_itself() -> None:
    cache = InMemoryCache()
    service = JWTService(cache, SECRET, 60, timedelta(hours=1))
    assert service.algorithm == "HS256"
    assert (service.access_token_expire_time, service.refresh_token_expire_time) == (60, 3600)
    assert isinstance(service.access_token_expire_time, int)
    assert JWTService(cache, SECRET, 0.5).access_token_expire_time == 0.5
    assert JWTService(cache, SECRET, algorithm="HS512").algorithm == "HS512"
    assert JWTService(cache, make_ed_key()).algorithm == "EdDSA"
    managed = JWTService(cache, SECRET, jwt_manager=PyJWTManager(), algorithm="HS384")
    assert (managed.algorithm, managed.refresh_token_expire_time) == ("HS384", 604800)
    with pytest.raises(AttributeError):
        service.algorithm = "none"  # type: ignore[misc]


def test_services_take_their_payloads_type(run: Run) -> None:
    class MyPayload(TypedDict):
        sub: str

    class Mine(JWTService[MyPayload]):
        pass

    class Own(BaseJWTService[Payload]):
        pass

    assert issubclass(Own, BaseJWTService)
    for kind in (JWTService[MyPayload], JWTService[Payload], Mine):
        service = kind(InMemoryCache(), secret_key=SECRET)
        assert isinstance(service, JWTService)
        assert len(run(service.create_token({"sub": "1"}))) == 2
    assert RedisJWTService[Payload].__origin__ is RedisJWTService


def test_claims_may_be_any_mapping(run: Run, service: JWTService) -> None:
    class Attributes(Mapping[str, Any]):
        def __getitem__(self, name: str) -> Any:
            return {"sub": "mapped", "scope": ["read"]}[name]

        def __iter__(self) -> Iterator[str]:
            return iter(("sub", "scope"))

        def __len__(self) -> int:
            return 2

    for data in (MappingProxyType({"sub": "mapped", "scope": ["read"]}), Attributes()):
        _, refresh = run(service.create_token(data))
        pair = run(service.update_token(data, refresh))
        assert (run(service.validate_access_token(pair[0])) or {})["scope"] == ["read"]


def test_claims_of_ones_own_are_kept(run: Run, service: JWTService) -> None:
    class Account(TypedDict):
        sub: str
        role: str
        email: str | None

    async def main() -> None:
        account: Account = {"sub": "own", "role": "admin", "email": None}
        more = {"deep": {"a": [1, 2.5, True, "é"]}, "client_id": 7}
        access, refresh = await service.create_token({**account, **more})
        for claims in (
            await service.validate_access_token(access),
            await service.validate_refresh_token(refresh),
        ):
            assert claims is not None
            assert {name: claims[name] for name in (*account, *more)} == {**account, **more}
            assert claims["extra"] == {}
        # They survive rotation, are replaced if new ones are given, and may be given again whole.
        pair = await service.update_token({"sub": "own"}, refresh)
        assert pair is not None
        claims = await service.validate_access_token(pair[0]) or {}
        assert (claims["role"], claims["deep"]) == ("admin", more["deep"])
        pair = await service.update_token(claims, pair[1])
        assert pair is not None
        again = await service.validate_access_token(pair[0]) or {}
        assert {**again, "exp": 0, "iat": 0, "jti": ""} == {
            **claims,
            "exp": 0,
            "iat": 0,
            "jti": "",
        }
        pair = await service.update_token({"role": "user"}, pair[1])
        assert pair is not None
        claims = await service.validate_access_token(pair[0]) or {}
        assert claims["role"] == "user"
        assert "deep" not in claims
        backend = JWTBackend(service)
        headers = [(b"authorization", f"Bearer {pair[0]}".encode())]
        auth = await backend.authenticate({"type": "http", "headers": headers})
        assert auth is not None
        assert auth["role"] == "user"

    run(main())


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("exp", "access_token_expire_time"),
        ("iss", "issuer"),
        ("aud", "audience"),
        ("iat", "clock"),
        ("nbf", "clock"),
        ("jti", "the service"),
        ("typ", "the service"),
    ],
)
def test_names_that_the_service_sets_are_refused(service: JWTService, name: str, says: str) -> None:
    with pytest.raises(webtool.InvalidArgument, match=f"claim '{name}' cannot be given.*{says}"):
        asyncio.run(service.create_token({"sub": "1", name: "x"}))


def test_times_may_have_fractions(run: Run, service: JWTService) -> None:
    short = JWTService(InMemoryCache(), SECRET, 0.25, timedelta(seconds=1.5), rotation_grace=0.5)
    access, refresh = run(short.create_token({"sub": "1"}))
    claims = run(short.validate_access_token(access))
    assert claims["exp"] - claims["iat"] == pytest.approx(0.25, abs=1e-5)
    claims = run(short.validate_refresh_token(refresh))
    assert claims["exp"] - claims["iat"] == pytest.approx(1.5, abs=1e-5)


def test_what_is_not_to_be_trusted_is_none(run: Run, service: JWTService) -> None:
    async def main() -> None:
        other, _ = await JWTService(InMemoryCache(), secret_key=SECRET).create_token({"sub": "1"})
        forged = jwt.encode({"sub": "1"}, "another secret of thirty-two bytes")
        texts = ("", "x", "a.b.c", "é" * 100, "x" * 1_000_000, forged, other)
        for bad in (*texts, "\ud800", "a.\udcff.c", None):
            assert await service.validate_access_token(bad) is None
            assert await service.validate_refresh_token(bad) is None
            assert await service.validate_refresh_token(bad, bad) is None
            assert await service.update_token({"sub": "1"}, bad) is None
            assert await service.update_token({"sub": "1"}, bad, bad) is None
            assert await service.invalidate_token(bad) is False
            assert await service.search_token(bad) == []
            assert await service.invalidate_all(bad) is None
            assert await service.invalidate_others(bad) is None
            assert await service.validate_refresh_token(refresh_token=bad) is None
            assert await service.end_session("nobody", bad) is False
        assert await service.sessions("\ud800", "\ud800") == []
        for misuse in (1, b"x", ["x"]):
            with pytest.raises(TypeError, match="access_token must be str or None, not"):
                service.validate_access_token(misuse)  # type: ignore[arg-type]
            with pytest.raises(TypeError, match="access_token must be str or None, not"):
                service.update_token({}, misuse)  # type: ignore[arg-type]

    run(main())


def test_tokens_are_given_by_place_or_by_name(run: Run, service: JWTService) -> None:
    async def main() -> None:
        data = {"sub": "named"}
        access, refresh = await service.create_token(data)
        claims = await service.validate_refresh_token(refresh)
        assert claims is not None
        for same in (
            service.validate_refresh_token(refresh_token=refresh),
            service.validate_refresh_token(access, refresh),
            service.validate_refresh_token(access, refresh_token=refresh),
            service.validate_refresh_token(refresh_token=refresh, access_token=access),
        ):
            assert await same == claims
        found = await service.search_token(refresh)
        assert claims["jti"] in found
        assert await service.search_token(refresh_token=refresh) == found
        assert await service.search_token(access_token=access, refresh_token=refresh) == found
        assert await service.validate_access_token(access_token=access) is not None
        pair = await service.update_token(data, refresh_token=refresh)
        assert pair is not None
        pair = await service.update_token(data=data, access_token=pair[0], refresh_token=pair[1])
        assert pair is not None
        # An access token alone, whatever it is called, is no refresh token.
        assert await service.update_token(data, access_token=pair[0]) is None
        assert await service.update_token(data, access_token=None, refresh_token=pair[1]) is None
        assert await service.invalidate_token(refresh_token=pair[1]) is True
        for nothing in (
            lambda: service.update_token(data),
            service.validate_refresh_token,
            service.search_token,
        ):
            with pytest.raises(TypeError, match="refresh_token is missing"):
                nothing()

    run(main())


def test_misuse_is_told(service: JWTService) -> None:
    cycle: dict[str, Any] = {}
    cycle["self"] = cycle
    for data in (
        {},
        {"sub": ""},
        {"sub": 1},
        {"sub": "1", "exp": 5},
        {"sub": "1", "role": object()},
        {"sub": "1", 5: "role"},
        {"sub": "1", "scope": 5},
        {"sub": "1", "scope": {"read": 1}},
        {"sub": "1", "scope": ["a b"]},
        {"sub": "1", "extra": []},
        {"sub": "1", "extra": {1: 2}},
        {"sub": "1", "extra": {"x": object()}},
        {"sub": "1", "extra": {"x": 1 << 70}},
        {"sub": "1", "extra": {"x": float("nan")}},
        {"sub": "1", "extra": cycle},
        [("sub", "1")],
    ):
        with pytest.raises(webtool.InvalidArgument):
            asyncio.run(service.create_token(data))  # type: ignore[arg-type]


def test_impossible_services_are_refused() -> None:
    cache = InMemoryCache()
    for options in (
        {},
        {"secret_key": ""},
        {"secret_key": []},
        {"secret_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"},
        {"secret_key": SECRET, "algorithm": "none"},
        {"secret_key": SECRET, "algorithm": "RS256"},
        {"secret_key": SECRET, "access_token_expire_time": 0},
        {"secret_key": SECRET, "access_token_expire_time": -0.5},
        {"secret_key": SECRET, "access_token_expire_time": 100, "refresh_token_expire_time": 1},
        {"secret_key": SECRET, "rotation_grace": 1000},
        {"secret_key": SECRET, "max_sessions": 0},
        {"secret_key": SECRET, "validation": "none"},
    ):
        with pytest.raises(ValueError):
            JWTService(cache, **options)
    with pytest.raises(TypeError):
        RedisJWTService(cache, secret_key=SECRET)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        JWTService(None, secret_key=SECRET)  # type: ignore[arg-type]


def test_options(run: Run) -> None:
    cache = InMemoryCache()

    async def main() -> None:
        strict = JWTService(cache, SECRET, 60, timedelta(hours=1))
        lax = JWTService(cache, SECRET, 60, 3600, validation="stateless")
        access, refresh = await strict.create_token({"sub": "1"})
        claims = await lax.validate_access_token(access)
        assert claims is not None
        assert claims["exp"] - claims["iat"] == pytest.approx(60)
        await strict.invalidate_token(refresh)
        assert await strict.validate_access_token(access) is None
        assert await lax.validate_access_token(access) == claims

        graceful = JWTService(cache, SECRET, rotation_grace=60)
        _, refresh = await graceful.create_token({"sub": "1"})
        pair = await graceful.update_token({"sub": "1"}, refresh)
        assert await graceful.update_token({"sub": "1"}, refresh) == pair

    run(main())


def test_keys_can_be_rotated(run: Run) -> None:
    cache = InMemoryCache()
    old, new = make_ed_key(), make_ec_key("es384")

    async def main() -> None:
        access, _ = await JWTService(cache, secret_key=old).create_token({"sub": "1"})
        both = JWTService(cache, secret_key=[new, load_key(old)])
        assert await both.validate_access_token(access) is not None
        access, _ = await both.create_token({"sub": "1"})
        assert jwt.get_unverified_header(access)["alg"] == "ES384"
        assert await JWTService(cache, secret_key=old).validate_access_token(access) is None

    run(main())


def test_issuer_and_audience(run: Run) -> None:
    cache = InMemoryCache()

    async def main() -> None:
        mine = JWTManager(issuer="me", audience="you")
        service = JWTService(cache, SECRET, jwt_manager=mine)
        access, _ = await service.create_token({"sub": "1"})
        claims = await service.validate_access_token(access)
        assert claims is not None
        assert (claims["iss"], claims["aud"]) == ("me", "you")
        theirs = JWTService(cache, SECRET, jwt_manager=JWTManager(issuer="them", audience="you"))
        assert await theirs.validate_access_token(access) is None
        decoded = mine.decode(access, SECRET)
        assert decoded == claims | {"typ": "at+jwt"}
        assert mine.decode(mine.encode(decoded, SECRET), SECRET) == decoded
        assert mine.decode(access, "another secret") is None

    run(main())


class PyJWTManager(BaseJWTManager):
    """A manager of a user's, as one would write it for the original."""

    def encode(self, claims: dict[str, Any], secret_key: Any, algorithm: str) -> str:
        return jwt.encode(claims, secret_key, algorithm)

    def decode(
        self, token: str, secret_key: Any, algorithm: str, verify_exp: bool = True
    ) -> dict[str, Any] | None:
        try:
            options: Any = {"verify_exp": verify_exp}
            return jwt.decode(token, secret_key, [algorithm], options=options)
        except jwt.InvalidTokenError:
            return None


class OldManager(PyJWTManager):
    def decode(self, token: str, secret_key: Any, algorithm: str) -> Any:  # type: ignore[override]
        return super().decode(token, secret_key, algorithm)


class TenantManager(JWTManager):
    """One derived from the core's."""

    def encode(self, claims: dict[str, Any], secret_key: Any, algorithm: str | None = None) -> str:
        claims["extra"]["tenant"] = "t"
        return super().encode(claims, secret_key, algorithm)


@pytest.mark.parametrize("manager", [PyJWTManager, OldManager, TenantManager])
def test_managers_of_users(run: Run, manager: Any) -> None:
    service = JWTService(InMemoryCache(), secret_key=SECRET, jwt_manager=manager())

    async def main() -> None:
        access, refresh = await service.create_token({"sub": "1"})
        claims = await service.validate_access_token(access)
        assert claims is not None
        assert claims["extra"] == ({"tenant": "t"} if manager is TenantManager else {})
        assert await service.validate_access_token(refresh) is None
        assert await service.update_token({"sub": "1"}, access) is None
        pair = await service.update_token({"sub": "1"}, refresh)
        assert pair is not None
        if manager is not OldManager:
            assert await service.validate_refresh_token(*pair) is not None
            assert await service.update_token({"sub": "1"}, *pair) is not None

    run(main())


def test_what_a_users_manager_raises_comes_out(run: Run) -> None:
    class Broken(PyJWTManager):
        def encode(self, claims: dict[str, Any], secret_key: Any, algorithm: str) -> str:
            raise KeyError("mine")

    service = JWTService(InMemoryCache(), secret_key=SECRET, jwt_manager=Broken())
    with pytest.raises(KeyError, match="mine"):
        run(service.create_token({"sub": "1"}))


def test_services_are_callable(service: JWTService, cache: BaseCache) -> None:
    assert service() is service
    assert cache() is cache
    assert isinstance(service, BaseJWTService)


def test_a_thousand_tasks_rotate_one_token(run: Run, service: JWTService) -> None:
    async def main() -> None:
        _, refresh = await service.create_token({"sub": "crowd"})
        pairs = await asyncio.gather(
            *(service.update_token({"sub": "crowd"}, refresh) for _ in range(1000))
        )
        assert sum(pair is not None for pair in pairs) == 1
        # The others were reuse: the session is over.
        pair = next(pair for pair in pairs if pair)
        assert await service.validate_access_token(pair[0]) is None

    run(main())


def test_keys_in_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for made, name, algorithm in (
        (make_ed_key(save=True), "ed_private_key1.pem", "EdDSA"),
        (make_ed_key(save=True), "ed_private_key2.pem", "EdDSA"),
        (make_ec_key("ES512", save=True), "ec_private_key1.pem", "ES512"),
        (make_rsa_key(save=True), "rsa_private_key1.pem", "RS256"),
        (make_symmetric_key(save=True), "symmetric_private_key1.pem", "HS256"),
    ):
        file = tmp_path / name
        assert file.exists(), sorted(tmp_path.iterdir())
        assert os.stat(file).st_mode & 0o777 == 0o600
        assert load_key(made).algorithm == algorithm
        assert load_key(file).kid == load_key(made).kid
    assert load_key(make_ed_key("ed448")).algorithm == "EdDSA"
    sealed = make_ed_key(password="open")
    assert load_key(sealed, "open").can_sign
    with pytest.raises(webtool.InvalidKey):
        load_key(sealed, "wrong")
    public = load_key(load_key(sealed, b"open").public_pem())
    assert not public.can_sign
    assert public.public_jwk()["kty"] == "OKP"
    assert load_or_make_ed_key(tmp_path / "new.pem").kid == load_key(tmp_path / "new.pem").kid
    with pytest.raises(OSError, match="none.pem"):
        load_key(tmp_path / "none.pem")
    with pytest.raises(webtool.InvalidKey):
        make_rsa_key(1024)
    with pytest.raises(webtool.InvalidArgument, match="es256"):
        make_ec_key("ed25519")
