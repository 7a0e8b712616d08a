"""The chain: what an event is, how it is written down, and how each one seals the one before it."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from features.errors import CreditError

GENESIS = "0" * 64
OS_USER, TOKEN, TRUST = "os_user", "token", "trust"


class RecordError(CreditError):
    """The record cannot be reached, is broken, or does not hold what was asked for."""


class Vouched(str):
    """A person's name with who vouches for it: ``os_user`` or ``token``. Any other text is taken on trust."""

    def __new__(cls, name: str, by: str) -> "Vouched":
        """The name, and by whom it is known."""
        made = super().__new__(cls, name)
        made.by = by
        return made

    by: str


def name_from(name: str) -> str:
    """What vouches for a name: ``os_user``, ``token``, or nothing, which is ``trust``."""
    return name.by if isinstance(name, Vouched) else TRUST


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What somebody did, before it has a place in the chain.

    ``subject`` is what the event is about: the decision's identifier, the consent's, or nothing. What vouches for the
    name of ``staff`` goes into the event as ``name_from``.
    """

    staff: str
    action: str
    enterprise_id: str = ""
    subject: str = ""
    payload: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event as it stands in the record; ``payload`` is canonical JSON text, ``at`` UTC in ISO 8601."""

    id: int
    at: str
    staff: str
    action: str
    enterprise_id: str
    subject: str
    payload: str
    previous_hash: str
    hash: str

    @property
    def content(self) -> dict[str, Any]:
        """The payload as Python objects."""
        parsed: dict[str, Any] = json.loads(self.payload)
        return parsed

    @property
    def seal(self) -> str:
        """SHA-256 over everything in the event but its own hash."""
        fields = [self.id, self.at, self.staff, self.action, self.enterprise_id, self.subject, self.payload]
        return hashlib.sha256(canonical([*fields, self.previous_hash]).encode()).hexdigest()


def canonical(value: Any) -> str:
    """JSON with sorted keys, no spaces and no NaN: the same value gives the same text on any machine.

    >>> canonical({"b": float("nan"), "a": [1.5, "流水"]})
    '{"a":[1.5,"流水"],"b":null}'
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def link(previous: Event | None, draft: Draft, at: str) -> Event:
    """Give ``draft`` its place after ``previous`` (``None``: it opens the chain)."""
    event = Event(
        id=previous.id + 1 if previous else 1,
        at=at,
        staff=str(draft.staff),
        action=draft.action,
        enterprise_id=draft.enterprise_id,
        subject=draft.subject,
        payload=canonical({**draft.payload, "name_from": name_from(draft.staff)}),
        previous_hash=previous.hash if previous else GENESIS,
        hash="",
    )
    return replace(event, hash=event.seal)


def break_between(previous: Event | None, event: Event) -> str:
    """Why ``event`` does not follow ``previous``, in both languages; empty when it does."""
    expected = previous.id + 1 if previous else 1
    if event.id != expected:
        zh = f"缺少事件 {expected}，其位置上是事件 {event.id}"
        return f"{zh}。event {expected} is missing: event {event.id} stands in its place"
    if event.previous_hash != (previous.hash if previous else GENESIS):
        return f"事件 {event.id} 与前一事件不衔接。event {event.id} does not continue the event before it"
    if event.hash != event.seal:
        zh = f"事件 {event.id}（{event.action}，{event.at}）写入后被改动"
        return f"{zh}。event {event.id} ({event.action}, {event.at}) was changed after it was written"
    return ""


def first_break(events: Iterable[Event]) -> str:
    """Walk the events in order and name the first that is broken; empty when the chain is whole."""
    previous: Event | None = None
    for event in events:
        if fault := break_between(previous, event):
            return fault
        previous = event
    return ""
