"""Encoding claims as tokens, and decoding tokens."""

from webtool._core import JWTManager
from webtool.auth.base import BaseJWTManager

BaseJWTManager.register(JWTManager)

__all__ = ["BaseJWTManager", "JWTManager"]
