"""Tax, social insurance and utilities: paid each month, on time, and in step with the business."""

from typing import Final

import ibis

from features.catalogue.feature import Feature, Number, Row, Text
from features.catalogue.grammar import (
    NOTHING,
    OWN,
    falls,
    floor_share,
    gap_months,
    mean,
    off_peak,
    plain,
    positive,
    recent,
    same_period,
    silent,
    slope,
    spring,
    total,
    variation,
)
from features.catalogue.relations import over, ratio, together

P: Final = "public_payments"
NOT_DUE = Text("未知：没有到期应缴的费用", "unknown: nothing was due")


def _declared(window: int) -> Feature:
    """The money received has the VAT in it, sales are declared without."""

    def formula(row: Row) -> Number:
        declared = row.months("declared", window).sum() * (row["base_vat_rate"] + 1.0)
        return positive(declared, row.months("income", window).sum())

    return Feature(
        name=f"declared_with_vat_to_income_{window}m", family=P, window=window, unit="ratio", direction=0,
        missing=NOTHING, level="public", zh=f"近{window}个月增值税申报销售额（含税）与真实经营收入之比",
        en=f"declared VAT sales with the tax on them over true income, last {window} months", source=OWN, formula=formula,
    )  # fmt: skip


def _payees(window: int) -> Feature:
    """Over the months in which both are told; what a bank pays on for the firm names nobody and tells nothing."""

    def formula(row: Row) -> Number:
        paid, insured = row.months("payees", window), row.months("headcount", window)
        people = paid.against(insured, lambda p, i: ibis.ifelse((p > 0) & (i > 0), p, None)).sum()
        return people / paid.against(insured, lambda p, i: ibis.ifelse((p > 0) & (i > 0), i, None)).sum()

    return Feature(
        name=f"payees_to_headcount_{window}m", family=P, window=window, unit="ratio", direction=0,
        missing=Text(
            "未知：没有既有参保人数、工资又逐人发放且无一人占到一半的月份",
            "unknown: no month with people insured whose wages are paid to each by name, none with half of them",
        ),
        level="public", zh=f"近{window}个月逐人发放工资的人数与参保人数之比",
        en=f"people paid wages by name over people insured, last {window} months", source=OWN, formula=formula,
    )  # fmt: skip


def _peak_change(window: int) -> Feature:
    """On the same months a year before, all of which must be known."""

    def share(row: Row, skip: int) -> Number:
        return positive(row.months("peak_usage", window, skip).sum(), row.months("timed_usage", window, skip).sum())

    def formula(row: Row) -> Number:
        return ibis.ifelse(row.months("timed_usage", window, 12).known == window, share(row, 0) - share(row, 12), None)

    return Feature(
        name=f"peak_usage_to_timed_usage_change_{window}m", family=P, window=window, unit="share", direction=0,
        missing=Text(
            "未知：两个期间中有月份未知，或分母不大于零",
            "unknown: a month of the two periods is unknown, or nothing to divide by",
        ),
        level="public",
        zh=f"近{window}个月峰段用电量占分时计量用电量比重较上年同期变动",
        en=f"change of the share of electricity used at peak hours in electricity metered by the hour on a year before, last {window} months",
        source=OWN, formula=formula,
    )  # fmt: skip


def _refund_wait(row: Row) -> Number:
    """The months between two refunds count from the first to the last, so that two are needed."""
    places = row.months("inflow_tax", 24).each(lambda v, place: ibis.ifelse(v > 0, place.cast("float64"), None))
    places = places.where(lambda place: place.notnull())
    return positive(places.min() * (places.known - 1), places.max() - places.min())


FEATURES = (
    total("outflow_tax", 12, P, -1),
    mean("outflow_tax", 12, P, -1),
    gap_months("outflow_tax", 12),
    mean("outflow_social_insurance", 12, P),
    gap_months("outflow_social_insurance", 12),
    mean("outflow_utility", 12, P),
    variation("outflow_utility", 12, P),
    *(gap_months("outflow_utility", window) for window in (6, 12)),
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
    *(variation(f"outflow_{subject}", 12, P) for subject in ("tax", "social_insurance", "payroll")),
    variation("electricity", 24, P),
    *(variation(subject, 12, P) for subject in ("headcount", "declared")),
    gap_months("outflow_tax", 24),
    *(gap_months("outflow_social_insurance", window) for window in (6, 24)),
    *(gap_months("outflow_payroll", window) for window in (6, 24)),
    gap_months("outflow_utility", 24),
    gap_months("outflow_rent", 12),
    gap_months("electricity", 12),
    *(
        silent(f"outflow_{subject}", 12, P)
        for subject in ("payroll", "tax", "social_insurance", "utility", "rent")
    ),
    *(floor_share(subject, 12, P) for subject in ("electricity", "headcount", "outflow_payroll")),
    *(slope(subject, 12, P) for subject in ("electricity", "headcount", "declared", "outflow_payroll", "outflow_tax")),
    *(recent(subject, 3, 12, P) for subject in ("electricity", "headcount", "outflow_payroll", "outflow_tax", "outflow_utility")),
    same_period("electricity", 3, P),
    *(same_period("headcount", window, P, -1) for window in (3, 12)),
    *(same_period("declared", window, P) for window in (3, 12)),
    *(same_period(f"outflow_{subject}", 12, P) for subject in ("payroll", "tax", "social_insurance", "utility")),
    *(spring(subject, P) for subject in ("electricity", "outflow_payroll")),
    *(falls(subject, 12, P) for subject in ("electricity", "headcount", "declared", "outflow_payroll")),
    *(off_peak(subject, 12, P) for subject in ("electricity", "headcount")),
    *(together("income", subject, 12, P) for subject in ("electricity", "outflow_tax", "outflow_payroll", "declared")),
    together("income", "outflow_operating", 12, "stability"),
    *(over(f"outflow_{subject}", "income", 12, P) for subject in ("social_insurance", "payroll")),
    *(over(f"outflow_{subject}", "income", 3, P) for subject in ("tax", "payroll", "utility")),
    over("electricity", "income", 12, P, 0, "kWh a yuan"),
    over("outflow_payroll", "headcount", 12, P, 0, "CNY a person"),
    *(_declared(window) for window in (12, 24)),
    over("declared", "income", 24, P),
    *(_payees(window) for window in (3, 12)),
    over("peak_usage", "timed_usage", 12, P, 0, "share"),
    *(_peak_change(window) for window in (3, 12)),
    Feature(
        name="inflow_tax_wait_24m", family=P, window=24, unit="ratio", direction=0, level="statistics",
        missing=Text("未知：有退税的月份不足2个", "unknown: fewer than two months with any"), zh="近24个月退税流入距上次的月数与通常间隔之比",
        en="months since the last over the usual months between two: tax refunds received, last 24 months",
        source=OWN, formula=_refund_wait,
    ),
    *(over("dues_late", "dues_count", window, P, 1) for window in (3, 24)),
    plain("unpaid_dues", P, 1, "CNY", "已到期未缴公共费用", "public payments due and unpaid", level="public", missing=NOT_DUE),
    plain("unpaid_dues_days", P, 1, "days", "最早一笔未缴公共费用逾期天数", "days since the oldest public payment unpaid was due", level="public", missing=NOT_DUE),
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
        level="public",
    ),
    ratio(
        "dues_paid_share_12m",
        "dues_paid_sum_12m",
        "dues_sum_12m",
        P,
        -1,
        "近12个月公共缴费已缴比例",
        "share of public payments due that is paid, last 12 months",
        level="public",
    ),
    ratio(
        "dues_late_share_12m",
        "dues_late_sum_12m",
        "dues_count_sum_12m",
        P,
        1,
        "近12个月公共缴费逾期比例",
        "share of public payments made late, last 12 months",
        level="public",
    ),
)  # fmt: skip
