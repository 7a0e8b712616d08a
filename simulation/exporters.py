"""The simulation's tables as files in formats of the outside world: what banks, bureaus and suppliers would send.

Each exporter takes canonical rows and gives the file's content; nothing is written here. They are made from the
formats' descriptions, apart from the readers, so that reading back what they wrote tests both.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa

Row = Mapping[str, Any]
Cells = list[list[str]]
CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.{}"
REPORT = "sme-credit/platform-report/1"
TAXES = {
    "vat": "增值税",
    "business_tax": "营业税",
    "income_tax": "企业所得税",
    "individual_income_tax": "个人所得税",
    "surcharge": "附加税费",
    "stamp_duty": "印花税",
    "other": "其他税",
}
UTILITIES = {"electricity": "电力", "water": "自来水", "gas": "燃气"}
STATISTIC = ("category", "direction", "amount", "count", "counterparties", "top5_share", "largest")
BALANCES = ("account_id", "opening_balance", "closing_balance", "average_balance", "lowest_balance", "highest_balance")


def latest(rows: pa.Table, key: str, order: Sequence[str]) -> list[dict[str, Any]]:
    """The latest version of each fact, in the order of ``order``."""
    newest: dict[Any, dict[str, Any]] = {}
    for row in sorted(rows.to_pylist(), key=lambda row: row["known_at"]):
        newest[row[key]] = row
    return sorted(newest.values(), key=lambda row: tuple(row[name] for name in order))


def split_columns(lines: Sequence[Row]) -> bytes:
    """Layout ``cn-split-columns``: CSV with the account above the header and a total below."""
    head = [["账户交易明细"], [f"账号：{lines[0]['account_id']}", "币种：人民币"], []]
    names = ["交易日期", "交易时间", "借方发生额", "贷方发生额", "账户余额", "对方户名", "对方账号", "交易渠道", "摘要"]
    body = [
        [f"{r['booked_at']}", _moment(r), _side(r, "out"), _side(r, "in"), _grouped(r["balance_after"]), *_words(r)]
        for r in lines
    ]
    total = ["合计", "", *(_grouped(_sum(lines, way)) for way in ("out", "in"))]
    return _csv([*head, names, *body, [*total, *[""] * (len(names) - len(total))]]).encode("utf-8-sig")


def signed(lines: Sequence[Row]) -> bytes:
    """Layout ``cn-signed``: CSV in GB18030, a signed amount, the account on each line."""
    names = ["本方账号", "记账日", "发生额", "联机余额", "交易对手", "对手账号", "交易方式", "交易附言"]
    body = [
        [r["account_id"], f"{r['booked_at']:%Y%m%d}", f"{_flow(r)}", f"{r['balance_after']}", *_words(r)] for r in lines
    ]
    return _csv([names, *body]).encode("gb18030")


def direction_word(lines: Sequence[Row]) -> bytes:
    """Layout ``cn-direction-word``: text with tabs in GB18030, 借 or 贷 beside the amount, full-width digits."""
    names = ["交易时间", "借贷标志", "交易金额", "本次余额", "对方名称", "对方卡号", "渠道", "用途"]
    wide = str.maketrans("0123456789.", "０１２３４５６７８９．")
    body = [
        [f"{r['booked_at']} {_moment(r)}", "贷" if r["direction"] == "in" else "借", f"{r['amount']}".translate(wide),
         f"{r['balance_after']}", *_words(r)]
        for r in lines
    ]  # fmt: skip
    return _csv([[f"账户：{lines[0]['account_id']}"], names, *body], "\t").encode("gb18030")


def newest_first(lines: Sequence[Row]) -> bytes:
    """Layout ``cn-newest-first``: an Excel workbook, the latest line on top, the header again on each page."""
    names = ["日期", "收入", "支出", "结余", "对方信息", "对方账户", "业务类型", "备注"]
    body = [
        [f"{r['booked_at']:%Y年%m月%d日}", _side(r, "in"), _side(r, "out"), f"￥{r['balance_after']}", *_words(r)]
        for r in reversed(lines)
    ]
    pages = [row for start in range(0, len(body), 50) for row in (names, *body[start : start + 50])]
    last = ["合计", *(_grouped(_sum(lines, way)) for way in ("in", "out"))]
    return workbook([["交易明细查询"], [f"卡号：{lines[0]['account_id']}"], *pages, last])


def wallet(lines: Sequence[Row]) -> bytes:
    """Layout ``cn-wallet``: a payment platform's CSV, the latest line on top."""
    names = ["交易创建时间", "交易类型", "交易对方", "对方账号", "商品说明", "收/支", "金额(元)", "账户结余"]
    body = []
    for row in reversed(lines):
        party, account, channel, summary = _words(row)
        way = "收入" if row["direction"] == "in" else "支出"
        moment = f"{row['booked_at']} {_moment(row)}"
        money = [f"¥{row['amount']}", f"¥{row['balance_after']}"]
        body.append([moment, channel, party, account, summary, way, *money])
    head = [["交易记录明细查询"], [f"账号：[{lines[0]['account_id']}]"], ["-" * 20]]
    return _csv([*head, names, *body, [f"共{len(lines)}笔记录"]]).encode("gb18030")


def merchant(lines: Sequence[Row]) -> bytes:
    """Layout ``cn-merchant``: a payment platform's CSV of a merchant's ledger, notes after #, money out below 0."""
    names = [
        "账务流水号",
        "发生时间",
        "对方名称",
        "对方账号",
        "业务类型",
        "收入金额（+元）",
        "支出金额（-元）",
        "账户余额（元）",
        "备注",
    ]
    body = []
    for number, row in enumerate(lines, start=1):
        party, account, channel, summary = _words(row)
        flow, nothing = _flow(row), Decimal("0.00")
        money = [f"{max(flow, nothing)}", f"{min(flow, nothing)}", f"{row['balance_after']}"]
        body.append([f"{number}\t", f"{row['booked_at']} {_moment(row)}", party, account, channel, *money, summary])
    head = [["#账务明细查询"], [f"#账号：[{lines[0]['account_id']}]"], ["#" + "-" * 20 + "账务明细列表" + "-" * 20]]
    return _csv([*head, names, *body, [f"#收入合计：{_sum(lines, 'in')}元"]]).encode("gb18030")


def payer_payee(lines: Sequence[Row]) -> bytes:
    """Layout ``cn-payer-payee``: text with bars, a signed amount, headings in two languages, the firm one of both."""
    names = [
        "业务类型[ Type ]", "付款人账号[ Payer's account ]", "付款人名称[ Payer ]", "收款人账号[ Payee's account ]",
        "收款人名称[ Payee ]", "交易日期[ Date ]", "交易时间[ Time ]", "交易金额[ Amount ]", "交易后余额[ Balance ]",
        "摘要[ Reference ]",
    ]  # fmt: skip
    body = []
    for row in lines:
        party, account, channel, summary = _words(row)
        sides = [account, party], [row["account_id"], row["enterprise_id"]]
        payer, payee = sides if row["direction"] == "in" else sides[::-1]
        moment = [f"{row['booked_at']:%Y%m%d}", _moment(row)]
        body.append([channel, *payer, *payee, *moment, f"{_flow(row):+,}", _grouped(row["balance_after"]), summary])
    return _csv([["查询账号[ Account ]", lines[0]["account_id"]], names, *body], "|").encode("gb18030")


def english(lines: Sequence[Row]) -> bytes:
    """Layout ``en-signed``: CSV with English headings, money out in parentheses."""
    names = ["Date", "Amount", "Balance", "Counterparty", "Counterparty account", "Type", "Description"]
    body = [
        [f"{r['booked_at']:%d/%m/%Y}", _accounting(_flow(r)), _accounting(r["balance_after"]), *_words(r)]
        for r in lines
    ]
    return _csv([[f"Account number: {lines[0]['account_id']}"], names, *body]).encode("utf-8")


STATEMENTS: dict[str, tuple[str, Callable[[Sequence[Row]], bytes]]] = {
    "cn-split-columns": ("csv", split_columns),
    "cn-signed": ("csv", signed),
    "cn-direction-word": ("txt", direction_word),
    "cn-newest-first": ("xlsx", newest_first),
    "cn-wallet": ("csv", wallet),
    "cn-merchant": ("csv", merchant),
    "cn-payer-payee": ("txt", payer_payee),
    "en-signed": ("csv", english),
}


def camt053(lines: Sequence[Row], version: str = "08") -> bytes:
    """A camt.053 message; ``version`` is the last part of its name, ``02`` to the newest."""
    first, last = lines[0], lines[-1]
    opening = first["balance_after"] - _flow(first)
    balances = _camt_balance("OPBD", opening, first["booked_at"])
    balances += _camt_balance("CLBD", last["balance_after"], last["booked_at"])
    account = f"<Acct><Id><Othr><Id>{first['account_id']}</Id></Othr></Id><Ccy>CNY</Ccy><Ownr><Id><OrgId><Othr>"
    account += f"<Id>{first['enterprise_id']}</Id></Othr></OrgId></Id></Ownr></Acct>"
    entries = "".join(_camt_entry(row, version) for row in lines)
    made = f"<GrpHdr><MsgId>1</MsgId><CreDtTm>{last['booked_at']}T23:59:59</CreDtTm></GrpHdr>"
    body = f"{made}<Stmt><Id>1</Id><CreDtTm>{last['booked_at']}T23:59:59</CreDtTm>{account}{balances}{entries}</Stmt>"
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns={quoteattr(CAMT.format(version))}>'
    return f"{head}<BkToCstmrStmt>{body}</BkToCstmrStmt></Document>\n".encode()


def _camt_balance(code: str, amount: Decimal, day: date) -> str:
    mark = "CRDT" if amount >= 0 else "DBIT"
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{abs(amount)}</Amt>'
        f"<CdtDbtInd>{mark}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _camt_entry(row: Row, version: str) -> str:
    mark, side = ("CRDT", "Dbtr") if row["direction"] == "in" else ("DBIT", "Cdtr")
    status = "BOOK" if version < "04" else "<Cd>BOOK</Cd>"
    name, number, channel, summary = map(escape, _words(row))
    named = f"<Nm>{name}</Nm>" if version < "08" else f"<Pty><Nm>{name}</Nm></Pty>"
    party = f"<{side}>{named}</{side}><{side}Acct><Id><Othr><Id>{number}</Id></Othr></Id></{side}Acct>"
    parties = f"<RltdPties>{party}</RltdPties>" if name or number else ""
    remittance = f"<RmtInf><Ustrd>{summary}</Ustrd></RmtInf>" if summary else ""
    return (
        f'\n<Ntry><Amt Ccy="CNY">{row["amount"]}</Amt><CdtDbtInd>{mark}</CdtDbtInd>'
        f"<RvslInd>{str(row['reversal_of'] is not None).lower()}</RvslInd>"
        f"<Sts>{status}</Sts><BookgDt><Dt>{row['booked_at']}</Dt></BookgDt>"
        f"<BkTxCd><Prtry><Cd>{channel}</Cd></Prtry></BkTxCd>"
        f"<NtryDtls><TxDtls>{parties}{remittance}</TxDtls></NtryDtls></Ntry>"
    )


def open_banking(lines: Sequence[Row]) -> bytes:
    """A transactions response of the UK Open Banking API, the latest transaction first."""
    rows = [_transaction(row) for row in reversed(lines)]
    content = {"Data": {"Transaction": rows}, "Links": {"Self": "/transactions"}, "Meta": {"TotalPages": 1}}
    return _json(content)


def _transaction(row: Row) -> dict[str, Any]:
    party, account, channel, summary = _words(row)
    other = "DebtorAccount" if row["direction"] == "in" else "CreditorAccount"
    told = {
        "AccountId": row["account_id"],
        "CreditDebitIndicator": "Credit" if row["direction"] == "in" else "Debit",
        "Status": "Booked",
        "BookingDateTime": f"{row['booked_at']}T00:00:00+00:00",
        "Amount": {"Amount": f"{row['amount']}", "Currency": "CNY"},
        "ProprietaryBankTransactionCode": {"Code": channel},
        "Balance": {
            "CreditDebitIndicator": "Credit" if row["balance_after"] >= 0 else "Debit",
            "Type": "InterimBooked",
            "Amount": {"Amount": f"{abs(row['balance_after'])}", "Currency": "CNY"},
        },
    }
    named = {other: {"Identification": account, "Name": party}} if party or account else {}
    return {**told, **named, **({"TransactionInformation": summary} if summary else {})}


def platform_report(enterprise: Row, statistics: Sequence[Row], balances: Sequence[Row]) -> bytes:
    """A platform report of one firm; each account's balances come from the institution ``institution``."""
    institutions: dict[str, dict[tuple[date, date], dict[str, Any]]] = {}
    for name, rows in (("statistics", statistics), ("balances", balances)):
        for row in rows:
            months = institutions.setdefault(row["institution"], {})
            empty: dict[str, Any] = {"statistics": [], "balances": []}
            month = months.setdefault((row["month"], row["known_at"]), empty)
            fields = STATISTIC if name == "statistics" else BALANCES
            month[name].append({field: _number(row[field]) for field in fields})
    listed = [
        {
            "name": name,
            "months": [{"month": f"{m:%Y-%m}", "provided_on": f"{k}", **content} for (m, k), content in each],
        }
        for name, each in (
            (name, sorted(months.items(), key=lambda item: item[0])) for name, months in institutions.items()
        )
    ]
    who = {key: enterprise[key] for key in ("uscc", "enterprise_id", "name")}
    return _json({"format": REPORT, **who, "institutions": listed})


def tax_lines(filings: Sequence[Row]) -> bytes:
    """A tax bureau's list of filings, one line each."""
    names = [
        "id",
        "START_DATE",
        "END_DATE",
        "TAX_CATEGORIES",
        "TAX_ITEMS",
        "TAXATION_BASIS",
        "TAX_RATE",
        "DEDUCTION",
        "TAX_AMOUNT",
    ]
    body = [
        [r["enterprise_id"], f"{r['period_start']:%Y/%m/%d}", f"{r['period_end']:%Y/%m/%d}", TAXES[r["kind"]], "",
         _plain(r["base"]), "", "", _plain(r["amount_due"])]
        for r in filings
    ]  # fmt: skip
    return _csv([names, *body]).encode()


def utility_bills(bills: Sequence[Row]) -> bytes:
    """A supplier's list of bills, one line a version."""
    names = [
        "账单编号",
        "企业编号",
        "用能种类",
        "所属月份",
        "用量",
        "峰段用电量",
        "谷段用电量",
        "账单金额",
        "缴费截止日",
        "缴费日期",
        "更新日期",
    ]
    amounts, dates = ("usage", "usage_peak", "usage_valley", "amount"), ("due_on", "paid_on", "known_at")
    body = [
        [r["bill_id"], r["enterprise_id"], UTILITIES[r["kind"]], f"{r['period']:%Y-%m}",
         *(_plain(r[name]) for name in (*amounts, *dates))]
        for r in bills
    ]  # fmt: skip
    return _csv([names, *body]).encode("utf-8-sig")


def workbook(rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook of one sheet of texts. Parts are dated and packed the same on every machine."""
    cells = ("".join(f'<c t="inlineStr"><is><t xml:space="preserve">{escape(c)}</t></is></c>' for c in r) for r in rows)
    sheet = "".join(f'<row r="{number}">{row}</row>' for number, row in enumerate(cells, start=1))
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{links}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{links}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{links}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return stream.getvalue()


def _words(row: Row) -> list[str]:
    return [row[name] or "" for name in ("counterparty_name", "counterparty_account", "channel", "summary")]


def _flow(row: Row) -> Decimal:
    amount: Decimal = row["amount"]
    return amount if row["direction"] == "in" else -amount


def _sum(lines: Sequence[Row], direction: str) -> Decimal:
    return sum((row["amount"] for row in lines if row["direction"] == direction), Decimal(0))


def _side(row: Row, direction: str) -> str:
    return _grouped(row["amount"]) if row["direction"] == direction else ""


def _grouped(amount: Decimal) -> str:
    return f"{amount:,}"


def _accounting(amount: Decimal) -> str:
    return f"({-amount:,})" if amount < 0 else f"{amount:,}"


def _moment(row: Row) -> str:
    """A time of day that rises with the line: lines carry none, banks print one."""
    minutes, second = divmod(row["sequence"] % 86_400, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}"


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def _number(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _csv(rows: Cells, delimiter: str = ",") -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return stream.getvalue()


def _json(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
