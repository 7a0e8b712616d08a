"""The calendar of mainland China as far as money follows it: working days, Spring Festival, filing dates."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

EPOCH = date(1970, 1, 1)
END = date(2025, 12, 31)
SPRING_FESTIVALS = tuple(
    date.fromisoformat(day)
    for day in [
        "2014-01-31",
        "2015-02-19",
        "2016-02-08",
        "2017-01-28",
        "2018-02-16",
        "2019-02-05",
        "2020-01-25",
        "2021-02-12",
        "2022-02-01",
        "2023-01-22",
        "2024-02-10",
        "2025-01-29",
        "2026-02-17",
    ]
)


def number_of(day: date) -> int:
    """Days since 1970-01-01, the form in which Arrow keeps a date.

    >>> number_of(date(1970, 1, 2))
    1
    """
    return (day - EPOCH).days


def _holidays() -> frozenset[int]:
    festive = [first + timedelta(k) for first in SPRING_FESTIVALS for k in range(-1, 7)]
    golden = [date(y, 10, k) for y in range(2014, 2027) for k in range(1, 8)]
    may = [date(y, 5, k) for y in range(2014, 2027) for k in range(1, 4)]
    return frozenset(number_of(day) for day in (*festive, *golden, *may))


HOLIDAYS = np.array(sorted(_holidays()), dtype=np.int64)


def is_working(days: np.ndarray) -> np.ndarray:
    """Tell which day numbers are neither a weekend nor a public holiday."""
    weekday = (days + 3) % 7
    return np.asarray((weekday < 5) & ~np.isin(days, HOLIDAYS))


_FIRST = number_of(date(2014, 1, 1))
_ALL = np.arange(_FIRST, number_of(date(2027, 12, 31)) + 1)
_WORKING = is_working(_ALL)
_NEXT = np.minimum.accumulate(np.where(_WORKING, _ALL, _ALL[-1])[::-1])[::-1]


def next_working(days: np.ndarray) -> np.ndarray:
    """Move each day number to itself or the first working day after it.

    >>> first = next_working(np.array([number_of(date(2025, 2, 1))]))
    >>> int(first[0]) - number_of(date(2025, 2, 1))
    4
    """
    return np.asarray(_NEXT[np.clip(days - _FIRST, 0, len(_NEXT) - 1)])


@dataclass(frozen=True)
class Month:
    """One calendar month: ``index`` counts from the first month that is shown; burn-in months are negative."""

    index: int
    year: int
    number: int
    first: int
    last: int

    @property
    def length(self) -> int:
        """Days in the month."""
        return self.last - self.first + 1

    @property
    def days(self) -> np.ndarray:
        """Every day number of the month."""
        return np.arange(self.first, self.last + 1)

    def day(self, of_month: int | np.ndarray) -> np.ndarray:
        """Day numbers of the given days of the month, never past its end."""
        return np.asarray(np.minimum(self.first + np.asarray(of_month) - 1, self.last))

    def any_day(self, rng: np.random.Generator, n: int) -> np.ndarray:
        """Draw ``n`` days of the month."""
        return rng.integers(self.first, self.last + 1, n)

    def after(self, months: int) -> "Month":
        """The month ``months`` later (or earlier)."""
        return _month(self.year * 12 + self.number - 1 + months, self.index + months)

    @property
    def festival_share(self) -> float:
        """Share of the month taken by the slow weeks around Spring Festival."""
        around = [(number_of(f) - 10, number_of(f) + 12) for f in SPRING_FESTIVALS]
        return sum(max(0, min(b, self.last) - max(a, self.first) + 1) for a, b in around) / self.length


def _month(ordinal: int, index: int) -> Month:
    year, number = divmod(ordinal, 12)
    following = date(year + (number == 11), (number + 1) % 12 + 1, 1)
    return Month(index, year, number + 1, number_of(date(year, number + 1, 1)), number_of(following) - 1)


def months_until(end: date, shown: int, burn_in: int) -> list[Month]:
    """The months to simulate: ``burn_in`` unseen ones, then ``shown`` that end with ``end``."""
    last = end.year * 12 + end.month - 1
    return [_month(last - shown + 1 + k, k) for k in range(-burn_in, shown)]
