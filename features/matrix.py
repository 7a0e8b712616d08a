"""From a population to its features: one row a question, one float64 column a feature.

Every step filters on knowledge time first. Monthly facts are summed as decimals and only then become float64, a list
of months for each subject; the formulas run over one row in a fixed order, so that the same facts give the same bits
on any number of threads.
"""

from collections.abc import Collection, Mapping

import ibis
import ibis.expr.types as ir

from features.catalogue import CATALOGUE, SUBJECTS
from features.engine import Keep, as_one
from features.evidence.coverage import coverage
from features.evidence.festival import last_festival, restart
from features.evidence.vat import vat_rates
from features.formulas import beside, formulas, reads
from features.health import partners, tells_of_partners
from features.integrity import integrity
from features.knowledge import months_between
from features.parties import parties
from features.peers import among, compares
from features.series import TABLES, series
from features.settlement import settlement
from features.stocks import stocks

OBSERVED = "inflow_total"  # known in every month that is
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
        The tables of ``features.panel.build``, ``peer`` of ``features.peers`` where a feature compares with peers, and
        ``health`` of ``features.health`` where one tells of counterparties' health.
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
    read = reads(names) | {OBSERVED}
    of_months = [name for name in TABLES if any(SUBJECTS[s].table == name for s in read & {*SUBJECTS})]
    blocks = {
        "parties": parties(panel["party"], population),
        "stocks": stocks(facts, population),
        "coverage": coverage(panel, facts, population),
        "integrity": integrity(panel, facts, population),
        "settlement": settlement(panel, facts, population),
        "restart": restart(panel["restart"], population),
        "vat_rates": vat_rates(panel["vat"], population),
        **({"among": among(panel["peer"], facts, population)} if compares(names) else {}),
        **({"partners": partners(panel["party"], panel["health"], population)} if tells_of_partners(names) else {}),
    }
    everything = (
        *(series(name, panel, population, keep, read) for name in of_months),
        *(keep(name, block) for name, whole in blocks.items() if len((block := _part(whole, read)).columns) > 1),
    )
    wide = keep("wide", _question(beside(population, everything)))
    return formulas(wide, keep, names)


def _part(block: ir.Table, read: Collection[str]) -> ir.Table:
    """What is read of a block of one row a question."""
    return block.select("row", *(name for name in block.columns if name in read))


def _question(wide: ir.Table) -> ir.Table:
    """Add what is known of the question itself."""
    return wide.mutate(
        base_months_observed=wide[OBSERVED].length().fill_null(0).cast("float64"),
        base_since_february=((wide.as_of.month() + 9) % 12 + 1).cast("float64"),
        base_since_festival=months_between(last_festival(wide.as_of), wide.as_of).cast("float64"),
        base_requested_amount=wide.requested_amount,
        base_requested_term_months=wide.requested_term_months,
        base_requested_instalment=wide.requested_amount / wide.requested_term_months.nullif(0.0),
    )
