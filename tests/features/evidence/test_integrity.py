"""Facts of an account's month, worked by hand over a few lines."""

from datetime import date

import pytest

from features.engine import connect, register
from features.evidence.integrity import BALANCES, DIGITS, monthly

BY = ("account_id", "month")


@pytest.fixture
def facts(table):
    """The facts of the only account-month of some lines."""

    def of(lines):
        rows = register(connect(), "lines", table("line", lines))
        rows = rows.mutate(
            month=rows.booked_at.truncate("M").cast("date"),
            interest=(rows.summary == "结息").fill_null(False),
        )
        (found,) = monthly(rows, BY).to_pyarrow().to_pylist()
        return found

    return of


def line(number, day, flow, balance, **more):
    return {"line_id": str(number), "account_id": "a", "booked_at": date(2024, 2, day), "sequence": number,
            "direction": "in" if flow > 0 else "out", "amount": f"{abs(flow):.2f}",
            "balance_after": None if balance is None else f"{balance:.2f}", **more}  # fmt: skip


SOUND = [line(1, 5, 100, 300), line(2, 5, -30, 270), line(3, 9, 1000, 1270), line(4, 20, -0.07, 1269.93)]


def test_lines_that_hang_together(facts):
    found = facts(SOUND)
    names = ("lines", "valued", "linked", "breaks", "repeats", "disordered", "conflicts", "active_days", "rounded")
    assert [found[name] for name in names] == [4, 4, 3, 0, 0, 0, 0, 3, 0]
    assert (float(found["opening"]), float(found["closing"])) == (200.0, 1269.93)


def test_balances_stand_until_the_next_line_of_another_day(facts):
    found = facts(SOUND)
    # 4 days at 200, 4 at 270, 11 at 1270 and 10 at 1269.93 in a February of 29 days
    assert float(found["average"]) == round((4 * 200 + 4 * 270 + 11 * 1270 + 10 * 1269.93) / 29, 2)
    assert (float(found["lowest"]), found["negative_days"]) == (200.0, 0)


def test_first_digits_and_round_sums(facts):
    amounts = [1, 1.9, 19.99, 200, 999.99, 1000, 30_000, 0]
    found = facts([line(n, 1 + n, amount, None) for n, amount in enumerate(amounts)])
    assert [found[f"digit_{d}"] for d in DIGITS] == [4, 1, 1, 0, 0, 0, 0, 0, 1]
    assert found["rounds"] == 2


@pytest.mark.parametrize("power", range(13))
def test_the_first_digit_of_every_size(facts, power):
    found = facts([line(1, 1, 10**power / 100, None), line(2, 1, (10**power - 1) / 100, None)])
    # one cent less than a power of ten starts with a nine, but for nothing at all
    assert (found["digit_1"], found["digit_9"]) == (1, int(power > 0))


def test_a_line_that_was_taken_out_breaks_the_chain_once(facts):
    assert [facts(SOUND[:2] + SOUND[3:])[name] for name in ("linked", "breaks")] == [2, 1]


def test_an_amount_that_was_changed_breaks_the_chain_at_its_line(facts):
    changed = [*SOUND[:2], SOUND[2] | {"amount": "9000.00"}, SOUND[3]]
    assert [facts(changed)[name] for name in ("linked", "breaks")] == [3, 1]


def test_a_line_that_stands_twice_is_a_repeat_and_breaks_the_chain(facts):
    twice = [*SOUND, SOUND[2] | {"line_id": "x", "sequence": 5}]
    assert [facts(twice)[name] for name in ("breaks", "repeats", "disordered", "conflicts")] == [1, 1, 1, 0]


def test_money_that_goes_and_comes_back_within_a_day_is_no_repeat(facts):
    lines = [line(1, 5, 100, 100), line(2, 5, -100, 0), line(3, 5, 100, 100)]
    assert [facts(lines)[name] for name in ("breaks", "repeats")] == [0, 0]


def test_two_lines_in_one_place_are_a_conflict(facts):
    lines = [*SOUND, line(3, 9, 500, 770, line_id="other")]
    assert facts(lines)["conflicts"] == 1


def test_a_sequence_that_runs_against_the_days(facts):
    lines = [line(9, 5, 100, 300), line(2, 6, -30, 270), line(3, 9, 1000, 1270)]
    assert [facts(lines)[name] for name in ("breaks", "disordered")] == [0, 1]


def test_the_order_of_the_rows_does_not_matter(facts):
    assert facts(SOUND[::-1]) == facts(SOUND)


def test_a_bank_that_rounds_its_balances_may_be_off_by_a_little(facts):
    rounded = [line(1, 5, 100.13, 300.1), line(2, 6, -30.26, 269.9), line(3, 9, 10.04, 279.9)]
    assert [facts(rounded)[name] for name in ("rounded", "linked", "breaks")] == [1, 2, 0]
    assert facts([*rounded, line(4, 10, 10, 300)])["breaks"] == 1


def test_without_balances_nothing_is_told_of_them(facts):
    found = facts([line(1, 5, 100, None), line(2, 6, 100, None)])
    assert [found[name] for name in ("lines", "valued", "linked", "breaks", "repeats")] == [2, 0, 0, 0, 0]
    assert [found[name] for name in (*BALANCES, "opening")] == [None] * 5


def test_a_month_in_which_some_lines_have_no_balance_is_not_judged(facts):
    found = facts([*SOUND, line(5, 21, 100, None), line(6, 22, 100, 999)])
    assert [found[name] for name in ("lines", "valued", "linked", "breaks")] == [6, 5, 0, 0]
    assert float(found["closing"]) == 999.0


def test_interest_is_added_up(facts):
    lines = [*SOUND, line(5, 21, 1.5, 1271.43, summary="结息"), line(6, 22, 0.25, 1271.68, summary="结息")]
    assert float(facts(lines)["interest"]) == 1.75


def test_lines_that_share_their_place_are_told_alike_in_any_order(facts):
    tied = [line(1, 5, 100, 300), line(9, 9, 50, 350), line(9, 9, -30, 270) | {"line_id": "b"}, line(12, 20, 10, 280)]
    tied += [line(30, 25, -80, 200), line(30, 25, 70, 270) | {"line_id": "c"}]
    first = facts(tied)
    assert first["conflicts"] == 2
    assert all(facts(order) == first for order in (tied[::-1], [tied[n] for n in (2, 1, 5, 4, 0, 3)]))
