"""Limits on how often endpoints may be called."""

from webtool._core import BaseLimiter, Decided, InMemoryLimiter, LimitRule, RedisLimiter
from webtool.throttle.decorator import exempt, limiter
from webtool.throttle.middleware import LimitMiddleware

__all__ = [
    "BaseLimiter",
    "Decided",
    "InMemoryLimiter",
    "LimitMiddleware",
    "LimitRule",
    "RedisLimiter",
    "exempt",
    "limiter",
]
