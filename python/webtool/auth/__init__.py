"""Tokens, sessions and authentication of requests."""

from webtool.auth.backend import (
    AnnoSessionBackend,
    BaseAnnoBackend,
    BaseBackend,
    IPBackend,
    JWTBackend,
    SessionBackend,
)
from webtool.auth.dependencies import get_auth, require_auth, require_scopes
from webtool.auth.manager import BaseJWTManager, JWTManager
from webtool.auth.models import AuthData, Payload
from webtool.auth.service import BaseJWTService, JWTService, RedisJWTService

__all__ = [
    "AnnoSessionBackend",
    "AuthData",
    "BaseAnnoBackend",
    "BaseBackend",
    "BaseJWTManager",
    "BaseJWTService",
    "IPBackend",
    "JWTBackend",
    "JWTManager",
    "JWTService",
    "Payload",
    "RedisJWTService",
    "SessionBackend",
    "get_auth",
    "require_auth",
    "require_scopes",
]
