"""Severity, hysteresis, cooldown, season and peers of signals, by hand."""

import numpy as np
import pytest

from models.monitoring import Signal
from models.signals import Grid, states, why_held
from models.signals.measures import FEWEST, peer
from models.signals.quality import quality
from models.signals.state import States
from pipelines.watch.watch_tables import measured

NAN = np.nan
PLAIN = {"name": "n", "family": "f", "kind": "level", "of": "x", "side": "above", "zh": "中", "en": "e"}


def signal(**changes):
    return Signal(**{**PLAIN, "yellow": 1, "orange": 2, "red": 3, "quiet_months": 2, "cooldown_months": 3, **changes})


def course(*values, **changes):
    found = states(np.array([values], dtype=float), signal(**changes))
    return found.severity[0].tolist(), np.flatnonzero(found.alert[0]).tolist(), found.age[0].tolist()


def test_a_signal_rises_at_once_and_falls_after_two_quiet_months():
    severity, alerts, age = course(0, 2, 0.5, 0.5, 0.5)
    assert severity == [0, 2, 2, 0, 0]
    assert alerts == [1]
    assert age == [0, 1, 2, 0, 0]


def test_between_the_bounds_to_rise_and_to_clear_it_stands():
    assert course(1, 0.9, 0.9, 0.9, 0.4, 0.4, clear=0.5)[0] == [1, 1, 1, 1, 1, 0]


def test_an_unknown_month_changes_nothing_and_does_not_count_as_quiet():
    assert course(1, 0, NAN, 0, 0)[0] == [1, 1, 1, 0, 0]
    assert course(NAN, NAN)[0] == [0, 0]


def test_worse_while_it_stands_is_a_new_alert_and_better_is_none():
    severity, alerts, _ = course(1, 3, 2, 1)
    assert (severity, alerts) == ([1, 3, 3, 3], [0, 1])


def test_a_rise_soon_after_a_fall_is_no_alert_unless_it_is_worse():
    assert course(1, 0, 0, 1, quiet_months=2)[1] == [0]
    assert course(1, 0, 0, 2, quiet_months=2)[1] == [0, 3]
    assert course(1, 0, 0, 0, 0, 0, 1)[1] == [0, 6]  # fell in month 2, four months before


def held(*values, **changes):
    found = states(np.array([values], dtype=float), signal(**changes))
    return int(found.held[0]), str(why_held(found, signal(**changes))[0])


def test_a_level_that_its_value_has_left_is_held_and_says_for_how_long_and_why():
    assert held(3, 0) == (1, "quiet")  # quiet for one month of two
    assert held(3, 0, 0) == (0, "")  # fallen
    assert held(3, 2, 1) == (2, "milder")  # still a warning, milder than what stands
    assert held(3, 0.9, 0.9, 0.9, clear=0.5) == (3, "milder")  # no warning, and not clear
    assert held(3, 1, 0) == (2, "quiet")  # milder for two months, quiet for one
    assert held(3, 0, NAN) == (2, "unknown")
    assert held(3, 1, 3) == (0, "")  # back at its worst
    assert held(0, 0) == (0, "")


def test_a_cooldown_keeps_no_colour():
    assert held(3, 0, 0, 0, cooldown_months=12) == (0, "")


def test_below_is_the_mirror_of_above():
    values = [0, -2, -0.5, -0.5]
    assert course(*values, side="below", yellow=-1, orange=-2, red=-3)[0] == course(*(-v for v in values))[0]


def test_what_stands_in_a_month_does_not_depend_on_later_months():
    rng = np.random.default_rng(5)
    values = np.where(rng.random((40, 18)) < 0.1, NAN, rng.normal(1, 1.5, (40, 18)))
    long, short = states(values, signal()), states(values[:, :11], signal())
    for name in ("severity", "alert", "age"):
        np.testing.assert_array_equal(getattr(long, name)[:, :11], getattr(short, name))


def grid(live, months=("2025-03-01",), peers=None):
    live = np.array(live, dtype=bool)
    firms = np.array([f"f{i}" for i in range(len(live))], dtype=object)
    dates = np.array(months, dtype="M8[D]")
    groups = np.zeros(len(live), dtype=np.int64) if peers is None else np.array(peers)
    return Grid(firms=firms, months=dates, live=live, peers=groups)


def test_a_moving_spring_festival_is_no_alarm():
    """Sales of one firm: the festival takes February in 2024 and January in 2025; only the pair compares."""
    months = ("2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01", "2025-05-01")
    fall = np.array([[0.0, -0.6, 0.0, 0.0, 0.6]])  # against the year before, windows of three months
    of = {"of": "income_yoy_3m", "side": "below", "yellow": -0.5, "orange": None, "red": None}
    live = [[True] * 5]
    season = measured(signal(**of, seasonal=True), fall, grid(live, months))
    assert np.isnan(season[0]).tolist() == [False, True, False, False, True]
    assert states(season, signal(**of, seasonal=True)).severity.max() == 0
    assert states(measured(signal(**of), fall, grid(live, months)), signal(**of)).severity.max() == 1


def test_months_without_a_loan_are_not_judged():
    found = measured(signal(), np.array([[5.0, 5.0]]), grid([[False, True]], ("2025-02-01", "2025-03-01")))
    assert np.isnan(found[0, 0])
    assert found[0, 1] == 5


def test_a_firm_is_measured_against_like_firms_and_against_all_when_there_are_few():
    few = FEWEST - 1
    values = np.array([[10.0 + i % 3] for i in range(FEWEST)] + [[20.0 + i % 3] for i in range(few)])
    peers = [0] * FEWEST + [1] * few
    found = peer(values, signal(kind="peer"), grid([[True]] * len(values), peers=peers))[:, 0]
    assert found[1] == 0  # 11 is the middle of 10, 11, 12
    assert found[2] == pytest.approx(1 / 1.4826)
    everyone = np.median(values)
    spread = 1.4826 * np.median(np.abs(values - everyone))
    assert found[FEWEST] == pytest.approx((20 - everyone) / spread)


def test_hits_false_alarms_and_lead_by_hand():
    months = 14
    dpd, alert = np.zeros((4, months)), np.zeros((4, months), dtype=bool)
    dpd[0, 5:] = 31  # alerted three months before: a hit
    alert[0, 2] = True
    alert[1, 2] = True  # never late: false
    dpd[2, 9:] = 30  # alerted eight months before: too early, false
    alert[2, 1] = True
    alert[3, 0] = True  # in the first month of all: when it rose is not known
    alert[1, 9] = True  # the six months after it have not passed
    none = np.zeros((4, months), np.int8)
    names = [str(month) for month in np.arange("2024-01", "2025-03", dtype="M8[M]")]
    (row,) = quality(
        {"s": States(none, none, alert, np.zeros(4), np.zeros(4, np.int8))}, dpd, grid(np.ones((4, months)), names)
    ).to_dict("records")
    assert (row["alerts"], row["hits"], row["false_alarms"], row["median_lead"]) == (3, 1, 2, 3.0)
    # Firm-months 1 to 7 with nothing due: 4 + 7 + 7 + 7; followed within six: 4 of the first firm, 5 of the third
    assert row["base_rate"] == pytest.approx(9 / 25)
