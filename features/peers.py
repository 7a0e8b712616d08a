"""Peers: median and quartile range of a few features among like firms in each month, and whose peers they are.

A month's figures are of every firm with income in the year to its end, on the facts known by then: what a question on
the first day of the next month would see. Later news does not change them. They are a table of their own, so that one
applicant is compared with the same firms as the whole book.
"""

from collections.abc import Collection, Mapping

import ibis
import ibis.expr.types as ir

from features.catalogue import EVERY
from features.catalogue.peers import BY, COMPARED, EARNS, FAMILY, FEWEST, READ, Group
from features.engine import Keep, as_one
from features.formulas import beside, formulas
from features.knowledge import known_firms, known_of, months_between
from features.panel.entries import month_of
from features.series import series, summed

# What is alike about firms: the first signs of a code of GB/T 4754 or GB/T 2260, the narrower group first.
GROUPS: dict[Group, dict[str, int]] = {"industry": {"division": 3, "section": 1}, "region": {"city": 4, "province": 2}}
MEASURES = [f"{name}_{what}" for name in COMPARED for what in ("middle", "range")]
PEER = ibis.schema(
    {"month": "date", "known_on": "date", "scope": "string", "code": "string", "firms": "int64"}
    | dict.fromkeys(MEASURES, "float64")
)
# Quartiles that differ by less than this share of their size are the same but for rounding.
ALIKE = 1e-9


def compares(names: Collection[str]) -> bool:
    """Whether one of these features compares with peers."""
    return any(EVERY[name].family == FAMILY for name in names)


def peers(
    panel: Mapping[str, ir.Table], facts: Mapping[str, ir.Table], dates: ir.Table, keep: Keep = as_one
) -> ir.Table:
    """The panel table ``peer``: columns of ``PEER``, a row for each date and group of firms that earn.

    Parameters
    ----------
    panel : mapping
        The tables of ``features.panel.build``.
    facts : mapping
        The canonical tables.
    dates : table
        ``as_of``: first days of months; a row is of the month before and known on its last day.
    """
    every = known_firms(facts["enterprise"], dates, [*GROUPS])
    firms = keep("firms", every.filter(ibis.or_(*(every[name].notnull() for name in GROUPS))))
    told = {**panel, "flow": keep("flow", summed(panel["flow"], READ["flow"][0]))}
    wide = keep("wide", beside(firms, (series(name, told, firms, keep, *read) for name, read in READ.items())))
    values = formulas(wide, keep, COMPARED).join(firms.select("row", *GROUPS), "row")
    values = keep("values", values.filter(values[EARNS] > 0))
    return ibis.union(*(_group(values, of, scope, signs) for of, by in GROUPS.items() for scope, signs in by.items()))


def _group(values: ir.Table, of: str, scope: str, signs: int) -> ir.Table:
    """Figures of firms whose codes begin with the same signs; null where too few are known, or none differ."""
    rows = values.filter(values[of].length() >= signs)
    told: dict[str, ir.Value] = {}
    for name in COMPARED:
        low, middle, high = (rows[name].quantile(q) for q in (0.25, 0.5, 0.75))
        differ = (rows[name].count() >= FEWEST) & (high - low > ALIKE * (low.abs() + high.abs()))
        told |= {
            f"{name}_middle": ibis.ifelse(differ, middle, None),
            f"{name}_range": ibis.ifelse(differ, high - low, None),
        }
    found = rows.group_by("as_of", code=rows[of].left(signs)).agg(firms=rows.count(), **told)
    known_on = (found.as_of - ibis.interval(days=1)).cast("timestamp").cast("date")
    return found.select(
        "code", "firms", *MEASURES, month=month_of(known_on), known_on=known_on, scope=ibis.literal(scope)
    ).select(*PEER)


def among(peer: ir.Table, facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    """One row a question with the ``base_`` columns of its peers in the month before its own; narrower groups first."""
    firm = known_of("enterprise", facts, population)
    codes = (
        firm.select("row", "as_of", scope=ibis.literal(scope), code=firm[of].left(signs))
        for of, by in GROUPS.items()
        for scope, signs in by.items()
    )
    seen = ibis.union(*codes).join(peer, ["scope", "code"])
    seen = seen.filter((seen.known_on < seen.as_of) & (months_between(seen.month, seen.as_of) == 1))

    def of_scope(scope: str, measure: str) -> ir.Value:
        return ibis.ifelse(seen.scope == scope, seen[measure], None).max()

    return seen.group_by("row").agg(
        **{
            f"base_{of}_{measure}": ibis.coalesce(*(of_scope(scope, measure) for scope in by))
            for of, by in GROUPS.items()
            for measure in MEASURES
            if measure.rsplit("_", 1)[0] in BY[of]
        }
    )
