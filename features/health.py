"""How firms of the bank stand in each month, and what that tells of those who trade with them.

A month's figures are of every firm, on the facts known by its end, as those of peers are (``features.peers``): one
applicant's customers look the same as the whole book's. A firm is met in another's trade by the bank's identifier, its
unified social credit code, or its name; what several firms share points to none of them.
"""

from collections.abc import Collection, Mapping

import ibis
import ibis.expr.types as ir

from features.catalogue import EVERY
from features.catalogue.health import FALLEN, FAMILY
from features.engine import Keep, as_one
from features.evidence.currency import yuan
from features.evidence.parties import bare, folded, name_key
from features.formulas import beside, formulas, reads
from features.knowledge import known_firms, known_months, known_of
from features.labels import GREY_DAYS
from features.obligations import service
from features.panel.entries import month_of
from features.series import series, summed

YEAR = 12
BACK = 15  # months that a quarter and the same one a year before reach back
READ = ("income_yoy_3m", "net_operating_mean_12m", "service_due")
STATES = ("past_due", "fallen", "uncovered")
FIRM = ibis.schema(
    {"month": "date", "known_on": "date", "party": "string"} | dict.fromkeys((*STATES, "change"), "float64")
)
MONEY = "decimal(38,2)"


def tells_of_partners(names: Collection[str]) -> bool:
    """Whether one of these features tells of the health of counterparties."""
    return any(EVERY[name].family == FAMILY for name in names)


def health(
    panel: Mapping[str, ir.Table], facts: Mapping[str, ir.Table], dates: ir.Table, keep: Keep = as_one
) -> ir.Table:
    """The panel table ``health``: columns of ``FIRM``, a row for each date, firm, and key by which it is met in trade.

    A state is 1 or 0: a debt to us more than 30 days past due; income of the last quarter fallen against the year
    before; debt service of the coming year above the operating cash flow of the last. ``change`` is that of income, at
    most doubled.

    Parameters
    ----------
    panel, facts, dates : as ``features.peers.peers`` takes them.
    """
    firms = keep("firms", known_firms(facts["enterprise"], dates, ("name", "uscc")))
    subjects = reads(READ)
    told = {"flow": keep("flow", summed(panel["flow"], sorted(subjects - {"base_service_due"})))}
    blocks = (series("flow", told, firms, keep, subjects, BACK), service(facts, firms), _past_due(facts, firms))
    wide = keep("wide", beside(firms, blocks))
    wide = wide.mutate(base_service_due=wide.base_service_due.fill_null(0.0))
    values = formulas(wide, keep, READ).join(wide.select("row", "late"), "row")
    states = keep("states", values.select("row", "as_of", **_states(values)))
    known_on = (states.as_of - ibis.interval(days=1)).cast("timestamp").cast("date")
    dated = states.mutate(known_on=known_on, month=month_of(known_on))
    return _keys(firms).join(dated, "row").select(*FIRM)


def _states(values: ir.Table) -> dict[str, ir.Value]:
    change = values.income_yoy_3m
    uncovered = (values.service_due > values.net_operating_mean_12m) & (values.service_due > 0)
    return {
        "past_due": values.late.fill_null(0).cast("float64"),
        "fallen": (change <= FALLEN).cast("float64"),
        "uncovered": uncovered.cast("float64"),
        "change": ibis.ifelse(change > 1, 1.0, change),  # ``least`` would make an unknown one 1
    }


def _past_due(facts: Mapping[str, ir.Table], firms: ir.Table) -> ir.Table:
    """``late``, 1 for a firm with an instalment of ours that is unpaid for longer than what is grey begins."""
    due = known_of("instalment", facts, firms)
    due = due.filter(due.paid_on.isnull() & (due.as_of.delta(due.due_on, unit="day") > GREY_DAYS))
    return due.select("row").distinct().mutate(late=ibis.literal(1, "int64"))


def _keys(firms: ir.Table) -> ir.Table:
    """``row`` and ``party``, a row for each key that is one firm's alone on its date."""
    keys = (firms.enterprise_id, firms.uscc, name_key(bare(folded(firms.name))))
    every = ibis.union(*(firms.select("row", "as_of", party=key) for key in keys))
    every = every.filter(every.party.notnull()).distinct()
    shared = every.row.count().over(ibis.window(group_by=["as_of", "party"]))
    return every.mutate(shared=shared).filter(lambda t: t.shared == 1).select("row", "party")


def partners(party: ir.Table, firms: ir.Table, population: ir.Table) -> ir.Table:
    """One row a question with a ``base_`` column of each share, by how its counterparties stood in the month before.

    Parameters
    ----------
    party : table
        The panel's trade with each counterparty.
    firms : table
        Columns of ``FIRM``.
    """
    trade = known_months(party, population)
    trade = trade.filter(trade.offset <= YEAR).group_by("row", "as_of", "side", "party")
    trade = trade.agg(amount=lambda t: t.amount.sum().cast(MONEY)).filter(lambda t: t.amount > 0)
    before = month_of((month_of(trade.as_of) - ibis.interval(days=1)).cast("timestamp").cast("date"))
    met = trade.mutate(month=before).left_join(firms.drop("known_on"), ["month", "party"])
    weighed = met.mutate(**{name: _cents(met.amount, met[name]) for name in (*STATES, "change")})
    weighed = weighed.mutate(known=ibis.ifelse(weighed.past_due.notnull(), weighed.amount, 0).cast(MONEY))
    sums = weighed.group_by("row", "side").agg(
        whole=weighed.amount.sum(),
        known=weighed.known.sum(),
        **{name: weighed[name].sum() for name in (*STATES, "change")},
        **{f"of_{name}": weighed.amount.sum(where=weighed[name].notnull()) for name in (*STATES, "change")},
    )
    told = {"known_share": _ratio(sums.known, sums.whole)} | {
        (f"{name}_share" if name in STATES else f"income_{name}"): _ratio(sums[name], sums[f"of_{name}"])
        for name in (*STATES, "change")
    }
    return sums.group_by("row").agg(
        **{
            f"base_partners_{name}_{side}_12m": ibis.ifelse(sums.side == side, share, None).max()
            for side in ("inflow", "outflow")
            for name, share in told.items()
        }
    )


def _cents(amount: ir.NumericValue, part: ir.NumericValue) -> ir.NumericValue:
    """The part of an amount, to the cent, so that parts add up the same in any order."""
    return yuan((amount * 100).cast("float64") * part).cast(MONEY)


def _ratio(part: ir.NumericValue, whole: ir.NumericValue) -> ir.NumericValue:
    return part.cast("float64") / whole.cast("float64").nullif(0.0)
