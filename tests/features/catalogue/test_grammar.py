"""Measures over the known months of a subject, against NumPy on the same months."""

import numpy as np
import pyarrow as pa
import pytest

from features.catalogue.feature import Row
from features.catalogue.grammar import (
    falls,
    floor_share,
    off_peak,
    peak_share,
    recent,
    same_period,
    silent,
    slope,
    spring,
    variation,
)
from features.catalogue.relations import over, together
from features.engine import connect, register

UNKNOWN = float("nan")
RNG = np.random.default_rng(20)
ROWS = 40


def some_months():
    """Months of a subject, the latest first: of any length, at times zero or below, at times all alike."""
    known = int(RNG.integers(0, 37))
    values = RNG.normal(1000, 600, known).round(2) * (RNG.random(known) > 0.2)
    return (np.full(known, 7.3) if RNG.random() < 0.1 else values).tolist()


SOLD, BOUGHT = [some_months() for _ in range(ROWS)], [some_months() for _ in range(ROWS)]
SINCE_FEBRUARY = [float(RNG.integers(1, 13)) for _ in range(ROWS)]


@pytest.fixture(scope="module")
def values_of():
    """What a feature is for each row."""
    table = pa.table(
        {
            "number": list(range(ROWS)),
            "income": pa.array([m or None for m in SOLD], pa.list_(pa.float64())),
            "outflow_tax": pa.array([m or None for m in BOUGHT], pa.list_(pa.float64())),
            "base_since_february": SINCE_FEBRUARY,
        }
    )
    backend = connect()
    rows = register(backend, "months", table)

    def of(feature):
        row = Row(rows)
        once = rows.select("number", value=feature.formula(row).cast("float64"))
        parted = rows.mutate(**row.parts) if row.parts else rows
        twice = parted.select("number", value=feature.formula(Row(parted)).cast("float64"))
        first, second = (t.order_by("number").to_pyarrow()["value"].to_numpy() for t in (once, twice))
        np.testing.assert_array_equal(first, second)
        return first

    yield of
    backend.disconnect()


def over_positive(top, bottom):
    return top / bottom if bottom > 0 else UNKNOWN


def a_year(function):
    return lambda v: function(v[:12], v[12:24]) if len(v) >= 24 else UNKNOWN


def cv(v):
    return over_positive(np.std(v, ddof=1), np.mean(v)) if len(v) >= 3 else UNKNOWN


def trend(v):
    return np.polyfit(range(len(v)), v[::-1], 1)[0] / abs(np.mean(v)) if len(v) >= 4 and np.mean(v) else UNKNOWN


def since(v):
    return float(next((k for k, x in enumerate(v) if x > 0), len(v))) if len(v) else UNKNOWN


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        (variation("income", 12), lambda v: cv(v[:12])),
        (slope("income", 24), lambda v: trend(v[:24])),
        (silent("income"), lambda v: since(v[:12])),
        (peak_share("income", 24), lambda v: over_positive(max(v[:24]), sum(v[:24])) if len(v) else UNKNOWN),
        (floor_share("income", 12), lambda v: over_positive(min(v[:12]), np.mean(v[:12])) if len(v) > 2 else UNKNOWN),
        (off_peak("income", 24), lambda v: over_positive(np.mean(v[:3]), max(v[:24])) if len(v) > 5 else UNKNOWN),
        (falls("income"), a_year(lambda now, then: float((now < then).sum()))),
        (same_period("income", 12), a_year(lambda now, then: now.sum() / then.sum() - 1 if then.sum() else UNKNOWN)),
        (recent("income", 1, 6), lambda v: v[0] / np.mean(v[:6]) if len(v) and np.mean(v[:6]) else UNKNOWN),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_measure_is_what_numpy_says(values_of, feature, expected):
    wanted = [expected(np.array(months, float)) for months in SOLD]
    np.testing.assert_allclose(values_of(feature), wanted, rtol=1e-9, atol=1e-12)


def test_two_subjects_together(values_of):
    def correlation(a, b):
        whole = len(a) >= 12 and len(b) >= 12 and np.std(a[:12]) > 1e-3 and np.std(b[:12]) > 1e-3
        return np.corrcoef(a[:12], b[:12])[0, 1] if whole else UNKNOWN

    wanted = [correlation(a, b) for a, b in zip(SOLD, BOUGHT, strict=True)]
    assert 5 < np.isnan(wanted).sum() < ROWS - 5
    np.testing.assert_allclose(values_of(together("income", "outflow_tax", 12)), wanted, rtol=1e-9)


def test_one_subject_over_another(values_of):
    wanted = [over_positive(sum(b[:6]), sum(a[:6])) if a and b else UNKNOWN for a, b in zip(SOLD, BOUGHT, strict=True)]
    np.testing.assert_allclose(values_of(over("outflow_tax", "income", 6, "level")), wanted, rtol=1e-12)


def test_january_and_february_are_compared_as_a_pair(values_of):
    wanted = []
    for months, k in zip(SOLD, map(int, SINCE_FEBRUARY), strict=True):
        now, then = months[k - 1 : k + 1], months[k + 11 : k + 13]
        wanted.append(sum(now) / sum(then) - 1 if len(then) == 2 and sum(then) else UNKNOWN)
    assert np.isfinite(wanted).sum() > 5
    np.testing.assert_allclose(values_of(spring("income")), wanted, rtol=1e-9)


def test_months_that_are_alike_do_not_vary_and_go_with_nothing():
    backend = connect()
    rows = register(
        backend, "alike", pa.table({"income": [[0.1] * 12], "outflow_tax": [[float(k) for k in range(12)]]})
    )
    row = Row(rows)
    found = rows.select(a=variation("income", 12).formula(row), b=together("income", "outflow_tax", 12).formula(row))
    assert found.to_pyarrow().to_pylist() == [{"a": 0.0, "b": None}]
    backend.disconnect()
