"""examples/fastapi_app.py, over HTTP, with more than one process on one Redis."""

import os
import shutil
from pathlib import Path

import pytest
from http_server import HttpServer
from redis_server import RedisServer

EXAMPLE = Path(__file__).parents[2] / "examples" / "fastapi_app.py"


@pytest.mark.parametrize("store", ["memory", "redis"])
def test_the_example(
    store: str, tmp_path: Path, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(EXAMPLE, tmp_path)
    monkeypatch.setenv("WEBTOOL_CACHE", "memory://" if store == "memory" else redis.url)
    monkeypatch.setenv("WEBTOOL_COOKIE_KEY", "c" * 32)
    workers = [] if store == "memory" else ["--workers", "2"]
    with HttpServer("fastapi_app:app", tmp_path, *workers) as server:
        with server.client() as client:
            alice = {"username": "alice", "password": "wonderland"}
            tokens = client.post("/login", data=alice).json()
            user = {"Authorization": f"Bearer {tokens['access_token']}"}
            shown = client.get("/get_user/", headers=user).json()
            assert (shown["identifier"], shown["scope"]) == ("alice", ["read", "write"])
            assert client.get("/notes/", headers=user).json() == "alice may write"
            assert client.get("/notes/").status_code == 401
            other = client.post("/login", data=alice).json()
            listed = client.get("/sessions/", headers=user).json()
            assert [session["current"] for session in listed] == [True, False]
            ended = f"/sessions/{listed[1]['jti']}"
            assert client.delete(ended, headers=user).status_code == 204
            assert client.delete(ended, headers=user).status_code == 404
            given = {"refresh_token": other["refresh_token"]}
            assert client.post("/refresh", json=given).status_code == 401
            given = {"refresh_token": tokens["refresh_token"]}
            fresh = client.post("/refresh", json=given).json()
            assert client.get("/sessions/", headers=user).status_code == 401
            given = {"refresh_token": fresh["refresh_token"]}
            assert client.post("/logout", json=given).json() is True
            assert client.post("/refresh", json=given).status_code == 401

            wrong = {"username": "alice", "password": "guess"}
            statuses = [client.post("/login", data=wrong).status_code for _ in range(6)]
            assert statuses == [400] * 3 + [429] * 3
        assert "Traceback" not in server.close()
    assert os.stat(tmp_path / "ed_private_key1.pem").st_mode & 0o777 == 0o600
