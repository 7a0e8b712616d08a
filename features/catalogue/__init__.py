"""The catalogue: every feature, once, with all that an analyst must know of it.

A file a family; a feature is one entry in its family's ``FEATURES``. Constraints, reasons, documentation and
tests are read from here, and no feature is named elsewhere but where a policy or leg uses it. ``EVERY`` are also
those of counterparties' health, which are computed only where the bank permits it; ``SCORED`` are what a score
before the loan may read.
"""

from collections.abc import Container

from features.catalogue import (
    application,
    concentration,
    coverage,
    credit,
    health,
    integrity,
    level,
    liquidity,
    peers,
    profile,
    public_payments,
    settlement,
    stability,
    statements,
    trend,
)
from features.catalogue.feature import Feature, Row
from features.catalogue.subjects import SUBJECTS, Subject

FAMILIES = (
    profile,
    level,
    stability,
    trend,
    liquidity,
    concentration,
    public_payments,
    credit,
    peers,
    coverage,
    integrity,
    application,
    statements,
    settlement,
)
CATALOGUE: dict[str, Feature] = {f.name: f for family in FAMILIES for f in family.FEATURES}
EVERY: dict[str, Feature] = CATALOGUE | {f.name: f for f in health.FEATURES}
SCORED: dict[str, Feature] = {name: f for name, f in EVERY.items() if f.scored}


def scored(columns: Container[str]) -> list[Feature]:
    """Those of ``SCORED`` that a table has, in the order of the catalogue."""
    return [feature for name, feature in SCORED.items() if name in columns]


if len(EVERY) != sum(len(family.FEATURES) for family in (*FAMILIES, health)):
    raise ValueError("two features of the catalogue share a name")

__all__ = ["CATALOGUE", "EVERY", "SCORED", "SUBJECTS", "Feature", "Row", "Subject", "scored"]
