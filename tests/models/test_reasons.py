import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.decide import decide, decide_table
from models.fit import fit_credit_model
from models.labelled import Labelled
from models.outcome import outcome
from models.policy_parts import Action

PREFIXES = ("admission.", "referral.", "limit.")


def counted(row, code, model) -> float:
    """The firm's value as the score counts it: of what it may keep back an unknown one is beyond all others."""
    feature = next(f for f in model.features if f.name == code)
    value = row[code].item()
    return feature.direction * 1e12 if np.isnan(value) and feature.voluntary else value


def risks(decision) -> list[str]:
    return [r.code for r in decision.reasons if r.effect == "raises_risk"]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 399), st.floats(0, 1))
@example(i=243, share=0.0625)  # from 36 months to the 24 asked for
def test_improving_a_reason_never_worsens_the_answer_and_strictly_improves_the_score(model, rows, i, share):
    """The law that a reason must keep: at the good decile, and anywhere on the way there.

    On the way the term that was asked for may come to carry as much as the one offered, and then has its own rate.
    """
    row = rows.iloc[[i]]
    direction = {f.name: f.direction for f in model.features}
    good = dict(zip(model.names, model.reference.good(list(direction.values())), strict=True))
    before, table = outcome(model.matrix(row), model), decide_table(row, model).iloc[0]
    for code in risks(decide(row, model)[0]):
        value = counted(row, code, model)
        assert direction[code] * (value - good[code]) > 0
        for to in (good[code], value + share * (good[code] - value)):
            moved = row.assign(**{code: to})
            after, now = outcome(model.matrix(moved), model), decide_table(moved, model).iloc[0]
            assert now["pd"] <= table["pd"]
            assert now["admitted"] >= table["admitted"]
            assert now["limit"] >= table["limit"]
            if table["admitted"]:
                assert now["referral"] <= table["referral"]
                if to == good[code] or now["term_months"] == table["term_months"]:
                    assert now["annual_rate"] <= table["annual_rate"]
        at_good = outcome(model.matrix(row.assign(**{code: good[code]})), model)
        assert at_good.raw[0] < before.raw[0]
        assert after.raw[0] <= before.raw[0]


def test_strengths_cost_score_when_they_are_lost(model, rows):
    direction = [f.direction for f in model.features]
    bad = dict(zip(model.names, model.reference.bad(direction), strict=True))
    decisions = [d for d in decide(rows, model) if d.admitted][:60]
    seen = 0
    for decision in decisions:
        row = rows[rows["enterprise_id"] == decision.enterprise_id]
        for code in [r.code for r in decision.reasons if r.effect == "supports"]:
            seen += 1
            assert (
                outcome(model.matrix(row.assign(**{code: bad[code]})), model).raw[0] > model.raw(model.matrix(row))[0]
            )
    assert seen > 30


def test_at_most_five_the_decider_first_and_two_of_a_family(model, rows):
    families = {f.name: f.family for f in model.features}
    for decision in decide(rows, model):
        codes = [r.code for r in decision.reasons]
        assert 1 <= len(codes) <= 5
        assert len(set(codes)) == len(codes)
        assert codes[0].startswith(PREFIXES)
        for effect in ("raises_risk", "supports"):
            of = [families[r.code] for r in decision.reasons if r.effect == effect]
            assert all(of.count(family) <= 2 for family in of)


def test_strengths_are_for_the_admitted(model, rows):
    effects: dict[bool, set[str]] = {}
    for decision in decide(rows, model):
        effects.setdefault(decision.admitted, set()).update(r.effect for r in decision.reasons)
    assert "supports" in effects[True]
    assert "supports" not in effects[False]
    assert "declines" not in effects[True]


def test_the_ceiling_of_the_price_is_told_as_the_bank_wrote_it(model, rows):
    price = model.policy.price.model_copy(update={"ceiling": 0.0375})  # hardly anybody is as cheap
    other = dataclasses.replace(model, policy=model.policy.model_copy(update={"price": price}))
    told = [r for d in decide(rows.iloc[:40], other) for r in d.reasons if r.code == "price.ceiling"]
    assert {(r.zh, r.en) for r in told} == {("风险成本使年利率高于3.75%上限", "the price passes 3.75% a year")}


def test_only_features_with_a_direction_are_reasons_and_speak_both_languages(model, rows):
    """An unknown value is one where the firm may keep it back, and then the reason says so."""
    features, told = {f.name: f for f in model.features}, set()
    for decision, row in zip(decide(rows, model), rows.to_dict("records"), strict=True):
        for reason in decision.reasons:
            assert reason.zh
            assert reason.en.isascii()
            if reason.effect in ("raises_risk", "supports"):
                unknown = np.isnan(row[reason.code])
                assert features[reason.code].direction != 0
                assert features[reason.code].voluntary or not unknown
                assert ("not known, counted as the riskiest" in reason.en) == unknown
                assert ("按最高风险计" in reason.zh) == unknown
                told.add((reason.effect, unknown))
    assert told == {("raises_risk", True), ("raises_risk", False), ("supports", False)}


def test_a_request_that_lowers_the_limit_when_improved_is_no_reason(model, rows):
    """Asking for less may lower the risk; where the request binds it would lower the limit too."""
    asked = rows.assign(requested_amount=20_000.0)
    bound = [d for d in decide(asked, model) if d.binding_leg == "requested"]
    assert bound
    assert all("requested_amount" not in risks(d) for d in bound)


def test_reasons_of_the_weakest_come_from_what_is_weak(model, rows):
    weakest = rows.iloc[[int(model.probability(rows).argmax())]]
    found = risks(decide(weakest, model)[0])
    assert len(found) >= 3
    typical = pd.Series(model.reference.deciles[:, 4], index=model.names)
    direction = {f.name: f.direction for f in model.features}
    assert all(direction[c] * (counted(weakest, c, model) - typical[c]) > 0 for c in found)


@pytest.mark.parametrize("column", ["income_slope_12m", "income_mean_12m"])
def test_a_feature_without_direction_is_never_a_reason(model, rows, column):
    assert column not in {r.code for d in decide(rows, model) for r in d.reasons}


def test_what_tells_of_other_firms_moves_the_score_and_is_named_nowhere(firms, defaults, catalogue, policy):
    """The strongest feature of all, missing for some, and an action of the policy that is about it."""
    entry, rows = type(catalogue[0])("customers_in_arrears", "health", 1), firms(300, seed=3)
    outcomes = defaults(rows)
    noise = np.random.default_rng(0).random(len(rows))
    rows[entry.name] = np.where(noise > 0.9, np.nan, 0.5 * outcomes + 0.5 * noise)
    heal = Action(name="heal_others", zh="改善他人", en="heal others", moves={entry.name: 0.0})
    meddling = policy.model_copy(update={"actions": (*policy.actions, heal)})
    model = fit_credit_model(Labelled.of(rows, outcomes, [entry, *catalogue]), meddling, benchmark=False)
    high, low = (model.raw(model.matrix(rows.assign(**{entry.name: value}))) for value in (1.0, 0.0))
    assert (high > low).all()
    rows.loc[rows.index[:100], entry.name] = np.nan
    told = [decision.model_dump_json() for decision in decide(rows, model)]
    assert not any(word in text for text in told for word in (entry.name, entry.zh, "family.health", heal.name))
    assert any(decision.counterfactuals for decision in decide(rows, model))
