"""From a population to its features: one row a question, one float64 column a feature.

Every step filters on knowledge time first. Monthly facts are summed as decimals and only then become float64, a list
of months for each subject; the formulas run over one row in a fixed order, so that the same facts give the same bits
on any number of threads.
"""

from collections.abc import Collection, Iterable, Mapping

import ibis
import ibis.expr.types as ir

from features.catalogue import CATALOGUE, Row
from features.engine import Keep, as_one
from features.evidence.coverage import coverage
from features.evidence.vat import vat_rates
from features.integrity import integrity
from features.parties import parties
from features.series import TABLES, series
from features.settlement import settlement
from features.stocks import stocks

POPULATION = ibis.schema(
    {
        "row": "int64",
        "enterprise_id": "string",
        "as_of": "date",
        "requested_amount": "float64",
        "requested_term_months": "float64",
    }
)


def matrix(
    panel: Mapping[str, ir.Table],
    facts: Mapping[str, ir.Table],
    population: ir.Table,
    keep: Keep = as_one,
    names: Collection[str] = CATALOGUE,
) -> ir.Table:
    """Features of each question.

    Parameters
    ----------
    panel : mapping
        The tables of ``features.panel.build``.
    facts : mapping
        The canonical tables, for what is a stock on the date.
    population : table
        Columns of ``POPULATION``; ``row`` numbers the questions, the requested terms are part of the question.
    keep : callable
        May store the rows of a named step in the engine, which makes compiling much faster.
    names : collection
        Features that are asked for, by default the whole catalogue.

    Returns
    -------
    table
        ``row``, ``enterprise_id``, ``as_of`` and one float64 column per feature asked for, in the catalogue's order.
    """
    everything = (
        *(series(name, panel, population, keep) for name in TABLES),
        keep("parties", parties(panel["party"], population)),
        keep("stocks", stocks(facts, population)),
        keep("coverage", coverage(panel, facts, population)),
        keep("integrity", integrity(panel, facts, population)),
        keep("settlement", settlement(panel, facts, population)),
        keep("vat_rates", vat_rates(panel["vat"], population)),
    )
    wide = keep("wide", _question(_beside(population, everything)))
    return _formulas(wide, keep, names)


def _question(wide: ir.Table) -> ir.Table:
    """Add what is known of the question itself."""
    return wide.mutate(
        base_months_observed=wide.inflow_total.length().fill_null(0).cast("float64"),
        base_since_february=((wide.as_of.month() + 9) % 12 + 1).cast("float64"),
        base_requested_amount=wide.requested_amount,
        base_requested_term_months=wide.requested_term_months,
        base_requested_instalment=wide.requested_amount / wide.requested_term_months.nullif(0.0),
    )


def _formulas(wide: ir.Table, keep: Keep, names: Collection[str]) -> ir.Table:
    for number, stage in enumerate(_stages(names), start=1):
        row = Row(wide)
        values = _values(row, stage)
        if row.parts:
            wide = keep(f"parts_{number}", wide.mutate(**row.parts))
            values = _values(Row(wide), stage)
        wide = wide.mutate(**values)
    return wide.select("row", "enterprise_id", "as_of", *(name for name in CATALOGUE if name in names))


def _values(row: Row, names: Iterable[str]) -> dict[str, ir.Value]:
    return {name: CATALOGUE[name].formula(row).cast("float64") for name in names}


def _beside(wide: ir.Table, blocks: Iterable[ir.Table]) -> ir.Table:
    for block in blocks:
        wide = wide.left_join(block, "row").drop("row_right")
    return wide


def _stages(names: Collection[str]) -> list[list[str]]:
    """These features and all that they read, by the depth at which everything they read is there."""
    depth: dict[str, int] = {}

    def of(name: str) -> int:
        if name not in depth:
            depth[name] = 1 + max((of(a) for a in CATALOGUE[name].after), default=0)
        return depth[name]

    deepest = max(of(name) for name in names)
    return [[name for name in CATALOGUE if depth.get(name) == d] for d in range(1, deepest + 1)]
