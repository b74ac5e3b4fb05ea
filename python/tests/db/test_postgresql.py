"""What only a server can do: go away."""

import pytest
from places import Make, Place, User
from postgres_server import PostgresServer
from sqlalchemy import exc, select
from sqlalchemy.orm import Session
from webtool.db import AsyncDB, SyncDB


def add(session: Session, name: str) -> None:
    session.add(User(name=name))
    session.flush()


def names(place: Place) -> list[str]:
    return place.session(lambda session: list(session.scalars(select(User.name).order_by("name"))))


def test_a_connection_killed_while_idle_is_replaced(
    make: Make, postgres: PostgresServer, postgres_url: str
) -> None:
    place = make(postgres_url)
    for _ in range(3):
        assert names(place) == []
        postgres.end_connections(postgres_url)
    place.begin(lambda session: add(session, "alice"))
    assert names(place) == ["alice"]


def test_without_pre_ping_it_fails_once(
    make: Make, postgres: PostgresServer, postgres_url: str
) -> None:
    place = make(postgres_url, engine_args={"pool_pre_ping": False})
    names(place)
    postgres.end_connections(postgres_url)
    with pytest.raises(exc.DBAPIError) as raised:
        names(place)
    assert raised.value.connection_invalidated
    assert names(place) == []


@pytest.mark.parametrize("how", ["session", "begin"])
def test_a_connection_killed_in_mid_transaction_writes_nothing(
    make: Make, postgres: PostgresServer, postgres_url: str, how: str
) -> None:
    place = make(postgres_url)

    def work(session: Session) -> None:
        add(session, "alice")
        postgres.end_connections(postgres_url)
        add(session, "bob")

    with pytest.raises(exc.DBAPIError) as raised:
        getattr(place, how)(work)
    assert raised.value.connection_invalidated
    assert names(place) == []
    assert place.db.engine.pool.checkedout() == 0


def test_a_connection_killed_before_the_commit_writes_nothing(
    make: Make, postgres: PostgresServer, postgres_url: str
) -> None:
    place = make(postgres_url)

    def work(session: Session) -> None:
        add(session, "alice")
        postgres.end_connections(postgres_url)

    with pytest.raises(exc.DBAPIError):
        place.begin(work)
    assert names(place) == []


@pytest.mark.parametrize("password", ["wr0ng", "wr%40ng%2Fone"])
def test_a_wrong_password_is_not_told(make: Make, postgres_url: str, password: str) -> None:
    with pytest.raises(Exception, match="authentication failed") as raised:
        make(postgres_url.replace("s3cr3t", password))
    error: BaseException | None = raised.value
    while error is not None:
        assert "wr" + password[2:3] not in str(error).replace("write", "")
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("kind", [SyncDB, AsyncDB])
def test_the_url_says_which_driver(kind: type[SyncDB] | type[AsyncDB]) -> None:
    assert kind("postgresql://h/d").engine.driver == ("psycopg" if kind is SyncDB else "asyncpg")
