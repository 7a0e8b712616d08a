"""The bearer token that a caller must show, checked before anything else of the request is looked at."""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from hashlib import sha256
from typing import Any

from features.errors import CreditError
from pipelines.access import Access, owner

SHORTEST = 16
OPEN_PATHS = ("/health",)
BEARER, PERSON = b"Bearer ", "sme_credit.person"

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


def known_tokens(rights: Access, token: str, name: str) -> Mapping[str, str]:
    """Hashes of the tokens that open the service and whose they are.

    Parameters
    ----------
    rights : where people are named, theirs alone.
    token, name : else this one, and the name under which its callers go on the record.

    Raises
    ------
    TokenError
        When the token is missing or short, or no person has one.
    """
    if not rights.people:
        return {sha256(checked(token).encode()).hexdigest(): name}
    if not rights.tokens:
        raise TokenError(
            "access.yaml names people, and none of them has a token_sha256; SME_CREDIT_TOKEN does not count then"
        )
    return rights.tokens


class BearerToken:
    """ASGI layer: without a known token a request ends with 401, before its body is read; whose it is goes along."""

    def __init__(self, app: App, tokens: Mapping[str, str]) -> None:
        self._app = app
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or end it."""
        person = self._shown(scope) if scope["type"] == "http" else None
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS or person is not None:
            await self._app({**scope, PERSON: person}, receive, send)
            return
        detail = "需要访问令牌。Show the token: Authorization: Bearer TOKEN"
        headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps({"detail": detail}, ensure_ascii=False).encode()})

    def _shown(self, scope: Scope) -> str | None:
        """Whose token the caller shows."""
        shown = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(shown) != 1 or not shown[0].startswith(BEARER):
            return None
        return owner(shown[0].removeprefix(BEARER), self._tokens)
