"""Settings of a Redis connection beyond its URL."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class RedisConfig:
    """What is given here goes before what the URL says. Times are in seconds."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    client_name: str | None = None
    ssl: bool | None = None
    #: PEM file of the authorities that may vouch for the server; None: those of the system.
    ssl_ca_certs: str | None = None
    #: PEM files of the certificate and key to show to a server that asks for one; both or none.
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None
    #: From a call to its reply, waiting for the connection included.
    socket_timeout: float | None = None
    #: Name lookup, TCP, TLS and AUTH together.
    socket_connect_timeout: float | None = None
    #: An idle connection is tested this often; 0: never.
    health_check_interval: float | None = None
    #: Commands waiting on one connection; the next one raises StoreUnavailable.
    max_in_flight: int | None = None
    #: So many failures in a row, and calls fail at once but for a probe every `breaker_delay`.
    breaker_failures: int | None = None
    breaker_delay: float | None = None
