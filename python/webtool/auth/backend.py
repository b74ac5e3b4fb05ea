"""Backends: by bearer token, by address, by session cookie."""

from webtool._core import AnnoSessionBackend, IPBackend, JWTBackend, SessionBackend
from webtool.auth.base import BaseBackend

for _backend in (AnnoSessionBackend, IPBackend, JWTBackend, SessionBackend):
    BaseBackend.register(_backend)

__all__ = ["AnnoSessionBackend", "BaseBackend", "IPBackend", "JWTBackend", "SessionBackend"]
