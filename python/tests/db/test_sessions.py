"""The contract of sessions: SyncDB and AsyncDB, SQLite and PostgreSQL."""

import asyncio
import gc
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from places import AsyncPlace, Make, Note, Place, SyncPlace, User
from sqlalchemy import exc, func, select, text, update
from sqlalchemy.orm import Session


def names(place: Place) -> list[str]:
    return place.session(lambda session: list(session.scalars(select(User.name).order_by("name"))))


def add(session: Session, name: str, extra: Any = None) -> None:
    session.add(User(name=name, extra=extra))
    session.flush()


def test_what_is_committed_stays(place: Place) -> None:
    def work(session: Session) -> str:
        user = User(name="alice")
        session.add(user)
        session.commit()
        add(session, "bob")
        return user.name  # is still there: nothing is loaded again after the commit

    assert place.session(work) == "alice"
    assert names(place) == ["alice"]


def test_begin_commits_at_its_end(place: Place) -> None:
    place.begin(lambda session: add(session, "alice"))
    assert names(place) == ["alice"]


@pytest.mark.parametrize("error", [ValueError, exc.NoResultFound, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("how", ["session", "begin"])
def test_any_exception_rolls_back(place: Place, how: str, error: type[BaseException]) -> None:
    def work(session: Session) -> None:
        add(session, "alice")
        raise error("mine")

    with pytest.raises(error, match="mine"):
        getattr(place, how)(work)
    assert names(place) == []
    place.begin(lambda session: add(session, "bob"))  # and the connection is whole
    assert names(place) == ["bob"]


def test_a_session_that_is_dropped_rolls_back(make: Make, url: str) -> None:
    place = make(url, engine_args={"pool_size": 1, "max_overflow": 0, "pool_timeout": 5})
    if isinstance(place, SyncPlace):
        generator = place.db()
        add(next(generator), "alice")
        del generator
    else:

        async def main() -> None:
            generator = place.db()
            session = await anext(generator)
            session.add(User(name="alice"))
            await session.flush()
            del generator, session
            gc.collect()
            # The loop's hook ends the generator in a task of its own.
            while others := asyncio.all_tasks() - {asyncio.current_task()}:
                await asyncio.wait(others)

        place.run(main())
    assert names(place) == []


def test_a_failed_statement_needs_a_rollback_and_no_more(place: Place) -> None:
    def work(session: Session) -> None:
        add(session, "alice")
        with pytest.raises(exc.IntegrityError):
            add(session, "alice")
        session.rollback()
        add(session, "bob")
        session.commit()

    place.session(work)
    assert names(place) == ["bob"]


def test_savepoints_nest(place: Place) -> None:
    def work(session: Session) -> None:
        add(session, "a")
        with session.begin_nested():
            add(session, "b")
            with pytest.raises(ValueError), session.begin_nested():
                add(session, "c")
                raise ValueError
            with pytest.raises(exc.IntegrityError), session.begin_nested():
                add(session, "a")
        with pytest.raises(ValueError), session.begin_nested():
            with session.begin_nested():
                add(session, "d")
            raise ValueError
        session.commit()

    place.session(work)
    assert names(place) == ["a", "b"]


def test_savepoints_do_not_outlive_their_session(place: Place) -> None:
    def work(session: Session) -> None:
        with session.begin_nested():
            add(session, "a")

    place.session(work)
    assert names(place) == []


def test_reads_and_writes_are_of_one_transaction(place: Place) -> None:
    """Whoever counts and then adds is not overtaken (on SQLite; PostgreSQL must be told)."""
    place.begin(lambda session: add(session, "counter", 0))
    isolation = {} if place.url.startswith("sqlite") else {"with_for_update": True}

    def work(session: Session) -> None:
        user = session.scalars(select(User)).one()
        session.refresh(user, **isolation)
        session.execute(update(User).values(extra=user.extra + 1))

    place.at_once([work] * 200)
    assert place.session(lambda session: session.scalar(select(User.extra))) == 200


def test_foreign_keys_are_enforced(place: Place) -> None:
    with pytest.raises(exc.IntegrityError):
        place.begin(lambda session: session.add(Note(user_id=1)))


def test_200_sessions_at_once(place: Place) -> None:
    def work(number: int) -> int:
        return lambda session: add(session, f"user {number:03}", {"number": number}) or number

    assert place.at_once([work(number) for number in range(200)]) == list(range(200))
    assert names(place) == [f"user {number:03}" for number in range(200)]
    assert place.db.engine.pool.checkedout() == 0


def test_the_pool_runs_dry_at_the_deadline(make: Make, url: str) -> None:
    place = make(url, engine_args={"pool_size": 1, "max_overflow": 0, "pool_timeout": 0.1})
    dry = pytest.raises(exc.TimeoutError, match="limit of size 1 overflow 0 reached.* timeout 0.1")
    if isinstance(place, SyncPlace):
        session_of = contextmanager(place.db)
        with session_of() as one, session_of() as two:
            one.execute(text("SELECT 1"))
            with dry:
                two.execute(text("SELECT 1"))
    else:
        of = asynccontextmanager(place.db)

        async def main() -> None:
            async with of() as one, of() as two:
                await one.execute(text("SELECT 1"))
                with dry:
                    await two.execute(text("SELECT 1"))

        place.run(main())
    assert names(place) == []  # and it heals


HOSTILE = [
    "x'; DROP TABLE users; --", "' OR '1'='1", '"', "\\'; SELECT 1", "%s %(name)s :name $1 ?",
    "\u2019 OR 1=1", "{name}", "'||(SELECT 1)||'", "\n; COMMIT;", "", "\U0001d54f" * 1000,
]  # fmt: skip


@pytest.mark.parametrize("text_", HOSTILE)
def test_no_value_is_ever_sql(place: Place, text_: str) -> None:
    place.begin(lambda session: add(session, text_, {text_: text_}))

    def work(session: Session) -> None:
        assert session.scalars(select(User).where(User.name == text_)).one().extra == {text_: text_}
        raw = text("SELECT count(*) FROM users WHERE name = :name")
        assert session.scalar(raw, {"name": text_}) == 1
        assert session.scalar(raw, {"name": text_ + "x"}) == 0
        assert session.scalar(select(func.count()).where(User.name.like("a" + text_))) == 0

    place.session(work)
    assert names(place) == [text_]


JSON = [
    {}, [], "", 0, True, 1.5, -(2**53),
    {"ü": ["\U0001d54f", None, {"a": {"b": [1, 2.25, "\n\\\""]}}]},
    {"long": "x" * 100_000}, 2**63 - 1,
]  # fmt: skip


@pytest.mark.parametrize("value", JSON, ids=range(len(JSON)))
def test_json_comes_back(place: Place, value: Any) -> None:
    place.begin(lambda session: add(session, "alice", value))

    def work(session: Session) -> Any:
        assert not isinstance(session.scalar(text("SELECT extra FROM users")), bytes)
        return session.scalar(select(User.extra))

    back = place.session(work)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("value", [object(), {1, 2}, 2**64, {1: 2}])
def test_what_is_no_json_is_refused(place: Place, value: Any) -> None:
    # psycopg encodes by itself, and says what the encoder says.
    with pytest.raises((exc.StatementError, TypeError), match="JSON|64-bit|str"):
        place.begin(lambda session: add(session, "alice", value))
    assert names(place) == []


def test_errors_quote_no_parameters(place: Place) -> None:
    with pytest.raises(exc.DBAPIError) as raised:
        place.begin(lambda session: session.execute(text("SELEC :hash"), {"hash": "$argon"}))
    assert "SELEC" in str(raised.value)
    assert "argon" not in str(raised.value)


def test_a_cancelled_task_rolls_back(url: str, make: Make) -> None:
    place = make(url, engine_args={"pool_size": 1, "max_overflow": 0, "pool_timeout": 5})
    if isinstance(place, SyncPlace):
        pytest.skip("threads are not cancelled")

    async def main() -> None:
        begun = asyncio.Event()

        async def request() -> None:
            async with asynccontextmanager(place.db)() as session:
                session.add(User(name="alice"))
                await session.flush()
                begun.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(request())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with place.db.begin() as session:
            session.add(User(name="bob"))

    assert isinstance(place, AsyncPlace)
    place.run(main())
    assert names(place) == ["bob"]
