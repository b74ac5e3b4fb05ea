"""Authentication backends: by bearer token, by address, by session cookie."""

from webtool._core import AnnoSessionBackend, IPBackend, JWTBackend, SessionBackend
from webtool.auth.base import BaseAnnoBackend, BaseBackend

BaseAnnoBackend.register(AnnoSessionBackend)
for _backend in (IPBackend, JWTBackend, SessionBackend):
    BaseBackend.register(_backend)

__all__ = [
    "AnnoSessionBackend",
    "BaseAnnoBackend",
    "BaseBackend",
    "IPBackend",
    "JWTBackend",
    "SessionBackend",
]
