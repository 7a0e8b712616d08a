"""What the financial statements say of the working-capital cycle; the limit policy reads it."""

from features.catalogue.feature import Text
from features.catalogue.grammar import plain

ANNEX = Text(
    "《流动资金贷款管理办法》（金融监管总局令2024年第2号）附件",
    "Measures for working-capital loans, Order 2 of 2024, annex",
)
NO_STATEMENT = Text("未知：没有近两年的财务报表", "unknown: no statement of the last two years")

FEATURES = tuple(
    plain(name, "profile", 0, unit, zh, en, missing=NO_STATEMENT, source=ANNEX)
    for name, unit, zh, en in (
        ("inventory_days", "days", "存货周转天数（财务报表）", "days of inventory by the statements"),
        ("receivables_days", "days", "应收账款周转天数（财务报表）", "days of receivables by the statements"),
        ("payables_days", "days", "应付账款周转天数（财务报表）", "days of payables by the statements"),
        ("prepayments_days", "days", "预付账款周转天数（财务报表）", "days of prepayments by the statements"),
        ("advances_days", "days", "预收账款周转天数（财务报表）", "days of advances from customers by the statements"),
        ("statement_margin", "ratio", "销售利润率（财务报表）", "net profit over revenue by the last statement"),
    )
)
