"""What other banks report of a month, in the shape of the panel: statistics of flows, and balances of accounts.

Lines win. From the day on which a line of an institution's month is known, the statistics of that month are booked
back and only compared; so are reported balances from the day on which a line with a balance is. A date before that
day still sees them, so that keeping ``known_on < as_of`` stays exact.
"""

import ibis
import ibis.expr.types as ir

from features.evidence.currency import with_foreign, yuan
from features.evidence.flows import INCOME, LEDGER_RULE, Facts, with_income
from features.evidence.rules import FlowRules
from features.evidence.versions import versions
from features.panel.entries import count, entries, last_day, lasting, money, month_of

MONTH = ("enterprise_id", "institution", "month")
FLOW = ("enterprise_id", "month", "category", "nature", "direction")
COMPARED_BY = (*MONTH, "category", "direction")
COMPARED = ("lines_amount", "lines_count", "statistics_amount", "statistics_count")


def accounts(facts: Facts) -> ir.Table:
    """Each account in the firm's currency as it was first known; ``account_known`` is not before the firm is."""
    account, firm = facts["account"], facts["enterprise"]
    first = account.group_by("enterprise_id", "account_id").agg(
        known_at=account.known_at.min(),
        **{name: account[name].argmin(account.known_at) for name in ("currency", "institution", "holder")},
    )
    ours = with_foreign(first, "enterprise_id").filter(lambda t: ~t.foreign)
    met = firm.group_by("enterprise_id").agg(firm_known=firm.known_at.min())
    joined = ours.join(met, "enterprise_id")
    return joined.select(
        "enterprise_id",
        "account_id",
        "institution",
        "holder",
        account_known=ibis.greatest(joined.known_at, joined.firm_known),
    )


def account_months(facts: Facts) -> ir.Table:
    """Account-months of which a line is held: since when, and since when a line with a balance is.

    A line that is later moved to another month leaves its first month shown: the bank did show that month.
    """
    line = facts["line"]
    rows = line.select(
        "account_id",
        "known_at",
        month=month_of(line.booked_at),
        told=ibis.ifelse(line.balance_after.notnull(), line.known_at, None),
    )
    first = rows.group_by("account_id", "month").agg(since=rows.known_at.min(), told=rows.told.min())
    joined = first.join(accounts(facts), "account_id")
    return joined.select(
        *MONTH,
        "account_id",
        "holder",
        since=ibis.greatest(joined.since, joined.account_known),
        balance_since=ibis.ifelse(joined.told.notnull(), ibis.greatest(joined.told, joined.account_known), None),
    )


def shown(facts: Facts, held: ir.Table) -> ir.Table:
    """Panel table of what was shown: accounts by their lines, institutions (without account) by their statistics."""
    told = _reported(facts)
    told = told.group_by(*MONTH).agg(since=told.known_from.min())
    every = held.select(*MONTH, "account_id", "since").union(
        told.select(*MONTH, account_id=ibis.null("string"), since="since").select(*MONTH, "account_id", "since")
    )
    return every.select(*MONTH, "account_id", known_on=ibis.greatest(every.since, last_day(every.month)))


def statistics(facts: Facts, rules: FlowRules, held: ir.Table) -> ir.Table:
    """Statistics as flows while no line of their institution's month is known.

    ``institution``, the columns of ``FLOW``, ``known_from``, ``known_until``, ``amount`` and ``INCOME`` (yuan), and
    ``lines``.
    """
    told = _reported(facts).left_join(_firms_lines(held), list(MONTH)).drop(*(f"{name}_right" for name in MONTH))
    told = lasting(told.mutate(known_until=ibis.least(told.known_until, told.since)))
    told = with_income(rules.tell(told), rules).mutate(lines=told["count"])
    return told.select("institution", *FLOW, "known_from", "known_until", "amount", *INCOME, "lines")


def compared(flow: ir.Table, facts: Facts, held: ir.Table) -> ir.Table:
    """Panel table of the months that lines and statistics of one institution both tell, side by side.

    ``flow`` are label versions with ``month``. Amounts are yuan, counts lines; rows add up over ``known_on``.
    """
    told = _reported(facts)
    news = told.group_by(*MONTH).agg(told_since=told.known_from.min())
    both = held.filter(held.holder == "firm").join(news, list(MONTH))
    both = both.select("account_id", "month", "institution", "told_since")
    lines = flow.filter(flow.rule != LEDGER_RULE).join(both, ["account_id", "month"])
    lines = lines.mutate(known_from=ibis.greatest(lines.known_from, lines.told_since), count=ibis.literal(1, "int64"))
    other = told.join(_firms_lines(held), list(MONTH))
    other = other.mutate(known_from=ibis.greatest(other.known_from, other.since))
    booked = entries(lasting(_beside(lines, "lines").union(_beside(other, "statistics"))), COMPARED)
    return booked.group_by(*COMPARED_BY, "known_on").agg(
        lines_amount=money(booked.lines_amount),
        lines_count=count(booked.lines_count),
        statistics_amount=money(booked.statistics_amount),
        statistics_count=count(booked.statistics_count),
    )


def _beside(rows: ir.Table, side: str) -> ir.Table:
    """Amount and count in the columns of their side, nothing in those of the other."""
    none = {name: ibis.literal(0, "decimal(18,2)" if name.endswith("amount") else "int64") for name in COMPARED}
    own = {f"{side}_{name}": rows[name] for name in ("amount", "count")}
    return rows.select(*COMPARED_BY, "known_from", "known_until", **(none | own))


def balances(facts: Facts, held: ir.Table) -> ir.Table:
    """Reported balances of the account-months of which no line with a balance is known, as rows of ``balance``.

    What a bank leaves out is read off the ends of the month: the average is their mean, the lowest the lower one. How
    many days were overdrawn is unknown where the lowest balance is below zero and the highest is not.
    """
    told = versions(facts["account_month"], ("account_id", "month"))
    told = told.join(accounts(facts).select("account_id", "account_known"), "account_id")
    told = lasting(told.mutate(known_from=ibis.greatest(told.known_from, told.account_known)))
    seen = held.filter(held.balance_since.notnull()).select("account_id", "month", "balance_since")
    told = told.left_join(seen, ["account_id", "month"]).drop("account_id_right", "month_right")
    end = last_day(told.month)
    told = told.mutate(known_on=ibis.greatest(told.known_from, end), first=ibis.greatest(told.balance_since, end))
    told = told.filter(told.balance_since.isnull() | (told.known_on < told.first))
    opening, closing = told.opening_balance.fill_null(told.closing_balance), told.closing_balance
    lowest = told.lowest_balance.fill_null(ibis.least(opening, closing))
    return told.select(
        "enterprise_id",
        "account_id",
        "month",
        "known_on",
        average=told.average_balance.fill_null(yuan((opening + closing) * 50)),
        lowest=lowest,
        closing=closing,
        negative_days=ibis.cases(
            (lowest >= 0, 0), (told.highest_balance < 0, last_day(told.month).day()), else_=None
        ).cast("int64"),
    )


def _reported(facts: Facts) -> ir.Table:
    """Versions of the statistics, not known before their firm is."""
    firm = facts["enterprise"]
    met = firm.group_by("enterprise_id").agg(firm_known=firm.known_at.min())
    told = versions(facts["platform_month"], (*MONTH, "category", "direction")).join(met, "enterprise_id")
    return lasting(told.mutate(known_from=ibis.greatest(told.known_from, told.firm_known)))


def _firms_lines(held: ir.Table) -> ir.Table:
    """Since when a line of the firm's own accounts at an institution is known, by month."""
    firms = held.filter(held.holder == "firm")
    return firms.group_by(*MONTH).agg(since=firms.since.min())
