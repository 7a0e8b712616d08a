"""Broken statements of every format: a reader refuses the file in words, or gives every row back."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.fuzz_sources import FORMATS, case, run


@given(seed=st.integers(0, 2**32))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_but_a_credit_error_and_no_row_lost(tmp_path, seed):
    assert run(seed, tmp_path) in ("read", "refused")


def test_a_seed_is_one_case_and_every_format_comes_up():
    assert case(7) == case(7)
    assert {case(seed)[0] for seed in range(200)} == set(FORMATS)
