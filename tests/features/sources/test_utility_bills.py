import pytest

from features.errors import ContractError
from features.sources import Options, utility_bills

HEADER = "账单编号,企业编号,用能种类,所属月份,用量,峰段用电量,谷段用电量,账单金额,缴费截止日,缴费日期,更新日期"


def read(path, text, **options):
    (path / "bills.csv").write_text(text, encoding="utf-8")
    batches = list(utility_bills.read(path / "bills.csv", Options(**options)))
    rejected = [row for batch in batches if batch.rejected is not None for row in batch.rejected.to_pylist()]
    return [row for batch in batches for row in batch.rows.to_pylist()], rejected


def test_a_bill_by_hand_and_a_row_that_is_cut(tmp_path):
    row = 'B1,E1,电费,2024年1月,"1,200.5",400,,￥980.00,2024/2/20,,2024-02-03\n'
    kept, rejected = read(tmp_path, f"{HEADER}\n{row}B2,E1,煤,五月\n")
    assert kept == [
        {"bill_id": "B1", "enterprise_id": "E1", "kind": "electricity", "period": "2024-01-01", "usage": "1200.5",
         "usage_peak": "400", "usage_valley": None, "amount": "980.00", "due_on": "2024-02-20", "paid_on": None,
         "known_at": "2024-02-03", "source_file": "bills.csv", "source_row": 2}
    ]  # fmt: skip
    assert [(row["bill_id"], row["kind"], row["period"], row["rejected_for"]) for row in rejected] == [
        ("B2", "煤", "五月", "cell_count")
    ]


def test_firm_and_date_of_the_command_line(tmp_path):
    from datetime import date

    kept, _ = read(tmp_path, f"{HEADER}\nB1,,水,2024-01,,,,1,,,\n", enterprise="E9", known_at=date(2024, 3, 1))
    assert [(row["enterprise_id"], row["kind"], row["known_at"]) for row in kept] == [("E9", "water", "2024-03-01")]


def test_bills_of_a_firm_are_not_stored_as_those_of_another(tmp_path):
    with pytest.raises(ContractError, match="of firm E1, --enterprise is E9"):
        read(tmp_path, f"{HEADER}\nB1,E1,水,2024-01,,,,1,,,\n", enterprise="E9")


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(ContractError, match="row 1 lacks column '缴费日期'"):
        read(tmp_path, HEADER.replace(",缴费日期", "") + "\n")
