"""The application of the documents, with a form to log in.

    pip install . fastapi uvicorn python-multipart
    uvicorn --app-dir examples fastapi_app:app

It counts and keeps sessions on the Redis of WEBTOOL_CACHE, or within the process without one. The
key that signs is kept in WEBTOOL_KEY_FILE, so that tokens outlive a restart.
"""

import hmac
import os
from typing import Annotated, Any

from fastapi import Body, Depends, FastAPI, HTTPException, Request
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from starlette.middleware import Middleware
from webtool.auth import (
    AnnoSessionBackend,
    AuthData,
    JWTBackend,
    JWTService,
    require_auth,
    require_scopes,
)
from webtool.cache import InMemoryCache, RedisCache
from webtool.openapi import responses
from webtool.throttle import LimitMiddleware, limiter
from webtool.utils import load_or_make_ed_key, make_symmetric_key


class ExtendOAuth2PasswordBearer(OAuth2PasswordBearer):
    """Shows the form in /docs; who has logged in is the middleware's to find out."""

    async def __call__(self, request: Request) -> Any:
        return request.scope.get("auth")


url = os.environ.get("WEBTOOL_CACHE", "memory://")
key = load_or_make_ed_key(os.environ.get("WEBTOOL_KEY_FILE", "ed_private_key1.pem"))
cache = InMemoryCache() if url == "memory://" else RedisCache(url)
jwt_service = JWTService(cache, secret_key=key)

# All processes must have the same one, or each would find the others' cookies forged.
cookie_key = os.environ.get("WEBTOOL_COOKIE_KEY") or make_symmetric_key()

app = FastAPI(
    middleware=[
        Middleware(
            LimitMiddleware,
            cache=cache,
            auth_backend=JWTBackend(jwt_service),
            # Over HTTPS, leave `secure` as it is: browsers then send the cookie over nothing else.
            anno_backend=AnnoSessionBackend(secret_key=cookie_key, secure=False),
        )
    ],
    responses=responses(),
)
oauth = ExtendOAuth2PasswordBearer(tokenUrl="login")

# A real application asks its database, which keeps hashes.
USERS = {"alice": ("wonderland", ["read", "write"]), "bob": ("builder", ["read"])}


@app.post("/login")
@limiter(max_requests=5, interval=60, name="login")
async def login(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict[str, str]:
    password, scope = USERS.get(form.username, ("", []))
    if not password or not hmac.compare_digest(password.encode(), form.password.encode()):
        raise HTTPException(400, "wrong name or password")
    access, refresh = await jwt_service.create_token({"sub": form.username, "scope": scope})
    return {"access_token": access, "refresh_token": refresh, "token_type": "bearer"}


@app.post("/refresh")
async def refresh(refresh_token: Annotated[str, Body(embed=True)]) -> dict[str, str]:
    pair = await jwt_service.update_token({}, refresh_token)
    if pair is None:
        raise HTTPException(401, "log in again")
    return {"access_token": pair[0], "refresh_token": pair[1], "token_type": "bearer"}


@app.post("/logout")
async def logout(refresh_token: Annotated[str, Body(embed=True)]) -> bool:
    return await jwt_service.invalidate_token(refresh_token)


@app.get("/get_user/")
async def auth_info(auth: Annotated[Any, Depends(oauth)]) -> Any:
    return auth


@app.get("/sessions/")
async def sessions(auth: Annotated[AuthData, Depends(require_auth)]) -> Any:
    return await jwt_service.sessions(auth.identifier, auth.extra["jti"])


@app.delete("/sessions/{jti}", status_code=204)
async def end_session(jti: str, auth: Annotated[AuthData, Depends(require_auth)]) -> None:
    if not await jwt_service.end_session(auth.identifier, jti):
        raise HTTPException(404, "no such session")


@app.get("/notes/")
async def notes(auth: Annotated[AuthData, Depends(require_scopes("write"))]) -> str:
    return f"{auth.identifier} may write"


@app.get("/api/1/")
@limiter(max_requests=10, interval=10)
async def everyone() -> dict[str, str]:
    return {"status": "success"}


@app.get("/api/2/")
@limiter(max_requests=10, interval=10, scopes=["anno"])
async def anonymous() -> dict[str, str]:
    return {"status": "success"}


@app.get("/api/3/")
@limiter(max_requests=10, interval=10, scopes=["user"])
async def users() -> dict[str, str]:
    return {"status": "success"}
