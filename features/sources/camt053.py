"""Source ``camt053``: ISO 20022 bank-to-customer statements, camt.053.001.02 to the newest, by local names.

An entry with several transaction details becomes a line each, when their amounts add up to the entry's. Direction is
the entry's own credit or debit mark: a reversal (``RvslInd``) of a credit is booked as a debit. Balances after
each line follow from the opening balance when they end in the closing one, and are left out otherwise. The channel
is the bank's transaction code, the summary the remittance information.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from features.errors import ContractError
from features.sources.batch import Batch, Options
from features.sources.cells import clock, day, signed, text
from features.sources.entries import Entry, Money, batches, in_booking_order, timed
from features.sources.limits import MOST_ELEMENTS, MOST_ROWS, MOST_XML, refuse_size, too_much

MOST_DEEP = 40
FORMATS = ("%Y-%m-%d", "%Y-%m-%d%z", "%Y-%m-%dZ")
DIRECTION = {"CRDT": "in", "DBIT": "out"}
PENDING, FOREIGN = "not_booked", "foreign_currency"
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)


def read(path: Path, options: Options) -> Iterator[Batch]:
    """Yield the booked entries of every statement of the file."""
    entries = [entry for statement in _statements(path) for entry in _entries(statement)]
    if not entries:
        raise ContractError(
            "没有对账单（Stmt）的分录（Ntry），应为 camt.053 报文",
            "no entry (Ntry) of a statement (Stmt); expected a camt.053 message",
            path,
        )
    yield from batches(entries, path, options)


def _statements(path: Path) -> Iterator[Element]:
    """Each ``Stmt`` with tags reduced to local names. Document types, entities and external references are refused."""
    refuse_size(path, MOST_XML)
    depth = entries = elements = 0
    try:
        with path.open("rb") as stream:
            parser = iterparse(stream, ("start", "end"), forbid_dtd=True)
            for event, element in parser:
                depth += 1 if event == "start" else -1
                elements += event == "start"
                element.tag = str(element.tag).rpartition("}")[2]
                if event == "end" and element.tag == "Ntry":
                    entries += 1
                    element.set("row", str(entries))
                _refuse_more(path, depth, entries, elements)
                if event == "end" and element.tag == "Stmt":
                    yield element
                    element.clear()
    except DefusedXmlException as error:
        raise ContractError(
            f"含文档类型或实体声明（{error}），有攻击风险，不予读取",
            f"declares a document type or entities ({error}); refused as hostile",
            path,
        ) from error
    except (ParseError, LookupError, ValueError, OSError) as error:
        raise ContractError(
            f"不是完整的 XML（{error}），文件已损坏或被截断，请重新导出",
            f"not sound XML ({error}); the file is damaged or cut off",
            path,
        ) from error


def _refuse_more(path: Path, depth: int, entries: int, elements: int) -> None:
    if depth > MOST_DEEP:
        raise ContractError(
            f"元素嵌套超过 {MOST_DEEP} 层，不是 camt.053 报文",
            f"elements are nested more than {MOST_DEEP} deep; this is no camt.053 message",
            path,
        )
    if entries > MOST_ROWS or elements > MOST_ELEMENTS:
        zh, en = (
            f" {MOST_ROWS:,} 笔流水或 {MOST_ELEMENTS:,} 个元素",
            f"{MOST_ROWS:,} entries or {MOST_ELEMENTS:,} elements",
        )
        raise too_much(path, zh, en)


def _entries(statement: Element) -> list[Entry]:
    entries = [line for entry in statement.iter("Ntry") for line in _lines(statement, entry)]
    return _balanced(statement, entries)


def _balanced(statement: Element, entries: list[Entry]) -> list[Entry]:
    """Entries with the balance after each, when opening balance and amounts give the closing balance.

    A statement may list its entries by amount or backwards: money moved in the order of their dates and times.
    """
    entries = timed(in_booking_order(entries))
    if all(isinstance(entry.booked_at, date) for entry in entries):
        entries.sort(key=lambda entry: (str(entry.booked_at), entry.time))
    opening, closing = _balance(statement, OPENING), _balance(statement, CLOSING)
    if opening is None or closing is None:
        return entries
    balances = []
    for entry in entries:
        if not isinstance(entry.amount, Decimal) or entry.direction not in ("in", "out"):
            return entries
        if not entry.refused:
            opening += entry.amount if entry.direction == "in" else -entry.amount
        balances.append(opening)
    if opening != closing:
        return entries
    return [replace(e, balance=None if e.refused else b) for e, b in zip(entries, balances, strict=True)]


def _balance(statement: Element, codes: tuple[str, ...]) -> Decimal | None:
    for balance in statement.findall("Bal"):
        if _at(balance, "Tp/CdOrPrtry/Cd") in codes and (amount := signed(_at(balance, "Amt"))) is not None:
            return -amount if _at(balance, "CdtDbtInd") == "DBIT" else amount
    return None


def _lines(statement: Element, entry: Element) -> list[Entry]:
    details = entry.findall("NtryDtls/TxDtls")
    whole, parts = _money(_at(entry, "Amt")), [_money(_at(d, "Amt", "AmtDtls/TxAmt/Amt")) for d in details]
    ways = [DIRECTION.get(_at(d, "CdtDbtInd") or "", _direction(entry)) for d in details]
    if len(details) > 1 and _adds_up(entry, whole, parts, ways):
        shares = zip(details, parts, ways, strict=True)
        return [_entry(statement, entry, detail, part, way) for detail, part, way in shares]
    return [_entry(statement, entry, details[0] if len(details) == 1 else Element("TxDtls"), whole, _direction(entry))]


def _adds_up(entry: Element, whole: Money, parts: list[Money], ways: list[str | None]) -> bool:
    known = [
        p if way == _direction(entry) else -p for p, way in zip(parts, ways, strict=True) if isinstance(p, Decimal)
    ]
    return len(known) == len(parts) and sum(known) == whole


def _direction(entry: Element) -> str | None:
    mark = _at(entry, "CdtDbtInd")
    return DIRECTION.get(mark or "", mark)


def _entry(statement: Element, entry: Element, detail: Element, amount: Money, direction: str | None) -> Entry:
    booked = _at(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    other, side = ("Dbtr", "DbtrAcct") if direction == "in" else ("Cdtr", "CdtrAcct")
    remittance = " ".join(part.text for part in detail.findall("RmtInf/Ustrd") if part.text)
    return Entry(
        row=int(entry.get("row", "0")),
        account=text(_at(statement, "Acct/Id/IBAN", "Acct/Id/Othr/Id")),
        enterprise=text(_at(statement, "Acct/Ownr/Id/OrgId/Othr/Id")),
        booked_at=_day(booked),
        time=clock(booked) if "T" in (booked or "") else "",
        direction=direction,
        amount=amount,
        counterparty=text(_at(detail, f"RltdPties/{other}/Nm", f"RltdPties/{other}/Pty/Nm")),
        counterparty_account=text(_at(detail, f"RltdPties/{side}/Id/IBAN", f"RltdPties/{side}/Id/Othr/Id")),
        channel=text(_at(entry, "BkTxCd/Prtry/Cd", "BkTxCd/Domn/Fmly/Cd", "BkTxCd/Domn/Cd")),
        summary=text(remittance or _at(detail, "AddtlTxInf") or _at(entry, "AddtlNtryInf")),
        known_at=_day(_at(statement, "CreDtTm")),
        refused=_refused(statement, entry),
    )


def _refused(statement: Element, entry: Element) -> str:
    if (_at(entry, "Sts/Cd", "Sts") or "BOOK") != "BOOK":
        return PENDING
    amount, own = entry.find("Amt"), _at(statement, "Acct/Ccy")
    return FOREIGN if own and amount is not None and amount.get("Ccy", own) != own else ""


def _day(cell: str | None) -> date | str | None:
    return day(cell, FORMATS) or text(cell)


def _money(cell: str | None) -> Money:
    amount = signed(cell)
    return text(cell) if amount is None else amount


def _at(element: Element, *places: str) -> str | None:
    """The text at the first of ``places`` that has any."""
    texts = (element.findtext(place) for place in places)
    return next((found for found in texts if found and found.strip()), None)
