"""Yearly financial statements of the firms that hand one in, added up from what the world booked in the year.

Goods turn over within a month, but for the stock that was bought on credit. Nobody pays or takes advances here, and
the interest within instalments to other lenders is not taken apart.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from simulation.calendar import Month, number_of
from simulation.columns import days, money, table
from simulation.firms import SLOTS, size_class
from simulation.kinds import KIND
from simulation.ledger import cents
from simulation.trade import Invoices
from simulation.world import World

COSTS = (
    "payroll",
    "social",
    "rent",
    "electricity",
    "water",
    "gas",
    "expense",
    "fee",
    "premium",
    "surcharge",
    "income_tax",
    "loan_interest",
)
CLAIMS, DEBTS = ("sale", "service_sale", "bill_in"), ("purchase", "bill_out")
INPUT_VAT = 0.13
# Income tax of a year is settled within five months of its end, with the year's statement (Enterprise Income Tax
# Law, article 54): the bank gets it between the first of March and the last of May.
FIRST_DAY, FILING_DAYS = (3, 1), 92


@dataclass
class Year:
    """What has been booked since the first of January, a number a firm; yuan with VAT."""

    months: np.ndarray
    sold: np.ndarray
    bought: np.ndarray
    costs: np.ndarray
    goods: np.ndarray
    stock: np.ndarray

    @classmethod
    def after(cls, world: World) -> "Year":
        """A year in which nothing is booked yet; the goods that are there stay."""
        nothing = np.zeros(world.firms.n)
        return cls(
            months=np.zeros(world.firms.n, np.int64),
            sold=nothing.copy(),
            bought=nothing.copy(),
            costs=nothing.copy(),
            goods=world.goods_bought.copy(),
            stock=world.stock.copy(),
        )

    def add(self, world: World, entries: np.ndarray, shams: Invoices) -> None:
        """Add a month; ``entries`` are its ledger entries, ``shams`` invoices that the books hold beside true trade."""
        self.months += world.alive
        self.sold += world.sold * world.alive
        self.bought += world.goods_bought + np.maximum(self.stock - world.stock, 0)
        self.stock = world.stock.copy()
        for total, mine in ((self.sold, shams.sale), (self.bought, ~shams.sale)):
            np.add.at(total, shams.firm[mine], shams.gross[mine])
        cost = entries[np.isin(entries["kind"], [KIND[name] for name in COSTS])]
        self.costs += np.bincount(cost["account"] // SLOTS, weights=cost["amount"] / 100, minlength=world.firms.n)


def statement_table(world: World, year: Year, month: Month, last_known: int) -> pa.Table:
    """Statements of the year that ends with ``month``: of a third of micro companies and of every larger firm."""
    firms, handed_in = world.firms, (np.arange(world.firms.n) * 37) % FILING_DAYS
    files = (size_class(firms.sales) != "micro") | (~firms.sole & (np.arange(firms.n) % 3 == 0))
    who = np.flatnonzero(files & world.alive & (year.months > 0))
    figures = {name: money(cents(value[who])) for name, value in _figures(world, year).items()}
    n = len(who)
    return table(
        "financial_statement",
        {
            "enterprise_id": world.parties.ids_of(who),
            "period_end": days(np.full(n, month.last)),
            "months": pa.array(year.months[who]),
            **figures,
            "known_at": days(number_of(date(month.year + 1, *FIRST_DAY)) + handed_in[who]),
        },
        last_known,
    )


def _figures(world: World, year: Year) -> dict[str, np.ndarray]:
    """Yuan by column of the statement; sales and goods without VAT, claims and debts with it."""
    receivables, payables = _claims(world)
    revenue = year.sold / (1 + world.firms.trade("vat"))
    cost = (year.bought + year.goods - world.goods_bought) / (1 + INPUT_VAT)
    inventory = (world.stock + world.goods_bought) / (1 + INPUT_VAT)
    nothing = np.zeros(world.firms.n)
    return {
        "revenue": revenue,
        "cost": cost,
        "net_profit": revenue - cost - year.costs,
        "inventory": inventory,
        "receivables": receivables,
        "prepayments": nothing,
        "payables": payables,
        "advances": nothing,
        "equity": world.money + inventory + receivables - payables - world.book.owed(),
    }


def _claims(world: World) -> tuple[np.ndarray, np.ndarray]:
    """What customers and what the firm still have to pay for goods."""
    n, waiting, late = world.firms.n, world.purse.payables.waiting(), world.purse.unpaid
    coming = world.purse.receipts.waiting()
    coming = coming[np.isin(coming["kind"], [KIND[name] for name in CLAIMS])]
    debts = np.concatenate([waiting, late])
    debts = debts[np.isin(debts["kind"], [KIND[name] for name in DEBTS])]
    inside = debts[debts["payee"] >= 0]

    def total(account: np.ndarray, amount: np.ndarray) -> np.ndarray:
        return np.asarray(np.bincount(account // SLOTS, weights=amount / 100, minlength=n))

    receivables = total(coming["account"], coming["amount"]) + total(inside["payee"], inside["amount"])
    return receivables, total(debts["account"], debts["amount"])
