"""What an account's lines of a month tell of themselves: whether they hang together, and the balances between them.

One pass in booking order gives both. A line **follows** when the balance that it starts from is the one after the line
before it. Lines that a chain repeats (same day, amount and balance) are only counted where the chain is broken: money
that goes and comes back within a day repeats a balance honestly. Balances that a bank rounds are told by their own
grain (all of a month's in tenths of a yuan while its amounts are not) and may differ by a yuan.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from features.evidence.currency import yuan

DIGITS = tuple(range(1, 10))
COUNTS = (
    "lines",
    "valued",
    "linked",
    "breaks",
    "repeats",
    "disordered",
    "conflicts",
    "active_days",
    "rounds",
    *(f"digit_{d}" for d in DIGITS),
)
BALANCES = ("average", "lowest", "closing", "negative_days")
FACTS = (*COUNTS, "rounded", "interest", "opening")

# In cents: sums without small change, the grain of rounded balances, and what they may be off by.
ROUND, GRAIN, SLACK = 100_000, 10, 100


def monthly(lines: ir.Table, by: Sequence[str]) -> ir.Table:
    """Facts of each account and month.

    Parameters
    ----------
    lines : table
        ``by``, which must tell accounts and months apart, and ``booked_at, sequence, direction, amount, balance_after``
        and ``interest``: true for a line in which the bank pays interest. One row a line.
    by : columns of the groups.

    Returns
    -------
    table
        ``by``; ``FACTS``: lines, lines with a balance, how many of these could be compared with the line before them
        and how many do not follow, lines that repeat another, lines whose sequence and day disagree, lines that share
        their place with another, days with lines, round sums, amounts by first digit, whether balances are rounded
        (1 or 0), interest in yuan, balance before the first line; and ``BALANCES`` in yuan, null without any.
    """
    measured = _measured(_chained(lines, by))
    month = _ended(measured.group_by(*by).agg(**_counts(measured), **_balances(measured)))
    whole = month.lines == month.valued
    breaks = ibis.ifelse(month.rounded == 1, month.wide_breaks, month.exact_breaks)
    repeats = ibis.ifelse(breaks > 0, month.valued - month.different, 0)
    months = month.mutate(
        linked=ibis.ifelse(whole, month.linked, 0),
        breaks=ibis.ifelse(whole, breaks, 0),
        repeats=ibis.ifelse(whole, repeats, 0),
        average=yuan(month.weighted.cast("float64") / month.length),
        **{name: yuan(month[name]) for name in ("lowest", "closing", "opening", "interest")},
    )
    return months.select(*by, *(months[name].cast("int64").name(name) for name in COUNTS), *FACTS[-3:], *BALANCES)


def _chained(lines: ir.Table, by: Sequence[str]) -> ir.Table:
    """Beside each line what stands before and after it; lines without a balance are a chain of their own.

    Few and narrow columns go through the window, because it is what costs. Lines that share their place are put in
    order by balance and flow, so that the order of rows decides nothing.
    """
    cents = (lines.amount * 100).cast("int64")
    lines = lines.select(
        *by,
        "booked_at",
        "sequence",
        "interest",
        flow=ibis.ifelse(lines.direction == "in", cents, -cents),
        balance=(lines.balance_after * 100).cast("int64"),
    )
    place = ["booked_at", "sequence", "balance", "flow"]
    order = ibis.window(group_by=[*by, lines.balance.isnull()], order_by=place)
    return lines.mutate(
        last_balance=lines.balance.lag().over(order),
        last_sequence=lines.sequence.lag().over(order),
        last_day=lines.booked_at.lag().over(order),
        next_day=lines.booked_at.lead().over(order),
    )


def _measured(lines: ir.Table) -> ir.Table:
    """Amounts in cents, the balance that each line starts from, and the days that its balance stands until the next."""
    cents = lines.flow.abs()
    before, first = lines.balance - lines.flow, lines.last_day.isnull()
    return lines.mutate(
        cents=cents,
        before=before,
        first=first,
        off=(before - lines.last_balance).abs(),
        content=(lines.balance * 32 + lines.booked_at.day()).cast("decimal(38,0)") * 10**18 + lines.flow,
        digit=cents.cast("string").substr(0, 1).cast("int8"),
        days=lines.next_day.delta(lines.booked_at, unit="day").fill_null(0),
        days_before=ibis.ifelse(first, lines.booked_at.day() - 1, 0),
    )


def _counts(lines: ir.Table) -> dict[str, ir.Value]:
    def of(condition: ir.BooleanValue) -> ir.Value:
        return ibis.ifelse(condition, 1, 0).sum()

    coarse = lines.balance % GRAIN == 0
    return {
        "lines": lines.count(),
        "valued": lines.balance.count(),
        "linked": lines.off.count(),
        "exact_breaks": of(lines.off > 0),
        "wide_breaks": of(lines.off > SLACK),
        "different": lines.content.nunique(),
        "disordered": of(lines.sequence < lines.last_sequence),
        "conflicts": of((lines.sequence == lines.last_sequence) & (lines.booked_at == lines.last_day)),
        "active_days": of(lines.first | (lines.booked_at > lines.last_day)),
        "rounds": of((lines.cents > 0) & (lines.cents % ROUND == 0)),
        "rounded": ibis.least(ibis.ifelse(coarse, 1, 0).min(), ibis.ifelse(lines.cents % GRAIN != 0, 1, 0).max()),
        "interest": ibis.ifelse(lines.interest, lines.cents, 0).sum(),
        **{f"digit_{d}": of(lines.digit == d) for d in DIGITS},
    }


def _balances(lines: ir.Table) -> dict[str, ir.Value]:
    """In cents; a day has the balance after its last line, days before the first line the one that it starts from.

    The days after the last line are left to ``_ended``, once a month and not once a line.
    """
    start = ibis.ifelse(lines.first, lines.before, None)
    overdrawn = ibis.ifelse(lines.balance < 0, lines.days, 0) + ibis.ifelse(lines.before < 0, lines.days_before, 0)
    return {
        "opening": start.max(),
        "weighted": (lines.balance * lines.days + lines.before * lines.days_before).sum(),
        "last_line": lines.booked_at.max(),
        "last_valued": ibis.ifelse(lines.balance.notnull(), lines.booked_at, None).max(),
        "lowest": ibis.least(lines.balance.min(), start.min()),
        "closing": ibis.ifelse(lines.next_day.isnull(), lines.balance, None).max(),
        "negative_days": ibis.ifelse(lines.balance.notnull(), overdrawn, None).sum().cast("int64"),
    }


def _ended(month: ir.Table) -> ir.Table:
    """Add ``length``, the days of the month, and those for which the closing balance stands to its end."""
    start = month.last_line.cast("timestamp").truncate("M").cast("date")
    end = (start + ibis.interval(months=1)).cast("date")
    left = end.delta(month.last_valued, unit="day")
    return month.mutate(
        length=end.delta(start, unit="day"),
        weighted=month.weighted + month.closing * left,
        negative_days=month.negative_days + ibis.ifelse(month.closing < 0, left, 0),
    )
