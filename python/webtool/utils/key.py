"""The key functions, at the import path that the original documents."""

from webtool.utils import load_key, make_ec_key, make_ed_key, make_rsa_key, make_symmetric_key

__all__ = ["load_key", "make_ec_key", "make_ed_key", "make_rsa_key", "make_symmetric_key"]
