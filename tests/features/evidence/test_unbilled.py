"""Receipts without an invoice, worked by hand."""

from datetime import date, timedelta
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from features.evidence.unbilled import _first

START = date(2024, 1, 1)


def on(number):
    return START + timedelta(days=number)


def moved(number, amount, party, **more):
    return {
        "booked_at": on(number),
        "known_at": on(number),
        "direction": "in" if amount > 0 else "out",
        "amount": str(abs(amount)),
        "counterparty_id": party,
        **more,
    }


def billed(number, gross, party, known=None, direction="in"):
    return {
        "direction": direction,
        "issued_on": on(number),
        "counterparty_id": party,
        "gross": str(gross),
        "known_at": on(number if known is None else known),
    }


# A customer is invoiced every ten days and pays each invoice 200 days later
INVOICES = [billed(10 * time, 10_000 + time, "customer") for time in range(12)]
SALES = [moved(200 + 10 * time, 10_000 + time, "customer") for time in range(12)]
# Nobody invoices q; 97.5 % and 97.7 % (in two payments) of its money go to s, which is paid something else once
SHAM = [
    *(moved(205, 30_000, "q"), moved(208, -29_250, "s")),
    *(moved(235, 31_000, "q"), moved(238, -20_000, "s"), moved(239, -10_300, "s")),
    *(moved(265, 32_000, "q"), moved(262, -28_000, "s")),
]
TOLD = ["unbilled", "unbilled-round", "unbilled", *["unbilled-round"] * 2, "unbilled", "unbilled-round"]


@pytest.fixture
def told(flows_of, world_of):
    def of(lines, invoices=INVOICES):
        flow = flows_of(world_of(line=[*SALES, *lines], invoice=invoices))
        return [row for row in flow if row["rule"] in ("unbilled", "unbilled-round")]

    return of


def rules_of(flow):
    held = {int(row["line_id"].removeprefix("line")): row["rule"] for row in flow if row["known_until"] is None}
    return [held[number] for number in sorted(held)]


def test_a_payer_who_is_never_invoiced_and_where_the_money_goes(told):
    flow = told(SHAM)
    assert rules_of(flow) == TOLD
    assert {row["nature"] for row in flow} == {"wash"}
    assert {row["confidence"] for row in flow if row["rule"] == "unbilled"} == {Decimal("0.60")}


def test_it_is_known_once_the_third_invoice_has_not_come_for_fifteen_days(told):
    assert {row["known_from"] for row in told(SHAM)} == {on(265 + 15)}
    assert told(SHAM[:5]) == []


def test_what_a_customer_pays_beyond_its_invoices_and_gets_back(told):
    """Twice, since one may be a mistake: 12,100 of 12,345 go back in two payments, 15,300 of 15,678 in one."""
    lines = [
        *(moved(320, 12_345, "customer"), moved(325, -6_000, "customer"), moved(331, -6_100, "customer")),
        *(moved(340, 15_678, "customer"), moved(345, -15_300, "customer")),
    ]
    flow = told(lines)
    assert rules_of(flow) == ["unbilled-round"] * 5
    assert {row["known_from"] for row in flow} == {on(340 + 15)}
    assert told(lines[:3]) == []


def test_it_ends_with_the_day_on_which_an_invoice_becomes_known(told):
    flow = told(SHAM, [*INVOICES, billed(200, 30_000, "q", known=300)])
    assert rules_of(flow) == []
    assert {row["known_until"] for row in flow} == {on(300)}
    assert [(row["line_id"], row["known_from"]) for row in flow] == [
        (row["line_id"], row["known_from"]) for row in told(SHAM)
    ]


@pytest.mark.parametrize(
    ("lines", "invoices"),
    [
        (SHAM, []),
        (SHAM, INVOICES[:3]),
        (SHAM, [*INVOICES, billed(100, 5_000, "q", direction="out"), billed(100, 5_000, "s", direction="out")]),
        (SHAM, [row | {"issued_on": on(100)} for row in INVOICES]),
        ([*SHAM[:2], moved(300, 1_999, "q"), moved(310, 1_500, "q")], INVOICES),
    ],
    ids=["no invoices", "not of most receipts", "suppliers", "invoices of half a year alone", "too small, too few"],
)
def test_what_proves_nothing(told, lines, invoices):
    assert told(lines, invoices) == []


@pytest.mark.parametrize("back", [1, -1])
def test_of_pairs_that_begin_together_the_one_that_lasts_longest_tells_the_end_in_any_order(back):
    """Line 0 is in two pairs from the first day on, line 1 in one of them without an end; later pairs tell nothing."""
    rows = [(0, 1, 5), (0, 1, 9), (0, 3, 20), (1, 1, 5), (1, 1, None), (1, 2, 7)]
    pairs = [{"enterprise_id": "a", "in_number": number, "known_from": on(since), "known_until": end and on(end)}
             for number, since, end in rows][::back]  # fmt: skip
    lines = _first(ibis.memtable(pa.Table.from_pylist(pairs)), "in").order_by("number").to_pyarrow().to_pylist()
    assert [(line["known_from"], line["known_until"]) for line in lines] == [(on(1), on(9)), (on(1), None)]


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
    assert rules_of(told([*crowd, *sales], invoices)) == ["unbilled-round"] * 9
    assert told([*crowd[:6], *sales], invoices) == []
