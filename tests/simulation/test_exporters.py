"""What the exporters write, the readers give back: the simulation's own lines on the columns that a format carries."""

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.sources import SOURCES, Layout, Options
from pipelines.settings import conf
from simulation import exporters

SAMPLES = Path(__file__).resolve().parents[2] / "data_samples"
CARRIED = ("account_id", "enterprise_id", "booked_at", "direction", "amount", "balance_after", "counterparty_name")
CARRIED += ("counterparty_account", "channel", "summary")


@cache
def table(name):
    return pq.read_table(SAMPLES / f"{name}.parquet")


@cache
def lines(account):
    rows = table("line").filter(pc.equal(table("line")["account_id"], account))
    return exporters.latest(rows, "line_id", ("booked_at", "sequence"))


def accounts():
    """Accounts of a firm, of an owner and at another bank, long and short ones."""
    names = sorted(set(table("line")["account_id"].to_pylist()))
    return [*names[:3], *[name for name in names if name.endswith("B")][:2], names[-1]]


def read(kind, file, **options):
    """Kept rows in the order of the reader, values in canonical text, and the words for which rows were rejected."""
    kept, words = {}, []
    for batch in SOURCES[kind](file, Options(**options)):
        kept.setdefault(batch.table, []).extend(batch.rows.to_pylist())
        words += batch.rejected["rejected_for"].to_pylist() if batch.rejected is not None else []
    return kept, words


def plain(rows, names):
    return [tuple(None if row[name] is None else written(row[name]) for name in names) for row in rows]


def written(value):
    return str(value.normalize() + 0) if isinstance(value, Decimal) else str(value)


def number(text):
    return None if text is None else written(Decimal(text))


def placed(tmp_path, content, name):
    file = tmp_path / name
    file.write_bytes(content)
    return file


def layouts(*names):
    return tuple(Layout.parse(name, conf(f"statements/{name}.yaml")) for name in names)


def agree(found, expected):
    money = ("amount", "balance_after")
    exact = [{**row, **{name: Decimal(row[name]) for name in money}} for row in found]
    assert plain(exact, CARRIED) == plain(expected, CARRIED)
    sequence = [int(row["sequence"]) for row in found]
    assert sequence == sorted(sequence)
    assert len({row["line_id"] for row in found}) == len(found)


@pytest.mark.parametrize("account", accounts())
@pytest.mark.parametrize("layout", exporters.STATEMENTS)
def test_a_statement_gives_the_lines_that_it_was_made_from(tmp_path, layout, account):
    suffix, export = exporters.STATEMENTS[layout]
    rows = lines(account)
    file = placed(tmp_path, export(rows), f"statement.{suffix}")
    kept, words = read("statement", file, enterprise=rows[0]["enterprise_id"], layouts=layouts(layout))
    agree(kept["line"], rows)
    assert set(words) <= {"total", "repeated_header"}


@pytest.mark.parametrize("layout", exporters.STATEMENTS)
def test_the_layout_is_detected_and_told(tmp_path, layout):
    suffix, export = exporters.STATEMENTS[layout]
    rows = lines(accounts()[0])
    file = placed(tmp_path, export(rows), f"statement.{suffix}")
    options = Options(enterprise="E", layouts=layouts(*exporters.STATEMENTS))
    batches = list(SOURCES["statement"](file, options))
    assert batches[0].note.startswith(f"layout {layout} (")
    assert "header in row" in batches[0].note
    assert sum(batch.rows.num_rows for batch in batches) == len(rows)


@pytest.mark.parametrize("account", accounts())
@pytest.mark.parametrize("version", ["02", "04", "08", "13"])
def test_camt053_of_every_version(tmp_path, version, account):
    rows = lines(account)
    kept, words = read("camt053", placed(tmp_path, exporters.camt053(rows, version), "camt.xml"))
    agree(kept["line"], rows)
    assert words == []
    assert {row["known_at"] for row in kept["line"]} == {rows[-1]["booked_at"].isoformat()}


@pytest.mark.parametrize("account", accounts())
def test_open_banking(tmp_path, account):
    rows = lines(account)
    file = placed(tmp_path, exporters.open_banking(rows), "transactions.json")
    kept, words = read("open-banking", file, enterprise=rows[0]["enterprise_id"])
    agree(kept["line"], rows)
    assert words == []


def test_platform_report(tmp_path):
    statistics = table("platform_month").to_pylist()
    firm = statistics[0]["enterprise_id"]
    enterprise = next(row for row in table("enterprise").to_pylist() if row["enterprise_id"] == firm)
    own = [row for row in statistics if row["enterprise_id"] == firm]
    banks = {row["account_id"]: row["institution"] for row in table("account").to_pylist()}
    months = [row for row in table("account_month").to_pylist() if row["enterprise_id"] == firm]
    balances = [{**row, "institution": banks[row["account_id"]]} for row in months]
    file = placed(tmp_path, exporters.platform_report(enterprise, own, balances), "report.json")
    kept, words = read("platform-report", file)
    assert words == []
    for name, expected in (("platform_month", own), ("account_month", months)):
        names = [column for column in table(name).column_names if column != "top5_share"]
        assert sorted(plain(kept[name], names), key=str) == sorted(exact(expected, names), key=str)
    assert {number(row["top5_share"]) for row in kept["platform_month"]} == {written(r["top5_share"]) for r in own}


def exact(rows, names):
    return [tuple(None if row[name] is None else str(row[name]) for name in names) for row in rows]


def test_tax_lines_on_the_columns_that_they_carry(tmp_path):
    filings = [row for row in exporters.latest(table("tax_filing"), "filing_id", ("filing_id",)) if row["paid_on"]]
    kept, words = read("tax-lines", placed(tmp_path, exporters.tax_lines(filings), "tax.csv"))
    names = ("enterprise_id", "kind", "period_start", "period_end", "base", "amount_due")
    assert exact(kept["tax_filing"], names) == exact(filings, names)
    assert words == []


def test_utility_bills_with_every_version(tmp_path):
    bills = table("utility_bill").to_pylist()
    kept, words = read("utility-bills", placed(tmp_path, exporters.utility_bills(bills), "bills.csv"))
    assert exact(kept["utility_bill"], table("utility_bill").column_names) == exact(
        bills, table("utility_bill").column_names
    )
    assert words == []


def test_exporters_write_the_same_bytes_again():
    rows = lines(accounts()[0])
    for _, export in exporters.STATEMENTS.values():
        assert export(rows) == export(rows)


def test_the_latest_version_holds():
    import pyarrow as pa

    rows = pa.table({"id": ["b", "a", "a"], "x": [1, 3, 2], "known_at": [date(2024, 1, d) for d in (1, 3, 2)]})
    assert [(row["id"], row["x"]) for row in exporters.latest(rows, "id", ("id",))] == [("a", 3), ("b", 1)]
