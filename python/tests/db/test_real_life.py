"""What goes on around a session in FastAPI: background tasks, and clients that go away."""

import socket
import time
from pathlib import Path

import pytest
from http_server import HttpServer

APP = """
import asyncio
import time
from fastapi import BackgroundTasks, Depends, FastAPI
from places import Base, User
from sqlalchemy import select
from webtool.db import AsyncDB, SQLiteConfig, SyncDB

alone = {"pool_size": 2, "max_overflow": 0, "pool_timeout": 10}
patience = SQLiteConfig(busy_timeout=0.5)
sync_db = SyncDB(URL, Base.metadata, alone, sqlite_config=patience)
async_db = AsyncDB(URL, engine_args=alone, sqlite_config=patience)
sync_db.init_db()
app = FastAPI()


@app.get("/names")
def names(session=Depends(sync_db.read_only)):
    return list(session.scalars(select(User.name).order_by(User.name)))


def later_sync(name):
    with sync_db.begin() as session:
        session.add(User(name=name))


async def later_async(name):
    async with async_db.begin() as session:
        session.add(User(name=name))


@app.post("/sync/{name}")
def add_sync(name: str, tasks: BackgroundTasks, session=Depends(sync_db)):
    session.add(User(name=name))
    session.commit()
    tasks.add_task(later_sync, name + " later")


@app.post("/async/{name}")
async def add_async(name: str, tasks: BackgroundTasks, session=Depends(async_db)):
    session.add(User(name=name))
    await session.commit()
    tasks.add_task(later_async, name + " later")


@app.get("/sync/{name}")
def read_sync(name: str, tasks: BackgroundTasks, session=Depends(sync_db.read_only)):
    tasks.add_task(later_sync, name)
    return len(list(session.scalars(select(User.name))))


@app.get("/async/{name}")
async def read_async(name: str, tasks: BackgroundTasks, session=Depends(async_db.read_only)):
    tasks.add_task(later_async, name)
    return len(list(await session.scalars(select(User.name))))


@app.post("/sync/{name}/slowly")
def slow_sync(name: str, session=Depends(sync_db)):
    session.add(User(name=name))
    session.flush()
    time.sleep(0.2)
    return "x" * 10_000_000


@app.post("/async/{name}/slowly")
async def slow_async(name: str, session=Depends(async_db)):
    session.add(User(name=name))
    await session.flush()
    await asyncio.sleep(0.2)
    return "x" * 10_000_000
"""


@pytest.fixture
def server(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HttpServer:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    (tmp_path / "app.py").write_text(f"URL = {url!r}\n" + APP)
    return HttpServer("app:app", tmp_path)


def names(server: HttpServer, count: int) -> list[str]:
    """All names, once there are so many: what comes after an answer takes a moment."""
    give_up = time.monotonic() + 30
    with server.client() as client:
        while True:
            found: list[str] = client.get("/names").json()
            if len(found) == count or time.monotonic() > give_up:
                return found


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_background_tasks_have_sessions_of_their_own(kind: str, server: HttpServer) -> None:
    with server, server.client() as client:
        for number in range(3):
            assert client.post(f"/{kind}/{number}").status_code == 200
            assert client.get(f"/{kind}/read {number}").status_code == 200
        expected = [f"{n}{end}" for n in range(3) for end in ("", " later")]
        expected += [f"read {n}" for n in range(3)]
        assert names(server, 9) == expected
    assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_clients_that_go_away_leave_nothing_behind(kind: str, server: HttpServer) -> None:
    with server, server.client() as client:
        host, port = server.url.removeprefix("http://").split(":")
        for number in range(6):  # more than there are connections
            with socket.create_connection((host, int(port))) as gone:
                request = f"POST /{kind}/gone-{number}/slowly HTTP/1.1\r\nHost: a\r\n"
                gone.sendall((request + "Content-Length: 0\r\n\r\n").encode())
                if number % 2:
                    gone.recv(1)  # goes away in the middle of the answer
        # Those that still run have the lock; they end soon.
        give_up = time.monotonic() + 30
        while client.post(f"/{kind}/stays").status_code != 200:
            assert time.monotonic() < give_up
        assert names(server, 2) == ["stays", "stays later"]
