"""Credit policy as data: a YAML mapping, checked key by key, with its version, approver and date."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from features.errors import PolicyError

PD = "pd"
Text = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ScoreScale(_Part):
    """Points that stand for ``odds`` to one, and the points that double the odds."""

    points: float
    odds: Positive
    double: Positive


class Rule(_Part):
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


class Grade(_Part):
    """A band of default probability up to and including ``pd_up_to``."""

    grade: Text
    pd_up_to: Share
    factor: Share
    annual_rate: Share


class Term(_Part):
    """Term when none is asked for, and the longest."""

    default_months: Annotated[int, Field(gt=0)]
    maximum_months: Annotated[int, Field(gt=0)]


class Product(_Part):
    """Smallest loan, cap on our total, and the step to which a limit is rounded down."""

    minimum: Positive
    cap: Positive
    step: Positive


class Capacity(_Part):
    """Debt service cover that must remain."""

    dscr: Annotated[float, Field(ge=1)]


class Slice(_Part):
    """Share of the income between the slice before and ``up_to``; null is without end."""

    up_to: Positive | None
    share: Share


class Turnover(_Part):
    """Slices of a year's income from below."""

    slices: Annotated[tuple[Slice, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _ascending(self) -> "Turnover":
        ends = [float("inf") if s.up_to is None else s.up_to for s in self.slices]
        if ends != sorted(set(ends)) or ends[-1] != float("inf"):
            raise ValueError("up_to rising from slice to slice and null in the last one alone")
        return self


class Balance(_Part):
    """Multiple of the average balance."""

    multiple: Positive


class Tax(_Part):
    """Multiple of a year's tax, at least ``floor``."""

    multiple: Positive
    floor: Annotated[float, Field(ge=0)]


class Legs(_Part):
    """Parameters of the legs that have any."""

    capacity: Capacity
    turnover: Turnover
    balance: Balance
    tax: Tax


class Policy(_Part):
    """The whole policy. Frozen: a change is a new version with its own approver and date."""

    version: Text
    approver: Text
    effective_from: date
    score: ScoreScale
    admission: tuple[Rule, ...]
    referral: tuple[Rule, ...]
    grades: Annotated[tuple[Grade, ...], Field(min_length=1)]
    rate_ceiling: Share
    term: Term
    product: Product
    legs: Legs

    @model_validator(mode="after")
    def _consistent(self) -> "Policy":
        for wrong, expected in _contradictions(self):
            if wrong:
                raise ValueError(expected)
        return self

    @property
    def features(self) -> tuple[str, ...]:
        """Features that the rules read, each once, in order."""
        return tuple(dict.fromkeys(r.feature for r in (*self.admission, *self.referral) if r.feature != PD))


def _contradictions(policy: Policy) -> list[tuple[bool, str]]:
    bands = policy.grades
    ends, factors, rates = ([getattr(b, k) for b in bands] for k in ("pd_up_to", "factor", "annual_rate"))
    names = [r.name for r in (*policy.admission, *policy.referral)]
    return [
        (ends != sorted(set(ends)) or ends[-1] != 1, "grades: pd_up_to rising from band to band up to 1"),
        (factors != sorted(factors, reverse=True), "grades: a factor that does not rise with risk"),
        (rates != sorted(rates), "grades: an annual_rate that does not fall with risk"),
        (rates[-1] > policy.rate_ceiling, f"grades: an annual_rate of at most rate_ceiling {policy.rate_ceiling}"),
        (len({b.grade for b in bands}) < len(bands), "grades: each grade once"),
        (len(set(names)) < len(names), "admission and referral: each name once"),
        (any(r.when_missing == "decline" for r in policy.referral), "referral: when_missing of pass or refer"),
        (policy.product.minimum > policy.product.cap, "product: a minimum of at most the cap"),
        (policy.term.default_months > policy.term.maximum_months, "term: default_months of at most maximum_months"),
    ]


def parse_policy(content: Mapping[str, Any], where: str = "policy.yaml") -> Policy:
    """Check a mapping and make it a policy.

    Parameters
    ----------
    content : what the YAML holds.
    where : name of the file for messages.

    Raises
    ------
    PolicyError
        Naming the file, the path of every wrong key, what was expected and what was found.
    """
    try:
        return Policy.model_validate(dict(content))
    except ValidationError as error:
        faults = "; ".join(_fault(dict(e)) for e in error.errors())
        raise PolicyError(f"{where}: {faults}; mend the file and raise its version") from error


def read_policy(path: Path) -> Policy:
    """Read and check a policy file; raises ``PolicyError`` as ``parse_policy`` does."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PolicyError(f"{path}: cannot be read as YAML ({error})") from error
    if not isinstance(content, dict):
        raise PolicyError(f"{path}: expected a mapping at the top level, found {type(content).__name__}")
    return parse_policy(content, str(path))


def _fault(error: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in error["loc"]) or "the whole"
    expected = str(error["msg"]).removeprefix("Value error, ")
    found = "" if error["type"] in ("missing", "value_error") else f", found {error['input']!r}"
    return f"key {key}: expected {expected[:1].lower()}{expected[1:]}{found}"
