"""Applications that share one Redis database: each keeps its keys under a namespace of its own."""

import pytest
from applications import client_of, count, endpoint
from conftest import Run
from redis_server import RedisServer
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from webtool.auth import JWTService, RedisJWTService
from webtool.cache import RedisCache, RedisConfig
from webtool.throttle import LimitMiddleware, limiter


def application(cache: RedisCache) -> Starlette:
    limits = Middleware(LimitMiddleware, cache=cache)
    return Starlette(routes=[Route("/", endpoint(limiter(3, 3600)))], middleware=[limits])


def test_two_applications_share_nothing(run: Run, own_redis: RedisServer) -> None:
    async def main() -> None:
        shop = RedisCache(own_redis.url, namespace="shop")
        forum = RedisCache(own_redis.url + "?namespace=forum")
        for cache in (shop, forum):
            assert await cache.set("key", "own", nx=True)
            async with client_of(application(cache)) as client:
                assert await count(client, "/") == 3
        in_shop = RedisJWTService(shop, secret_key="k" * 32)
        in_forum = JWTService(forum, secret_key="k" * 32)
        access, _ = await in_forum.create_token({"sub": "1"})
        assert await in_shop.validate_access_token(access) is None
        await in_shop.end_sessions("1")
        assert await in_forum.validate_access_token(access)
        # The keyword and the URL name the same place.
        assert await RedisCache(own_redis.url + "?namespace=shop").get("key") == b"own"
        assert await RedisCache(own_redis.url).get("shop:key") == b"own"
        assert await RedisCache(own_redis.url).get("key") is None

    run(main())


def test_the_keyword_goes_before_the_url(run: Run, redis: RedisServer) -> None:
    async def main() -> None:
        cache = RedisCache(redis.url + "?namespace=one", RedisConfig(), namespace="two")
        await cache.set("key", "here")
        assert await RedisCache(redis.url, namespace="two").get("key") == b"here"
        await cache.delete("key")

    run(main())


@pytest.mark.parametrize("name", ["", "a:b", "{a}", "a b", "é", "a" * 65, "a\n", "a\0"])
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="namespace"):
        RedisCache("redis://localhost", namespace=name)


def test_other_types_are_refused() -> None:
    for name in (1, b"shop", ["shop"]):
        with pytest.raises(TypeError, match="namespace"):
            RedisCache("redis://localhost", namespace=name)  # type: ignore[arg-type]
