"""Receipts without an invoice, worked by hand."""

from decimal import Decimal

import pytest
from by_hand import billed, in_the_end, moved, on

# A customer is invoiced every ten days and pays each invoice 200 days later
INVOICES = [billed(10 * time, 10_000 + time, "customer") for time in range(12)]
SALES = [moved(200 + 10 * time, 10_000 + time, "customer") for time in range(12)]
# Nobody invoices q
SHAM = [moved(205, 30_000, "q"), moved(235, 31_000, "q"), moved(265, 32_000, "q")]


@pytest.fixture
def told(flows_of, world_of):
    def of(lines, invoices=INVOICES):
        flow = flows_of(world_of(line=[*SALES, *lines], invoice=invoices))
        return [row for row in flow if row["rule"] in ("unbilled", "unbilled-round")]

    return of


def test_a_payer_who_is_never_invoiced(told):
    flow = told(SHAM)
    assert in_the_end(flow, "rule") == ["unbilled"] * 3
    assert {row["nature"] for row in flow} == {"wash"}
    assert {row["confidence"] for row in flow} == {Decimal("0.60")}


def test_whoever_pays_on_the_day_of_the_invoice_is_in_no_doubt(told):
    assert told(SHAM, [*INVOICES, *(billed(205 + 30 * time, 30_000 + 1_000 * time, "q") for time in range(3))]) == []


def test_it_is_known_once_the_third_invoice_has_not_come_for_fifteen_days(told):
    assert {row["known_from"] for row in told(SHAM)} == {on(265 + 15)}
    assert told(SHAM[:2]) == []


def test_what_a_customer_pays_beyond_its_invoices_and_gets_back(told):
    """Twice, since one may be a mistake: 12,100 of 12,345 go back in two payments, 15,300 of 15,678 in one."""
    lines = [
        *(moved(320, 12_345, "customer"), moved(325, -6_000, "customer"), moved(331, -6_100, "customer")),
        *(moved(340, 15_678, "customer"), moved(345, -15_300, "customer")),
    ]
    flow = told(lines)
    assert in_the_end(flow, "rule") == ["unbilled-round"] * 5
    assert {row["known_from"] for row in flow} == {on(340 + 15)}
    assert told(lines[:3]) == []


def test_it_ends_with_the_day_on_which_an_invoice_becomes_known(told):
    flow = told(SHAM, [*INVOICES, billed(190, 30_000, "q", known=300)])
    assert in_the_end(flow, "rule") == []
    assert {row["known_until"] for row in flow} == {on(300)}
    assert [(row["line_id"], row["known_from"]) for row in flow] == [
        (row["line_id"], row["known_from"]) for row in told(SHAM)
    ]


@pytest.mark.parametrize(
    ("lines", "invoices"),
    [
        (SHAM, []),
        (SHAM, INVOICES[:3]),
        ([*SHAM, moved(150, -5_000, "q")], [*INVOICES, billed(100, 5_000, "q", direction="out")]),
        (SHAM, [row | {"issued_on": on(100)} for row in INVOICES]),
        ([SHAM[0], moved(300, 1_999, "q"), moved(310, 1_500, "q")], INVOICES),
    ],
    ids=["no invoices", "not of most receipts", "a supplier", "invoices of half a year alone", "too small, too few"],
)
def test_what_proves_nothing(told, lines, invoices):
    assert told(lines, invoices) == []


def test_payers_who_come_once_make_up_together_what_one_payee_gets(told):
    """49,000 of 50,000, 58,900 of 60,000 and 39,200 of 40,000, twelve days after; nobody pays twice."""
    crowd = []
    for time, (first, second, gone) in enumerate(
        [(30_000, 20_000, 49_000), (25_000, 35_000, 58_900), (22_000, 18_000, 39_200)]
    ):
        crowd += [moved(205 + 40 * time, first, f"r{time}"), moved(206 + 40 * time, second, f"t{time}")]
        crowd.append(moved(218 + 40 * time, -gone, "s"))
    invoices = [*INVOICES, *(billed(100 + time, 20_000 + time, "customer") for time in range(6))]
    sales = [moved(300 + time, 20_000 + time, "customer") for time in range(6)]
    assert in_the_end(told([*crowd, *sales], invoices), "rule") == ["unbilled-round"] * 9
    assert told([*crowd[:6], *sales], invoices) == []
