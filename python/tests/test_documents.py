"""Every Python block of the documents, and that of README.md, does what is said there.

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


README = Path(__file__).parents[2] / "README.md"


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
        if os.environ.get("CI"):
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
    # The documents' secrets are short, and that is said.
    assert all("such a secret can be guessed" in line for line in done.stderr.splitlines())
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


def test_the_readme(tmp_path: Path, documented_redis: RedisServer) -> None:
    # The other one is of webtool.db, whose tests run it.
    (text,) = (block for block in blocks_of(README) if "LimitMiddleware" in block)
    file = written_text("readme", text, tmp_path, documented_redis)
    with HttpServer(f"{file.stem}:app", tmp_path) as server:
        with server.client() as client:
            answers = [client.get("/token/") for _ in range(12)]
            assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2
            access, refresh = answers[0].json()
            user = {"Authorization": f"Bearer {access}"}
            assert client.get("/get_user/", headers=user).json()["identifier"] == "123"
            assert client.get("/get_user/").status_code == 401
            user = {"Authorization": f"Bearer {refresh}"}
            assert client.get("/get_user/", headers=user).status_code == 401
        log = server.close()
    assert "Traceback" not in log
    assert "Warning" not in log
