"""One feature as the catalogue knows it, and the row of monthly columns that its formula reads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import ibis.expr.types as ir

from features.catalogue.subjects import SUBJECTS

Family = Literal[
    "level",
    "stability",
    "trend",
    "liquidity",
    "concentration",
    "public_payments",
    "credit",
    "coverage",
    "integrity",
    "application",
    "profile",
]
Number: TypeAlias = ir.NumericValue


@dataclass(frozen=True, kw_only=True)
class Feature:
    """What an analyst must know of a feature, and how it is computed.

    ``window`` is in whole months before the ``as_of`` month, 0 for a stock on the date. ``direction`` is +1 where
    a higher value means more risk, -1 where it means less, and 0 without an argument for either. ``missing``
    says what a missing value means. ``level`` is ``statistics`` where monthly statistics are enough, else
    ``lines``. ``after`` names the features that the formula reads.
    """

    name: str
    family: Family
    window: int
    unit: str
    direction: Literal[-1, 0, 1]
    missing: str
    level: Literal["lines", "statistics", "register", "question"]
    zh: str
    en: str
    source: str
    formula: Callable[["Row"], Number]
    after: tuple[str, ...] = ()

    def reason(self, *, adverse: bool) -> tuple[str, str]:
        """The reason in Chinese and English when the value speaks against the firm, or for it.

        Raises
        ------
        ValueError
            For a feature without a direction: it cannot be a reason.
        """
        if not self.direction:
            raise ValueError(f"feature '{self.name}' has no direction and cannot be a reason")
        high = (self.direction > 0) == adverse
        return f"{self.zh}{'偏高' if high else '偏低'}", f"{self.en}: {'high' if high else 'low'}"


class Months:
    """A subject over the known months of a window, the latest first."""

    def __init__(self, values: ir.ArrayValue) -> None:
        self._values = values

    @property
    def known(self) -> Number:
        """How many there are, as a float."""
        return self._values.length().fill_null(0).cast("float64")

    @property
    def ranked(self) -> ir.ArrayValue:
        """The values, the smallest first."""
        return self._values.sort()

    def sum(self) -> Number:
        """The sum in the order of the months, so that the bits do not depend on threads; null without a month."""
        total: Number = self._values.sums()
        return total

    def mean(self) -> Number:
        """The mean; null without a month."""
        return self.sum() / self.known.nullif(0.0)

    def min(self) -> Number:
        """The smallest."""
        smallest: Number = self._values.mins()
        return smallest

    def max(self) -> Number:
        """The largest."""
        largest: Number = self._values.maxs()
        return largest

    def each(self, change: Callable[..., Number]) -> "Months":
        """Every month changed by a function of its value, or of its value and its place, 0 for the latest."""
        return Months(self._values.map(change))

    def where(self, condition: Callable[[Number], Number]) -> "Months":
        """The months that fulfil a condition."""
        return Months(self._values.filter(condition))


class Row:
    """The columns that a formula may read: months of a subject, stocks, and features of an earlier stage."""

    def __init__(self, table: ir.Table) -> None:
        self._table = table

    def __getitem__(self, name: str) -> Number:
        value: Number = self._table[name]
        return value

    def months(self, subject: str, window: int, skip: int = 0) -> Months:
        """The known months of a window that ends ``skip`` months before the last; unknown balances are left out."""
        values = self._table[subject][skip : skip + window]
        return Months(values.filter(lambda v: v.notnull()) if SUBJECTS[subject].table == "balance" else values)


def add(values: Sequence[Number]) -> Number:
    """Sum in the given order, so that the bits do not depend on threads."""
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total


def zero(value: Number) -> Number:
    """The value, or 0 where it is null."""
    return value.fill_null(0.0)


def divide(numerator: Number, denominator: Number) -> Number:
    """A ratio that is null where the denominator is 0."""
    return numerator / denominator.nullif(0.0)
