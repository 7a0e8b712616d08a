from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.credit_model import CreditModel
from models.fit import fit_credit_model
from models.labelled import Labelled
from models.policy import Policy
from pipelines.policy import current_policy

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Entry:
    """A catalogue entry as models see it."""

    name: str
    family: str
    direction: int
    level: str = "statistics"

    @property
    def zh(self) -> str:
        return f"指标{self.name}"

    @property
    def en(self) -> str:
        return f"the {self.name}"

    def reason(self, *, adverse: bool) -> tuple[str, str]:
        side = "high" if (self.direction > 0) == adverse else "low"
        return f"{self.zh}{side}", f"{self.en}: {side}"


CATALOGUE = [
    Entry("income_sum_12m", "level", -1),
    Entry("income_mean_12m", "level", 0),
    Entry("net_operating_mean_12m", "level", -1),
    Entry("balance_average_mean_6m", "liquidity", -1),
    Entry("balance_lowest_min_6m", "liquidity", -1),
    Entry("negative_days_12m", "liquidity", 1),
    Entry("outflow_tax_sum_12m", "public_payments", -1),
    Entry("utility_gap_months_12m", "public_payments", 1, "public"),
    Entry("income_cv_12m", "stability", 1),
    Entry("income_slope_12m", "trend", 0),
    Entry("outflow_financing_mean_6m", "credit", 1),
    Entry("exposure_all", "credit", 1),
    Entry("months_observed", "profile", -1),
    Entry("requested_amount", "application", 1),
]


def make_firms(n: int, seed: int = 0) -> pd.DataFrame:
    """Made-up rows of the matrix; a tenth of most cells is unknown."""
    random = np.random.default_rng(seed)
    strength = random.normal(size=n)
    income = np.exp(14.5 + 0.8 * random.normal(size=n) + 0.4 * strength)
    frame = pd.DataFrame(
        {
            "income_sum_12m": income,
            "income_mean_12m": income / 12,
            "net_operating_mean_12m": income / 12 * (0.12 + 0.08 * strength + 0.05 * random.normal(size=n)),
            "balance_average_mean_6m": income / 12 * np.exp(0.5 * strength - 0.5),
            "balance_lowest_min_6m": income / 12 * (0.1 + 0.2 * strength + 0.1 * random.normal(size=n)),
            "negative_days_12m": np.maximum(np.round(5 * random.normal(size=n) - 6 * strength), 0),
            "outflow_tax_sum_12m": income * np.exp(-4 + 0.3 * random.normal(size=n)),
            "utility_gap_months_12m": np.maximum(np.round(random.normal(size=n) - strength), 0),
            "income_cv_12m": np.exp(0.4 * random.normal(size=n) - 0.4 * strength - 1),
            "income_slope_12m": random.normal(size=n) * 0.02,
            "outflow_financing_mean_6m": np.maximum(income / 12 * 0.02 * random.normal(size=n), 0),
            "exposure_all": np.maximum(income * 0.02 * random.normal(size=n), 0),
            "months_observed": random.integers(4, 36, n).astype(float),
            "requested_amount": np.round(income * 0.05, -3),
        }
    )
    unknown = random.random(frame.shape) < 0.1
    unknown[:, [0, 1, 12]] = False
    frame = frame.mask(unknown).assign(exposure_ours=0.0, firm_age_months=40.0, requested_term_months=24.0)
    frame = frame.assign(
        coverage_score_12m=1.0,
        credibility_score_12m=90.0,
        revenue_ex_vat_sum_12m=income / 1.06,
        industry_section=np.array([3.0, 6.0, 8.0])[np.arange(n) % 3],  # made, traded, catered
    )
    return frame.assign(
        enterprise_id=[f"E{i:05}" for i in range(n)], as_of=pd.Timestamp("2026-01-01"), strength=strength
    )


def make_defaults(frame: pd.DataFrame, seed: int = 0) -> np.ndarray:
    risk = 1 / (1 + np.exp(2.9 + 1.6 * frame["strength"].to_numpy()))
    return (np.random.default_rng(seed + 100).random(len(frame)) < risk).astype(float)


@pytest.fixture(scope="session")
def firms() -> Callable[..., pd.DataFrame]:
    return make_firms


@pytest.fixture(scope="session")
def defaults() -> Callable[..., np.ndarray]:
    return make_defaults


@pytest.fixture(scope="session")
def catalogue() -> list[Entry]:
    return CATALOGUE


@pytest.fixture(scope="session")
def policy() -> Policy:
    return current_policy()


@pytest.fixture(scope="session")
def model(policy: Policy) -> CreditModel:
    frame = make_firms(900)
    return fit_credit_model(Labelled.of(frame, make_defaults(frame), CATALOGUE), policy)


@pytest.fixture(scope="session")
def rows() -> pd.DataFrame:
    return make_firms(400, seed=7)
