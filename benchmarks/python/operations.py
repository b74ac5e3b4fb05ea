"""Measures one library's operations in its own virtual environment, and prints them as JSON.

Called by compare.py: operations.py OURS|ORIGINAL|PEERS REDIS_URL. What fails is reported as text in
the place of its figure, so that a peer's defect ends nothing but its own line.
"""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

SECRET = b"benchmark-" * 4
#: The first key of RFC 8032, known to everybody.
PRIVATE = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
"""
DATA = {"sub": "benchmark"}
#: A subject has so many sessions and no more: each session is somebody else's.
SUBJECTS = (f"subject-{number}" for number in itertools.count())
SECONDS = 0.4

Operation = Callable[[], Awaitable[Any]]
figures: dict[str, float | str] = {}


async def measure(name: str, makers: Callable[[], Awaitable[Operation]]) -> None:
    """Operations a second, of one task and of a hundred, each with what `makers` makes for it."""
    for tasks in (1, 100):
        line = f"{name}/{tasks}"
        try:
            operations = [await makers() for _ in range(tasks)]
            for operation in operations[:3]:
                await operation()
            figures[line] = await rate(operations)
        except Exception as error:
            figures[line] = f"{type(error).__name__}: {error}"


async def rate(operations: list[Operation]) -> float:
    count = 0
    begin = time.perf_counter()

    async def task(operation: Operation) -> None:
        nonlocal count
        while time.perf_counter() - begin < SECONDS:
            for _ in range(10):
                await operation()
            count += 10

    await asyncio.gather(*map(task, operations))
    return count / (time.perf_counter() - begin)


async def service(name: str, jwt: Any, stateless: Any = None) -> None:
    def something(value: Any) -> Any:
        if value is None:
            raise ValueError("a good token is refused")
        return value

    async def same(operation: Operation) -> Operation:
        something(await operation())
        return operation

    access, refresh = await jwt.create_token(DATA)
    await measure(
        f"{name} create_token", lambda: same(lambda: jwt.create_token({"sub": next(SUBJECTS)}))
    )
    access_check = [("validate_access_token", jwt)]
    if stateless is not None:
        access_check.append(("validate_access_token, stateless", stateless))
    for what, checking in access_check:
        await measure(
            f"{name} {what}", lambda on=checking: same(lambda: on.validate_access_token(access))
        )
    await measure(
        f"{name} validate_refresh_token", lambda: same(lambda: jwt.validate_refresh_token(refresh))
    )

    async def updating() -> Operation:
        _, latest = await jwt.create_token({"sub": next(SUBJECTS)})
        sub = (await jwt.validate_refresh_token(latest))["sub"]

        async def update() -> None:
            nonlocal latest
            _, latest = something(await jwt.update_token({"sub": sub}, latest))

        return update

    await measure(f"{name} update_token", updating)


async def ours_or_original(which: str, url: str) -> None:
    from webtool.auth import JWTService, RedisJWTService
    from webtool.cache import InMemoryCache, RedisCache

    async def getting() -> Operation:
        return lambda: cache.get("benchmark")

    cache = RedisCache(url)
    await cache.set("benchmark", b"x" * 100)
    await measure("get", getting)
    for name, key in (("HS256", SECRET), ("EdDSA", PRIVATE.encode())):
        options = {"secret_key": key}
        if which == "ORIGINAL":
            await service(name, RedisJWTService(cache, **options))
            await service(f"{name} embedded", JWTService(InMemoryCache(), **options))
            continue
        for place, kind, store in (
            (name, RedisJWTService, cache),
            (f"{name} embedded", JWTService, InMemoryCache()),
        ):
            stateless = kind(store, **options, validation="stateless")
            await service(place, kind(store, **options), stateless)


async def peers(url: str) -> None:
    import jwt
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from redis.asyncio import Redis

    redis = Redis.from_url(url)
    await redis.set("benchmark", b"x" * 100)

    async def getting() -> Operation:
        return lambda: redis.get("benchmark")

    await measure("get", getting)
    private = load_pem_private_key(PRIVATE.encode(), None)

    async def signing() -> Operation:
        async def sign() -> None:
            for _ in range(2):
                private.sign(b"x" * 200)

        return sign

    for name, key, public in (
        ("HS256", SECRET, SECRET),
        ("EdDSA", private, private.public_key()),
    ):
        claims = DATA | {"exp": time.time() + 3600, "iat": time.time(), "jti": "1" * 32}
        token = jwt.encode(claims, key, name)

        async def creating(key: Any = key, name: str = name, claims: Any = claims) -> Operation:
            async def create() -> None:
                for _ in range(2):
                    jwt.encode(claims, key, name)

            return create

        async def validating(key: Any = public, name: str = name, token: str = token) -> Operation:
            async def validate() -> None:
                jwt.decode(token, key, algorithms=[name])

            return validate

        await measure(f"{name} create_token", creating)
        if name == "EdDSA":
            await measure("Ed25519 twice", signing)
        await measure(f"{name} validate_access_token", validating)


if __name__ == "__main__":
    which, url = sys.argv[1:]
    asyncio.run(peers(url) if which == "PEERS" else ours_or_original(which, url))
    json.dump(figures, sys.stdout)
