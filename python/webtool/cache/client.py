"""The caches, at the import path that the original documents."""

from webtool.cache import BaseCache, InMemoryCache, RedisCache, RedisConfig

__all__ = ["BaseCache", "InMemoryCache", "RedisCache", "RedisConfig"]
