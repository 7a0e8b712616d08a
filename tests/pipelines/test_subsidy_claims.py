"""The claim table of a quarter, worked by hand."""

from datetime import date

import pytest

from pipelines.store import Store
from pipelines.subsidy_claims import COLUMNS, firm_claims, write_claims

KNOWN = date(2024, 1, 1)


def loan(name, firm, on, **changes):
    row = {"loan_id": name, "enterprise_id": firm, "product": "流水贷", "repayment": "interest_only",
           "committed": "365000", "principal": "365000", "annual_rate": "0.04", "term_months": 12, "secured": False,
           "disbursed_on": on, "matures_on": date(on.year + 1, on.month, on.day), "known_at": on}  # fmt: skip
    return row | changes


@pytest.fixture
def store(tmp_path, table):
    """H is a restaurant, C a maker of things; of two loans to H half of one was paid back in November."""
    filled = Store(tmp_path / "store")
    firms = [
        {"enterprise_id": firm, "name": firm, "industry": industry, "known_at": KNOWN}
        for firm, industry in (("=H", "H6210"), ("C", "C1811"))
    ]
    paid = {"enterprise_id": "=H", "loan_id": "L1", "number": 1, "due_on": date(2025, 11, 1), "paid": "182500",
            "principal_due": "182500", "interest_due": "0", "paid_on": date(2025, 11, 1),
            "known_at": date(2025, 11, 2)}  # fmt: skip
    loans = [
        loan("L1", "=H", date(2025, 7, 1)),
        loan("L2", "=H", date(2025, 12, 22)),
        loan("L3", "C", date(2025, 7, 1)),
        loan("L4", "=H", date(2025, 7, 1), known_at=date(2026, 1, 1)),
    ]
    filled.commit((name, table(name, rows)) for name, rows in
                  {"enterprise": firms, "loan": loans, "instalment": [paid]}.items())  # fmt: skip
    return filled


def test_a_quarter_is_paid_by_the_day_for_service_firms(store):
    """10 yuan a day: 31 days of October whole, 61 at half; ten days of December. Known later, other trades: nothing."""
    claims = firm_claims(store, "2025Q4")
    assert tuple(claims.columns) == COLUMNS
    assert claims[["loan_id", "scheme", "subsidy", "central", "province"]].values.tolist() == [
        ["L1", "service_2025", 615.0, 553.5, 61.5],
        ["L2", "service_2025", 100.0, 90.0, 10.0],
    ]
    before = firm_claims(store, "2025Q3")
    assert before[["loan_id", "subsidy"]].values.tolist() == [["L1", 920.0]]  # 92 days


def test_a_loan_overdue_at_the_quarter_s_end_is_not_claimed_and_the_quarter_is_lost(store, table):
    """L1 owes interest from 20 December; paid on 5 January, it is claimed again: 90 days of 5 yuan."""
    due = {"enterprise_id": "=H", "loan_id": "L1", "number": 2, "due_on": date(2025, 12, 20), "principal_due": "0",
           "interest_due": "600", "paid": "0", "known_at": date(2025, 7, 1)}  # fmt: skip
    paid = {**due, "paid": "600", "paid_on": date(2026, 1, 5), "known_at": date(2026, 1, 5)}
    store.commit([("instalment", table("instalment", [due, paid]))])
    assert firm_claims(store, "2025Q4")["loan_id"].tolist() == ["L2"]
    assert firm_claims(store, "2026Q1").set_index("loan_id")["subsidy"]["L1"] == 450.0


def test_half_a_cent_is_rounded_up_as_banks_do(store, table):
    """Ten days of 10.005 yuan are 100.05, of which 90 % are 90.045: 90.05 of the centre and 10.00 of the province."""
    firm = {"enterprise_id": "G", "name": "G", "industry": "H6210", "known_at": KNOWN}
    owed = loan("L5", "G", date(2025, 12, 22), principal="365182.50", committed="365182.50")
    store.commit([("enterprise", table("enterprise", [firm])), ("loan", table("loan", [owed]))])
    row = firm_claims(store, "2025Q4").set_index("loan_id").loc["L5"]
    assert row[["subsidy", "central", "province"]].tolist() == [100.05, 90.05, 10.0]


def test_the_table_is_whole_and_no_cell_is_a_formula(store, tmp_path):
    out = tmp_path / "claims" / "q4.csv"
    write_claims(store, "2025Q4", out)
    first, *rows = out.read_text(encoding="utf-8-sig").splitlines()
    assert first == (
        "季度 quarter,方案 scheme,依据 source,企业 enterprise_id,贷款 loan_id,本金（元） principal,贴息（元） subsidy,"
        "中央承担（元） central,地方承担（元） province"
    )
    assert [row.split(",")[3:5] for row in rows] == [["'=H", "L1"], ["'=H", "L2"]]
    assert [file.name for file in out.parent.iterdir()] == ["q4.csv"]
