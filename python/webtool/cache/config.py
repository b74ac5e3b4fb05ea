"""Settings of a Redis connection that its URL does not contain."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class RedisConfig:
    """Settings given here override those of the URL. Times are in seconds."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    client_name: str | None = None
    ssl: bool | None = None
    #: PEM file of the authorities that are trusted to sign the server's certificate. None: the
    #: authorities of the system.
    ssl_ca_certs: str | None = None
    #: PEM files of the client certificate and its key. Give both or neither.
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None
    #: The time from a call to its reply, including the wait for a connection.
    socket_timeout: float | None = None
    #: The time for name lookup, TCP, TLS and AUTH together.
    socket_connect_timeout: float | None = None
    #: An idle connection is tested at this interval; 0 means never.
    health_check_interval: float | None = None
    #: The number of commands that may wait on one connection. A further command raises
    #: StoreUnavailable.
    max_in_flight: int | None = None
    #: After this many failures in a row calls fail at once, except one probe every `breaker_delay`.
    breaker_failures: int | None = None
    breaker_delay: float | None = None
