"""Claims to token and back."""

from webtool._core import JWTManager
from webtool.auth.base import BaseJWTManager

BaseJWTManager.register(JWTManager)

__all__ = ["BaseJWTManager", "JWTManager"]
