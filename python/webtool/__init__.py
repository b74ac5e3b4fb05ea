"""Authentication, sessions, throttling and caching for FastAPI and Starlette, on a C++ core."""

from webtool import conditions
from webtool.exceptions import (
    InternalError,
    InvalidArgument,
    InvalidKey,
    StoreUnavailable,
    WebtoolError,
)

__all__ = ["InternalError", "InvalidArgument", "InvalidKey", "StoreUnavailable", "WebtoolError"]

conditions.check()
