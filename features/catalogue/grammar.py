"""The words of the catalogue: measure x subject x window, each giving a ``Feature`` with its texts."""

from collections.abc import Callable
from typing import Literal

import ibis

from features.catalogue.feature import Family, Feature, Level, Months, Number, Row, Text, divide
from features.catalogue.subjects import SUBJECTS, Subject
from features.evidence.lent import SUMS

Direction = Literal[-1, 0, 1]
OWN = Text("本项目设计", "design of the project")
UNKNOWN = Text("未知", "unknown")
MISSING = Text("未知：窗口内没有已知月份", "unknown: no month of the window is known")
BY_ZERO = Text("未知：分子或分母未知，或分母为零", "unknown: a part is unknown, or the divisor is zero")
NOTHING = Text("未知：分子或分母未知，或分母不大于零", "unknown: a part is unknown, or nothing to divide by")
FEW = Text("未知：已知月份不足3个", "unknown: fewer than three months")
FEW_OR_ZERO = Text(
    "未知：已知月份不足3个，或均值不大于零", "unknown: fewer than three months, or a mean of zero or less"
)
FESTIVAL = Text(
    "春节落在1月或2月，只有两月合计可比",
    "the Spring Festival falls in January or February, so that only the pair can be compared",
)
# 80 % of a normal distribution lies above its mean less this many deviations.
NORMAL_20 = 0.8416
# Months whose squares differ from those of their mean by less than this share are alike: what is left is rounding.
ALIKE = 1e-9


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
    missing: Text = MISSING,
) -> Feature:
    return Feature(
        name=f"{subject.name}_{measure}_{window}m",
        family=family,
        window=window,
        unit=unit,
        direction=direction,
        missing=missing,
        level=level_of(subject),
        zh=f"近{window}个月{zh}",
        en=f"{en}, last {window} months",
        source=OWN,
        formula=formula,
    )


def around(months: Months) -> Number:
    """The sum of squares around the mean; 0 where the months are alike but for rounding."""
    squares = months.squares()
    around = squares - months.sum() * months.sum() / months.known.nullif(0.0)
    return ibis.ifelse(around > ALIKE * squares, around, 0.0)


def _variance(months: Months) -> Number:
    """The sample variance."""
    return around(months) / (months.known - 1).nullif(0.0)


def positive(numerator: Number, denominator: Number) -> Number:
    """A ratio that is null unless the denominator is above zero."""
    return ibis.ifelse(denominator > 0, numerator / denominator.nullif(0.0), None)


def level_of(*subjects: Subject) -> Level:
    """Bills, filings and contributions by themselves; balances, parties, days and loans' money by lines alone."""
    tables = {subject.table for subject in subjects}
    by_statistics = tables <= {"flow", "bill"} and not any(subject.name in SUMS for subject in subjects)
    return "public" if "public" in tables else "statistics" if by_statistics else "lines"


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
    s, months = SUBJECTS[subject], _of(subject, window)

    def formula(row: Row) -> Number:
        values = months(row)
        return ibis.ifelse(values.known >= 3, positive(_variance(values).sqrt(), values.mean()), None)

    return _feature(
        "cv", s, window, family, direction, "ratio", f"{s.zh}波动系数", f"variation of {s.en}", formula,
        missing=FEW_OR_ZERO,
    )  # fmt: skip


def slope(subject: str, window: int, family: Family = "trend", direction: Direction = 0) -> Feature:
    """Least-squares slope per month over the absolute mean; needs four known months."""
    s, months = SUBJECTS[subject], _of(subject, window)

    def formula(row: Row) -> Number:
        values = months(row)
        n = values.known
        rise = values.each(lambda v, place: ((n - 1) / 2 - place) * v).sum()
        return ibis.ifelse(n >= 4, divide(rise / (n * (n * n - 1) / 12).nullif(0.0), values.mean().abs()), None)

    return _feature(
        "slope", s, window, family, direction, "share of the mean a month", f"{s.zh}月度趋势", f"monthly trend of {s.en}",
        formula, missing=Text("未知：已知月份不足4个，或均值为零", "unknown: fewer than four months, or a mean of zero"),
    )  # fmt: skip


def low_quantile(subject: str, window: int, family: Family = "level") -> Feature:
    """The 20 % quantile of the known months, the lower of the two neighbours; needs three months."""
    s, months = SUBJECTS[subject], _of(subject, window)

    def formula(row: Row) -> Number:
        values = months(row)
        place = ((values.known - 1) * 0.2).floor().cast("int32")
        return ibis.ifelse(values.known >= 3, values.ranked[place], None)

    return _feature(
        "q20", s, window, family, -1, "CNY", f"{s.zh}20%分位", f"20 % quantile of monthly {s.en}", formula,
        missing=FEW,
    )  # fmt: skip


def typical(subject: str, window: int, family: Family) -> Feature:
    """The median of the known months, the upper of the two in the middle: what comes once does not count."""
    s, months = SUBJECTS[subject], _of(subject, window)

    def formula(row: Row) -> Number:
        values = months(row)
        place = (values.known / 2).floor().cast("int32")
        return ibis.ifelse(values.known > 0, values.ranked[place], None)

    return _feature("median", s, window, family, 0, "CNY", f"{s.zh}月度中位数", f"median monthly {s.en}", formula)


def cautious(subject: str, window: int) -> Feature:
    """The mean less 0.84 standard errors: one year in five is weaker, were the months independent and normal."""
    s, months = SUBJECTS[subject], _of(subject, window)

    def formula(row: Row) -> Number:
        values = months(row)
        error = (_variance(values) / values.known.nullif(0.0)).sqrt()
        return ibis.ifelse(values.known >= 3, values.mean() - NORMAL_20 * error, None)

    return _feature(
        "cautious", s, window, "level", -1, "CNY", f"{s.zh}审慎均值", f"cautious mean of monthly {s.en}", formula,
        missing=FEW,
    )  # fmt: skip


def smallest(subject: str, window: int) -> Feature:
    """The smallest of the known months."""
    s, months = SUBJECTS[subject], _of(subject, window)
    return _feature(
        "min", s, window, "liquidity", -1, "CNY", f"{s.zh}最小值", f"smallest {s.en}", lambda row: months(row).min()
    )


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
    s, last, months = SUBJECTS[subject], _of(subject, short), _of(subject, window)
    return _feature(
        f"last{short}_to", s, window, family, direction, "ratio", f"月均{s.zh}中近{short}个月与整体之比",
        f"mean {s.en} of the last {short} months over the whole", lambda row: divide(last(row).mean(), months(row).mean()),
        missing=Text("未知：任一窗口未知，或整个窗口为零", "unknown: a window is unknown, or the whole one is zero"),
    )  # fmt: skip


def same_period(subject: str, window: int, family: Family = "trend", direction: Direction = 0) -> Feature:
    """Change against the same months a year before; needs every month of both."""
    s, now, then = SUBJECTS[subject], _of(subject, window), _of(subject, window, 12)

    def formula(row: Row) -> Number:
        change = divide(now(row).sum(), then(row).sum()) - 1
        return ibis.ifelse(then(row).known == window, change, None)

    return _feature(
        "yoy", s, window, family, direction, "ratio", f"{s.zh}同比", f"year-on-year change of {s.en}", formula,
        missing=Text("未知：两个期间中有月份未知，或上年同期为零", "unknown: a month of the two periods is unknown, or nothing a year before"),
    )  # fmt: skip


def spring(subject: str, family: Family = "trend") -> Feature:
    """Change of the last January and February together against the pair before: the Spring Festival moves between them."""
    s = SUBJECTS[subject]

    def formula(row: Row) -> Number:
        now, then = row.pair(subject, 0), row.pair(subject, 12)
        return ibis.ifelse(then.known == 2, divide(now.sum(), then.sum()) - 1, None)

    return Feature(
        name=f"{subject}_spring_yoy_24m", family=family, window=24, unit="ratio", direction=0,
        missing=Text("未知：两年的1-2月中有月份未知，或较早一年为零", "unknown: a month of the two pairs is unknown, or nothing in the earlier one"), level=level_of(s),
        zh=f"最近1-2月合计{s.zh}同比", en=f"{s.en} of the last January and February against the pair before",
        source=FESTIVAL, formula=formula,
    )  # fmt: skip


def falls(subject: str, window: int = 12, family: Family = "trend", direction: Direction = 1) -> Feature:
    """Months that are lower than the same month a year before; needs every month of both."""
    s, now, then = SUBJECTS[subject], _of(subject, window), _of(subject, window, 12)

    def formula(row: Row) -> Number:
        change = now(row).against(then(row), lambda this, last: this - last)
        return ibis.ifelse(then(row).known == window, change.where(lambda v: v < 0).known, None)

    return _feature(
        "down_months", s, window, family, direction, "months", f"{s.zh}同比下降的月数", f"months below a year before: {s.en}",
        formula, missing=Text("未知：两个期间中有月份未知", "unknown: a month of the two periods is unknown"),
    )  # fmt: skip


def silent(subject: str, window: int = 12, family: Family = "stability") -> Feature:
    """Months since the last with anything; all known months where there was nothing."""
    s, months = SUBJECTS[subject], _of(subject, window)

    def formula(row: Row) -> Number:
        values = months(row)
        some = values.each(lambda v, place: ibis.ifelse(v > 0, place.cast("float64"), float(window))).min()
        return ibis.ifelse(values.known > 0, ibis.least(some, values.known), None)

    return _feature(
        "silent_months", s, window, family, 1, "months", f"{s.zh}距上次发生的月数", f"months since the last: {s.en}", formula
    )  # fmt: skip


def peak_share(subject: str, window: int) -> Feature:
    """The largest month over the sum: how much hangs on one month."""
    s, months = SUBJECTS[subject], _of(subject, window)
    return _feature(
        "peak_share", s, window, "stability", 0, "share", f"{s.zh}最高月占比", f"share of the largest month: {s.en}",
        lambda row: positive(months(row).max(), months(row).sum()), missing=NOTHING,
    )  # fmt: skip


def floor_share(subject: str, window: int, family: Family = "stability", direction: Direction = -1) -> Feature:
    """The smallest month over the mean; needs three known months."""
    s, months = SUBJECTS[subject], _of(subject, window)

    def formula(row: Row) -> Number:
        values = months(row)
        return ibis.ifelse(values.known >= 3, positive(values.min(), values.mean()), None)

    return _feature(
        "floor_share", s, window, family, direction, "ratio", f"{s.zh}最低月与月均之比", f"smallest month over the mean: {s.en}",
        formula, missing=FEW_OR_ZERO,
    )  # fmt: skip


def off_peak(subject: str, window: int, family: Family = "trend") -> Feature:
    """The mean of the last three months over the largest month: how far it has come down; needs six known months."""
    s, months, last = SUBJECTS[subject], _of(subject, window), _of(subject, 3)

    def formula(row: Row) -> Number:
        return ibis.ifelse(months(row).known >= 6, positive(last(row).mean(), months(row).max()), None)

    return _feature(
        "last3_to_peak", s, window, family, -1, "ratio", f"{s.zh}近3个月月均与最高月之比",
        f"mean of the last three months over the largest month: {s.en}", formula,
        missing=Text("未知：已知月份不足6个，或最高月不大于零", "unknown: fewer than six months, or nothing"),
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
    level: Level = "register",
    missing: Text = UNKNOWN,
    source: Text = OWN,
) -> Feature:
    """A column that stands in the row already: a stock, a count of parties, a part of the question."""
    return Feature(
        name=name, family=family, window=window, unit=unit, direction=direction, level=level, zh=zh, en=en,
        missing=missing, source=source, formula=lambda row: row[f"base_{name}"],
    )  # fmt: skip
