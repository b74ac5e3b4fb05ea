"""What webtool raises.

    WebtoolError
    ├── StoreUnavailable      the store (Redis, say) cannot be reached or did not answer: HTTP 503
    ├── InvalidArgument       misuse, told where it happens; also a ValueError
    │   └── InvalidKey        a key that is malformed, too weak, or does not fit the algorithm
    └── InternalError         a failure that has no name here: please report it; also a RuntimeError

A token that is not to be trusted is no error: the services answer None or False. Arguments of the
wrong type raise TypeError, files that cannot be read or written OSError, locks that are not to be
had TimeoutError.
"""


class WebtoolError(Exception):
    """The root of the tree."""


class StoreUnavailable(WebtoolError):
    """The store cannot be reached, or did not answer in time. Whether it has written is unknown."""


class InvalidArgument(WebtoolError, ValueError):
    """An option or argument that cannot be; the text names it."""


class InvalidKey(InvalidArgument):
    """A key that is malformed, too weak, or does not fit the algorithm."""


class InternalError(WebtoolError, RuntimeError):
    """A failure that has no name of its own."""
