"""Tokens and keys both ways between webtool and two independent implementations."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import joserfc.errors
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from joserfc import jws
from joserfc.jwk import import_key

TOOL = os.environ["TOKEN_TOOL"]
SECRET = b"Sixty-four bytes, so that every HMAC finds it long enough to use"
PAYLOAD = json.dumps({"sub": "123", "name": "Grace Hopper é €", "exp": 4102444800.25}).encode()
assert len(SECRET) == 64

KIND_OF = {
    "HS256": "oct", "HS384": "oct", "HS512": "oct",
    "RS256": "RSA", "RS384": "RSA", "RS512": "RSA",
    "PS256": "RSA", "PS384": "RSA", "PS512": "RSA",
    "ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "ES256K": "secp256k1",
}
# "EdDSA" leaves the curve to the key; the names of RFC 9864 do not.
CASES = [*KIND_OF.items(), ("EdDSA", "Ed25519"), ("EdDSA", "Ed448"),
         ("Ed25519", "Ed25519"), ("Ed448", "Ed448")]
ONLY_JOSERFC = {"Ed25519", "Ed448"}  # PyJWT knows these keys as "EdDSA" only


def tool(*words, stdin=b"", status=0):
    done = subprocess.run([TOOL, *map(str, words)], input=stdin, capture_output=True, check=False)
    if done.returncode != status:
        raise AssertionError(f"token_tool {words}: {done.returncode} {done.stderr.decode()}")
    return done.stdout


def make_python_key(kind):
    curves = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1,
              "secp256k1": ec.SECP256K1}
    if kind == "oct":
        return SECRET
    if kind == "RSA":
        key = rsa.generate_private_key(65537, 2048)
    elif kind in curves:
        key = ec.generate_private_key(curves[kind]())
    else:
        key = (ed25519.Ed25519PrivateKey if kind == "Ed25519" else ed448.Ed448PrivateKey).generate()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


class PyJwt:
    @staticmethod
    def sign(key, alg):
        return jwt.api_jws.encode(PAYLOAD, key, alg, headers={"typ": "at+jwt"}).encode()

    @staticmethod
    def verify(key, alg, token):
        return jwt.api_jws.decode(token, key, [alg])


class JoseRfc:
    @staticmethod
    def key(key, kind):
        types = {"oct": "oct", "RSA": "RSA", "Ed25519": "OKP", "Ed448": "OKP"}
        return import_key(key, types.get(kind, "EC"))

    @classmethod
    def sign(cls, key, alg, kind):
        header = {"alg": alg, "typ": "at+jwt"}
        return jws.serialize_compact(header, PAYLOAD, cls.key(key, kind), [alg]).encode()

    @classmethod
    def verify(cls, key, alg, kind, token):
        return jws.deserialize_compact(token, cls.key(key, kind), [alg]).payload


class Interop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.keys = {}  # kind → private keys, made by either side
        for kind in sorted({kind for _, kind in CASES}):
            made = [make_python_key(kind)]
            if kind != "oct":
                made.append(tool("make", kind))
            cls.keys[kind] = made

    def file(self, text):
        path = self.folder / f"key{len(list(self.folder.iterdir()))}"
        path.write_bytes(text)
        return path

    def for_each(self, check):
        """Runs `check` on every algorithm, with a key made by either side."""
        for alg, kind in CASES:
            for maker, key in zip(("python", "webtool"), self.keys[kind]):
                with self.subTest(alg=alg, kind=kind, key_made_by=maker):
                    path = self.file(key)
                    public = key if kind == "oct" else tool("public", "pem", path, alg)
                    check(alg, kind, key, public, path)

    def test_what_webtool_signs_others_accept(self):
        def check(alg, kind, _key, public, path):
            token = tool("sign", path, alg, "at+jwt", stdin=PAYLOAD)
            self.assertEqual(JoseRfc.verify(public, alg, kind, token), PAYLOAD)
            if alg not in ONLY_JOSERFC:
                self.assertEqual(PyJwt.verify(public, alg, token), PAYLOAD)
        self.for_each(check)

    def test_what_others_sign_webtool_accepts(self):
        def check(alg, kind, key, public, _path):
            tokens = [JoseRfc.sign(key, alg, kind)]
            if alg not in ONLY_JOSERFC:
                tokens.append(PyJwt.sign(key, alg))
            for token in tokens:
                payload = tool("verify", self.file(public), alg, "at+jwt", stdin=token)
                self.assertEqual(payload, PAYLOAD)
        self.for_each(check)

    def test_changed_tokens_are_refused_on_both_sides(self):
        def check(alg, kind, _key, public, path):
            token = bytearray(tool("sign", path, alg, "at+jwt", stdin=PAYLOAD))
            at = token.index(b".") + 5
            token[at] = ord("A") if token[at] != ord("A") else ord("B")
            tool("verify", self.file(public), alg, "at+jwt", stdin=bytes(token), status=1)
            with self.assertRaises(joserfc.errors.JoseError):
                JoseRfc.verify(public, alg, kind, bytes(token))
        self.for_each(check)

    def test_public_jwks_of_webtool_are_read_by_others(self):
        def check(alg, kind, _key, _public, path):
            if kind == "oct":
                return
            jwk = json.loads(tool("public", "jwk", path, alg))
            self.assertEqual(import_key(jwk).thumbprint(), jwk["kid"])  # RFC 7638
            token = tool("sign", path, alg, "at+jwt", stdin=PAYLOAD)
            self.assertEqual(jws.deserialize_compact(token, import_key(jwk), [alg]).payload, PAYLOAD)
            if alg not in ONLY_JOSERFC:
                self.assertEqual(PyJwt.verify(jwt.PyJWK(jwk, alg), alg, token), PAYLOAD)
        self.for_each(check)

    def test_jwks_of_others_are_read_by_webtool(self):
        def check(alg, kind, key, _public, _path):
            theirs = JoseRfc.key(key, kind)
            private = json.dumps(theirs.as_dict(private=True)).encode()
            token = tool("sign", self.file(private), alg, "at+jwt", stdin=PAYLOAD)
            self.assertEqual(jws.deserialize_compact(token, theirs, [alg]).payload, PAYLOAD)
            if kind != "oct":
                public = self.file(json.dumps(theirs.as_dict(private=False)).encode())
                token = JoseRfc.sign(key, alg, kind)
                self.assertEqual(tool("verify", public, alg, "at+jwt", stdin=token), PAYLOAD)
        self.for_each(check)


if __name__ == "__main__":
    unittest.main(verbosity=2)
