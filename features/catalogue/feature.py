"""One feature as the catalogue knows it, and the row of monthly columns that its formula reads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import ibis
import ibis.expr.types as ir

from features.catalogue.subjects import Subject

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


class Row:
    """The columns that a formula may read: months of a subject, stocks, and features of an earlier stage."""

    def __init__(self, table: ir.Table) -> None:
        self._table = table

    def __getitem__(self, name: str) -> Number:
        value: Number = self._table[name]
        return value

    def months(self, subject: str, window: int, skip: int = 0) -> list[Number]:
        """The subject's months, the latest first: null before the first month that is known."""
        return [self[column(subject, k)] for k in range(skip + 1, skip + window + 1)]

    def known(self, subject: Subject, window: int) -> Number:
        """How many of the last ``window`` months are known, as a float: the known months are the latest ones."""
        return ibis.least(self[f"observed_{subject.table}"].fill_null(0.0), float(window))


def column(subject: str, offset: int) -> str:
    """The name of the column of ``subject`` in the month ``offset`` months before the ``as_of`` month."""
    return f"{subject}__{offset:02d}"


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
