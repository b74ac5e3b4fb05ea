from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from places import AsyncPlace, Make, Place, SyncPlace
from postgres_server import PostgresServer


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database without anything in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'app.db'}"
    return request.getfixturevalue("postgres").make_database()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    return postgres.make_database()


@pytest.fixture(params=[SyncPlace, AsyncPlace], ids=["sync", "async"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes places of one kind, with their tables."""
    made: list[Place] = []

    def making(url: str, **options: Any) -> Place:
        place: Place = request.param(url, **options)
        made.append(place)
        place.init_db()
        return place

    yield making
    for place in made:
        place.close()


@pytest.fixture
def place(make: Make, url: str) -> Place:
    return make(url)
