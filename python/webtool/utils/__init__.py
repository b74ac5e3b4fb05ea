"""Functions that make and load keys. OPENSSL_VERSION names the OpenSSL that webtool uses."""

from webtool._core import (
    OPENSSL_VERSION,
    Key,
    load_key,
    load_or_make_ed_key,
    make_ec_key,
    make_ed_key,
    make_rsa_key,
    make_symmetric_key,
)

__all__ = [
    "OPENSSL_VERSION",
    "Key",
    "load_key",
    "load_or_make_ed_key",
    "make_ec_key",
    "make_ed_key",
    "make_rsa_key",
    "make_symmetric_key",
]
