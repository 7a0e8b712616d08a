"""The waterfall from gross inflow to true operating income (真实经营收入), to the cent."""

from collections.abc import Mapping
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from features.contract.words import NATURES
from features.evidence.flows import refunded
from features.evidence.vat import vat_rates
from features.knowledge import known_months

STEPS = ("gross_inflow", *(n for n in NATURES if n != "operating"), "cash_haircut", "refunds_paid", "income")
DEDUCTIONS = STEPS[1:-1]
ENDS = ("income_low", "income_high")
ZERO = ibis.literal(Decimal(0), "decimal(18,2)")


def waterfall(flow: ir.Table, population: ir.Table, window: int = 12, *, monthly: bool = False) -> ir.Table:
    """Each question's waterfall over the whole months before its date, or over each of them.

    Parameters
    ----------
    flow : the ``flow`` table of the panel.
    population : ``row``, ``enterprise_id``, ``as_of``.
    window : months.
    monthly : one row for each ``month`` with a flow, in place of one for all.

    Returns
    -------
    table
        ``row``, with ``monthly`` also ``month``, one decimal column a step of ``STEPS`` and the ends of the interval
        that doubt leaves open: ``gross_inflow`` less each nature that is not operating, less the haircut on cash, less
        refunds paid to customers, is ``income``, and ``income_low <= income <= income_high``.
    """
    seen = known_months(flow, population)
    seen = seen.filter(seen.offset <= window)
    return seen.group_by("row", *(("month",) if monthly else ())).agg(
        **{step: _money(value) for step, value in steps(seen).items()},
        **{name: _money(seen[name]) for name in ENDS},
    )


def steps(flow: ir.Table) -> dict[str, ir.Value]:
    """What each row of the panel's ``flow``, or each flow itself, adds to each step of ``STEPS``."""
    inflow = flow.direction == "in"

    def of(condition: ir.BooleanValue, value: ir.Value) -> ir.Value:
        return ibis.ifelse(condition, value, ZERO)

    return {
        "gross_inflow": of(inflow, flow.amount),
        **{n: of(inflow & (flow.nature == n), flow.amount) for n in NATURES if n != "operating"},
        "cash_haircut": of(inflow & (flow.nature == "operating"), flow.amount - flow.income),
        "refunds_paid": of(refunded(flow), flow.amount),
        "income": flow.income,
    }


def revenue(panel: Mapping[str, ir.Table], population: ir.Table, window: int = 12) -> ir.Table:
    """Sales of each question's months when they are billed, with the VAT in them.

    True operating income, less what of it is the cash of an acceptance that was received for a sale, plus the face of
    the acceptances received in the month. A discount or settlement of such an acceptance so counts once, when it came.

    Returns
    -------
    table
        ``row``, ``month``, ``revenue`` with VAT in yuan, and ``vat_rate``, by which to divide (1 + rate).
    """
    flow, bill = (known_months(panel[name], population) for name in ("flow", "bill"))
    told = flow.select("row", "month", "offset", amount=flow.income - flow.billed).union(
        bill.select("row", "month", "offset", amount=bill.received)
    )
    told = told.filter(told.offset <= window)
    months = told.group_by("row", "month").agg(revenue=_money(told.amount))
    rates = vat_rates(panel["vat"], population).rename(vat_rate="base_vat_rate")
    return months.left_join(rates, "row").drop("row_right")


def _money(value: ir.Value) -> ir.Value:
    return value.sum().cast("decimal(18,2)")
