"""The integrity of one statement as it was delivered, beside what is stored of the same days."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from features.catalogue.integrity import WEIGHTS
from features.engine import connect, register
from features.evidence.integrity import monthly
from features.integrity import scored, tally

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from pipelines.store import Store

SCORE, SUFFIX = "credibility_score_12m", "_12m"
GROUP = ("row", "account_id", "month")


@dataclass(frozen=True)
class Credibility:
    """Points of 100, null where too little can be judged, and the components that could be judged, as shares."""

    score: float | None
    components: dict[str, float] = field(default_factory=dict)


def credibility(store: "Store", lines: pa.Table) -> Credibility:
    """Judge all lines of a statement by the catalogue's family ``integrity``.

    A line that is stored for a day between the statement's first and last, and that it does not show, is a conflict.
    Interest is left to the panel, where lines have a nature.
    """
    backend = connect()
    told = register(backend, "told", lines)
    told = told.mutate(
        row=ibis.literal(0), month=told.booked_at.truncate("M").cast("date"), interest=ibis.literal(False)
    )
    months = monthly(told, GROUP)
    earning = months.select("row", "account_id").filter(ibis.literal(False))
    wide = tally(months, earning).cross_join(_hidden(told, store.facts(backend)["line"]))
    wide = wide.mutate(base_conflicts=wide.base_conflicts + wide.hidden.cast("float64"))
    found = scored(wide).select(SCORE, *WEIGHTS).to_pyarrow().to_pylist()[0]
    score = found.pop(SCORE)
    return Credibility(score, {name.removesuffix(SUFFIX): v for name, v in found.items() if v is not None})


def _hidden(told: "Table", stored: "Table") -> "Table":
    """One row: how many stored lines of days between the first and the last the statement leaves out."""
    days = told.group_by("account_id").agg(first=told.booked_at.min(), last=told.booked_at.max())
    between = stored.select("account_id", "line_id", "booked_at").join(days, "account_id")
    between = between.filter((between.booked_at > between.first) & (between.booked_at < between.last))
    left_out = between.anti_join(told, "line_id")
    return left_out.agg(hidden=left_out.line_id.nunique())
