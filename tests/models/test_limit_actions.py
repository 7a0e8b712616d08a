"""The rule of limits that go up, each condition at its bound, and what brings a limit down."""

import numpy as np
import pandas as pd
import pytest

from models.limit_actions import CONDITIONS, limit_actions
from models.monitoring import RaiseRules

RULES = RaiseRules(
    overdue_free_months=12, growth=0.1, retained=0.6, utilisation=0.5, quiet_months=6, least=0.1, most=0.3
)
FIRM = {
    "committed": 1_000_000.0, "balance": 700_000.0, "overdue_months": 0, "growth": 0.10, "retained": 0.60, "hhi": 0.2,
    "hhi_before": 0.2, "utilisation": 0.5, "alert_months": 0, "action": "none", "signal": "", "new_money": 5e6,
    "leg": "turnover",
}  # fmt: skip


def moved(**changes):
    return tuple(limit_actions(pd.DataFrame([{**FIRM, **changes}]), RULES, 1_000).iloc[0])


def test_every_condition_just_fulfilled_raises_by_the_growth():
    assert moved() == ("raise", 1_100_000, "growth_rule")
    assert moved(growth=0.2) == ("raise", 1_200_000, "growth_rule")
    assert moved(growth=2.0) == ("raise", 1_300_000, "growth_rule")  # at most 30 %


@pytest.mark.parametrize(
    ("change", "condition"),
    [
        ({"overdue_months": 1}, "overdue"),
        ({"growth": 0.0999}, "growth"),
        ({"growth": np.nan}, "growth"),
        ({"retained": 0.59}, "retained"),
        ({"retained": np.nan}, "retained"),
        ({"hhi": 0.2001}, "concentration"),
        ({"hhi_before": np.nan}, "concentration"),
        ({"utilisation": 0.49}, "utilisation"),
        ({"alert_months": 1}, "alert"),
        ({"new_money": np.nan}, "no_model"),
        ({"new_money": 0.0}, "policy"),
    ],
)
def test_each_condition_that_does_not_hold_keeps_the_limit_and_is_named(change, condition):
    assert moved(**change) == ("keep", 1_000_000, condition)
    assert condition in CONDITIONS


def test_never_above_what_the_policy_s_legs_leave():
    assert moved(growth=0.2, new_money=150_000.0) == ("raise", 1_150_000, "turnover")


def test_a_raised_limit_is_down_to_the_product_s_step():
    assert moved(growth=0.1237) == ("raise", 1_123_000, "growth_rule")
    assert moved(committed=7_500.0) == ("raise", 8_000, "growth_rule")  # 8,250
    assert moved(committed=100_500.0, new_money=1_000.0) == ("raise", 101_000, "turnover")
    assert moved(committed=300_000.0, growth=0.1 + 0.2 - 0.1) == ("raise", 360_000, "growth_rule")
    assert moved(committed=5_000.0) == ("keep", 5_000, "policy")  # 500 more are less than a step


@pytest.mark.parametrize(
    ("action", "expected"), [("freeze", "freeze"), ("reduce", "reduce"), ("collect_early", "reduce")]
)
def test_a_firm_to_freeze_or_reduce_draws_nothing_new_and_names_its_signal(action, expected):
    assert moved(action=action, signal="income_silent") == (expected, 700_000, "income_silent")


def test_a_call_or_visit_alone_does_not_move_the_limit():
    assert moved(action="visit", alert_months=1) == ("keep", 1_000_000, "alert")
