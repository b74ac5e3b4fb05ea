"""Services that create, validate, rotate and revoke tokens."""

from webtool._core import JWTService, RedisJWTService
from webtool.auth.base import BaseJWTService

BaseJWTService.register(JWTService)

__all__ = ["BaseJWTService", "JWTService", "RedisJWTService"]
