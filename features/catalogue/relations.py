"""Words of the catalogue for two subjects, or two features, together."""

import ibis

from features.catalogue.feature import Family, Feature, Level, Number, Row, Text, divide
from features.catalogue.grammar import BY_ZERO, NOTHING, OWN, Direction, around, level_of, positive
from features.catalogue.subjects import SUBJECTS


def together(
    one: str, other: str, window: int, family: Family = "public_payments", direction: Direction = 0
) -> Feature:
    """Pearson's correlation of two subjects; needs every month of both."""
    s, t = SUBJECTS[one], SUBJECTS[other]

    def formula(row: Row) -> Number:
        a, b = row.months(one, window), row.months(other, window)
        common = a.against(b, lambda x, y: x * y).sum() - a.sum() * b.sum() / float(window)
        whole = (a.known == window) & (b.known == window)
        return ibis.ifelse(whole, divide(common, (around(a) * around(b)).sqrt()), None)

    return Feature(
        name=f"{one}_with_{other}_{window}m", family=family, window=window, unit="correlation", direction=direction,
        missing=Text("未知：任一方有月份未知，或一方没有变动", "unknown: a month of either is unknown, or one does not change"), level=level_of(s, t),
        zh=f"近{window}个月{s.zh}与{t.zh}相关系数", en=f"correlation of {s.en} with {t.en}, last {window} months",
        source=OWN, formula=formula,
    )  # fmt: skip


def over(
    top: str,
    bottom: str,
    window: int,
    family: Family,
    direction: Direction = 0,
    unit: str = "ratio",
) -> Feature:
    """One subject over another, summed over the months of the window that are known of each."""
    s, t = SUBJECTS[top], SUBJECTS[bottom]
    return Feature(
        name=f"{top}_to_{bottom}_{window}m", family=family, window=window, unit=unit, direction=direction, missing=NOTHING,
        level=level_of(s, t), zh=f"近{window}个月{s.zh}与{t.zh}之比", en=f"{s.en} over {t.en}, last {window} months",
        source=OWN, formula=lambda row: positive(row.months(top, window).sum(), row.months(bottom, window).sum()),
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
    level: Level = "statistics",
    source: Text = OWN,
    scale: float = 1.0,
    unit: str = "ratio",
) -> Feature:
    """One feature over another; null where the lower one is zero."""
    return Feature(
        name=name, family=family, window=window, unit=unit, direction=direction, level=level, zh=zh, en=en,
        missing=BY_ZERO, source=source, after=(top, bottom),
        formula=lambda row: divide(row[top], row[bottom]) * scale,
    )  # fmt: skip
