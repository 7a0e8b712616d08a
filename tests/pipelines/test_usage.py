"""The month's table of use, worked by hand: the shape in which the case of Shandong counts."""

from datetime import date
from decimal import Decimal

import pytest

import pipelines.record.log
from pipelines.record import Draft, Record
from pipelines.store import Store
from pipelines.usage import usage

MONTH = "2025-03"
KNOWN = date(2024, 1, 1)


def consent(firm, purpose="01", **changes):
    row = {"consent_id": f"K{purpose}-{firm}", "enterprise_id": firm, "purpose": purpose, "scope": "*",
           "valid_from": date(2024, 1, 1), "valid_to": date(2025, 12, 31), "known_at": KNOWN}  # fmt: skip
    return row | changes


def loan(firm, principal, on, secured, **changes):
    row = {"loan_id": f"L-{firm}-{on}", "enterprise_id": firm, "product": "流水贷", "repayment": "annuity",
           "committed": principal, "principal": principal, "annual_rate": "0.04", "term_months": 12, "secured": secured,
           "disbursed_on": on, "matures_on": date(2026, 3, 31), "known_at": on}  # fmt: skip
    return row | changes


@pytest.fixture
def store(tmp_path, table):
    """A asks, is admitted and draws; B is admitted only; C is declined; D is not asked; E has no consent."""
    filled = Store(tmp_path / "store")
    filled.commit(
        (name, table(name, rows))
        for name, rows in {
            "enterprise": [
                {
                    "enterprise_id": firm,
                    "name": firm,
                    "size_class": "medium" if firm == "D" else "small",
                    "known_at": KNOWN,
                }
                for firm in "ABCDE"
            ],
            "consent": [
                *(consent(firm) for firm in "ABCE"),
                consent("D", "03"),
                consent("E", revoked_on=date(2025, 3, 10), known_at=date(2025, 3, 10)),
            ],
            "loan": [
                loan("A", "600000.00", date(2025, 3, 20), False),
                loan("A", "9400000.00", date(2024, 5, 1), True),  # with it exactly ten million in total: inclusive
                loan("B", "100000.00", date(2025, 3, 2), True),  # before the query: not drawn on it, but paid out
                loan("D", "300000.00", date(2025, 3, 31), None),  # of a medium firm
                loan("B", "500000.00", date(2025, 4, 1), False),  # of the next month
            ],
        }.items()
    )
    return filled


@pytest.fixture
def record(tmp_path, monkeypatch):
    with Record(f"sqlite:///{tmp_path / 'record.db'}") as log:

        def at(moment, action, firm, subject="", **payload):
            monkeypatch.setattr(pipelines.record.log, "_now", lambda: f"{moment}:00.000000Z")
            asked = {"as_of": "2025-03-15", "purpose": "01", **payload}
            log.append(Draft(staff="li", action=action, enterprise_id=firm, subject=subject, payload=asked))

        log.at = at
        yield log


def decision(record, firm, moment, admitted):
    record.at(moment, "decision", firm, f"D-{firm}-{moment}", decision={"admitted": admitted})


def a_month(record):
    record.at("2025-02-28T15:59", "query", "C", "K01-C")  # 23:59 of 28 February at the bank
    record.at("2025-02-28T16:00", "query", "A", "K01-A")  # midnight of 1 March
    decision(record, "A", "2025-03-05T02:00", admitted=False)
    decision(record, "A", "2025-03-06T02:00", admitted=True)  # the last one counts
    record.at("2025-03-06T03:00", "query", "A", "K01-A")  # the same firm again
    record.at("2025-03-07T02:00", "query", "B", "K01-B")
    decision(record, "B", "2025-03-07T02:01", admitted=True)
    record.at("2025-03-08T02:00", "query", "C", "K01-C")
    decision(record, "C", "2025-03-08T02:01", admitted=False)
    record.at("2025-03-09T02:00", "query", "D", "K03-D", purpose="03")
    record.at("2025-03-11T02:00", "query_refused", "E", reason="revoked")


def test_the_table_of_a_month_by_hand(store, record):
    a_month(record)
    (one,) = usage(store, MONTH, record)
    assert (one.queries, one.refused, one.without_consent, one.decisions_without_query) == (5, 1, 0, 0)
    assert (one.queried, one.authorised, one.admitted, one.drawn, one.post_loan_firms) == (4, 3, 2, 1, 1)
    assert (one.loans, one.amount) == (3, Decimal("1000000.00"))
    assert one.inclusive_share == pytest.approx(0.7)  # A 600,000 and B 100,000 of a million; D is no small firm
    assert one.unsecured_share == pytest.approx(0.6)  # A alone: of D it is not known
    assert one.json()["amount"] == "1000000.00"


@pytest.mark.parametrize("told", [{"as_of": "2025-03-15"}, {"purpose": "01"}, {}])
def test_an_old_query_that_does_not_say_what_for_or_of_which_date_shows_no_consent(store, record, told):
    a_month(record)
    record.append(Draft(staff="li", action="query", enterprise_id="B", subject="K01-B", payload=told))  # on 11 March
    (one,) = usage(store, MONTH, record)
    assert (one.queries, one.without_consent, one.queried, one.post_loan_firms) == (6, 1, 4, 1)


def test_a_cent_over_ten_million_in_total_is_not_inclusive(store, record, table):
    store.commit([("loan", table("loan", [loan("A", "0.01", date(2025, 3, 21), True)]))])
    (one,) = usage(store, MONTH, record)
    assert one.inclusive_share == pytest.approx(100_000 / 1_000_000.01)


@pytest.mark.parametrize(
    ("firm", "named"),
    [("E", "K01-E"), ("A", "K01-B"), ("A", ""), ("D", "K03-D")],
    ids=["revoked", "other", "none", "purpose"],
)
def test_a_query_without_consent_is_counted(store, record, firm, named):
    record.at("2025-03-16T02:00", "query", firm, named)
    (one,) = usage(store, MONTH, record)
    assert (one.queries, one.without_consent, one.authorised) == (1, 1, 0)


@pytest.mark.parametrize(
    ("asked_at", "as_of", "purpose", "without"),
    [
        ("2025-03-09T15:59", "2025-03-09", "01", 0),  # 23:59 of the 9th at the bank: the revocation is not known
        ("2025-03-09T15:59", "2025-03-20", "01", 0),  # nor is it when the date asked about lies ahead
        ("2025-03-09T16:00", "2025-03-09", "01", 1),  # midnight of the 10th: withdrawn by now, whatever date is named
        ("2025-03-16T02:00", "2025-01-31", "01", 1),
        ("2025-03-16T02:00", "2025-03-09", "03", 0),  # after the loan the date alone counts
        ("2025-03-16T02:00", "2025-03-10", "03", 1),
    ],
)
def test_a_query_is_judged_by_what_the_gate_knew_when_it_was_asked(
    store, record, table, asked_at, as_of, purpose, without
):
    gone = consent("E", "03", revoked_on=date(2025, 3, 10), known_at=date(2025, 3, 10))
    store.commit([("consent", table("consent", [consent("E", "03"), gone]))])
    record.at(asked_at, "query", "E", f"K{purpose}-E", as_of=as_of, purpose=purpose)
    assert usage(store, MONTH, record)[0].without_consent == without


def test_a_consent_that_came_after_the_query_does_not_cover_it(store, record, table):
    late = consent("E", consent_id="late", known_at=date(2025, 3, 12))
    store.commit([("consent", table("consent", [late]))])
    record.at("2025-03-11T02:00", "query", "E", "late", as_of="2025-03-31")
    record.at("2025-03-12T02:00", "query", "E", "late", as_of="2025-03-31")
    (one,) = usage(store, MONTH, record)
    assert (one.queries, one.without_consent) == (2, 1)


def test_a_decision_without_a_query_is_told(store, record):
    decision(record, "B", "2025-03-07T02:01", admitted=True)
    (one,) = usage(store, MONTH, record)
    assert (one.decisions_without_query, one.admitted) == (1, 0)


def test_institutions_are_counted_apart(store, record):
    a_month(record)
    record.at("2025-03-12T02:00", "query", "B", "K01-B", institution="邻县农商行")
    ours, theirs = sorted(usage(store, MONTH, record), key=lambda one: one.institution != "本行")
    assert (ours.queries, theirs.queries, theirs.queried, theirs.loans) == (5, 1, 1, 0)
    assert theirs.inclusive_share is None


def test_what_a_person_decided_otherwise_counts_and_the_next_decision_after_it(store, record):
    for firm in "BC":
        record.at("2025-03-07T02:00", "query", firm, f"K01-{firm}")
        decision(record, firm, "2025-03-07T02:01", admitted=firm == "B")
    record.at("2025-03-09T02:00", "override", "C", "D-C", limit=50_000.0)
    assert usage(store, MONTH, record)[0].admitted == 2
    record.at("2025-03-10T02:00", "override", "B", "D-B", limit=0.0)
    assert usage(store, MONTH, record)[0].admitted == 1
    decision(record, "B", "2025-03-11T02:01", admitted=True)
    assert usage(store, MONTH, record)[0].admitted == 2
