from datetime import date, timedelta

import pytest

from features.labels import DEFAULT, LATE, post_loan_labels

OUT = date(2024, 1, 10)
NOW = date(2024, 7, 1)
LATER = date(2026, 1, 1)


def loan(name="L", **row):
    return {"loan_id": name, "committed": 1200, "principal": 1200, "disbursed_on": OUT, "matures_on": date(2025, 1, 10),
            **row}  # fmt: skip


def due(number, day, name="L", **paid):
    return {"loan_id": name, "number": number, "due_on": day, "principal_due": 100, "known_at": OUT, **paid}


def paid(number, day, on, name="L"):
    return due(number, day, name, paid=100, paid_on=on, known_at=on)


LAST = due(99, date(2025, 1, 10)), paid(99, date(2025, 1, 10), date(2025, 1, 10))


@pytest.fixture
def labels(facts_of, world_of):
    """Labels by loan of one date, from versions of loans and instalments."""

    def of(instalments, loans=None, as_of=NOW, known_before=LATER, **more):
        facts = facts_of(world_of(loan=loans or [loan()], instalment=[*instalments], **more))
        rows = post_loan_labels(facts, as_of, known_before)
        told = {1.0: True, 0.0: False}
        return {
            loan: (told.get(a), told.get(b))
            for loan, a, b in zip(rows["loan_id"], rows[LATE], rows[DEFAULT], strict=True)
        }

    return of


def held(day, days, name="L"):
    """An instalment due on ``day`` and paid ``days`` later, and the last one."""
    end = date(2025, 1, 10)
    after = day + timedelta(days=days)
    return due(1, day, name), paid(1, day, after, name), due(99, end, name), paid(99, end, end, name)


def test_more_than_thirty_days_are_late_and_more_than_ninety_a_default(labels):
    days = (0, 30, 31, 90, 91)
    rows = [row for n in days for row in held(date(2024, 8, 1), n, f"L{n}")]
    assert labels(rows, [loan(f"L{n}") for n in days]) == {
        "L0": (False, False), "L30": (False, False), "L31": (True, False), "L90": (True, False), "L91": (True, True),
    }  # fmt: skip


def test_the_day_counts_from_the_date_on_and_before_its_end(labels):
    reached = (date(2024, 6, 30), date(2024, 7, 1), date(2024, 9, 30), date(2024, 10, 1))
    rows = [row for day in reached for row in held(day - timedelta(days=31), 40, str(day))]
    found = labels(rows, [loan(str(day)) for day in reached])
    assert [found[str(day)][0] for day in reached] == [None, True, True, False]


def test_one_that_is_late_already_may_still_default(labels):
    # due 20 May: late since 20 June, before the date; 91 days past due on 19 August
    assert labels([due(1, date(2024, 5, 20)), *LAST])["L"] == (None, True)


def test_one_that_was_late_once_and_is_not_now_is_not_late_for_the_first_time(labels):
    rows = [
        *held(date(2024, 2, 1), 45),
        *(due(2, date(2024, 8, 1)), paid(2, date(2024, 8, 1), date(2024, 9, 10))),
        *LAST,
    ]
    assert labels(rows)["L"] == (None, False)


def test_restructuring_and_write_off_are_defaults(labels):
    for event in ("restructured_on", "written_off_on"):
        day = date(2024, 12, 1)
        assert labels(LAST, [loan(), loan(**{event: day, "known_at": day})])["L"] == (False, True)


def test_a_guarantor_s_payment_and_insolvency_are_defaults(labels):
    day = date(2024, 12, 1)
    paid_for = {"recovery_id": "R", "loan_id": "L", "kind": "guarantor", "recovered_on": day, "known_at": day}
    assert labels(LAST, recovery=[paid_for])["L"] == (False, True)
    failed = {"event_id": "C", "kind": "insolvency", "happened_on": day, "known_at": day}
    assert labels(LAST, court_event=[failed])["L"] == (False, True)
    assert labels(LAST, court_event=[failed], as_of=date(2024, 12, 2))["L"] == (False, None)
    assert labels(LAST, court_event=[failed | {"known_at": LATER}])["L"] == (False, False)


def test_a_horizon_that_is_not_over_is_not_told(labels):
    rows = [due(1, date(2024, 7, 10)), *LAST]
    # three months end on 1 October, twelve on 1 July 2025; late on 10 August
    assert labels(rows, known_before=date(2024, 9, 30))["L"] == (None, None)
    assert labels(rows, known_before=date(2024, 10, 1))["L"] == (True, None)
    assert labels(rows, known_before=date(2025, 7, 1))["L"] == (True, True)


def test_later_knowledge_than_asked_for_plays_no_part(labels):
    rows = [due(1, date(2024, 7, 10)), *LAST]
    told_late = paid(1, date(2024, 7, 10), date(2024, 7, 12)) | {"known_at": date(2024, 12, 1)}
    assert labels([*rows, told_late], known_before=date(2024, 10, 1))["L"][0] is True
    assert labels([*rows, told_late])["L"][0] is False


def test_february_and_the_ends_of_months(labels):
    # the month-end of February in a leap year: three months on is 29 May; 30 November: 28 February
    day = date(2024, 5, 28) - timedelta(days=31)
    assert labels(held(day, 40), as_of=date(2024, 2, 29))["L"][0] is True
    day = date(2024, 5, 29) - timedelta(days=31)
    assert labels(held(day, 40), as_of=date(2024, 2, 29))["L"][0] is False
    end = date(2025, 12, 31)
    long = [loan(matures_on=end)]
    assert (
        labels([*held(date(2025, 1, 27), 40)[:2], due(99, end)], long, date(2024, 11, 30))["L"][0] is True
    )  # 27 February
    assert labels([*held(date(2025, 1, 28), 40)[:2], due(99, end)], long, date(2024, 11, 30))["L"][0] is False


def test_a_settled_loan_is_no_row_and_one_settled_soon_is_good(labels):
    closed = loan(closed_on=date(2024, 6, 1), known_at=date(2024, 6, 1))
    assert labels(LAST, [loan(), closed]) == {}
    soon = loan(closed_on=date(2024, 8, 1), known_at=date(2024, 8, 1))
    assert labels([due(1, date(2024, 7, 15)), *LAST], [loan(), soon])["L"] == (False, False)


def test_what_befalls_the_renewal_counts_for_the_loan_that_it_renews(labels):
    day = date(2024, 8, 1)
    first = [loan(), loan(closed_on=day, known_at=day)]
    second = loan("M", disbursed_on=day, renewed_from="L", known_at=day, matures_on=date(2025, 8, 1))
    third = loan("N", disbursed_on=date(2024, 11, 1), renewed_from="M", matures_on=date(2025, 11, 1))
    unpaid = [due(1, date(2024, 12, 1), "N", known_at=date(2024, 11, 1)), *LAST]
    assert labels(unpaid, [*first, second, third])["L"] == (False, True)
    # a loan whose predecessor was late has been late
    before = [*held(date(2024, 3, 1), 40)[:2], due(2, date(2025, 11, 1), "N", known_at=date(2024, 11, 1)), *LAST]
    assert labels(before, [*first, second, third], as_of=date(2024, 12, 1))["N"] == (None, False)
