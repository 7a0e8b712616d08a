"""A party most of whose payments go round, worked by hand."""

from by_hand import in_the_end, moved, on

# Three payments of p go on to q at once; two of p's own and one of q's are too small for that rule to look at.
ROUNDS = [
    row
    for month in range(3)
    for row in (moved(30 * month, 50_000 + month, "p"), moved(30 * month + 1, -49_900 - month, "q"))
]
REST = [moved(100, 900, "p"), moved(130, 800, "p"), moved(140, -700, "q")]


def test_the_rest_of_a_party_whose_money_goes_round_goes_round(flows_of, world_of):
    assert in_the_end(flows_of(world_of(line=[*ROUNDS, *REST])), "nature") == ["wash"] * 9


def test_it_is_known_from_the_third_line_and_holds_for_those_to_come(flows_of, world_of):
    flow = flows_of(world_of(line=[moved(-10, 900, "p"), *ROUNDS]))
    early = [(row["nature"], row["known_from"]) for row in flow if row["line_id"] == "line0"]
    assert sorted(early, key=lambda each: each[1]) == [
        ("operating", on(-10)),
        ("wash", on(61)),
    ]


def test_two_rounds_are_not_enough_for_the_rest_and_neither_is_a_third_of_all(flows_of, world_of):
    assert in_the_end(flows_of(world_of(line=[*ROUNDS[:4], *REST])), "nature") == ["wash"] * 4 + ["operating"] * 3
    trade = [moved(-100 + number, 20_000 + 3_000 * number, "p") for number in range(9)]
    found = in_the_end(flows_of(world_of(line=[*trade, *ROUNDS, *REST])), "nature")
    assert found[:9] == ["operating"] * 9
    assert found[15:17] == ["operating"] * 2


def test_money_sent_out_that_comes_back_from_another_again_and_again(flows_of, world_of):
    """The first of a ring sees its own money leave to one and return from another, days later and less a fee."""
    lines = [moved(0, -60_000, "p"), moved(9, 59_500, "q"), moved(40, -80_000, "p"), moved(55, 79_200, "q")]
    assert in_the_end(flows_of(world_of(line=lines)), "nature") == ["wash"] * 4
    assert in_the_end(flows_of(world_of(line=lines[:2])), "nature") == ["operating"] * 2
