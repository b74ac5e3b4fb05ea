"""Database sessions, where the documents of the original have them."""

from webtool.db import AsyncDB, SyncDB

__all__ = ["AsyncDB", "SyncDB"]
