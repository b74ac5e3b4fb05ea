"""Sessions that only read: they hold nobody up, and cannot write."""

import socket
from pathlib import Path

import pytest
from http_server import HttpServer
from places import Make, Place, SyncPlace, User
from sqlalchemy import exc, func, select, text
from sqlalchemy.orm import Session

ALONE = {"pool_size": 1, "max_overflow": 0}


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(User)) or 0


def add(session: Session) -> None:
    session.add(User(name="alice"))
    session.flush()


def test_they_read(place: Place) -> None:
    place.begin(add)
    assert place.reading(count) == 1


def test_they_cannot_write(make: Make, url: str) -> None:
    place = make(url, engine_args=ALONE)
    for work in (
        add,
        lambda session: session.execute(text("DELETE FROM users")),
        lambda session: session.execute(text("CREATE TABLE other (id INTEGER)")),
        lambda session: (count(session), add(session)),
    ):
        with pytest.raises(exc.DBAPIError, match="(?i)read-?only"):
            place.reading(work)
    # The next session, on the same connection, can.
    place.begin(add)
    assert place.session(count) == 1


def test_one_that_failed_leaves_nothing_behind(make: Make, url: str) -> None:
    place = make(url, engine_args=ALONE)

    def fail(session: Session) -> None:
        count(session)
        raise ValueError("mine")

    for _ in range(3):
        with pytest.raises(ValueError, match="mine"):
            place.reading(fail)
        place.reading(count)
    place.begin(add)


def test_writers_do_not_wait_for_them(place: Place, url: str) -> None:
    writer = SyncPlace(url)

    def read_while_another_writes(session: Session) -> tuple[int, int]:
        before = count(session)
        writer.begin(add)
        return before, count(session)

    before, after = place.reading(read_while_another_writes)
    writer.close()
    assert before == 0
    assert after == (0 if url.startswith("sqlite") else 1)  # a snapshot, or what is committed
    assert place.reading(count) == 1


APP = """
import asyncio
from fastapi import Depends, FastAPI
from fastapi.responses import StreamingResponse
from places import Base, User
from sqlalchemy import func, select
from webtool.db import AsyncDB, SQLiteConfig, SyncDB

patience = SQLiteConfig(busy_timeout=0.2)
sync_db = SyncDB(URL, Base.metadata, sqlite_config=patience)
async_db = AsyncDB(URL, sqlite_config=patience)
sync_db.init_db()
app = FastAPI()


async def much():
    for _ in range(1000):
        yield b"x" * 65536


@app.get("/sync")
def sync(session=Depends(sync_db.read_only)):
    session.scalar(select(func.count()).select_from(User))
    return StreamingResponse(much())


@app.get("/async")
async def asynchronous(session=Depends(async_db.read_only)):
    await session.scalar(select(func.count()).select_from(User))
    return StreamingResponse(much())


@app.post("/{name}")
def add(name: str, session=Depends(sync_db)):
    session.add(User(name=name))
    session.commit()
"""


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_client_that_stops_reading_holds_nobody_up(
    kind: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    (tmp_path / "app.py").write_text(f"URL = {url!r}\n" + APP)
    with HttpServer("app:app", tmp_path) as server:
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as stalled, server.client() as client:
            stalled.sendall(f"GET /{kind} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
            assert stalled.recv(12) == b"HTTP/1.1 200"
            for number in range(3):
                assert client.post(f"/user-{number}").status_code == 200
