"""A Secure cookie over plain HTTP is lost; that is said once, with the cure."""

import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, sys
import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from webtool.auth import AnnoSessionBackend
from webtool.cache import InMemoryCache
from webtool.throttle import LimitMiddleware, limiter

@limiter(10, 10)
async def endpoint(request):
    return PlainTextResponse("")

backend = AnnoSessionBackend(secret_key="c" * 32, secure=sys.argv[2] == "secure")
app = Starlette(
    routes=[Route("/", endpoint)],
    middleware=[Middleware(LimitMiddleware, cache=InMemoryCache(), anno_backend=backend)],
)

async def main():
    transport = httpx.ASGITransport(app)
    for _ in range(3):
        async with httpx.AsyncClient(transport=transport, base_url=sys.argv[1]) as client:
            assert "set-cookie" in (await client.get("/")).headers

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("url", "secure", "times"),
    [
        ("http://app", "secure", 1),
        ("http://127.0.0.1:8000", "secure", 1),
        ("https://app", "secure", 0),
        ("http://app", "plain", 0),
    ],
)
def test_it_is_said_once(url: str, secure: str, times: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, url, secure], capture_output=True, text=True, check=True
    )
    assert done.stderr.count("marked Secure was sent over plain HTTP") == times
    assert done.stderr.count("secure=False") == times
