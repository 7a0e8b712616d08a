"""What was asked for, against what there is: the question itself, not evidence."""

from features.catalogue.feature import Feature, Text
from features.catalogue.grammar import plain
from features.catalogue.relations import ratio

NOT_ASKED = Text("未知：未提出申请金额", "unknown: no amount was asked for")


def _asked(name: str, top: str, bottom: str, zh: str, en: str) -> Feature:
    return ratio(name, top, bottom, "application", 1, zh, en)


FEATURES = (
    plain("requested_amount", "application", 0, "CNY", "申请金额", "amount asked for", level="question", missing=NOT_ASKED),
    plain("requested_term_months", "application", 0, "months", "申请期限", "term asked for", level="question", missing=NOT_ASKED),
    plain("requested_instalment", "application", 1, "CNY a month", "每月应还本金", "principal a month", level="question", missing=NOT_ASKED),
    _asked("requested_to_income", "requested_amount", "income_sum_12m", "申请金额与年收入之比", "amount asked for over a year's true income"),
    _asked("requested_instalment_to_income", "requested_instalment", "income_mean_6m", "月还本额与月均收入之比", "principal a month over mean monthly true income"),
    _asked("requested_instalment_to_balance", "requested_instalment", "balance_average_mean_6m", "月还本额与日均余额之比", "principal a month over the average balance"),
)  # fmt: skip
