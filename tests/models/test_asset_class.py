"""Boundary days and shares by hand, from the Measures for the Risk Classification of Financial Assets (2023)."""

import pandas as pd
import pytest

from models.asset_class import classify
from models.monitoring import ClassRules

RULES = ClassRules(technical_days=7, substandard_days=90, doubtful_days=270, loss_days=360, own_contagion=0.1,
                   other_contagion=0.2, observation_months=12, retail_ceiling=1e7, stage_2_days=30)  # fmt: skip
AS_OF = pd.Timestamp("2025-07-01")
CLAIM = {
    "enterprise_id": "a", "as_of": AS_OF, "balance": 100.0, "dpd": 0, "restructured_on": pd.NaT, "misused": False,
    "refinanced": False, "retail": False, "balance_others": 0.0, "overdue_90_others": 0.0, "alarmed": False,
}  # fmt: skip


def classes(*claims):
    frame = pd.DataFrame([{**CLAIM, **claim} for claim in claims])
    frame["restructured_on"] = pd.to_datetime(frame["restructured_on"])
    return classify(frame, RULES)


def one(**claim):
    row = classes(claim).iloc[0]
    return row["asset_class"], row["triggers"], row["stage"]


@pytest.mark.parametrize(
    ("days", "expected", "stage"),
    [
        (0, "normal", 1), (1, "normal", 1), (7, "normal", 1),
        (8, "special_mention", 2), (30, "special_mention", 2), (31, "special_mention", 2), (90, "special_mention", 2),
        (91, "substandard", 3), (270, "substandard", 3),
        (271, "doubtful", 3), (360, "doubtful", 3),
        (361, "loss", 3),
    ],
)  # fmt: skip
@pytest.mark.parametrize("retail", [True, False])
def test_days_past_due_at_the_boundaries(days, expected, stage, retail):
    found = classes({"dpd": days, "retail": retail}).iloc[0]
    assert (found["asset_class"], found["stage"]) == (expected, stage)
    assert ("overdue" in found["triggers"]) is (days > 7)


def test_misuse_and_a_renewal_that_is_not_eligible_are_triggers_of_their_own():
    assert one(misused=True) == ("special_mention", "misuse", 2)
    assert one(refinanced=True) == ("special_mention", "refinanced", 2)
    assert one(misused=True, dpd=91)[0] == "substandard"


def test_an_eligible_renewal_alone_never_downgrades():
    assert one(refinanced=False) == ("normal", "", 1)


@pytest.mark.parametrize(
    ("on", "expected"),
    [("2024-07-01", "normal"), ("2024-07-02", "special_mention"), ("2025-06-30", "special_mention")],
)
def test_a_restructured_claim_is_under_observation_for_a_year(on, expected):
    assert one(restructured_on=pd.Timestamp(on))[0] == expected


def test_a_february_ends_the_year_of_observation_on_its_last_day():
    leap = {"restructured_on": pd.Timestamp("2024-02-29")}
    assert one(**leap, as_of=pd.Timestamp("2025-02-27"))[0] == "special_mention"
    assert one(**leap, as_of=pd.Timestamp("2025-02-28"))[0] == "normal"


@pytest.mark.parametrize(("bad", "spreads"), [(10.0, False), (10.01, True)])
def test_over_a_tenth_of_the_claims_at_the_bank_drags_the_rest_along(bad, spreads):
    found = classes({"balance": bad, "dpd": 91}, {"balance": 100 - bad})
    expected = ("substandard", "own_contagion") if spreads else ("special_mention", "debtor_npl")
    assert tuple(found.iloc[1][["asset_class", "triggers"]]) == expected


def test_ninety_days_are_not_yet_bad_and_do_not_spread():
    assert classes({"dpd": 90}, {}).iloc[1]["asset_class"] == "normal"


def test_among_retail_claims_nothing_spreads():
    found = classes({"dpd": 361, "retail": True}, {"retail": True, "balance_others": 10.0, "overdue_90_others": 10.0})
    assert found["asset_class"].tolist() == ["loss", "normal"]


def test_it_does_not_spread_to_another_debtor():
    assert classes({"dpd": 91}, {"enterprise_id": "b"}).iloc[1]["asset_class"] == "normal"


def test_a_bad_debt_elsewhere_is_at_least_special_mention():
    """Measures, Art. 10: the same non-retail debtor's debt here or at another bank is non-performing."""
    elsewhere = {"balance_others": 100.0, "overdue_90_others": 0.01}
    assert one(**elsewhere) == ("special_mention", "debtor_npl", 2)
    assert one(**elsewhere, retail=True) == ("normal", "", 1)


@pytest.mark.parametrize(("late", "expected"), [(40.0, "special_mention"), (40.01, "substandard")])
def test_over_a_fifth_of_the_debts_at_all_banks(late, expected):
    # a fifth of 100 here and 100 elsewhere
    assert one(balance_others=100.0, overdue_90_others=late)[0] == expected


def test_our_own_late_claims_count_among_the_debts_at_all_banks():
    found = classes({"balance": 8.0, "dpd": 91}, {"balance": 92.0, "balance_others": 100.0, "overdue_90_others": 33.0})
    assert found.iloc[1]["triggers"] == "other_contagion"  # 41 of 200; at the bank itself only 8 of 100


def test_every_trigger_of_the_worst_class_is_named():
    assert one(dpd=8, misused=True)[1] == "overdue misuse"


def test_an_alarm_moves_the_stage_and_not_the_class():
    assert one(alarmed=True) == ("normal", "", 2)
