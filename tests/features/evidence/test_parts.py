"""Sums that others make up in parts, worked by hand."""

from dataclasses import replace

import pytest
from by_hand import START, in_the_end, moved, on


def drawn(number, amount):
    return moved(number, -amount, None, summary="取现", counterparty_name="")


# 60,000 and 39,500 of 100,000, 50,000 and 29,900 of 80,000, 55,000 and 35,000 of 91,000 come back
OUT_AND_BACK = [
    *(moved(0, -100_000, "p"), moved(3, 60_000, "q"), moved(5, 39_500, "r")),
    *(moved(60, -80_000, "p"), moved(66, 50_000, "q"), moved(64, 29_900, "r")),
    *(moved(120, -91_000, "p"), moved(124, 55_000, "q"), moved(121, 35_000, "r")),
]


def turned(lines):
    return [{**row, "direction": "out" if row["direction"] == "in" else "in"} for row in lines]


def backwards(lines):
    """The same lines in the opposite order, all known in the end, as from a statement that is handed in."""
    end = on(130)
    return [{**row, "booked_at": end - (row["booked_at"] - START), "known_at": end} for row in lines]


@pytest.mark.parametrize(
    "lines",
    [OUT_AND_BACK, turned(OUT_AND_BACK), backwards(OUT_AND_BACK), turned(backwards(OUT_AND_BACK))],
    ids=["sent out, back in parts", "received, gone in parts", "parts in, sent out", "parts out, received"],
)
def test_a_sum_that_two_others_make_up_three_times(flows_of, world_of, lines):
    assert in_the_end(flows_of(world_of(line=lines)), "rule") == ["in-parts"] * 9


def test_it_is_known_with_the_last_part_of_the_third(flows_of, world_of):
    flow = flows_of(world_of(line=OUT_AND_BACK))
    assert {row["known_from"] for row in flow if row["rule"] == "in-parts"} == {on(124)}
    assert "in-parts" not in in_the_end(flows_of(world_of(line=OUT_AND_BACK[:8])), "rule")


def test_payers_who_come_once_take_part_when_the_sum_is_right(flows_of, world_of):
    """Twelve people pay 1,000 to 2,100 in ten days before the payee gets 18,000 of 18,600, and others the next time."""
    lines = [
        row
        for time in range(3)
        for row in (
            *(moved(40 * time + person % 10, 1_000 + 100 * person, f"{time}-{person}") for person in range(12)),
            moved(40 * time + 10, -18_200, "p"),
        )
    ]
    assert in_the_end(flows_of(world_of(line=lines)), "rule") == ["in-parts"] * 39


def instead(lines, times):
    """The first of three times in other lines."""
    return [*lines, *times[3:]]


@pytest.mark.parametrize(
    "lines",
    [
        [*OUT_AND_BACK, *(moved(day, 7_000, "q") for day in range(20, 56, 4))],
        [*OUT_AND_BACK, *(moved(day, -40_000 - day, "p") for day in range(200, 350, 20))],
        [*OUT_AND_BACK, *(moved(number, 20_000, f"s{number}") for number in (1, 61, 121))],
        instead([moved(0, -100_000, "p"), moved(3, 99_000, "q")], OUT_AND_BACK),
        instead([moved(0, -100_000, "p"), moved(3, 60_000, "q"), moved(11, 39_500, "r")], OUT_AND_BACK),
    ],
    ids=["a customer of other days too", "a supplier of other sums too", "sums not right", "one part", "after 11 days"],
)
def test_what_is_trade(flows_of, world_of, lines):
    assert "in-parts" not in in_the_end(flows_of(world_of(line=lines)), "rule")


def test_a_sale_that_is_drawn_in_cash_within_days(flows_of, world_of):
    """29,400 of 30,000 in two drawings, from three payers; what the owner draws besides stays the owner's."""
    lines = [
        row
        for time, party in enumerate("pqr")
        for row in (moved(50 * time, 30_000, party), drawn(50 * time + 1, 15_000), drawn(50 * time + 4, 14_400))
    ]
    flow = flows_of(world_of(line=[*lines, drawn(30, 5_000)]))
    assert in_the_end(flow, "rule") == [*(["drawn-in-cash", "cash-of-sales", "cash-of-sales"] * 3), "cash-drawn"]
    assert {row["nature"] for row in flow if row["rule"] == "cash-of-sales"} == {"wash"}


def test_a_part_that_is_known_late_changes_nothing_of_what_was_known(flows_of, world_of):
    """A late receipt breaks the third sum; until it was known the third sum was right, and is told so for ever."""
    late = moved(122, 20_000, "q", known=300)
    flow = flows_of(world_of(line=[*OUT_AND_BACK, late]))
    before = flows_of(world_of(line=OUT_AND_BACK))
    shown = ("line_id", "rule", "known_from")
    known = {tuple(row[name] for name in shown) for row in flow if row["known_from"] < late["known_at"]}
    assert known == {tuple(row[name] for name in shown) for row in before}


def test_of_a_party_the_first_lines_are_read(flows_of, world_of, rules):
    """With two of q's three parts the firm has two sums that are made up, and three are asked for."""

    def of(most, lines=OUT_AND_BACK):
        few = replace(rules, circular=replace(rules.circular, of_party=most))
        return in_the_end(flows_of(world_of(line=lines), few), "rule")

    assert "in-parts" not in of(2)
    assert of(3) == ["in-parts"] * 9
    fourth = [*OUT_AND_BACK, moved(126, 20_000, "q")]  # near the third sum, and too much for it
    assert of(4, fourth) == ["in-parts"] * 10
    assert of(3, fourth) == [*["in-parts"] * 9, "accomplice"]


def test_lines_of_a_party_that_become_known_together_are_read_together_or_not_at_all(flows_of, world_of, rules):
    few = replace(rules, circular=replace(rules.circular, of_party=2))
    assert "in-parts" not in in_the_end(flows_of(world_of(line=backwards(OUT_AND_BACK)), few), "rule")
