"""Tokens to and from PyJWT, every algorithm."""

from typing import Any

import jwt
import pytest
from conftest import Run
from webtool.auth import JWTManager, JWTService
from webtool.cache import InMemoryCache
from webtool.utils import load_key, make_ec_key, make_ed_key, make_rsa_key

SECRET = b"Sixty-four bytes, so that every HMAC finds it long enough to use"
RSA = make_rsa_key()
KEYS: dict[str, Any] = {
    "HS256": SECRET,
    "HS384": SECRET,
    "HS512": SECRET,
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), RSA),
    **{name: make_ec_key(name) for name in ("ES256", "ES384", "ES512", "ES256K")},
    "EdDSA": make_ed_key(),
    "EdDSA (Ed448)": make_ed_key("ed448"),
}


@pytest.mark.parametrize("case", KEYS)
def test_every_algorithm_both_ways(run: Run, case: str) -> None:
    algorithm, key = case.split()[0], KEYS[case]
    public = key if algorithm.startswith("HS") else load_key(key).public_pem()
    service = JWTService(InMemoryCache(), secret_key=key, algorithm=algorithm)

    async def main() -> None:
        access, refresh = await service.create_token({"sub": "1", "extra": {"é": [1.5, None]}})
        for token, typ in ((access, "at+jwt"), (refresh, "rt+jwt")):
            assert jwt.get_unverified_header(token)["typ"] == typ
            theirs = jwt.decode(token, public, [algorithm])
            ours = JWTManager().decode(token, key, algorithm)
            assert ours is not None
            assert ours.pop("typ") == typ
            assert theirs == ours

        # Signed by them, with what we say: the same session, the same token.
        claims = jwt.decode(access, public, [algorithm])
        signed = jwt.encode(claims, key, algorithm, headers={"typ": "at+jwt"})
        assert await service.validate_access_token(signed) == await service.validate_access_token(
            access
        )
        assert await service.validate_access_token(signed[:-8] + "AAAAAAAA") is None
        # Without `typ` it is none of ours.
        assert await service.validate_access_token(jwt.encode(claims, key, algorithm)) is None

    run(main())
