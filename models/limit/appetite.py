"""How much of its appetite the bank brings to a firm: by risk, by what was shown, by segment, more for the known."""

from collections.abc import Mapping

import numpy as np

from models.arrays import Flags, Floats, Places
from models.limit.leg import Columns, place
from models.policy import Policy
from models.policy_parts import SECTIONS, SIZES, Ramp, Rule

COVERAGE, CREDIBILITY, SIZE, SECTION = "coverage_score_12m", "credibility_score_12m", "size_class", "industry_section"
APPETITE_FEATURES = (COVERAGE, CREDIBILITY, SECTION, SIZE)
PARTS = ("grade", "coverage", "credibility", "segment", "increase")


def appetite(features: Columns, policy: Policy, grade: Places) -> dict[str, Floats]:
    """The parts of the factor, one value a row; all but the increase are at most 1."""
    part = policy.appetite
    section, size = place(features[SECTION], len(SECTIONS)), place(features[SIZE], len(SIZES))
    known = np.logical_and.reduce([_holds(rule, features) for rule in part.increase.rules])
    return {
        "grade": policy.grade_factors[grade],
        "coverage": _ramp(part.coverage, features[COVERAGE]),
        "credibility": _ramp(part.credibility, features[CREDIBILITY]),
        "segment": part.segment_factors[section, size],
        "increase": np.where(known, 1.0 + part.increase.share, 1.0),
    }


def factor(parts: Mapping[str, Floats]) -> Floats:
    """The product of the parts, never above 1: an increase gives back what risk took, and no more."""
    product: Floats = np.minimum(np.multiply.reduce([parts[name] for name in PARTS]), 1.0)
    return product


def _ramp(ramp: Ramp, values: Floats) -> Floats:
    """From the least at ``low`` to 1 at ``high``.

    Examples
    --------
    >>> _ramp(Ramp(low=0.6, high=1.0, least=0.5), np.array([0.5, 0.8, 1.2, np.nan]))
    array([0.5 , 0.75, 1.  , 0.5 ])
    """
    way = np.clip((np.where(np.isnan(values), ramp.low, values) - ramp.low) / (ramp.high - ramp.low), 0.0, 1.0)
    return ramp.least + (1.0 - ramp.least) * way


def _holds(rule: Rule, features: Columns) -> Flags:
    values = features[rule.feature]
    return values >= rule.minimum if rule.minimum is not None else values <= rule.bound
