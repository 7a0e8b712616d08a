from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.contract import TABLES
from features.sources import Batch, reject
from pipelines.staging import Staging

LINE = TABLES["line"]


def line(number, direction, amount, balance, **changes):
    row = dict.fromkeys(LINE.names) | {"line_id": f"L{number}", "account_id": "A1", "enterprise_id": "E1"}
    row |= {"booked_at": "2024-01-05", "sequence": str(number), "known_at": "2024-02-01", "direction": direction}
    return row | {"amount": amount, "balance_after": balance, "source_file": "line.csv", "source_row": number} | changes


def statement(*flows, start="100"):
    """Lines whose balances add up; a negative flow goes out."""
    balance, lines = Decimal(start), []
    for number, flow in enumerate(map(Decimal, flows), start=1):
        balance += flow
        lines.append(line(number, "in" if flow >= 0 else "out", str(abs(flow)), str(balance)))
    return lines


def broken(tmp_path, lines, tolerance=0.0, rejected=None):
    """Numbers of the rows whose balance does not follow."""
    staging = Staging(tmp_path / "load")
    try:
        staging.load(Batch(table="line", rows=pa.Table.from_pylist(lines), rejected=rejected))
        (frame,) = staging.cross_frames(LINE, 1000, {}, tolerance)
        return frame["balance_continuity:balance_after"].dropna().to_dict()
    finally:
        staging.close()


def test_balances_that_add_up_are_sound(tmp_path):
    assert broken(tmp_path, statement("10", "-20.55", "0.10", "5")) == {}


def test_a_wrong_balance_breaks_its_own_row_and_not_the_next(tmp_path):
    lines = statement("10", "20", "30", "40")
    lines[1]["balance_after"] = "999.00"
    assert broken(tmp_path, lines) == {2: "999.00 where 130.00 follows"}


def test_the_same_wrong_balance_twice_breaks_twice(tmp_path):
    lines = statement("10", "20", "30", "40", "50", "60")
    for place in (1, 4):
        lines[place]["balance_after"] = str(Decimal(lines[place]["balance_after"]) + 1)
    assert list(broken(tmp_path, lines)) == [2, 5]


def test_a_wrong_amount_breaks_its_own_row_and_not_the_next(tmp_path):
    lines = statement("10", "20", "30", "40")
    lines[1]["amount"] = "21"
    assert broken(tmp_path, lines) == {2: "130.00 where 131.00 follows"}


def test_a_missing_line_breaks_the_row_after_it_alone(tmp_path):
    lines = statement("10", "20", "30", "40")
    del lines[1]
    assert broken(tmp_path, lines) == {2: "160.00 where 140.00 follows"}


def test_the_last_row_can_be_broken_and_the_first_cannot(tmp_path):
    lines = statement("10", "20")
    lines[1]["balance_after"] = "0"
    assert list(broken(tmp_path, lines)) == [2]
    assert broken(tmp_path / "one", lines[1:]) == {}


def test_rows_without_a_balance_only_add_their_flow(tmp_path):
    lines = statement("10", "20", "30")
    lines[1]["balance_after"] = None
    assert broken(tmp_path, lines) == {}
    lines[1]["amount"] = "20.01"
    assert list(broken(tmp_path / "again", lines)) == [3]


def test_order_is_that_of_the_account_not_of_the_file(tmp_path):
    lines = statement("10", "20", "30", "40")
    lines[3]["booked_at"] = "2024-01-06"
    assert broken(tmp_path, [lines[place] for place in (3, 1, 0, 2)]) == {}


def test_accounts_do_not_mix(tmp_path):
    one, other = statement("10", "20"), statement("5", "-5", start="7000")
    for row in other:
        row |= {"account_id": "A2", "line_id": row["line_id"] + "b"}
    assert broken(tmp_path, [one[0], other[0], one[1], other[1]]) == {}


def test_a_later_version_and_a_repeat_are_no_break(tmp_path):
    lines = statement("10", "20", "30")
    later = lines[1] | {"known_at": "2024-03-01", "amount": "25", "balance_after": "135"}
    assert broken(tmp_path, [*lines, later, lines[0]]) == {}


def test_an_unreadable_or_impossible_date_keeps_its_place(tmp_path):
    for place, day in enumerate(("soon", "1890-01-01", "2150-01-01", None)):
        lines = statement("10", "20", "30", "40")
        lines[3]["booked_at"] = "2024-01-09"
        lines[1]["booked_at"] = day
        assert broken(tmp_path / str(place), lines) == {}


def test_an_unreadable_amount_does_not_break_the_rows_after_it(tmp_path):
    lines = statement("10", "20", "30", "40")
    lines[1]["amount"] = "2O"
    assert list(broken(tmp_path, lines)) == [2]


def test_rows_that_the_reader_refused_do_not_count(tmp_path):
    lines = statement("10", "20", "30")
    refused = reject(pa.Table.from_pylist([line(9, "in", "77", "1")]), "void")
    assert broken(tmp_path, lines, rejected=refused) == {}


def test_a_bank_that_rounds_is_given_a_tolerance(tmp_path):
    lines = statement("10.04", "20.04", "30.04")
    for row, rounded in zip(lines, ("110.00", "130.10", "160.10"), strict=True):
        row["balance_after"] = rounded
    assert list(broken(tmp_path, lines)) == [2, 3]
    assert broken(tmp_path / "rounded", lines, tolerance=0.1) == {}


FLOW = st.decimals("-9999.99", "9999.99", places=2)


@settings(max_examples=50, deadline=None)
@given(st.lists(FLOW, min_size=2, max_size=12), st.data())
def test_one_corrupted_balance_or_amount_breaks_exactly_its_row(tmp_path_factory, flows, data):
    lines = statement(*flows)
    place = data.draw(st.integers(1, len(lines) - 1))
    column = data.draw(st.sampled_from(["balance_after", "amount"]))
    wrong = data.draw(st.decimals("0.01", "500", places=2))
    lines[place][column] = str(Decimal(lines[place][column]) + wrong)
    assert list(broken(tmp_path_factory.mktemp("lines"), lines)) == [place + 1]


@pytest.mark.parametrize("direction", ["sideways", None])
def test_an_unknown_direction_does_not_break_the_rows_after_it(tmp_path, direction):
    lines = statement("10", "20", "30", "40")
    lines[1]["direction"] = direction
    assert list(broken(tmp_path, lines)) == [2]
