"""The words of the catalogue: measure x subject x window, each giving a ``Feature`` with its texts."""

from collections.abc import Callable
from typing import Literal

import ibis

from features.catalogue.feature import Family, Feature, Months, Number, Row, divide
from features.catalogue.subjects import SUBJECTS, Subject

Direction = Literal[-1, 0, 1]
OWN = "design of the project"
MISSING = "unknown: no month of the window is known"
# 80 % of a normal distribution lies above its mean less this many deviations.
NORMAL_20 = 0.8416


def _of(subject: str, window: int, skip: int = 0) -> Callable[[Row], Months]:
    return lambda row: row.months(subject, window, skip)


def _feature(
    measure: str,
    subject: Subject,
    window: int,
    family: Family,
    direction: Direction,
    unit: str,
    zh: str,
    en: str,
    formula: Callable[[Row], Number],
    after: tuple[str, ...] = (),
    source: str = OWN,
    missing: str = MISSING,
) -> Feature:
    return Feature(
        name=f"{subject.name}_{measure}_{window}m",
        family=family,
        window=window,
        unit=unit,
        direction=direction,
        missing=missing,
        level="lines" if subject.table == "balance" else "statistics",
        zh=f"近{window}个月{zh}",
        en=f"{en}, last {window} months",
        source=source,
        formula=formula,
        after=after,
    )


def _variance(months: Months, centre: Number) -> Number:
    """The sample variance around a mean that is known."""
    return months.each(lambda v: (v - centre) * (v - centre)).sum() / (months.known - 1).nullif(0.0)


def total(subject: str, window: int, family: Family = "level", direction: Direction = 0, unit: str = "CNY") -> Feature:
    """The sum of the known months."""
    s, months = SUBJECTS[subject], _of(subject, window)
    return _feature(
        "sum", s, window, family, direction, unit, f"{s.zh}合计", f"total {s.en}", lambda row: months(row).sum()
    )


def mean(subject: str, window: int, family: Family = "level", direction: Direction = 0, unit: str = "CNY") -> Feature:
    """The mean of the known months."""
    s, months = SUBJECTS[subject], _of(subject, window)
    return _feature(
        "mean",
        s,
        window,
        family,
        direction,
        unit,
        f"月均{s.zh}",
        f"mean monthly {s.en}",
        lambda row: months(row).mean(),
    )


def variation(subject: str, window: int, family: Family = "stability", direction: Direction = 1) -> Feature:
    """Sample standard deviation over the mean; needs three known months and a mean above zero."""
    s, months, average = SUBJECTS[subject], _of(subject, window), f"{subject}_mean_{window}m"

    def formula(row: Row) -> Number:
        values, centre = months(row), row[average]
        spread = _variance(values, centre).sqrt()
        return ibis.ifelse((values.known >= 3) & (centre > 0), spread / centre.nullif(0.0), None)

    return _feature(
        "cv", s, window, family, direction, "ratio", f"{s.zh}波动系数", f"variation of {s.en}", formula, (average,),
        missing="unknown: fewer than three months, or a mean of zero or less",
    )  # fmt: skip


def slope(subject: str, window: int, family: Family = "trend", direction: Direction = 0) -> Feature:
    """Least-squares slope per month over the absolute mean; needs four known months."""
    s, months, average = SUBJECTS[subject], _of(subject, window), f"{subject}_mean_{window}m"

    def formula(row: Row) -> Number:
        values, centre = months(row), row[average]
        n = values.known
        rise = values.each(lambda v, place: ((n - 1) / 2 - place) * (v - centre)).sum()
        return ibis.ifelse(n >= 4, divide(rise / (n * (n * n - 1) / 12).nullif(0.0), centre.abs()), None)

    return _feature(
        "slope", s, window, family, direction, "share of the mean a month", f"{s.zh}月度趋势", f"monthly trend of {s.en}",
        formula, (average,), missing="unknown: fewer than four months, or a mean of zero",
    )  # fmt: skip


def low_quantile(subject: str, window: int, family: Family = "level", direction: Direction = -1) -> Feature:
    """The 20 % quantile of the known months, the lower of the two neighbours; needs three months."""
    s, months = SUBJECTS[subject], _of(subject, window)

    def formula(row: Row) -> Number:
        values = months(row)
        place = ((values.known - 1) * 0.2).floor().cast("int32")
        return ibis.ifelse(values.known >= 3, values.ranked[place], None)

    return _feature(
        "q20", s, window, family, direction, "CNY", f"{s.zh}20%分位", f"20 % quantile of monthly {s.en}", formula,
        missing="unknown: fewer than three months",
    )  # fmt: skip


def cautious(subject: str, window: int, family: Family = "level", direction: Direction = -1) -> Feature:
    """The mean less 0.84 standard errors: one year in five is weaker, were the months independent and normal."""
    s, months, average = SUBJECTS[subject], _of(subject, window), f"{subject}_mean_{window}m"

    def formula(row: Row) -> Number:
        values, centre = months(row), row[average]
        error = (_variance(values, centre) / values.known.nullif(0.0)).sqrt()
        return ibis.ifelse(values.known >= 3, centre - NORMAL_20 * error, None)

    return _feature(
        "cautious", s, window, family, direction, "CNY", f"{s.zh}审慎均值", f"cautious mean of monthly {s.en}", formula,
        (average,), missing="unknown: fewer than three months",
    )  # fmt: skip


def smallest(subject: str, window: int, family: Family = "liquidity", direction: Direction = -1) -> Feature:
    """The smallest of the known months."""
    s, months = SUBJECTS[subject], _of(subject, window)
    return _feature(
        "min", s, window, family, direction, "CNY", f"{s.zh}最小值", f"smallest {s.en}",
        lambda row: months(row).min(),
    )  # fmt: skip


def months_where(
    measure: str,
    subject: str,
    window: int,
    family: Family,
    direction: Direction,
    condition: Callable[[Number], Number],
    zh: str,
    en: str,
) -> Feature:
    """How many of the known months fulfil a condition."""
    s, months = SUBJECTS[subject], _of(subject, window)

    def formula(row: Row) -> Number:
        values = months(row)
        return ibis.ifelse(values.known > 0, values.where(condition).known, None)

    return _feature(measure, s, window, family, direction, "months", f"{s.zh}{zh}", f"{en}: {s.en}", formula)


def gap_months(subject: str, window: int, family: Family = "public_payments", direction: Direction = 1) -> Feature:
    """Known months without any payment."""
    return months_where(
        "gap_months", subject, window, family, direction, lambda v: v <= 0, "为零的月数", "months without"
    )


def recent(subject: str, short: int, window: int, family: Family = "trend", direction: Direction = 0) -> Feature:
    """The mean of the last months over the mean of the longer window."""
    s, a, b = SUBJECTS[subject], f"{subject}_mean_{short}m", f"{subject}_mean_{window}m"
    return _feature(
        f"last{short}_to", s, window, family, direction, "ratio", f"月均{s.zh}中近{short}个月与整体之比",
        f"mean {s.en} of the last {short} months over the whole", lambda row: divide(row[a], row[b]), (a, b),
        missing="unknown: a window is unknown or zero",
    )  # fmt: skip


def same_period(subject: str, window: int, family: Family = "trend", direction: Direction = 0) -> Feature:
    """Change against the same months a year before; needs every month of both."""
    s, now, then = SUBJECTS[subject], _of(subject, window), _of(subject, window, 12)

    def formula(row: Row) -> Number:
        change = divide(now(row).sum(), then(row).sum()) - 1
        return ibis.ifelse(then(row).known == window, change, None)

    return _feature(
        "yoy", s, window, family, direction, "ratio", f"{s.zh}同比", f"year-on-year change of {s.en}", formula,
        missing="unknown: a month of the two periods is unknown, or nothing a year before",
    )  # fmt: skip


def ratio(
    name: str,
    top: str,
    bottom: str,
    family: Family,
    direction: Direction,
    zh: str,
    en: str,
    *,
    window: int = 12,
    source: str = OWN,
    scale: float = 1.0,
) -> Feature:
    """One feature over another; null where the lower one is zero."""
    return Feature(
        name=name, family=family, window=window, unit="ratio", direction=direction, level="statistics", zh=zh, en=en,
        missing="unknown: a part is unknown, or the divisor is zero", source=source, after=(top, bottom),
        formula=lambda row: divide(row[top], row[bottom]) * scale,
    )  # fmt: skip


def plain(
    name: str,
    family: Family,
    direction: Direction,
    unit: str,
    zh: str,
    en: str,
    *,
    window: int = 0,
    level: Literal["lines", "statistics", "register", "question"] = "register",
    missing: str = "unknown",
    source: str = OWN,
) -> Feature:
    """A column that stands in the row already: a stock, a count of parties, a part of the question."""
    return Feature(
        name=name, family=family, window=window, unit=unit, direction=direction, level=level, zh=zh, en=en,
        missing=missing, source=source, formula=lambda row: row[f"base_{name}"],
    )  # fmt: skip
