"""The parts that a policy is made of, each checked for itself."""

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from models.arrays import Floats, Places
from models.checked import Part, Written
from models.repayment import TYPES

Text = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
# Sections of GB/T 4754 and size classes, in the order in which the catalogue numbers them from 1.
SECTIONS = "ABCDEFGHIJKLMNOPQRST"
SIZES = ("micro", "small", "medium", "large")
Size = Literal["micro", "small", "medium", "large"]


class Scale(Part):
    """Points and odds: ``points`` stand for ``odds`` to one of paying, and ``double`` points double the odds.

    Examples
    --------
    >>> Scale(points=600.0, odds=20.0, double=40.0).probability(np.array([600.0, 640.0]))  # 1 / 21, 1 / 41
    array([0.04761905, 0.02439024])
    """

    points: float
    odds: Positive
    double: Positive

    @property
    def factor(self) -> float:
        """Points for one unit of log-odds."""
        return float(self.double / np.log(2.0))

    def score(self, log_odds_of_default: Floats) -> Floats:
        """Points from the log-odds of default; more points mean less risk."""
        score: Floats = self.points - self.factor * (log_odds_of_default + np.log(self.odds))
        return score

    def probability(self, score: Floats) -> Floats:
        """Probability of default at a number of points."""
        odds: Floats = self.odds * np.exp((score - self.points) / self.factor)
        return 1.0 / (1.0 + odds)


class Rule(Part):
    """One bound on one feature: at least ``minimum`` or at most ``maximum``, and the text when it is broken."""

    name: Text
    feature: Text
    minimum: float | None = None
    maximum: float | None = None
    when_missing: Literal["pass", "refer", "decline"] = "pass"
    zh: Text
    en: Text

    @model_validator(mode="after")
    def _one_bound(self) -> "Rule":
        if (self.minimum is None) == (self.maximum is None):
            raise ValueError("minimum 与 maximum 恰有一项。exactly one of minimum and maximum")
        self.texts()
        return self

    @property
    def bound(self) -> Written:
        """The one bound that is given."""
        return Written(self.maximum if self.maximum is not None else self.minimum or 0.0)

    def texts(self) -> tuple[str, str]:
        """Chinese and English text with the bound written in."""
        try:
            return self.zh.format(bound=self.bound), self.en.format(bound=self.bound)
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(
                "文字中只含 {bound}，如 {bound:g}。texts in which only {bound} is replaced, such as {bound:g}"
            ) from error


class Grade(Part):
    """A band of default probability up to and including ``pd_up_to``."""

    grade: Text
    pd_up_to: Share
    factor: Share


class Pricing(Part):
    """What a loan costs the bank a year as shares of what is owed, what making one costs in yuan, and the ceiling.

    What is kept of the loan when it is paid out, ``upfront_fee``, counts under the ceiling beside the rate.
    """

    funding: Share
    operating: Share
    loan_cost: Annotated[float, Field(ge=0)]
    upfront_fee: Annotated[float, Field(ge=0, lt=0.2)]
    loss_given_default: Share
    pd_months: Positive
    capital_share: Share
    target_return: Share
    ceiling: Annotated[float, Field(gt=0, le=1)]

    @property
    def least(self) -> float:
        """What no loan costs less than a year, whatever its size and risk."""
        return self.funding + self.operating + self.capital

    @property
    def capital(self) -> float:
        """What the capital behind a loan must earn beyond what it saves in funding."""
        return self.capital_share * max(self.target_return - self.funding, 0.0)


class Habit(Part):
    """How a firm with a cycle of up to so many days repays, and the term when none is asked for."""

    cycle_up_to: float | None
    repayment: Literal["annuity", "equal_principal", "interest_only", "bullet"]
    months: Annotated[int, Field(gt=0)]


class Term(Part):
    """The longest term, the longest with the principal at the end, and what fits a firm's cycle.

    ``offers`` are terms that are offered where they carry more than the one asked for, in the order of preference; none
    in policies before 2026.7.
    """

    maximum_months: Annotated[int, Field(gt=0)]
    principal_at_end_up_to: Annotated[int, Field(gt=0)]
    by_cycle: Annotated[tuple[Habit, ...], Field(min_length=1)]
    offers: tuple[Annotated[int, Field(gt=0)], ...] = ()

    @model_validator(mode="after")
    def _ascending(self) -> "Term":
        if not rising([h.cycle_up_to for h in self.by_cycle]):
            raise ValueError(
                "by_cycle 的 cycle_up_to 逐项递增，仅末项为空。"
                "by_cycle: cycle_up_to rising from entry to entry and null in the last one alone"
            )
        if max(h.months for h in self.by_cycle) > self.maximum_months:
            raise ValueError("by_cycle 的 months 不大于 maximum_months。by_cycle: months of at most maximum_months")
        if max(self.offers, default=0) > self.maximum_months or len(set(self.offers)) < len(self.offers):
            raise ValueError(
                "offers 不大于 maximum_months 且不重复。offers: months of at most maximum_months, each once"
            )
        return self

    @cached_property
    def habits(self) -> tuple[Floats, Places, Floats]:
        """Ends of the cycles in days, ways of repayment as places in ``TYPES``, and months, one entry a habit."""
        ends = [np.inf if habit.cycle_up_to is None else habit.cycle_up_to for habit in self.by_cycle]
        kinds = np.array([TYPES.index(habit.repayment) for habit in self.by_cycle], dtype=np.intp)
        return np.array(ends), kinds, np.array([float(habit.months) for habit in self.by_cycle])


def rising(ends: Sequence[float | None]) -> bool:
    """Whether upper ends rise strictly and only the last is open."""
    values = [float("inf") if end is None else end for end in ends]
    return values == sorted(set(values)) and values[-1] == float("inf")


class Product(Part):
    """Smallest loan, cap on our total, and the step to which a limit is rounded down."""

    minimum: Positive
    cap: Positive
    step: Positive


class Ramp(Part):
    """A factor that rises from ``least`` at ``low`` to 1 at ``high``; what is not known counts as ``low``."""

    low: float
    high: float
    least: Share

    @model_validator(mode="after")
    def _upwards(self) -> "Ramp":
        if self.low >= self.high:
            raise ValueError("low 小于 high。low below high")
        return self


class Segment(Part):
    """Firms of some sections and sizes, and the share of the appetite that they get; no list means all."""

    name: Text
    sections: str = ""
    sizes: tuple[Size, ...] = ()
    factor: Share


class Increase(Part):
    """What a known good borrower gets more of the appetite: all the rules hold on known facts."""

    share: Share
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]


class Appetite(Part):
    """What scales the bank's appetite besides the grade."""

    coverage: Ramp
    credibility: Ramp
    segments: tuple[Segment, ...]
    increase: Increase

    @cached_property
    def segment_factors(self) -> Floats:
        """Share of the appetite by section and size; place 0 is what is not known, and fits no segment that asks."""
        table = np.ones((len(SECTIONS) + 1, len(SIZES) + 1))
        for segment in reversed(self.segments):
            rows = [i for i, s in enumerate(f"?{SECTIONS}") if not segment.sections or s in segment.sections]
            columns = [i for i, s in enumerate(("", *SIZES)) if not segment.sizes or s in segment.sizes]
            table[np.ix_(rows, columns)] = segment.factor
        return table


class Action(Part):
    """What a firm can do, and where the features that it is about then stand."""

    name: Text
    zh: Text
    en: Text
    moves: Annotated[dict[str, float], Field(min_length=1)]
