"""From a population to its features: one row a question, one float64 column a feature.

Every step filters on knowledge time first. Monthly facts are summed as decimals and only then become float64, a list
of months for each subject; the formulas run over one row in a fixed order, so that the same facts give the same bits
on any number of threads.
"""

from collections.abc import Collection, Mapping

import ibis
import ibis.expr.types as ir

from features.catalogue import CATALOGUE
from features.engine import Keep, as_one
from features.evidence.coverage import coverage
from features.evidence.vat import vat_rates
from features.formulas import beside, formulas
from features.integrity import integrity
from features.parties import parties
from features.peers import among, compares
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
        The tables of ``features.panel.build``, and ``peer`` of ``features.peers`` where a feature compares with peers.
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
        *([keep("among", among(panel["peer"], facts, population))] if compares(names) else []),
    )
    wide = keep("wide", _question(beside(population, everything)))
    return formulas(wide, keep, names)


def _question(wide: ir.Table) -> ir.Table:
    """Add what is known of the question itself."""
    return wide.mutate(
        base_months_observed=wide.inflow_total.length().fill_null(0).cast("float64"),
        base_since_february=((wide.as_of.month() + 9) % 12 + 1).cast("float64"),
        base_requested_amount=wide.requested_amount,
        base_requested_term_months=wide.requested_term_months,
        base_requested_instalment=wide.requested_amount / wide.requested_term_months.nullif(0.0),
    )
