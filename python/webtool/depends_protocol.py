"""The `__call__` of caches and services, so that `fastapi.Depends(cache)` returns the cache."""

from typing import TypeVar

Given = TypeVar("Given")


def return_self(self: Given) -> Given:
    """Returns the object itself, so that the object can be given to fastapi.Depends."""
    return self
