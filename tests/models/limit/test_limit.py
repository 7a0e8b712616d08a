import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.limit import LEG_FEATURES, LEGS, Terms, balance, bind, capacity, requested, tax, turnover
from models.limit.leg import annuity_factor
from models.policy import Policy

NAN = float("nan")
YEAR = Terms(annual_rate=np.array([0.12]), months=np.array([12.0]))
FIRM = {
    "net_operating_mean_12m": 21_500.0,
    "drawings_mean_12m": 20_000.0,
    "outflow_financing_mean_6m": 2_000.0,
    "income_sum_12m": 12_000_000.0,
    "balance_average_mean_6m": 50_000.0,
    "outflow_tax_sum_12m": 100_000.0,
    "exposure_ours": 0.0,
    "exposure_all": 0.0,
    "requested_amount": 500_000.0,
}
NAMES = [leg.name for leg in LEGS]


def columns(**changes: float) -> dict[str, np.ndarray]:
    return {name: np.array([changes.get(name, FIRM.get(name, NAN))]) for name in LEG_FEATURES}


def legs(policy: Policy, factor: float = 1.0, **changes: float) -> tuple[dict[str, float], float, str]:
    bound = bind(LEGS, columns(**changes), policy, YEAR, np.array([factor]))
    return dict(zip(NAMES, bound.new_money[0], strict=True)), float(bound.limit[0]), NAMES[bound.leg[0]]


def test_annuity_factors_by_hand():
    # 12 months at 1 % a month: (1 - 1 / 1.12682503) / 0.01; 24 months at 0.5 %: (1 - 1 / 1.12715978) / 0.005
    factors = annuity_factor(np.array([0.12, 0.06, 0.0]), np.array([12.0, 24.0, 36.0]))
    assert factors == pytest.approx([11.25507747, 22.56286622, 36.0], abs=1e-6)


def test_capacity_is_the_annuity_of_what_remains(policy):
    # of 20,000 drawn 9,000 are for living: (21,500 - 9,000) / 1.25 - 2,000 = 8,000 a month; x 11.25507747
    assert capacity.LEG.value(columns(), policy, YEAR) == pytest.approx([90_040.62], abs=0.01)


def test_what_owners_put_in_is_no_capacity(policy):
    # nothing is drawn: 21,500 / 1.25 - 2,000 = 15,200 a month; x 11.25507747
    value = capacity.LEG.value(columns(drawings_mean_12m=-5_000.0), policy, YEAR)
    assert value == pytest.approx([171_077.18], abs=0.01)


def test_capacity_is_nothing_when_debt_service_eats_it(policy):
    assert capacity.LEG.value(columns(outflow_financing_mean_6m=11_000.0), policy, YEAR) == [0.0]


@pytest.mark.parametrize(
    ("income", "expected"),
    [(-5.0, 0), (1e6, 50_000), (5e6, 250_000), (10e6, 400_000), (20e6, 700_000), (30e6, 1_000_000), (40e6, 1_200_000)],
)
def test_turnover_by_slices(policy, income, expected):
    assert turnover.LEG.value(columns(income_sum_12m=income), policy, YEAR) == pytest.approx([expected])


def test_balance_tax_and_request_by_hand(policy):
    assert balance.LEG.value(columns(), policy, YEAR) == [300_000.0]
    assert balance.LEG.value(columns(balance_average_mean_6m=-1.0), policy, YEAR) == [0.0]
    assert tax.LEG.value(columns(), policy, YEAR) == [500_000.0]
    assert tax.LEG.value(columns(outflow_tax_sum_12m=0.0), policy, YEAR) == [300_000.0]
    assert requested.LEG.value(columns(), policy, YEAR) == [500_000.0]


def test_commitments_come_off_by_basis_and_the_smallest_leg_binds(policy):
    values, limit, leg = legs(policy, exposure_ours=100_000.0, exposure_all=420_000.0)
    assert values["turnover"] == pytest.approx(460_000 - 420_000)
    assert values["balance"] == 300_000 - 100_000
    assert values["tax"] == 500_000 - 100_000
    assert values["product_cap"] == 3_000_000 - 100_000
    assert values["requested"] == 500_000
    assert values["capacity"] == pytest.approx(90_040.62, abs=0.01)
    assert (limit, leg) == (40_000.0, "turnover")


def test_a_leg_never_gives_less_than_nothing(policy):
    values, limit, _ = legs(policy, exposure_all=9e6, exposure_ours=9e6)
    assert values["balance"] == values["turnover"] == values["product_cap"] == 0
    assert limit == 0


def test_all_lenders_hold_at_least_what_we_hold(policy):
    assert legs(policy, exposure_ours=400_000.0)[0]["turnover"] == pytest.approx(60_000)
    assert legs(policy, exposure_ours=400_000.0, exposure_all=NAN)[0]["turnover"] == pytest.approx(60_000)


def test_risk_scales_appetite_before_commitments_and_nothing_else(policy):
    full, _, _ = legs(policy, exposure_ours=100_000.0)
    half, _, _ = legs(policy, factor=0.5, exposure_ours=100_000.0)
    assert half["balance"] == 300_000 * 0.5 - 100_000
    assert half["capacity"] == full["capacity"] * 0.5
    assert half["product_cap"] == full["product_cap"]
    assert half["requested"] == full["requested"]


def test_the_limit_is_rounded_down_to_the_step(policy):
    assert legs(policy)[1:] == (90_000.0, "capacity")


def test_unknown_inputs_leave_a_leg_out(policy):
    values, limit, leg = legs(policy, net_operating_mean_12m=NAN, outflow_tax_sum_12m=NAN, requested_amount=NAN)
    assert {name for name, v in values.items() if np.isnan(v)} == {"capacity", "tax", "requested"}
    assert (limit, leg) == (300_000.0, "balance")


def test_without_any_appetite_leg_the_bound_says_so(policy):
    unknown = {name: NAN for leg in LEGS if leg.appetite for name in leg.needs}
    assert not bind(LEGS, columns(**unknown), policy, YEAR, np.ones(1)).appetite[0]
    assert bind(LEGS, columns(), policy, YEAR, np.ones(1)).appetite[0]


@given(st.lists(st.floats(-1e8, 1e8), min_size=2, max_size=2))
def test_no_leg_falls_as_its_evidence_rises(policy, pair):
    low, high = sorted(pair)
    for leg in LEGS:
        for name in leg.needs:
            less, more = (leg.value(columns(**{name: v}), policy, YEAR)[0] for v in (low, high))
            assert less <= more


def test_every_leg_names_basis_and_source_in_both_languages():
    for leg in LEGS:
        zh, en = leg.source.split(" | ")
        assert zh
        assert en.isascii()
    assert len(set(NAMES)) == len(NAMES) >= 4
