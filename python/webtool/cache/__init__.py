"""Caches: the embedded one, the one on Redis, and the base for those of your own."""

from webtool._core import BaseCache, InMemoryCache, Lock, RedisCache
from webtool.cache.config import RedisConfig

__all__ = ["BaseCache", "InMemoryCache", "Lock", "RedisCache", "RedisConfig"]
