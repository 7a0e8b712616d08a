import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.stability import psi


def test_chance_is_exceeded_once_in_twenty_when_nothing_moved():
    random = np.random.default_rng(0)
    beyond = [
        index > chance for index, chance in (psi(random.normal(size=500), random.normal(size=300)) for _ in range(400))
    ]
    assert np.mean(beyond) == pytest.approx(0.05, abs=0.03)


def test_missing_values_are_a_bin_of_their_own():
    full, half = np.arange(100.0), np.where(np.arange(100) < 50, np.nan, np.arange(100.0))
    assert psi(full, half)[0] > 1 > psi(full, full)[0]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_the_index_is_never_negative_and_nothing_for_the_same_values(before, after):
    assert psi(before, after)[0] >= -1e-12
    assert psi(before, before)[0] == pytest.approx(0)
