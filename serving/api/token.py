"""The bearer token that a caller must show, checked before anything else of the request is looked at."""

import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from features.errors import CreditError

SHORTEST = 16
OPEN_PATHS = ("/health",)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class TokenError(CreditError):
    """The service has no token, or one that is too short."""


def checked(token: str) -> str:
    """The token itself; raises ``TokenError`` when it is missing or shorter than 16 characters."""
    if not token:
        raise TokenError("SME_CREDIT_TOKEN is not set; set a secret of at least 16 characters that callers must show")
    if len(token) < SHORTEST:
        raise TokenError(f"SME_CREDIT_TOKEN has {len(token)} characters; expected at least {SHORTEST}")
    return token


class BearerToken:
    """ASGI layer: without the right token a request ends with 401, before its body is read."""

    def __init__(self, app: App, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or end it."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS or self._shown(scope):
            await self._app(scope, receive, send)
            return
        detail = "需要访问令牌。Show the token: Authorization: Bearer TOKEN"
        headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps({"detail": detail}, ensure_ascii=False).encode()})

    def _shown(self, scope: Scope) -> bool:
        shown = [value for name, value in scope["headers"] if name == b"authorization"]
        return len(shown) == 1 and hmac.compare_digest(shown[0], self._expected)
