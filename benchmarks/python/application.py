"""The application whose requests compare.py counts: the same endpoint with and without middleware.

WEBTOOL_BENCH says which: none, redis (tokens and limits there), or embedded. Both webtools are
written for here in what they have in common.
"""

import os
from contextlib import asynccontextmanager

from fastapi import FastAPI

which = os.environ["WEBTOOL_BENCH"]


def limits(count):
    return lambda endpoint: endpoint


lifespan = None
middleware = []
if which != "none":
    from starlette.middleware import Middleware
    from webtool.auth import JWTBackend, JWTService, RedisJWTService
    from webtool.cache import InMemoryCache, RedisCache
    from webtool.throttle import LimitMiddleware, limiter

    SECRET = b"benchmark-" * 4
    if which == "redis":
        cache = RedisCache(os.environ["WEBTOOL_BENCH_REDIS"])
        service = RedisJWTService(cache, secret_key=SECRET)
    else:
        cache = InMemoryCache()
        service = JWTService(cache, secret_key=SECRET)
    middleware = [Middleware(LimitMiddleware, cache=cache, auth_backend=JWTBackend(service))]

    def limits(count):
        return limiter(max_requests=count, interval=5)

    @asynccontextmanager
    async def lifespan(app):
        access, _ = await service.create_token({"sub": "benchmark"})
        with open(os.environ["WEBTOOL_BENCH_TOKEN"], "w") as file:
            file.write(access)
        yield


app = FastAPI(middleware=middleware, lifespan=lifespan)


@app.get("/")
@limits(100_000)
async def limited():
    return {"here": True}


@app.get("/free")
async def free():
    return {"here": True}
