"""What may be a key, and which keys a manager believes."""

import json
import math
import time
from base64 import b64decode, b64encode, urlsafe_b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import webtool
from webtool.auth import JWTManager, JWTService
from webtool.cache import InMemoryCache
from webtool.utils import Key, load_key, make_ec_key, make_ed_key, make_rsa_key, make_symmetric_key

OLD = b"an old secret of thirty-two bytes"
NEW = b"a new secret of thirty-three bytes"


def claims(**more: Any) -> dict[str, Any]:
    now = time.time()
    return {"sub": "1", "exp": now + 60, "iat": now, "jti": "j", "extra": {}} | more


def payload(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


@pytest.mark.parametrize("make", [make_ed_key, make_ec_key, make_symmetric_key])
def test_a_key_removed_from_a_list_in_place_is_not_believed(make: Callable[[], bytes]) -> None:
    manager = JWTManager()
    old, new = make(), make()
    keys = [new, old]
    token = manager.encode(claims(), old)
    assert manager.decode(token, keys)
    del keys[1]
    assert manager.decode(token, keys) is None
    keys.append(old)
    assert manager.decode(token, keys)
    keys[1] = make()
    assert manager.decode(token, keys) is None
    keys[:] = [load_key(old)]
    assert manager.decode(token, keys)
    keys[:] = [load_key(new)]
    assert manager.decode(token, keys) is None


def test_a_secret_that_changes_in_place_is_another() -> None:
    manager = JWTManager()
    secret = bytearray(OLD)
    token = manager.encode(claims(), secret)
    assert manager.decode(token, secret)
    assert manager.decode(token, [secret])
    secret[:] = NEW
    assert manager.decode(token, secret) is None
    assert manager.decode(token, [secret]) is None
    assert manager.decode(token, memoryview(secret)) is None
    secret[:] = OLD
    assert manager.decode(token, memoryview(secret))


def test_a_key_file_that_changes_is_another_key(tmp_path: Path) -> None:
    manager = JWTManager()
    file = tmp_path / "secret"
    file.touch(0o600)
    file.write_bytes(OLD)
    token = manager.encode(claims(), file)
    assert manager.decode(token, file)
    assert manager.decode(token, [file])
    file.write_bytes(NEW)
    assert manager.decode(token, file) is None
    assert manager.decode(token, [file]) is None


def test_another_algorithm_is_another_key() -> None:
    manager = JWTManager()
    token = manager.encode(claims(), OLD, "HS512")
    assert manager.decode(token, OLD, "HS512")
    assert manager.decode(token, OLD, "HS256") is None
    assert manager.decode(token, OLD) is None
    assert manager.decode(token, OLD, "HS512")


@pytest.mark.parametrize("make", [make_ed_key, make_ec_key, make_rsa_key])
def test_a_public_key_does_not_sign(make: Callable[[], bytes]) -> None:
    private = make()
    public = load_key(private).public_pem()
    for key in (public, load_key(public), [public, make()]):
        with pytest.raises(webtool.InvalidKey, match="public"):
            JWTService(InMemoryCache(), secret_key=key)
        with pytest.raises(webtool.InvalidKey, match="public"):
            JWTManager().encode(claims(), key)
    token = JWTManager().encode(claims(), private)
    assert JWTManager().decode(token, public)
    JWTService(InMemoryCache(), secret_key=[private, load_key(make()).public_pem()])


def test_whole_seconds_on_request() -> None:
    given = claims(exp=1_900_000_000.75, iat=1_700_000_000.25, nbf=1_700_000_000.5)
    exact = payload(JWTManager().encode(given, OLD))
    assert (exact["exp"], exact["iat"]) == (1_900_000_000.75, 1_700_000_000.25)
    whole = payload(JWTManager(numeric_dates="integer").encode(given, OLD))
    assert (whole["exp"], whole["iat"], whole["nbf"]) == (
        1_900_000_000,
        1_700_000_000,
        1_700_000_000,
    )
    assert all(type(whole[name]) is int for name in ("exp", "iat", "nbf"))
    with pytest.raises(webtool.InvalidArgument, match="numeric_dates"):
        JWTManager(numeric_dates="float")  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_numbers_without_a_name_in_json_are_refused(number: float) -> None:
    for extra in ({"n": number}, {"n": [1, {"m": [number]}]}):
        with pytest.raises(webtool.InvalidArgument, match="finite"):
            JWTManager().encode(claims(extra=extra), OLD)


@pytest.mark.parametrize("make", [make_ed_key, make_ec_key, make_rsa_key])
def test_no_dress_of_a_public_key_is_a_secret(make: Callable[[], bytes]) -> None:
    pem = load_key(make()).public_pem()
    bare = "".join(pem.splitlines()[1:-1])
    der = b64decode(bare)
    jwk = json.dumps(load_key(pem).public_jwk())
    texts = [bare, bare.rstrip("="), bare + "\n", f'"{bare}"', "\n".join(pem.splitlines()[1:-1])]
    texts += ["\ufeff" + jwk, f" {jwk}\n", b64encode(jwk.encode()).decode(), der.hex()]
    texts += [b64encode(pem.encode()).decode(), der.hex(":"), "ssh-rsa " + bare]
    for key in (*texts, *(text.encode() for text in texts), der, bytearray(der)):
        with pytest.raises(webtool.InvalidKey):
            load_key(key)  # type: ignore[arg-type]
        with pytest.raises(webtool.InvalidKey):
            JWTService(InMemoryCache(), secret_key=key)  # type: ignore[arg-type]
    assert not load_key(pem.replace("\n", "\\n")).can_sign


def test_a_file_name_is_no_secret() -> None:
    for name in ("keys/ed_private_key1.pem", "./x.key", "/run/secrets/jwt", "~/.ssh/id_ed25519"):
        with pytest.raises(webtool.InvalidKey, match="load_or_make_ed_key"):
            JWTService(InMemoryCache(), secret_key=name)
        with pytest.raises(webtool.InvalidKey, match="from_secret"):
            load_key(name.encode())
        secret = Key.from_secret(name)
        assert secret.algorithm == "HS256"
        assert Key.from_secret(name.encode(), "HS512").algorithm == "HS512"
        JWTService(InMemoryCache(), secret_key=secret)
    for empty in ("", b""):
        with pytest.raises(webtool.InvalidKey):
            Key.from_secret(empty)
    for honest in ("1234", "your_secret_key"):
        JWTService(InMemoryCache(), secret_key=honest)
