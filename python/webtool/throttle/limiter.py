"""The limiters, where the documents of the original have them.

The name is that of the decorator too: webtool.throttle imports this module first, so that
`webtool.throttle.limiter` stays the decorator whatever is imported later.
"""

from webtool._core import BaseLimiter, InMemoryLimiter, RedisLimiter

__all__ = ["BaseLimiter", "InMemoryLimiter", "RedisLimiter"]
