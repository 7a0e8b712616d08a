"""How far the lines of a question's accounts can be believed: the counts that the catalogue turns into a score."""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.catalogue import Row
from features.catalogue.integrity import FEATURES
from features.evidence.integrity import COUNTS
from features.knowledge import known_months, known_of, months_between

WINDOW = 12
# The lowest and the highest yearly rate paid on Chinese demand deposits since 2012, and the band of a published rule
# engine, of low authority, around them. An account is judged from half a year, and from a balance on which a quarter
# of the lowest rate is more than a yuan.
LOWEST_RATE, HIGHEST_RATE, BAND = 0.0005, 0.0035, (0.8, 1.2)
LEAST_MONTHS, LEAST_BALANCE = 6, 10_000
PAYING = ("basic", "general")
# Only an account that is used on eight days of a usual month, and for three months, can have a gap: a month without
# lines, or on fewer than a quarter of its usual days.
USUAL_DAYS, LEAST_SPAN, THIN = 8, 3, 0.25
MONTH = ("row", "account_id", "month")


def integrity(panel: Mapping[str, ir.Table], facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    """One row a question with the ``base_`` columns of ``tally``, over the last twelve months."""
    seen = known_months(panel["integrity"], population)
    latest = ibis.window(group_by=list(MONTH), order_by=ibis.desc("known_on"))
    seen = seen.filter(seen.offset <= WINDOW).mutate(place=ibis.row_number().over(latest))
    seen = seen.filter((seen.place == 0) & (seen.lines > 0)).drop("place")
    told = panel["balance"].select("account_id", "month", "known_on", "average", "closing")
    months = seen.left_join(told, ["account_id", "month", "known_on"])
    return tally(months, paying(known_of("account", facts, population)))


def paying(accounts: ir.Table) -> ir.Table:
    """Accounts on which a bank pays interest at the rates known here: ``row, account_id``."""
    firms = (accounts.holder == "firm") & accounts.kind.isin(PAYING) & (accounts.currency == "CNY")
    return accounts.filter(firms).select("row", "account_id")


def tally(months: ir.Table, earning: ir.Table) -> ir.Table:
    """Facts of account-months added up by ``row``, with what lies between months.

    Parameters
    ----------
    months : ``row, account_id, month``, the columns of ``evidence.integrity.FACTS``, ``average`` and ``closing``; one
        row an account and month that has lines.
    earning : ``row, account_id`` of the accounts whose interest is judged.

    Returns
    -------
    table
        ``row`` and float64 columns: ``base_`` and each of ``COUNTS``, ``base_span`` and ``base_gaps`` (months of
        accounts that can have gaps, and gaps), ``base_earning`` and ``base_earned`` (accounts whose interest can be
        judged, and whose interest fits the balance).
    """
    accounts = _accounts(_beside(months)).left_join(earning.mutate(earns=True), ["row", "account_id"])
    accounts = _judged(accounts.drop("row_right", "account_id_right"))
    names = (*COUNTS, "span", "gaps", "earning", "earned")
    return accounts.group_by("row").agg(**{f"base_{name}": accounts[name].sum().cast("float64") for name in names})


def scored(tallied: ir.Table) -> ir.Table:
    """Add the features of the catalogue's family ``integrity`` to the rows of ``tally``."""
    for feature in FEATURES:
        tallied = tallied.mutate(feature.formula(Row(tallied)).cast("float64").name(feature.name))
    return tallied


def _beside(months: ir.Table) -> ir.Table:
    """Compare the balance at the start of a month with the end of the account's month of lines before it."""
    order = ibis.window(group_by=["row", "account_id"], order_by="month")
    before = months.closing.lag().over(order)
    slack = ibis.ifelse(ibis.greatest(months.rounded, months.rounded.lag().over(order)) == 1, 1, 0)
    account = ibis.window(group_by=["row", "account_id"])
    usual = months.active_days.sum().over(account).cast("float64") / months.lines.count().over(account)
    return months.mutate(off=(months.opening - before).abs(), slack=slack, usual=usual)


def _accounts(months: ir.Table) -> ir.Table:
    known = months.average.count()
    sums = {name: months[name].sum() for name in COUNTS}
    return months.group_by("row", "account_id").agg(
        **sums
        | {
            "linked": months.linked.sum() + months.off.count(),
            "breaks": months.breaks.sum() + ibis.ifelse(months.off > months.slack, 1, 0).sum(),
        },
        span=months_between(months.month.min(), months.month.max()) + 1,
        months=months.count(),
        thin=ibis.ifelse(months.active_days.cast("float64") < THIN * months.usual, 1, 0).sum(),
        usual=months.usual.max(),
        known=known,
        average=months.average.sum().cast("float64") / known.nullif(0).cast("float64"),
        interest=months.interest.sum(where=months.average.notnull()).cast("float64"),
    )


def _judged(accounts: ir.Table) -> ir.Table:
    busy = (accounts.span >= LEAST_SPAN) & (accounts.usual >= USUAL_DAYS)
    earning = accounts.earns & (accounts.known >= LEAST_MONTHS) & (accounts.average >= LEAST_BALANCE)
    rate = accounts.interest * 12 / accounts.known.nullif(0).cast("float64") / accounts.average.nullif(0.0)
    fits = rate.between(BAND[0] * LOWEST_RATE, BAND[1] * HIGHEST_RATE)
    return accounts.mutate(
        span=ibis.ifelse(busy, accounts.span, 0),
        gaps=ibis.ifelse(busy, accounts.span - accounts.months + accounts.thin, 0),
        earning=ibis.ifelse(earning, 1, 0),
        earned=ibis.ifelse(earning & fits, 1, 0),
    )
