"""Database sessions, at the import path that the original documents."""

from webtool.db import AsyncDB, SyncDB

__all__ = ["AsyncDB", "SyncDB"]
