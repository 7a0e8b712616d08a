"""Laws of a decision over the features of made-up firms, each tried on four hundred firms at a time.

The model has only features with a direction: where one has none, nothing is promised.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.decide import decide, decide_table
from models.fit import fit_credit_model
from models.labelled import Labelled
from models.limit import LEGS
from models.outcome import outcome

FEW = settings(max_examples=25, deadline=None)
SEEDS = st.integers(0, 2**32 - 1)
INFLOWS = ("income_sum_12m", "income_mean_12m", "revenue_ex_vat_sum_12m")


@pytest.fixture(scope="module")
def directed(policy, firms, defaults, catalogue):
    frame = firms(900)
    known = [feature for feature in catalogue if feature.direction]
    return fit_credit_model(Labelled.of(frame, defaults(frame), known), policy, benchmark=False)


def spread(rows: pd.DataFrame, seed: int, low: float, high: float) -> np.ndarray:
    """A number for each row."""
    return np.random.default_rng(seed).uniform(low, high, len(rows))


def with_money(rows: pd.DataFrame) -> pd.DataFrame:
    """Firms with money on hand, of which some was borrowed."""
    return rows.assign(
        balance_lowest_mean_6m=rows["balance_average_mean_6m"] * 0.5,
        inflow_financing_mean_6m=rows["income_mean_12m"] * spread(rows, 1, 0, 0.05),
    )


def limits(rows: pd.DataFrame, model) -> np.ndarray:
    return decide_table(rows, model)["limit"].to_numpy()


@FEW
@given(
    seed=SEEDS, size=st.floats(1e3, 1e7), which=st.sampled_from(["ours", "others", "ending", "group", "service", "all"])
)
def test_more_debt_never_raises_a_limit(directed, rows, seed, size, which):
    owed = spread(rows, seed, 0, size)
    touched = {"ours": ("exposure_ours", "exposure_all"), "others": ("exposure_all",), "group": ("exposure_group",),
               "ending": ("exposure_ours", "exposure_all", "exposure_due"),
               "service": ("outflow_financing_mean_6m", "outflow_financing_median_6m", "service_due")}  # fmt: skip
    rows = with_money(rows).assign(exposure_due=0.0, service_due=0.0, outflow_financing_median_6m=0.0)
    more = rows.assign(exposure_group=0.0)
    for column in touched.get(which, [name for names in touched.values() for name in names]):
        more[column] = more[column].fillna(0.0) + owed
    before = rows.assign(exposure_all=rows["exposure_all"].fillna(0.0), exposure_group=0.0)
    before["outflow_financing_mean_6m"] = before["outflow_financing_mean_6m"].fillna(0.0)
    assert (limits(more.fillna({"exposure_all": 0.0, "outflow_financing_mean_6m": 0.0}), directed)
            <= limits(before, directed)).all()  # fmt: skip


@FEW
@given(seed=SEEDS, most=st.floats(1.0, 6.0), tax=st.floats(0.0, 0.15))
def test_more_true_income_with_its_tax_never_lowers_a_limit(directed, rows, seed, most, tax):
    """All operating inflow scaled, costs as they were, tax with the inflow."""
    rows = with_money(rows)
    times = spread(rows, seed, 1.0, most)
    more = rows.assign(**{name: rows[name] * times for name in INFLOWS})
    more["outflow_tax_sum_12m"] = rows["outflow_tax_sum_12m"] * times
    more["net_operating_mean_12m"] = rows["net_operating_mean_12m"] + (times - 1) * rows["income_mean_12m"] * (1 - tax)
    assert (limits(more, directed) >= limits(rows, directed)).all()


@FEW
@given(seed=SEEDS, kept=st.floats(0.0, 1.0), what=st.sampled_from(["account", "months", "bills"]))
def test_showing_less_never_raises_a_limit(directed, rows, seed, kept, what):
    """An account's flows and balances go and less is covered; months go; bills go that were paid."""
    rows = with_money(rows)
    share = 1 - spread(rows, seed, 0, kept)
    sums = [*INFLOWS, "outflow_tax_sum_12m"]
    net = rows["net_operating_mean_12m"]
    less = {
        "account": {name: rows[name] * share for name in [*sums, "balance_average_mean_6m", "balance_lowest_mean_6m",
                                                      "coverage_score_12m"]}
        | {"net_operating_mean_12m": net.where(net < 0, net * share)},
        "months": {name: rows[name] * share for name in sums}
        | {"months_observed": np.floor(rows["months_observed"] * share)},
        "bills": {"utility_gap_months_12m": rows["utility_gap_months_12m"] + 6 * (1 - share),
                  "outflow_tax_sum_12m": rows["outflow_tax_sum_12m"] * share},
    }[what]  # fmt: skip
    assert (limits(rows.assign(**less), directed) <= limits(rows, directed)).all()


@FEW
@given(seed=SEEDS)
def test_what_a_firm_may_keep_back_gains_nothing_by_being_kept_back(directed, rows, seed):
    """Of bills any one or all: neither the raw score falls nor a limit rises, whatever the bills would have said."""
    kept = [feature.name for feature in directed.features if feature.voluntary]
    bills = with_money(rows).assign(**{name: np.floor(spread(rows, seed, -50, 50)) for name in kept})
    assert kept
    for gone in [*([name] for name in kept), kept]:
        less = bills.assign(**dict.fromkeys(gone, np.nan))
        assert (directed.raw(directed.matrix(less)) >= directed.raw(directed.matrix(bills))).all()
        assert (limits(less, directed) <= limits(bills, directed)).all()
    assert (directed.raw(directed.matrix(less)) > directed.raw(directed.matrix(bills))).any()


@FEW
@given(seed=SEEDS, gone=st.sampled_from(["coverage_score_12m", "credibility_score_12m", "tax_grade", "income_yoy_12m"]))
def test_what_only_legs_read_gains_nothing_by_being_left_out(directed, rows, seed, gone):
    known = rows.assign(
        tax_grade=np.floor(spread(rows, seed, 1, 5)),
        income_yoy_12m=spread(rows, seed, -0.5, 0.5),
        coverage_score_12m=spread(rows, seed + 1, 0.5, 1.0),
        credibility_score_12m=spread(rows, seed + 2, 60, 100),
    )
    assert (limits(known.assign(**{gone: np.nan}), directed) <= limits(known, directed)).all()


@FEW
@given(seed=SEEDS)
def test_a_limit_is_the_largest_of_any_term_offered_and_the_one_asked_for_comes_first(directed, rows, seed):
    """Each term by a policy that offers none; a term that nobody names gains nothing."""
    some = with_money(rows).assign(requested_term_months=np.floor(spread(rows, seed, 1, 40)))
    term = directed.policy.term
    alone = replace(directed, policy=with_offers(directed.policy, ()))
    each = [limits(some.assign(requested_term_months=float(months)), alone) for months in term.offers]
    asked = limits(some, alone)
    found = decide_table(some, directed)
    assert (found["limit"] == np.maximum.reduce([asked, *each])).all()
    stays = (found["limit"] == asked) & found["admitted"]
    assert (found["term_months"] == np.minimum(some["requested_term_months"], term.maximum_months))[stays].all()
    assert (limits(some.assign(requested_term_months=np.nan), directed) <= found["limit"]).all()


def with_offers(policy, months):
    return policy.model_copy(update={"term": policy.term.model_copy(update={"offers": months})})


def test_a_leg_that_cannot_be_measured_sends_the_firm_to_a_person(directed, rows):
    for leg in LEGS:
        for name in leg.needs:
            table = decide_table(rows.assign(**{name: np.nan}), directed)
            assert leg.optional or not (table["admitted"] & ~table["referral"]).any()


@FEW
@given(seed=SEEDS)
def test_a_limit_is_at_most_every_leg_and_a_price_at_least_its_parts(directed, rows, seed):
    some = rows.assign(requested_term_months=np.floor(spread(rows, seed, 1, 40)), cycle=0.0)
    result = outcome(directed.matrix(some), directed)
    legs = np.where(np.isnan(result.bound.new_money), np.inf, result.bound.new_money)
    assert (result.limit[:, None] <= legs).all()
    yes = result.admitted
    fixed = directed.policy.price.funding + directed.policy.price.operating + directed.policy.price.capital
    parts = fixed + result.price.expected_loss + result.price.making(np.maximum(result.limit, 1.0))
    assert (result.terms.annual_rate[yes] >= parts[yes] - 1e-12).all()
    assert (result.terms.annual_rate[yes] - parts[yes] < 1e-4 + 1e-12).all()
    assert (result.terms.annual_rate[yes] <= directed.policy.price.ceiling).all()


def test_what_a_firm_could_do_is_what_the_model_answers_and_better(model, rows):
    """Each one told is decided again by hand: the limit is the one told, and something is strictly better."""
    moves = {action.name: action.moves for action in model.policy.actions}
    told = 0
    for decision, (_, row) in zip(decide(rows.head(150), model), rows.head(150).iterrows(), strict=True):
        for could in decision.counterfactuals:
            told += 1
            changes = {n: to for n, to in moves[could.code].items() if n in row and not np.isnan(row[n])}
            after = decide(row.to_frame().T.infer_objects().assign(**changes), model)[0]
            assert (after.limit, after.admitted, after.annual_rate) == (could.limit, could.admitted, could.annual_rate)
            assert could.change == after.limit - decision.limit >= 0
            assert after.pd <= decision.pd
            assert (
                could.change > 0
                or after.referral < decision.referral
                or (decision.admitted and after.annual_rate < decision.annual_rate)
            )
            assert could.en.startswith(next(a.en for a in model.policy.actions if a.name == could.code))
    assert told > 5
