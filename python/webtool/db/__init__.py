"""Database sessions for FastAPI: SQLAlchemy 2 with safe settings, on SQLite and PostgreSQL.

Failures raise SQLAlchemy's own exceptions (`sqlalchemy.exc`), which its users know how to catch.
Only arguments that are not valid raise webtool's InvalidArgument.
"""

try:
    import orjson  # noqa: F401
    import sqlalchemy  # noqa: F401
except ImportError as error:
    raise ImportError(
        f"webtool.db needs {error.name}, which is not installed: pip install 'webtool-auth[db]'",
        name=error.name,
    ) from error

from webtool.db.async_db import AsyncDB
from webtool.db.sqlite import SQLiteConfig
from webtool.db.sync_db import SyncDB

__all__ = ["AsyncDB", "SQLiteConfig", "SyncDB"]
