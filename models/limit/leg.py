"""What a leg is: a bound on the limit with its basis, its inputs and its source."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.arrays import Flags, Floats, Places
from models.policy import Policy
from models.repayment import Kinds

Columns = Mapping[str, Floats]
Basis = Literal["new_money", "our_total", "all_lenders_total"]

EXPOSURES = ("exposure_ours", "exposure_all")
ENDING = "exposure_due"  # of what we have committed: ends within a month, is repaid or renewed, and is no debt beside
COMMITTED = (*EXPOSURES, ENDING)
BORROWED, BORROWED_MONTHS = "inflow_financing_mean_6m", 6
REQUESTED_TERM = "requested_term_months"


@dataclass(frozen=True)
class Terms:
    """Terms of each row: annual rate as a share, term in months, way of repayment as a place in its ``TYPES``."""

    annual_rate: Floats
    months: Floats
    kind: Kinds

    def rows(self, chosen: Places) -> "Terms":
        """The terms of some of the rows."""
        return Terms(self.annual_rate[chosen], self.months[chosen], self.kind[chosen])


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Another source of a leg, or more to say of it, for the rows of which ``where`` is true, in both languages."""

    where: Callable[[Columns, Policy], Flags]
    zh: str
    en: str


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One bound on the limit.

    ``needs`` are the features without which the leg does not apply; ``also`` are read too, and count as 0
    where unknown. ``derived`` are columns that come before the legs (``cycle``, the quantile of the cash flow), NaN
    where there is none. Only an ``appetite`` leg is scaled by the risk of default: never what a regulator or the
    product caps, nor what the firm asked for. ``formula`` gives yuan on ``basis``, one value a row; it reads the rate
    only where the leg is ``priced``. ``chosen`` names the basis where the policy has the choice. An ``optional`` leg
    may be left out; where another cannot be measured a person decides, so that nothing is gained by not showing it.
    ``marks`` are the sources of rows that are computed from something else; the first that fits. ``notes`` are added
    to whichever it is.
    """

    name: str
    zh: str
    en: str
    basis: Basis
    appetite: bool
    needs: tuple[str, ...]
    also: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()
    priced: bool = False
    optional: bool = False
    chosen: Callable[[Policy], Basis] | None = None
    source_zh: str
    source_en: str
    formula: Callable[[Columns, Policy, Terms], Floats]
    marks: tuple[Mark, ...] = ()
    notes: tuple[Mark, ...] = ()

    @property
    def reads(self) -> tuple[str, ...]:
        """Every feature that the leg reads."""
        return self.needs + self.also

    def on(self, policy: Policy) -> Basis:
        """What the leg bounds under this policy."""
        return self.chosen(policy) if self.chosen else self.basis

    def sources(self, features: Columns, policy: Policy, n: int) -> list[str]:
        """How the leg is computed and where it comes from, in both languages, for each of ``n`` rows."""
        texts = [(told.zh, told.en) for told in self.marks] + [(self.source_zh, self.source_en)]
        places = np.full(n, len(self.marks))
        for k, mark in reversed(list(enumerate(self.marks))):
            places = np.where(mark.where(features, policy), k, places)
        told = [texts[k] for k in places.tolist()]
        for note in self.notes:
            held = note.where(features, policy)
            told = [
                (zh + note.zh, en + note.en) if more else (zh, en) for (zh, en), more in zip(told, held, strict=True)
            ]
        return [f"{zh} | {en}" for zh, en in told]

    def value(self, features: Columns, policy: Policy, terms: Terms) -> Floats:
        """Yuan on the leg's own basis before risk and exposure, at least 0; NaN where it does not apply."""
        known = {name: features[name] for name in (*self.needs, *self.derived)}
        known |= {name: zero(features[name]) for name in self.also}
        return np.maximum(self.formula(known, policy, terms), 0.0)


def own_money(balance: Floats, borrowed: Floats) -> Floats:
    """What of a six-month balance is surely the firm's own: all that it borrowed in these months counts as unspent.

    Parameters
    ----------
    balance : yuan.
    borrowed : mean yuan a month.

    Examples
    --------
    >>> own_money(np.array([90_000.0, 50_000.0]), np.array([10_000.0, 10_000.0]))
    array([30000.,     0.])
    """
    return np.maximum(balance - BORROWED_MONTHS * borrowed, 0.0)


def zero(values: Floats) -> Floats:
    """The values, 0 where they are not known."""
    return np.where(np.isnan(values), 0.0, values)


def place(codes: Floats, size: int) -> Places:
    """Codes from 1 to ``size`` as places in a table; 0 for what is not known or no such code."""
    return np.where((codes >= 1) & (codes <= size), codes, 0.0).astype(np.intp)
