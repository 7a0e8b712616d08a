"""Columns and code lists that several tables share."""

from functools import partial

from features.contract.model import Column

CATEGORIES = ("public_body", "own_account", "account_bank", "third_party_payment", "cash", "other_counterparty")
NATURES = (
    "operating",
    "own_transfer",
    "financing",
    "related_party",
    "wash",
    "refund",
    "investment",
    "non_operating",
    "tax",
    "social_insurance",
    "utility",
    "payroll",
    "rent",
    "interest",
    "fee",
    "insurance",
    "owner",
    "unknown",
)
DIRECTIONS = ("in", "out")

text = partial(Column, type="string")
day = partial(Column, type="date")
money = partial(Column, type="money", unit="CNY")
number = partial(Column, type="integer", minimum=0)
quantity = partial(Column, type="quantity")
flag = partial(Column, type="boolean")

ENTERPRISE = text(
    name="enterprise_id", zh="企业编号", en="the firm", privacy="confidential", references="enterprise.enterprise_id"
)
ACCOUNT = text(
    name="account_id", zh="账户编号", en="the account", privacy="confidential", references="account.account_id"
)
LOAN = text(name="loan_id", zh="贷款编号", en="the loan", references="loan.loan_id")
KNOWN_AT = day(name="known_at", zh="获知日期", en="date on which the bank learned this version of the fact")
