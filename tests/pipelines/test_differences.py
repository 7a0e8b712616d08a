import json
from datetime import date
from decimal import Decimal

import pytest

from features.contract import TABLES
from pipelines.income import differing
from pipelines.report.text import differing_text
from pipelines.store import Store
from serving.cli.app import app

FIRM = {"enterprise_id": "a", "known_at": date(2023, 1, 1)}
MONTH = date(2024, 1, 1)


@pytest.fixture
def store(tmp_path, table):
    account = {"account_id": "a1", "holder": "firm", "kind": "basic", "institution": "甲银行", "currency": "CNY"}
    line = {"account_id": "a1", "booked_at": date(2024, 1, 5), "sequence": 1, "direction": "in"}
    told = {"month": MONTH, "institution": "甲银行", "direction": "in", "known_at": date(2024, 2, 12)}
    rows = {
        "enterprise": [{"name": "甲厂"}],
        "account": [account],
        "consent": [
            {"consent_id": "k", "purpose": "01", "scope": "*", "valid_from": MONTH, "valid_to": date(2024, 12, 31)}
        ],
        "line": [
            line | {"line_id": "x", "amount": "60.00", "summary": "货款"},
            line | {"line_id": "y", "amount": "30.00", "summary": "现金存入"},
        ],
        "platform_month": [
            told | {"category": "other_counterparty", "amount": "100.00", "count": 2},
            told | {"category": "cash", "amount": "30.00", "count": 1},
        ],
    }
    store = Store(tmp_path / "store")
    store.commit(
        (name, table(name, [FIRM | row for row in some]).cast(TABLES[name].schema)) for name, some in rows.items()
    )
    return store


def test_what_lines_and_statistics_tell_differently_worked_by_hand(store):
    assert differing(store, "a", date(2024, 3, 1)) == [
        {
            "institution": "甲银行",
            "month": MONTH,
            "category": "other_counterparty",
            "direction": "in",
            "lines_amount": Decimal("60.00"),
            "lines_count": 1,
            "statistics_amount": Decimal("100.00"),
            "statistics_count": 2,
        }
    ]


def test_nothing_differs_before_the_statistics_are_known_and_after_the_window(store):
    assert differing(store, "a", date(2024, 2, 12)) == []
    assert differing(store, "a", date(2025, 2, 1)) == []
    assert differing(store, "nobody", date(2024, 3, 1)) == []


def test_the_income_command_tells_them_in_words_and_as_json(store, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SME_CREDIT_HOME", str(tmp_path / "home"))
    ask = ["income", "--enterprise", "a", "--as-of", "2024-03-01", "--store", str(store.root)]
    app(ask, standalone_mode=False)
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "流水与平台统计不一致 own lines and platform statistics differ",
        "  2024-01  甲银行  other_counterparty in  流水 lines 60.00 (1)  统计 statistics 100.00 (2)",
    ]
    app([*ask, "--json"], standalone_mode=False)
    told = json.loads(capsys.readouterr().out)
    assert told["income"] == "84.00"
    assert [row["statistics_amount"] for row in told["statistics_differ"]] == ["100.00"]


def test_where_nothing_differs_nothing_is_said():
    assert list(differing_text([])) == []
