"""A day of money, worked by hand."""

import numpy as np

from simulation.firms import SLOTS
from simulation.kinds import KIND
from simulation.ledger import Calendar, Ledger, running_total
from simulation.money import Means, Purse, live_day, owe
from simulation.platform import _statistics
from simulation.randomness import stream


def _purse(*balances: int) -> Purse:
    ledger = Ledger(len(balances) * SLOTS)
    ledger.balance[::SLOTS] = balances
    return Purse(ledger)


def _means(n: int, willing: bool = False) -> Means:
    yes = np.ones(n, dtype=bool)
    return Means(yes, ~yes, yes & willing, yes, yes)


def _day(purse: Purse, dues: list[np.ndarray], willing: bool = False) -> list[int]:
    for due in dues:
        purse.payables.add(due)
    purse.open_month(1, 30)
    n = len(purse.ledger.balance) // SLOTS
    live_day(purse, _means(n, willing), 1)
    entries = purse.ledger.close_month(np.zeros(n * SLOTS, dtype=np.int64))
    return [int(kind) for kind in entries["kind"]]


def _owe(firm: int, kind: str, amount: int, payee: int = -1) -> np.ndarray:
    one = np.array([firm * SLOTS])
    return owe(np.array([1]), one, 9, KIND[kind], np.array([amount]), payee=np.array([payee]))


def test_wages_come_before_suppliers_when_money_is_short() -> None:
    purse = _purse(1_000)
    paid = _day(purse, [_owe(0, "purchase", 900), _owe(0, "payroll", 800)])
    assert paid == [KIND["payroll"]]
    assert purse.unpaid["kind"].tolist() == [KIND["purchase"]]
    assert purse.ledger.balance[0] == 200


def test_what_is_too_large_is_set_aside_and_the_next_is_tried() -> None:
    purse = _purse(1_000)
    paid = _day(purse, [_owe(0, "payroll", 5_000), _owe(0, "purchase", 900)])
    assert paid == [KIND["purchase"]]


def test_a_payment_inside_the_world_arrives_on_the_same_day() -> None:
    purse = _purse(1_000, 0)
    _day(purse, [_owe(0, "purchase", 600, payee=SLOTS)])
    assert purse.ledger.balance[[0, SLOTS]].tolist() == [400, 600]


def test_what_nobody_waits_for_lapses() -> None:
    purse = _purse(100)
    assert _day(purse, [_owe(0, "owner_out", 900)]) == []
    assert len(purse.unpaid) == 0


def test_a_willing_owner_lends_in_whole_thousands_of_yuan() -> None:
    purse = _purse(0)
    purse.ledger.balance[2] = 1_000_000
    _day(purse, [_owe(0, "payroll", 150_000)], willing=True)
    assert purse.ledger.balance[2] == 800_000
    assert purse.ledger.balance[0] == 50_000


def test_the_bank_takes_part_of_an_overdue_instalment() -> None:
    purse = _purse(250_000)
    purse.unpaid = owe(np.array([0]), np.array([0]), 9, KIND["loan_principal"], np.array([1_000_000]), ref=3)
    assert _day(purse, []) == [KIND["loan_principal"]]
    assert purse.ledger.balance[0] == 0
    assert purse.unpaid["amount"].tolist() == [750_000]


def test_a_calendar_hands_out_each_record_once() -> None:
    calendar = Calendar()
    calendar.add(owe(np.array([5, 40, 5]), np.array([0, 0, 3]), 1, 0, np.array([1, 2, 3])))
    calendar.open_month(1, 31)
    assert [len(calendar.due(day)) for day in (4, 5, 6)] == [0, 2, 0]
    calendar.open_month(32, 60)
    assert calendar.due(40)["amount"].tolist() == [2]


def test_running_totals_start_again_with_each_group() -> None:
    total = running_total(np.array([4, 4, 7, 7, 7]), np.array([1, 2, 3, 4, 5]))
    assert total.tolist() == [1, 3, 3, 7, 12]


def test_streams_do_not_disturb_each_other() -> None:
    first = stream(1, "trade", 2).random(3)
    assert (first == stream(1, "trade", 2).random(3)).all()
    assert not (first == stream(1, "costs", 2).random(3)).any()
    assert not (first == stream(1, "trade", 3).random(3)).any()


def test_platform_statistics_worked_by_hand() -> None:
    """Six counterparties of 1 to 6 yuan and one more line to the largest: top five are 2+3+4+5+10 of 25."""
    party, amount = np.array([1, 2, 3, 4, 5, 6, 6]), np.array([1, 2, 3, 4, 5, 6, 4])
    keys, total, count, largest, parties, top = _statistics(np.full(7, 8), party, amount)
    assert (keys, total, count, largest, parties, top) == ([8], [25], [7], [6], [6], [24])
