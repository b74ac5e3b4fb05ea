"""What FastAPI's documentation shows of webtool: who must log in, and how it answers by itself."""

from collections.abc import Mapping
from typing import Any

from webtool.exceptions import InvalidArgument

_PROBLEM = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "status": {"type": "integer"}},
}
_DETAIL = {"type": "object", "properties": {"detail": {"type": "string"}}}


def _header(description: str, kind: str = "string") -> dict[str, Any]:
    return {"description": description, "schema": {"type": kind}}


_RETRY_AFTER = {"Retry-After": _header("Seconds to wait before asking again.", "integer")}
_CHALLENGE = {"WWW-Authenticate": _header("How to authenticate (RFC 6750).")}
_ANSWERS: Mapping[int, dict[str, Any]] = {
    401: {
        "description": "No good access token was sent.",
        "headers": _CHALLENGE,
        "content": {"application/json": {"schema": _DETAIL}},
    },
    403: {
        "description": "The access token does not have the scopes that are needed.",
        "headers": _CHALLENGE,
        "content": {"application/json": {"schema": _DETAIL}},
    },
    429: {
        "description": "Too many requests.",
        "headers": _RETRY_AFTER
        | {
            "RateLimit": _header("What is left of the limits."),
            "RateLimit-Policy": _header("The limits."),
        },
        "content": {"application/problem+json": {"schema": _PROBLEM}},
    },
    503: {"description": "The store cannot be reached.", "headers": _RETRY_AFTER},
}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of FastAPI, of a router or of a route: the answers that webtool gives by
    itself, so that they are documented. By default all of 401, 403, 429 and 503."""
    chosen = statuses or tuple(_ANSWERS)
    for status in chosen:
        if status not in _ANSWERS:
            known = ", ".join(map(str, _ANSWERS))
            raise InvalidArgument(f"responses: webtool does not answer {status}, but {known}")
    return {status: dict(_ANSWERS[status]) for status in chosen}
