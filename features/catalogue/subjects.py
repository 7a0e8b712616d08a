"""What is measured each month: every subject as a sum over rows of one panel table."""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

CASH_FLOW = ("tax", "social_insurance", "utility", "payroll", "rent", "fee", "insurance")


@dataclass(frozen=True)
class Subject:
    """A monthly quantity with its names; ``table`` is the panel table that it is summed from."""

    name: str
    zh: str
    en: str
    table: str
    value: Callable[[ir.Table], ir.Value]


def _amount(direction: str = "", nature: str = "", category: str = "") -> Callable[[ir.Table], ir.Value]:
    def value(t: ir.Table) -> ir.Value:
        wanted = [t[k] == v for k, v in (("direction", direction), ("nature", nature), ("category", category)) if v]
        return ibis.ifelse(ibis.and_(*wanted), t.amount, ibis.null(t.amount.type()))

    return value


def _lines(direction: str) -> Callable[[ir.Table], ir.Value]:
    return lambda t: ibis.ifelse(t.direction == direction, t.lines, 0)


def _net(t: ir.Table) -> ir.Value:
    """Operating cash flow after tax, before drawings and debt service; cash counts in full, it is there to pay with."""
    counted = t.nature.isin(["operating", "refund", *CASH_FLOW]) & ~((t.direction == "in") & t.nature.isin(CASH_FLOW))
    signed = ibis.ifelse(t.direction == "in", t.amount, -t.amount)
    return ibis.ifelse(counted, signed, ibis.literal(0, "decimal(18,2)"))


def _drawn(t: ir.Table) -> ir.Value:
    """What owners and related parties took out less what they put in."""
    theirs = t.nature.isin(["owner", "related_party"])
    return ibis.ifelse(theirs, ibis.ifelse(t.direction == "out", t.amount, -t.amount), ibis.literal(0, "decimal(18,2)"))


def _fixed(t: ir.Table) -> ir.Value:
    """What is owed each month whether or not anything is sold."""
    owed = (t.direction == "out") & t.nature.isin(["payroll", "rent", "utility", "social_insurance", "insurance"])
    return ibis.ifelse(owed, t.amount, ibis.literal(0, "decimal(18,2)"))


def _active(side: str) -> Callable[[ir.Table], ir.Value]:
    return lambda t: ibis.ifelse(t.side == side, 1, 0)


def _due(what: str, *kinds: str) -> Callable[[ir.Table], ir.Value]:
    return lambda t: ibis.ifelse(t.kind.isin(kinds), t[what], ibis.null(t[what].type()))


UTILITIES = ("electricity", "water", "gas")
KINDS = (*UTILITIES, "vat", "tax", "social_insurance")

SUBJECTS: dict[str, Subject] = {
    s.name: s
    for s in (
        Subject("income", "真实经营收入", "true operating income", "flow", lambda t: t.income),
        Subject("income_low", "真实经营收入下限", "lower end of true income", "flow", lambda t: t.income_low),
        Subject("income_high", "真实经营收入上限", "upper end of true income", "flow", lambda t: t.income_high),
        Subject("billed", "票据兑付收入", "income that settles bills received", "flow", lambda t: t.billed),
        Subject("bills_received", "销售收到票据", "bills received for sales", "bill", lambda t: t.received),
        Subject(
            "net_operating",
            "经营净现金流（提款与还本付息前）",
            "operating cash flow before drawings and debt service",
            "flow",
            _net,
        ),
        Subject("inflow_total", "总流入", "gross inflow", "flow", _amount("in")),
        Subject("outflow_total", "总流出", "gross outflow", "flow", _amount("out")),
        Subject("inflow_operating", "经营性流入", "operating inflow", "flow", _amount("in", "operating")),
        Subject("outflow_operating", "经营性流出", "operating outflow", "flow", _amount("out", "operating")),
        Subject("inflow_cash", "现金流入", "cash deposits", "flow", _amount("in", "operating", "cash")),
        Subject(
            "inflow_platform",
            "第三方支付流入",
            "payment-platform inflow",
            "flow",
            _amount("in", "operating", "third_party_payment"),
        ),
        Subject("inflow_financing", "融资流入", "borrowed inflow", "flow", _amount("in", "financing")),
        Subject("outflow_financing", "还本付息支出", "debt service", "flow", _amount("out", "financing")),
        Subject("bridged", "过桥后归还的贷款", "loan repayments over a bridge", "flow", lambda t: t.bridged),
        Subject("came_back", "回流的贷款资金", "payments out of loans that came back", "flow", lambda t: t.came_back),
        Subject("inflow_own", "同名转入", "own transfers in", "flow", _amount("in", "own_transfer")),
        Subject("inflow_related", "关联方流入", "related-party inflow", "flow", _amount("in", "related_party")),
        Subject(
            "outflow_interest", "透支与罚息支出", "overdraft and penalty interest", "flow", _amount("out", "interest")
        ),
        Subject("outflow_tax", "缴税支出", "tax paid", "flow", _amount("out", "tax")),
        Subject(
            "outflow_social_insurance", "社保支出", "social insurance paid", "flow", _amount("out", "social_insurance")
        ),
        Subject("outflow_utility", "水电气支出", "utilities paid", "flow", _amount("out", "utility")),
        Subject("outflow_payroll", "工资支出", "payroll", "flow", _amount("out", "payroll")),
        Subject("outflow_rent", "租金支出", "rent paid", "flow", _amount("out", "rent")),
        Subject("outflow_fee", "银行手续费支出", "bank fees paid", "flow", _amount("out", "fee")),
        Subject("outflow_refund", "退款支出", "refunds to customers", "flow", _amount("out", "refund")),
        Subject("inflow_refund", "收到退款", "refunds from suppliers", "flow", _amount("in", "refund")),
        Subject("inflow_tax", "退税流入", "tax refunds received", "flow", _amount("in", "tax")),
        Subject(
            "inflow_non_operating",
            "补贴等营业外流入",
            "subsidies and other non-operating inflow",
            "flow",
            _amount("in", "non_operating"),
        ),
        Subject(
            "outflow_court",
            "法院等司法扣划与付款",
            "deductions by courts and payments to them",
            "flow",
            _amount("out", "non_operating", "public_body"),
        ),
        Subject("owner_flows", "业主往来", "flows with the owner, both ways", "flow", _amount(nature="owner")),
        Subject("flows_total", "收支总额", "gross flows, both ways", "flow", lambda t: t.amount),
        Subject("inflow_wash", "空转流入", "washed inflow", "flow", _amount("in", "wash")),
        Subject("inflow_owner", "业主转入", "paid in by the owner", "flow", _amount("in", "owner")),
        Subject(
            "fixed_costs",
            "刚性支出（工资租金水电保险）",
            "fixed costs: payroll, rent, utilities, insurance",
            "flow",
            _fixed,
        ),
        Subject("drawings", "业主与关联方净支取", "net drawings of owners and related parties", "flow", _drawn),
        Subject("lines_inflow", "流入笔数", "inflow lines", "flow", _lines("in")),
        Subject("lines_outflow", "流出笔数", "outflow lines", "flow", _lines("out")),
        Subject("dues", "公共缴费应缴额", "public payments due", "public", _due("due", *KINDS)),
        Subject("dues_paid", "公共缴费已缴额", "public payments paid", "public", _due("paid", *KINDS)),
        Subject("dues_late", "公共缴费逾期次数", "public payments late", "public", _due("late", *KINDS)),
        Subject("dues_count", "公共缴费次数", "public payments", "public", _due("count", *KINDS)),
        Subject("electricity", "用电量", "electricity used", "public", _due("quantity", "electricity")),
        Subject("peak_usage", "峰段用电量", "electricity used at peak hours", "public", _due("peak", "electricity")),
        Subject(
            "timed_usage", "分时计量用电量", "electricity metered by the hour", "public", _due("timed", "electricity")
        ),
        Subject("declared", "增值税申报销售额", "declared VAT sales", "public", _due("quantity", "vat")),
        Subject("headcount", "参保人数", "people insured", "public", _due("headcount", "social_insurance")),
        Subject("balance_average", "日均余额", "average balance", "balance", lambda t: t.average),
        Subject("balance_lowest", "最低余额", "lowest balance", "balance", lambda t: t.lowest),
        Subject("balance_closing", "月末余额", "closing balance", "balance", lambda t: t.closing),
        Subject("customers", "活跃客户数", "active customers", "party", _active("inflow")),
        Subject("suppliers", "活跃供应商数", "active suppliers", "party", _active("outflow")),
        Subject("payees", "逐人发放工资的人数", "people paid wages one by one", "payee", lambda t: t.payees),
        Subject("active_days", "有流水的天数", "days with lines", "integrity", lambda t: t.active_days),
        Subject("negative_days", "透支天数", "days overdrawn", "balance", lambda t: t.negative_days),
    )
}
