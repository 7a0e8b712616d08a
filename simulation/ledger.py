"""The ledger: every movement of money, in cents, in the order in which it happened."""

import numpy as np

from simulation.kinds import KINDS

ENTRY = np.dtype(
    [
        ("day", "i4"),
        ("account", "i4"),
        ("party", "i4"),
        ("kind", "i2"),
        ("amount", "i8"),
        ("balance", "i8"),
        ("ref", "i8"),
    ]
)
DUE = np.dtype(
    [
        ("day", "i4"),
        ("account", "i4"),
        ("party", "i4"),
        ("payee", "i4"),
        ("kind", "i2"),
        ("amount", "i8"),
        ("ref", "i8"),
    ]
)
SIGN = np.array([1 if kind.direction == "in" else -1 for kind in KINDS], dtype=np.int64)
LAPSES = np.array([kind.lapses for kind in KINDS])
RANK = np.array([kind.rank for kind in KINDS], dtype=np.int64)
NOBODY = -1
Value = np.ndarray | int


def cents(yuan: np.ndarray) -> np.ndarray:
    """Yuan to whole cents.

    >>> cents(np.array([1.005, 2.0])).tolist()
    [100, 200]
    """
    return np.asarray(np.rint(yuan * 100), dtype=np.int64)


def rows(kind: np.dtype, n: int, /, **values: Value) -> np.ndarray:
    """Return ``n`` records with the given fields; what is not named is zero."""
    made = np.zeros(n, dtype=kind)
    for name, value in values.items():
        made[name] = value
    return made


def taken(records: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Return ``records[which]``, of positions or a mask: for records numpy's ``take`` is ten times as fast."""
    return np.asarray(records.take(np.flatnonzero(which) if which.dtype == bool else which))


def stacked(kind: np.dtype, parts: list[np.ndarray]) -> np.ndarray:
    """Records one after the other, moved as plain bytes: numpy would compare their fields one by one.

    >>> stacked(DUE, [rows(DUE, 1, day=3), rows(DUE, 2)])["day"].tolist()
    [3, 0, 0]
    """
    plain = np.dtype((np.void, kind.itemsize))
    return np.concatenate([np.zeros(0, plain), *(part.view(plain) for part in parts)]).view(kind)


def in_order(number: np.ndarray) -> np.ndarray:
    """Positions that sort whole numbers of up to 32 bits, none negative, and leave equal ones as they stand.

    numpy sorts 16 bits in linear time, so it is done in two turns, or in one where 16 bits suffice.

    >>> in_order(np.array([70_000, 5, 70_000, 4])).tolist()
    [3, 1, 0, 2]
    """
    order = np.argsort((number & 0xFFFF).astype(np.uint16), kind="stable")
    if number.max(initial=0) <= 0xFFFF:
        return order
    return np.asarray(order[np.argsort((number >> 16).astype(np.uint16)[order], kind="stable")])


class Ledger:
    """Balances of every account and the entries of the running month."""

    def __init__(self, accounts: int) -> None:
        self.balance = np.zeros(accounts, dtype=np.int64)
        self._entries: list[np.ndarray] = []

    def post(
        self, day: Value, account: np.ndarray, kind: Value, amount: np.ndarray, party: Value, ref: Value = 0
    ) -> None:
        """Book entries; a kind's direction gives the sign. Amounts are positive cents."""
        if not len(account):
            return
        entries = rows(ENTRY, len(account), day=day, account=account, kind=kind, amount=amount, party=party, ref=ref)
        np.add.at(self.balance, account, SIGN[entries["kind"]] * amount)
        self._entries.append(entries)

    def close_month(self, opening: np.ndarray) -> np.ndarray:
        """Return the month's entries by account, in booking order, with the balance after each."""
        entries = stacked(ENTRY, self._entries)
        self._entries = []
        entries = entries.take(in_order(entries["account"]))
        signed = SIGN[entries["kind"]] * entries["amount"]
        entries["balance"] = opening[entries["account"]] + running_total(entries["account"], signed)
        return entries


def running_total(group: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """Cumulative sum that starts again whenever ``group`` changes.

    >>> running_total(np.array([1, 1, 2]), np.array([5, 6, 7])).tolist()
    [5, 11, 7]
    """
    if not len(group):
        return amount
    total = np.cumsum(amount)
    first = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    before = total[first] - amount[first]
    return np.asarray(total - np.repeat(before, np.diff(np.r_[first, len(group)])))


class Calendar:
    """Records waiting for their day, kept by month so that only the running month is sorted."""

    def __init__(self) -> None:
        self._waiting: list[np.ndarray] = []
        self._month = np.zeros(0, dtype=DUE)
        self._edges = np.zeros(1, dtype=np.int64)
        self._first = 0

    def add(self, records: np.ndarray) -> None:
        """Put records on the calendar; those of a month already opened must be added before it is opened."""
        if len(records):
            self._waiting.append(records)

    def open_month(self, first: int, last: int) -> None:
        """Sort the records that fall due until ``last``; the rest keeps waiting."""
        pool = self.waiting()
        now = pool["day"] <= last
        self._waiting = [taken(pool, ~now)]
        month = taken(pool, now)
        day = np.maximum(month["day"], first) - first
        self._month = month.take(in_order(day))
        self._edges = np.r_[0, np.cumsum(np.bincount(day, minlength=last - first + 1))]
        self._first = first

    def due(self, day: int) -> np.ndarray:
        """The records of one day of the opened month."""
        k = day - self._first
        return self._month[self._edges[k] : self._edges[k + 1]]

    def withdraw(self, kinds: tuple[int, ...], refs: np.ndarray) -> np.ndarray:
        """Take off and return the records of some kinds with the given references that no opened month holds."""
        pool = self.waiting()
        gone = np.isin(pool["kind"], kinds) & np.isin(pool["ref"], refs)
        self._waiting = [taken(pool, ~gone)]
        return taken(pool, gone)

    def waiting(self) -> np.ndarray:
        """Every record that lies after the opened month."""
        if len(self._waiting) != 1:
            self._waiting = [stacked(DUE, self._waiting)]
        return self._waiting[0]
