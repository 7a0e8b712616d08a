"""Payers and payees who come and go together, worked by hand."""

import pytest
from by_hand import START, billed, moved, on

# Customer and supplier are paid thirty days after each invoice, every twenty days.
DAYS = range(0, 600, 20)
INVOICES = [
    *(billed(day, 10_000 + day, "customer") for day in DAYS),
    *(billed(day, 8_000 + day, "supplier", "out") for day in DAYS),
]
TRADE = [
    *(moved(day + 30, 10_000 + day, "customer") for day in DAYS),
    *(moved(day + 30, -8_000 - day, "supplier") for day in DAYS),
]
# 85 % of what p and q pay goes to r, s and t, each time cut otherwise: of 60,000, 40,000 and 50,000
ROUNDS = [
    *(moved(300, 60_000, "p"), moved(302, -21_000, "r"), moved(303, -30_000, "s")),
    *(moved(400, 40_000, "q"), moved(401, -11_000, "t"), moved(402, -23_000, "r")),
    *(moved(430, 25_000, "p"), moved(431, 25_000, "q"), moved(433, -19_000, "s"), moved(434, -23_500, "t")),
]
BILLS = [billed(298, 60_000, "p"), billed(400, 40_000, "q")]  # of the week of the payment
# Receipts every twenty days are near everything, the suppliers' payments too
ALWAYS = [row for day in range(240, 500, 20) for row in (moved(day, 20_000, "p"), moved(day + 2, -17_000, "r"))]
NEAR = [row for row in TRADE if row["counterparty_id"] == "customer" or on(240) <= row["booked_at"] <= on(500)]


@pytest.fixture
def told(flows_of, world_of):
    """The last rule of each line besides the trade, and the days since which it holds."""

    def of(lines, trade=TRADE, invoices=INVOICES):
        flow = flows_of(world_of(line=[*trade, *lines], invoice=[*invoices, *BILLS]))
        held = {int(row["line_id"].removeprefix("line")): row for row in flow if row["known_until"] is None}
        held = [held[number] for number in sorted(held) if number >= len(trade)]
        return [row["rule"] for row in held], {row["known_from"] for row in held}

    return of


def test_payees_who_share_what_two_payers_bring(told):
    """No sum is as much as another or as two; all is known when the last receipt has had no invoice for 15 days."""
    rules, since = told(ROUNDS)
    assert rules == ["unbilled-round"] * len(ROUNDS)
    assert since == {on(431 + 15)}


@pytest.mark.parametrize(("days", "rule"), [(7, "unbilled-round"), (8, "remainder")])
def test_an_invoice_of_the_week_of_the_payment_is_no_credit(told, days, rule):
    bills = [
        billed(row["booked_at"].toordinal() - START.toordinal() - days, row["amount"], row["counterparty_id"])
        for row in ROUNDS
        if row["direction"] == "in"
    ]
    assert set(told(ROUNDS, invoices=[*INVOICES, *bills])[0]) == {rule}


def test_payments_every_twenty_days_are_told_where_suppliers_are_paid_at_other_times_too(told):
    assert "unbilled-round" in told(ALWAYS[:12])[0]


@pytest.mark.parametrize(
    ("lines", "trade", "invoices"),
    [
        ([row for row in ROUNDS if row["counterparty_id"] != "s"], TRADE, INVOICES),
        ([*ROUNDS, moved(431, -40_000, "r")], TRADE, INVOICES),
        ([*ROUNDS, *(moved(day, -5_000, who) for who in "rst" for day in (330, 370))], TRADE, INVOICES),
        (ROUNDS, [row for row in TRADE if row["counterparty_id"] == "customer"], INVOICES[:30]),
        (ALWAYS, NEAR, INVOICES),
    ],
    ids=["half of it stays", "more leaves than came", "they are paid at other times", "no suppliers", "always paying"],
)
def test_what_proves_nothing(told, lines, trade, invoices):
    assert "unbilled-round" not in told(lines, trade, invoices)[0]
