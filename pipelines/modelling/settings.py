"""What may be set in ``conf/training.yaml`` and ``conf/validation.yaml``."""

from typing import Annotated

from pydantic import Field, model_validator

from features.labels import USUAL
from models.checked import Part
from models.policy_parts import Positive, Share
from models.search import Ranges
from pipelines.settings import checked

Rate = Annotated[float, Field(gt=0, lt=1)]
Wholes = tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]]
Numbers = tuple[Positive, Positive]


class Search(Part):
    """Least and greatest value of each setting."""

    learning_rate: Numbers
    num_leaves: Wholes
    min_data_in_leaf: Wholes
    lambda_l2: Numbers
    feature_fraction: Numbers
    rounds: Wholes

    @model_validator(mode="after")
    def _ascending(self) -> "Search":
        for name, (least, greatest) in self.ranges().items():
            if least >= greatest:
                raise ValueError(
                    f"{name} 的首值小于次值，现为 {least} 和 {greatest}。"
                    f"{name}: the first value below the second, found {least} and {greatest}"
                )
        return self

    def ranges(self) -> Ranges:
        """As ``models.search`` takes them."""
        return dict(self)


class OutcomeSettings(Part):
    """When a loan granted is bad, and how long it is watched."""

    default_days: Annotated[int, Field(ge=1)] = USUAL.default_days
    grey_days: Annotated[int, Field(ge=0)] = USUAL.grey_days
    window_months: Annotated[int, Field(ge=1)] = USUAL.window_months
    after_maturity_days: int = USUAL.after_maturity_days

    @model_validator(mode="after")
    def _in_order(self) -> "OutcomeSettings":
        if not self.grey_days < self.default_days < self.after_maturity_days:
            raise ValueError(
                f"grey_days 小于 default_days，default_days 小于 after_maturity_days，现为 {self.grey_days}、"
                f"{self.default_days}、{self.after_maturity_days}。grey_days below default_days below "
                f"after_maturity_days, found {self.grey_days}, {self.default_days}, {self.after_maturity_days}"
            )
        return self


class TrainingSettings(Part):
    """What an analyst may set about training; the file explains each."""

    central_tendency: dict[str, Rate]
    outcome: OutcomeSettings = OutcomeSettings()
    search: Search


def training_settings() -> TrainingSettings:
    """The settings in the file; raises ``PolicyError`` as ``checked`` does."""
    return checked(TrainingSettings, "training.yaml")


class Gates(Part):
    """Bounds that a version must keep."""

    auc_at_least: Share
    auc_low_at_least: Share
    auc_decline_at_most: Share
    over_scorecard_high_at_least: float
    slope_between: tuple[float, float]
    slope_width_at_most: Positive
    jeffreys_level: Annotated[float, Field(gt=0.5, lt=1)]
    psi_at_most: Positive
    largest_grade_at_most: Share
    monotone_violations_at_most: Annotated[int, Field(ge=0)]
    reason_violations_at_most: Annotated[int, Field(ge=0)]


class Profit(Part):
    """Yield of a good loan a year and loss of a bad one, as shares of the amount; the share of rows taken."""

    share: Annotated[float, Field(gt=0, lt=1)]
    margin: Positive
    lgd: Share


class Refused(Part):
    """Odds of default of refused firms beside those lent to and alike, and how many rows are looked at."""

    odds_between: Numbers
    most: Annotated[int, Field(gt=0)]
    fewest: Annotated[int, Field(ge=2)]

    @model_validator(mode="after")
    def _ascending(self) -> "Refused":
        if self.odds_between[0] > self.odds_between[1]:
            raise ValueError(
                f"odds_between 的首值不大于次值，现为 {list(self.odds_between)}。"
                f"odds_between: the first at most the second, found {list(self.odds_between)}"
            )
        return self


class ValidationSettings(Part):
    """What a bank may set about validation; the file explains each."""

    gates: Gates
    smallest_cell: Annotated[int, Field(ge=2)]
    age_bands: Annotated[tuple[float, ...], Field(min_length=1)]
    stress_odds: tuple[Positive, ...]
    profit: Profit
    refused: Refused


def validation_settings() -> ValidationSettings:
    """The settings in the file; raises ``PolicyError`` as ``checked`` does."""
    return checked(ValidationSettings, "validation.yaml")
