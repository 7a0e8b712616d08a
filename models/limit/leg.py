"""What a leg is: a bound on the limit with its basis, its inputs and its source."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.policy import Policy

Floats = NDArray[np.float64]
Columns = Mapping[str, Floats]
Basis = Literal["new_money", "our_total", "all_lenders_total"]

EXPOSURES = ("exposure_ours", "exposure_all")
REQUESTED_TERM = "requested_term_months"


@dataclass(frozen=True)
class Terms:
    """Terms of each row: annual rate as a share, term in months."""

    annual_rate: Floats
    months: Floats


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One bound on the limit.

    ``needs`` are the features without which the leg does not apply; ``also`` are read too, and count as 0
    where unknown. Only an ``appetite`` leg is scaled by the risk of default: never what a regulator or the
    product caps, nor what the firm asked for. ``formula`` gives yuan on ``basis``, one value a row.
    """

    name: str
    zh: str
    en: str
    basis: Basis
    appetite: bool
    needs: tuple[str, ...]
    also: tuple[str, ...] = ()
    source_zh: str
    source_en: str
    formula: Callable[[Columns, Policy, Terms], Floats]

    @property
    def reads(self) -> tuple[str, ...]:
        """Every feature that the leg reads."""
        return self.needs + self.also

    @property
    def source(self) -> str:
        """How the leg is computed and where it comes from, in both languages."""
        return f"{self.source_zh} | {self.source_en}"

    def value(self, features: Columns, policy: Policy, terms: Terms) -> Floats:
        """Yuan on the leg's own basis before risk and exposure, at least 0; NaN where it does not apply."""
        known = {name: features[name] for name in self.needs}
        known |= {name: np.nan_to_num(features[name], nan=0.0) for name in self.also}
        return np.maximum(self.formula(known, policy, terms), 0.0)


def annuity_factor(annual_rate: Floats, months: Floats) -> Floats:
    """Present value of 1 yuan at the end of each month; the number of months where the rate is 0.

    Examples
    --------
    >>> annuity_factor(np.array([0.12, 0.0]), np.array([12.0, 12.0])).round(6)  # (1 - 1.01 ** -12) / 0.01
    array([11.255077, 12.      ])
    """
    monthly = annual_rate / 12.0
    safe = np.where(monthly > 0, monthly, 1.0)
    return np.where(monthly > 0, (1.0 - np.power(1.0 + safe, -months)) / safe, months)
