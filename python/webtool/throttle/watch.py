"""Notices a limited function that is called although nobody has counted the request.

Limits are enforced by LimitMiddleware, which has to find the endpoint before the router does. If
there is no middleware, or it looks in vain, the endpoint would be unlimited without a word. So
@limiter wraps functions: a call that no middleware has decided is logged, once for each function.
"""

import functools
import inspect
import logging
import types
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

#: The ids of the functions whose limits have been counted for the request that is under way.
DECIDED: ContextVar[frozenset[int]] = ContextVar("webtool_decided", default=frozenset())

_logger = logging.getLogger("webtool")
_watched: weakref.WeakSet[Callable[..., Any]] = weakref.WeakSet()


def watched(endpoint: Any) -> Any:
    """`endpoint` itself, or for a function one that does the same and is watched."""
    if not (inspect.isfunction(endpoint) or inspect.ismethod(endpoint)) or endpoint in _watched:
        return endpoint
    if inspect.isgeneratorfunction(endpoint) or inspect.isasyncgenfunction(endpoint):
        return endpoint
    notice = _Notice(endpoint)
    identity = id(endpoint)
    decided = DECIDED

    if inspect.iscoroutinefunction(endpoint):

        async def asynchronous(*args: Any, **kwargs: Any) -> Any:
            if identity not in decided.get():
                notice()
            return await endpoint(*args, **kwargs)

        wrapper = asynchronous
    else:

        def synchronous(*args: Any, **kwargs: Any) -> Any:
            if identity not in decided.get():
                notice()
            return endpoint(*args, **kwargs)

        wrapper = synchronous

    # With the globals of the endpoint: FastAPI looks there for the names in its annotations.
    made = types.FunctionType(
        wrapper.__code__,
        inspect.unwrap(endpoint).__globals__,
        wrapper.__name__,
        None,
        wrapper.__closure__,
    )
    functools.update_wrapper(made, endpoint)
    _watched.add(made)
    return made


class _Notice:
    def __init__(self, endpoint: Any) -> None:
        self._name = f"{endpoint.__module__}.{endpoint.__qualname__}"
        self._given = False

    def __call__(self) -> None:
        if self._given:
            return
        self._given = True
        _logger.warning(
            "%s has limits, and was called without any being counted: no LimitMiddleware stands "
            "in front of its route, or it cannot see the route from where it stands. Add "
            "Middleware(LimitMiddleware, cache=...) to the application that has the route",
            self._name,
        )
