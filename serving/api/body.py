"""The largest body that a request may have, counted as it comes and not as the caller says."""

from collections.abc import MutableMapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from serving.api.token import App, Receive, Scope, Send

LARGEST = 16 * 1024  # bytes; a firm and a date are a few hundred
TOO_LARGE = f"请求正文超过 {LARGEST:,} 字节。The body is larger than {LARGEST:,} bytes: send a firm and a date"

CLOSED = {"Connection": "close"}  # or the server would go on reading what is left of the body


class BodyLimit:
    """ASGI layer: a body larger than ``LARGEST`` bytes ends with 413, before it is read whole, and the connection."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or end it: at once when it says how large it is, else once too much has come."""
        if scope["type"] == "http" and _said(scope) > LARGEST:
            await JSONResponse({"detail": TOO_LARGE}, 413, CLOSED)(scope, receive, send)
            return
        come = 0

        async def counted() -> MutableMapping[str, Any]:
            nonlocal come
            message = await receive()
            come += len(message.get("body", b""))
            if come > LARGEST:
                raise HTTPException(413, TOO_LARGE, CLOSED)
            return message

        await self._app(scope, counted, send)


def _said(scope: Scope) -> int:
    """The length that the request's head gives; 0 when it gives none, as in chunks."""
    given = [value for name, value in scope["headers"] if name == b"content-length" and value.isdigit()]
    return max(map(int, given), default=0)
