"""The limiters, at the import path that the original documents.

The decorator has the same name as this module. webtool.throttle imports this module first, so that
`webtool.throttle.limiter` remains the decorator, whatever is imported later.
"""

from webtool._core import BaseLimiter, InMemoryLimiter, RedisLimiter

__all__ = ["BaseLimiter", "InMemoryLimiter", "RedisLimiter"]
