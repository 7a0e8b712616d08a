"""What is owed to public bodies: electricity, water, gas, taxes and social insurance, on their calendars."""

from dataclasses import dataclass, field

import numpy as np

from simulation.calendar import Month, next_working
from simulation.firms import SLOTS, Firms
from simulation.kinds import KIND
from simulation.ledger import cents
from simulation.money import owe
from simulation.randomness import stream
from simulation.trade import Invoices
from simulation.world import World

KEPT_MONTHS = 8
GAS_TRADES = ("H62", "C13", "C17")


@dataclass
class Notice:
    """One kind of charge of one month for all firms that owe it; money in cents, days as numbers."""

    kind: str
    month: Month
    firm: np.ndarray
    amount: np.ndarray
    known: np.ndarray
    due: np.ndarray
    facts: dict[str, np.ndarray]


@dataclass
class Notices:
    """The notices of the last months, by kind and month, so that a payment can name what it settles."""

    kept: dict[tuple[str, int], Notice] = field(default_factory=dict)
    sales: dict[int, np.ndarray] = field(default_factory=dict)
    purchases: dict[int, np.ndarray] = field(default_factory=dict)
    profit: dict[int, np.ndarray] = field(default_factory=dict)

    def add(self, notice: Notice) -> Notice:
        """Keep a notice and forget those too old to be paid any more."""
        self.kept[notice.kind, notice.month.index] = notice
        self.kept.pop((notice.kind, notice.month.index - KEPT_MONTHS), None)
        return notice


def charge(world: World, notices: Notices, month: Month) -> list[Notice]:
    """Make the charges for the month before, which fall due in this one."""
    rng = stream(world.seed, "public", month.index)
    period = month.after(-1)
    made = [
        *_utilities(world, month, period, rng),
        _social(world, month, rng),
        *_taxes(world, notices, month, period, rng),
    ]
    for notice in made:
        notices.add(notice)
        _ask(world, notice, rng)
    return made


def _ask(world: World, notice: Notice, rng: np.random.Generator) -> None:
    """Put a charge on the calendar some days before it is due; most firms pay by direct debit on one day."""
    prefix = {"electricity": "power", "water": "water", "gas": "gas", "social": "social"}.get(notice.kind, "tax")
    party = world.parties.office(prefix, world.firms.region[notice.firm])
    careless = rng.random(len(notice.firm)) < 0.03 * np.exp(-0.9 * world.firms.quality[notice.firm])
    day = np.maximum(notice.known, notice.due - (notice.firm * 7 + 3) % 6)
    day = day + careless * rng.integers(5, 30, len(day))
    ref = np.full(len(day), notice.month.index)
    world.purse.payables.add(owe(day, notice.firm * SLOTS, party, KIND[notice.kind], notice.amount, ref))


def _working(world: World) -> np.ndarray:
    return np.flatnonzero(world.alive)


def _utilities(world: World, month: Month, period: Month, rng: np.random.Generator) -> list[Notice]:
    firms, who = world.firms, _working(world)
    ratio = (world.demand / np.maximum(firms.sales, 1))[who]
    bill = (firms.trade("power") * firms.sales)[who] * (0.3 + 0.7 * ratio) * rng.lognormal(0, 0.06, len(who))
    summer = 1.15 if period.number in (7, 8) else 1.0
    usage = bill * summer / 0.72
    peak, valley = _peak(firms, who, rng)
    facts = {"usage": usage, "usage_peak": usage * peak, "usage_valley": usage * valley}
    known, due = month.day(3 + who % 4), month.day(20 + who % 6)
    power = Notice("electricity", period, who, cents(usage * (0.60 + 0.35 * peak - 0.15 * valley)), known, due, facts)
    water = Notice("water", period, who, cents(0.07 * bill + 30), known + 1, due, {"usage": (0.07 * bill + 30) / 4.2})
    gas_users = who[firms.among(GAS_TRADES)[who]]
    part = bill[np.isin(who, gas_users)] * 0.35
    k, d = month.day(4 + gas_users % 4), month.day(20 + gas_users % 6)
    return [power, water, Notice("gas", period, gas_users, cents(part), k, d, {"usage": part / 3.6})]


def _peak(firms: Firms, who: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Shares of electricity used at peak and in the valley: a trait of the firm with a little noise."""
    peak = 0.30 + 0.25 * ((who * 37) % 100) / 100 + rng.normal(0, 0.015, len(who))
    valley = (1 - peak) * (0.25 + 0.3 * ((who * 53) % 100) / 100)
    return np.clip(peak, 0.1, 0.7), valley


def _social(world: World, month: Month, rng: np.random.Generator) -> Notice:
    firms, who = world.firms, _working(world)
    insured = np.maximum(1, np.rint(world.headcount * firms.honesty))[who].astype(np.int64)
    amount = cents(insured * np.clip(firms.wage[who] * 0.75, 3800, 20000) * 0.345)
    return Notice(
        "social",
        month,
        who,
        amount,
        month.day(np.full(len(who), 5)),
        month.day(np.full(len(who), 25)),
        {"headcount": insured},
    )


def _taxes(world: World, notices: Notices, month: Month, period: Month, rng: np.random.Generator) -> list[Notice]:
    """VAT monthly, for small taxpayers by quarter; surcharges with it; income tax by quarter."""
    small = world.firms.small_taxpayer
    quarter_end = period.number % 3 == 0
    months = [period.index - k for k in range(3)]
    sales, bought, profit = (
        [kept.get(k, np.zeros(world.firms.n)) for k in months]
        for kept in (notices.sales, notices.purchases, notices.profit)
    )
    vat_sales = np.where(small, sum(sales), sales[0])
    general = np.maximum(0, sales[0] - bought[0] * 0.95) * world.firms.trade("vat")
    light = np.where(vat_sales < 300e3, 0, vat_sales * 0.01)
    who = np.flatnonzero(world.alive & (~small | quarter_end))
    made = [_filing(world, "vat", period, month, who, vat_sales[who], np.where(small, light, general)[who], rng)]
    owed = made[0].amount / 100
    made.append(_filing(world, "surcharge", period, month, who, owed, owed * np.where(small[who], 0.06, 0.12), rng))
    if quarter_end:
        who = np.flatnonzero(world.alive)
        gain = np.maximum(0, sum(profit))[who]
        made.append(_filing(world, "income_tax", period, month, who, gain, gain * 0.05, rng))
    return made


def _filing(
    world: World,
    kind: str,
    period: Month,
    month: Month,
    who: np.ndarray,
    base: np.ndarray,
    tax: np.ndarray,
    rng: np.random.Generator,
) -> Notice:
    due = next_working(month.day(np.full(len(who), 15)))
    filed = np.minimum(due, next_working(month.day(4 + (who * 11) % 11)))
    late = rng.random(len(who)) < 0.015 * np.exp(-0.7 * world.firms.quality[who])
    filed = np.where(late, due + rng.integers(1, 20, len(who)), filed)
    quarterly = world.firms.small_taxpayer[who] | (kind == "income_tax")
    start = np.where(quarterly, period.after(-2).first, period.first)
    facts = {"base": base, "filed": filed, "start": start}
    return Notice(kind, period, who, cents(tax), filed, np.maximum(due, filed), facts | {"due": due})


def book_sales(world: World, notices: Notices, invoices: Invoices, month: Month) -> None:
    """Declare the month's sales and purchases without tax; retail declares a part of its takings."""
    firms, n = world.firms, world.firms.n
    net = invoices.gross / (1 + invoices.rate)
    sold = np.bincount(invoices.firm, weights=net * invoices.sale, minlength=n)
    retail = world.demand * (firms.trade("platform") + 0.35 * firms.trade("cash")) / (1 + firms.trade("vat"))
    # Red letters of the month may be worth more than its sales; a return does not go below nothing.
    notices.sales[month.index] = np.maximum(0, sold + retail) * np.clip(firms.honesty + 0.1, 0, 1)
    notices.purchases[month.index] = np.bincount(invoices.firm, weights=net * ~invoices.sale, minlength=n)
    costs = world.headcount * firms.wage + (firms.trade("rent") + firms.trade("other")) * world.usual
    notices.profit[month.index] = notices.sales[month.index] - notices.purchases[month.index] - costs
    for kept in (notices.sales, notices.purchases, notices.profit):
        kept.pop(month.index - 6, None)
