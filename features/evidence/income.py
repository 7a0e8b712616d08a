"""The waterfall from gross inflow to true operating income (真实经营收入), to the cent."""

from decimal import Decimal

import ibis
import ibis.expr.types as ir

from features.contract.words import NATURES
from features.knowledge import known_months

STEPS = ("gross_inflow", *(n for n in NATURES if n != "operating"), "cash_haircut", "refunds_paid", "income")


def waterfall(flow: ir.Table, population: ir.Table, window: int = 12) -> ir.Table:
    """Each question's waterfall over the whole months before its date.

    Parameters
    ----------
    flow : the ``flow`` table of the panel.
    population : ``row``, ``enterprise_id``, ``as_of``.
    window : months.

    Returns
    -------
    table
        ``row`` and one decimal column a step of ``STEPS``: ``gross_inflow`` less each nature that is not
        operating, less the haircut on cash, less refunds paid to customers, is ``income``.
    """
    seen = known_months(flow, population)
    seen = seen.filter(seen.offset <= window)
    zero = ibis.literal(Decimal(0), "decimal(18,2)")
    inflow = seen.direction == "in"

    def of(condition: ir.BooleanValue, value: ir.Value) -> ir.Value:
        return ibis.ifelse(condition, value, zero).sum().cast("decimal(18,2)")

    natures = {n: of(inflow & (seen.nature == n), seen.amount) for n in STEPS[1:-3]}
    return seen.group_by("row").agg(
        gross_inflow=of(inflow, seen.amount),
        **natures,
        cash_haircut=of(inflow & (seen.nature == "operating"), seen.amount - seen.income),
        refunds_paid=of(~inflow & (seen.nature == "refund"), seen.amount),
        income=seen.income.sum().cast("decimal(18,2)"),
    )
