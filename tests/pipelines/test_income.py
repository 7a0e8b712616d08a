from datetime import date
from decimal import Decimal

import pytest

from features.contract import TABLES
from features.errors import ConsentError, WindowError
from features.evidence.income import ENDS, STEPS
from pipelines import income as job
from pipelines.income import FIGURES, TEXTS, asked_income, income
from pipelines.income_lines import income_lines
from pipelines.record import Record
from pipelines.report.text import income_text
from pipelines.score import Query, UnknownEnterpriseError
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
    steps |= {"income_low": "1189.50", "income_high": "1249.50", "revenue_ex_vat": "1052.66"}
    found = income(store, "a", date(2024, 4, 1))
    assert list(found.total) == list(FIGURES)
    assert found.total == {name: Decimal(steps.get(name, "0.00")) for name in FIGURES}
    assert income(store, "a", date(2024, 4, 1), window=1).total["income"] == Decimal("-50.50")


def test_months_of_the_window_without_a_flow_are_told(store):
    found = income(store, "a", date(2024, 5, 1), window=5)  # lines from 2024-01 to 2024-03
    assert found.silent == [date(2023, 12, 1), date(2024, 4, 1)]
    assert found.json()["months_without_flows"] == ["2023-12", "2024-04"]
    assert income_text(found).endswith("未见流水，按零计 no flow is known and none counted: 2023-12, 2024-04")
    assert income(store, "a", date(2024, 4, 1), window=3).silent == []


def test_each_month_adds_up_and_the_months_add_up_to_the_window(store):
    found = income(store, "a", date(2024, 4, 1))
    assert [f"{month}" for month in found.months] == ["2024-01-01", "2024-02-01", "2024-03-01"]
    # 1000 / 1.13, 240 / 1.13 and -50.50 / 1.13, each to the cent
    told = [str(figures["revenue_ex_vat"]) for figures in found.months.values()]
    assert (found.vat_rate, told) == (0.13, ["884.96", "212.39", "-44.69"])
    for figures in found.months.values():
        assert figures["gross_inflow"] - sum(figures[step] for step in STEPS[1:-1]) == figures["income"]
    assert {n: sum(figures[n] for figures in found.months.values()) for n in FIGURES} == dict(found.total)


def test_the_lines_behind_each_step_add_up_to_it_and_say_why(store):
    found, lines = income(store, "a", date(2024, 4, 1)), income_lines(store, "a", date(2024, 4, 1))
    for name in (*STEPS, *ENDS):
        assert sum(line[name] for line in lines) == found.total[name]
    assert [(line["line_id"], line["rule"], str(line["confidence"])) for line in lines] == [
        ("l0", "trade", "0.90"),
        ("l1", "cash", "0.85"),
        ("l2", "loan", "0.95"),
        ("l3", "refund", "0.95"),
    ]
    assert [line["line_id"] for line in income_lines(store, "a", date(2024, 3, 6))] == ["l0", "l1"]


def test_without_consent_nothing_is_read_and_the_refusal_is_on_the_record(store, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'record.db'}")
    monkeypatch.setattr(job, "income", lambda *_: pytest.fail("must not come so far"))
    query = Query(as_of=date(2024, 4, 1), staff="li")
    with pytest.raises(ConsentError, match="Firm a has no live consent on 2024-04-01 for purpose 01"):
        asked_income(store, "a", query)
    with pytest.raises(UnknownEnterpriseError, match="Firm nobody is not known before 2024-04-01"):
        asked_income(store, "nobody", query)
    with Record() as record:
        assert [(e.action, e.enterprise_id) for e in record.events()] == [
            ("query_refused", "a"),
            ("query_refused", "nobody"),
        ]


def test_with_consent_the_query_is_on_the_record(store, table, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'record.db'}")
    consent = {"consent_id": "K1", "enterprise_id": "a", "purpose": "01", "scope": "*", "valid_from": date(2024, 1, 1),
               "valid_to": date(2024, 12, 31)}  # fmt: skip
    store.commit([("consent", table("consent", [consent | KNOWN]).cast(TABLES["consent"].schema))])
    found, event = asked_income(store, "a", Query(as_of=date(2024, 4, 1), staff="li"))
    assert found.total["income"] == Decimal("1189.50")
    assert (event.action, event.enterprise_id, event.subject, event.staff) == ("query", "a", "K1", "li")
    assert event.content["what"] == "income"


def test_the_published_shape_is_texts_to_the_cent(store):
    told = income(store, "a", date(2024, 4, 1)).json()
    assert {name: told[name] for name in ("as_of", "window_months", "income", "income_high", "vat_rate")} == {
        "as_of": "2024-04-01",
        "window_months": 12,
        "income": "1189.50",
        "income_high": "1249.50",
        "vat_rate": 0.13,
    }
    assert told["months"][1]["month"] == "2024-02"
    assert told["months"][1]["cash_haircut"] == "60.00"


def test_a_firm_without_flows_in_the_window_is_told(store):
    with pytest.raises(WindowError) as error:
        income(store, "a", date(2024, 1, 20))
    assert error.value.en == (
        "firm a: no flow is known in the 12 months before 2024-01-20; expected account lines, platform statistics or "
        "invoices: ingest them, or ask for a later date"
    )
    with pytest.raises(WindowError, match=r"firm nobody: no flow is known"):
        income(store, "nobody", date(2024, 4, 1))


def test_every_step_has_its_words_in_both_languages():
    assert set(TEXTS) == set(FIGURES)
    assert all(zh and en for zh, en in TEXTS.values())
