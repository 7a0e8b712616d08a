"""Whether the account lines can be believed: what does not hang together, and a score of 0 to 100 over it.

A component's fault takes its points in proportion, all of them at its bound. What cannot be judged (no balances, too few
lines, no account that earns interest) is left out, and the score is over the rest; under half of the weight there is no
score. The weights are fixed here and not in ``conf/``, because a model that was trained with other weights would read
another feature under the same name; what a score decides is the policy's.
"""

from collections.abc import Callable
from math import log10
from typing import Final, Literal

import ibis

from features.catalogue.feature import Feature, Number, Row, Text, add, divide, zero
from features.catalogue.grammar import OWN
from features.evidence.integrity import DIGITS

FAMILY: Final = "integrity"
ENGINE = Text("某公开的规则引擎，权威性低", "a published rule engine, of low authority")
BENFORD = Text(
    "Benford（1938），《异常数定律》；相关系数至少0.9，出自某公开的规则引擎",
    "Benford (1938), The law of anomalous numbers; correlation of at least 0.9 as in a published rule engine",
)
ENOUGH = 100

# Component: points, the value that keeps all of them, the value that loses all. Continuity (40), interest (22) and first
# digits (4) have the points of the engine, gaps the 5 of its completeness. What it gives to counterparties (17),
# cross-account checks (8) and relations (4), which are judged elsewhere here, is on the other four. Bounds: assumption.
WEIGHTS: dict[str, tuple[int, float, float]] = {
    "balance_break_share_12m": (40, 0.0, 0.05),
    "interest_fit_share_12m": (22, 1.0, 0.0),
    "repeated_line_share_12m": (13, 0.0, 0.05),
    "disordered_line_share_12m": (8, 0.0, 0.05),
    "gap_month_share_12m": (5, 0.0, 0.25),
    "conflicting_line_share_12m": (4, 0.0, 0.05),
    "first_digit_fit_12m": (4, 0.9, 0.5),
    "round_sum_share_12m": (4, 0.3, 0.7),
}
HALF = sum(points for points, _, _ in WEIGHTS.values()) / 2


def _feature(
    name: str,
    direction: Literal[-1, 0, 1],
    unit: str,
    zh: str,
    en: str,
    formula: Callable[[Row], Number],
    missing: Text,
    source: Text = OWN,
    after: tuple[str, ...] = (),
) -> Feature:
    return Feature(
        name=name, family=FAMILY, window=12, unit=unit, direction=direction, missing=missing, level="lines",
        zh=f"近12个月{zh}", en=f"{en}, last 12 months", source=source, formula=formula, after=after,
    )  # fmt: skip


def _share(name: str, part: str, whole: str, zh: str, en: str, missing: Text, unit: str = "share of lines") -> Feature:
    def formula(row: Row) -> Number:
        return divide(row[f"base_{part}"], row[f"base_{whole}"])

    return _feature(name, 1, unit, zh, en, formula, missing)


def _fit(row: Row) -> Number:
    """Pearson's correlation of the shares of first digits with Benford's, which is log10(1 + 1/d)."""
    counts = [zero(row[f"base_digit_{d}"]) for d in DIGITS]
    n = add(counts)
    wanted = [log10(1 + 1 / d) - 1 / len(DIGITS) for d in DIGITS]
    found = [divide(count, n) - 1 / len(DIGITS) for count in counts]
    together = add([f * w for f, w in zip(found, wanted, strict=True)])
    spread = add([f * f for f in found]).sqrt() * sum(w * w for w in wanted) ** 0.5
    return ibis.ifelse(n >= ENOUGH, zero(divide(together, spread)), None)


def _rounds(row: Row) -> Number:
    n = add([zero(row[f"base_digit_{d}"]) for d in DIGITS])
    return ibis.ifelse(n >= ENOUGH, divide(row["base_rounds"], n), None)


def _judged(row: Row) -> Number:
    return add([ibis.ifelse(row[name].isnull(), 0, points) for name, (points, _, _) in WEIGHTS.items()])


def _score(row: Row) -> Number:
    """Points kept over points that could be judged, times 100."""
    kept = [zero(points * _kept(row[name], full, none)) for name, (points, full, none) in WEIGHTS.items()]
    judged = row["credibility_judged_12m"]
    return ibis.ifelse(judged >= HALF, 100 * divide(add(kept), judged), None)


def _kept(value: Number, full: float, none: float) -> Number:
    """The share of a component's points that a value keeps."""
    kept: Number = ((value - none) / (full - none)).clip(lower=0.0, upper=1.0)
    return kept


NO_BALANCES = Text("未知：没有两笔余额可以比对的流水", "unknown: no two lines with balances to compare")
NO_LINES = Text("未知：没有已知的账户流水", "unknown: no account line is known")
FEW = Text(f"未知：金额不足{ENOUGH}笔", f"unknown: fewer than {ENOUGH} amounts")

FEATURES = (
    _share(
        "balance_break_share_12m", "breaks", "linked", "余额不连续的流水占比",
        "share of lines whose balance does not follow from the one before", NO_BALANCES,
    ),
    _share(
        "repeated_line_share_12m", "repeats", "linked", "重复流水占比", "share of lines that repeat another", NO_BALANCES
    ),
    _share(
        "disordered_line_share_12m", "disordered", "lines", "记账顺序颠倒的流水占比",
        "share of lines out of their booking order", NO_LINES,
    ),
    _share(
        "conflicting_line_share_12m", "conflicts", "lines", "重叠对账单相互矛盾的流水占比",
        "share of lines that another line in the same place contradicts", NO_LINES,
    ),
    _share(
        "gap_month_share_12m", "gaps", "span", "流水缺口月份占比", "share of months without the usual days with lines",
        Text(
            "未知：没有跨度满3个月、通常每月至少8天有流水的账户",
            "unknown: no account is in use on eight days of a usual month over three months",
        ),
        "share of months",
    ),
    _feature(
        "interest_fit_share_12m", -1, "share of accounts", "结息与日均余额相符的账户占比",
        "share of accounts whose interest fits their average balance",
        lambda row: divide(row["base_earned"], row["base_earning"]),
        Text(
            "未知：企业没有余额满6个月且日均余额达1万元的人民币账户",
            "unknown: no yuan account of the firm with six months of balances and 10,000 yuan on average",
        ),
        ENGINE,
    ),
    _feature(
        "first_digit_fit_12m", 0, "correlation", "金额首位数字与本福特定律的相关系数",
        "correlation of first digits with Benford's law", _fit, FEW, BENFORD,
    ),
    _feature(
        "round_sum_share_12m", 0, "share of lines", "千元整数倍金额占比", "share of amounts in whole thousands of yuan",
        _rounds, FEW,
    ),
    _feature(
        "credibility_judged_12m", 0, "points of 100", "流水可信度可评价权重",
        "points of credibility that could be judged", _judged, Text("按零计：没有可评价的项目", "zero: nothing could be judged"), ENGINE, tuple(WEIGHTS),
    ),
    _feature(
        "credibility_score_12m", -1, "points, 0 to 100", "流水可信度评分", "credibility of the account lines", _score,
        Text("未知：可评价的权重不足一半", "unknown: under half of its weight could be judged"), ENGINE, ("credibility_judged_12m", *WEIGHTS),
    ),
)  # fmt: skip
