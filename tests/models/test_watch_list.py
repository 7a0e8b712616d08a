"""Budget, entry and exit of the watch list, points and actions, by hand and as laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.monitoring import ListRules, Signal
from models.signals.state import States
from models.watch_list import WAITS, points, suggested, watch_list

RULES = ListRules(
    budget=0.25, yearly_budget=0.5, enter_points=3, enter_risk=0.1, due_months=4, stay_months=2, rest_months=2,
    collection_days=30, due_days={},
)  # fmt: skip


def listed(score, dpd=None, live=None, risk=None, due=None, balance=None, **changes):
    score = np.array(score, dtype=float)
    return watch_list(
        score,
        np.full(score.shape, np.nan) if risk is None else np.array(risk),
        np.zeros(score.shape) if dpd is None else np.array(dpd),
        np.ones(score.shape, bool) if live is None else np.array(live),
        np.full(score.shape, np.nan) if due is None else np.array(due, dtype=float),
        np.ones(score.shape) if balance is None else np.array(balance, dtype=float),
        RULES.model_copy(update=changes),
    )


def test_the_riskiest_come_on_within_the_budget():
    found = listed([[5], [9], [2], [3]])
    assert found.on[:, 0].tolist() == [False, True, False, False]


def test_it_stays_its_time_whatever_its_points_and_rests_before_it_comes_again():
    others = [[0] * 7] * 3
    assert listed([[9, 0, 0, 0, 0, 0, 0], *others]).on[0].tolist() == [True, True, *[False] * 5]
    assert listed([[9] * 7, *others]).on[0].tolist() == [True, True, False, False, True, True, False]
    assert listed([[9] * 7, *others], rest_months=0, stay_months=3).on[0].tolist() == [True] * 3 + [False] + [True] * 3
    assert listed([[9] * 7, *others]).age[0].tolist() == [1, 2, 0, 0, 1, 2, 0]


def test_who_stays_is_not_pushed_off():
    assert listed([[4, 4, 4], [0, 9, 9], [0] * 3, [0] * 3]).on.tolist()[:2] == [
        [True, True, False],
        [False, False, True],
    ]


def test_who_found_no_place_need_not_rest():
    assert listed([[9, 9, 0], [4, 4, 4], [0] * 3, [0] * 3]).on.tolist()[:2] == [
        [True, True, False],
        [False, False, True],
    ]


def test_past_due_beyond_warning_is_collected_outside_the_budget():
    found = listed([[9, 9], [4, 4], [0, 0], [0, 0]], dpd=[[0, 31], [0, 0], [0, 0], [0, 0]])
    assert found.on.tolist()[:2] == [[True, False], [False, True]]
    assert found.collected.tolist()[0] == [False, True]


def test_the_model_s_risk_ranks_in_place_of_points():
    found = listed([[9], [3], [0], [0]], risk=[[0.01], [0.2], [0.0], [0.0]])
    assert found.on[:, 0].tolist() == [False, True, False, False]


@pytest.mark.parametrize(("ours", "theirs", "first"), [(100, 300, True), (100, 500, False)])
def test_the_largest_amount_at_risk_comes_first(ours, theirs, first):
    # 0.4 x 100 against 0.1 x 300 or 500; by points 6 x 6 x 100 against 3 x 3 x 300 or 500
    balance = [[ours], [theirs], [1], [1]]
    assert listed([[0]] * 4, risk=[[0.4], [0.1], [0.0], [0.0]], balance=balance).on[0, 0] == first
    assert listed([[6], [3], [0], [0]], balance=balance).on[0, 0] == first


def test_a_firm_waits_until_principal_falls_due_soon():
    due = [[6, 5, 4, 3, 2], [np.nan] * 5, [np.nan] * 5, [np.nan] * 5]
    found = listed([[9] * 5, [4] * 5, [0] * 5, [0] * 5], due=due)
    assert found.on.tolist()[:2] == [[False, False, True, True, False], [True, True, False, False, True]]
    assert not listed([[9] * 5, *[[0] * 5] * 3], due=due, due_months=1).on.any()


def test_who_is_risky_and_off_the_list_is_told_with_what_it_waits_for_and_nobody_else():
    due = [[9, 3, 3, 3, 9], [np.nan] * 5, [np.nan] * 5, [np.nan] * 5]
    found = listed([[9, 9, 9, 9, 0], [4] * 5, [0] * 5, [0] * 5], due=due)
    assert found.on.tolist()[:2] == [[False, False, True, True, False], [True, True, False, False, True]]
    told = [[WAITS[code] for code in firm] for firm in found.waits]
    assert told[:2] == [["principal", "place", "", "", ""], ["", "", "rest", "rest", ""]]
    full = listed([[9], [4], [0], [0]], budget=0.25)  # one place
    assert [WAITS[code] for code in full.waits[:, 0]] == ["", "place", "", ""]


def test_a_budget_leaves_a_place_in_a_book_of_any_size():
    # 0.25 of three firms is no whole firm, nor is 0.3 of three in a year
    score = [[4, 0, 0], [9, 0, 9], [0, 0, 0]]
    assert listed(score, yearly_budget=0.3, stay_months=1, rest_months=0).on.tolist()[:2] == [
        [False] * 3,
        [True, False, True],
    ]
    assert not listed(score, budget=0.0).on.any()
    assert not listed(score, live=np.zeros((3, 3), bool)).on.any()


@given(st.integers(0, 10_000))
def test_the_budget_holds_in_every_month_and_year_and_the_past_stays(seed):
    rng = np.random.default_rng(seed)
    score, live = rng.exponential(2, (60, 26)), rng.random((60, 26)) < 0.95
    due, balance = rng.integers(0, 9, (60, 26)), rng.exponential(1e6, (60, 26))
    found = listed(score, live=live, due=due, balance=balance, budget=0.1, yearly_budget=0.3)
    begins = found.on & ~np.pad(found.on, ((0, 0), (1, 0)))[:, :-1]
    assert not (begins & ((due > RULES.due_months) | (score < RULES.enter_points))).any()
    assert not any(begins[:, m] @ found.on[:, m - RULES.rest_months : m].any(axis=1) for m in range(2, 26))
    for month in range(26):
        alive = live[:, month].sum()
        assert found.on[:, month].sum() <= 0.1 * alive + 1e-9
        assert not (found.on[:, month] & ~live[:, month]).any()
    for month in range(12, 26):
        distinct = found.on[:, month - 11 : month + 1].any(axis=1).sum()
        assert distinct <= 0.3 * live[:, month - 11 : month + 1].sum(axis=0).max() + 1
    cut = {"live": live[:, :15], "due": due[:, :15], "balance": balance[:, :15]}
    short = listed(score[:, :15], **cut, budget=0.1, yearly_budget=0.3)
    np.testing.assert_array_equal(short.on, found.on[:, :15])


def signal(name, family, **changes):
    plain = {"kind": "level", "of": "x", "side": "above", "yellow": 1, "zh": "中", "en": "e"}
    return Signal(name=name, family=family, **{**plain, **changes})


def stood(*severity):
    found = np.array(severity, dtype=np.int8).reshape(-1, 1)
    return States(found, found, found > 0, found[:, -1].astype(float), np.zeros(len(found), np.int8))


def test_points_take_the_worst_of_each_family():
    signals = [signal("a", "x", weight=2), signal("b", "x"), signal("c", "y")]
    found = points({"a": stood(1, 0), "b": stood(3, 0), "c": stood(1, 2)}, signals)
    assert found[:, 0].tolist() == [3 + 1, 2]  # max(2 x 1, 3) + 1


def test_the_strongest_action_wins_and_a_signal_s_own_holds_from_orange_on():
    signals = [signal("a", "x", action="freeze"), signal("b", "y")]
    severity = {"a": np.array([1, 2, 0, 2, 0], np.int8), "b": np.array([0, 0, 3, 3, 2], np.int8)}
    found = suggested(severity, signals, np.array([False] * 4 + [True]))
    assert found == ["call", "freeze", "reduce", "reduce", "collect_early"]


@pytest.mark.parametrize("share", [0.05, 0.15])
def test_a_share_that_floats_below_a_whole_firm_is_the_whole_firm(share):
    found = listed(np.full((20, 1), 9.0), budget=share, yearly_budget=1.0)
    assert found.on.sum() == round(share * 20)
