"""`Depends(db)` in a FastAPI application, over HTTP."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI
from http_server import HttpServer
from postgres_server import PostgresServer
from sqlalchemy import exc
from sqlalchemy.orm import Session
from webtool.db import SyncDB

PAGE = Path(__file__).parents[3] / "docs" / "guides" / "database.md"

HEAD = """
from contextlib import asynccontextmanager
from fastapi import Depends, FastAPI, HTTPException
from places import Base, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from webtool.db import AsyncDB, SyncDB
"""

SYNC = """
db = SyncDB(URL, Base.metadata)
db.init_db()
app = FastAPI()

@app.get("/")
def names(session: Session = Depends(db)):
    return list(session.scalars(select(User.name).order_by(User.name)))

@app.post("/{name}")
def add(name: str, how: str, session: Session = Depends(db)):
    session.add(User(name=name))
    session.flush()
    if how == "commit":
        session.commit()
    elif how == "refuse":
        raise HTTPException(409)
    elif how == "fail":
        raise RuntimeError("on purpose")
"""

ASYNC = """
db = AsyncDB(URL, Base.metadata)

@asynccontextmanager
async def lifespan(app):
    await db.init_db()
    yield
    await db.aclose()

app = FastAPI(lifespan=lifespan)

@app.get("/")
async def names(session: AsyncSession = Depends(db)):
    return list(await session.scalars(select(User.name).order_by(User.name)))

@app.post("/{name}")
async def add(name: str, how: str, session: AsyncSession = Depends(db)):
    session.add(User(name=name))
    await session.flush()
    if how == "commit":
        await session.commit()
    elif how == "refuse":
        raise HTTPException(409)
    elif how == "fail":
        raise RuntimeError("on purpose")
"""


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "memory":
        return "sqlite://:memory:"
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'app.db'}"
    postgres: PostgresServer = request.getfixturevalue("postgres")
    return postgres.make_database()


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_dependency(kind: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    (tmp_path / "app.py").write_text(
        HEAD + f"URL = {url!r}\n" + (SYNC if kind == "sync" else ASYNC)
    )
    with HttpServer("app:app", tmp_path) as server:
        with server.client() as client:

            def add(name: str, how: str) -> int:
                # uvicorn ends the connection of a failed request, sooner or later.
                alone = {"Connection": "close"}
                return client.post(f"/{name}", params={"how": how}, headers=alone).status_code

            assert add("alice", "commit") == 200
            assert add("bob", "forget") == 200
            assert add("bob", "refuse") == 409
            assert add("bob", "fail") == 500
            assert add("alice", "commit") == 500
            assert client.get("/").json() == ["alice"]
            many = [f"user {number:02}" for number in range(60)]
            with ThreadPoolExecutor(20) as threads:
                assert set(threads.map(lambda name: add(name, "commit"), many)) == {200}
            assert client.get("/").json() == ["alice"] + many
        log = server.close()
    assert log.count("RuntimeError: on purpose") == 1
    assert "Warning" not in log
    assert "s3cr3t" not in log


CROWD = """
import time
from pydantic import BaseModel
from sqlalchemy import text

class Name(BaseModel):
    name: str

db = SyncDB(URL, Base.metadata, engine_args={"pool_timeout": 20, **POOL})
db.init_db()
app = FastAPI()

@app.get("/validated", response_model=list[Name])
def validated(session: Session = Depends(db)):
    session.execute(text("SELECT 1"))
    time.sleep(0.02)  # work, so that others come meanwhile
    return [{"name": "x"}]

def first(session: Session = Depends(db)):
    session.execute(text("SELECT 1"))
    return session

@app.get("/reading", response_model=list[Name])
def reading(session: Session = Depends(db.read_only)):
    return validated(session)

@app.get("/dependency", response_model=list[Name])
def dependency(session: Session = Depends(first)):
    return validated(session)
"""


@pytest.mark.parametrize("pool", [{}, {"pool_size": 40, "max_overflow": 5}])
def test_a_crowd_gets_its_answers(
    pool: dict[str, int], url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    (tmp_path / "app.py").write_text(HEAD + f"URL = {url!r}\nPOOL = {pool!r}\n" + CROWD)
    with HttpServer("app:app", tmp_path) as server, server.client() as client:
        client.get("/validated")  # connects
        with ThreadPoolExecutor(100) as threads:
            paths = ["/validated", "/reading", "/dependency"] * 70
            answers = threads.map(lambda path: client.get(path).status_code, paths)
            assert list(answers) == [200] * 210


def test_who_waits_too_long_is_told() -> None:
    db = SyncDB("sqlite://:memory:", engine_args={"pool_timeout": 0.01})
    app = FastAPI()

    @app.get("/")
    async def index(session: Annotated[Session, Depends(db)]) -> None:
        await client.get("/")  # while this one has the only connection

    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
    words = r"all connections are in use by other requests.*waited 0.01 seconds for one of 1\)"
    with pytest.raises(exc.TimeoutError, match=words):
        asyncio.run(client.get("/"))


def test_a_cancelled_request_gives_its_turn_back() -> None:
    db = SyncDB("sqlite://:memory:")
    app = FastAPI()
    began = asyncio.Event()

    @app.get("/stuck")
    async def stuck(session: Annotated[Session, Depends(db)]) -> None:
        began.set()
        await asyncio.Event().wait()

    @app.get("/")
    async def index(session: Annotated[Session, Depends(db)]) -> str:
        return "here"

    async def main() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            for _ in range(3):
                began.clear()
                holds = asyncio.create_task(client.get("/stuck"))
                waits = asyncio.create_task(client.get("/"))
                await began.wait()
                waits.cancel()
                holds.cancel()
                await asyncio.gather(holds, waits, return_exceptions=True)
                assert (await client.get("/")).json() == "here"

    asyncio.run(main())


def test_the_page_of_the_guide(tmp_path: Path) -> None:
    section = PAGE.read_text().split("## In Python\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"^```python\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    (tmp_path / "page.py").write_text(block)
    with HttpServer("page:app", tmp_path) as server:
        with server.client() as client:
            assert client.post("/users/alice").status_code == 200
            with pytest.raises(httpx.HTTPStatusError):
                client.post("/users/alice", headers={"Connection": "close"}).raise_for_status()
            assert client.get("/users/").json() == ["alice"]
        log = server.close()
    assert log.count("Traceback (most recent call last)") <= 2  # the name that is there already
    assert "Warning" not in log
    assert (tmp_path / "app.db").exists()
