"""Parties whose money answers each other, worked by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest
from by_hand import START, in_the_end, moved, on

# One sum goes on in two, two in one, one in two: 59,400 of 60,000, 79,200 of 80,000 and 69,500 of 70,000.
ROUNDS = [
    *(moved(0, 60_000, "p"), moved(12, -25_000, "q"), moved(18, -34_400, "q")),
    *(moved(40, 30_000, "p"), moved(46, 50_000, "p"), moved(60, -79_200, "q")),
    *(moved(90, 70_000, "p"), moved(103, -30_000, "q"), moved(108, -39_500, "q")),
]


def test_what_one_party_pays_in_goes_out_to_another_cut_otherwise(flows_of, world_of):
    """It is known with the third round, and not before."""
    flow = flows_of(world_of(line=ROUNDS))
    assert in_the_end(flow, "rule") == ["answered"] * 9
    assert {row["nature"] for row in flow if row["rule"] == "answered"} == {"wash"}
    assert {row["known_from"] for row in flow if row["rule"] == "answered"} == {on(108)}


def test_money_that_left_first_comes_back(flows_of, world_of):
    back = [
        moved(
            120 - (line["booked_at"] - START).days,
            (1 if line["direction"] == "out" else -1) * float(line["amount"]),
            line["counterparty_id"],
        )
        for line in ROUNDS
    ]
    assert in_the_end(flows_of(world_of(line=back)), "rule") == ["answered"] * 9


@pytest.mark.parametrize(
    "lines",
    [
        ROUNDS[:6],
        [*ROUNDS[:7], moved(111, -30_000, "q"), moved(114, -39_500, "q")],
        [*ROUNDS[:7], moved(103, -30_000, "q"), moved(108, -37_800, "q")],
        [*ROUNDS[:7], moved(103, -30_000, "q"), moved(108, -39_500, "r")],
        [*ROUNDS[:7], *(moved(100 + n, -13_900 + 100 * n, "q") for n in range(5))],
        [*ROUNDS, *(moved(115 + 3 * n, -3_000 - 777 * n, "q") for n in range(6))],
    ],
    ids=["twice", "after 21 days", "less 3.1 percent", "another payee", "five parts", "a payee with other business"],
)
def test_what_does_not_answer_is_trade(flows_of, world_of, lines):
    assert "answered" not in in_the_end(flows_of(world_of(line=lines)), "rule")


def test_a_true_customer_gets_back_what_it_did_not_owe(flows_of, world_of):
    """Of its many payments three come back, within a fortnight and in parts; the others are sales."""
    honest = [moved(7 + 30 * time, 21_000 + 1_700 * time, "p") for time in range(8)]
    sham = []
    for time, (into, first, second) in enumerate(
        [(60_000, 30_000, 29_600), (80_000, 50_000, 29_000), (95_000, 35_000, 59_400)]
    ):
        sham.append(moved(60 * time, into, "p"))
        sham.extend(moved(60 * time + 12 + n, -part, "p", summary="退款") for n, part in enumerate((first, second)))
    found = in_the_end(flows_of(world_of(line=[*honest, *sham])), "rule")
    assert "answered" not in found[:8]
    assert found[8:] == ["answered"] * 9
    late = [
        row | {"booked_at": row["booked_at"] + timedelta(days=3), "known_at": row["known_at"] + timedelta(days=3)}
        if row["direction"] == "out"
        else row
        for row in sham
    ]
    assert "answered" not in in_the_end(flows_of(world_of(line=[*honest, *late])), "rule")


def test_a_line_that_becomes_known_late_changes_nothing_of_the_days_before(flows_of, world_of):
    """It stands between two parts of a round, so that they were a run until it was known, and are one since."""
    late = moved(15, -3_000, "q", known_at=on(150))
    alone, with_it = (flows_of(world_of(line=lines)) for lines in (ROUNDS, [*ROUNDS, late]))

    def until(flow):
        shown = ("line_id", "rule", "known_from")
        return sorted(tuple(row[name] for name in shown) for row in flow if row["known_from"] < on(150))

    assert until(with_it) == until(alone)
    assert in_the_end(with_it, "rule")[:9] == ["answered"] * 9


def test_a_correction_of_a_line_ends_the_runs_that_it_was_in(flows_of, world_of):
    """The first sum was a tenth of what the bank wrote: with two rounds left nothing is told from that day on."""
    corrected = ROUNDS[0] | {"amount": "6000", "known_at": on(130), "line_id": "line0"}
    lines = [line | {"line_id": f"line{number}"} for number, line in enumerate(ROUNDS)]
    flow = flows_of(world_of(line=[*lines, corrected]))
    assert {row["known_from"] for row in flow if row["rule"] == "answered"} == {on(108)}
    assert {row["known_until"] for row in flow if row["rule"] == "answered"} == {on(130)}


def test_a_sum_that_repeats_is_as_much_as_many_another_but_goes_round_once(flows_of, world_of):
    """One, two and three payments of 10,000 yuan are what q gets; of the 120,000 that came, 59,550 went."""
    lines = [moved(10 * time, 10_000 + time, "p") for time in range(12)]
    lines += [moved(8, -29_250, "q"), moved(38, -20_000, "q"), moved(39, -10_300, "q")]
    assert "answered" not in in_the_end(flows_of(world_of(line=lines)), "rule")


def test_what_is_lent_to_and_fro_is_no_sham(flows_of, world_of):
    """Each of four loans comes back in one sum after twelve days: a related party, though it answers itself."""
    loans = [
        line
        for k, amount in enumerate((60_000, 80_000, 45_000, 70_000))
        for line in (moved(60 * k, -amount, "p"), moved(60 * k + 12, amount, "p"))
    ]
    flow = flows_of(world_of(line=loans))
    assert in_the_end(flow, "rule") == ["to-and-fro"] * 8
    assert {row["nature"] for row in flow if row["known_until"] is None} == {"related_party"}


def test_of_a_party_the_first_lines_are_read(flows_of, world_of, rules):
    """With three of its four lines the payer has two runs that are answered, and three are asked for."""

    def of(most):
        few = replace(rules, circular=replace(rules.circular, of_party=most))
        return in_the_end(flows_of(world_of(line=ROUNDS), few), "rule")

    assert "answered" not in of(3)
    assert of(5) == ["answered"] * 9
