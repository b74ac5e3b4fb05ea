"""Caches: the embedded cache, the Redis cache, and the base class for your own cache."""

from webtool._core import BaseCache, InMemoryCache, Lock, RedisCache
from webtool.cache.config import RedisConfig

__all__ = ["BaseCache", "InMemoryCache", "Lock", "RedisCache", "RedisConfig"]
