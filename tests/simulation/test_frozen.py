"""The parameters are frozen: see docs/simulation.md before changing this fingerprint."""

import pytest

from simulation import VARIANTS, digest, frozen
from simulation.industries import INDUSTRIES
from simulation.parameters import ACCEPTANCE_WORLDS

FROZEN = "15b3d0b158ad94daf0b73df7ebf6a6799eebf15fe55d264df7e5e4d66b8e4996"


def test_the_parameters_are_those_that_were_frozen() -> None:
    assert digest() == FROZEN


@pytest.mark.parametrize("name", ["VARIANTS", "INDUSTRIES", "KINDS", "DIALECTS", "DESIGNS", "SHARES", "CORE_SYSTEMS"])
def test_the_fingerprint_covers_numbers_words_and_designs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the last entry of any of them it is another."""
    whole = getattr(frozen, name)
    less = dict(list(whole.items())[:-1]) if isinstance(whole, dict) else whole[:-1]
    monkeypatch.setattr(frozen, name, less)
    assert digest() != FROZEN


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
