import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from features.errors import PolicyError
from models.policy import Policy
from models.policy_parts import Rule

SHIPPED = Path(__file__).parents[2] / "conf" / "policy.yaml"


def changed(path: str, value: Any) -> dict[str, Any]:
    content = copy.deepcopy(yaml.safe_load(SHIPPED.read_text(encoding="utf-8")))
    place = content
    *parents, last = [int(k) if k.isdigit() else k for k in path.split(".")]
    for key in parents:
        place = place[key]
    place[last] = value
    return content


def test_the_shipped_policy_is_valid_and_says_who_approved_it_and_when():
    policy = Policy.parse(yaml.safe_load(SHIPPED.read_text(encoding="utf-8")), "policy.yaml")
    assert policy.version
    assert policy.approver
    assert policy.effective_from.year >= 2026
    assert [g.grade for g in policy.grades] == list("ABCDE")


def test_rules_write_their_bound_into_both_texts():
    rule = Rule(name="pd", feature="pd", maximum=0.2, zh="高于{bound:.0%}", en="above {bound:.0%}")
    assert rule.texts() == ("高于20%", "above 20%")


@pytest.mark.parametrize(
    ("bound", "text", "written"),
    [
        (0.125, "{bound:.0%}", "12.5%"),
        (0.07, "{bound:.0%}", "7%"),
        (5000.5, "{bound:,.0f}", "5,000.5"),
        (12345678.0, "{bound:g}", "12345678"),
        (-0.005, "{bound:.0%}", "-0.5%"),
    ],
)
def test_a_bound_is_told_as_the_bank_wrote_it_whatever_digits_the_text_asks_for(bound, text, written):
    assert Rule(name="a", feature="a", minimum=bound, zh=text, en=text).texts() == (written, written)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("legs.capacity.dscr", 0.8, "key legs.capacity.dscr: expected input should be greater than or equal to 1"),
        ("grades.1.factor", 1.2, "key grades.1.factor: expected input should be less than or equal to 1"),
        ("grades.1.factor", 0.2, "grades: a factor that does not rise with risk"),
        ("term.by_cycle.1.cycle_up_to", 100, "key term: expected by_cycle: cycle_up_to rising"),
        ("term.by_cycle.1.months", 48, "key term: expected by_cycle: months of at most maximum_months"),
        ("term.offers", [12, 48], "key term: expected offers: months of at most maximum_months, each once"),
        ("term.offers", [12, 12], "key term: expected offers: months of at most maximum_months, each once"),
        ("legs.tax.multiples", [1, 2, 3, 4, 5], "multiples for the grades A, B, M, C and D that do not rise"),
        ("legs.concentration.firm_share", 0.2, "expected input should be less than or equal to 0.1"),
        ("legs.working_capital.sections", {"Z": {}}, "key legs.working_capital.sections.Z"),
        ("appetite.coverage.low", 0.99, "key appetite.coverage: expected low below high"),
        ("actions.1.name", "taxes_on_time", "actions: each name once"),
        ("grades.4.pd_up_to", 0.9, "grades: pd_up_to rising from band to band up to 1"),
        ("grades.1.grade", "A", "grades: each grade once"),
        ("admission.0.minimum", None, "key admission.0: expected exactly one of minimum and maximum"),
        ("admission.0.zh", "少于{months}个月", "key admission.0: expected texts in which only {bound} is replaced"),
        ("referral.0.when_missing", "decline", "referral: when_missing of pass or refer"),
        ("referral.0.name", "income", "admission and referral: each name once"),
        ("legs.turnover.slices", [{"up_to": 5.0, "share": 0.1}], "key legs.turnover: expected up_to rising"),
        ("product.minimum", 4_000_000, "product: a minimum of at most the cap"),
        ("effective_from", "soon", "key effective_from: expected input should be a valid date"),
        ("surprise", 1, "key surprise: expected extra inputs are not permitted, found 1"),
        ("product.cap", float("inf"), "key product.cap: expected input should be a finite number"),
    ],
)
def test_a_wrong_value_is_refused_with_file_key_and_expectation(path, value, words):
    with pytest.raises(PolicyError) as error:
        Policy.parse(changed(path, value), "conf/policy.yaml")
    assert error.value.en.startswith("conf/policy.yaml: key ")
    assert words in error.value.en


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("legs.capacity.dscr", 0.8, "键 legs.capacity.dscr 要求：不小于 1.0，现为 0.8；请改正文件并更新其版本号"),
        ("surprise", 1, "键 surprise 要求：删去此键（不可用），现为 1；请改正文件并更新其版本号"),
        (
            "effective_from",
            "soon",
            "键 effective_from 要求：日期，如 2025-06-30，现为 'soon'；请改正文件并更新其版本号",
        ),
        ("grades.1.grade", "A", "要求：grades 等级不重复；请改正文件并更新其版本号"),
    ],
)
def test_a_wrong_value_is_refused_in_chinese_too(path, value, words):
    with pytest.raises(PolicyError) as error:
        Policy.parse(changed(path, value), "conf/policy.yaml")
    assert error.value.zh == f"conf/policy.yaml：{words}"


def test_a_missing_key_is_named():
    content = changed("version", "x")
    del content["approver"]
    with pytest.raises(PolicyError, match="key approver: expected field required"):
        Policy.parse(content, "policy.yaml")
