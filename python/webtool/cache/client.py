"""The caches, where the documents of the original have them."""

from webtool.cache import BaseCache, InMemoryCache, RedisCache, RedisConfig

__all__ = ["BaseCache", "InMemoryCache", "RedisCache", "RedisConfig"]
