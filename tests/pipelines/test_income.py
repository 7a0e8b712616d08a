from datetime import date
from decimal import Decimal

import pytest

from features.contract import TABLES
from features.errors import WindowError
from features.evidence.income import STEPS
from pipelines.income import TEXTS, income
from pipelines.store import Store

KNOWN = {"known_at": date(2023, 1, 1)}


@pytest.fixture
def store(tmp_path, table):
    lines = [
        {"line_id": f"l{n}", "account_id": "a1", "enterprise_id": "a", "booked_at": day, "known_at": day,
         "sequence": n, "direction": direction, "amount": amount, "summary": summary}
        for n, (day, direction, amount, summary) in enumerate((
            (date(2024, 1, 5), "in", "1000.00", "货款"),
            (date(2024, 2, 5), "in", "300.00", "现金存入"),
            (date(2024, 3, 5), "in", "500.00", "贷款发放"),
            (date(2024, 3, 6), "out", "50.50", "退款"),
        ))
    ]  # fmt: skip
    account = {"account_id": "a1", "enterprise_id": "a", "holder": "firm", "kind": "basic", "institution": "b"}
    rows = {"enterprise": [{"enterprise_id": "a", "name": "甲厂"} | KNOWN],
            "account": [account | {"currency": "CNY"} | KNOWN], "line": lines}  # fmt: skip
    store = Store(tmp_path / "store")
    store.commit((name, table(name, some).cast(TABLES[name].schema)) for name, some in rows.items())
    return store


def test_the_waterfall_of_a_store_worked_by_hand(store):
    steps = {
        "gross_inflow": "1800.00",
        "financing": "500.00",
        "cash_haircut": "60.00",
        "refunds_paid": "50.50",
        "income": "1189.50",
    }
    found = income(store, "a", date(2024, 4, 1))
    assert list(found) == list(STEPS)
    assert found == {step: Decimal(steps.get(step, "0.00")) for step in STEPS}
    assert income(store, "a", date(2024, 4, 1), window=1)["income"] == Decimal("-50.50")


def test_a_firm_without_flows_in_the_window_is_told(store):
    with pytest.raises(WindowError) as error:
        income(store, "a", date(2024, 1, 20))
    assert str(error.value) == (
        "firm a: no flow is known in the 12 months before 2024-01-20; expected account lines, platform statistics or "
        "invoices: ingest them, or ask for a later date"
    )
    with pytest.raises(WindowError, match=r"^firm nobody: no flow is known"):
        income(store, "nobody", date(2024, 4, 1))


def test_every_step_has_its_words_in_both_languages():
    assert set(TEXTS) == set(STEPS)
    assert all(zh and en for zh, en in TEXTS.values())
