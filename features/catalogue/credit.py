"""What is owed already, here and elsewhere, and how heavy it is to carry."""

from features.catalogue.grammar import mean, plain, ratio

NONE = "zero: no such credit is known"

FEATURES = (
    mean("inflow_financing", 12, "credit"),
    mean("outflow_financing", 6, "credit"),
    mean("outflow_financing", 12, "credit"),
    ratio(
        "service_to_income_12m", "outflow_financing_mean_12m", "income_mean_12m", "credit", 1,
        "近12个月还本付息占收入比", "debt service over true income, last 12 months",
    ),
    ratio(
        "borrowed_to_income_12m", "inflow_financing_mean_12m", "income_mean_12m", "credit", 1,
        "近12个月融资流入占收入比", "borrowed inflow over true income, last 12 months",
    ),
    plain("exposure_ours", "credit", 0, "CNY", "本行存量授信", "committed limits of ours", missing=NONE),
    plain("exposure_all", "credit", 0, "CNY", "全部机构存量授信", "committed limits of all lenders", missing=NONE),
    ratio(
        "exposure_to_income", "exposure_all", "income_sum_12m", "credit", 1,
        "存量授信与年收入之比", "committed limits over a year's true income",
    ),
    plain("overdue", "credit", 1, "CNY", "他行逾期金额", "overdue with other lenders", missing=NONE),
    plain("lenders", "credit", 0, "lenders", "授信机构数", "lenders with an open limit", missing=NONE),
    plain("queries_6m", "credit", 1, "queries", "近6个月申请类征信查询次数", "credit queries for applications, last 6 months", window=6, missing=NONE),
    plain("court_events_12m", "credit", 1, "events", "近12个月被诉与被执行次数", "lawsuits against and enforcement, last 12 months", window=12, missing=NONE),
)  # fmt: skip
