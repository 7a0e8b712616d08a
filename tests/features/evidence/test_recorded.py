"""Lines that are the payment of a fact the bank holds, worked by hand."""

from datetime import date

import pytest

DAY = date(2024, 3, 15)


def line(amount, direction="out", **more):
    return {"booked_at": DAY, "known_at": DAY, "direction": direction, "amount": amount, "summary": "转账", **more}


def natures(flow):
    return [(row["known_from"], row["nature"], row["rule"]) for row in flow]


PAID = date(2024, 3, 18)
FACTS = [
    ("utility_bill", {"amount": "812.40", "paid_on": DAY, "due_on": DAY}, "utility", "recorded-utility"),
    ("tax_filing", {"amount_paid": "812.40", "paid_on": DAY, "due_on": DAY}, "tax", "recorded-tax"),
    (
        "social_insurance",
        {"month": date(2024, 3, 1), "headcount": 2, "amount_due": "812.40", "paid_on": DAY, "due_on": DAY},
        "social_insurance",
        "recorded-social-insurance",
    ),
    (
        "instalment",
        {"loan_id": "l", "number": 1, "principal_due": "812.40", "interest_due": "9.00", "paid_on": DAY, "due_on": DAY},
        "financing",
        "recorded-loan",
    ),
]


@pytest.mark.parametrize(("of", "fact", "nature", "rule"), FACTS)
def test_a_line_of_the_very_sum_on_the_day_is_the_payment(flows_of, world_of, of, fact, nature, rule):
    """From the day on which the bank learns that the fact was paid."""
    flow = flows_of(world_of(**{"line": [line("812.40")], of: [{**fact, "known_at": PAID}]}))
    assert natures(flow) == [(DAY, "operating", "remainder"), (PAID, nature, rule)]


@pytest.mark.parametrize("off", [{"amount": "812.41"}, {"booked_at": date(2024, 3, 19)}, {"direction": "in"}])
def test_another_sum_day_or_direction_is_not(flows_of, world_of, off):
    """Four days are too far."""
    bill = {"amount": "812.40", "paid_on": DAY, "due_on": DAY, "known_at": DAY}
    flow = flows_of(world_of(line=[{**line("812.40"), **off}], utility_bill=[bill]))
    assert [row["nature"] for row in flow] == ["operating"]


def test_what_has_words_of_its_own_keeps_them(flows_of, world_of):
    bill = {"amount": "812.40", "paid_on": DAY, "due_on": DAY, "known_at": DAY}
    flow = flows_of(world_of(line=[line("812.40", summary="房租")], utility_bill=[bill]))
    assert [row["nature"] for row in flow] == ["rent"]


BILL = {
    "direction": "in",
    "kind": "bank_acceptance",
    "amount": "100000.00",
    "received_on": date(2024, 1, 5),
    "matures_on": date(2024, 7, 5),
    "discounted_on": DAY,
    "discount_proceeds": "98200.00",
    "known_at": DAY,
}


@pytest.mark.parametrize(("ground", "nature", "income"), [("sale", "operating", 98_200), ("financing", "financing", 0)])
def test_a_discount_is_income_only_when_the_bill_settles_a_sale(flows_of, world_of, ground, nature, income):
    discounted = line("98200.00", "in", summary="贴现")
    flow = flows_of(world_of(line=[discounted], bill=[{**BILL, "ground": ground}]))
    assert [(row["nature"], row["income"]) for row in flow] == [(nature, income)]
