"""The published form of a decision: one schema for command line, API, page and record."""

from datetime import date
from typing import Literal

from pydantic import Field

from models.checked import Part

Effect = Literal["declines", "refers", "limits", "raises_risk", "supports"]


class LegValue(Part):
    """One bound on the limit."""

    name: str = Field(description="name of the leg")
    basis: Literal["new_money", "our_total", "all_lenders_total"] = Field(description="what the leg bounds")
    value: float | None = Field(
        description="new money in yuan after risk and present commitments; null when it does not apply"
    )
    stated: float | None = Field(description="yuan on its own basis, before risk and commitments")
    factor: float | None = Field(description="share of the bank's appetite that was taken; null for caps")
    inputs: dict[str, float | None] = Field(description="what it was computed from, by name; null where not known")
    source: str = Field(description="how it is computed and where days come from, Chinese and English")


class Reason(Part):
    """One reason, the one that decided first."""

    code: str = Field(description="admission.RULE, referral.RULE, limit.LEG, price.ceiling, term.offered or a feature")
    zh: str
    en: str
    effect: Effect


class Price(Part):
    """The parts of the rate, shares a year; the rate is their sum up to the next basis point."""

    funding: float
    operating: float
    capital: float
    expected_loss: float = Field(description="margin that pays for the loss expected over the term")
    making: float = Field(description="what making a loan of this size adds")
    loss: float = Field(description="yuan expected to be lost over the term, discounted")
    all_in_cost: float = Field(description="what the firm pays a year: internal rate of return, fees included")


class Counterfactual(Part):
    """What the firm could do, and what the model then answers."""

    code: str
    zh: str
    en: str
    admitted: bool
    limit: float = Field(description="yuan of new money")
    change: float = Field(description="yuan more than now; 0 where the limit stays and another term improves")
    annual_rate: float | None


class DataGap(Part):
    """Something that the decision would have used and that is not known."""

    code: str
    zh: str
    en: str


class Decision(Part):
    """The answer for one firm on one date. What does not apply is null."""

    enterprise_id: str
    as_of: date = Field(description="nothing known on this date or later was used")
    admitted: bool
    referral: bool = Field(description="true when a person must decide")
    pd: float = Field(ge=0, le=1, description="calibrated probability of default")
    pd_low: float | None = Field(
        description="lower end of the 95 % interval of the calibration at this score; null without a calibration"
    )
    pd_high: float | None = Field(description="upper end of it")
    score: float = Field(description="points, more mean less risk")
    grade: str
    limit: float = Field(ge=0, description="new money in yuan; 0 when declined")
    term_months: int | None = Field(description="as asked for, or that of the policy which carries more")
    annual_rate: float | None = Field(description="share a year")
    repayment: str | None = Field(description="annuity, equal_principal, interest_only or bullet")
    price: Price | None
    appetite: dict[str, float] = Field(description="what scales the appetite legs; at most 1 together")
    binding_leg: str = Field(description="the leg that sets the limit; admission when declined")
    legs: tuple[LegValue, ...]
    reasons: tuple[Reason, ...] = Field(max_length=5)
    counterfactuals: tuple[Counterfactual, ...]
    data_gaps: tuple[DataGap, ...]
    model: str
    version: str
    policy: str = Field(description="version of the policy")
