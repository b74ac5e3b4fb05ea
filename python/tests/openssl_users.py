"""Imports the modules that the arguments name, in this order, and uses the OpenSSL of each.

These are Python's ssl, cryptography, psycopg and webtool. The process is the server and the client
of each TLS handshake.
"""

import importlib
import sys

for name in sys.argv[1:]:
    importlib.import_module(name)

import asyncio  # noqa: E402
import datetime  # noqa: E402
import ipaddress  # noqa: E402
import socket  # noqa: E402
import ssl  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402

import psycopg  # noqa: E402
from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
from webtool.auth import JWTManager  # noqa: E402
from webtool.cache import RedisCache, RedisConfig  # noqa: E402
from webtool.exceptions import StoreUnavailable  # noqa: E402

#: The key and the certificate of the server, in the current folder.
SERVER = "server.pem"
#: What a client of PostgreSQL sends to ask for TLS.
SSL_REQUEST = bytes([0, 0, 0, 8, 4, 210, 22, 47])


def use_cryptography() -> bytes:
    """Writes SERVER and returns its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.datetime.now(datetime.UTC)
    hour = datetime.timedelta(hours=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - hour, now + hour)
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    text = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with open(SERVER, "wb") as file:
        file.write(text + certificate.public_bytes(pem))
    return text


def use_ssl(connect: Callable[[int], None], before: bytes = b"") -> None:
    """Makes a handshake with `connect`, which may ask for TLS by the bytes `before`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(SERVER)
    versions = []

    def serve() -> None:
        connection, _ = listening.accept()
        if before:
            assert connection.recv(len(before)) == before
            connection.sendall(b"S")
        with context.wrap_socket(connection, server_side=True) as encrypted:
            versions.append(encrypted.version())

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(60)
        thread = threading.Thread(target=serve)
        thread.start()
        connect(listening.getsockname()[1])
        thread.join()
    # The client has accepted the certificate: it ends the handshake.
    assert versions == ["TLSv1.3"]


def use_psycopg(port: int) -> None:
    options = f"sslmode=verify-full sslrootcert={SERVER} gssencmode=disable"
    try:
        psycopg.connect(f"host=127.0.0.1 port={port} user=test {options}")
    except psycopg.OperationalError:
        return  # the server only makes a handshake


def use_webtool(port: int) -> None:
    cache = RedisCache(f"rediss://127.0.0.1:{port}/0", RedisConfig(ssl_ca_certs=SERVER))

    async def main() -> None:
        try:
            await cache.get("x")
        except StoreUnavailable:
            return

    asyncio.run(main())


for _ in range(2):
    key = use_cryptography()
    use_ssl(use_psycopg, SSL_REQUEST)
    use_ssl(use_webtool)
    now = time.time()
    token = JWTManager().encode({"sub": "1", "jti": "1", "iat": now, "exp": now + 60}, key)
    assert JWTManager().decode(token, key) is not None
