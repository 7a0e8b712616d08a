"""How long invoices wait for their money; the limit policy reads it where there is no statement."""

from features.catalogue.grammar import plain

LITTLE = "mean open amount over the amount invoiced (Little, Operations Research 9, 1961)"
UNKNOWN = "unknown: less than a year of invoices, or too few of them to parties whose payments are seen"

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
