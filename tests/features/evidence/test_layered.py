"""Money that goes round slowly, worked by hand."""

import pytest
from by_hand import in_the_end, moved, on

SLOW = [moved(0, 60_000, "p"), moved(12, -59_400, "q"), moved(40, 80_000, "p"), moved(55, -79_200, "q")]


def test_a_payer_whose_money_goes_to_one_payee_within_weeks_less_a_fee_again_and_again(flows_of, world_of):
    """Twelve and fifteen days, one percent; from the day on which the second round is known."""
    flow = flows_of(world_of(line=SLOW))
    assert in_the_end(flow, "nature") == ["wash"] * 4
    assert {row["known_from"] for row in flow if row["nature"] == "wash"} == {on(55)}


@pytest.mark.parametrize(
    "lines",
    [
        SLOW[:2],
        [*SLOW[:3], moved(55, -79_200, "r")],
        [*SLOW[:3], moved(61, -79_200, "q")],
        [*SLOW[:3], moved(55, -78_000, "q")],
        [*SLOW, *(moved(20 + n, -3_000 - 500 * n, "q") for n in range(3))],
    ],
    ids=["once", "another payee", "after 21 days", "less 2.5 percent", "a payee with other business"],
)
def test_what_does_not_come_again_is_trade(flows_of, world_of, lines):
    assert set(in_the_end(flows_of(world_of(line=lines)), "nature")) == {"operating"}


def test_a_party_that_pays_and_is_paid_the_same_weeks_apart_is_related(flows_of, world_of):
    lines = [moved(0, 60_000, "p"), moved(30, -60_000, "p"), moved(50, 70_000, "p"), moved(85, -69_500, "p")]
    assert in_the_end(flows_of(world_of(line=lines)), "nature") == ["related_party"] * 4
    assert in_the_end(flows_of(world_of(line=lines[:2])), "nature") == ["operating"] * 2
