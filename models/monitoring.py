"""How live loans are watched, as data: classes, signals, watch list and limit actions, checked key by key."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from features.errors import PolicyError
from features.evidence.parties import check_pattern
from features.proceeds import Follow
from models.checked import Part
from models.policy_parts import Share, Text


def _pattern(text: str) -> str:
    try:
        check_pattern("the value", text)
    except PolicyError as error:
        raise ValueError(f"正则表达式，但{error.zh}。a pattern, but {error.en}") from error
    return text


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
Days = Annotated[int, Field(ge=0)]
Months = Annotated[int, Field(ge=1, le=12)]
Severity = Literal["yellow", "orange", "red"]
Action = Literal["none", "call", "visit", "freeze", "reduce", "collect_early", "raise"]
SEVERITIES: tuple[Severity, ...] = ("yellow", "orange", "red")


class ClassRules(Part):
    """Bounds of the five classes; a claim is past a bound on the day after it."""

    technical_days: Days
    substandard_days: Days
    doubtful_days: Days
    loss_days: Days
    own_contagion: Share
    other_contagion: Share
    observation_months: Months
    retail_ceiling: Annotated[float, Field(gt=0)]
    stage_2_days: Days

    @model_validator(mode="after")
    def _ascending(self) -> "ClassRules":
        bounds = (self.technical_days, self.substandard_days, self.doubtful_days, self.loss_days)
        if list(bounds) != sorted(set(bounds)):
            raise ValueError(
                "technical_days、substandard_days、doubtful_days、loss_days 依次递增。"
                "technical_days, substandard_days, doubtful_days and loss_days rising"
            )
        return self


class ProceedsRules(Part):
    """How money is followed from a disbursement."""

    within_days: Annotated[int, Field(ge=1, le=180)]
    return_days: Annotated[int, Field(ge=1, le=90)]
    kept: Share
    least: Annotated[float, Field(ge=0)]
    watch_months: Months
    property_words: Pattern
    securities_words: Pattern
    lending_words: Pattern
    bridge_before: Annotated[int, Field(ge=1, le=90)]
    bridge_after: Annotated[int, Field(ge=1, le=90)]
    bridge_part: Share
    bridge_fee: Share

    @property
    def follow(self) -> Follow:
        """As ``features.proceeds`` takes it."""
        return Follow(**self.model_dump(exclude={"watch_months"}))


class Signal(Part):
    """One warning signal: what is measured, from which side it is bad, and from where on it is how severe."""

    name: Text
    family: Text
    kind: Literal["level", "change", "trend", "persistence", "peer", "own_history"]
    of: Text
    side: Literal["above", "below"]
    yellow: float | None = None
    orange: float | None = None
    red: float | None = None
    months: Months = 1
    bound: float | None = None
    seasonal: bool = False
    quiet_months: Months = 2
    cooldown_months: Annotated[int, Field(ge=0, le=24)] = 3
    clear: float | None = None
    weight: Annotated[float, Field(gt=0)] = 1.0
    action: Action | None = None
    zh: Text
    en: Text

    @model_validator(mode="after")
    def _consistent(self) -> "Signal":
        given = [bound for _, bound in self.bounds]
        if not given:
            raise ValueError("yellow、orange、red 至少一项。at least one of yellow, orange and red")
        if given != sorted(given, reverse=not self.upward) or len(set(given)) < len(given):
            raise ValueError(
                "yellow、orange、red 的阈值依次更差。bounds of yellow, orange and red each worse than the one before"
            )
        if (self.kind == "persistence") is (self.bound is None):
            raise ValueError("仅 persistence 类须有 bound。a bound for kind persistence, and for it alone")
        if self.kind in ("change", "trend", "own_history", "persistence") and self.months < 2:
            raise ValueError(f"{self.kind} 类的 months 不小于 2。months of at least 2 for kind {self.kind}")
        if self.clear is not None and (self.clear > given[0] if self.upward else self.clear < given[0]):
            raise ValueError("clear 的阈值不差于首个阈值。a bound to clear that is no worse than the first one")
        return self

    @property
    def upward(self) -> bool:
        """Whether what is measured is bad when it is high; a count of months beyond a bound always is."""
        return self.side == "above" or self.kind == "persistence"

    @property
    def bounds(self) -> list[tuple[int, float]]:
        """Severity from 1 and its bound, of those that are given."""
        every = enumerate((self.yellow, self.orange, self.red), start=1)
        return [(severity, bound) for severity, bound in every if bound is not None]


class ListRules(Part):
    """The alert budget, and who comes on the watch list and leaves it."""

    budget: Share
    yearly_budget: Share
    enter_points: Annotated[float, Field(gt=0)]
    enter_risk: Share
    due_months: Annotated[int, Field(ge=0)]
    stay_months: Months
    rest_months: Annotated[int, Field(ge=0, le=24)]
    collection_days: Days
    due_days: dict[Action, Days]


class RaiseRules(Part):
    """When a limit goes up, and how far (增信提额)."""

    overdue_free_months: Months
    growth: float
    retained: Share
    utilisation: Share
    quiet_months: Months
    least: Share
    most: Share

    @model_validator(mode="after")
    def _in_order(self) -> "RaiseRules":
        if self.least > self.most:
            raise ValueError("least 不大于 most。least of at most most")
        return self


class Monitoring(Part):
    """The whole of ``conf/monitoring.yaml``. Frozen: a change is a new version with its own approver and date."""

    version: Text
    approver: Text
    effective_from: date
    misuse_share: Share
    proceeds: ProceedsRules
    classes: ClassRules
    signals: Annotated[tuple[Signal, ...], Field(min_length=1)]
    watch_list: ListRules
    increase: RaiseRules

    @model_validator(mode="after")
    def _consistent(self) -> "Monitoring":
        names = [signal.name for signal in self.signals]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(
                f"signals 名称不重复，现“{twice[0]}”重复。signals: each name once, found '{twice[0]}' twice"
            )
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """What the signals are measured of, each once, in order."""
        return tuple(dict.fromkeys(signal.of for signal in self.signals))
