"""Credit policy as data: a YAML mapping, checked key by key, with its version, approver and date."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError, model_validator

from features.errors import PolicyError
from models.policy_parts import Grade, Legs, Part, Product, Rule, ScoreScale, Share, Term, Text

PD = "pd"


class Policy(Part):
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
