"""Credit: what others lend, what was asked for, what we lent, and how it was paid."""

from features.contract.model import Table
from features.contract.words import ENTERPRISE, KNOWN_AT, LOAN, day, flag, money, number, quantity, text

REPAYMENT = ("annuity", "equal_principal", "interest_only", "bullet")

credit_line = Table(
    name="credit_line",
    zh="他行授信",
    en="A limit or loan of another lender as the credit report shows it",
    key=("credit_line_id",),
    columns=(
        text(name="credit_line_id", zh="授信编号", en="identifier in the credit report"),
        ENTERPRISE,
        text(name="institution", zh="授信机构", en="the lender"),
        text(name="kind", zh="机构类型", en="kind of lender", values=("bank", "non_bank")),
        money(name="committed", zh="授信额度", en="committed limit", minimum=0),
        money(name="balance", zh="余额", en="drawn balance", minimum=0),
        money(name="overdue", zh="逾期金额", en="amount overdue", minimum=0),
        money(name="monthly_service", zh="月还款额", en="principal and interest a month", nullable=True, minimum=0),
        day(name="opened_on", zh="开立日期", en="date opened"),
        day(name="matures_on", zh="到期日", en="maturity", nullable=True),
        day(name="closed_on", zh="结清日期", en="date closed", nullable=True),
        KNOWN_AT,
    ),
)

guarantee = Table(
    name="guarantee",
    zh="担保",
    en="A guarantee given or received by the firm",
    key=("guarantee_id",),
    columns=(
        text(name="guarantee_id", zh="担保编号", en="identifier of the guarantee"),
        ENTERPRISE,
        text(
            name="side",
            zh="方向",
            en="given for another, or received for the firm's own debt",
            values=("given", "received"),
        ),
        text(name="party_id", zh="对方编号", en="whom it is given for or by", privacy="personal"),
        money(name="amount", zh="担保金额", en="amount guaranteed", minimum=0),
        day(name="starts_on", zh="起始日", en="first day"),
        day(name="ends_on", zh="到期日", en="last day", nullable=True),
        day(name="called_on", zh="代偿日期", en="date on which the guarantor paid", nullable=True),
        KNOWN_AT,
    ),
)

application = Table(
    name="application",
    zh="贷款申请",
    en="An application for a loan and what became of it",
    key=("application_id",),
    columns=(
        text(name="application_id", zh="申请编号", en="identifier of the application"),
        ENTERPRISE,
        day(name="applied_on", zh="申请日期", en="date of the application: its as-of date"),
        money(name="amount", zh="申请金额", en="amount asked for", minimum=0),
        number(name="term_months", zh="申请期限", en="term asked for", nullable=True, unit="months", minimum=1),
        text(
            name="purpose",
            zh="用途",
            en="purpose",
            values=(
                "working_capital",
                "raw_material",
                "equipment",
                "renovation",
                "refinancing",
                "consumption",
                "unknown",
            ),
        ),
        text(
            name="outcome",
            zh="结果",
            en="what became of it; drawn at random marks the admitted-at-random group",
            nullable=True,
            values=("declined", "admitted", "admitted_at_random", "withdrawn"),
        ),
        KNOWN_AT,
    ),
)

loan = Table(
    name="loan",
    zh="贷款",
    en="A loan of ours; restructuring, write-off and settlement come as later versions",
    key=("loan_id",),
    columns=(
        text(name="loan_id", zh="贷款编号", en="identifier of the loan"),
        ENTERPRISE,
        text(
            name="application_id",
            zh="申请编号",
            en="the application it came from",
            nullable=True,
            references="application.application_id",
        ),
        text(name="product", zh="产品", en="product"),
        text(name="purpose", zh="用途", en="agreed purpose", nullable=True),
        text(name="payee", zh="受托支付对象", en="entrusted payee", nullable=True, privacy="confidential"),
        text(name="repayment", zh="还款方式", en="how it is repaid", values=REPAYMENT),
        money(name="committed", zh="合同额度", en="committed limit", minimum=0),
        money(name="principal", zh="放款金额", en="amount disbursed", minimum=0),
        quantity(name="annual_rate", zh="年利率", en="contract rate a year", minimum=0, maximum=1),
        number(name="term_months", zh="期限", en="contract term", unit="months", minimum=1),
        day(name="disbursed_on", zh="放款日期", en="date of disbursement"),
        day(name="matures_on", zh="到期日", en="contract maturity"),
        flag(name="secured", zh="有抵押", en="true when secured by collateral", nullable=True),
        text(name="renewed_from", zh="续贷来源", en="loan that this one renews", nullable=True),
        text(name="group_id", zh="集团", en="group of connected borrowers", nullable=True),
        day(name="restructured_on", zh="重组日期", en="distressed restructuring", nullable=True),
        day(name="written_off_on", zh="核销日期", en="write-off", nullable=True),
        day(name="closed_on", zh="结清日期", en="settlement", nullable=True),
        KNOWN_AT,
    ),
)

instalment = Table(
    name="instalment",
    zh="还款计划与还款",
    en="One instalment as due; what was paid comes as later versions with the total paid so far",
    key=("loan_id", "number"),
    month_of="due_on",
    columns=(
        LOAN,
        ENTERPRISE,
        number(name="number", zh="期数", en="number of the instalment", minimum=1),
        day(name="due_on", zh="应还日期", en="date due"),
        money(name="principal_due", zh="应还本金", en="principal due", minimum=0),
        money(name="interest_due", zh="应还利息", en="interest due", minimum=0),
        money(name="paid", zh="已还金额", en="total paid so far", minimum=0),
        day(name="paid_on", zh="结清日期", en="date on which it was paid in full", nullable=True),
        KNOWN_AT,
    ),
)

recovery = Table(
    name="recovery",
    zh="清收",
    en="Money recovered after default, with its cost",
    key=("recovery_id",),
    columns=(
        text(name="recovery_id", zh="清收编号", en="identifier of the recovery"),
        LOAN,
        ENTERPRISE,
        day(name="recovered_on", zh="回收日期", en="date received"),
        money(name="amount", zh="回收金额", en="amount recovered", minimum=0),
        money(name="cost", zh="清收费用", en="cost of recovering it", minimum=0),
        text(name="kind", zh="方式", en="how", values=("payment", "guarantor", "collateral", "court", "sale")),
        KNOWN_AT,
    ),
)

CREDIT = (credit_line, guarantee, application, loan, instalment, recovery)
