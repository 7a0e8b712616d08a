import numpy as np
import pandas as pd
import pytest

from features.contract import TABLES
from features.errors import CreditError
from pipelines.checks import Check, cross_checks, row_checks
from pipelines.expectations import Quality

QUERY = TABLES["credit_query"]
CHECKS = row_checks(QUERY)


@pytest.fixture(scope="module")
def quality():
    return Quality()


def frame(**columns):
    """Three sound rows, numbered from 5, with these columns changed."""
    day = pd.Timestamp("2024-01-05")
    sound = {"query_id": ["Q1", "Q2", "Q3"], "enterprise_id": ["E1"] * 3, "institution": ["B"] * 3}
    sound |= {"reason": ["own"] * 3, "queried_on": ["2024-01-05"] * 3, "known_at": ["2024-01-06"] * 3}
    for name in ("queried_on", "known_at"):
        sound |= {f"{name}:unread": [None] * 3, f"{name}:value": [day] * 3}
    made = pd.DataFrame(sound | columns, index=pd.Index(np.arange(5, 8)))
    return made.astype({f"{name}:value": "datetime64[ns]" for name in ("queried_on", "known_at")})


def failing(quality, changed):
    found = quality.validate("credit_query", CHECKS, changed)
    return {check.label: rows for check, rows in found.items() if rows}


def test_sound_rows_fail_nothing(quality):
    assert failing(quality, frame()) == {}


@pytest.mark.parametrize(
    ("changed", "label"),
    [
        ({"query_id": ["Q1", None, "Q3"]}, "missing(query_id)"),
        ({"reason": ["own", "boredom", "own"]}, "code(reason)"),
        ({"known_at:unread": [None, "soon", None]}, "type(known_at)"),
        ({"known_at:value": [pd.Timestamp("2024-01-05"), pd.Timestamp("1949-12-31"), None]}, "range(known_at)"),
    ],
)
def test_a_failing_row_is_named_by_its_number(quality, changed, label):
    assert failing(quality, frame(**changed)) == {label: [6]}


def test_a_column_without_any_value_can_be_checked(quality):
    assert failing(quality, frame(reason=[None] * 3)) == {"missing(reason)": [5, 6, 7]}


def test_a_pattern_is_matched(quality):
    pattern = next(check for check in row_checks(TABLES["enterprise"]) if check.name == "pattern")
    codes = pd.DataFrame({"uscc": ["91370100MA3C1234XY", "short", None]}, index=[1, 2, 3])
    assert quality.validate("enterprise", [pattern], codes) == {pattern: [2]}


def test_a_crashed_check_is_not_a_fault_of_the_data(quality):
    absent = Check("code", "reason", "no such column", "one_of", "甲", "x", values=("x",))
    with pytest.raises(
        CreditError, match=r"credit_query: the check code\(reason\) itself crashed .* nothing was stored"
    ):
        quality.validate("credit_query", [absent], frame())


def test_chunks_are_added_up_and_shown_without_personal_values(tmp_path):
    quality = Quality()
    party = TABLES["related_party"]
    name = next(check for check in row_checks(party) if check.label == "missing(name)")
    code = Check("code", "name", "name", "one_of", "甲", "x", values=("x",))
    for numbers in ((1, 2), (3, 4)):
        chunk = pd.DataFrame({"name": ["张三丰", "x"]}, index=list(numbers))
        assert quality.validate("related_party", [name, code], chunk) == {name: [], code: [numbers[0]]}
    assert quality.summary()["related_party"]["code(name)"] == {"element_count": 4, "unexpected_count": 2}
    quality.write_docs(tmp_path)
    page = next(tmp_path.glob("validations/related_party/**/*.html")).read_text(encoding="utf-8")
    assert "(personal)" in page
    assert "张三丰" not in page
    assert (tmp_path / "index.html").exists()


def test_every_constraint_of_the_contract_is_a_check():
    labels = {check.label for check in (*row_checks(TABLES["line"]), *cross_checks(TABLES["line"]))}
    assert {
        "missing(line_id)",
        "type(amount)",
        "range(amount)",
        "code(direction)",
        "range(booked_at)",
        "reference(account_id)",
        "reference(enterprise_id)",
        "key",
        "duplicate",
        "duplicate_of_stored",
        "balance_continuity(balance_after)",
    } <= labels
    assert "missing(summary)" not in labels
    assert "first_of_month(month)" in {check.label for check in row_checks(TABLES["platform_month"])}
    assert "pattern(uscc)" in {check.label for check in row_checks(TABLES["enterprise"])}
