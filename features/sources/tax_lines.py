"""Source ``tax-lines``: lines of taxes declared and paid, as tax bureaus export them (CCF BDCI 2020's ``tax_info``).

The export joins every payment with all item codes that share a number, so one payment stands on up to dozens of
lines that differ in ``TAX_ITEMS`` alone; the first is kept, the others are rejected as ``repeated_for_item``, exact
copies as ``repeated``. Fines and other receipts are ``not_a_tax``, lines for late payment ``late_payment_charge``.

The lines do not say when they were due or paid. Assumed: due on the 15th of the month after the period, for income
tax of a year on 31 May; paid by then, because they are lines of payment; known then, unless ``options`` say when.
A firm with an anonymous identifier of 48 hex digits is in no register, so it is added under that name.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from features.errors import ContractError
from features.sources.batch import Batch, Options
from features.sources.cells import day, plain, signed
from features.sources.delimited import read_delimited
from features.sources.limits import refuse_size

FIRM, START, END, CATEGORY, ITEM = "id", "START_DATE", "END_DATE", "TAX_CATEGORIES", "TAX_ITEMS"
BASE, RATE, DEDUCTION, AMOUNT = "TAXATION_BASIS", "TAX_RATE", "DEDUCTION", "TAX_AMOUNT"
HEADER = (FIRM, START, END, CATEGORY, ITEM, BASE, RATE, DEDUCTION, AMOUNT)
KINDS = {
    "增值税": "vat",
    "营业税": "business_tax",
    "企业所得税": "income_tax",
    "个人所得税": "individual_income_tax",
    "印花税": "stamp_duty",
    "城市维护建设税": "surcharge",
    "教育费附加": "surcharge",
    "地方教育附加": "surcharge",
    "附加税费": "surcharge",
    "水利建设专项收入": "surcharge",
    "城镇土地使用税": "other",
    "土地增值税": "other",
    "房产税": "other",
    "契税": "other",
    "耕地占用税": "other",
    "残疾人就业保障金": "other",
    "其他税": "other",
}
NOT_TAXES = ("税务部门罚没收入", "其他收入", "其他专项收入")
LATE = re.compile(r"滞纳金")
REPEATED, FANNED_OUT, NOT_A_TAX, LATE_CHARGE = "repeated", "repeated_for_item", "not_a_tax", "late_payment_charge"
ANONYMOUS = re.compile(r"[0-9a-f]{48}")
FORMATS = ("%Y/%m/%d", "%Y-%m-%d", "%Y%m%d")
# The list does not say when the bank met the firms; it was before the first line.
FIRST_KNOWN = date(2000, 1, 1)


def read(path: Path, options: Options) -> Iterator[Batch]:
    """Yield anonymous firms, then filings; each line of the file is kept or rejected once."""
    refuse_size(path)
    seen = _Seen(options)
    for chunk in read_delimited(path, required=HEADER, one_line=True):
        filings = [(_filing(row, seen.firm(row, path), options), seen.reason(row)) for row in chunk.rows.to_pylist()]
        ragged = zip(chunk.ragged.to_pylist(), chunk.ragged["rejected_for"].to_pylist(), strict=True)
        filings += [(_filing(row, seen.firm(row, path), options), reason) for row, reason in ragged]
        if firms := seen.new_firms([filing for filing, _ in filings]):
            note = f"{path.name}: {len(firms)} anonymous firms, which are in no register, are added to its lines"
            yield Batch(table="enterprise", rows=_table(firms), note=note)
        yield _batch(filings)


def _batch(filings: list[tuple[dict[str, Any], str]]) -> Batch:
    whole = _table([filing for filing, _ in filings])
    reasons = pa.array([reason for _, reason in filings], pa.string())
    refused = whole.append_column("rejected_for", reasons).filter(pc.not_equal(reasons, ""))
    return Batch(table="tax_filing", rows=whole.filter(pc.equal(reasons, "")), rejected=refused)


class _Seen:
    """What came before in the file: payments, whole lines and firms."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.payments: set[bytes] = set()
        self.lines: set[bytes] = set()
        self.firms: set[str] = set()

    def reason(self, row: dict[str, Any]) -> str:
        """Why a line is rejected, ``""`` when it is not."""
        category, item = plain(row[CATEGORY]), plain(row[ITEM])
        if category in NOT_TAXES:
            return NOT_A_TAX
        line, payment = _digest(row, HEADER), _digest(row, [name for name in HEADER if name != ITEM])
        again, fanned = line in self.lines, payment in self.payments
        self.lines.add(line)
        if again:
            return REPEATED
        if LATE.search(item):
            return LATE_CHARGE
        self.payments.add(payment)
        return FANNED_OUT if fanned else ""

    def firm(self, row: dict[str, Any], path: Path) -> str | None:
        """Whose a line is: of an anonymous firm, whoever the user says; one file is then of one firm."""
        told, options = row[FIRM], self.options
        if not options.enterprise or not ANONYMOUS.fullmatch(told or ""):
            return options.firm(told, path)
        self.firms.add(told)
        if len(self.firms) > 1:
            raise ContractError(
                f"含多家企业的缴款，不能都归 --enterprise {options.enterprise}；请去掉该选项或拆分文件",
                f"holds payments of several firms, which cannot all be of --enterprise {options.enterprise}; leave it "
                "out or split the file",
                path,
            )
        return options.enterprise

    def new_firms(self, filings: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Anonymous firms that did not come before."""
        firms = []
        for filing in filings:
            firm = filing["enterprise_id"] or ""
            if ANONYMOUS.fullmatch(firm) and firm not in self.firms:
                self.firms.add(firm)
                places = {name: filing[name] for name in ("source_file", "source_row")}
                firms.append({"enterprise_id": firm, "name": firm, "known_at": FIRST_KNOWN.isoformat(), **places})
        return firms


def _filing(row: dict[str, Any], firm: str | None, options: Options) -> dict[str, Any]:
    start, end, category = day(row[START], FORMATS), day(row[END], FORMATS), plain(row[CATEGORY])
    due = _due(start, end, category)
    amount = _money(row[AMOUNT])
    return {
        "filing_id": _digest(row, [name for name in HEADER if name != ITEM]).hex(),
        "enterprise_id": firm,
        "kind": KINDS.get(category, row[CATEGORY]),
        "period_start": start.isoformat() if start else row[START],
        "period_end": end.isoformat() if end else row[END],
        "base": _money(row[BASE]),
        "amount_due": amount,
        "due_on": due,
        "paid_on": due,
        "amount_paid": amount,
        "known_at": options.known_at.isoformat() if options.known_at else due,
        "source_file": row["source_file"],
        "source_row": row["source_row"],
    }


def _due(start: date | None, end: date | None, category: str) -> str | None:
    """The day on which a period's tax is due.

    >>> _due(date(2015, 9, 1), date(2015, 9, 30), "印花税"), _due(date(2014, 1, 1), date(2014, 12, 31), "企业所得税")
    ('2015-10-15', '2015-05-31')
    """
    if start is None or end is None:
        return None
    if category == "企业所得税" and (end - start).days > 360:
        return date(end.year + 1, 5, 31).isoformat()
    return date(end.year + end.month // 12, end.month % 12 + 1, 15).isoformat()


def _money(cell: str | None) -> str | None:
    """An amount to the cent; taxes computed to more places are rounded half to even.

    >>> _money("21.8"), _money("54.005"), _money("x")
    ('21.80', '54.00', 'x')
    """
    amount = signed(cell)
    if amount is None or abs(amount) >= Decimal("1e20"):
        return cell
    return format(amount.quantize(Decimal("0.01")), "f")


def _digest(row: dict[str, Any], names: Any) -> bytes:
    joined = "\x1f".join(row[name] or "" for name in names)
    return blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=12).digest()


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    kinds = {name: pa.int64() if name == "source_row" else pa.string() for name in rows[0]}
    return pa.Table.from_pylist(rows, pa.schema(list(kinds.items())))
