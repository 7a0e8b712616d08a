"""Overrides go on the record beside the decision, and the dossier counts them with what came of them."""

import time
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from features.errors import PolicyError
from models.intervals import wilson
from pipelines.override import override, override_figures, overrides_of
from pipelines.record import Draft, Record, RecordError

LEGS = [
    {"name": "turnover", "value": 400_000.0, "factor": 1.0},
    {"name": "product_cap", "value": 3e6, "factor": None},
]


def decision(number, firm, application, limit=100_000.0, model="credit-limit"):
    said = {"admitted": limit > 0, "referral": False, "limit": limit, "policy": "p", "legs": LEGS, "model": model}
    content = {"decision": said, "application": application}
    return Draft(staff="li", action="decision", enterprise_id=firm, subject=number, payload=content)


@pytest.fixture
def record(tmp_path, monkeypatch):
    """Six decisions: ``D5`` of the application of ``D4`` once more, ``D6`` of another model."""
    monkeypatch.setenv("SME_CREDIT_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with Record() as opened:
        opened.append(
            decision("D1", "E1", "Q1", 0.0),
            decision("D2", "E2", "Q2"),
            decision("D3", "E3", "Q3"),
            decision("D4", "E4", "Q4"),
            decision("D5", "E4", "Q4"),
            decision("D6", "E6", "Q6", model="manual-card"),
        )
        yield opened


def otherwise(number, limit, reason="security", role="approver", staff="wang"):
    return override(number, limit, role=role, reason=reason, note=" 有抵押 ", staff=staff)


def test_an_override_is_appended_and_tells_who_what_and_why(record):
    event = otherwise("D1", 250_000.0)
    assert (event.action, event.staff, event.enterprise_id, event.subject) == ("override", "wang", "E1", "D1")
    content = event.content
    assert (content["kind"], content["limit"], content["note"], content["settings"]) == (
        "approved", 250_000.0, "有抵押", "2026.2"
    )  # fmt: skip
    assert content["system"] == {"admitted": False, "referral": False, "limit": 0.0, "policy": "p"}
    assert (content["role"]["en"], content["reason"]["en"]) == ("approver", "security or another support")
    again = otherwise("D1", 0.0, "integrity", "loan_officer", "zhao")
    assert [e.content["kind"] for e in overrides_of(record, "D1")] == ["approved", "withdrawn"]
    assert record.decision("D1").content["decision"]["limit"] == 0.0
    assert (again.id, record.verify()) == (8, "")


def test_what_is_refused_leaves_nothing_on_the_record(record):
    with pytest.raises(PolicyError, match="passes the leg turnover of 400,000 yuan, beyond which the approver may not"):
        otherwise("D2", 400_001.0)
    with pytest.raises(PolicyError, match="the system did not admit the firm, and the loan officer may not"):
        otherwise("D1", 1_000.0, role="loan_officer")
    with pytest.raises(PolicyError, match="an override needs its reason in words beside the code: --note TEXT"):
        override("D2", 0.0, role="approver", reason="other", note="  ", staff="wang")
    with pytest.raises(RecordError, match="decision D9 is not in the record"):
        otherwise("D9", 0.0)
    assert record.head().id == 6


def test_without_overrides_there_is_nothing_to_tell(record):
    asked = pd.DataFrame({"application_id": ["Q2"], "default": [True]})
    assert override_figures(record, "credit-limit", asked) == {}
    otherwise("D6", 0.0 + 1.0, role="committee")
    otherwise("D2", 0.0)
    otherwise("D2", 100_000.0)
    assert override_figures(record, "credit-limit", asked) == {}  # of another model, and taken back


def test_overrides_are_counted_once_an_application_with_what_came(record):
    """Q1 was lent to by a person and failed, Q2 got more and did not, Q4 was declined; Q3 stood and failed."""
    otherwise("D1", 250_000.0)
    otherwise("D2", 150_000.0)
    otherwise("D2", 200_000.0, "known_customer")
    otherwise("D4", 0.0, "integrity")  # the application was decided on again after it
    asked = pd.DataFrame({"application_id": ["Q1", "Q2", "Q3"], "default": [True, False, True]})
    found = override_figures(record, "credit-limit", asked)
    assert [(row["en"], row["n"], row["known"], row["bad"], row["observed"]) for row in found["kinds"]] == [
        ("lent to, though the system did not admit", 1, 1, 1, 1.0),
        ("declined, though the system admitted", 1, 0, 0, None),
        ("limit raised", 1, 1, 0, 0.0),
    ]
    assert sorted((row["en"], row["n"], row["bad"]) for row in found["reasons"]) == [
        ("a customer of many years, well known", 1, 0),
        ("doubt whether what was shown is true", 1, 0),
        ("security or another support", 1, 1),
    ]
    low, high = wilson(1, 1)
    assert found["stood"] == {"n": 1, "known": 1, "bad": 1, "observed": 1.0, "low": low, "high": high}


def test_of_two_who_decide_the_same_at_once_the_second_is_told_that_it_stands(record, monkeypatch):
    def slowly(*asked):
        found = overrides_of(*asked)
        time.sleep(0.05)  # in which others would read the same
        return found

    monkeypatch.setattr("pipelines.override.overrides_of", slowly)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(otherwise, "D2", 50_000.0, staff=f"wang{n}") for n in range(8)]
    refused = [str(one.exception()) for one in asked if one.exception()]
    assert len(refused) == 7
    assert all("that is what stands already" in words for words in refused)
    assert [event.content["limit"] for event in overrides_of(record, "D2")] == [50_000.0]
    assert record.verify() == ""
