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
        entries = np.concatenate([np.zeros(0, dtype=ENTRY), *self._entries])
        self._entries = []
        entries = entries[np.argsort(entries["account"], kind="stable")]
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
        pool = np.concatenate([np.zeros(0, dtype=DUE), *self._waiting])
        now = pool["day"] <= last
        self._waiting = [pool[~now]]
        month = pool[now]
        day = np.maximum(month["day"], first)
        self._month = month[np.argsort(day, kind="stable")]
        self._edges = np.searchsorted(np.sort(day), np.arange(first, last + 2))
        self._first = first

    def due(self, day: int) -> np.ndarray:
        """The records of one day of the opened month."""
        k = day - self._first
        return self._month[self._edges[k] : self._edges[k + 1]]

    def withdraw(self, kinds: tuple[int, ...], refs: np.ndarray) -> np.ndarray:
        """Take off and return the records of some kinds with the given references that no opened month holds."""
        pool = self.waiting()
        gone = np.isin(pool["kind"], kinds) & np.isin(pool["ref"], refs)
        self._waiting = [pool[~gone]]
        return np.asarray(pool[gone])

    def waiting(self) -> np.ndarray:
        """Every record that lies after the opened month."""
        return np.concatenate([np.zeros(0, dtype=DUE), *self._waiting])
