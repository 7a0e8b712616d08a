"""One feature as the catalogue knows it, and the row of monthly columns that its formula reads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, NamedTuple, TypeAlias

import ibis.expr.types as ir

from features.catalogue.subjects import SUBJECTS


class Text(NamedTuple):
    """What a user reads, in Chinese and in English."""

    zh: str
    en: str


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
    "behaviour",
    "profile",
    "peers",
    "health",
]
# What it takes to know a feature. A firm chooses whether it shows what is ``public``: bills, filings, contributions.
Level = Literal["lines", "statistics", "public", "register", "question"]
# Every unit, with its Chinese.
UNITS: Final[dict[str, str]] = {
    "0 or 1": "0 或 1",
    "A=1 ... D=5": "等级",
    "A=1 ... T=20": "行业门类",
    "CNY": "元",
    "CNY a line": "元/笔",
    "CNY a month": "元/月",
    "CNY a person": "元/人",
    "accounts": "个账户",
    "correlation": "相关系数",
    "days": "天",
    "events": "次",
    "index": "指数",
    "instalments": "期",
    "kWh": "千瓦时",
    "kWh a yuan": "千瓦时/元",
    "lenders": "家机构",
    "lines": "笔",
    "lines a day": "笔/天",
    "loans": "笔",
    "micro=1 ... large=4": "规模",
    "months": "个月",
    "parties": "家",
    "payments": "笔",
    "persons": "人",
    "points of 100": "分（百分制）",
    "points, 0 to 100": "分，0 至 100",
    "quartile ranges": "四分位距",
    "queries": "次",
    "ratio": "比值",
    "share": "占比",
    "share of accounts": "账户占比",
    "share of lines": "笔数占比",
    "share of months": "月数占比",
    "share of the mean a month": "每月占均值之比",
}
FAMILIES: Final[dict[str, Text]] = {
    "level": Text("收支水平", "level of flows"),
    "stability": Text("稳定性", "stability"),
    "trend": Text("趋势", "trend"),
    "liquidity": Text("流动性", "liquidity"),
    "concentration": Text("交易对手集中度", "concentration of counterparties"),
    "public_payments": Text("公共缴费", "public payments"),
    "credit": Text("用信记录", "use of credit"),
    "coverage": Text("流水覆盖度", "coverage of the flows"),
    "integrity": Text("流水可信度", "credibility of the account lines"),
    "application": Text("申请信息", "the application"),
    "behaviour": Text("用信后表现", "behaviour of the loan"),
    "profile": Text("企业概况", "profile of the firm"),
    "peers": Text("同业与同地区比较", "comparison with industry and region"),
    "health": Text("交易对手健康度", "health of counterparties"),
}
# They tell of other firms, who gave no consent, and so no reason and no counterfactual names them.
UNTOLD: Final[frozenset[Family]] = frozenset({"health"})
Number: TypeAlias = ir.NumericValue
Part: TypeAlias = Callable[[str, Number], Number]


@dataclass(frozen=True, kw_only=True)
class Feature:
    """What an analyst must know of a feature, and how it is computed.

    ``window`` is in whole months before the ``as_of`` month, 0 for a stock on the date. ``direction`` is +1 where
    a higher value means more risk, -1 where it means less, and 0 without an argument for either. ``missing``
    says what a missing value means. ``level`` is ``statistics`` where monthly statistics are enough, ``lines``
    where it takes lines, and ``public`` where it takes bills, filings or contributions. ``after`` names the features that the formula reads.
    """

    name: str
    family: Family
    window: int
    unit: str
    direction: Literal[-1, 0, 1]
    missing: Text
    level: Level
    zh: str
    en: str
    source: Text
    formula: Callable[["Row"], Number]
    after: tuple[str, ...] = ()

    @property
    def scored(self) -> bool:
        """Whether a score before the loan may read it: only what tells on which side the risk lies."""
        return bool(self.direction)

    def reason(self, *, adverse: bool) -> tuple[str, str]:
        """The reason in Chinese and English when the value speaks against the firm, or for it.

        Raises
        ------
        ValueError
            For a feature without a direction, or one that tells of other firms: it cannot be a reason.
        """
        if not self.direction:
            raise ValueError(f"feature '{self.name}' has no direction and cannot be a reason")
        if self.family in UNTOLD:
            raise ValueError(f"feature '{self.name}' tells of firms that gave no consent and cannot be a reason")
        high = (self.direction > 0) == adverse
        return f"{self.zh}{'偏高' if high else '偏低'}", f"{self.en}: {'high' if high else 'low'}"


class Months:
    """A subject over the known months of a window, the latest first.

    What many formulas read of the same months is a ``part``, which the row reckons once.
    """

    def __init__(self, values: ir.ArrayValue, part: "Part | None" = None) -> None:
        self._values = values
        self._part: Part = part or (lambda _, value: value)

    @property
    def known(self) -> Number:
        """How many there are, as a float."""
        return self._part("known", self._values.length().fill_null(0).cast("float64"))

    @property
    def ranked(self) -> ir.ArrayValue:
        """The values, the smallest first."""
        return self._values.sort()

    def sum(self) -> Number:
        """The sum in the order of the months, so that the bits do not depend on threads; null without a month."""
        return self._part("sum", self._values.sums())

    def squares(self) -> Number:
        """The sum of squares."""
        return self._part("squares", self.each(lambda v: v * v).sum())

    def mean(self) -> Number:
        """The mean; null without a month."""
        return self.sum() / self.known.nullif(0.0)

    def min(self) -> Number:
        """The smallest."""
        return self._part("min", self._values.mins())

    def max(self) -> Number:
        """The largest."""
        return self._part("max", self._values.maxs())

    def each(self, change: Callable[..., Number]) -> "Months":
        """Every month changed by a function of its value, or of its value and its place, 0 for the latest."""
        return Months(self._values.map(change))

    def against(self, other: "Months", change: Callable[[Number, Number], Number]) -> "Months":
        """A function of this and another subject's months, place by place; null where one is not known."""
        return Months(self._values.zip(other._values).map(lambda pair: change(pair.f1, pair.f2)))

    def where(self, condition: Callable[[Number], Number]) -> "Months":
        """The months that fulfil a condition."""
        return Months(self._values.filter(condition))


class Row:
    """The columns that a formula may read: months of a subject, stocks, and features of an earlier stage.

    ``parts`` collects, by name, what formulas asked of months and the table does not have as a column yet.
    """

    def __init__(self, table: ir.Table) -> None:
        self._table = table
        self.parts: dict[str, Number] = {}

    def __getitem__(self, name: str) -> Number:
        value: Number = self._table[name]
        return value

    def months(self, subject: str, window: int, skip: int = 0) -> Months:
        """The known months of a window that ends ``skip`` months before the last; unknown balances are left out."""
        values = self._table[subject][skip : skip + window]
        if SUBJECTS[subject].table == "balance":
            values = values.filter(lambda v: v.notnull())
        return Months(values, partial(self._part, f"{subject}__{skip + 1}_{skip + window}"))

    def pair(self, subject: str, skip: int) -> Months:
        """January and February of the year that the last whole February belongs to, or ``skip`` months before."""
        return self.two(subject, self["base_since_february"] + skip)

    def two(self, subject: str, last: Number) -> Months:
        """The month that lies ``last`` months before the date's and the one before it."""
        first = last.cast("int64") - 1
        return Months(self._table[subject][first : first + 2])

    def _part(self, months: str, measure: str, value: Number) -> Number:
        name = f"{months}_{measure}"
        if name in self._table.columns:
            return self[name]
        self.parts[name] = value
        return value


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
