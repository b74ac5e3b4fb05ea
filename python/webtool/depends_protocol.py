"""What caches and services are when fastapi.Depends calls them."""

from typing import TypeVar

Given = TypeVar("Given")


def itself(self: Given) -> Given:
    """Itself, so that it can be given to fastapi.Depends."""
    return self
