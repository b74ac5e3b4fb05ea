"""Functions that make and load keys."""

from webtool._core import (
    Key,
    load_key,
    load_or_make_ed_key,
    make_ec_key,
    make_ed_key,
    make_rsa_key,
    make_symmetric_key,
)

__all__ = [
    "Key",
    "load_key",
    "load_or_make_ed_key",
    "make_ec_key",
    "make_ed_key",
    "make_rsa_key",
    "make_symmetric_key",
]
