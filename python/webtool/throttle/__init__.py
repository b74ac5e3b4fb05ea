"""Limits on how often endpoints may be called."""

from webtool._core import Decided, LimitRule
from webtool.throttle.limiter import BaseLimiter, InMemoryLimiter, RedisLimiter  # isort: split

# The decorator `limiter` must replace the module of the same name, so it is imported after it.
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
