"""How much of the firm is seen at all: evidence of accounts that were not shown."""

from collections.abc import Callable
from typing import Literal

import ibis

from features.catalogue.feature import Feature, Level, Number, Row, Text, add, divide, zero
from features.catalogue.grammar import plain

NONE = Text("按零计：没有已知的此类账户", "zero: no such account is known")
NO_TRANSFER = Text("按零计：没有已知的此类转账", "zero: no such transfer is known")
NO_FLOW = Text("未知：没有已知流水", "unknown: no flow is known")
YEAR = Text(
    "未知：已知流水不足12个月，或没有可比数据",
    "unknown: fewer than twelve months of flows are known, or nothing to compare with",
)
# What is not shown is hidden for a reason: debts, losses, sales kept from the tax office. Nobody hides what speaks for
# him, so that a higher share seen never speaks against a firm.
HIDDEN = Text(
    "本项目假设：未展示的不会对企业有利", "assumption of the project: what is not shown does not speak for the firm"
)
PUBLIC = ("outflow_tax", "outflow_social_insurance", "outflow_utility")


def _feature(
    name: str,
    direction: Literal[-1, 0, 1],
    zh: str,
    en: str,
    formula: Callable[[Row], Number],
    *,
    missing: Text = YEAR,
    level: Level = "statistics",
    after: tuple[str, ...] = (),
) -> Feature:
    return Feature(
        name=name, family="coverage", window=12, unit="ratio", direction=direction, missing=missing, level=level,
        zh=zh, en=en, source=HIDDEN, formula=formula, after=after,
    )  # fmt: skip


def _sum(row: Row, subject: str, first: int, last: int) -> Number:
    """The sum over the months ``first`` to ``last`` before the date; null unless the last of them is known."""
    months = row.months(subject, last - first + 1, first - 1)
    return ibis.ifelse(months.known == last - first + 1, months.sum(), None)


def _known_sum(row: Row, subject: str) -> Number:
    return zero(row.months(subject, 12).sum())


def _one_ended(row: Row) -> Number:
    flows = _known_sum(row, "inflow_total") + _known_sum(row, "outflow_total")
    transfers = row["base_unseen_transfer_in"] + row["base_unseen_transfer_out"]
    share = divide(transfers, flows)
    return ibis.ifelse(share > 1, 1.0, share)


def _missed(paid: Number, seen: Number) -> Number:
    """The share of what was paid that no flow seen can have paid."""
    return divide(ibis.greatest(paid - seen, 0.0), paid)


def _dues(row: Row) -> Number:
    """The last month is left out of what was paid: its flows may be booked after the month's end."""
    seen = add([_sum(row, subject, 1, 12) for subject in PUBLIC])
    return ibis.ifelse(seen.notnull(), _missed(_sum(row, "dues_paid", 2, 12), seen), None)


def _instalments(row: Row) -> Number:
    seen = _sum(row, "outflow_financing", 1, 12)
    return ibis.ifelse(seen.notnull(), _missed(row["base_instalments_paid"], seen), None)


def _declared(row: Row) -> Number:
    """Sales are declared in the month after their period, so that the flows are those of one month before."""
    return divide(_sum(row, "declared", 1, 12), _sum(row, "inflow_operating", 2, 13))


PARTS = ("unseen_transfer_share_12m", "declared_to_inflow_12m", "dues_unseen_share_12m", "instalments_unseen_share_12m")


def _score(row: Row) -> Number:
    """The smallest of the shares that each kind of evidence leaves: each is a bound on what is seen."""
    transfers, declared, dues, instalments = (row[name] for name in PARTS)
    seen = ibis.least(1 - transfers, 1 / ibis.greatest(declared, 1.0), 1 - dues, 1 - instalments)
    return ibis.ifelse(transfers.notnull(), seen, None)


FEATURES = (
    plain("unseen_accounts", "coverage", 0, "accounts", "未展示的本企业账户数（至少）", "own accounts not shown, at least", missing=NONE),
    plain("unseen_transfer_in", "coverage", 0, "CNY", "近12个月自未展示本企业账户转入", "received from own accounts not shown, last 12 months", window=12, level="lines", missing=NO_TRANSFER),
    plain("unseen_transfer_out", "coverage", 0, "CNY", "近12个月向未展示本企业账户转出", "sent to own accounts not shown, last 12 months", window=12, level="lines", missing=NO_TRANSFER),
    _feature(
        "unseen_transfer_share_12m", 1, "近12个月与未展示本企业账户往来占总收支比",
        "transfers with own accounts not shown over gross flows, last 12 months", _one_ended,
        missing=NO_FLOW,
    ),
    _feature(
        "declared_to_inflow_12m", 0, "近12个月申报销售额与经营性流入之比",
        "declared VAT sales over operating inflow, last 12 months", _declared, level="public",
    ),
    _feature(
        "dues_unseen_share_12m", 1, "近12个月已缴公共费用中未见付款流水的比例",
        "share of public payments made that no flow seen has paid, last 12 months", _dues, level="public",
    ),
    _feature(
        "instalments_unseen_share_12m", 1, "近12个月已还本行贷款中未见还款流水的比例",
        "share of our instalments paid that no flow seen has paid, last 12 months", _instalments,
    ),
    plain("statistics_gap_share", "coverage", 1, "ratio", "近12个月流水与平台统计差异比例", "difference of lines and platform statistics, last 12 months", window=12, missing=Text("未知：没有流水与平台统计兼有的月份", "unknown: no month is told by both")),
    _feature(
        "coverage_score_12m", -1, "近12个月流水覆盖度", "share of the firm's flows that is seen, last 12 months", _score,
        after=PARTS, missing=NO_FLOW,
    ),
)  # fmt: skip
