"""Source ``invoices``: a folder of firms with their sales and purchase invoices (national modelling contest 2020, C).

Sales stand for inflow and purchases for outflow per counterparty, through an account of kind ``invoice_ledger``.
Void invoices are rejected as ``void``; exact duplicates have the same ``invoice_id`` and are caught by ingest;
red-letter invoices keep their negative amounts and net the original. The credit rating is not read; evaluations
ask ``outcomes`` for the default.
"""

from collections.abc import Iterator
from datetime import date
from hashlib import blake2b
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from features.errors import ContractError
from features.sources.batch import Batch, Options, reject
from features.sources.delimited import read_delimited

FIRM, NAME, DEFAULTED = "企业代号", "企业名称", "是否违约"
NUMBER, ISSUED, NET, VAT, GROSS, STATUS = "发票号码", "开票日期", "金额", "税额", "价税合计", "发票状态"
PARTNER = {"in": "购方单位代号", "out": "销方单位代号"}
FILES = {"in": "sales_invoices", "out": "purchase_invoices"}
VOID = "作废发票"
# The data set does not say when the bank met the firms; it was before the first invoice.
FIRST_KNOWN = date(2016, 1, 1)


def read(path: Path, options: Options) -> Iterator[Batch]:
    """Yield enterprises and their ledgers, then the invoices, known when issued unless ``options`` say otherwise."""
    known = options.known_at or FIRST_KNOWN
    for file in _files(path, "firms"):
        yield from _firms(file, known)
    for direction, stem in FILES.items():
        for file in _files(path, stem):
            yield from _invoices(file, direction, options)


def outcomes(path: Path) -> dict[str, bool | None]:
    """Each firm's outcome: true for default (是), false (否), ``None`` where it is not told."""
    told: dict[str, bool | None] = {}
    for file in _files(path, "firms"):
        for chunk in read_delimited(file, required=(FIRM,)):
            names = chunk.rows[FIRM].to_pylist()
            flags = chunk.rows[DEFAULTED].to_pylist() if DEFAULTED in chunk.rows.column_names else [None] * len(names)
            told.update({n: None if f is None else f == "是" for n, f in zip(names, flags, strict=True)})
    return told


def _files(path: Path, stem: str) -> list[Path]:
    found = sorted(file for file in path.glob(f"*{stem}.csv*") if file.is_file()) if path.is_dir() else []
    if not found:
        raise ContractError(
            f"应为文件夹，其中有名为 *_{stem}.csv 或 *_{stem}.csv.gz 的文件",
            f"expected a folder with files named *_{stem}.csv or *_{stem}.csv.gz",
            path,
        )
    return found


def _text(value: str | None, rows: pa.Table) -> pa.Array:
    return pa.array([value] * rows.num_rows, pa.string())


def _firms(file: Path, known: date) -> Iterator[Batch]:
    for chunk in read_delimited(file, required=(FIRM, NAME)):
        rows, key = chunk.rows, pc.utf8_trim_whitespace(chunk.rows[FIRM])
        places = {name: rows[name] for name in ("source_file", "source_row")}
        since = pa.array([known] * rows.num_rows, pa.date32())
        name = pc.utf8_trim_whitespace(rows[NAME])
        sole = pc.starts_with(name, "个体经营")
        yield Batch(
            table="enterprise",
            rows=pa.table({"enterprise_id": key, "name": name, "sole_proprietor": sole, "known_at": since, **places}),
            rejected=chunk.ragged,
        )
        account = {
            "account_id": pc.binary_join_element_wise(key, pa.scalar("invoices"), "-"),
            "enterprise_id": key,
            "holder": _text("firm", rows),
            "kind": _text("invoice_ledger", rows),
            "institution": _text("invoices", rows),
            "currency": _text("CNY", rows),
            "known_at": since,
        }
        yield Batch(table="account", rows=pa.table({**account, **places}))


def _invoices(file: Path, direction: str, options: Options) -> Iterator[Batch]:
    cells = (FIRM, NUMBER, ISSUED, PARTNER[direction], NET, VAT, GROSS, STATUS)
    for chunk in read_delimited(file, required=cells):
        rows = chunk.rows
        issued = rows[ISSUED]
        known = _text(options.known_at.isoformat(), rows) if options.known_at else issued
        invoice = pa.table(
            {
                "invoice_id": _digests(direction, [rows[name].to_pylist() for name in cells[:-1]]),
                "enterprise_id": pc.utf8_trim_whitespace(rows[FIRM]),
                "direction": _text(direction, rows),
                "number": rows[NUMBER],
                "issued_on": issued,
                "counterparty_id": rows[PARTNER[direction]],
                "net": rows[NET],
                "vat": rows[VAT],
                "gross": rows[GROSS],
                "known_at": known,
                "source_file": rows["source_file"],
                "source_row": rows["source_row"],
            }
        )
        void = pc.equal(pc.utf8_trim_whitespace(pc.fill_null(rows[STATUS], "")), VOID)
        yield Batch(
            table="invoice", rows=invoice.filter(pc.invert(void)), rejected=reject(invoice.filter(void), "void")
        )
        if chunk.ragged.num_rows:
            yield Batch(table="invoice", rows=invoice.slice(0, 0), rejected=chunk.ragged)


def _digests(direction: str, columns: list[list[str | None]]) -> pa.Array:
    """One identifier per distinct row content."""
    joined = ("\x1f".join((direction, *(cell or "" for cell in row))) for row in zip(*columns, strict=True))
    return pa.array([blake2b(text.encode(), digest_size=12).hexdigest() for text in joined])
