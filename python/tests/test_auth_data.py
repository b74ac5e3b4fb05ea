"""AuthData: made and read as the original's, and serialised as the documents say."""

import asyncio
import dataclasses
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from webtool.auth import AuthData

EXTRA = {"exp": 2.0, "iat": 1.0, "jti": "x", "role": "admin", "extra": {"a": 1}}


def test_it_is_made_in_every_way() -> None:
    plain = AuthData("1", ["read"], dict(EXTRA))
    for same in (
        AuthData(identifier="1", scope=["read"], extra=dict(EXTRA)),
        AuthData("1", data={**EXTRA, "scope": ["read"]}),
        AuthData("1", {**EXTRA, "scope": ["read"]}),
        AuthData(identifier="1", data=plain.data),
    ):
        assert same == plain
    for bare in (AuthData("1"), AuthData("1", None, None), AuthData("1", data={})):
        assert (bare.scope, bare.extra, bare.data) == (None, {}, {})
    assert AuthData("1").extra is not AuthData("1").extra
    with pytest.raises(TypeError, match="data, or scope and extra"):
        AuthData("1", ["read"], data={})
    with pytest.raises(TypeError):
        AuthData()  # type: ignore[call-arg]


def test_it_is_read_like_a_dict() -> None:
    auth = AuthData("1", ["read"], dict(EXTRA))
    assert auth["identifier"] == "1"
    assert auth["scope"] == auth.scope == ["read"]
    assert auth["extra"] == auth.extra
    assert (auth["exp"], auth["role"]) == (2.0, "admin")
    assert auth.get("role") == "admin"
    assert auth.get("none") is None
    assert auth.get("none", 5) == 5
    assert AuthData("1").get("scope", 5) is None
    for name in ("identifier", "scope", "extra", "jti"):
        assert name in auth
    for name in ("none", "read", 1, None):
        assert name not in auth
    with pytest.raises(KeyError):
        auth["none"]
    assert dict(auth) == {"identifier": "1", "scope": ["read"], **EXTRA, "extra": EXTRA}
    assert list(auth) == auth.keys()
    assert auth.data == {**EXTRA, "scope": ["read"]}


def test_it_serialises_as_documented() -> None:
    app = FastAPI()

    @app.get("/typed")
    async def typed() -> AuthData:
        return AuthData("1", ["read"], dict(EXTRA))

    @app.get("/any")
    async def untyped() -> Any:
        return AuthData("1", data=dict(EXTRA))

    async def main() -> tuple[Any, Any]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return (await client.get("/typed")).json(), (await client.get("/any")).json()

    first, second = asyncio.run(main())
    assert first == {"identifier": "1", "scope": ["read"], "extra": EXTRA}
    assert second == {"identifier": "1", "scope": None, "extra": EXTRA}
    assert dataclasses.asdict(AuthData("1")) == {"identifier": "1", "scope": None, "extra": {}}
