"""The parameters are frozen: see docs/simulation.md before changing this fingerprint."""

from simulation import VARIANTS, digest
from simulation.industries import INDUSTRIES
from simulation.parameters import ACCEPTANCE_WORLDS

FROZEN = "b560e6aa0084da50f9e93a7572cb7801b9335caf81df1d2f59d0faf2e3b5a63a"


def test_the_parameters_are_those_that_were_frozen() -> None:
    assert digest() == FROZEN


def test_variants_and_acceptance_worlds_are_named() -> None:
    assert list(VARIANTS) == ["calm", "base", "stressed"]
    assert ACCEPTANCE_WORLDS == ((5_000, 60, 1), (5_000, 60, 2), (5_000, 60, 3))


def test_every_industry_adds_up() -> None:
    """Shares of sales add to one, and before tax something is left."""
    assert len(INDUSTRIES) >= 10
    for industry in INDUSTRIES:
        assert abs(industry.b2b + industry.platform + industry.cash - 1) < 1e-9, industry.code
        assert industry.margin > 0.02, industry.code
        assert len(industry.season) == 12
