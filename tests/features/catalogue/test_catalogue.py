import re
from collections import Counter
from typing import get_args

import pytest

from features.catalogue import CATALOGUE, EVERY, SCORED, SUBJECTS, scored
from features.catalogue.documents import markdown
from features.catalogue.feature import UNITS, Family, Feature
from features.catalogue.twins import TWINS
from features.loan_behaviour import BEHAVIOUR

NAMES = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
WITH_LOANS = [*EVERY.values(), *BEHAVIOUR.values()]
MEANS = {"unknown": "未知", "zero": "按零计", "never missing": "不会缺失"}
ALL = pytest.mark.parametrize("feature", EVERY.values(), ids=list(EVERY))


@ALL
def test_an_entry_has_all_that_an_analyst_must_know(feature):
    assert NAMES.match(feature.name)
    assert CHINESE.search(feature.zh)
    assert re.search("[a-z]", feature.en)
    assert not CHINESE.search(feature.en)
    assert feature.family in get_args(Family)
    assert feature.direction in (-1, 0, 1)
    assert 0 <= feature.window <= 36


@pytest.mark.parametrize("feature", WITH_LOANS, ids=lambda feature: feature.name)
def test_unit_source_and_what_missing_means_are_told_in_both_languages(feature):
    assert CHINESE.search(UNITS[feature.unit])
    for text in (feature.missing, feature.source):
        assert CHINESE.search(text.zh)
        assert re.search("[A-Z]|[a-z]", text.en)
        assert not CHINESE.search(text.en)
    assert MEANS[feature.missing.en.split(": ")[0]] == feature.missing.zh.split("：")[0]


def test_one_text_has_one_translation_and_every_unit_is_used():
    for texts in ({f.missing for f in WITH_LOANS}, {f.source for f in WITH_LOANS}):
        assert len({text.zh for text in texts}) == len({text.en for text in texts}) == len(texts)
    assert {f.unit for f in WITH_LOANS} == set(UNITS)


def test_the_page_of_the_catalogue_has_a_row_of_each_with_both_languages():
    rows = {line.split("`")[1]: line for line in markdown().splitlines() if line.startswith("| `")}
    assert len(rows) == len(WITH_LOANS)
    for f in WITH_LOANS:
        for word in (f.zh, f.en, UNITS[f.unit], f.unit, *f.missing):
            assert word in rows[f.name]


@ALL
def test_the_window_stands_in_the_name(feature):
    months = re.search(r"_(\d+)m$", feature.name)
    assert feature.window == int(months[1]) if months else feature.window in (0, 12)


@ALL
def test_a_formula_reads_only_features_of_the_catalogue(feature):
    assert set(feature.after) <= set(CATALOGUE) - {feature.name}


def test_a_score_before_the_loan_reads_what_has_a_direction():
    assert {name for name, feature in EVERY.items() if feature.direction} == set(SCORED)
    assert "firm_age_months" in SCORED
    assert "requested_amount" not in SCORED
    assert [feature.name for feature in scored(["requested_amount", "income_mean_12m", "firm_age_months"])] == [
        "firm_age_months",
        "income_mean_12m",
    ]


def test_no_feature_waits_for_itself():
    def depth(name, above=()):
        assert name not in above, f"{name} waits for itself by {' <- '.join(above)}"
        return 1 + max((depth(n, (*above, name)) for n in CATALOGUE[name].after), default=0)

    assert max(depth(name) for name in CATALOGUE) <= 4


def test_there_are_many_features_over_the_kinds_of_evidence():
    families = Counter(f.family for f in CATALOGUE.values())
    wanted = ("level", "stability", "trend", "liquidity", "concentration", "public_payments")
    assert min(families[family] for family in wanted) >= 30
    assert len(CATALOGUE) >= 300


def test_no_two_features_read_the_same_to_a_loan_officer():
    for language in ("zh", "en"):
        texts = Counter(getattr(f, language) for f in EVERY.values())
        assert [text for text, times in texts.items() if times > 1] == []


TABLES = ("flow", "public", "balance", "bill", "party", "payee", "integrity")


def test_a_subject_names_itself_in_both_languages():
    for name, subject in SUBJECTS.items():
        assert (name, bool(CHINESE.search(subject.zh)), subject.table in TABLES) == (
            subject.name,
            True,
            True,
        )


@pytest.mark.parametrize("feature", CATALOGUE.values(), ids=list(CATALOGUE))
def test_a_feature_with_a_direction_gives_a_reason_both_ways_and_one_without_gives_none(feature):
    if not feature.direction:
        with pytest.raises(ValueError, match=f"^feature '{feature.name}' has no direction and cannot be a reason$"):
            feature.reason(adverse=True)
        return
    against, speaks_for = feature.reason(adverse=True), feature.reason(adverse=False)
    high = (f"{feature.zh}偏高", f"{feature.en}: high")
    low = (f"{feature.zh}偏低", f"{feature.en}: low")
    assert (against, speaks_for) == ((high, low) if feature.direction > 0 else (low, high))


def test_the_reasons_read_as_meant():
    assert CATALOGUE["negative_days_sum_12m"].reason(adverse=True) == (
        "近12个月透支天数合计偏高",
        "total days overdrawn, last 12 months: high",
    )
    assert CATALOGUE["balance_average_mean_6m"].reason(adverse=True) == (
        "近6个月月均日均余额偏低",
        "mean monthly average balance, last 6 months: low",
    )


@pytest.mark.parametrize("name", ["top1_share_inflow_12m", "hhi_inflow_12m", "requested_amount", "income_yoy_12m"])
def test_what_is_not_monotone_in_risk_has_no_direction(name):
    assert CATALOGUE[name].direction == 0


def test_an_entry_cannot_be_changed():
    feature = CATALOGUE["income_mean_12m"]
    assert isinstance(feature, Feature)
    with pytest.raises(AttributeError):
        feature.direction = 1


def test_twins_are_features_that_are_there():
    assert {name for pair in TWINS for name in pair} <= set(CATALOGUE)
    assert {len(pair) for pair in TWINS} == {2}


def test_days_are_told_in_days_and_a_quarter_s_buffer_names_the_outflow_that_it_takes():
    """Balance over outflow is months; times 365 / 12 it is days. Of three months the outflow is that of six."""
    buffers = {window: CATALOGUE[f"buffer_days_{window}m"] for window in (3, 6, 12, 24)}
    assert {feature.unit for feature in buffers.values()} == {"days"}
    assert buffers[3].after == ("balance_average_mean_3m", "outflow_total_mean_6m")
    assert ("6个月流出" in buffers[3].zh, "outflow of 6" in buffers[3].en) == (True, True)
