import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from models.recalibration import factors, observed_to_expected, restate, rolled, told


def rows(*given):
    frame = pd.DataFrame(given, columns=["begin", "end", "left", "chance", "band"])
    return frame.astype(dict.fromkeys(["begin", "end", "left"], "datetime64[us]"))


def test_only_the_time_watched_within_the_window_expects_events():
    hazard = 1 - np.exp(-1.0)  # one event expected in a whole period
    known = rows(
        ("2008-01-01", "2008-07-01", None, hazard, 0),  # 91 of 182 days lie in the second quarter
        ("2008-04-01", "2008-10-01", "2008-05-01", hazard, 0),  # 30 of 183 days, then the event
        ("2008-04-01", "2008-10-01", "2008-07-01", hazard, 1),  # the event is told on the day: 91 of 183, none seen
        ("2008-01-01", "2008-07-01", "2008-03-31", hazard, 1),  # gone before the window
        ("2008-07-01", "2009-01-01", None, hazard, 1),  # not begun
    )
    observed, expected = told(known, pd.Timestamp("2008-07-01"), bands=3, months=3)
    assert observed.tolist() == [1, 0, 0]
    assert expected == pytest.approx([91 / 182 + 30 / 183, 91 / 183, 0])


def test_an_event_on_the_first_day_of_the_window_counts():
    known = rows(("2008-01-01", "2008-07-01", "2008-04-01", 0.5, 0))
    assert told(known, pd.Timestamp("2008-07-01"), bands=1, months=3)[0].tolist() == [1]


def test_a_band_without_events_leans_on_the_level():
    # level (30 + 5) / (15 + 5) = 1.75; a band of nothing keeps it; thirty of ten: 35 / (10 + 5 / 1.75) = 2.7222
    found = factors(np.array([30.0, 0.0, 0.0]), np.array([10.0, 5.0, 0.0]))
    assert found == pytest.approx([2.7222, 5 / (5 + 5 / 1.75), 1.75], abs=1e-4)


def test_a_chance_keeps_its_place_and_its_bounds():
    assert restate([0.0, 0.2, 0.9], [3.0, 1.0, 0.5]) == pytest.approx([0.0, 0.2, 1 - np.sqrt(0.1)])


def test_the_interval_is_that_of_a_count():
    # tables of Garwood (1936): 10 events, 4.795 to 18.390
    table = observed_to_expected(np.zeros(10), np.ones(10), np.full(10, 0.5))
    assert table.loc[0, ["low", "high"]].tolist() == pytest.approx([4.795 / 5, 18.390 / 5], abs=1e-3)


@pytest.fixture(scope="module")
def stationary():
    """20,000 loans disbursed over six years and followed for three half-years at hazards that do not move with time."""
    random = np.random.default_rng(5)
    begin = pd.Timestamp("2000-01-01") + pd.to_timedelta(random.integers(0, 6 * 365, 20000), unit="D")
    parts, alive = [], np.ones(20000, bool)
    for band, hazard in enumerate((0.03, 0.08, 0.05)):
        start = begin + pd.Timedelta(days=182 * band)
        until = random.exponential(1 / hazard, 20000)  # in periods
        left = (start + pd.to_timedelta(np.floor(until * 182), unit="D")).where(until < 1)
        parts.append(pd.DataFrame({
            "begin": start, "end": start + pd.Timedelta(days=182), "left": left, "chance": -np.expm1(-hazard),
            "band": band, "event": (until < 1).astype(int),
        })[alive])  # fmt: skip
        alive = alive & (until >= 1)
    return pd.concat(parts, ignore_index=True)


def test_a_stationary_hazard_is_left_as_it_is(stationary):
    quarters = pd.date_range("2001-01-01", "2007-01-01", freq="QS")
    counts = [told(stationary, day, bands=3) for day in quarters]
    observed, expected = (np.sum(part, axis=0) for part in zip(*counts, strict=True))
    bands = np.arange(3)
    table = observed_to_expected(bands, observed, expected, level=0.999)
    assert ((table["low"] <= 1) & (table["high"] >= 1)).all(), table
    # each quarter's factor is drawn around 1: above it as often as below
    above = sum(int((factors(*count) > 1).sum()) for count in counts)
    assert binomtest(above, 3 * len(quarters)).pvalue > 0.01


def test_a_shift_of_the_level_is_followed(stationary):
    halved = stationary.assign(chance=restate(stationary["chance"], 0.5))  # the fit believed in half of what came
    later = halved[halved["begin"] >= "2001-01-01"].reset_index(drop=True)
    ratio = later["event"].sum() / np.array([later["chance"].sum(), rolled(halved, later, bands=3).sum()])
    assert ratio[0] == pytest.approx(2, abs=0.15)
    assert ratio[1] == pytest.approx(1, abs=0.15)


def test_what_comes_later_changes_nothing(stationary):
    cut = pd.Timestamp("2003-04-01")
    asked = stationary[stationary["begin"].between(cut - pd.DateOffset(months=12), cut + pd.DateOffset(months=2))]
    other = stationary.copy()  # from the cut on every loan that was sound fails on its next day
    open_ = (other["end"] > cut) & ~(other["left"] < cut)
    other.loc[open_, "left"] = np.maximum(other.loc[open_, "begin"], cut)
    np.testing.assert_array_equal(rolled(other, asked, 3), rolled(stationary, asked, 3))
    moved = other.assign(left=other["left"].where(~open_, cut - pd.Timedelta(days=1)))  # a day earlier it was known
    assert (rolled(moved, asked, 3) != rolled(stationary, asked, 3)).any()
