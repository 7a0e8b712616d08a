"""Evidence of accounts that were not shown: money that left for them, or came from them, and payments nobody saw.

A transfer between two accounts that are both shown stands in both, once out and once in. What stands in one only, and
does not name a shown account as its other end, went to or came from an account that was not shown. Ends are matched by
month and sum between different accounts; what is left may still be an end in the statistics of another bank, which tell
totals only.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.contract import TABLES
from features.evidence.currency import with_foreign
from features.knowledge import known_facts, known_months, months_between

WINDOW = 12
ZERO_WHEN_NONE = (
    "base_unseen_transfer_in",
    "base_unseen_transfer_out",
    "base_unseen_accounts",
    "base_instalments_paid",
)


def coverage(panel: Mapping[str, ir.Table], facts: Mapping[str, ir.Table], population: ir.Table) -> ir.Table:
    """One row a question with the ``base_`` columns of the family ``coverage``; yuan, accounts and a share."""
    accounts = _accounts(panel["shown"], facts["account"], population)
    wide = population.select("row")
    for block in (
        _transfers(panel["own"], accounts.filter(accounts.seen), population),
        _register(accounts.filter(~accounts.seen)),
        _instalments(facts["instalment"], population),
        _gap(panel["compared"], population),
    ):
        wide = wide.left_join(block, "row").drop("row_right")
    unseen = wide.base_unseen_transfer_in.fill_null(0.0) + wide.base_unseen_transfer_out.fill_null(0.0)
    named = ibis.ifelse(unseen > 0, ibis.greatest(wide.numbers.fill_null(0.0), 1.0), 0.0)
    counted = ibis.greatest(wide.registered.fill_null(0.0), named)
    wide = wide.mutate(base_unseen_accounts=counted).drop("registered", "numbers")
    return wide.mutate(**{name: wide[name].fill_null(0.0) for name in ZERO_WHEN_NONE})


def _accounts(shown: ir.Table, account: ir.Table, population: ir.Table) -> ir.Table:
    """The firm's accounts that are known on the date, and whether each is ``seen`` in lines or statistics."""
    months = known_months(shown, population)
    lines = months.filter(months.account_id.notnull()).select("row", "account_id").distinct()
    told = months.filter(months.account_id.isnull()).select("row", "institution").distinct()
    known = with_foreign(known_facts(account, TABLES["account"].key, population), "row")
    open_ = known.closed_on.isnull() | (known.closed_on >= known.as_of)
    ours = known.filter(~known.foreign & (known.holder == "firm") & (known.kind != "invoice_ledger") & open_)
    ours = ours.select("row", "account_id", "institution")
    rest = ours.anti_join(lines, ["row", "account_id"])
    statistics = rest.semi_join(told, ["row", "institution"])
    unseen = rest.anti_join(told, ["row", "institution"])
    seen = lines.union(statistics.select("row", "account_id"))
    shape = ("row", "account_id", "seen")
    return seen.mutate(seen=True).select(*shape).union(unseen.mutate(seen=False).select(*shape))


def _register(unseen: ir.Table) -> ir.Table:
    return unseen.group_by("row").agg(registered=unseen.count().cast("float64"))


def _transfers(own: ir.Table, seen: ir.Table, population: ir.Table) -> ir.Table:
    """Own transfers of which only one end is seen, in yuan, and the accounts that they name."""
    months = known_months(own, population)
    months = months.filter(months.offset <= WINDOW)
    near = seen.select("row", counterpart="account_id", near=ibis.literal(True))
    lines = months.filter(months.account_id.notnull()).left_join(near, ["row", "counterpart"])
    lines = lines.drop("row_right", "counterpart_right").mutate(far=lambda t: t.near.isnull())
    ends = _ends(lines).filter(lambda t: (t.gone > 0) | (t.come > 0))
    one_ended = ends.group_by("row").agg(gone=(ends.gone * ends.cents).sum(), come=(ends.come * ends.cents).sum())
    named = lines.filter(lines.far & lines.counterpart.notnull()).semi_join(ends, ["row", "offset", "amount"])
    named = named.group_by("row").agg(numbers=named.counterpart.nunique().cast("float64"))
    told = months.filter(months.account_id.isnull())
    return _less(one_ended, told).left_join(named, "row").drop("row_right")


def _ends(lines: ir.Table) -> ir.Table:
    """How many transfers of a month and sum, out (``gone``) and in (``come``), have no other end in another account.

    Between different accounts as many can be matched as there are of either direction, and as many as do not all touch
    one account.
    """

    def count(direction: str, *conditions: ir.BooleanValue) -> ir.Value:
        return ibis.ifelse(ibis.and_(lines.direction == direction, *conditions), lines.lines, 0).sum().cast("int64")

    one = lines.group_by("row", "offset", "amount", "account_id").agg(
        gone=count("out"), come=count("in"), gone_far=count("out", lines.far), come_far=count("in", lines.far)
    )
    both = one.group_by("row", "offset", "amount").agg(
        **{name: one[name].sum() for name in ("gone", "come", "gone_far", "come_far")},
        touching=(one.gone + one.come).max(),
    )
    matched = ibis.least(both.gone, both.come, both.gone + both.come - both.touching)
    return both.mutate(
        gone=ibis.least(both.gone - matched, both.gone_far),
        come=ibis.least(both.come - matched, both.come_far),
        cents=(both.amount * 100).cast("int64"),
    )


def _less(one_ended: ir.Table, told: ir.Table) -> ir.Table:
    """Take off the ends that other banks' statistics may hold: what went out here came in there."""
    cents = (told.amount * 100).cast("int64") * told.lines
    ends = told.group_by("row").agg(
        told_in=ibis.ifelse(told.direction == "in", cents, 0).sum(),
        told_out=ibis.ifelse(told.direction == "out", cents, 0).sum(),
    )
    both = one_ended.left_join(ends, "row").drop("row_right")

    def yuan(cents: ir.NumericValue, told_cents: ir.NumericValue) -> ir.Value:
        left = cents.cast("float64") - told_cents.fill_null(0).cast("float64")
        return ibis.greatest(left, 0.0) / 100

    return both.select(
        "row",
        base_unseen_transfer_out=yuan(both.gone, both.told_in),
        base_unseen_transfer_in=yuan(both.come, both.told_out),
    )


def _instalments(instalment: ir.Table, population: ir.Table) -> ir.Table:
    """Instalments of our loans that were paid in full in the months 2 to 12 before the date."""
    paid = known_facts(instalment, TABLES["instalment"].key, population)
    offset = months_between(paid.paid_on, paid.as_of)
    paid = paid.filter((offset >= 2) & (offset <= WINDOW))
    return paid.group_by("row").agg(
        base_instalments_paid=(paid.principal_due + paid.interest_due).sum().cast("float64")
    )


def _gap(compared: ir.Table, population: ir.Table) -> ir.Table:
    """By how much lines and statistics of one institution differ, month by month and direction by direction."""
    seen = known_months(compared, population)
    seen = seen.filter(seen.offset <= WINDOW)
    side = seen.group_by("row", "institution", "offset", "direction").agg(
        lines=seen.lines_amount.sum(), told=seen.statistics_amount.sum()
    )
    both = side.group_by("row").agg(
        off=(side.lines - side.told).abs().sum(), whole=ibis.greatest(side.lines, side.told).sum()
    )
    off, whole = both.off.cast("float64"), both.whole.cast("float64")
    return both.select("row", base_statistics_gap_share=off / whole.nullif(0.0))


def differences(compared: ir.Table, population: ir.Table, window: int = WINDOW) -> ir.Table:
    """Months in which lines and statistics of a bank differ in a category and direction, to the cent and the line.

    Returns
    -------
    table
        ``row, institution, month, category, direction`` and amount (yuan) and count (lines) by each of the two.
    """
    seen = known_months(compared, population)
    seen = seen.filter(seen.offset <= window)
    sides = ("lines_amount", "lines_count", "statistics_amount", "statistics_count")
    both = seen.group_by("row", "institution", "month", "category", "direction").agg(
        **{name: seen[name].sum().cast(seen[name].type()) for name in sides}
    )
    return both.filter(
        (both.lines_amount != both.statistics_amount) | (both.lines_count != both.statistics_count)
    ).order_by("row", "institution", "month", "category", "direction")
