import pytest

from features.errors import PolicyError
from pipelines.policy import current_policy
from pipelines.settings import conf_path


def test_the_policy_that_ships_reads_features_of_the_catalogue():
    assert current_policy().features


def test_a_rule_on_a_feature_that_does_not_exist_is_refused_by_name(tmp_path, monkeypatch):
    text = conf_path("policy.yaml").read_text(encoding="utf-8")
    (tmp_path / "policy.yaml").write_text(
        text.replace("feature: firm_age_months", "feature: firm_age"), encoding="utf-8"
    )
    monkeypatch.setenv("SME_CREDIT_CONF", str(tmp_path))
    with pytest.raises(
        PolicyError, match=r"policy\.yaml: a rule or action reads 'firm_age', which is no feature; expected pd or"
    ):
        current_policy()


def test_a_file_that_is_no_mapping_or_no_yaml_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("SME_CREDIT_CONF", str(tmp_path))
    for content, words in (
        (b"- 1\n", r"policy\.yaml: expected a mapping at the top level, found list"),
        (b"a: [1\n", r"policy\.yaml: cannot be read as YAML"),
        (b"a: \xff\n", r"policy\.yaml: cannot be read as YAML .*invalid start byte"),
    ):
        (tmp_path / "policy.yaml").write_bytes(content)
        with pytest.raises(PolicyError, match=words):
            current_policy()
