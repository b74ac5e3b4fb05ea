"""What SyncDB and AsyncDB make of their arguments, and what they give away of them."""

import sqlite3
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from places import Make, Place
from sqlalchemy import StaticPool, exc, text
from sqlalchemy.orm import Session
from webtool.db import AsyncDB, SQLiteConfig, SyncDB, sqlite
from webtool.exceptions import InvalidArgument

BOTH = pytest.mark.parametrize("kind", [SyncDB, AsyncDB])
Kind = type[SyncDB] | type[AsyncDB]


@BOTH
def test_arguments_go_where_they_belong(kind: Kind) -> None:
    engine_args, session_args = {"pool_size": 3, "echo": False}, {"autoflush": True, "info": {1: 2}}
    db = kind("postgresql://h/d", None, engine_args, session_args)
    assert db.engine.pool.size() == 3
    session = db.session_factory()
    assert (session.autoflush, session.info) == (True, {1: 2})
    assert engine_args == {"pool_size": 3, "echo": False}
    assert session_args == {"autoflush": True, "info": {1: 2}}
    with pytest.raises(TypeError):
        kind("postgresql://h/d", engine_args={"autoflush": True})


@BOTH
def test_defaults(kind: Kind) -> None:
    db = kind("postgresql://h/d")
    assert db.engine.pool._pre_ping
    assert db.engine.hide_parameters if kind is SyncDB else db.engine.sync_engine.hide_parameters
    assert not db.session_factory().autoflush
    assert not kind("postgresql://h/d", engine_args={"pool_pre_ping": False}).engine.pool._pre_ping


def pragma(place: Place, name: str) -> Any:
    return place.session(lambda session: session.scalar(text(f"PRAGMA {name}")))


def test_sqlite_is_safe_by_default(make: Make, tmp_path: Path) -> None:
    place = make(f"sqlite:///{tmp_path / 'app.db'}")
    assert pragma(place, "journal_mode") == "wal"
    assert pragma(place, "foreign_keys") == 1
    assert pragma(place, "busy_timeout") == 5000


def test_sqlite_waits_for_a_lock_to_enter_wal(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = sqlite3.connect(tmp_path / "app.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    waits = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            holder.execute("ROLLBACK")

    async def async_wait(seconds: float) -> None:
        wait(seconds)

    monkeypatch.setattr(sqlite, "time", SimpleNamespace(sleep=wait, monotonic=time.monotonic))
    monkeypatch.setattr(sqlite, "asyncio", SimpleNamespace(sleep=async_wait))
    place = make(f"sqlite:///{tmp_path / 'app.db'}")
    holder.close()
    assert len(waits) == 3
    assert pragma(place, "journal_mode") == "wal"


def test_sqlite_as_asked_for(make: Make, tmp_path: Path) -> None:
    config = SQLiteConfig(wal=False, foreign_keys=False, busy_timeout=0.25)
    place = make(f"sqlite:///{tmp_path / 'app.db'}", sqlite_config=config)
    assert pragma(place, "journal_mode") == "delete"
    assert pragma(place, "foreign_keys") == 0
    assert pragma(place, "busy_timeout") == 250


def test_sqlite_readers_need_not_wait_for_the_writer(make: Make, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'app.db'}"
    writer, reader = make(url), make(url, sqlite_config=SQLiteConfig(busy_timeout=0.01))

    def read(session: Session) -> Any:
        session.connection(execution_options={"sqlite_begin": "DEFERRED"})
        return session.scalar(text("SELECT count(*) FROM users"))

    writing = SyncDB(url)
    with writing.begin() as session:
        session.execute(text("INSERT INTO users (name) VALUES ('alice')"))
        assert reader.session(read) == 0
        with pytest.raises(exc.OperationalError, match="locked"):
            reader.session(lambda session: session.execute(text("SELECT 1")))
    writing.close()
    assert writer.session(read) == reader.session(read) == 1


def test_autocommit_is_possible(place: Place) -> None:
    def work(session: Session) -> None:
        session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        session.execute(text("INSERT INTO users (id, name) VALUES (1, 'alice')"))

    count = text("SELECT count(*) FROM users")
    place.session(work)
    assert place.session(lambda session: session.scalar(count)) == 1
    place.session(lambda session: session.execute(text("DELETE FROM users")))
    assert place.session(lambda session: session.scalar(count)) == 1


@pytest.mark.parametrize("url", ["sqlite://", "sqlite://:memory:", "sqlite:///:memory:"])
def test_in_memory_there_is_one_connection(make: Make, url: str) -> None:
    place = make(url)
    add = text("INSERT INTO users (name) VALUES (:name)")
    works = [lambda session, n=n: session.execute(add, {"name": str(n)}) for n in range(40)]
    place.at_once(works)
    assert place.session(lambda session: session.scalar(text("SELECT count(*) FROM users"))) == 40


def test_a_pool_of_ones_own(make: Make) -> None:
    options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    assert isinstance(make("sqlite://", engine_args=options).db.engine.pool, StaticPool)


def test_a_file_that_is_no_database(make: Make, tmp_path: Path) -> None:
    (tmp_path / "app.db").write_text("no database" * 1000)
    with pytest.raises(exc.DatabaseError, match="not a database"):
        make(f"sqlite:///{tmp_path / 'app.db'}")


@BOTH
def test_secrets_stay_inside(kind: Kind) -> None:
    db = kind("postgresql://me:s3cr3t@host/d?password=s3cr3t")
    for shown in (repr(db), str(db), repr(db.engine.pool), repr(vars(db)["session_factory"])):
        assert "s3cr3t" not in shown.replace("password=s3cr3t", "")
    assert "s3cr3t" not in repr(db)
    assert "me:***@host/d" in repr(db)


@BOTH
@pytest.mark.parametrize("url", ["s3cr3t", "postgresql://me@h:s3cr3t/d", ""])
def test_urls_that_are_none(kind: Kind, url: str) -> None:
    with pytest.raises(InvalidArgument, match="db_url") as raised:
        kind(url)
    assert "s3" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_the_other_kind_of_driver() -> None:
    with pytest.raises(InvalidArgument, match="use AsyncDB"):
        SyncDB("sqlite+aiosqlite://")
    with pytest.raises(InvalidArgument, match="use SyncDB"):
        AsyncDB("sqlite+pysqlite://")


def python(*lines: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", ["sqlalchemy", "orjson"])
def test_what_is_not_installed_is_named(name: str) -> None:
    said = python(
        "import sys", f"sys.modules['{name}'] = None", "import webtool", "import webtool.db"
    )
    assert f"ImportError: webtool.db needs {name}" in said
    assert "pip install 'webtool-auth[db]'" in said


@pytest.mark.parametrize(
    ("kind", "url", "name"),
    [
        ("SyncDB", "postgresql://h/d", "psycopg"),
        ("AsyncDB", "postgresql://h/d", "asyncpg"),
        ("AsyncDB", "sqlite://", "aiosqlite"),
    ],
)
def test_a_driver_that_is_not_installed_is_named(kind: str, url: str, name: str) -> None:
    said = python(
        "import sys", f"sys.modules['{name}'] = None", f"from webtool.db import {kind}",
        f"{kind}({url!r})",
    )  # fmt: skip
    assert f"needs {name}, which is not installed: pip install 'webtool-auth[db]'" in said


def test_webtool_alone_needs_none_of_it() -> None:
    assert python("import sys, webtool", "print('sqlalchemy' in sys.modules)") == "False\n"
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    assert project["dependencies"] == ["starlette>=0.37"]
    assert any(line.startswith("sqlalchemy") for line in project["optional-dependencies"]["db"])
