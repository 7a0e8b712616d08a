"""Every number the world is made with, frozen: a change needs a decision record with a published fact as its reason.

``macro_shocks`` are (year, month, months, depth); from ``regime_year`` on the bank's policy and how late customers
pay are different.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Parameters:
    """Rates are a month unless the name says otherwise; money is in yuan; shares are fractions."""

    burn_in_months: int = 6
    entrant_share: float = 0.06
    sole_proprietor_share: float = 0.28
    size_spread: float = 0.85
    goods_price: float = 0.93
    edge_of_quality: float = 0.034
    fragility_of_youth: float = 1.4
    fragility_of_trade: float = 2.2
    margin_edge_spread: float = 0.026
    buffer_days_median: float = 34.0
    buffer_days_spread: float = 0.85
    owner_wealth_months: float = 1.1
    demand_persistence: float = 0.92
    demand_noise: float = 0.075
    decline_rate: float = 0.0056
    decline_size: float = 0.55
    price_pressure: float = 0.30
    decline_speed: float = 0.12
    recovery_speed: float = 0.012
    sudden_death_rate: float = 0.00060
    strategic_rate: float = 0.0011
    sector_noise: float = 0.02
    macro_shocks: tuple[tuple[int, int, int, float], ...] = (
        (2020, 8, 3, 0.08),
        (2022, 10, 4, 0.15),
        (2024, 4, 8, 0.05),
    )
    later_lateness: float = 1.2
    customer_failure_rate: float = 0.0040
    customer_churn_rate: float = 0.015
    late_days_mean: float = 9.0
    never_paid_share: float = 0.004
    bill_share: float = 0.06
    issued_bill_share: float = 0.05
    smallest_bill: float = 30e3
    application_rate: float = 0.18
    regime_year: int = 2024
    policy_threshold: float = 0.95
    policy_noise: float = 1.5
    random_admission_share: float = 0.06
    guaranteed_share: float = 0.15
    secured_share: float = 0.25
    deceiver_share: float = 0.07
    entrusted_from: float = 800e3
    diversion_share: float = 0.07
    restructuring_share: float = 0.05
    grace_days: int = 182
    early_repayment_rate: float = 0.04
    renewal_share: float = 0.75
    renewal_floor: float = 0.62
    bridge_share: float = 0.35
    other_loan_rate: float = 0.012
    first_other_loans: float = 0.25
    nonbank_rate: float = 0.012
    most_borrowed_months: float = 3.0
    annual_rate_low: float = 0.038
    annual_rate_high: float = 0.085
    blank_summary_share: float = 0.095
    misleading_summary_share: float = 0.07
    dirty_name_share: float = 0.05
    late_line_share: float = 0.12
    corrected_line_share: float = 0.003
    collected_after_death: float = 0.15
    missing_bill_share: float = 0.03
    exit_after_days: int = 75


BASE = Parameters()
VARIANTS: dict[str, Parameters] = {
    "calm": replace(BASE, decline_rate=0.003, customer_failure_rate=0.002, macro_shocks=(), goods_price=0.92),
    "base": BASE,
    "stressed": replace(
        BASE,
        decline_rate=0.020,
        customer_failure_rate=0.012,
        never_paid_share=0.012,
        macro_shocks=((2022, 10, 6, 0.25), (2024, 1, 18, 0.25)),
        late_days_mean=18.0,
        goods_price=0.95,
    ),
}


ACCEPTANCE_WORLDS = ((5_000, 60, 1), (5_000, 60, 2), (5_000, 60, 3))
