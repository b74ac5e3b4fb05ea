"""Creates the tables, safely even if many processes start together."""

from sqlalchemy import Connection, MetaData, text

from webtool.exceptions import InvalidArgument

#: The number of our advisory lock in PostgreSQL.
LOCK = int.from_bytes(b"webtool", "big")


def required(meta: MetaData | None) -> MetaData:
    """Returns the metadata. Raises InvalidArgument if it is None."""
    if meta is None:
        raise InvalidArgument(
            "init_db needs the tables: pass meta=Base.metadata to SyncDB or AsyncDB"
        )
    return meta


def make_tables(connection: Connection, meta: MetaData) -> None:
    """Creates the missing tables. On SQLite the transaction itself excludes other processes."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    meta.create_all(connection)
