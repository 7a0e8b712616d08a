"""What happened: account lines, monthly statistics, invoices, bills, taxes and public payments."""

from features.contract.model import Table
from features.contract.words import (
    ACCOUNT,
    CATEGORIES,
    DIRECTIONS,
    ENTERPRISE,
    KNOWN_AT,
    day,
    money,
    number,
    quantity,
    text,
)

MONTH = day(name="month", zh="月份", en="first day of the calendar month", first_of_month=True)

line = Table(
    name="line",
    zh="账户流水",
    en="One account transaction",
    key=("line_id",),
    month_of="booked_at",
    ordered_by=("account_id", "booked_at", "sequence"),
    columns=(
        text(name="line_id", zh="流水编号", en="identifier of the line"),
        ACCOUNT,
        ENTERPRISE,
        day(name="booked_at", zh="记账日期", en="booking date"),
        number(name="sequence", zh="账户内顺序号", en="position within the account, rising in booking order"),
        text(name="direction", zh="收支方向", en="into or out of the account", values=DIRECTIONS),
        money(name="amount", zh="金额", en="amount, never negative", minimum=0, privacy="confidential"),
        money(name="balance_after", zh="余额", en="balance after the line", nullable=True, privacy="confidential"),
        text(
            name="counterparty_id",
            zh="对手编号",
            en="identifier of the counterparty",
            nullable=True,
            privacy="personal",
        ),
        text(name="counterparty_name", zh="对手名称", en="name as written", nullable=True, privacy="personal"),
        text(name="counterparty_account", zh="对手账号", en="account as written", nullable=True, privacy="personal"),
        text(name="channel", zh="渠道", en="channel or operation as the bank codes it", nullable=True),
        text(name="summary", zh="摘要", en="summary text as written", nullable=True, privacy="confidential"),
        text(name="reversal_of", zh="冲正流水", en="line that this one reverses", nullable=True),
        KNOWN_AT,
    ),
)

account_month = Table(
    name="account_month",
    zh="账户月度资金",
    en="Balances of an account in a month as its bank reports them",
    key=("account_id", "month"),
    month_of="month",
    columns=(
        ACCOUNT,
        ENTERPRISE,
        MONTH,
        money(name="opening_balance", zh="月初余额", en="balance at the start", nullable=True),
        money(name="closing_balance", zh="月末余额", en="balance at the end"),
        money(name="average_balance", zh="月日均余额", en="average daily balance", nullable=True),
        money(name="lowest_balance", zh="最低余额", en="lowest daily balance", nullable=True),
        money(name="highest_balance", zh="最高余额", en="highest daily balance", nullable=True),
        KNOWN_AT,
    ),
)

platform_month = Table(
    name="platform_month",
    zh="平台月度统计",
    en="The national platform's statistics of one category and direction in a month",
    key=("enterprise_id", "month", "institution", "category", "direction"),
    month_of="month",
    columns=(
        ENTERPRISE,
        MONTH,
        text(name="institution", zh="信息提供机构", en="the account bank that provided it"),
        text(name="category", zh="往来类别", en="one of the six categories", values=CATEGORIES),
        text(name="direction", zh="收支方向", en="in or out", values=DIRECTIONS),
        money(name="amount", zh="金额", en="total of the month", minimum=0),
        number(name="count", zh="笔数", en="number of lines", unit="lines"),
        number(name="counterparties", zh="对手数", en="distinct counterparties", nullable=True),
        quantity(
            name="top5_share", zh="前五大占比", en="share of the five largest", nullable=True, minimum=0, maximum=1
        ),
        money(name="largest", zh="最大单笔", en="largest single line", nullable=True, minimum=0),
        KNOWN_AT,
    ),
)

invoice = Table(
    name="invoice",
    zh="发票",
    en="A valid VAT invoice; a red-letter invoice has negative amounts and nets its original",
    key=("invoice_id",),
    month_of="issued_on",
    columns=(
        text(name="invoice_id", zh="发票编号", en="identifier of the invoice row"),
        ENTERPRISE,
        text(name="direction", zh="方向", en="in: sales, out: purchases", values=DIRECTIONS),
        text(name="number", zh="发票号码", en="printed number"),
        day(name="issued_on", zh="开票日期", en="date of issue"),
        text(name="counterparty_id", zh="对手编号", en="buyer or seller", privacy="confidential"),
        money(name="net", zh="金额", en="net amount"),
        money(name="vat", zh="税额", en="value-added tax"),
        money(name="gross", zh="价税合计", en="gross amount"),
        KNOWN_AT,
    ),
)

bill = Table(
    name="bill",
    zh="票据",
    en="A commercial or bank acceptance; discount and settlement come as later versions",
    key=("bill_id",),
    month_of="received_on",
    columns=(
        text(name="bill_id", zh="票据号码", en="number of the bill"),
        ENTERPRISE,
        text(name="direction", zh="方向", en="in: received, out: issued or endorsed", values=DIRECTIONS),
        text(name="kind", zh="种类", en="who accepts", values=("bank_acceptance", "commercial_acceptance")),
        money(name="amount", zh="票面金额", en="face value", minimum=0),
        text(name="counterparty_id", zh="对手编号", en="from or to whom", nullable=True, privacy="confidential"),
        text(name="ground", zh="基础交易", en="what it settles", values=("sale", "purchase", "financing", "unknown")),
        day(name="received_on", zh="收票日期", en="date received or issued"),
        day(name="matures_on", zh="到期日", en="maturity"),
        day(name="discounted_on", zh="贴现日期", en="date of discount", nullable=True),
        money(name="discount_proceeds", zh="贴现净额", en="proceeds of the discount", nullable=True, minimum=0),
        day(name="settled_on", zh="结清日期", en="date of settlement", nullable=True),
        KNOWN_AT,
    ),
)

utility_bill = Table(
    name="utility_bill",
    zh="水电气账单",
    en="A bill for electricity, water or gas; payment comes as a later version with paid_on",
    key=("bill_id",),
    month_of="period",
    columns=(
        text(name="bill_id", zh="账单编号", en="identifier of the bill"),
        ENTERPRISE,
        text(name="kind", zh="种类", en="what was supplied", values=("electricity", "water", "gas")),
        day(name="period", zh="所属月份", en="first day of the month supplied", first_of_month=True),
        quantity(name="usage", zh="用量", en="kWh or cubic metres", nullable=True, minimum=0, unit="kWh or m3"),
        quantity(
            name="usage_peak", zh="峰段用电量", en="electricity at peak hours", nullable=True, minimum=0, unit="kWh"
        ),
        quantity(
            name="usage_valley", zh="谷段用电量", en="electricity in the valley", nullable=True, minimum=0, unit="kWh"
        ),
        money(name="amount", zh="账单金额", en="amount billed", minimum=0),
        day(name="due_on", zh="缴费截止日", en="date due"),
        day(name="paid_on", zh="缴费日期", en="date paid", nullable=True),
        KNOWN_AT,
    ),
)

tax_filing = Table(
    name="tax_filing",
    zh="纳税申报",
    en="A tax filing of one kind and period; filing and payment come as later versions",
    key=("filing_id",),
    month_of="period_end",
    columns=(
        text(name="filing_id", zh="申报编号", en="identifier of the filing"),
        ENTERPRISE,
        text(
            name="kind",
            zh="税种",
            en="kind of tax",
            values=("vat", "income_tax", "individual_income_tax", "surcharge", "stamp_duty", "business_tax", "other"),
        ),
        day(name="period_start", zh="所属期起", en="first day of the period"),
        day(name="period_end", zh="所属期止", en="last day of the period"),
        money(name="base", zh="计税依据", en="tax base (for VAT: declared sales without tax)", nullable=True),
        money(name="amount_due", zh="应纳税额", en="tax due", nullable=True),
        day(name="due_on", zh="申报截止日", en="date due"),
        day(name="filed_on", zh="申报日期", en="date filed", nullable=True),
        day(name="paid_on", zh="缴款日期", en="date paid", nullable=True),
        money(name="amount_paid", zh="实缴税额", en="tax paid", nullable=True),
        KNOWN_AT,
    ),
)

tax_grade = Table(
    name="tax_grade",
    zh="纳税信用等级",
    en="The tax authority's yearly credit grade",
    key=("enterprise_id", "year"),
    columns=(
        ENTERPRISE,
        number(name="year", zh="评价年度", en="year assessed", minimum=1990, maximum=2100),
        text(name="grade", zh="等级", en="grade", values=("A", "B", "M", "C", "D")),
        KNOWN_AT,
    ),
)

social_insurance = Table(
    name="social_insurance",
    zh="社会保险",
    en="Social insurance of a month; payment comes as a later version",
    key=("enterprise_id", "month"),
    month_of="month",
    columns=(
        ENTERPRISE,
        MONTH,
        number(name="headcount", zh="参保人数", en="people insured", unit="persons"),
        money(name="amount_due", zh="应缴金额", en="contribution due", minimum=0),
        day(name="due_on", zh="缴费截止日", en="date due"),
        day(name="paid_on", zh="缴费日期", en="date paid", nullable=True),
        KNOWN_AT,
    ),
)

court_event = Table(
    name="court_event",
    zh="司法事件",
    en="A lawsuit, enforcement or restriction",
    key=("event_id",),
    columns=(
        text(name="event_id", zh="案件编号", en="identifier of the case"),
        ENTERPRISE,
        text(
            name="kind",
            zh="类型",
            en="kind of event",
            values=(
                "lawsuit_defendant",
                "lawsuit_plaintiff",
                "enforcement",
                "dishonest",
                "consumption_restricted",
                "insolvency",
            ),
        ),
        money(name="amount", zh="标的金额", en="amount at stake", nullable=True, minimum=0),
        day(name="happened_on", zh="发生日期", en="date of the event"),
        day(name="closed_on", zh="结案日期", en="date closed", nullable=True),
        KNOWN_AT,
    ),
)

credit_query = Table(
    name="credit_query",
    zh="征信查询",
    en="A query of the firm's credit report by some lender",
    key=("query_id",),
    columns=(
        text(name="query_id", zh="查询编号", en="identifier of the query"),
        ENTERPRISE,
        day(name="queried_on", zh="查询日期", en="date of the query"),
        text(name="institution", zh="查询机构", en="who queried"),
        text(name="reason", zh="查询原因", en="reason", values=("application", "post_loan", "guarantee", "own")),
        KNOWN_AT,
    ),
)

financial_statement = Table(
    name="financial_statement",
    zh="财务报表",
    en="Optional: the figures of a financial statement that the limit policy uses",
    key=("enterprise_id", "period_end"),
    columns=(
        ENTERPRISE,
        day(name="period_end", zh="报表日期", en="last day of the period"),
        number(name="months", zh="期间月数", en="months covered", unit="months", maximum=12),
        money(name="revenue", zh="营业收入", en="revenue"),
        money(name="cost", zh="营业成本", en="cost of sales"),
        money(name="net_profit", zh="净利润", en="net profit"),
        money(name="inventory", zh="存货", en="inventory"),
        money(name="receivables", zh="应收账款", en="trade receivables"),
        money(name="prepayments", zh="预付账款", en="prepayments to suppliers"),
        money(name="payables", zh="应付账款", en="trade payables"),
        money(name="advances", zh="预收账款", en="advances from customers"),
        money(name="equity", zh="所有者权益", en="equity"),
        KNOWN_AT,
    ),
)

FLOWS = (
    line,
    account_month,
    platform_month,
    invoice,
    bill,
    utility_bill,
    tax_filing,
    tax_grade,
    social_insurance,
    court_event,
    credit_query,
    financial_statement,
)
