"""The bearer token that a caller must show, checked before anything else of the request is looked at."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from hashlib import sha256
from typing import Any

from features.errors import CreditError
from pipelines.access import Access, access, owner

SHORTEST = 16
OPEN_PATHS = ("/health",)
BEARER, PERSON, RIGHTS = b"Bearer ", "sme_credit.person", "sme_credit.rights"
NO_TOKEN = "需要访问令牌。Show the token: Authorization: Bearer TOKEN"  # noqa: S105
NO_RIGHTS = (
    "无法读取权限配置，暂停服务。Who may do what cannot be read, so that nobody is answered: "
    "see the service's log and mend access.yaml"
)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class TokenError(CreditError):
    """The service has no token, or one that is too short."""


def checked(token: str) -> str:
    """The token itself; raises ``TokenError`` when it is missing or shorter than 16 characters."""
    if not token:
        raise TokenError(
            "未设置 SME_CREDIT_TOKEN，请设置至少 16 个字符的密钥，由调用方出示",
            "SME_CREDIT_TOKEN is not set; set a secret of at least 16 characters that callers must show",
        )
    if len(token) < SHORTEST:
        raise TokenError(
            f"SME_CREDIT_TOKEN 只有 {len(token)} 个字符，至少应有 {SHORTEST} 个",
            f"SME_CREDIT_TOKEN has {len(token)} characters; expected at least {SHORTEST}",
        )
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
            "access.yaml 列有用户，但无人有 token_sha256，此时 SME_CREDIT_TOKEN 不起作用，请补上",
            "access.yaml names people, and none of them has a token_sha256; SME_CREDIT_TOKEN does not count then: "
            "add one",
        )
    return rights.tokens


class Callers:
    """Who may call, as ``access.yaml`` says at this moment: what is withdrawn there holds from the next request on.

    Parameters
    ----------
    token, name : where nobody is named, the one token and whose it is.

    Raises
    ------
    CreditError
        When the file cannot be used, now or at a later call.
    """

    def __init__(self, token: str, name: str) -> None:
        self._token, self._name = token, name
        self._named = False
        self()

    def __call__(self) -> tuple[Access, Mapping[str, str]]:
        """The rights, and whose token is whose."""
        rights = access()
        if self._named and not rights.people:
            raise TokenError(
                "access.yaml 原列有用户，现已无人，若继续则一个令牌即可访问全部，请恢复名单",
                "access.yaml named people and names nobody any more, so that one token would open all: restore them",
            )
        self._named = bool(rights.people)
        return rights, known_tokens(rights, self._token, self._name)


class BearerToken:
    """ASGI layer: without a known token a request ends with 401, before its body is read; whose it is goes along.

    So do the rights that hold. While they cannot be read every request ends with 503, and the log says why.
    """

    def __init__(self, app: App, callers: Callers) -> None:
        self._app = app
        self._callers = callers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or end it."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        try:
            rights, tokens = self._callers()
        except CreditError as error:
            logging.getLogger(__name__).error("sme-credit: request refused: %s", error)
            await _end(send, 503, NO_RIGHTS)
            return
        if (person := _shown(scope, tokens)) is None:
            await _end(send, 401, NO_TOKEN, (b"www-authenticate", b"Bearer"))
            return
        await self._app({**scope, PERSON: person, RIGHTS: rights}, receive, send)


async def _end(send: Send, status: int, detail: str, *headers: tuple[bytes, bytes]) -> None:
    kind = (b"content-type", b"application/json")
    await send({"type": "http.response.start", "status": status, "headers": [kind, *headers]})
    await send({"type": "http.response.body", "body": json.dumps({"detail": detail}, ensure_ascii=False).encode()})


def _shown(scope: Scope, tokens: Mapping[str, str]) -> str | None:
    """Whose token the caller shows."""
    shown = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(shown) != 1 or not shown[0].startswith(BEARER):
        return None
    return owner(shown[0].removeprefix(BEARER), tokens)
