"""The exceptions of webtool.

    WebtoolError
    ├── StoreUnavailable      the store, such as Redis, is unreachable or did not answer: HTTP 503
    ├── InvalidArgument       an argument that is not valid, raised at the call; also a ValueError
    │   └── InvalidKey        a key that is malformed, too weak, or does not fit the algorithm
    └── InternalError         an unexpected failure: please report it; also a RuntimeError

A token that is not valid raises no exception: the services return None or False. An argument of the
wrong type raises TypeError. A file that cannot be read or written raises OSError. A lock that
cannot be acquired raises TimeoutError.
"""


class WebtoolError(Exception):
    """The base class of webtool's exceptions."""


class StoreUnavailable(WebtoolError):
    """The store cannot be reached, or did not answer in time. A write may have been carried out."""


class InvalidArgument(WebtoolError, ValueError):
    """An option or argument is not valid; the text names it."""


class InvalidKey(InvalidArgument):
    """A key is malformed, too weak, or does not fit the algorithm."""


class InternalError(WebtoolError, RuntimeError):
    """An unexpected failure."""
