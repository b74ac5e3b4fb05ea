"""Making the tables, however many processes start together."""

from sqlalchemy import Connection, MetaData, text

from webtool.exceptions import InvalidArgument

#: PostgreSQL's advisory locks are numbers; this one is ours.
LOCK = int.from_bytes(b"webtool", "big")


def required(meta: MetaData | None) -> MetaData:
    """The metadata, or InvalidArgument."""
    if meta is None:
        raise InvalidArgument("init_db needs the tables: give meta=Base.metadata to the database")
    return meta


def make_tables(connection: Connection, meta: MetaData) -> None:
    """Makes those that are missing. On SQLite the transaction itself keeps others out."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    meta.create_all(connection)
