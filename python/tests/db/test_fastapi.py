"""`Depends(db)` in a FastAPI application, over HTTP."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from http_server import HttpServer
from postgres_server import PostgresServer

README = Path(__file__).parents[3] / "README.md"

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


def test_the_page_of_the_readme(tmp_path: Path) -> None:
    section = README.read_text().split("## Database sessions in Python\n")[1].split("\n## ")[0]
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
