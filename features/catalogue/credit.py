"""What is owed already, here and elsewhere, and how heavy it is to carry."""

from features.catalogue.feature import Text
from features.catalogue.grammar import mean, months_where, plain, recent, slope, total, typical
from features.catalogue.relations import over, ratio

NONE = Text("按零计：没有已知的此类记录", "zero: no such record is known")
NONE_DUE = Text("未知：本行贷款没有到期的分期", "unknown: no instalment of ours fell due")

# What is owed already counts as risk whatever it has been before: more debt must never raise a limit.

FEATURES = (
    *(mean("inflow_financing", window, "credit") for window in (6, 12)),
    typical("outflow_financing", 6, "credit"),
    *(mean("outflow_financing", window, "credit") for window in (6, 12)),
    ratio(
        "service_to_income_12m", "outflow_financing_mean_12m", "income_mean_12m", "credit", 1,
        "近12个月还本付息占收入比", "debt service over true income, last 12 months",
    ),
    ratio(
        "borrowed_to_income_12m", "inflow_financing_mean_12m", "income_mean_12m", "credit", 1,
        "近12个月融资流入占收入比", "borrowed inflow over true income, last 12 months",
    ),
    plain("exposure_ours", "credit", 1, "CNY", "本行存量授信", "committed limits of ours", missing=NONE),
    plain("exposure_due", "credit", 1, "CNY", "本行一个月内到期授信", "committed limits of ours that end within a month", missing=NONE),
    plain("service_due", "credit", 1, "CNY", "未来12个月月均应还本息", "principal and interest due a month, next 12 months", missing=NONE),
    plain("exposure_all", "credit", 1, "CNY", "全部机构存量授信", "committed limits of all lenders", missing=NONE),
    plain("exposure_group", "credit", 1, "CNY", "本行对同一集团其他企业存量授信", "committed limits of ours to other firms of its group", missing=NONE),
    ratio(
        "exposure_to_income", "exposure_all", "income_sum_12m", "credit", 1,
        "存量授信与年收入之比", "committed limits over a year's true income",
    ),
    plain("overdue", "credit", 1, "CNY", "他行逾期金额", "overdue with other lenders", missing=NONE),
    plain("lenders", "credit", 1, "lenders", "授信机构数", "lenders with an open limit", missing=NONE),
    plain("used_share", "credit", 1, "ratio", "他行授信使用率", "share of other lenders' limits that is used", missing=Text("未知：没有已知的此类授信", "unknown: no such limit is known")),
    plain("balance_others", "credit", 1, "CNY", "他行贷款余额", "balance with other lenders", missing=NONE),
    plain("lenders_non_bank", "credit", 1, "lenders", "非银行授信机构数", "lenders that are no banks", missing=NONE),
    plain("new_lenders_6m", "credit", 1, "lenders", "近6个月新增授信机构数", "lenders with a limit opened in the last 6 months", window=6, missing=NONE),
    # the six months have the direction already
    plain("new_lenders_3m", "credit", 0, "lenders", "近3个月新增授信机构数", "lenders with a limit opened in the last 3 months", window=3, missing=NONE),
    plain("guaranteed", "credit", 1, "CNY", "对外担保余额", "guarantees given for others", missing=NONE),
    plain("late_instalments_12m", "credit", 1, "instalments", "近12个月至当日本行逾期还款期数", "instalments of ours paid late or unpaid, last 12 months up to the date", window=12, missing=NONE_DUE),
    plain("days_past_due_max_12m", "credit", 1, "days", "近12个月至当日本行最长逾期天数", "longest delay of an instalment of ours, last 12 months up to the date", window=12, missing=NONE_DUE),
    *(over("outflow_financing", "income", window, "credit", 1) for window in (3, 24)),
    *(over("outflow_financing", "net_operating", window, "credit", 1) for window in (6, 12, 24)),
    over("inflow_financing", "income", 3, "credit", 1),
    over("inflow_financing", "outflow_financing", 12, "credit"),
    over("inflow_financing", "inflow_total", 12, "credit", 1),
    slope("outflow_financing", 12, "credit"),
    recent("outflow_financing", 3, 12, "credit"),
    *(
        months_where("borrowing_months", "inflow_financing", window, "credit", 0, lambda v: v > 0, "大于零的月数", "months with any")
        for window in (6, 12, 24)
    ),
    ratio(
        "guaranteed_to_income", "guaranteed", "income_sum_12m", "credit", 1,
        "对外担保与年收入之比", "guarantees given over a year's true income",
    ),
    ratio(
        "balance_others_to_income", "balance_others", "income_sum_12m", "credit", 1,
        "他行贷款余额与年收入之比", "balance with other lenders over a year's true income",
    ),
    total("outflow_court", 12, "credit"),
    over("outflow_court", "income", 12, "credit"),
    months_where("months", "outflow_court", 12, "credit", 0, lambda v: v > 0, "大于零的月数", "months with any"),
    *(
        feature
        for subject, whole, windows in (("bridged", "outflow_financing", (12, 24)), ("came_back", "inflow_financing", (12,)))
        for window in windows
        for feature in (
            months_where("months", subject, window, "credit", 0, lambda v: v > 0, "大于零的月数", "months with any"),
            over(subject, whole, window, "credit", 0, "share"),
        )
    ),
    plain("frozen_accounts", "credit", 0, "accounts", "冻结账户数", "accounts that are frozen", missing=Text("按零计：没有已知的此类账户", "zero: no such account is known")),
    plain("queries_3m", "credit", 1, "queries", "近3个月申请类征信查询次数", "credit queries for applications, last 3 months", window=3, missing=NONE),
    plain("queries_12m", "credit", 1, "queries", "近12个月申请类征信查询次数", "credit queries for applications, last 12 months", window=12, missing=NONE),
    plain("court_events_36m", "credit", 1, "events", "近36个月被诉与被执行次数", "lawsuits against and enforcement, last 36 months", window=36, missing=NONE),
    plain("queries_6m", "credit", 1, "queries", "近6个月申请类征信查询次数", "credit queries for applications, last 6 months", window=6, missing=NONE),
    plain("court_events_12m", "credit", 1, "events", "近12个月被诉与被执行次数", "lawsuits against and enforcement, last 12 months", window=12, missing=NONE),
)  # fmt: skip
