"""The parts of a policy that are parameters of the legs, each checked for itself."""

from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from models.arrays import Floats
from models.checked import Part
from models.policy_parts import SECTIONS, Positive, Share, rising

Days = Annotated[float, Field(ge=0)]
Section = Annotated[str, Field(pattern="^[A-T]$")]


class Capacity(Part):
    """Debt service cover that must remain, and what an owner's household lives on, in yuan a month.

    ``service`` is what is taken for present debts: ``paid``, the mean of six months, or ``due``, what falls due in the
    next twelve and at least what a usual month paid. ``money_at_maturity`` is the share of the firm's own money that
    counts for a loan with its principal at the end. ``unseen_accounts`` says whether what went to own accounts that
    are not shown, less what came from them, is taken off. The defaults are those of policies before 2026.4, of
    ``unseen_accounts`` before 2026.8.
    """

    dscr: Annotated[float, Field(ge=1)]
    living_costs: Annotated[float, Field(ge=0)]
    service: Literal["paid", "due"] = "paid"
    money_at_maturity: Share = 0.0
    unseen_accounts: Literal["ignored", "deducted"] = "ignored"


class Slice(Part):
    """Share of the income between the slice before and ``up_to``; null is without end."""

    up_to: Positive | None
    share: Share


class Turnover(Part):
    """Slices of a year's income from below, and whose commitments come off; all lenders' in policies before 2026.4."""

    basis: Literal["our_total", "all_lenders_total"] = "all_lenders_total"
    slices: Annotated[tuple[Slice, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _ascending(self) -> "Turnover":
        if not rising([s.up_to for s in self.slices]):
            raise ValueError(
                "up_to 逐段递增，仅末段为空。up_to rising from slice to slice and null in the last one alone"
            )
        return self


class Balance(Part):
    """Multiple of the average balance."""

    multiple: Positive


class Tax(Part):
    """Multiple of a year's tax by the authority's grade, the lowest where it is not known; at least ``floor``."""

    multiples: Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=5, max_length=5)]
    floor: Annotated[float, Field(ge=0)]

    @model_validator(mode="after")
    def _falling(self) -> "Tax":
        if list(self.multiples) != sorted(self.multiples, reverse=True):
            raise ValueError(
                "A、B、M、C、D 各级的 multiples 不递增。"
                "multiples for the grades A, B, M, C and D that do not rise from grade to grade"
            )
        return self


class Turns(Part):
    """Usual days of a section's working capital, and its usual profit on sales: for firms without statements."""

    inventory: Days
    receivables: Days
    payables: Days
    prepayments: Days
    advances: Days
    margin: Annotated[float, Field(gt=-1, lt=1)]


class WorkingCapital(Part):
    """Growth that is counted at most, the share of the need that is the firm's own to fund, and usual days.

    ``invoices``: without statements, days of receivables and payables are those from invoices to payments where both
    are known; not in policies before 2026.5. ``usual_share``: what usual days count for, which nobody has shown; all
    in policies before 2026.6.
    """

    growth_up_to: Share
    own_share: Annotated[float, Field(ge=0, lt=1)]
    days_up_to: Positive
    invoices: bool = False
    usual_share: Share = 1.0
    sections: Annotated[dict[Section, Turns], Field(min_length=1)]
    other: Turns

    @cached_property
    def usual(self) -> dict[str, Floats]:
        """Usual days and margin by name, each by section; place 0 is a section that is not known."""
        turns = [self.sections.get(section, self.other) for section in f"?{SECTIONS}"]
        return {name: np.array([getattr(t, name) for t in turns]) for name in Turns.model_fields}


class Concentration(Part):
    """The bank's capital in yuan, and the shares of it that one firm and one group of firms may have."""

    net_capital: Positive
    firm_share: Annotated[float, Field(gt=0, le=0.10)]
    tier1_capital: Positive
    group_share: Annotated[float, Field(gt=0, le=0.20)]


class Legs(Part):
    """Parameters of the legs that have any."""

    capacity: Capacity
    turnover: Turnover
    balance: Balance
    tax: Tax
    working_capital: WorkingCapital
    concentration: Concentration
