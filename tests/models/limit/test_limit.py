import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.limit import (
    LEG_FEATURES,
    LEGS,
    Bound,
    Terms,
    balance,
    capacity,
    cycle,
    requested,
    settle,
    tax,
    turnover,
    working_capital,
)
from models.policy import Policy
from models.price import Price
from models.repayment import ANNUITY, BULLET, EQUAL_PRINCIPAL, INTEREST_ONLY

NAN = float("nan")
ONE = np.ones(1)
YEAR = Terms(annual_rate=0.12 * ONE, months=12.0 * ONE, kind=np.array([ANNUITY]))
AT_12_PERCENT = Price(expected_loss=0 * ONE, loss_share=0 * ONE, years=ONE, parts=0.12 * ONE, loan_cost=0.0)
FIRM = {
    "net_operating_mean_12m": 21_500.0,
    "drawings_mean_12m": 20_000.0,
    "outflow_financing_mean_6m": 2_000.0,
    "service_due": 2_000.0,
    "income_sum_12m": 12_000_000.0,
    "balance_average_mean_6m": 50_000.0,
    "outflow_tax_sum_12m": 100_000.0,
    "tax_grade": 3.0,
    "revenue_ex_vat_sum_12m": 11_000_000.0,
    "industry_section": 3.0,
    "exposure_ours": 0.0,
    "exposure_all": 0.0,
    "requested_amount": 500_000.0,
}
NAMES = [leg.name for leg in LEGS]


def columns(policy: Policy, **changes: float) -> dict[str, np.ndarray]:
    told = {name: np.array([changes.get(name, FIRM.get(name, NAN))]) for name in LEG_FEATURES}
    return told | cycle(told, policy) | {"cash_flow_q20": np.array([changes.get("cash_flow_q20", NAN)])}


def bound(policy: Policy, factor: float = 1.0, price: Price = AT_12_PERCENT, **changes: float) -> Bound:
    return settle(LEGS, columns(policy, **changes), policy, YEAR.kind, YEAR.months, price, np.array([factor]))


def legs(policy: Policy, factor: float = 1.0, **changes: float) -> tuple[dict[str, float], float, str]:
    found = bound(policy, factor, **changes)
    return dict(zip(NAMES, found.new_money[0], strict=True)), float(found.limit[0]), NAMES[found.leg[0]]


def test_capacity_is_the_annuity_of_what_remains(policy):
    # of 20,000 drawn 9,000 are for living: (21,500 - 9,000) / 1.25 - 2,000 = 8,000 a month; x 11.25507747
    assert capacity.LEG.value(columns(policy), policy, YEAR) == pytest.approx([90_040.62], abs=0.01)


def test_what_owners_put_in_is_no_capacity(policy):
    # nothing is drawn: 21,500 / 1.25 - 2,000 = 15,200 a month; x 11.25507747
    value = capacity.LEG.value(columns(policy, drawings_mean_12m=-5_000.0), policy, YEAR)
    assert value == pytest.approx([171_077.18], abs=0.01)


def test_capacity_is_nothing_when_debt_service_eats_it(policy):
    assert capacity.LEG.value(columns(policy, service_due=11_000.0), policy, YEAR) == [0.0]


@pytest.mark.parametrize(
    ("income", "expected"),
    [(-5.0, 0), (1e6, 50_000), (5e6, 250_000), (10e6, 400_000), (20e6, 700_000), (30e6, 1_000_000), (40e6, 1_200_000)],
)
def test_turnover_by_slices(policy, income, expected):
    assert turnover.LEG.value(columns(policy, income_sum_12m=income), policy, YEAR) == pytest.approx([expected])


def test_balance_tax_and_request_by_hand(policy):
    assert balance.LEG.value(columns(policy), policy, YEAR) == [300_000.0]
    assert balance.LEG.value(columns(policy, balance_average_mean_6m=-1.0), policy, YEAR) == [0.0]
    # 5,000 a month borrowed in six months may stand there unspent: (50,000 - 30,000) x 6
    assert balance.LEG.value(columns(policy, inflow_financing_mean_6m=5_000.0), policy, YEAR) == [120_000.0]
    assert tax.LEG.value(columns(policy), policy, YEAR) == [500_000.0]
    assert tax.LEG.value(columns(policy, outflow_tax_sum_12m=0.0), policy, YEAR) == [300_000.0]
    assert requested.LEG.value(columns(policy), policy, YEAR) == [500_000.0]


def test_commitments_come_off_by_basis_and_the_smallest_leg_binds(policy):
    values, limit, leg = legs(policy, exposure_ours=100_000.0, exposure_all=420_000.0)
    assert values["turnover"] == pytest.approx(460_000 - 100_000)
    assert values["working_capital"] == pytest.approx(845_395.83 - 420_000)
    assert values["balance"] == 300_000 - 100_000
    assert values["tax"] == 500_000 - 100_000
    assert values["product_cap"] == 3_000_000 - 100_000
    assert values["requested"] == 500_000
    assert values["capacity"] == pytest.approx(90_040.62, abs=0.01)
    assert (limit, leg) == (90_000.0, "capacity")


def test_a_leg_never_gives_less_than_nothing(policy):
    values, limit, _ = legs(policy, exposure_all=9e6, exposure_ours=9e6)
    assert values["balance"] == values["turnover"] == values["working_capital"] == values["product_cap"] == 0
    assert limit == 0


def test_all_lenders_hold_at_least_what_we_hold(policy):
    for all_lenders in (0.0, NAN):
        values = legs(policy, exposure_ours=400_000.0, exposure_all=all_lenders)[0]
        assert values["working_capital"] == pytest.approx(845_395.83 - 400_000)


def test_what_of_ours_ends_within_a_month_does_not_stand_beside_a_new_loan(policy):
    owed = {"exposure_ours": 400_000.0, "exposure_all": 500_000.0}
    values, _, _ = legs(policy, **owed, exposure_due=300_000.0)
    assert values["turnover"] == pytest.approx(460_000 - 100_000)
    assert values["working_capital"] == pytest.approx(845_395.83 - 200_000)
    assert legs(policy, **owed, exposure_due=9e6)[0]["turnover"] == pytest.approx(460_000)  # never more than is owed


def test_policies_before_2026_4_took_all_lenders_and_what_was_paid(policy):
    old = policy.model_dump()
    del (
        old["legs"]["turnover"]["basis"],
        old["legs"]["capacity"]["service"],
        old["legs"]["capacity"]["money_at_maturity"],
    )
    old = Policy.model_validate(old)
    assert legs(old, exposure_all=420_000.0)[0]["turnover"] == pytest.approx(460_000 - 420_000)
    assert capacity.LEG.value(columns(old, service_due=9_000.0), old, YEAR) == pytest.approx([90_040.62], abs=0.01)
    bullet = Terms(YEAR.annual_rate, YEAR.months, np.array([BULLET]))
    rich = columns(old, balance_lowest_mean_6m=9e6)
    assert capacity.LEG.value(rich, old, bullet) == pytest.approx([85_714.29], abs=0.01)


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
    assert not bound(policy, **unknown).appetite[0]
    assert bound(policy).appetite[0]


def test_the_bound_is_whole_without_a_request_but_not_without_a_balance(policy):
    assert bound(policy, requested_amount=NAN).whole[0]
    assert not bound(policy, balance_average_mean_6m=NAN).whole[0]
    assert not bound(policy, revenue_ex_vat_sum_12m=NAN).whole[0]


def test_capacity_by_the_way_of_repayment(policy):
    # room of 8,000 a month; equal principal: 8,000 / (1/12 + 0.01); at maturity: 8,000 x 12 / (1 + 12 x 0.01)
    for kind, expected in [(EQUAL_PRINCIPAL, 85_714.29), (INTEREST_ONLY, 85_714.29), (BULLET, 85_714.29)]:
        terms = Terms(YEAR.annual_rate, YEAR.months, np.array([kind]))
        assert capacity.LEG.value(columns(policy), policy, terms) == pytest.approx([expected], abs=0.01)


def test_principal_at_the_end_is_tested_at_maturity_against_money_of_ones_own_too(policy):
    """12,500 x 6 and 90,000 less 30,000 borrowed, over 1.25, less 2,000 x 6: 96,000, with 6 % interest in it."""
    half = Terms(YEAR.annual_rate, np.full(1, 6.0), np.array([INTEREST_ONLY]))
    known = columns(policy, balance_lowest_mean_6m=90_000.0, inflow_financing_mean_6m=5_000.0)
    assert capacity.LEG.value(known, policy, half) == pytest.approx([96_000 / 1.06])
    # monthly instalments are paid as one earns: 12,500 / 1.25 - 2,000 a month, whatever lies there
    level = Terms(YEAR.annual_rate, np.full(1, 6.0), np.array([EQUAL_PRINCIPAL]))
    assert capacity.LEG.value(known, policy, level) == pytest.approx([8_000 * 6 / 1.06])


def test_debts_that_no_lender_reports_are_told_by_a_usual_month(policy):
    known = columns(policy, outflow_financing_median_6m=3_000.0)
    assert capacity.LEG.value(known, policy, YEAR) == pytest.approx([7_000 * 11.25507747])


def test_capacity_takes_the_quantile_of_the_coming_year_where_there_is_one(policy):
    # 120,000 a year is 10,000 a month: 10,000 / 1.25 - 2,000 = 6,000; x 11.25507747
    assert capacity.LEG.value(columns(policy, cash_flow_q20=120_000.0), policy, YEAR) == pytest.approx([67_530.46])
    assert capacity.LEG.value(columns(policy, cash_flow_q20=-1.0), policy, YEAR) == [0.0]
    told, marked = (capacity.LEG.sources(columns(policy, cash_flow_q20=q), policy, 1)[0] for q in (1.0, NAN))
    assert "20 % quantile" in told
    assert "mean monthly" in marked


def test_what_went_to_own_accounts_not_shown_is_no_capacity(policy):
    """(12,500 - 60,000 / 12) / 1.25 - 2,000 = 4,000 a month; x 11.25507747. What came from them changes nothing."""
    gone = {"unseen_transfer_out": 100_000.0, "unseen_transfer_in": 40_000.0}
    less, back = columns(policy, **gone), columns(policy, **gone | {"unseen_transfer_in": 300_000.0})
    assert capacity.LEG.value(less, policy, YEAR) == pytest.approx([45_020.31], abs=0.01)
    assert capacity.LEG.value(back, policy, YEAR) == pytest.approx([90_040.62], abs=0.01)
    # with a quantile of 10,000 a month: (10,000 - 5,000) / 1.25 - 2,000 = 2,000
    coming = columns(policy, **gone, cash_flow_q20=120_000.0)
    assert capacity.LEG.value(coming, policy, YEAR) == pytest.approx([22_510.15], abs=0.01)
    note = "; less what went, net, to own accounts not shown"
    assert [capacity.LEG.sources(one, policy, 1)[0].endswith(note) for one in (less, back)] == [True, False]
    before = policy.model_copy(
        update={"legs": policy.legs.model_copy(
            update={"capacity": policy.legs.capacity.model_copy(update={"unseen_accounts": "ignored"})}
        )}
    )  # fmt: skip
    assert capacity.LEG.value(less, before, YEAR) == pytest.approx([90_040.62], abs=0.01)
    assert not capacity.LEG.sources(less, before, 1)[0].endswith(note)


STATEMENT = {"inventory_days": 60.0, "receivables_days": 45.0, "payables_days": 30.0, "prepayments_days": 10.0,
             "advances_days": 5.0, "statement_margin": 0.1}  # fmt: skip


def test_the_need_for_working_capital_as_the_regulation_has_it(policy):
    """10m x 0.9 x 1.1 / 4.5 turns is 2.2m; less 30 % own funds 1.54m; less 0.6m lent already 0.94m."""
    known = STATEMENT | {"revenue_ex_vat_sum_12m": 10e6, "income_yoy_12m": 0.1}
    assert working_capital.LEG.value(columns(policy, **known), policy, YEAR) == pytest.approx([1.54e6])
    assert legs(policy, **known, exposure_all=600_000.0)[0]["working_capital"] == pytest.approx(0.94e6)
    assert "days from the statements" in working_capital.LEG.sources(columns(policy, **known), policy, 1)[0]


def test_growth_counts_up_to_the_policys_and_a_fall_not_at_all(policy):
    known = STATEMENT | {"revenue_ex_vat_sum_12m": 10e6}
    grown, fallen, unknown = (
        working_capital.LEG.value(columns(policy, **known, income_yoy_12m=g), policy, YEAR)[0] for g in (3.0, -0.5, NAN)
    )
    assert grown == pytest.approx(1.54e6)
    assert fallen == unknown == pytest.approx(1.4e6)


def test_without_all_five_days_half_of_the_usual_ones_of_the_section_count_and_are_marked(policy):
    # made things: half of 60 + 60 - 40 + 10 - 5 = 85 days, margin 7 %: 11m x 0.93 x 42.5 / 360 x 0.7
    partly = {name: v for name, v in STATEMENT.items() if name != "advances_days"}
    for known in ({}, partly):
        assert working_capital.LEG.value(columns(policy, **known), policy, YEAR) == pytest.approx([845_395.83])
        assert (
            "the policy's share of the usual ones"
            in working_capital.LEG.sources(columns(policy, **known), policy, 1)[0]
        )
    # a section that is not known: half of 30 + 45 - 25 + 10 - 10 = 50 days, margin 8 %
    other = working_capital.LEG.value(columns(policy, industry_section=NAN), policy, YEAR)
    assert other == pytest.approx([11e6 * 0.92 * 25 / 360 * 0.7])


PAID = {"receivables_days_paid_12m": 70.0, "payables_days_paid_12m": 20.0}


def test_without_statements_days_are_from_invoices_to_payments_and_the_rest_is_usual(policy):
    # made things: 70 - 20 and half of 60 + 10 - 5 = 82.5 days, margin 7 %: 11m x 0.93 x 82.5 / 360 x 0.7
    known = columns(policy, **PAID)
    assert (known["cycle_days"], known["cycle_margin"], known["cycle_from"]) == ([82.5], [0.07], [1.0])
    assert working_capital.LEG.value(known, policy, YEAR) == pytest.approx([11e6 * 0.93 * 82.5 / 360 * 0.7])
    assert "those from invoices to payments" in working_capital.LEG.sources(known, policy, 1)[0]
    # a year of waiting counts as the policy's most: 360 - 20 + 32.5
    assert columns(policy, **PAID | {"receivables_days_paid_12m": 999.0})["cycle_days"] == [372.5]


def test_statements_come_before_invoices_and_one_side_of_the_invoices_is_not_enough(policy):
    assert columns(policy, **STATEMENT, **PAID)["cycle_days"] == [80.0]
    for side in PAID:
        one = columns(policy, **{side: PAID[side]})
        assert (one["cycle_days"], one["cycle_from"]) == ([42.5], [2.0])


def test_a_policy_of_before_does_not_read_invoices(policy):
    content = policy.model_dump(mode="json")
    del content["legs"]["working_capital"]["invoices"]
    before = Policy.parse(content, "policy.yaml")
    assert columns(before, **PAID)["cycle_days"] == [42.5]


def usual_share(policy: Policy, share: float | None) -> Policy:
    content = policy.model_dump(mode="json")
    content["legs"]["working_capital"]["usual_share"] = share
    if share is None:
        del content["legs"]["working_capital"]["usual_share"]
    return Policy.parse(content, "policy.yaml")


def test_a_policy_of_before_counts_usual_days_whole(policy):
    before = usual_share(policy, None)
    assert (columns(before)["cycle_days"], columns(before, **PAID)["cycle_days"]) == ([85.0], [115.0])


@given(
    share=st.floats(0, 1),
    section=st.integers(0, 20).map(float),
    paid=st.tuples(st.floats(0, 400), st.floats(0, 400)) | st.none(),
)
def test_days_that_nobody_has_shown_never_lengthen_a_cycle(policy, share, section, paid):
    shown = dict(zip(PAID, paid, strict=True)) if paid else {}
    less, whole = (columns(usual_share(policy, s), industry_section=section, **shown) for s in (share, 1.0))
    assert less["cycle_days"] <= whole["cycle_days"]
    assert working_capital.LEG.value(less, policy, YEAR) <= working_capital.LEG.value(whole, policy, YEAR)


@given(share=st.floats(0, 1))
def test_days_from_the_statements_count_whole(policy, share):
    assert columns(usual_share(policy, share), **STATEMENT, **PAID)["cycle_days"] == [80.0]


def test_each_row_has_the_source_of_its_own_days(policy):
    rows = [columns(policy, **known) for known in (STATEMENT, PAID, {})]
    together = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    told = [" ".join(text.split()) for text in working_capital.LEG.sources(together, policy, 3)]
    assert ["from the statements" in told[0], "invoices to payments" in told[1], "usual ones of the" in told[2]] == [
        True
    ] * 3


def test_a_cycle_of_no_days_needs_nothing(policy):
    none = columns(policy, **STATEMENT | {"payables_days": 120.0})
    assert none["cycle_days"] == [-10.0]
    assert working_capital.LEG.value(none, policy, YEAR) == [0.0]


def test_a_group_shares_its_cap(policy):
    # 20 % of 1,500m less 299m of the others, less 0.4m of the firm
    assert legs(policy, exposure_group=299e6, exposure_ours=400_000.0)[0]["group_cap"] == pytest.approx(600_000)
    assert legs(policy, exposure_ours=400_000.0)[0]["single_firm_cap"] == pytest.approx(200e6 - 400_000)


def test_tax_counts_by_the_authoritys_grade_and_lowest_without_one(policy):
    tripled = {1.0: 700_000, 2.0: 600_000, 3.0: 500_000, 4.0: 400_000, 5.0: 300_000, NAN: 300_000}
    for grade, expected in tripled.items():
        assert tax.LEG.value(columns(policy, tax_grade=grade), policy, YEAR) == [expected]


def test_three_bases_brought_to_new_money_by_hand(policy):
    """Appetite first by the factor, then off what is committed: nothing, ours, or everyone's."""
    values, _, _ = legs(policy, factor=0.8, exposure_ours=50_000.0, exposure_all=120_000.0)
    assert values["capacity"] == pytest.approx(0.8 * 90_040.62, abs=0.01)  # new money
    assert values["balance"] == pytest.approx(0.8 * 300_000 - 50_000)  # our total
    assert values["turnover"] == pytest.approx(0.8 * 460_000 - 50_000)  # our total, as the policy chooses
    assert values["working_capital"] == pytest.approx(845_395.83 - 120_000)  # all lenders' total; no appetite


def test_limit_and_price_settle_where_they_agree_and_nowhere_higher(policy):
    """A dear loan of 5,000 yuan to make: every limit above the one found asks for a rate that it cannot bear."""
    dear = Price(expected_loss=0 * ONE, loss_share=0 * ONE, years=0.5 * ONE, parts=0.05 * ONE, loan_cost=5_000.0)
    found = bound(policy, price=dear)
    limit, rate = found.limit[0], found.terms.annual_rate[0]
    assert rate == dear.rate(found.limit)[0] > 0.05
    for other in np.arange(10_000.0, 96_000.0, 1_000.0):
        terms = Terms(dear.rate(np.array([other])), YEAR.months, YEAR.kind)
        bears = capacity.LEG.value(columns(policy), policy, terms)[0]
        assert (other <= limit) or bears < other


@given(st.lists(st.floats(-1e8, 1e8), min_size=2, max_size=2))
def test_no_leg_falls_as_its_evidence_rises(policy, pair):
    low, high = sorted(pair)
    for leg in LEGS:
        for name in leg.needs:
            less, more = (leg.value(columns(policy, **{name: v}), policy, YEAR)[0] for v in (low, high))
            assert less <= more


def test_every_leg_names_basis_and_source_in_both_languages():
    for leg in LEGS:
        told = {mark.zh: mark.en for mark in leg.marks} | {leg.source_zh: leg.source_en}
        assert all(told)
        assert all(en.isascii() for en in told.values())
    assert len(set(NAMES)) == len(NAMES) >= 4
