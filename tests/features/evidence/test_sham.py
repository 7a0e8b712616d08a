"""Payments that do not look like sales, worked by hand: labelled as doubt, so that income is an interval."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

START = date(2024, 1, 15)


def moved(number, amount, party, **more):
    day = START + timedelta(days=number)
    return {
        "booked_at": day,
        "known_at": day,
        "direction": "in" if amount > 0 else "out",
        "amount": str(abs(amount)),
        "counterparty_id": party,
        **more,
    }


def held(flow):
    """The rule of each line that holds in the end, in the order of the lines."""
    rules = {int(row["line_id"].removeprefix("line")): row["rule"] for row in flow if row["known_until"] is None}
    return [rules[number] for number in sorted(rules)]


LENT = moved(-20, -120_000, "q")
MONTHLY = [moved(31 * month - month % 3, 20_000 + 500 * month, "p") for month in range(6)]


def test_a_customer_that_pays_nearly_the_same_each_month_pays_back_what_it_was_lent(flows_of, world_of):
    """The fifth payment is the fourth that follows one of nearly its sum a month before."""
    flow = flows_of(world_of(line=[*MONTHLY, LENT]))
    assert held(flow)[:6] == ["instalments"] * 6
    assert min(row["known_from"] for row in flow if row["rule"] == "instalments") == MONTHLY[4]["booked_at"]
    assert "instalments" not in held(flows_of(world_of(line=[*MONTHLY[:4], LENT])))
    assert "instalments" not in held(flows_of(world_of(line=MONTHLY)))


def test_what_had_left_counts_once_it_is_known_and_for_a_year_and_a_month(flows_of, world_of):
    """Four payments must follow another of which four times had left: the last of these is 93 days after the start."""
    late = {**LENT, "known_at": MONTHLY[4]["booked_at"] + timedelta(days=9)}
    flow = flows_of(world_of(line=[*MONTHLY, late]))
    assert min(row["known_from"] for row in flow if row["rule"] == "instalments") == late["known_at"]
    small, after = moved(-5, -79_999, "q"), moved(170, -500_000, "q")
    assert "instalments" not in held(flows_of(world_of(line=[*MONTHLY, small, after, moved(92 - 400, -120_000, "q")])))
    assert "instalments" in held(flows_of(world_of(line=[*MONTHLY, small, after, moved(93 - 400, -120_000, "q")])))


@pytest.mark.parametrize(
    "lines",
    [
        [moved(31 * month, 20_000 * (1 + month % 2), "p") for month in range(8)],
        [moved(20 * month, 20_000, "p") for month in range(8)],
        [moved(31 * month, -20_000, "p") for month in range(8)],
        [moved(31 * month, 20_000, f"p{month}") for month in range(8)],
    ],
    ids=["other sums", "other days", "a supplier", "other customers"],
)
def test_customers_who_do_not(flows_of, world_of, lines):
    assert "instalments" not in held(flows_of(world_of(line=[*lines, LENT])))


def test_what_is_in_doubt_counts_in_the_upper_end_alone(flows_of, world_of):
    flow = flows_of(world_of(line=[*MONTHLY, LENT]))
    last = [row for row in flow if row["known_until"] is None]
    assert {row["income"] for row in last} == {Decimal("0.00")}
    assert sum(row["income_high"] for row in last) == Decimal("127500.00")


def swiped(number, amount):
    return moved(number, amount, "card", counterparty_name="银联商务股份有限公司", channel="POS")


def test_card_payouts_that_are_large_and_rare(flows_of, world_of):
    few = [swiped(9 * number, 30_000 + number) for number in range(6)]
    assert held(flows_of(world_of(line=few))) == ["swipes"] * 6
    often = [swiped(number, 30_000 + number) for number in range(12)]
    assert "swipes" not in held(flows_of(world_of(line=often)))
    small = [swiped(9 * number, 300 + number) for number in range(6)]
    assert "swipes" not in held(flows_of(world_of(line=[*small, *few[:4]])))


def test_a_party_that_buys_what_it_sells(flows_of, world_of):
    """Four payments each way, 100,000 in and 98,000 out; then it buys more, and the doubt ends."""
    sums = (31_000, -17_000, 22_000, -33_000, 38_000, -28_000, 9_000, -20_000)
    lines = [moved(50 * number, amount, "p") for number, amount in enumerate(sums)]
    flow = flows_of(world_of(line=lines))
    assert held(flow) == ["even"] * 8
    assert "even" not in held(flows_of(world_of(line=[*lines, moved(420, 60_000, "p")])))
    assert "even" not in held(flows_of(world_of(line=lines[:7])))
    in_six = [moved(360 + 7 * number, -3_333, "p") for number in range(6)]  # nine lines one way, four the other
    assert "even" not in held(flows_of(world_of(line=[*lines[:7], *in_six])))


def test_a_corrected_line_is_taken_off_again(flows_of, world_of):
    sums = (31_000, -17_000, 22_000, -33_000, 38_000, -28_000, 9_000, -20_000)
    lines = [moved(50 * number, amount, "p") for number, amount in enumerate(sums)]
    later = {**lines[0], "line_id": "line0", "amount": "131000", "known_at": START + timedelta(days=500)}
    flow = flows_of(world_of(line=[*lines, later]))
    assert "even" not in [row["rule"] for row in flow if row["known_until"] is None]
    assert "even" in [row["rule"] for row in flow]
