"""The credit book: applications, our loans with their instalments, and what other lenders lent."""

from dataclasses import dataclass, field

import numpy as np

from simulation.ledger import NOBODY

APPLICATION = np.dtype(
    [
        ("firm", "i4"),
        ("day", "i4"),
        ("amount", "i8"),
        ("term", "i4"),
        ("purpose", "i2"),
        ("outcome", "i2"),
        ("loan", "i4"),
    ]
)
LOAN = np.dtype(
    [
        ("firm", "i4"),
        ("application", "i4"),
        ("day", "i4"),
        ("matures", "i4"),
        ("principal", "i8"),
        ("rate", "f8"),
        ("term", "i4"),
        ("repayment", "i2"),
        ("purpose", "i2"),
        ("renews", "i4"),
        ("closed", "i4"),
        ("default", "i4"),
        ("written_off", "i4"),
        ("diverted", "f8"),
        ("restructured", "i4"),
        ("called", "i4"),
        ("recovered", "i4"),
        ("secured", "?"),
        ("guarantor", "i4"),
    ]
)
INSTALMENT = np.dtype(
    [
        ("loan", "i4"),
        ("firm", "i4"),
        ("number", "i4"),
        ("due", "i4"),
        ("principal", "i8"),
        ("interest", "i8"),
        ("paid", "i8"),
        ("paid_on", "i4"),
    ]
)
BORROWING = np.dtype(
    [
        ("firm", "i4"),
        ("lender", "i4"),
        ("bank", "i2"),
        ("day", "i4"),
        ("term", "i4"),
        ("principal", "i8"),
        ("service", "i8"),
        ("paid", "i8"),
        ("closed", "i4"),
    ]
)
OUTCOMES = ("declined", "admitted", "admitted_at_random", "withdrawn")
PURPOSES = ("working_capital", "raw_material", "equipment", "renovation")
REPAYMENTS = ("annuity", "equal_principal", "interest_only", "bullet")
RECOVERIES = ("payment", "guarantor", "collateral", "court", "sale")
RECOVERY = np.dtype([("loan", "i4"), ("day", "i4"), ("amount", "i8"), ("kind", "i2")])
DECLINED, ADMITTED, AT_RANDOM, _ = range(len(OUTCOMES))
ANNUITY, EQUAL, INTEREST_ONLY, BULLET = range(len(REPAYMENTS))
_, GUARANTOR, COLLATERAL, COURT, _ = range(len(RECOVERIES))
DAYS_TO_DEFAULT = 90


@dataclass
class Book:
    """Records that only grow; a record's number is its position."""

    n: int
    applications: np.ndarray
    loans: np.ndarray
    instalments: np.ndarray
    borrowings: np.ndarray
    applied: np.ndarray
    refused: np.ndarray
    renewed: set[int] = field(default_factory=set)

    @classmethod
    def empty(cls, n: int) -> "Book":
        """A book with nothing in it, for ``n`` firms."""
        asked, loans, parts, others = (np.zeros(0, dtype=kind) for kind in (APPLICATION, LOAN, INSTALMENT, BORROWING))
        never = np.full(n, -10_000, dtype=np.int64)
        return cls(n, asked, loans, parts, others, applied=never.copy(), refused=never.copy())

    def live(self) -> np.ndarray:
        """Numbers of the loans that are neither settled nor written off."""
        return np.flatnonzero((self.loans["closed"] == NOBODY) & (self.loans["written_off"] == NOBODY))

    def unpaid_principal(self) -> np.ndarray:
        """Cents of principal still owed on each loan; interest is counted as paid first."""
        part = self.instalments
        left = np.minimum(part["principal"], part["principal"] + part["interest"] - part["paid"])
        return np.bincount(part["loan"], weights=left, minlength=len(self.loans)).astype(np.int64)

    def ours(self) -> np.ndarray:
        """Yuan of principal that each firm owes us."""
        live = self.live()
        return np.bincount(self.loans["firm"][live], weights=self.unpaid_principal()[live] / 100, minlength=self.n)

    def owed(self) -> np.ndarray:
        """Yuan of principal that each firm owes all lenders."""
        others = self.borrowings[self.borrowings["closed"] == NOBODY]
        left = np.maximum(0, others["principal"] - others["paid"]) / 100
        return np.asarray(self.ours() + np.bincount(others["firm"], weights=left, minlength=self.n))

    def days_past_due(self, today: int) -> np.ndarray:
        """Days past due of each loan: the age of its oldest instalment that is not paid in full."""
        late = self.instalments[(self.instalments["paid_on"] == NOBODY) & (self.instalments["due"] < today)]
        oldest = np.full(len(self.loans), today, dtype=np.int64)
        np.minimum.at(oldest, late["loan"], late["due"])
        return np.asarray(today - oldest)


def append(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Records with more behind them."""
    return np.concatenate([old, new])
