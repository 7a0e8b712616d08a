"""Months and quarters by their names."""

from datetime import date

import pytest

from features.errors import WindowError
from pipelines.periods import period


@pytest.mark.parametrize(
    ("kind", "name", "first", "after"),
    [
        ("month", "2024-02", date(2024, 2, 1), date(2024, 3, 1)),
        ("month", "2025-12", date(2025, 12, 1), date(2026, 1, 1)),
        ("quarter", "2026Q1", date(2026, 1, 1), date(2026, 4, 1)),
        ("quarter", "2025Q3", date(2025, 7, 1), date(2025, 10, 1)),
        ("quarter", "2025Q4", date(2025, 10, 1), date(2026, 1, 1)),
    ],
)
def test_a_period_is_from_its_first_day_to_before_the_next(kind, name, first, after):
    assert period(kind, name) == (first, after)


@pytest.mark.parametrize("name", ["2025/03", "2025-3", "2025-13", "2025-03-01", "2025", "2025Q1"])
def test_a_month_is_written_in_one_way(name):
    with pytest.raises(WindowError, match=rf"'{name}' is not a month; expected YYYY-MM, as 2025-06"):
        period("month", name)


@pytest.mark.parametrize("name", ["2025Q5", "2025q1", "2025-03", "spring"])
def test_a_quarter_is_written_in_one_way(name):
    with pytest.raises(WindowError, match=rf"'{name}' 不是季度，应为 YYYYQn，如 2025Q4。"):
        period("quarter", name)
