"""How long invoices wait for their money; the limit policy reads it where there is no statement."""

from features.catalogue.feature import Text
from features.catalogue.grammar import plain

LITTLE = Text(
    "平均未结金额除以开票金额（Little，Operations Research 第9卷，1961年）",
    "mean open amount over the amount invoiced (Little, Operations Research 9, 1961)",
)
UNKNOWN = Text(
    "未知：发票不足一年，或能见到收付款的交易对手的发票过少",
    "unknown: less than a year of invoices, or too few of them to parties whose payments are seen",
)

FEATURES = tuple(
    plain(name, "profile", 0, "days", zh, en, window=12, level="lines", missing=UNKNOWN, source=LITTLE)
    for name, zh, en in (
        ("receivables_days_paid_12m", "近12个月开票至收款天数", "days from invoice to receipt, last 12 months"),
        (
            "payables_days_paid_12m",
            "近12个月收票至付款天数",
            "days from a supplier's invoice to payment, last 12 months",
        ),
    )
)
