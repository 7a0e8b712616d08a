"""How real the world looks: the measures that a realism page puts beside published facts.

Each function takes plain arrays and returns plain figures; where the rows come from is the caller's business.
"""

from dataclasses import dataclass

import numpy as np

BENFORD = np.log10(1 + 1 / np.arange(1, 10))
LOOK_BACK, BASELINE = 3, 12
USUAL_ALARM = 0.1


@dataclass(frozen=True)
class Measure:
    """One figure of the world beside what is published; ``low`` and ``high`` bound what is accepted."""

    zh: str
    en: str
    value: float
    published: str
    source: str
    low: float
    high: float

    @property
    def holds(self) -> bool:
        """Tell whether the figure lies within its bounds."""
        return self.low <= self.value <= self.high


def buffer_days(average_balance: np.ndarray, monthly_outflow: np.ndarray) -> np.ndarray:
    """Days that the average balance would last at the average outflow.

    >>> buffer_days(np.array([300.0]), np.array([304.0])).round(1).tolist()
    [30.0]
    """
    return np.asarray(average_balance / np.maximum(monthly_outflow / 30.4, 0.01))


def first_digits(amount: np.ndarray) -> np.ndarray:
    """Shares of the first digits one to nine.

    >>> first_digits(np.array([1.0, 12.0, 0.3, 950.0])).tolist()
    [0.5, 0.0, 0.25, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25]
    """
    amount = amount[amount > 0]
    place = np.log10(amount)
    digit = np.floor(10.0 ** (place - np.floor(place)) + 1e-9).astype(int)
    return np.asarray(np.bincount(np.clip(digit, 1, 9), minlength=10)[1:] / len(amount))


def tail_index(size: np.ndarray, share: float = 0.05) -> float:
    """Hill's estimate of the tail exponent from the largest ``share`` of the sizes."""
    largest = np.sort(size)[-max(10, int(len(size) * share)) :]
    return float(1 / np.mean(np.log(largest / largest[0])))


def against_last_year(income: np.ndarray, money: np.ndarray, at: np.ndarray) -> np.ndarray:
    """How the flows stand three months before an event: two ratios a firm, income and money.

    Parameters
    ----------
    income, money
        Firm x month: operating income and money in the accounts that are seen.
    at
        Month of the event for each firm; the last three months that count end three months before it. They are
        compared with the same three months a year earlier (income) and with the year before them (money).
    """
    end = at - LOOK_BACK
    recent, before = _window(income, end, LOOK_BACK), _window(income, end - BASELINE, LOOK_BACK)
    held, usual = _window(money, end, LOOK_BACK), _window(money, end - LOOK_BACK, BASELINE)
    return np.stack([recent / np.maximum(before, 1), held / np.maximum(usual, 1)], axis=1)


def no_sign(ratios: np.ndarray, sound: np.ndarray) -> np.ndarray:
    """Tell which firms show nothing: neither ratio is as low as that of the lowest tenth of the sound firms.

    >>> sound = np.stack([np.arange(1.0, 11.0)] * 2, axis=1)
    >>> no_sign(np.array([[0.5, 9.0], [5.0, 5.0]]), sound).tolist()
    [False, True]
    """
    return np.asarray((ratios > np.quantile(sound, USUAL_ALARM, axis=0)).all(axis=1))


def _window(values: np.ndarray, end: np.ndarray, length: int) -> np.ndarray:
    """Mean of the ``length`` months before ``end``, for each row its own."""
    total = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    row, last = np.arange(len(values)), np.clip(end, 0, values.shape[1])
    return np.asarray((total[row, last] - total[row, np.clip(end - length, 0, None)]) / length)


def path_to_default(values: np.ndarray, at: np.ndarray, months: int = 18) -> np.ndarray:
    """Median over firms of each month's value against the same month a year earlier, from ``months`` before to 0."""
    steps = np.arange(-months, 1)
    month = at[:, None] + steps[None, :]
    ok = (month >= BASELINE) & (month < values.shape[1])
    month = np.clip(month, BASELINE, values.shape[1] - 1)
    row = np.arange(len(values))[:, None]
    now, then = values[row, month], values[row, month - BASELINE]
    ratio = np.where(ok & (then > 0), now / np.maximum(then, 1), np.nan)
    return np.asarray(np.nanmedian(ratio, axis=0))
