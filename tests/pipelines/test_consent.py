"""Consent on a date: worked cases of validity, revocation, versions and purposes."""

from datetime import date

import pyarrow as pa
import pytest

from features.contract import TABLES
from features.errors import ConsentError
from pipelines.consent import ask
from pipelines.store import Store

GRANTED = {
    "consent_id": "C1",
    "enterprise_id": "E1",
    "purpose": "01",
    "scope": "*",
    "valid_from": date(2025, 1, 1),
    "valid_to": date(2025, 12, 31),
    "revoked_on": None,
    "known_at": date(2025, 1, 1),
}
REVOKED = {**GRANTED, "revoked_on": date(2025, 6, 15), "known_at": date(2025, 6, 10)}

OF_CHECK = {"consent_id": "C3", "purpose": "03"}
CHECK = {**GRANTED, **OF_CHECK}


@pytest.fixture
def store_of(tmp_path):
    def fill(*consents):
        store = Store(tmp_path / "store")
        store.commit([("consent", pa.Table.from_pylist(list(consents), schema=TABLES["consent"].schema))])
        return store

    return fill


def live_consents(store, as_of, purpose, *firms):
    return ask(store, firms or ("E1", "E9"), as_of, purpose)[0]


@pytest.mark.parametrize(
    ("as_of", "live"),
    [
        (date(2024, 12, 31), False),  # not known yet, not valid yet
        (date(2025, 1, 1), True),  # the first day, known that day
        (date(2025, 12, 31), True),  # the last day
        (date(2026, 1, 1), False),
    ],
)
def test_validity_has_both_its_days(store_of, as_of, live):
    assert live_consents(store_of(GRANTED), as_of, "01") == ({"E1": "C1"} if live else {})


@pytest.mark.parametrize(
    ("as_of", "live"),
    [
        (date(2025, 6, 9), True),  # the revocation is not known yet
        (date(2025, 6, 14), True),  # known, and not yet in force
        (date(2025, 6, 15), False),  # the first day on which it no longer holds
        (date(2025, 12, 1), False),
    ],
)
def test_a_revocation_holds_from_its_day(store_of, as_of, live):
    assert bool(live_consents(store_of(CHECK, {**REVOKED, **OF_CHECK}), as_of, "03")) is live


@pytest.mark.parametrize("as_of", [date(2025, 6, 9), date(2025, 6, 14), date(2025, 6, 15)])
def test_no_query_for_a_loan_goes_round_a_revocation_by_an_earlier_date(store_of, as_of):
    live, refused = ask(store_of(GRANTED, REVOKED), ["E1"], as_of, "01")
    assert live == {}
    assert "2025-06-15" in refused["E1"].en


def test_a_revocation_that_begins_later_than_today_is_not_in_force(store_of):
    store = store_of(GRANTED, {**GRANTED, "revoked_on": date(9999, 1, 1), "known_at": date(2025, 6, 10)})
    assert live_consents(store, date(2025, 6, 9), "01") == {"E1": "C1"}


def test_a_revocation_that_was_taken_back_does_not_count(store_of):
    store = store_of(GRANTED, REVOKED, {**GRANTED, "known_at": date(2025, 6, 12)})
    assert live_consents(store, date(2025, 6, 9), "01") == {"E1": "C1"}


def test_a_consent_learned_later_does_not_count(store_of):
    late = {**GRANTED, "known_at": date(2025, 3, 1)}
    assert live_consents(store_of(late), date(2025, 2, 28), "01") == {}
    assert live_consents(store_of(late), date(2025, 3, 1), "01") == {"E1": "C1"}


def test_the_purpose_must_be_the_one_agreed_to(store_of):
    store = store_of(GRANTED, {**GRANTED, "consent_id": "C3", "purpose": "03"})
    assert live_consents(store, date(2025, 5, 1), "03") == {"E1": "C3"}
    assert live_consents(store, date(2025, 5, 1), "02") == {}


def test_the_longest_of_several_is_named_and_each_firm_has_its_own(store_of):
    store = store_of(
        GRANTED,
        {**GRANTED, "consent_id": "C2", "valid_to": date(2026, 12, 31)},
        {**GRANTED, "consent_id": "C9", "enterprise_id": "E9"},
    )
    assert live_consents(store, date(2025, 5, 1), "01") == {"E1": "C2", "E9": "C9"}
    assert live_consents(store, date(2025, 5, 1), "01", "E9") == {"E9": "C9"}


def test_a_store_without_consents_refuses_everybody(tmp_path):
    assert live_consents(Store(tmp_path / "none"), date(2025, 5, 1), "01") == {}


@pytest.mark.parametrize(
    ("consents", "as_of", "found"),
    [
        ([GRANTED], date(2026, 2, 1), "C1 ended on 2025-12-31"),
        ([GRANTED, REVOKED], date(2025, 7, 1), "C1 was revoked on 2025-06-15"),
        ([{**GRANTED, "purpose": "03"}], date(2025, 7, 1), "C1 is for purpose 03"),
        ([{**GRANTED, "valid_from": date(2025, 9, 1)}], date(2025, 7, 1), "C1 begins on 2025-09-01"),
        ([{**GRANTED, "enterprise_id": "E2"}], date(2025, 7, 1), "none is known by that date"),
    ],
)
def test_the_refusal_says_firm_date_purpose_and_what_is_needed(store_of, consents, as_of, found):
    error = ask(store_of(*consents), ["E1"], as_of, "01")[1]["E1"]
    assert isinstance(error, ConsentError)
    for words in (f"企业 E1 在 {as_of} 没有有效授权", "01 贷前调查", f"Firm E1 has no live consent on {as_of}", found,
                  "Needed: a consent for this purpose, valid on that date and not revoked"):  # fmt: skip
        assert words in str(error)
