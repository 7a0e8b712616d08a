"""What decisions rest on beside facts and model: put on the record once, and found again by its digest.

Settings change, and a panel stands for the flow rules in force alone. So a decision names what it was made with: the
texts of the settings, and what they had told of other firms. An event holds each of these, sealed in the chain.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date
from hashlib import sha256
from typing import Any

import pyarrow as pa

from features.catalogue import CATALOGUE
from features.engine import connected
from features.errors import PolicyError
from features.evidence.rules import FlowRules
from pipelines.other_firms import KINDS, other_firms
from pipelines.panel import RULES
from pipelines.record import Draft, Event, Record, RecordError, canonical
from pipelines.settings import conf_path, read
from pipelines.store import Store

ACTION, PEER = "basis", "peer"
SCHEMA = KINDS[PEER].schema
Content = Mapping[str, Any]


def peers_of(store: Store, as_of: date) -> Content:
    """The figures of peers with which questions of a date are compared, column by column."""
    with connected() as backend:
        told = other_firms(store, backend, [as_of], CATALOGUE)[PEER].to_pyarrow()
    text = pa.schema([(field.name, pa.string() if pa.types.is_date(field.type) else field.type) for field in SCHEMA])
    return {PEER: told.select(SCHEMA.names).cast(text).to_pydict()}


def peers_in(holds: Content) -> dict[str, pa.Table]:
    """The figures again; a measure that this release knows and that one did not is unknown."""
    told, unknown = holds[PEER], [None] * len(holds[PEER]["code"])
    columns = [pa.array(told.get(f.name, unknown), pa.string() if pa.types.is_date(f.type) else f.type) for f in SCHEMA]
    return {PEER: pa.table(columns, SCHEMA.names).cast(SCHEMA)}


def digest(content: Content) -> str:
    """The name of a content."""
    return sha256(canonical(content).encode()).hexdigest()


def missing(record: Record, contents: Iterable[Content], staff: str) -> list[Draft]:
    """The events that are still to be written so that the record holds these contents."""
    named = {digest(content): content for content in contents}
    return [
        Draft(staff=staff, action=ACTION, subject=name, payload={"holds": content})
        for name, content in named.items()
        if _event(record, name) is None
    ]


def found(record: Record, names: Iterable[str]) -> Content:
    """All that the contents of these names hold together.

    Raises
    ------
    RecordError
        When one is not on the record, or is not what it is named after.
    """
    holds: dict[str, Any] = {}
    for name in names:
        event = _event(record, name)
        content = event.content["holds"] if event else {}
        if event is None or digest(content) != name:
            raise RecordError(
                f"决策所依据的 {name[:16]} 在记录（{record.place}）中缺失或被改动，请运行 `sme-credit audit verify`",
                f"what the decision rests on, {name[:16]}, is not in the record at {record.place} or was changed; run "
                "`sme-credit audit verify`",
            )
        holds |= content
    return holds


def rules_in(holds: Content) -> FlowRules:
    """The flow rules of a decision."""
    with of_this_generation():
        return FlowRules.parse(*(setting(holds, name) for name in RULES))


def setting(holds: Content, name: str) -> dict[str, Any]:
    """What a file of ``conf/`` held."""
    return read(conf_path(name), holds[name])


@contextmanager
def of_this_generation() -> Iterator[None]:
    """A block in which settings of then are read.

    Raises
    ------
    PolicyError
        When they are of a format that this release does not read.
    """
    try:
        yield
    except PolicyError as error:
        raise PolicyError(
            f"决策当时的设置为另一格式，本版无法读取（{error.zh}），请用作出决策的版本重放",
            f"the settings of the decision are of another format, which this release does not read ({error.en}); "
            "replay with the release that decided",
        ) from error


def _event(record: Record, name: str) -> Event | None:
    with closing(record.events(action=ACTION, subject=name)) as events:
        return next(events, None)
