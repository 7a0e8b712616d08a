import json
from pathlib import Path

import pytest

from features.contract import TABLES
from features.errors import ContractError
from features.sources import Options, platform_report

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "platform-report.schema.json"


def report(*months, **changed):
    institution = {"name": "甲银行", "months": list(months)}
    return {
        "format": platform_report.FORMAT,
        "uscc": None,
        "enterprise_id": "E1",
        "institutions": [institution],
    } | changed


def month(statistics=(), balances=(), **changed):
    return {
        "month": "2024-01",
        "provided_on": "2024-02-12",
        "statistics": [*statistics],
        "balances": [*balances],
    } | changed


def read(path, content, **options):
    (path / "r.json").write_text(json.dumps(content))
    batches = list(platform_report.read(path / "r.json", Options(**options)))
    rejected = [row for batch in batches for row in batch.rejected.to_pylist()]
    return {batch.table: batch.rows.to_pylist() for batch in batches}, rejected


def test_statistics_and_balances_by_hand(tmp_path):
    statistic = {"category": "cash", "direction": "in", "amount": "12.50", "count": 2, "top5_share": 1.0}
    tables, _ = read(tmp_path, report(month([statistic], [{"account_id": "A1", "closing_balance": "7.00"}])))
    (row,), (balance,) = tables["platform_month"], tables["account_month"]
    expected = {"enterprise_id": "E1", "month": "2024-01-01", "institution": "甲银行", "known_at": "2024-02-12"}
    expected |= {"category": "cash", "direction": "in", "amount": "12.50", "count": "2", "top5_share": "1.0"}
    assert {name: row[name] for name in expected} == expected
    assert (balance["account_id"], balance["closing_balance"], balance["month"]) == ("A1", "7.00", "2024-01-01")
    assert (row["source_row"], balance["source_row"]) == (1, 2)


def test_what_is_no_object_is_rejected(tmp_path):
    tables, rejected = read(tmp_path, report(month([7, {"category": "cash"}])))
    assert len(tables["platform_month"]) == 1
    assert [row["rejected_for"] for row in rejected] == ["not_an_object"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "expected a report whose 'format' is 'sme-credit/platform-report/1'"),
        (report(format="2"), "expected a report whose 'format' is"),
        (report(enterprise_id=None, uscc="91"), "has no 'enterprise_id'; give --enterprise ID for 91"),
        (report(institutions=None), "'institutions' is missing or not a list"),
        (report(7), "'months' holds something that is no object"),
        (report(month() | {"balances": None}), "'balances' is missing or not a list"),
    ],
)
def test_another_document_is_refused(tmp_path, content, words):
    with pytest.raises(ContractError, match=words):
        read(tmp_path, content)


def test_the_schema_says_what_the_tables_say():
    defined = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]
    for table, name in platform_report.STATISTICS.items():
        own = [column for column in TABLES[table].columns if column.name not in platform_report.FROM_ABOVE]
        shape = defined[name]
        assert list(shape["properties"]) == [column.name for column in own]
        assert shape["required"] == [column.name for column in own if not column.nullable]
        for column in own:
            assert shape["properties"][column.name].get("enum", []) == list(column.values)
            assert shape["properties"][column.name]["description"] == f"{column.zh} {column.en}"
