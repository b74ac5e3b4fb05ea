"""The answers of LimitMiddleware itself, and the header fields that it adds to other answers.

A websocket is refused before it is accepted. If the server supports "websocket.http.response", the
answer is an HTTP response. Otherwise the websocket is closed, and the server answers 403.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Message, Scope, Send

from webtool._core import AnswerFields

#: See LimitMiddleware.
OnRefusal = Callable[[HTTPConnection, int], Response | Awaitable[Response]]

#: The messages that contain the header of an answer.
_HEADS = ("http.response.start", "websocket.accept", "websocket.http.response.start")
_BEGINNINGS = (*_HEADS, "websocket.close")
#: The close code of a policy violation (RFC 6455, 7.4.1).
_POLICY_VIOLATION = 1008


class Answering:
    """A `send` that adds the fields to the answer's header, and notes that the answer has begun."""

    __slots__ = ("_fields", "_send", "has_begun")

    def __init__(self, send: Send, fields: AnswerFields | None) -> None:
        self._send = send
        self._fields = fields
        self.has_begun = False

    def __call__(self, message: Message) -> Awaitable[None]:
        if not self.has_begun and message["type"] in _BEGINNINGS:
            self.has_begun = True
            if self._fields is not None and message["type"] in _HEADS:
                # Change a copy: an application may send the same message object each time.
                headers = self._fields.added_to(message.get("headers") or ())
                message = {**message, "headers": headers}
        return self._send(message)


async def refuse(
    scope: Scope,
    send: Send,
    status: int,
    headers: Iterable[tuple[bytes, bytes]],
    body: bytes,
    on_refusal: OnRefusal | None = None,
) -> None:
    """Refuses a request, or a websocket that has not been accepted."""
    prefix = ""
    if scope["type"] == "websocket":
        if "websocket.http.response" not in (scope.get("extensions") or ()):
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        prefix = "websocket."
    if on_refusal is not None:
        await _refuse_with(on_refusal, scope, send, status, headers)
        return
    start = {"type": f"{prefix}http.response.start", "status": status}
    length = (b"content-length", str(len(body)).encode())
    await send({**start, "headers": [length, *headers]})
    await send({"type": f"{prefix}http.response.body", "body": body})


async def _refuse_with(
    on_refusal: OnRefusal,
    scope: Scope,
    send: Send,
    status: int,
    headers: Iterable[tuple[bytes, bytes]],
) -> None:
    made = on_refusal(Request(scope) if scope["type"] == "http" else HTTPConnection(scope), status)
    response = await made if inspect.isawaitable(made) else made
    for name, value in headers:
        if name != b"content-type":  # it describes the body that on_refusal replaces
            response.headers[name.decode("latin-1")] = value.decode("latin-1")
    await response(scope, _nothing, send)


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
