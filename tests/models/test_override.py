import pytest

from features.errors import PolicyError
from models.override import Overrides, overridden
from pipelines.settings import checked, conf

SETTINGS = checked(Overrides, "overrides.yaml")
OFFICER, APPROVER, COMMITTEE = (
    (words, SETTINGS.role(name))
    for words, name in (
        (("客户经理", "loan officer"), "loan_officer"),
        (("审批人", "approver"), "approver"),
        (("贷审会", "credit committee"), "committee"),
    )
)


def said(limit, admitted=True, **legs):
    """A decision with legs of the bank's appetite and the product's cap of 3m."""
    rows = [{"name": name, "value": value, "factor": 0.9} for name, value in legs.items()]
    return {
        "admitted": admitted,
        "limit": limit,
        "legs": [*rows, {"name": "product_cap", "value": 3e6, "factor": None}],
    }


SOUND = said(300_000.0, capacity=300_900.0, turnover=800_000.0)
REFUSED = said(0.0, admitted=False, capacity=200_000.0, turnover=500_000.0)


@pytest.mark.parametrize(
    ("decision", "stands", "limit", "role", "kind"),
    [
        (SOUND, 300_000.0, 0.0, OFFICER, "declined"),
        (SOUND, 300_000.0, 100_000.0, OFFICER, "lowered"),
        (SOUND, 300_000.0, 300_900.0, OFFICER, "raised"),
        (SOUND, 300_000.0, 3e6, COMMITTEE, "raised"),
        (SOUND, 0.0, 300_000.0, OFFICER, "withdrawn"),
        (REFUSED, 0.0, 200_000.0, APPROVER, "approved"),
        (REFUSED, 200_000.0, 0.0, OFFICER, "withdrawn"),
    ],
)
def test_an_override_is_told_by_what_it_makes_of_the_systems_answer(decision, stands, limit, role, kind):
    assert overridden(decision, stands, limit, *role) == kind


@pytest.mark.parametrize(
    ("decision", "limit", "role", "words"),
    [
        (SOUND, 300_000.0, COMMITTEE, "limit 300,000: that is what stands already; an override decides otherwise"),
        (SOUND, -1.0, COMMITTEE, "limit -1: expected yuan of at least 0; 0 declines"),
        (SOUND, float("nan"), COMMITTEE, "limit nan: expected yuan"),
        (REFUSED, 50_000.0, OFFICER, "the system did not admit the firm, and the loan officer may not; a role with"),
        (SOUND, 300_901.0, APPROVER, "passes the leg capacity of 300,900 yuan, beyond which the approver may not lend"),
        (
            SOUND,
            3_000_001.0,
            COMMITTEE,
            "passes the leg product_cap of 3,000,000 yuan, beyond which the credit committee",
        ),
        (said(0.0, False, capacity=None), 9e5, APPROVER, "no leg was measured by which the approver could lend"),
        (said(0.0, False), 9e5, APPROVER, "limit 900,000: no leg was measured"),
    ],
)
def test_what_a_role_may_not_decide_is_refused_with_what_it_may(decision, limit, role, words):
    with pytest.raises(PolicyError, match=words):
        overridden(decision, decision["limit"], limit, *role)


def test_where_no_leg_was_measured_the_committee_lends_within_the_caps():
    assert overridden(said(0.0, False, capacity=None), 0.0, 3e6, *COMMITTEE) == "approved"


def test_names_that_are_not_known_and_legs_that_are_none_say_what_is():
    with pytest.raises(
        PolicyError, match=r"role 'cook' is not in conf/overrides\.yaml; expected one of loan_officer, a"
    ):
        SETTINGS.role("cook")
    with pytest.raises(
        PolicyError, match=r"reason 'x' is not in conf/overrides\.yaml; expected one of facts_not_shown"
    ):
        SETTINGS.reason("x")
    content = conf("overrides.yaml")
    roles = {"committee": {"admits": True, "passes": ["capital"]}}
    with pytest.raises(
        PolicyError, match=r"passes of names among capacity, working_capital, .*, not capital; mend the"
    ):
        Overrides.parse({**content, "roles": roles}, "overrides.yaml")
    with pytest.raises(PolicyError, match="reasons: each name once"):
        Overrides.parse({**content, "reasons": content["reasons"] * 2}, "overrides.yaml")
