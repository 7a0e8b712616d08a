"""The largest body that a request may have, counted as it comes and not as the caller says."""

from collections.abc import MutableMapping
from typing import Any

from starlette.exceptions import HTTPException

from serving.api.token import App, Receive, Scope, Send

LARGEST = 16 * 1024  # bytes; a firm and a date are a few hundred
TOO_LARGE = f"请求正文超过 {LARGEST:,} 字节。The body is larger than {LARGEST:,} bytes: send a firm and a date"


class BodyLimit:
    """ASGI layer: a body larger than ``LARGEST`` bytes ends with 413, before it is read whole.

    It stands before all others, since whatever is answered to a body that is not read whole closes the connection:
    else the server would go on reading what is left of it.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; who reads it ends it, at once when it says how large it is, else once too much came."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        unread, come = _follows(scope), 0

        async def counted() -> MutableMapping[str, Any]:
            nonlocal unread, come
            if _said(scope) > LARGEST:
                raise HTTPException(413, TOO_LARGE)
            message = await receive()
            come += len(message.get("body", b""))
            if come > LARGEST:
                raise HTTPException(413, TOO_LARGE)
            unread = message.get("more_body", False)
            return message

        async def closing(message: MutableMapping[str, Any]) -> None:
            if unread and message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        await self._app(scope, counted, closing)


def _follows(scope: Scope) -> bool:
    """Whether the request's head says that a body comes."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


def _said(scope: Scope) -> int:
    """The length that the request's head gives; 0 when it gives none, as in chunks."""
    given = [value for name, value in scope["headers"] if name == b"content-length" and value.isdigit()]
    return max(map(int, given), default=0)
