"""Converts a URL and the caller's arguments to the arguments of SQLAlchemy's engine."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL, Engine, QueuePool, make_url

from webtool.db import json
from webtool.db.sqlite import BEGIN, READ_ONLY, in_memory
from webtool.exceptions import InvalidArgument

#: The execution options of a session that only reads.
READING: Mapping[str, Any] = {BEGIN: READ_ONLY, "postgresql_readonly": True}
#: The default arguments of a session.
SESSION_DEFAULTS: Mapping[str, Any] = {"autoflush": False, "expire_on_commit": False}


def parse_url(db_url: str | URL, drivers: Mapping[str, str]) -> URL:
    """Returns the URL. If the URL names no driver, the default driver of its database is added."""
    if db_url == "sqlite://:memory:":
        db_url = "sqlite:///:memory:"
    try:
        url = make_url(db_url)
    except Exception:
        # The text of that exception may contain part of a password that is not percent-encoded.
        raise InvalidArgument(
            "db_url is not of the form dialect+driver://user:password@host:port/database,"
            " with special characters percent-encoded"
        ) from None
    driver = drivers.get(url.drivername)
    return url.set(drivername=f"{url.drivername}+{driver}") if driver else url


def engine_arguments(
    url: URL, given: Mapping[str, Any] | None, pool: type[QueuePool]
) -> dict[str, Any]:
    """Returns the defaults, overridden and extended by the caller's arguments."""
    arguments: dict[str, Any] = {
        "json_serializer": json.encode,
        "json_deserializer": json.decode,
        "pool_pre_ping": True,
        "hide_parameters": True,
        **(given or {}),
    }
    own_pool = arguments.keys() & {"pool", "poolclass", "creator"}
    if url.get_backend_name() == "sqlite" and not own_pool:
        # There is one writer at a time. The pool's queue serves writers in turn. SQLite's lock
        # serves them at random: if many wait, some wait too long.
        arguments.setdefault("max_overflow", 0)
        if in_memory(url):
            arguments |= {"poolclass": pool, "pool_size": 1, "max_overflow": 0}
            # By default SQLAlchemy forbids use from other threads, such as those of FastAPI's pool.
            arguments["connect_args"] = {
                "check_same_thread": False,
                **arguments.get("connect_args", {}),
            }
    return arguments


def driver_missing(url: URL, error: ModuleNotFoundError) -> ImportError:
    """Returns the error to raise if the engine's driver cannot be imported."""
    return ImportError(
        f"{url.drivername} needs {error.name}, which is not installed: "
        "pip install 'webtool-auth[db]'",
        name=error.name,
    )


def shown(owner: object, engine: Engine) -> str:
    """Returns a repr without secrets. The URL's parameters are left out: they may contain some."""
    url = engine.url.set(query={}).render_as_string(hide_password=True)
    return f"{type(owner).__name__}({url!r})"
