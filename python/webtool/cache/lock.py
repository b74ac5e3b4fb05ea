"""The lock of BaseCache.lock, under all the names that the original has."""

from webtool._core import Lock
from webtool._core import Lock as AsyncInMemoryLock
from webtool._core import Lock as AsyncRedisLock
from webtool._core import Lock as BaseLock

__all__ = ["AsyncInMemoryLock", "AsyncRedisLock", "BaseLock", "Lock"]
