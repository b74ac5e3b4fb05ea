"""Descriptions of webtool's own answers, for the documentation that FastAPI generates."""

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


_RETRY_AFTER = {"Retry-After": _header("Seconds to wait before the next request.", "integer")}
_CHALLENGE = {"WWW-Authenticate": _header("How to authenticate (RFC 6750).")}
_ANSWERS: Mapping[int, dict[str, Any]] = {
    401: {
        "description": "The request has no valid access token.",
        "headers": _CHALLENGE,
        "content": {"application/json": {"schema": _DETAIL}},
    },
    403: {
        "description": "The access token lacks a required scope.",
        "headers": _CHALLENGE,
        "content": {"application/json": {"schema": _DETAIL}},
    },
    429: {
        "description": "Too many requests.",
        "headers": _RETRY_AFTER
        | {
            "RateLimit": _header("The remaining requests of each limit."),
            "RateLimit-Policy": _header("The limits."),
        },
        "content": {"application/problem+json": {"schema": _PROBLEM}},
    },
    503: {"description": "The store cannot be reached.", "headers": _RETRY_AFTER},
}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Returns the answers that webtool itself sends, for the argument `responses=` of FastAPI, of a
    router or of a route, so that they are documented. By default 401, 403, 429 and 503."""
    chosen = statuses or tuple(_ANSWERS)
    for status in chosen:
        if status not in _ANSWERS:
            known = ", ".join(map(str, _ANSWERS))
            raise InvalidArgument(f"responses: webtool does not answer {status}, only {known}")
    return {status: dict(_ANSWERS[status]) for status in chosen}
