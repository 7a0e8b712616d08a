from dataclasses import replace
from datetime import date

import pytest
import yaml

from models.decide import decide
from models.stress import Stress
from pipelines.features import compute, latest_applications
from pipelines.settings import checked
from pipelines.stress import stress
from pipelines.tracking import load_version

AS_OF = date(2024, 1, 10)
SCENARIOS = {
    "months": 12,
    "scenarios": [
        {"name": "receipts_down", "zh": "回款下降", "en": "receipts down", "receipts": 0.5},
        {"name": "rate_up", "zh": "利率上升", "en": "dearer money", "funding": 0.02},
    ],
}


def lenient(model):
    """A policy that admits what the small store teaches to be risky, so that there is a limit to lower."""
    policy = model.policy
    changes = {
        "admission": (),
        "price": policy.price.model_copy(update={"ceiling": 0.9}),
        "product": policy.product.model_copy(update={"minimum": 1_000.0}),
    }
    return replace(model, policy=policy.model_copy(update=changes))


@pytest.fixture(scope="module")
def rows(trained, loan_store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("conf")
    (folder / "stress.yaml").write_text(yaml.safe_dump(SCENARIOS, allow_unicode=True), encoding="utf-8")
    model = lenient(load_version("credit-limit", trained.version))
    asked = latest_applications(loan_store, AS_OF)
    decided = next(d for d in decide(compute(loan_store, asked), model) if d.limit > 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SME_CREDIT_CONF", str(folder))
        return decided, {row["code"]: row for row in stress(loan_store, decided.enterprise_id, AS_OF, model)}


def test_as_it_is_the_replay_gives_the_decision(rows):
    decided, found = rows
    for name in ("admitted", "referral", "limit", "pd", "annual_rate", "binding_leg"):
        assert found["as_now"][name] == getattr(decided, name), name


def test_a_firm_without_lines_is_not_called_proof_against_changes_of_them(rows, trained, loan_store, monkeypatch):
    decided, _ = rows
    model, firm = lenient(load_version("credit-limit", trained.version)), decided.enterprise_id
    found = {row["code"]: row for row in stress(loan_store, firm, date(2026, 1, 10), model)}  # two years after the last
    changing = [scenario.name for scenario in checked(Stress, "stress.yaml").scenarios if scenario.changes_lines]
    assert changing
    for name in changing:
        assert (found[name]["limit"], found[name]["admitted"]) == (None, None)
        assert found[name]["reason"]["en"] == "no account lines of late that could be changed"
    assert found["as_now"]["pd"] is not None


def test_half_of_the_receipts_lowers_the_limit_and_dearer_money_raises_the_rate(rows):
    decided, found = rows
    assert found["receipts_down"]["limit"] < decided.limit
    assert found["receipts_down"]["reason"]["en"]
    assert found["rate_up"]["pd"] == decided.pd
    # two points more of funding cost less what capital then saves: 0.02 x (1 - 0.085)
    assert found["rate_up"]["annual_rate"] == pytest.approx(decided.annual_rate + 0.0183, abs=0.0011)
