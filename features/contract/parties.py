"""Who: firms, the people and firms around them, their accounts, and their consent."""

from features.contract.model import Table
from features.contract.words import ENTERPRISE, KNOWN_AT, day, flag, number, text

enterprise = Table(
    name="enterprise",
    zh="企业",
    en="The firm and its versioned attributes",
    key=("enterprise_id",),
    columns=(
        text(name="enterprise_id", zh="企业编号", en="the bank's identifier of the firm", privacy="confidential"),
        text(name="name", zh="企业名称", en="registered name", privacy="confidential"),
        text(
            name="uscc",
            zh="统一社会信用代码",
            en="unified social credit code (GB 32100)",
            nullable=True,
            pattern=r"^[0-9A-HJ-NPQRTUWXY]{18}$",
            privacy="confidential",
        ),
        text(
            name="industry",
            zh="行业（GB/T 4754 大类）",
            en="industry, division of GB/T 4754: a letter and two digits",
            nullable=True,
            pattern=r"^[A-T][0-9]{2}$",
        ),
        text(name="region", zh="地区代码（GB/T 2260）", en="region, six digits of GB/T 2260", nullable=True),
        day(name="founded_on", zh="成立日期", en="date of registration", nullable=True),
        text(
            name="size_class",
            zh="企业规模",
            en="size class of the statistical standard of 2017",
            nullable=True,
            values=("micro", "small", "medium", "large"),
        ),
        flag(name="sole_proprietor", zh="个体工商户", en="true for a sole proprietor", nullable=True),
        number(name="employees", zh="从业人数", en="people employed", nullable=True, unit="persons"),
        KNOWN_AT,
    ),
)

related_party = Table(
    name="related_party",
    zh="关联方",
    en="Owners, managers, relatives and firms under common control",
    key=("enterprise_id", "party_id"),
    columns=(
        ENTERPRISE,
        text(name="party_id", zh="关联方编号", en="counterparty identifier of the related party", privacy="personal"),
        text(name="name", zh="关联方名称", en="name", privacy="personal"),
        text(
            name="relation",
            zh="关系",
            en="how it is related",
            values=("owner", "manager", "relative", "shareholder", "subsidiary", "common_control"),
        ),
        day(name="until", zh="终止日期", en="end of the relation", nullable=True),
        KNOWN_AT,
    ),
)

account = Table(
    name="account",
    zh="账户",
    en="An account of the firm or of its owner",
    key=("account_id",),
    columns=(
        text(name="account_id", zh="账户编号", en="the bank's identifier of the account", privacy="confidential"),
        ENTERPRISE,
        text(name="holder", zh="户主", en="who holds it", values=("firm", "owner")),
        text(
            name="kind",
            zh="账户类型",
            en="kind of account: one at a payment platform is third_party_payment, and what is withdrawn from it stays "
            "the firm's; an invoice ledger stands for flows where only invoices are known",
            values=("basic", "general", "special", "temporary", "personal", "third_party_payment", "invoice_ledger"),
        ),
        text(name="institution", zh="开户机构", en="bank or payment institution"),
        text(
            name="currency", zh="币种", en="ISO 4217 currency; a foreign account is a data gap", pattern=r"^[A-Z]{3}$"
        ),
        day(name="opened_on", zh="开户日期", en="date of opening", nullable=True),
        day(name="closed_on", zh="销户日期", en="date of closing", nullable=True),
        flag(name="entrusted", zh="已委托", en="true when the firm has entrusted the account for data", nullable=True),
        flag(name="frozen", zh="冻结", en="true while frozen by a court or another authority", nullable=True),
        KNOWN_AT,
    ),
)

consent = Table(
    name="consent",
    zh="授权",
    en="Consent of the firm to a query; a revocation is a later version with revoked_on",
    key=("consent_id",),
    columns=(
        text(name="consent_id", zh="授权编号", en="number of the authorisation"),
        ENTERPRISE,
        text(
            name="purpose",
            zh="查询目的",
            en="01 pre-loan investigation, 02 review, 03 post-loan check",
            values=("01", "02", "03"),
        ),
        text(name="scope", zh="授权范围", en="'*' or account identifiers separated by a space"),
        day(name="valid_from", zh="生效日期", en="first day of validity"),
        day(name="valid_to", zh="失效日期", en="last day of validity"),
        day(name="revoked_on", zh="撤销日期", en="first day on which it no longer holds", nullable=True),
        KNOWN_AT,
    ),
)

PARTIES = (enterprise, related_party, account, consent)
