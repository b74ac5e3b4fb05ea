"""Guards as security schemes, and what /docs shows."""

import asyncio
import subprocess
import sys
from typing import Annotated, Any

import httpx
import pytest
import webtool
from fastapi import Depends, FastAPI, Security
from starlette.middleware import Middleware
from webtool.auth import AuthData, JWTBackend, JWTService, require_auth, require_scopes
from webtool.cache import InMemoryCache
from webtool.openapi import responses
from webtool.throttle import LimitMiddleware

cache = InMemoryCache()
service = JWTService(cache, secret_key="a secret of more than thirty-two bytes")


def make_app() -> FastAPI:
    middleware = Middleware(LimitMiddleware, cache=cache, auth_backend=JWTBackend(service))
    app = FastAPI(middleware=[middleware], responses=responses())

    @app.get("/open")
    async def open_to_all() -> str:
        return "open"

    @app.get("/known")
    async def known(auth: Annotated[AuthData, Depends(require_auth)]) -> str:
        return auth.identifier

    @app.get("/write", dependencies=[Depends(require_scopes("read", "write"))])
    async def write() -> str:
        return "written"

    @app.get("/admin")
    async def admin(
        auth: Annotated[AuthData, Security(require_auth, scopes=["read", "admin"])],
    ) -> str:
        return auth.identifier

    return app


async def statuses(app: FastAPI, scope: Any) -> list[int]:
    headers = {}
    if scope is not None:
        access, _ = await service.create_token({"sub": "1", "scope": scope})
        headers["Authorization"] = f"Bearer {access}"
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        return [
            (await client.get(path, headers=headers)).status_code
            for path in ("/open", "/known", "/write", "/admin")
        ]


def test_guards_guard() -> None:
    app = make_app()
    for scope, expected in {
        None: [200, 401, 401, 401],
        "": [200, 200, 403, 403],
        "read": [200, 200, 403, 403],
        "write": [200, 200, 403, 403],
        "admin": [200, 200, 403, 403],
        "read write": [200, 200, 200, 403],
        "read admin": [200, 200, 403, 200],
        "read write admin": [200, 200, 200, 200],
    }.items():
        assert asyncio.run(statuses(app, scope)) == expected, scope


def test_overriding_require_auth_reaches_all_of_them() -> None:
    app = make_app()
    app.dependency_overrides[require_auth] = lambda: AuthData("test", ["read", "write"])
    assert asyncio.run(statuses(app, None)) == [200, 200, 200, 200]


def test_the_documentation_shows_who_must_log_in() -> None:
    shown = make_app().openapi()
    assert list(shown["components"]["securitySchemes"]) == ["Bearer"]
    asked = {path: operations["get"].get("security") for path, operations in shown["paths"].items()}
    assert asked["/open"] is None
    assert all(asked[path] for path in ("/known", "/write", "/admin"))
    assert {"401", "403", "429", "503"} <= set(shown["paths"]["/open"]["get"]["responses"])


def test_responses_are_chosen_by_status() -> None:
    assert set(responses()) == {401, 403, 429, 503}
    assert set(responses(429)) == {429}
    with pytest.raises(webtool.InvalidArgument, match="does not answer 404"):
        responses(404)
    # Each caller may change what it got.
    responses(429)[429]["description"] = "mine"
    assert responses(429)[429]["description"] != "mine"


def test_starlette_needs_no_fastapi() -> None:
    program = (
        "import sys; sys.modules['fastapi'] = None\n"
        "import asyncio\n"
        "from starlette.exceptions import HTTPException\n"
        "from starlette.requests import Request\n"
        "from webtool.auth import require_auth, require_scopes\n"
        "request = Request({'type': 'http', 'headers': []})\n"
        "for guard in (require_auth, require_scopes('read')):\n"
        "    try: asyncio.run(guard(request))\n"
        "    except HTTPException as error: print(error.status_code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["401", "401"]
