"""The operating cash flow of the twelve months that follow a date: what a capacity model learns and is judged by."""

import ibis
import ibis.expr.types as ir

from features.catalogue.subjects import SUBJECTS
from features.knowledge import months_between

HORIZON = 12  # months, the month of the date being the first
FLOWS = ("net_operating", "drawings")


def coming_cash_flow(flow: ir.Table, population: ir.Table) -> ir.Table:
    """Cash flow of the months from that of the date on, as it was known when the last of them had ended.

    Parameters
    ----------
    flow : the panel's table of flows.
    population : ``row``, ``enterprise_id``, ``as_of``.

    Returns
    -------
    table
        ``row``, ``known_before`` (date: the first day after the horizon; what is learned from it on is left out),
        ``net_operating`` and ``drawings`` in yuan of the whole horizon, 0 where nothing flowed.
    """
    asked = population.select("row", "enterprise_id", "as_of")
    asked = asked.mutate(known_before=(asked.as_of.truncate("M") + ibis.interval(months=HORIZON)).cast("date"))
    seen = asked.join(flow, "enterprise_id")
    ahead = months_between(seen.as_of, seen.month)
    seen = seen.filter((ahead >= 0) & (ahead < HORIZON) & (seen.known_on < seen.known_before))
    sums = seen.group_by("row").agg(**{name: SUBJECTS[name].value(seen).sum().cast("float64") for name in FLOWS})
    whole = asked.left_join(sums, "row")
    return whole.select("row", "known_before", **{name: whole[name].fill_null(0.0) for name in FLOWS})
