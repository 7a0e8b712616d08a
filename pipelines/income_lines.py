"""The lines behind a firm's waterfall: what each adds to which step, by which rule, and how sure that is."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from features.engine import connected
from features.evidence.income import ENDS, STEPS, steps
from features.knowledge import known_facts, months_between
from pipelines.features import asked_of
from pipelines.income import WINDOW
from pipelines.panel import labelled
from pipelines.store import Store

if TYPE_CHECKING:
    from ibis.expr.types import Table

SAID = ("counterparty_name", "counterparty_account", "summary")
COLUMNS = (
    "booked_at",
    "line_id",
    "account_id",
    "direction",
    "amount",
    *SAID,
    "category",
    "nature",
    "rule",
    "confidence",
)
Line = Mapping[str, Any]


def income_lines(store: Store, enterprise_id: str, as_of: date) -> list[Line]:
    """Every line that adds to a step, as labelled on what was known before the date; the latest months last.

    Returns
    -------
    list of mappings
        ``COLUMNS``, ``month``, and yuan by step of ``STEPS`` and by end of the interval. What only platform statistics
        tell has no lines.
    """
    with connected() as backend:
        asked = asked_of(backend, [enterprise_id], as_of)
        facts = store.facts(backend, (enterprise_id, enterprise_id))
        found: list[Line] = _seen(labelled(backend, facts), facts["line"], asked).to_pyarrow().to_pylist()
    return found


def _seen(labels: "Table", line: "Table", asked: "Table") -> "Table":
    """The label versions that hold on the date, with what the bank wrote on the line by then."""
    seen = labels.join(asked.select("row", "enterprise_id", "as_of"), "enterprise_id")
    offset = months_between(seen.booked_at, seen.as_of)
    held = (seen.known_from < seen.as_of) & (seen.known_until.isnull() | (seen.known_until >= seen.as_of))
    seen = seen.filter(held & (offset >= 1) & (offset <= WINDOW))
    parts = steps(seen)
    seen = seen.mutate(month=seen.booked_at.truncate("M").cast("date"), **parts)
    touched = seen.filter((seen.direction == "in") | (seen.income != 0) | (seen.income_low != 0))
    words = known_facts(line, ("line_id",), asked).select("line_id", *SAID)
    told = touched.left_join(words, "line_id").drop("line_id_right")
    return told.select(*COLUMNS, "month", *STEPS, *ENDS).order_by("booked_at", "line_id")
