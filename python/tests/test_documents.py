"""Every Python block of the documents, of README.md and of docs/ does what is said there.

Blocks run as they are written, but for the two paths without a leading slash, which FastAPI itself
refuses. They speak to Redis on its usual port: there the tests start a server of their own, or, if
somebody else's is there already, let the blocks speak to one on another port.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from http_server import HttpServer
from redis_server import RedisServer

DOCUMENTS = Path(
    os.environ.get("WEBTOOL_DOCUMENTS", Path(__file__).parents[3] / "shared" / "documents")
)


ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
COMPLETE = DOCS / "start" / "fastapi.md"


def blocks_of(document: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", document.read_text(), re.DOTALL | re.MULTILINE)


def blocks() -> list[tuple[str, str]]:
    found = []
    for document in sorted(DOCUMENTS.glob("*.md")):
        found += [(f"{document.stem}-{i}", text) for i, text in enumerate(blocks_of(document))]
    return found


BLOCKS = dict(blocks())
APPLICATIONS = [name for name, text in BLOCKS.items() if "FastAPI(" in text]
PROGRAMS = [name for name in BLOCKS if name not in APPLICATIONS]


def test_documents_are_there() -> None:
    if not BLOCKS:
        message = f"no documents at {DOCUMENTS}"
        if os.environ.get("WEBTOOL_REQUIRE_TEST_DATA"):
            pytest.fail(message)
        pytest.skip(message)
    assert len(BLOCKS) >= 9
    assert len(APPLICATIONS) == 2


@pytest.fixture(scope="module")
def documented_redis() -> Iterator[RedisServer]:
    try:
        server = RedisServer(6379)
    except OSError:
        server = RedisServer()
    yield server
    server.close()


def written(name: str, folder: Path, redis: RedisServer) -> Path:
    return written_text(
        name, BLOCKS[name].replace("@app.get('api/", "@app.get('/api/"), folder, redis
    )


def written_text(name: str, text: str, folder: Path, redis: RedisServer) -> Path:
    if redis.port != 6379:
        text = text.replace(":6379/", f":{redis.port}/")
    file = folder / f"{name.replace('-', '_')}.py"
    file.write_text(text)
    return file


def run(file: Path, *appended: str) -> list[str]:
    """Runs a block as a program, warnings being errors; gives the lines it prints."""
    if appended:
        file.write_text(file.read_text() + "\n" + "\n".join(appended))
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", file],
        cwd=file.parent, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # The documents' secrets are short, and one presents a spent token: that is said. On a slow
    # machine asyncio says that a task took its time.
    expected = (
        "an attacker can guess a short secret",
        "a spent refresh token was presented",
        "Executing <Task",
    )
    for line in done.stderr.splitlines():
        assert any(text in line for text in expected), line
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program(name: str, tmp_path: Path, documented_redis: RedisServer) -> None:
    file = written(name, tmp_path, documented_redis)
    text = file.read_text()
    if "create_tokens" in text:
        lines = run(file, "import asyncio", "print(len(asyncio.run(create_tokens())))")
        assert lines == ["2"]
    elif "manage_tokens" in text:
        shown = dict(line.split(": ", 1) for line in run(file))
        assert shown["New Access Token"] != shown["Access Token"]
        access = ast.literal_eval(shown["Access Token Data"])
        assert access["sub"] == "user123"
        assert set(access) == {"sub", "exp", "iat", "jti", "extra"}
        refresh = ast.literal_eval(shown["Refresh Token Data"])
        assert refresh["exp"] - refresh["iat"] == pytest.approx(604800)
        assert len(ast.literal_eval(shown["Active Refresh Tokens"])) >= 1
    elif "asyncio.run(main())" in text:
        before, after = run(file)
        assert before == "None"
        assert ast.literal_eval(after)["sub"] == "123"
    else:
        assert run(file) == []
    if "save=True" in text:
        assert (tmp_path / "ed_private_key1.pem").exists()


@pytest.mark.skipif(not BLOCKS, reason="no documents")
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_the_application_with_limits(
    loop: str, tmp_path: Path, documented_redis: RedisServer
) -> None:
    name = next(name for name in APPLICATIONS if "@limiter" in BLOCKS[name])
    file = written(name, tmp_path, documented_redis)
    # The page has no route that gives a token; the service of the application is asked itself.
    file.write_text(
        file.read_text()
        + "\n\n@app.get('/token-for-test/')\nasync def token():\n"
        + f"    return (await jwt_service.create_token({{'sub': '{loop}'}}))[0]\n"
    )
    with HttpServer(f"{file.stem}:app", tmp_path, "--loop", loop) as server:
        with server.client() as client:
            access = client.get("/token-for-test/").json()
            user = {"Authorization": f"Bearer {access}"}

            def statuses(path: str, headers: dict[str, str]) -> list[int]:
                return [client.get(path, headers=headers).status_code for _ in range(12)]

            full, limited = [200] * 12, [200] * 10 + [429] * 2
            assert statuses("/api/2/", user) == full
            assert statuses("/api/3/", {}) == full
            assert statuses("/api/3/", user) == limited
            assert statuses("/api/1/", user) == limited
            # Both loops' runs come from one address.
            if loop == "asyncio":
                assert statuses("/api/2/", {}) == limited
                assert statuses("/api/1/", {}) == limited
            denied = client.get("/api/3/", headers=user)
            assert 1 <= int(denied.headers["retry-after"]) <= 10
        log = server.close()
    assert "Traceback" not in log
    assert "Warning" not in log


@pytest.mark.skipif(not BLOCKS, reason="no documents")
def test_the_application_with_fastapi_integration(
    tmp_path: Path, documented_redis: RedisServer
) -> None:
    name = next(name for name in APPLICATIONS if "OAuth2PasswordBearer" in BLOCKS[name])
    file = written(name, tmp_path, documented_redis)
    with HttpServer(f"{file.stem}:app", tmp_path) as server:
        with server.client() as client:
            access, refresh = client.get("/token/").json()
            answer = client.get("/get_user/", headers={"Authorization": f"Bearer {access}"}).json()
            extra = answer.pop("extra")
            assert answer == {"identifier": "123", "scope": None}
            assert set(extra) == {"exp", "iat", "jti", "extra"}
            assert extra["exp"] - extra["iat"] == pytest.approx(3600)
            assert extra["extra"] == {}
            for wrong in (refresh, "x", access[:-4] + "AAAA"):
                headers = {"Authorization": f"Bearer {wrong}"}
                assert client.get("/get_user/", headers=headers).json() is None
            assert client.get("/get_user/").json() is None
            schemes = client.get("/openapi.json").json()["components"]["securitySchemes"]
            scheme = schemes["ExtendOAuth2PasswordBearer"]
            assert scheme["flows"]["password"]["tokenUrl"] == "token"
        log = server.close()
    assert "Traceback" not in log
    assert "Warning" not in log


def test_the_readme(tmp_path: Path, own_redis: RedisServer) -> None:
    (text,) = blocks_of(README)
    file = written_text("readme", text, tmp_path, own_redis)
    with HttpServer(f"{file.stem}:app", tmp_path) as server:
        with server.client() as client:
            answers = [client.get("/token") for _ in range(11)]
            assert [answer.status_code for answer in answers] == [200] * 10 + [429]
            pair = answers[0].json()
            user = {"Authorization": f"Bearer {pair['access_token']}"}
            assert client.get("/me", headers=user).json()["identifier"] == "123"
            for strange in ({}, {"Authorization": f"Bearer {pair['refresh_token']}"}):
                assert client.get("/me", headers=strange).status_code == 401
        log = server.close()
    assert "Traceback" not in log
    assert "Warning" not in log


@pytest.fixture
def complete(tmp_path: Path, own_redis: RedisServer) -> Iterator[HttpServer]:
    (text,) = blocks_of(COMPLETE)
    file = written_text("complete", text, tmp_path, own_redis)
    with HttpServer(f"{file.stem}:app", tmp_path) as server:
        yield server
        log = server.close()
    assert "Traceback" not in log
    assert "Warning" not in log


def test_the_complete_application(complete: HttpServer) -> None:
    with complete.client() as client:
        form = {"username": "ann", "password": "correct-horse"}
        phone = client.post("/login", data=form, headers={"user-agent": "phone"}).json()
        desk = client.post("/login", data=form, headers={"user-agent": "desk"}).json()
        on_phone = {"Authorization": f"Bearer {phone['access_token']}"}
        on_desk = {"Authorization": f"Bearer {desk['access_token']}"}
        me = client.get("/me", headers=on_phone).json()
        assert (me["identifier"], me["scope"]) == ("ann", ["read", "write"])
        for strange in ({}, {"Authorization": f"Bearer {phone['refresh_token']}"}):
            assert client.get("/me", headers=strange).status_code == 401

        listed = client.get("/sessions", headers=on_desk).json()
        assert [(one["note"], one["current"]) for one in listed] == [
            ("phone", False),
            ("desk", True),
        ]
        ended = f"/sessions/{listed[0]['jti']}"
        assert client.delete(ended, headers=on_desk).status_code == 204
        assert client.delete(ended, headers=on_desk).status_code == 404
        assert client.get("/me", headers=on_phone).status_code == 401

        given = {"refresh_token": desk["refresh_token"]}
        fresh = client.post("/refresh", json=given).json()
        assert client.get("/me", headers=on_desk).status_code == 401
        on_desk = {"Authorization": f"Bearer {fresh['access_token']}"}
        assert client.post("/notes", headers=on_desk).json() == {"status": "added"}
        assert client.post("/notes").status_code == 401
        given = {"refresh_token": fresh["refresh_token"]}
        assert client.post("/logout", json=given).status_code == 204
        assert client.get("/me", headers=on_desk).status_code == 401
        assert client.post("/refresh", json=given).status_code == 401

        last = client.post("/login", data=form).json()
        on_last = {"Authorization": f"Bearer {last['access_token']}"}
        assert client.post("/password", headers=on_last).status_code == 204
        assert client.get("/me", headers=on_last).status_code == 401


def test_the_limits_of_the_complete_application(complete: HttpServer) -> None:
    with complete.client() as client:
        wrong = {"username": "ann", "password": "guess"}
        statuses = [client.post("/login", data=wrong).status_code for _ in range(11)]
        assert statuses == [400] * 10 + [429]
        # Another name, from the same address.
        wrong["username"] = "bob"
        statuses = [client.post("/login", data=wrong).status_code for _ in range(10)]
        assert statuses == [400] * 9 + [429]
        statuses = [client.get("/notes").status_code for _ in range(11)]
        assert statuses == [200] * 10 + [429]


def test_the_documentation_of_the_complete_application(complete: HttpServer) -> None:
    with complete.client() as client:
        page = client.get("/docs").text
        shown = client.get("/openapi.json").json()
    assert "swagger" in page
    schemes = shown["components"]["securitySchemes"]
    assert {scheme["scheme"] for scheme in schemes.values()} == {"bearer"}
    (name,) = schemes
    guarded = {
        (path, method)
        for path, methods in shown["paths"].items()
        for method, operation in methods.items()
        if [name] in [list(one) for one in operation.get("security", [])]
    }
    assert guarded == {
        ("/me", "get"),
        ("/sessions", "get"),
        ("/sessions/{jti}", "delete"),
        ("/password", "post"),
        ("/notes", "post"),
    }
    answers = shown["paths"]["/login"]["post"]["responses"]
    assert {"401", "429", "503"} <= set(answers)
    assert "Retry-After" in answers["429"]["headers"]


#: Pages whose blocks have tests of their own: above, and in db/test_fastapi.py.
TESTED = (COMPLETE, DOCS / "guides" / "database.md")
PAGES = {
    f"{page.relative_to(DOCS).with_suffix('')}-{i}": text
    for page in sorted(DOCS.rglob("*.md"))
    if page not in TESTED
    for i, text in enumerate(blocks_of(page))
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page(name: str, tmp_path: Path, documented_redis: RedisServer) -> None:
    file = written_text(name.replace("/", "_"), PAGES[name], tmp_path, documented_redis)
    run(file)


def test_every_block_of_the_pages_is_a_program() -> None:
    for page in [README, *DOCS.rglob("*.md")]:
        for language in re.findall(r"^ *```([^\n]*)$", page.read_text(), re.MULTILINE):
            assert language in ("", "cpp", "json", "python", "sh", "text", "cmake"), page
