"""init_db: all of the tables or none, once, whoever else is starting."""

import asyncio
import subprocess
import sys

import pytest
from places import Base, Make, Place, User
from sqlalchemy import Column, Integer, MetaData, Table, exc, inspect, text
from webtool.db import AsyncDB, SyncDB
from webtool.exceptions import InvalidArgument

PROGRAM = """
import asyncio, sys
from sqlalchemy import Column, Integer, MetaData, Table
from webtool.db import AsyncDB, SyncDB

url, kind = sys.argv[1:]
meta = MetaData()
for number in range(30):
    Table(f"table{number}", meta, Column("id", Integer, primary_key=True))

async def in_a_loop():
    db = AsyncDB(url, meta)
    await db.init_db()
    await db.aclose()

print("ready", flush=True)
sys.stdin.readline()
if kind == "sync":
    db = SyncDB(url, meta)
    db.init_db()
    db.close()
else:
    asyncio.run(in_a_loop())
"""


def tables(url: str) -> set[str]:
    db = SyncDB(url)
    try:
        return set(inspect(db.engine).get_table_names())
    finally:
        db.close()


def test_processes_take_turns(url: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", PROGRAM, url, kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for kind in ("sync", "async") * 2
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    ends = [process.communicate(timeout=120) for process in processes]
    assert [(p.returncode, end[1]) for p, end in zip(processes, ends, strict=True)] == [(0, "")] * 4
    assert tables(url) == {f"table{number}" for number in range(30)}


def test_what_is_there_stays(place: Place) -> None:
    place.begin(lambda session: session.add(User(name="alice")))
    place.init_db()
    assert place.session(lambda session: session.query(User).count()) == 1


def test_one_that_fails_leaves_nothing(
    make: Make, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    meta = MetaData()
    Table("first", meta, Column("id", Integer, primary_key=True))
    broken = Table("second", meta, Column("id", Integer, server_default=text("no sql (")))
    broken.add_is_dependent_on(meta.tables["first"])
    monkeypatch.setattr(Base, "metadata", meta)
    with pytest.raises(exc.DBAPIError):
        make(url)
    assert tables(url) == set()


def test_tables_must_be_given(url: str) -> None:
    with pytest.raises(InvalidArgument, match="meta="):
        SyncDB(url).init_db()
    with pytest.raises(InvalidArgument, match="meta="):
        asyncio.run(AsyncDB(url).init_db())
