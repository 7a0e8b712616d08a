import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from models.feature import ModelFeature
from models.hazard import by_age, fit_hazard, loan_periods, product_limit
from models.intervals import exact_interval
from models.labelled import Labelled


def test_a_loan_counts_in_the_periods_that_it_was_watched_through():
    # event in month 13: three half-years; censored in month 13: two; censored on day one: none; event on day one: one
    rows = loan_periods([13, 13, 0, 0], [1, 0, 0, 1], length=6, most=20)
    assert rows[["loan", "period", "event"]].to_numpy().tolist() == [
        [0, 0, 0], [0, 1, 0], [0, 2, 1], [1, 0, 0], [1, 1, 0], [3, 0, 1],
    ]  # fmt: skip


def test_an_event_on_the_boundary_belongs_to_the_period_that_begins_there():
    assert loan_periods([6.0], [1], length=6, most=20)["event"].tolist() == [0, 1]
    assert len(loan_periods([6.0], [0], length=6, most=20)) == 1


def test_no_period_beyond_the_last_that_is_followed():
    rows = loan_periods([100.0], [1], length=6, most=3)
    assert rows["period"].tolist() == [0, 1, 2]
    assert rows["event"].sum() == 0


@given(st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=2, max_size=40))
def test_the_curve_is_that_of_an_independent_implementation(loans):
    periods, events = (np.array(part) for part in zip(*loans, strict=True))
    if not events.any():
        return
    # whole periods: a loan censored after k periods was at risk in periods 0 to k - 1, a failing one in its own too
    rows = loan_periods(periods * 6.0, events, length=6, most=20)
    ours = product_limit(rows["period"], rows["event"]).set_index("period")["sound"]
    theirs = ecdf(CensoredData.right_censored(np.where(events, periods, periods - 0.5), ~events)).sf
    for period, share in ours.items():
        assert theirs.evaluate(period) == pytest.approx(share, abs=1e-12)


def test_greenwood_by_hand():
    # 10 loans, 2 fail: sound 0.8, deviation of log(-log) = sqrt(2 / (10 x 8)) / |ln 0.8| = 0.158114 / 0.223144
    table = product_limit([0] * 10, [1, 1] + [0] * 8).iloc[0]
    spread = np.exp(1.959964 * 0.158114 / 0.223144)
    assert table["sound_low"] == pytest.approx(0.8**spread, abs=1e-5)
    assert table["sound_high"] == pytest.approx(0.8 ** (1 / spread), abs=1e-5)


def test_an_exact_interval_holds_its_share_and_stays_within_bounds():
    low, high = exact_interval(np.array([0.0, 5.0, 10.0]), np.full(3, 10.0))
    # 5 of 10: 0.1871 to 0.8129 (tables of Clopper and Pearson)
    assert low == pytest.approx([0.0, 0.1871, 0.6915], abs=1e-4)
    assert high == pytest.approx([0.3085, 0.8129, 1.0], abs=1e-4)


def labelled(x, y, group):
    features = tuple(ModelFeature(name, "t", direction, name, name) for name, direction in (("age", 0), ("risk", 1)))
    return Labelled(x, y, np.ones(len(x), dtype=bool), group, features)


@pytest.fixture(scope="module")
def world():
    """Loans whose chance of the event in a period is 0.02 in the first three and 0.06 after, for risky ones twice."""
    random = np.random.default_rng(5)
    loan, period = (part.ravel() for part in np.meshgrid(np.arange(3000), np.arange(6), indexing="ij"))
    risky = (loan % 2).astype(float)
    chance = np.where(period < 3, 0.02, 0.06) * (1 + risky)
    event = (random.random(len(loan)) < chance).astype(float)
    rows = pd.DataFrame({"loan": loan, "period": period, "event": event, "chance": chance})
    return rows, np.column_stack([period * 6.0, risky])


@pytest.mark.parametrize("by_time", [False, True])
def test_a_hazard_is_learned_and_calibrated_by_age(world, by_time):
    rows, x = world
    later = (rows["loan"] > 2000).to_numpy() if by_time else None
    model = fit_hazard(labelled(x, rows["event"].to_numpy(), rows["loan"].to_numpy()), later=later)
    chance = model.probability(x)
    assert np.abs(chance - rows["chance"]).max() < 0.035
    table = by_age(rows["period"], rows["event"], chance)
    assert table["within"].sum() >= 5
    assert table["expected_sound"].iloc[-1] == pytest.approx(table["sound"].iloc[-1], abs=0.03)


def test_the_map_to_a_chance_is_learned_from_the_later_rows_alone(world):
    rows, x = world
    later = (rows["loan"] > 2000).to_numpy()
    event = rows["event"].to_numpy().copy()
    event[later] = 0.0
    event[np.flatnonzero(later)[:20]] = 1.0  # the later rows hardly ever fail
    quiet = fit_hazard(labelled(x, event, rows["loan"].to_numpy()), later=later).probability(x).mean()
    assert quiet == pytest.approx(20 / later.sum(), rel=0.5)
