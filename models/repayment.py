"""How a loan is repaid, and what follows: what is still owed, what a month's room carries, what it costs all in."""

import numpy as np

from models.arrays import Flags, Floats, Places

Kinds = Places

# Equal instalments; equal parts of principal; monthly interest and the principal at the end; all of it at the end.
TYPES = ("annuity", "equal_principal", "interest_only", "bullet")
ANNUITY, EQUAL_PRINCIPAL, INTEREST_ONLY, BULLET = range(4)
TEXTS = {
    "annuity": ("等额本息", "equal instalments"),
    "equal_principal": ("等额本金", "equal parts of principal"),
    "interest_only": ("按月付息到期还本", "monthly interest, principal at maturity"),
    "bullet": ("到期一次还本付息", "principal and interest at maturity"),
}
STEPS = 60  # halvings: finer than a double


def at_end(kind: Kinds) -> Flags:
    """Whether the principal is due at the end."""
    due: Flags = (kind == INTEREST_ONLY) | (kind == BULLET)
    return due


def annuity_factor(monthly: Floats, months: Floats) -> Floats:
    """Present value of 1 yuan at the end of each month; the number of months where the rate is 0.

    Examples
    --------
    >>> annuity_factor(np.array([0.01, 0.0]), np.array([12.0, 12.0])).round(6)  # (1 - 1.01 ** -12) / 0.01
    array([11.255077, 12.      ])
    """
    safe = np.where(monthly > 0, monthly, 1.0)
    return np.where(monthly > 0, (1.0 - (1.0 + safe) ** -months) / safe, months)


def carried(kind: Kinds, monthly: Floats, months: Floats) -> Floats:
    """Principal that one yuan of room a month carries.

    Equal instalments: the annuity factor. Equal principal: the first instalment, the dearest, must fit. Principal at
    maturity: the loan is tested there, against all the room of its months: ``L (1 + i n) <= n``.

    Examples
    --------
    >>> kinds = np.array([0, 1, 2])
    >>> carried(kinds, np.full(3, 0.01), np.full(3, 12.0)).round(4)  # 11.2551, 1 / (1/12 + 0.01), 12 / 1.12
    array([11.2551, 10.7143, 10.7143])
    """
    level, falling = annuity_factor(monthly, months), months / (1.0 + monthly * months)
    # the first instalment of equal principal, 1/n + i, asks for the same as interest and principal at the end
    return np.where(kind == ANNUITY, level, falling)


def owed(kind: Kinds, monthly: Floats, months: Floats, after: Floats) -> Floats:
    """Share of the principal that is owed after so many months, before maturity; 0 from there on.

    Examples
    --------
    >>> owed(np.array([0, 1, 2]), np.full(3, 0.01), np.full(3, 12.0), np.full(3, 6.0)).round(4)
    array([0.5149, 0.5   , 1.    ])
    """
    growth, whole = (1.0 + monthly) ** after, (1.0 + monthly) ** months
    straight = 1.0 - after / months
    level = np.where(monthly > 0, (whole - growth) / np.where(monthly > 0, whole - 1.0, 1.0), straight)
    share = np.where(kind == ANNUITY, level, np.where(kind == EQUAL_PRINCIPAL, straight, 1.0))
    return np.where(after < months, share, 0.0)


def all_in_cost(kind: Kinds, annual_rate: Floats, months: Floats, fee: float) -> Floats:
    """What the firm pays a year, all in: the internal rate of return of its payments, compounded over twelve months.

    Parameters
    ----------
    fee : share of the principal that is kept when the loan is paid out.

    Examples
    --------
    Without a fee it is the contract rate compounded; a bullet's interest is paid only at the end:

    >>> all_in_cost(np.array([0, 3]), np.full(2, 0.06), np.full(2, 12.0), 0.0).round(6)  # 1.005 ** 12 - 1
    array([0.061678, 0.06    ])

    Notes
    -----
    Announcement 3 of 2021 of the People's Bank of China: the annualised rate counts all that the borrower pays.
    """
    return (1.0 + _monthly_cost(kind, annual_rate, months, fee)) ** 12 - 1.0


def all_in_rate(kind: Kinds, annual_rate: Floats, months: Floats, fee: float) -> Floats:
    """The contract rate with the fee in it: twelve times the monthly rate of return, at least the contract rate.

    Examples
    --------
    Of a month's loan 0.995 is paid out and 1.005 paid back: 0.010 / 0.995 a month

    >>> all_in_rate(np.array([2]), np.array([0.06]), np.ones(1), 0.005).round(6)
    array([0.120603])
    """
    return np.maximum(annual_rate, 12.0 * _monthly_cost(kind, annual_rate, months, fee)) if fee else annual_rate


def _monthly_cost(kind: Kinds, annual_rate: Floats, months: Floats, fee: float) -> Floats:
    monthly = annual_rate / 12.0
    low, high = np.zeros_like(monthly), np.full_like(monthly, 1.0)
    for _ in range(STEPS):
        middle = (low + high) / 2
        dear = _present_value(kind, monthly, months, middle) > 1.0 - fee
        low, high = np.where(dear, middle, low), np.where(dear, high, middle)
    return high


def _present_value(kind: Kinds, monthly: Floats, months: Floats, at: Floats) -> Floats:
    """Of the firm's payments for one yuan of principal, at the monthly rate ``at``."""
    factor, end = annuity_factor(at, months), (1.0 + at) ** -months
    level = factor / annuity_factor(monthly, months)
    # interest of the first month on the whole, falling by equal parts: what is owed at each start, discounted
    safe = np.where(at > 0, at, 1.0)
    owed_months = np.where(at > 0, (months - factor) / safe / months, (months + 1.0) / 2.0)
    falling = factor / months + monthly * owed_months
    return np.select(
        [kind == ANNUITY, kind == EQUAL_PRINCIPAL, kind == INTEREST_ONLY],
        [level, falling, monthly * factor + end],
        (1.0 + monthly * months) * end,
    )
