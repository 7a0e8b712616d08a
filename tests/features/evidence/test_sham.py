"""Payments that do not look like sales, worked by hand: labelled as doubt, so that income is an interval."""

from datetime import timedelta
from decimal import Decimal

import by_hand
import pytest
from by_hand import in_the_end, on


def moved(number, amount, party, **more):
    """A payment by the days since 15 January."""
    return by_hand.moved(14 + number, amount, party, **more)


LENT = moved(-20, -120_000, "q")
MONTHLY = [moved(31 * month - month % 3, 20_000 + 500 * month, "p") for month in range(6)]


def test_a_customer_that_pays_nearly_the_same_each_month_pays_back_what_it_was_lent(flows_of, world_of):
    """The fifth payment is the fourth that follows one of nearly its sum a month before."""
    flow = flows_of(world_of(line=[*MONTHLY, LENT]))
    assert in_the_end(flow, "rule")[:6] == ["instalments"] * 6
    assert min(row["known_from"] for row in flow if row["rule"] == "instalments") == MONTHLY[4]["booked_at"]
    assert "instalments" not in in_the_end(flows_of(world_of(line=[*MONTHLY[:4], LENT])), "rule")
    assert "instalments" not in in_the_end(flows_of(world_of(line=MONTHLY)), "rule")


def test_what_had_left_counts_once_it_is_known_and_for_a_year_and_a_month(flows_of, world_of):
    """Four payments must follow another of which four times had left: the last of these is 93 days after the start."""
    late = {**LENT, "known_at": MONTHLY[4]["booked_at"] + timedelta(days=9)}
    flow = flows_of(world_of(line=[*MONTHLY, late]))
    assert min(row["known_from"] for row in flow if row["rule"] == "instalments") == late["known_at"]
    small, after = moved(-5, -79_999, "q"), moved(170, -500_000, "q")
    for day, found in ((92, False), (93, True)):
        lines = [*MONTHLY, small, after, moved(day - 400, -120_000, "q")]
        assert ("instalments" in in_the_end(flows_of(world_of(line=lines)), "rule")) is found


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
    assert "instalments" not in in_the_end(flows_of(world_of(line=[*lines, LENT])), "rule")


def test_what_is_in_doubt_counts_in_the_upper_end_alone(flows_of, world_of):
    flow = flows_of(world_of(line=[*MONTHLY, LENT]))
    last = [row for row in flow if row["known_until"] is None]
    assert {row["income"] for row in last} == {Decimal("0.00")}
    assert sum(row["income_high"] for row in last) == Decimal("127500.00")


def swiped(number, amount):
    return moved(number, amount, "card", counterparty_name="银联商务股份有限公司", channel="POS")


def test_card_payouts_that_are_large_and_rare(flows_of, world_of):
    few = [swiped(9 * number, 30_000 + number) for number in range(6)]
    assert in_the_end(flows_of(world_of(line=few)), "rule") == ["swipes"] * 6
    often = [swiped(number, 30_000 + number) for number in range(12)]
    assert "swipes" not in in_the_end(flows_of(world_of(line=often)), "rule")
    small = [swiped(9 * number, 300 + number) for number in range(6)]
    assert "swipes" not in in_the_end(flows_of(world_of(line=[*small, *few[:4]])), "rule")


def test_a_party_that_buys_what_it_sells(flows_of, world_of):
    """Four payments each way, 100,000 in and 98,000 out; then it buys more, and the doubt ends."""
    sums = (31_000, -17_000, 22_000, -33_000, 38_000, -28_000, 9_000, -20_000)
    lines = [moved(50 * number, amount, "p") for number, amount in enumerate(sums)]
    flow = flows_of(world_of(line=lines))
    assert in_the_end(flow, "rule") == ["even"] * 8
    assert "even" not in in_the_end(flows_of(world_of(line=[*lines, moved(420, 60_000, "p")])), "rule")
    assert "even" not in in_the_end(flows_of(world_of(line=lines[:7])), "rule")
    in_six = [moved(360 + 7 * number, -3_333, "p") for number in range(6)]  # nine lines one way, four the other
    assert "even" not in in_the_end(flows_of(world_of(line=[*lines[:7], *in_six])), "rule")


def test_a_corrected_line_is_taken_off_again(flows_of, world_of):
    sums = (31_000, -17_000, 22_000, -33_000, 38_000, -28_000, 9_000, -20_000)
    lines = [moved(50 * number, amount, "p") for number, amount in enumerate(sums)]
    later = {**lines[0], "line_id": "line0", "amount": "131000", "known_at": on(514)}
    flow = flows_of(world_of(line=[*lines, later]))
    assert "even" not in [row["rule"] for row in flow if row["known_until"] is None]
    assert "even" in [row["rule"] for row in flow]
