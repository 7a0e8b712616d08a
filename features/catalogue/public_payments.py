"""Tax, social insurance and utilities: paid each month, on time, and in step with the business."""

from typing import Final

from features.catalogue.grammar import gap_months, mean, ratio, same_period, total, variation

P: Final = "public_payments"

FEATURES = (
    total("outflow_tax", 12, P, -1),
    mean("outflow_tax", 12, P, -1),
    gap_months("outflow_tax", 12),
    mean("outflow_social_insurance", 12, P),
    gap_months("outflow_social_insurance", 12),
    mean("outflow_utility", 12, P),
    variation("outflow_utility", 12, P),
    gap_months("outflow_utility", 6),
    gap_months("outflow_utility", 12),
    mean("outflow_payroll", 12, P),
    gap_months("outflow_payroll", 12),
    total("dues", 12, P),
    total("dues_paid", 12, P),
    total("dues_late", 12, P, 1, "payments"),
    total("dues_count", 12, P, 0, "payments"),
    mean("electricity", 12, P, 0, "kWh"),
    variation("electricity", 12, P),
    same_period("electricity", 12, P),
    mean("headcount", 6, P, 0, "persons"),
    total("declared", 12, P),
    ratio(
        "tax_to_income_12m",
        "outflow_tax_mean_12m",
        "income_mean_12m",
        P,
        0,
        "近12个月缴税占收入比",
        "tax paid over true income, last 12 months",
    ),
    ratio(
        "utility_to_income_12m",
        "outflow_utility_mean_12m",
        "income_mean_12m",
        P,
        0,
        "近12个月水电气支出占收入比",
        "utilities over true income, last 12 months",
    ),
    ratio(
        "declared_to_income_12m",
        "declared_sum_12m",
        "income_sum_12m",
        P,
        0,
        "近12个月增值税申报销售额与真实经营收入之比",
        "declared VAT sales over true income, last 12 months",
    ),
    ratio(
        "dues_paid_share_12m",
        "dues_paid_sum_12m",
        "dues_sum_12m",
        P,
        -1,
        "近12个月公共缴费已缴比例",
        "share of public payments due that is paid, last 12 months",
    ),
    ratio(
        "dues_late_share_12m",
        "dues_late_sum_12m",
        "dues_count_sum_12m",
        P,
        1,
        "近12个月公共缴费逾期比例",
        "share of public payments made late, last 12 months",
    ),
)
