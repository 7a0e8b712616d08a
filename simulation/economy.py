"""The whole economy: from a seed to a stream of tables.

Everything moves a month at a time and, where money is concerned, a day at a time, all firms together. No table is
kept once it is handed over, so memory does not grow with the number of lines.
"""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa

from simulation import beside, bills, contracts, courts, notices, platform, registry, statements, truth
from simulation.calendar import END, Month, months_until
from simulation.customers import losses_truth
from simulation.firms import SHOWN, SLOTS
from simulation.foresight import Memory, defaults_truth
from simulation.held_out import as_told
from simulation.ledger import taken
from simulation.lines import Wording, line_table, make_wording
from simulation.month import Happened, live
from simulation.oracle import HORIZON, at_risk, if_admitted, oracle_pd
from simulation.parameters import VARIANTS
from simulation.public import Notices
from simulation.world import World, make_world

Tables = Iterator[tuple[str, pa.Table]]


def simulate(
    enterprises: int,
    months: int,
    seed: int,
    *,
    variant: str = "base",
    end: date = END,
    futures: int = 0,
    designs: str = "first",
) -> Tables:
    """Yield the tables of a world, a batch at a time; names that start with ``truth/`` are not for the product.

    Parameters
    ----------
    enterprises, months, seed
        Size of the world and the number it all follows from: the same three give the same bytes.
    variant
        ``calm``, ``base`` or ``stressed``.
    end
        Last day of the world; nothing known later is told.
    futures
        Number of futures the oracle lives to tell the odds of each loan, eighteen months before the end, and what
        would have become of the applicants of the month after if all had been admitted; 0: none of it.
    designs
        Which set of ``HELD_OUT`` the world has of held-out designs of deceit: ``first`` to ``sixth``.
    """
    world, calendar = start(enterprises, months, seed, variant=variant, end=end, designs=designs)
    wording, kept = make_wording(world.firms, world.parties), Notices()
    shown, last = next(month for month in calendar if month.index == 0), calendar[-1].last
    yield from _who(world, wording, shown, last)
    sequence = np.zeros(enterprises * SLOTS, dtype=np.int64)
    year, memory = statements.Year.after(world), Memory()
    for month in calendar:
        happened = live(world, kept, month)
        year.add(world, happened.entries, happened.shams)
        memory.add(world, happened.entries)
        if month.index >= 0:
            yield from _tell(world, wording, kept, sequence, happened, month, last)
            yield "truth/default", defaults_truth(world, memory, month)
        if month.number == 12:
            yield "financial_statement", statements.statement_table(world, year, month, last)
            year = statements.Year.after(world)
        if futures and month.index == months - HORIZON - 1:
            ahead = calendar[-HORIZON:]
            yield "truth/oracle", truth.oracle_truth(at_risk(world), oracle_pd(world, kept, ahead, futures), month)
            yield "truth/applicant", truth.applicants_truth(world, *if_admitted(world, kept, ahead))
    yield "truth/firm", truth.firms_truth(world)
    yield "truth/loan", truth.loans_truth(world)


def start(
    enterprises: int, months: int, seed: int, *, variant: str = "base", end: date = END, designs: str = "first"
) -> tuple[World, list[Month]]:
    """Make a world on the eve of its first month, and the months it has to live."""
    parameters = VARIANTS[variant]
    calendar = months_until(end, months, parameters.burn_in_months)
    shown = next(month for month in calendar if month.index == 0)
    return make_world(enterprises, seed, parameters, shown.first, calendar[-1].last, designs), calendar


def _who(world: World, wording: Wording, shown: Month, last: int) -> Tables:
    yield "enterprise", registry.enterprises(world, shown.first, last)
    yield "related_party", registry.related_parties(world, shown.first, last)
    yield "account", registry.accounts(world, wording, shown.first, last)
    yield "consent", registry.consents(world, shown.first, last)


def _tell(
    world: World, wording: Wording, kept: Notices, sequence: np.ndarray, happened: Happened, month: Month, last: int
) -> Tables:
    """Tell what can be known of a month, and beside it what really happened."""
    number = _number(happened.entries["account"], sequence)
    yield from _flows(world, wording, happened, number, month, last)
    yield from notices.issued(world, happened.charges, last)
    yield from notices.settled(world, kept, happened.paid, last)
    yield from _ours(world, happened, month, last)
    yield from _beside(world, wording, happened, month, last)
    if month.number == 4:
        yield "tax_grade", registry.tax_grades(world, month.year - 1, month.last, last)
    yield from _truth(world, wording, happened, number, month)


def _number(account: np.ndarray, sequence: np.ndarray) -> np.ndarray:
    """Number entries within their account, going on from the months before; ``account`` is sorted."""
    first = np.flatnonzero(np.diff(account, prepend=-1))
    size = np.diff(np.r_[first, len(account)])
    inside = np.arange(len(account)) - np.repeat(first, size)
    number = sequence[account] + inside
    sequence[account[first]] += size
    return np.asarray(number)


def _flows(world: World, wording: Wording, happened: Happened, number: np.ndarray, month: Month, last: int) -> Tables:
    firms, entries = world.firms, as_told(world, happened.entries)
    shown = firms.visibility.ravel()[entries["account"]] == SHOWN
    told = taken(entries, shown)
    yield "line", line_table(firms, wording, told, number[shown], month, world.seed, world.parameters, last)
    yield "platform_month", platform.platform_table(world, entries, month, last)
    yield "account_month", contracts.account_month_table(world, wording, happened.opening, month, last)
    yield "bill", bills.bill_table(world, happened.bills, month, last)
    yield "invoice", contracts.invoice_table(world, happened.invoices, month, last)


def _ours(world: World, happened: Happened, month: Month, last: int) -> Tables:
    """Applications, loans and instalments that are new, and new versions of those that changed."""
    loans, changed = world.book.loans, happened.changed
    yield "application", contracts.application_table(world, happened.asked, last)
    yield "credit_query", contracts.query_table(world, happened.asked, last)
    numbers = np.arange(happened.lent.start, happened.lent.stop)
    yield "loan", contracts.loan_table(world, numbers, loans["day"][numbers].astype(np.int64), last)
    yield "loan", contracts.loan_table(world, changed, np.full(len(changed), month.last), last)
    fresh = world.book.instalments[happened.parts].copy()
    fresh["paid"], fresh["paid_on"] = 0, -1
    yield "instalment", contracts.instalment_table(world, fresh, loans["day"][fresh["loan"]], last)
    yield "instalment", contracts.instalment_table(world, *happened.versions, last)


def _beside(world: World, wording: Wording, happened: Happened, month: Month, last: int) -> Tables:
    """What other lenders report, guarantees, recoveries and courts."""
    lent = np.arange(happened.lent.start, happened.lent.stop)
    yield "credit_line", beside.credit_line_table(world, happened.debts, month, last)
    yield "guarantee", beside.guarantee_table(world, lent, last)
    yield "guarantee", beside.guarantee_table(world, beside.called_in(world, month), last)
    yield "recovery", beside.recovery_table(world, happened.recovered, month, last)
    enforced = happened.cases["firm"][happened.cases["kind"] == courts.ENFORCEMENT]
    yield "account", registry.frozen_accounts(world, wording, enforced, month.last, last)
    yield "court_event", courts.court_table(world, happened.cases, month, last)


def _truth(world: World, wording: Wording, happened: Happened, number: np.ndarray, month: Month) -> Tables:
    yield "truth/line", truth.lines_truth(world, wording, happened.entries, number)
    yield "truth/income", truth.income_truth(world, happened.entries, month)
    yield "truth/state", truth.states_truth(world, month)
    yield "truth/ring", truth.rings_truth(world, happened.schemes, month)
    yield "truth/customer_loss", losses_truth(world, happened.lost, month)
