"""Warns if a limited function is called although no middleware has counted the request.

LimitMiddleware enforces limits, and must find the endpoint before the router does. If there is no
middleware, or if it does not find the endpoint, the endpoint would be silently unlimited. So
@limiter wraps functions: a call that no middleware has decided is logged once for each function.
"""

import functools
import inspect
import logging
import types
import weakref
from contextvars import ContextVar
from typing import Any

#: The ids of the functions whose limits have been counted for the current request.
DECIDED: ContextVar[frozenset[int]] = ContextVar("webtool_decided", default=frozenset())

_logger = logging.getLogger("webtool")
_watched: weakref.WeakSet[Any] = weakref.WeakSet()
#: The limited endpoints for which the warning has been logged.
warned: weakref.WeakSet[Any] = weakref.WeakSet()


def watched(endpoint: Any) -> Any:
    """Returns `endpoint`, or for a function a wrapper that does the same and is watched."""
    if inspect.isclass(endpoint):
        if endpoint not in _watched:
            _watch_class(endpoint)
            _watched.add(endpoint)
        return endpoint
    if not (inspect.isfunction(endpoint) or inspect.ismethod(endpoint)) or endpoint in _watched:
        return endpoint
    notice = _Notice(endpoint)
    made = _watching(endpoint, notice)
    notice.is_about(made)
    _watched.add(made)
    return made


def _watch_class(kind: Any) -> None:
    # Watches the method that runs for each request: `dispatch` of an HTTPEndpoint, `__call__` of an
    # object that is an endpoint. Otherwise an object is made for each request, for example by
    # FastAPI's Depends: then `__init__` is watched.
    for name in ("dispatch", "__call__", "__init__"):
        function = inspect.getattr_static(kind, name, None)
        if inspect.isfunction(function):
            notice = _Notice(kind)
            notice.is_about(kind)
            setattr(kind, name, _watching(function, notice))
            return


def _watching(function: Any, notice: "_Notice") -> Any:
    wrapper: Any
    if inspect.iscoroutinefunction(function):

        async def asynchronous(*args: Any, **kwargs: Any) -> Any:
            notice()
            return await function(*args, **kwargs)

        wrapper = asynchronous
    elif inspect.isgeneratorfunction(function):

        def generating(*args: Any, **kwargs: Any) -> Any:
            notice()
            return (yield from function(*args, **kwargs))

        wrapper = generating
    elif inspect.isasyncgenfunction(function):

        async def async_generating(*args: Any, **kwargs: Any) -> Any:
            notice()
            generator = function(*args, **kwargs)
            try:
                value = await anext(generator)
                while True:
                    try:
                        sent = yield value
                    except GeneratorExit:
                        await generator.aclose()
                        raise
                    except BaseException as error:
                        value = await generator.athrow(error)
                    else:
                        value = await generator.asend(sent)
            except StopAsyncIteration:
                return

        wrapper = async_generating
    else:

        def synchronous(*args: Any, **kwargs: Any) -> Any:
            notice()
            return function(*args, **kwargs)

        wrapper = synchronous

    # The wrapper has the globals of the function: FastAPI resolves annotations there.
    made = types.FunctionType(
        wrapper.__code__,
        inspect.unwrap(function).__globals__,
        wrapper.__name__,
        None,
        wrapper.__closure__,
    )
    return functools.update_wrapper(made, function)


class _Notice:
    def __init__(self, endpoint: Any) -> None:
        self._identity = id(endpoint)
        self._name = f"{endpoint.__module__}.{endpoint.__qualname__}"
        self._given = False

    def is_about(self, limited: Any) -> None:
        self._limited = weakref.ref(limited)

    def __call__(self) -> None:
        if self._identity in DECIDED.get() or self._given:
            return
        self._given = True
        limited = self._limited()
        if limited in warned:
            return
        warned.add(limited)
        _logger.warning(
            "%s has limits, but was called without any being counted: no LimitMiddleware runs "
            "before its route, or the LimitMiddleware cannot find the route. Add "
            "Middleware(LimitMiddleware, cache=...) to the application that has the route",
            self._name,
        )
