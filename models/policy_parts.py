"""The parts that a policy is made of, each checked for itself."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class Part(BaseModel):
    """A part of a policy: frozen, and no key but those that are named."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ScoreScale(Part):
    """Points that stand for ``odds`` to one, and the points that double the odds."""

    points: float
    odds: Positive
    double: Positive


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
            raise ValueError("exactly one of minimum and maximum")
        self.texts()
        return self

    @property
    def bound(self) -> float:
        """The one bound that is given."""
        return float(self.maximum if self.maximum is not None else self.minimum or 0.0)

    def texts(self) -> tuple[str, str]:
        """Chinese and English text with the bound written in."""
        try:
            return self.zh.format(bound=self.bound), self.en.format(bound=self.bound)
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError("texts in which only {bound} is replaced, such as {bound:g}") from error


class Grade(Part):
    """A band of default probability up to and including ``pd_up_to``."""

    grade: Text
    pd_up_to: Share
    factor: Share
    annual_rate: Share


class Term(Part):
    """Term when none is asked for, and the longest."""

    default_months: Annotated[int, Field(gt=0)]
    maximum_months: Annotated[int, Field(gt=0)]


class Product(Part):
    """Smallest loan, cap on our total, and the step to which a limit is rounded down."""

    minimum: Positive
    cap: Positive
    step: Positive


class Capacity(Part):
    """Debt service cover that must remain, and what an owner's household lives on, in yuan a month."""

    dscr: Annotated[float, Field(ge=1)]
    living_costs: Annotated[float, Field(ge=0)]


class Slice(Part):
    """Share of the income between the slice before and ``up_to``; null is without end."""

    up_to: Positive | None
    share: Share


class Turnover(Part):
    """Slices of a year's income from below."""

    slices: Annotated[tuple[Slice, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _ascending(self) -> "Turnover":
        ends = [float("inf") if s.up_to is None else s.up_to for s in self.slices]
        if ends != sorted(set(ends)) or ends[-1] != float("inf"):
            raise ValueError("up_to rising from slice to slice and null in the last one alone")
        return self


class Balance(Part):
    """Multiple of the average balance."""

    multiple: Positive


class Tax(Part):
    """Multiple of a year's tax, at least ``floor``."""

    multiple: Positive
    floor: Annotated[float, Field(ge=0)]


class Legs(Part):
    """Parameters of the legs that have any."""

    capacity: Capacity
    turnover: Turnover
    balance: Balance
    tax: Tax
