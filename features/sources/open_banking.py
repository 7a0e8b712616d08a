"""Source ``open-banking``: account transactions of the UK Open Banking account and transaction API, versions 3 and 4.

Pages of a response come as one file each or as a list. Pending transactions are rejected. ``Balance`` is the
balance after the transaction where the bank gives it; the channel is the bank's own transaction code.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from features.errors import ContractError
from features.sources.batch import Batch, Options
from features.sources.cells import clock, day, scalar, signed, text
from features.sources.entries import Entry, Money, batches
from features.sources.limits import MOST_ROWS, read_json, too_much

DIRECTION = {"credit": "in", "debit": "out"}
BOOKED = ("booked", "book")
PENDING, NOT_AN_OBJECT = "not_booked", "not_an_object"


def read(path: Path, options: Options) -> Iterator[Batch]:
    """Yield the booked transactions, in booking order."""
    content = read_json(path)
    pages = content if isinstance(content, list) else [content]
    rows = [row for page in pages for row in _transactions(path, page)]
    if len(rows) > MOST_ROWS:
        raise too_much(path, f" {MOST_ROWS:,} 笔流水", f"{MOST_ROWS:,} transactions")
    if not rows:
        raise ContractError("Data.Transaction 为空，应有流水", "Data.Transaction is empty; expected transactions", path)
    yield from batches([_entry(number, row) for number, row in enumerate(rows, start=1)], path, options)


def _transactions(path: Path, page: Any) -> list[Any]:
    data = page.get("Data") if isinstance(page, dict) else None
    rows = data.get("Transaction") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise ContractError(
            "Data.Transaction 不是列表，应为英国 Open Banking 的流水查询结果",
            "no list at Data.Transaction; expected a UK Open Banking transactions response",
            path,
        )
    return rows


def _entry(number: int, row: Any) -> Entry:
    if not isinstance(row, dict):
        return Entry(row=number, booked_at=None, direction=None, amount=None, refused=NOT_AN_OBJECT)
    booked = _at(row, "BookingDateTime")
    direction = _direction(row)
    other = "DebtorAccount" if direction == "in" else "CreditorAccount"
    status = (_at(row, "Status") or BOOKED[0]).lower()
    return Entry(
        row=number,
        account=text(_at(row, "AccountId")),
        booked_at=_day(booked),
        time=clock(booked),
        direction=direction,
        amount=_money(_at(row, "Amount", "Amount")),
        balance=_balance(row),
        counterparty=text(_at(row, other, "Name") or _at(row, "MerchantDetails", "MerchantName")),
        counterparty_account=text(_at(row, other, "Identification")),
        channel=text(_at(row, "ProprietaryBankTransactionCode", "Code") or _at(row, "BankTransactionCode", "Code")),
        summary=text(_at(row, "TransactionInformation")),
        refused="" if status in BOOKED else PENDING,
    )


def _direction(row: dict[str, Any]) -> str | None:
    mark = _at(row, "CreditDebitIndicator")
    return DIRECTION.get((mark or "").lower(), mark)


def _balance(row: dict[str, Any]) -> Money:
    amount = _money(_at(row, "Balance", "Amount", "Amount"))
    owed = (_at(row, "Balance", "CreditDebitIndicator") or "").lower() == "debit"
    return -amount if owed and amount is not None and not isinstance(amount, str) else amount


def _day(cell: str | None) -> date | str | None:
    return day(cell, ("%Y-%m-%d",)) or text(cell)


def _money(cell: str | None) -> Money:
    amount = signed(cell)
    return text(cell) if amount is None else amount


def _at(row: Any, *path: str) -> str | None:
    for name in path:
        row = row.get(name) if isinstance(row, dict) else None
    return scalar(row)
