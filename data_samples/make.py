"""Make the sample files again, bit for bit: ``python -m data_samples.make [FOLDER]``."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.contract import TABLES
from simulation import exporters, simulate

HERE = Path(__file__).resolve().parent
ENTERPRISES, MONTHS, SEED = 60, 24, 20260101
# The firm of the examples has accounts here and at another bank; its lines of the last year are shown.
FIRM, ACCOUNT, SINCE = "E000004", "A000004A", date(2025, 1, 1)


def make(folder: Path = HERE) -> None:
    """Write one Parquet file a table, rows in the order of their keys; what an earlier world left is removed."""
    for old in folder.glob("*.parquet"):
        old.unlink()
    tables: dict[str, list[pa.Table]] = {}
    for name, rows in simulate(ENTERPRISES, MONTHS, SEED):
        if name in TABLES and rows.num_rows:
            tables.setdefault(name, []).append(rows)
    for name, parts in tables.items():
        keys = dict.fromkeys((*TABLES[name].ordered_by, *TABLES[name].version_key))
        rows = pa.concat_tables(parts).sort_by([(key, "ascending") for key in keys])
        pq.write_table(rows.combine_chunks(), folder / f"{name}.parquet", compression="zstd", compression_level=12)
    make_formats(folder)


def make_formats(folder: Path = HERE) -> None:
    """Write one example of each outside format of one firm into ``formats``, from the tables of ``folder``."""
    (folder / "formats").mkdir(exist_ok=True)
    for name, content in _formats(folder).items():
        (folder / "formats" / name).write_bytes(content)


def _formats(folder: Path) -> dict[str, bytes]:
    account = _rows(folder, "line", "account_id", ACCOUNT)
    recent = account.filter(pc.greater_equal(account["booked_at"], pa.scalar(SINCE)))
    lines = exporters.latest(recent, "line_id", ("booked_at", "sequence"))
    filings = exporters.latest(_rows(folder, "tax_filing"), "filing_id", ("period_end", "filing_id"))
    statements = exporters.STATEMENTS.items()
    return {
        **{f"statement-{name}.{suffix}": export(lines) for name, (suffix, export) in statements},
        "camt053.xml": exporters.camt053(lines),
        "open-banking.json": exporters.open_banking(lines),
        "platform-report.json": _report(folder),
        "tax-lines.csv": exporters.tax_lines([filing for filing in filings if filing["paid_on"]]),
        "utility-bills.csv": exporters.utility_bills(_rows(folder, "utility_bill").to_pylist()),
    }


def _report(folder: Path) -> bytes:
    enterprise = _rows(folder, "enterprise").to_pylist()[-1]
    banks = {row["account_id"]: row["institution"] for row in _rows(folder, "account").to_pylist()}
    balances: list[dict[str, Any]] = _rows(folder, "account_month").to_pylist()
    told = [{**row, "institution": banks[row["account_id"]]} for row in balances]
    return exporters.platform_report(enterprise, _rows(folder, "platform_month").to_pylist(), told)


def _rows(folder: Path, table: str, column: str = "enterprise_id", value: str = FIRM) -> pa.Table:
    rows = pq.read_table(folder / f"{table}.parquet")
    return rows.filter(pc.equal(rows[column], value))


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
