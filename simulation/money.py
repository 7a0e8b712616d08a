"""One day of money: what comes in, what falls due, who can pay and who cannot.

Nobody overdraws: a payment is made in full or waits. Who is short pays by rank (wages before suppliers ...) and
tries again every day; a bank takes what it can find in its own borrower's account.
"""

from dataclasses import dataclass, field

import numpy as np

from simulation.firms import MAIN, OWNER, SECOND, SLOTS
from simulation.kinds import KIND
from simulation.ledger import DUE, LAPSES, RANK, Calendar, Ledger, rows, running_total, stacked, taken

MIRROR = np.full(len(RANK), KIND["sale"], dtype=np.int64)
MIRROR[KIND["refund_out"]] = KIND["refund_in"]
MIRROR[KIND["wash_out"]] = KIND["wash_in"]
MIRROR[KIND["related_out"]] = KIND["related_in"]
MIRROR[KIND["owner_out"]] = KIND["household_in"]
OURS = (KIND["loan_principal"], KIND["loan_interest"])
_IS_OURS = np.isin(np.arange(len(RANK)), OURS)
ROUND = 100_000
RETRIES = 3


@dataclass
class Purse:
    """The money side of the world: accounts, what is to come, what is owed."""

    ledger: Ledger
    receipts: Calendar = field(default_factory=Calendar)
    payables: Calendar = field(default_factory=Calendar)
    unpaid: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=DUE))
    paid: list[np.ndarray] = field(default_factory=list)
    daily: np.ndarray = field(default_factory=lambda: np.zeros((3, 0), dtype=np.int64))

    def open_month(self, first: int, last: int) -> None:
        """Open the month's calendars and start its balance statistics."""
        self.receipts.open_month(first, last)
        self.payables.open_month(first, last)
        money = self.ledger.balance
        self.daily = np.stack([np.zeros_like(money), np.full_like(money, np.iinfo(np.int64).max), np.zeros_like(money)])
        self.paid = []

    def note_balances(self) -> None:
        """Add today's closing balances to the month's total, lowest and highest."""
        money, (total, low, high) = self.ledger.balance, self.daily
        total += money
        np.minimum(low, money, out=low)
        np.maximum(high, money, out=high)


@dataclass
class Means:
    """Who may use which money today: one entry a firm."""

    alive: np.ndarray
    has_second: np.ndarray
    willing: np.ndarray
    bank_first: np.ndarray
    collects: np.ndarray


def live_day(purse: Purse, means: Means, day: int) -> None:
    """Book one day."""
    arriving = purse.receipts.due(day)
    arriving = taken(arriving, means.collects[arriving["account"] // SLOTS])
    purse.ledger.post(
        day, arriving["account"], arriving["kind"], arriving["amount"], arriving["party"], arriving["ref"]
    )
    due = stacked(DUE, [purse.unpaid, purse.payables.due(day)])
    slot = due["account"] % SLOTS
    due = taken(due, means.alive[due["account"] // SLOTS] | _IS_OURS[due["kind"]] | (slot == OWNER))
    _fund(purse.ledger, means, due, day)
    due = due.take(np.argsort(_turn(means, due), kind="stable"))
    paid, left = _affordable(purse.ledger.balance, due)
    _pay(purse, paid, day)
    swept, left = _sweep(purse.ledger.balance, left, day)
    _pay(purse, swept, day)
    purse.unpaid = taken(left, ~LAPSES[left["kind"]])


def _turn(means: Means, due: np.ndarray) -> np.ndarray:
    """Account, rank and day of each due in one number that sorts as they do.

    Some owners pay the bank first, others pay it after wages, taxes and suppliers.
    """
    ours = _IS_OURS[due["kind"]] & ~means.bank_first[due["account"] // SLOTS]
    rank = np.where(ours, 35, RANK[due["kind"]])
    return np.asarray((due["account"].astype(np.int64) << 7 | rank) << 16 | due["day"])


def _affordable(balance: np.ndarray, due: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split sorted dues into those that can be paid in full, in order, and the others.

    What cannot be paid is set aside and what ranks after it is tried with the money that remains.
    """
    money, left = balance.copy(), due
    paid: list[np.ndarray] = []
    aside: list[np.ndarray] = []
    for _ in range(RETRIES):
        fits = running_total(left["account"], left["amount"]) <= money[left["account"]]
        paid.append(taken(left, fits))
        np.subtract.at(money, paid[-1]["account"], paid[-1]["amount"])
        left = taken(left, ~fits)
        first = np.diff(left["account"], prepend=-1) != 0
        aside.append(taken(left, first))
        left = taken(left, ~first)
    return stacked(DUE, paid), stacked(DUE, [*aside, left])


def _sweep(balance: np.ndarray, left: np.ndarray, day: int) -> tuple[np.ndarray, np.ndarray]:
    """The bank takes part of an overdue instalment from what is in the account, in whole hundreds of yuan."""
    spots = np.flatnonzero(_IS_OURS[left["kind"]] & (left["day"] < day))
    if not len(spots):
        return left[:0], left
    first = np.zeros(len(left), dtype=bool)
    first[spots[np.unique(left["account"][spots], return_index=True)[1]]] = True
    part = np.minimum(balance[left["account"]] // 10_000 * 10_000, left["amount"])
    take = first & (part >= ROUND)
    swept = taken(left, take)
    swept["amount"] = part[take]
    left = left.copy()
    left["amount"][take] -= part[take]
    return swept, taken(left, left["amount"] > 0)


def _pay(purse: Purse, paid: np.ndarray, day: int) -> None:
    """Book payments on both sides when the payee is a firm of this world."""
    if not len(paid):
        return
    ledger = purse.ledger
    ledger.post(day, paid["account"], paid["kind"], paid["amount"], paid["party"], paid["ref"])
    inside = taken(paid, paid["payee"] >= 0)
    ledger.post(
        day, inside["payee"], MIRROR[inside["kind"]], inside["amount"], inside["account"] // SLOTS, inside["ref"]
    )
    paid = paid.copy()
    paid["day"] = day
    purse.paid.append(paid)


def _fund(ledger: Ledger, means: Means, due: np.ndarray, day: int) -> None:
    """Move money between a firm's own accounts, then out of the owner's purse, to where it is needed today."""
    need = np.bincount(due["account"], weights=due["amount"], minlength=len(ledger.balance)).astype(np.int64)
    need = need.reshape(-1, SLOTS)
    money = ledger.balance.reshape(-1, SLOTS)
    for source, target, kind_out, kind_in, allowed in (
        (SECOND, MAIN, "own_out", "own_in", means.has_second),
        (MAIN, SECOND, "own_out", "own_in", means.has_second),
        (OWNER, MAIN, "owner_lends", "owner_in", means.willing),
    ):
        short = need[:, target] - money[:, target]
        spare = money[:, source] - need[:, source]
        amount = np.minimum(-(-short // ROUND) * ROUND, spare // ROUND * ROUND)
        who = np.flatnonzero((short > 0) & (amount > 0) & allowed & means.alive)
        in_party = who + len(money) if source == OWNER else who
        ledger.post(day, who * SLOTS + source, KIND[kind_out], amount[who], who)
        ledger.post(day, who * SLOTS + target, KIND[kind_in], amount[who], in_party)


def owe(
    day: np.ndarray,
    account: np.ndarray,
    party: np.ndarray | int,
    kind: np.ndarray | int,
    amount: np.ndarray,
    ref: np.ndarray | int = 0,
    payee: np.ndarray | int = -1,
) -> np.ndarray:
    """Records for a calendar; amounts in cents, those of nothing are dropped."""
    made = rows(
        DUE, len(account), day=day, account=account, party=party, kind=kind, amount=amount, ref=ref, payee=payee
    )
    return taken(made, made["amount"] > 0)
