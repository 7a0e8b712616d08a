from datetime import date

import ibis
import pytest

from features.catalogue import CATALOGUE
from features.loan_behaviour import BEHAVIOUR, NEEDS, loan_behaviour

OUT, NOW = date(2024, 1, 10), date(2024, 9, 1)


def loan(name, **row):
    return {"loan_id": name, "committed": 1000, "principal": 400, "disbursed_on": OUT, "matures_on": date(2025, 1, 10),
            "annual_rate": "0.05", **row}  # fmt: skip


def due(name, number, day, **paid):
    return {"loan_id": name, "number": number, "due_on": day, "principal_due": 100, "known_at": OUT, **paid}


def paid(name, number, day, on):
    return due(name, number, day, paid=100, paid_on=on, known_at=on)


FACTS = {
    "loan": [loan("L"), loan("M", secured=True, renewed_from="K"), loan("N", disbursed_on=date(2024, 8, 20))],
    "instalment": [
        due("L", 1, date(2024, 2, 10)), paid("L", 1, date(2024, 2, 10), date(2024, 2, 25)),  # 15 days late, long ago
        due("L", 2, date(2024, 5, 10)), paid("L", 2, date(2024, 5, 10), date(2024, 5, 1)),  # early: no delay
        due("L", 3, date(2024, 8, 12)),  # unpaid: 20 days on 1 September
        due("L", 4, date(2024, 11, 10)),
        due("M", 1, date(2024, 8, 10)), paid("M", 1, date(2024, 8, 10), date(2024, 8, 13)),
        due("M", 2, date(2025, 1, 10)),
        due("N", 1, date(2024, 9, 20), known_at=date(2024, 8, 20)),
    ],
}  # fmt: skip
LATER = {
    "loan": [*FACTS["loan"], loan("L", restructured_on=NOW, known_at=NOW)],
    "instalment": [*FACTS["instalment"], paid("L", 3, date(2024, 8, 12), NOW), paid("N", 1, date(2024, 9, 20), NOW)],
}


@pytest.fixture(scope="module")
def behaviour(facts_of, world_of):
    def of(world):
        rows = [{"row": n, "as_of": NOW, "loan_id": name, "income_mean_6m": 50.0, "income_sum_12m": 600.0,
                 "balance_average_mean_6m": 0.0} for n, name in enumerate("LMN")]  # fmt: skip
        kinds = {"row": "int64", "as_of": "date", "loan_id": "string", **dict.fromkeys(NEEDS, "float64")}
        found = loan_behaviour(facts_of(world_of(**world)), ibis.memtable(rows, schema=kinds), [NOW])
        return found.order_by("row").to_pandas()

    return of


def test_behaviour_by_hand(behaviour):
    table = behaviour(FACTS).set_axis(list("LMN"))
    expected = {
        "loan_age_months": (8, 8, 1), "loan_months_left": (4, 4, 4), "loan_days_past_due": (20, 0, 0),
        "loan_days_late_max": (20, 3, None), "loan_days_late_last": (20, 3, None), "loan_late_payments": (2, 1, None),
        "loan_late_payments_6m": (1, 1, None), "loan_payments_due": (3, 1, 0), "loan_overdue_share": (0.5, 0, 0),
        "loan_utilisation": (0.2, 0.1, 0.1), "loan_paid_share": (0.5, 0.75, 0.75), "loan_restructured": (0, 0, 0),
        "loan_renewal": (0, 1, 0), "loan_rate": (0.05, 0.05, 0.05), "loan_secured": (None, 1, None),
        "firm_days_past_due": (20, 20, 20), "firm_live_loans": (3, 3, 3), "loan_next_due_to_income": (2, 2, 2),
        "loan_next_due_to_balance": (None, None, None), "loan_balance_to_income": (1 / 3, 1 / 6, 1 / 6),
    }  # fmt: skip
    assert set(expected) == set(BEHAVIOUR)
    for name, values in expected.items():
        wanted = [float("nan") if value is None else value for value in values]
        assert table[name].tolist() == pytest.approx(wanted, nan_ok=True), name


def test_what_comes_to_be_known_on_the_date_or_later_changes_nothing(behaviour):
    assert behaviour(LATER).equals(behaviour(FACTS))


def test_no_name_is_shared_with_the_firms_catalogue_and_directed_ones_have_reasons():
    assert not set(BEHAVIOUR) & set(CATALOGUE)
    assert all(BEHAVIOUR[name].name == name for name in BEHAVIOUR)
    assert BEHAVIOUR["loan_days_past_due"].reason(adverse=True) == (
        "当前逾期天数偏高",
        "days past due on the date: high",
    )
    assert set(NEEDS) <= set(CATALOGUE)


def test_of_instalments_of_one_day_the_greater_number_is_the_last(behaviour):
    day = date(2024, 8, 12)
    parts = [due("L", 3, day), paid("L", 4, day, date(2024, 8, 14)), paid("L", 2, day, date(2024, 8, 13))]
    for order in (parts, parts[::-1]):
        assert behaviour({**FACTS, "instalment": order}).set_axis(list("LMN")).loc["L", "loan_days_late_last"] == 2
