from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from features.portfolio import migrations, roll_rates, vintages

OUT = date(2024, 1, 10)


def loan(name, **row):
    return {"loan_id": name, "committed": 100, "principal": 100, "disbursed_on": OUT, "matures_on": date(2026, 1, 10),
            **row}  # fmt: skip


def due(name, day, **paid):
    return {"loan_id": name, "number": 1, "due_on": day, "principal_due": 100, "known_at": OUT, **paid}


def paid(name, day, on):
    return due(name, day, paid=100, paid_on=on, known_at=on)


@pytest.fixture(scope="module")
def facts(facts_of, world_of):
    day = date(2024, 5, 20)
    return facts_of(world_of(
        loan=[loan("stays"), loan("rolls"), loan("cures"), loan("goes"), loan("worse"),
              loan("young", disbursed_on=date(2024, 4, 30))],
        instalment=[
            due("stays", date(2025, 1, 10)),
            due("rolls", day),  # 12 days on 1 June, 42 on 1 July; 91 on 19 August
            due("cures", day), {**due("cures", date(2025, 1, 10)), "number": 2}, paid("cures", day, date(2024, 6, 20)),
            due("goes", date(2024, 6, 10)), paid("goes", date(2024, 6, 10), date(2024, 6, 10)),
            due("worse", date(2024, 3, 20)),  # 73 days on 1 June, 103 on 1 July; 91 on 19 June
            due("young", date(2025, 4, 30), known_at=date(2024, 4, 30)),
        ],
    ))  # fmt: skip


def test_loans_move_between_bands_by_hand(facts):
    moved = migrations(facts, date(2024, 6, 1), date(2024, 7, 1))
    table = {(row.before, row.after): (row.loans, row.share) for row in moved.itertuples()}
    assert table == {
        ("0", "0"): (2, pytest.approx(2 / 3)), ("0", "settled"): (1, pytest.approx(1 / 3)),
        ("1-30", "0"): (1, 0.5), ("1-30", "31-90"): (1, 0.5), ("31-90", "91+"): (1, 1.0),
    }  # fmt: skip
    assert roll_rates(moved) == {"0": 0.0, "1-30": 0.5, "31-90": 1.0}


def test_balances_add_up_to_the_cent_in_any_order_of_loans(facts_of, world_of):
    """Floats do not, with compensation neither: forty sums drawn are off in the last bit."""
    for seed in range(2):
        cents = np.random.default_rng(seed).integers(1, 10**11, 40).tolist()
        loans = [loan(f"L{k:02}", committed=Decimal(c) / 100, principal=Decimal(c) / 100) for k, c in enumerate(cents)]
        plans = [due(one["loan_id"], date(2025, 1, 10), principal_due=one["principal"]) for one in loans]
        facts = facts_of(world_of(loan=loans, instalment=plans))
        assert migrations(facts, date(2024, 6, 1), date(2024, 7, 1))["balance"].tolist() == [
            float(Decimal(sum(cents)) / 100)
        ]


def test_a_vintage_is_told_at_the_ages_that_all_its_loans_have_reached(facts):
    table = vintages(facts, date(2024, 10, 15))
    first = table[table["vintage"] == "2024Q1"].set_index("age")["defaulted"]
    # of five loans one had defaulted by 10 July, two by 10 October; the default of 19 June is after the third month
    assert first.to_dict() == {3: 0.0, 6: 0.2, 9: 0.4}
    assert table.loc[table["vintage"] == "2024Q2", "age"].tolist() == [3]
    before = vintages(facts, date(2024, 7, 11)).set_index("age")["defaulted"]
    assert before.to_dict() == {3: 0.0, 6: 0.2}


def test_a_payment_that_is_not_known_yet_cures_nothing(facts):
    moved = migrations(facts, date(2024, 6, 1), date(2024, 6, 20))  # paid on the very day
    assert ("1-30", "0") not in set(zip(moved["before"], moved["after"], strict=True))
