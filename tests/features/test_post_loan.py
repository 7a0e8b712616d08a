from datetime import date, timedelta
from decimal import Decimal

import pytest

from features.post_loan import by_firm, elsewhere, live_loans, renewed_late

OUT = date(2024, 1, 10)
NOW = date(2024, 7, 1)
LOAN = {
    "loan_id": "L", "committed": 1200, "principal": 1200, "disbursed_on": OUT, "matures_on": date(2025, 1, 10),
}  # fmt: skip


def due(number, day, **paid):
    return {"loan_id": "L", "number": number, "due_on": day, "principal_due": 100, "interest_due": 10, **paid}


def paid(number, day, on):
    return due(number, day, paid=110, paid_on=on, known_at=on)


@pytest.fixture
def live(facts_of, world_of):
    """Rows by loan of what is live on a date, from versions of loans and instalments."""

    def of(loan, instalment, as_of=NOW):
        found = live_loans(facts_of(world_of(loan=loan, instalment=instalment)), as_of)
        return {(row["as_of"], row["loan_id"]): row for row in found.to_pyarrow().to_pylist()}

    return of


def plan(known=OUT):
    return [due(n, date(2024, 1 + n, 10), known_at=known) for n in range(1, 8)]


def test_what_is_owed_late_and_next(live):
    parts = [*plan(), *(paid(n, date(2024, 1 + n, 10), date(2024, 1 + n, 10)) for n in range(1, 4))]
    partly = due(4, date(2024, 5, 10), paid=30, known_at=date(2024, 5, 12))  # 10 interest, 20 principal
    row = live([LOAN], [*parts, partly])[NOW, "L"]
    assert row["balance"] == Decimal("380.00")  # 80 of the fourth, and three whole ones
    assert row["overdue"] == Decimal("190.00")  # 80 of May, 110 of June
    assert row["dpd"] == (NOW - date(2024, 5, 10)).days == 52
    assert (row["next_due_on"], row["next_due"]) == (date(2024, 7, 10), Decimal("110.00"))
    assert row["months_on_book"] == 6
    assert row["paid_share"] == pytest.approx(1 - 380 / 1200)


@pytest.mark.parametrize("days", [0, 1, 7, 8, 30, 31, 90, 91, 270, 271, 360, 361])
def test_days_past_due_count_from_the_day_it_fell_due(live, days):
    fell = NOW - timedelta(days=days)
    told = fell - timedelta(days=40)
    row = live([{**LOAN, "disbursed_on": told}], [due(1, fell, known_at=told)])[NOW, "L"]
    assert row["dpd"] == days
    assert row["next_due_on"] == (None if days else NOW)


def test_a_payment_told_on_the_date_or_later_is_not_known(live):
    told = [due(1, date(2024, 2, 10), known_at=OUT), due(2, date(2024, 8, 10), known_at=OUT)]
    late, early = (paid(1, date(2024, 2, 10), NOW - timedelta(days=before)) for before in (0, 1))
    assert live([LOAN], [*told, late])[NOW, "L"]["dpd"] == (NOW - date(2024, 2, 10)).days
    assert live([LOAN], [*told, early])[NOW, "L"]["dpd"] == 0


def test_settled_written_off_and_not_yet_paid_out_are_not_live(live):
    first = {**LOAN, "known_at": OUT}
    yesterday = NOW - timedelta(days=1)
    assert live([first, {**LOAN, "closed_on": yesterday, "known_at": yesterday}], plan()) == {}
    assert live([first, {**LOAN, "written_off_on": yesterday, "known_at": yesterday}], plan()) == {}
    assert live([{**LOAN, "disbursed_on": NOW}], plan(NOW - timedelta(days=1))) == {}
    assert list(live([first, {**LOAN, "closed_on": NOW, "known_at": NOW}], plan())) == [(NOW, "L")]


def test_a_loan_paid_to_the_last_instalment_is_over_before_its_settlement_is_told(live):
    assert live([LOAN], [due(1, date(2024, 6, 10), known_at=OUT), paid(1, date(2024, 6, 10), date(2024, 6, 10))]) == {}


def test_a_new_plan_takes_the_place_of_the_old_one(live):
    eased = {**LOAN, "restructured_on": date(2024, 5, 31), "known_at": date(2024, 5, 31)}
    again = due(1, date(2024, 8, 12), known_at=date(2024, 5, 31))
    row = live([{**LOAN, "known_at": OUT}, eased], [due(1, date(2024, 4, 10), known_at=OUT), again])[NOW, "L"]
    assert (row["dpd"], row["restructured_on"], row["next_due_on"]) == (0, date(2024, 5, 31), date(2024, 8, 12))


def test_several_dates_at_once_equal_each_alone(live):
    parts = [*plan(), paid(1, date(2024, 2, 10), date(2024, 3, 20))]
    dates = [date(2024, 3, 1), date(2024, 4, 1), NOW]
    together = live([LOAN], parts, dates)
    assert together == {key: row for day in dates for key, row in live([LOAN], parts, day).items()}
    assert together[dates[0], "L"]["dpd"] == 20


def test_a_loan_without_instalments_owes_what_was_paid_out(live):
    row = live([LOAN], [])[NOW, "L"]
    assert (row["balance"], row["dpd"], row["next_due_on"]) == (Decimal("1200.00"), 0, None)


def elsewhere_of(facts_of, world_of, *reports, days=90):
    lines = [
        {"credit_line_id": "B", "opened_on": OUT, "balance": 100, "committed": 100, "known_at": day, **report}
        for day, report in reports
    ]
    found = elsewhere(facts_of(world_of(credit_line=lines)), NOW, days).to_pyarrow().to_pylist()
    return [(row["balance_others"], row["overdue_90_others"]) for row in found]


@pytest.mark.parametrize(("days", "late"), [(90, 0.0), (91, 100.0)])
def test_a_debt_elsewhere_is_long_overdue_when_every_report_of_over_ninety_days_says_so(facts_of, world_of, days, late):
    first = NOW - timedelta(days=days)
    reports = [
        (first - timedelta(days=30), {"overdue": 0}),
        (first, {"overdue": 5}),
        (NOW - timedelta(days=9), {"overdue": 9}),
    ]
    assert elsewhere_of(facts_of, world_of, *reports) == [(100.0, late)]


def test_a_report_in_between_that_is_fine_starts_the_days_again(facts_of, world_of):
    reports = [
        (date(2024, 2, 1), {"overdue": 5}),
        (date(2024, 5, 1), {"overdue": 0}),
        (date(2024, 6, 1), {"overdue": 5}),
    ]
    assert elsewhere_of(facts_of, world_of, *reports) == [(100.0, 0.0)]


def test_debts_elsewhere_that_are_closed_or_told_later_do_not_count(facts_of, world_of):
    closed = (date(2024, 2, 1), {"overdue": 5, "closed_on": NOW - timedelta(days=1)})
    assert elsewhere_of(facts_of, world_of, closed) == []
    assert elsewhere_of(facts_of, world_of, (NOW, {"overdue": 5})) == []


@pytest.mark.parametrize(
    ("paid", "days"), [(None, 20), (date(2024, 5, 29), 0), (date(2024, 5, 30), 20), (date(2024, 6, 20), 20)]
)
def test_how_late_a_loan_was_when_it_was_renewed(facts_of, world_of, paid, days):
    renewed = date(2024, 5, 30)
    loans = [LOAN, {**LOAN, "loan_id": "N", "renewed_from": "L", "disbursed_on": renewed}]
    part = due(1, date(2024, 5, 10), known_at=OUT)
    parts = [part] if paid is None else [part, {**part, "paid": 110, "paid_on": paid, "known_at": paid}]
    found = renewed_late(facts_of(world_of(loan=loans, instalment=parts)), NOW).to_pyarrow().to_pylist()
    assert found == [{"loan_id": "N", "late_days": days}]


def test_a_firm_s_loans_together(facts_of, world_of):
    loans = [LOAN, {**LOAN, "loan_id": "M", "committed": 800}]
    parts = [due(1, date(2024, 6, 10), known_at=OUT), {**due(1, date(2024, 7, 20), known_at=OUT), "loan_id": "M"}]
    facts = facts_of(world_of(loan=loans, instalment=parts))
    (row,) = by_firm(live_loans(facts, NOW)).to_pyarrow().to_pylist()
    assert (row["loans"], row["balance"], row["committed"], row["dpd"]) == (2, 200.0, 2000.0, 21.0)
    assert (row["utilisation"], row["overdue_share"], row["due_soon"]) == (0.1, 0.55, 110.0)
    assert row["principal_months"] == -1.0  # since June


def test_when_principal_falls_due_interest_before_it_does_not_count(live):
    interest = [{**due(n, date(2024, 6 + n, 10), known_at=OUT), "principal_due": 0} for n in (1, 2, 3)]
    end = {**due(4, date(2024, 10, 10), known_at=OUT), "interest_due": 0}
    row = live([LOAN], [*interest, end])[NOW, "L"]
    assert (row["next_due_on"], row["principal_due_on"]) == (date(2024, 7, 10), date(2024, 10, 10))
    told = {**end, "paid": 40, "known_at": date(2024, 6, 1)}  # a part of it is repaid before its time
    assert live([LOAN], [*interest, told])[NOW, "L"]["principal_due_on"] == date(2024, 10, 10)
    assert live([LOAN], [])[NOW, "L"]["principal_due_on"] is None
