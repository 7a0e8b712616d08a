from dataclasses import replace
from datetime import date, timedelta

import pytest

from features.labels import Outcome, default_labels, open_labels

PAID_OUT = date(2022, 1, 31)
WINDOW_END = date(2023, 7, 31)  # eighteen months later
NOW = date(2024, 6, 1)
FINE = {"due_on": date(2022, 3, 1), "paid_on": date(2022, 3, 1), "paid": 100}


@pytest.fixture
def labels_of(facts_of, world_of):
    """Labels by application of loans given as ``(loan, instalments)``; each loan comes from its own application."""

    def of(*loans, known_before=NOW, applications=None, by=Outcome(), **more):
        made, due = [], []
        for number, (loan, instalments) in enumerate(loans):
            key = {"loan_id": f"L{number}", "application_id": f"A{number}", "committed": 100}
            made.append({**key, "disbursed_on": PAID_OUT, "matures_on": date(2023, 1, 31), **loan})
            due += [{"loan_id": f"L{number}", "number": n, **i} for n, i in enumerate(instalments, start=1)]
        asked = applications or [
            {"application_id": f"A{n}", "applied_on": date(2022, 1, 20)} for n in range(len(loans))
        ]
        facts = facts_of(world_of(loan=made, instalment=due, application=asked, **more))
        found = default_labels(facts, known_before, by).order_by("application_id").to_pyarrow().to_pylist()
        return {row["application_id"]: (row["max_dpd"], row["default"], row["grey"]) for row in found}

    return of


def late(days, due=date(2022, 6, 1)):
    return [FINE, {"due_on": due, "paid_on": due + timedelta(days=days), "paid": 100}]


@pytest.mark.parametrize(
    ("days", "default", "grey"),
    [(0, False, False), (1, False, False), (30, False, False), (31, False, True), (90, False, True), (91, True, False)],
)
def test_days_past_due_at_the_boundaries(labels_of, days, default, grey):
    assert labels_of(({}, late(days))) == {"A0": (days, default, grey)}


def test_days_and_window_are_those_asked_for(labels_of):
    """45 days late on a window of a year to 2023-01-31: grey by 30 and 60 days, a default by 40."""
    by = Outcome(default_days=60, grey_days=30, window_months=12, after_maturity_days=0)
    unpaid = [{"due_on": date(2022, 12, 17)}]  # 45 days before the window's end
    assert labels_of(({}, unpaid), by=by) == {"A0": (45, False, True)}
    assert labels_of(({}, unpaid), by=replace(by, grey_days=45)) == {"A0": (45, False, False)}
    assert labels_of(({}, unpaid), by=replace(by, default_days=40)) == {"A0": (45, True, False)}


def test_a_renewal_continues_the_exposure_and_is_an_exposure_of_its_own(labels_of):
    """L1 takes the place of L0 after a year and L2 of L1 a month later: what befalls them by L0's end is L0's too."""
    first = ({"closed_on": date(2023, 1, 31)}, [FINE])
    second = {"renewed_from": "L0", "disbursed_on": date(2023, 1, 31), "matures_on": date(2024, 1, 31)}
    third = {"renewed_from": "L1", "disbursed_on": date(2023, 2, 28), "matures_on": date(2023, 3, 31)}
    bad = [{"due_on": WINDOW_END - timedelta(days=91)}]
    after = [{"due_on": WINDOW_END - timedelta(days=30), "paid_on": date(2023, 12, 1)}]
    late_now = date(2024, 11, 1)  # the windows of all three have passed
    assert labels_of(first, (second, [FINE]), (third, bad), known_before=late_now) == {
        "A0": (91, True, False), "A1": (457, True, False), "A2": (485, True, False)
    }  # fmt: skip
    assert labels_of(first, (second, after), known_before=late_now)["A0"] == (30, False, False)
    assert labels_of(first, ({**second, "renewed_from": None}, bad), known_before=late_now)["A0"] == (0, False, False)
    lost = {**second, "written_off_on": WINDOW_END}
    assert labels_of(first, (lost, [FINE]), known_before=late_now)["A0"] == (0, True, False)
    alone = labels_of(
        first, ({**lost, "written_off_on": WINDOW_END + timedelta(days=1)}, [FINE]), known_before=late_now
    )
    assert (alone["A0"], alone["A1"]) == ((0, False, False), (0, True, False))


def test_an_instalment_never_paid_is_late_until_the_window_ends(labels_of):
    due = WINDOW_END - timedelta(days=91)
    found = labels_of(({}, [{"due_on": due}]), ({}, [{"due_on": due + timedelta(days=1)}]))
    assert found == {"A0": (91, True, False), "A1": (90, False, True)}


def test_what_happens_after_the_window_does_not_count(labels_of):
    due = WINDOW_END - timedelta(days=40)
    paid_late = {"due_on": due, "paid_on": due + timedelta(days=200), "paid": 100}
    assert labels_of(({}, [paid_late])) == {"A0": (40, False, True)}


@pytest.mark.parametrize("what", ["restructured_on", "written_off_on"])
@pytest.mark.parametrize(("days", "default"), [(-1, True), (0, True), (1, False)])
def test_restructuring_and_write_off_count_to_the_last_day_of_the_window(labels_of, what, days, default):
    assert labels_of(({what: WINDOW_END + timedelta(days=days)}, [FINE])) == {"A0": (0, default, False)}


@pytest.mark.parametrize(("days", "default"), [(-1, True), (0, True), (1, False)])
def test_a_guarantor_s_payment_and_insolvency_count_to_the_last_day_of_the_window(labels_of, days, default):
    """Neither need be late: the guarantor of L0 pays on the instalment's day. What collateral brought is none."""
    on = WINDOW_END + timedelta(days=days)
    back = {"recovery_id": "R", "loan_id": "L0", "recovered_on": on, "amount": 100, "known_at": on}
    paid = [back | {"kind": "guarantor"}, back | {"recovery_id": "S", "loan_id": "L1", "kind": "collateral"}]
    assert labels_of(({}, [FINE]), ({}, [FINE]), recovery=paid) == {"A0": (0, default, False), "A1": (0, False, False)}
    case = {"event_id": "C", "happened_on": on, "known_at": on}
    assert labels_of(({}, [FINE]), court_event=[case | {"kind": "insolvency"}]) == {"A0": (0, default, False)}
    assert labels_of(({}, [FINE]), court_event=[case | {"kind": "enforcement"}]) == {"A0": (0, False, False)}


@pytest.mark.parametrize(
    ("on", "default"),
    [(PAID_OUT - timedelta(days=1), False), (PAID_OUT, True), (date(2022, 9, 1), True), (date(2022, 9, 2), False)],
)
def test_insolvency_is_a_default_of_the_loans_that_run(labels_of, on, default):
    case = {"event_id": "C", "kind": "insolvency", "happened_on": on, "known_at": on}
    found = labels_of(({"closed_on": date(2022, 9, 1)}, [FINE]), court_event=[case])
    assert found == {"A0": (0, default, False)}


def test_a_loan_without_instalments_is_judged_by_what_is_known_of_it(labels_of):
    found = labels_of(({}, []), ({"written_off_on": date(2022, 9, 1)}, []))
    assert found == {"A0": (0, False, False), "A1": (0, True, False)}


def test_a_loan_is_labelled_once_its_whole_window_has_passed(labels_of):
    loan = ({"written_off_on": date(2022, 3, 1)}, [FINE])
    assert labels_of(loan, known_before=WINDOW_END) == {}
    assert labels_of(loan, known_before=WINDOW_END + timedelta(days=1)) == {"A0": (0, True, False)}


def test_a_bullet_loan_of_a_year_that_fails_at_maturity_is_a_default(labels_of):
    loan = {"repayment": "bullet", "matures_on": date(2023, 1, 31), "term_months": 12}
    interest = [{"due_on": date(2022, m, 28), "paid_on": date(2022, m, 28), "paid": 1} for m in range(2, 13)]
    found = labels_of((loan, [*interest, {"due_on": date(2023, 1, 31)}]))
    assert found == {"A0": ((WINDOW_END - date(2023, 1, 31)).days, True, False)}


def test_a_year_s_loan_that_matures_late_is_watched_until_its_maturity_can_default(labels_of):
    loan = {"repayment": "bullet", "matures_on": date(2023, 6, 30), "term_months": 12}
    assert labels_of((loan, [{"due_on": date(2023, 6, 30)}])) == {"A0": (91, True, False)}


def test_longer_loans_are_judged_at_eighteen_months(labels_of):
    loan = {"term_months": 36, "matures_on": date(2025, 1, 31)}
    found = labels_of((loan, [FINE, {"due_on": date(2023, 6, 30)}, {"due_on": date(2023, 9, 30)}]))
    assert found == {"A0": (31, False, True)}


def test_what_is_known_on_the_date_or_later_does_not_count(labels_of):
    unpaid = {"due_on": date(2022, 6, 1)}
    paid = unpaid | {"paid_on": date(2022, 6, 1), "paid": 100, "number": 1}
    loans = [({}, [unpaid, paid | {"known_at": NOW}]), ({}, [unpaid, paid | {"known_at": NOW - timedelta(days=1)}])]
    found = labels_of(*loans)
    assert {key: default for key, (_, default, _) in found.items()} == {"A0": True, "A1": False}


def test_an_application_with_two_loans_is_as_bad_as_the_worse(labels_of):
    asked = [{"application_id": "A", "applied_on": date(2022, 1, 20)}]
    loans = [({"application_id": "A"}, late(5)), ({"application_id": "A"}, late(120))]
    assert labels_of(*loans, applications=asked) == {"A": (120, True, False)}


def test_a_loan_without_an_application_is_no_answer_to_a_question(labels_of):
    assert labels_of(({"application_id": None}, late(120))) == {}


def test_the_question_is_the_application(facts_of, world_of):
    asked = {"application_id": "A", "applied_on": date(2022, 1, 20), "amount": "5000.00", "term_months": 9}
    loan = {"application_id": "A", "committed": 4000, "disbursed_on": PAID_OUT, "matures_on": date(2023, 1, 31)}
    (row,) = default_labels(facts_of(world_of(application=[asked], loan=[loan])), NOW).to_pyarrow().to_pylist()
    assert row == {
        "application_id": "A",
        "enterprise_id": "a",
        "as_of": date(2022, 1, 20),
        "requested_amount": 5000.0,
        "requested_term_months": 9.0,
        "max_dpd": 0,
        "default": False,
        "grey": False,
    }


@pytest.fixture
def open_of(facts_of, world_of):
    """The open labels as of a date of loans by ``application_id``: days since they were made, and what came of them."""

    def of(known_before, loans):
        asked, made, due = [], [], []
        for key, (days, more) in loans.items():
            start = known_before - timedelta(days=days)
            loan = {"loan_id": key, "application_id": key, "committed": 100, "disbursed_on": start, "term_months": 12}
            asked.append({"application_id": key, "applied_on": start, "known_at": start})
            made.append({**loan, "matures_on": start + timedelta(days=365), **more.get("loan", {}), "known_at": start})
            for number, (day, paid) in enumerate(more.get("due", [(20, 20)]), start=1):
                on = start + timedelta(days=day)
                told = {"due_on": on, "paid_on": None if paid is None else start + timedelta(days=paid), "paid": 100}
                due.append({"loan_id": key, "number": number, **told, "known_at": start})
        facts = facts_of(world_of(loan=made, instalment=due, application=asked))
        return open_labels(facts, known_before).set_index("application_id")

    return of


def test_a_loan_whose_window_is_open_has_shown_what_loans_of_its_age_show(open_of):
    """Defaults on days 100 and 200 of 6 and 3 loans that came so far, so 1/6 by day 100, 1 - 5/6 x 2/3 = 4/9 in all."""
    found = open_of(
        NOW,
        {
            "old, bad on day 100": (900, {"due": [(9, None)]}),
            "old, bad on day 200": (900, {"due": [(109, None)]}),
            "old, paid": (900, {}),
            "old, paid back early": (900, {"loan": {"closed_on": NOW - timedelta(days=860)}}),
            "young a, late": (150, {"due": [(100, None)]}),
            "young b, paid back": (120, {"loan": {"closed_on": NOW - timedelta(days=60)}}),
            "too young": (50, {"loan": {"restructured_on": None}}),
        },
    )
    assert list(found.index) == ["young a, late", "young b, paid back"]
    assert found["shown"].tolist() == pytest.approx([3 / 8, 3 / 8])
    assert found[["max_dpd", "default", "grey"]].to_numpy().tolist() == [[49, False, True], [0, False, False]]


def test_a_default_within_an_open_window_is_told(open_of):
    loans = {"old": (900, {"due": [(100, None)]}), "fine": (900, {}), "bad": (300, {"due": [(100, None)]})}
    found = open_of(NOW, loans)
    assert found.loc["bad", ["default", "grey", "shown"]].tolist() == [True, False, 0.99]


def test_what_is_told_of_an_open_loan_does_not_hang_on_what_comes_later(open_of):
    loans = {"old": (900, {"due": [(100, None)]}), "fine": (900, {}), "asked": (300, {})}
    made_today = {"today": (0, {"loan": {"written_off_on": NOW}, "due": [(1, None)]})}
    assert open_of(NOW, loans).equals(open_of(NOW, loans | made_today))


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({20: 50, 400: 40}, 50),  # corrected after the answer
        ({5: 60, 20: 50, 21: 40}, 50),  # corrected before it, and again after it
        ({25: 30, 26: 20}, 30),  # entered late
    ],
)
def test_the_question_is_as_it_was_put_and_not_as_it_was_corrected(facts_of, world_of, known, told):
    asked = [
        {"application_id": "A", "applied_on": date(2022, 1, 20), "amount": amount,
         "known_at": date(2022, 1, 1) + timedelta(days=day - 1)}
        for day, amount in known.items()
    ]  # fmt: skip
    loan = {"application_id": "A", "committed": 40, "disbursed_on": PAID_OUT, "matures_on": date(2023, 1, 31)}
    (row,) = default_labels(facts_of(world_of(application=asked, loan=[loan])), NOW).to_pyarrow().to_pylist()
    assert (row["as_of"], row["requested_amount"]) == (date(2022, 1, 20), told)


def test_where_all_loans_failed_or_none_was_made_yet_nothing_breaks(open_of):
    """All fail on day 100: who has reached it has shown all. A loan that is signed and not paid out has no age."""
    failed = {name: (days, {"due": [(9, None)]}) for name, days in (("old", 900), ("young", 300))}
    assert open_of(NOW, failed)["shown"].to_dict() == {"young": 0.99}
    signed = {"disbursed_on": NOW + timedelta(days=9)}
    assert open_of(NOW, failed | {"signed": (5, {"loan": signed})})["shown"].to_dict() == {"young": 0.99}
    assert open_of(NOW, {"signed": (5, {"loan": signed})}).empty
    assert open_of(NOW, {"of tomorrow": (-1, {})}).empty
