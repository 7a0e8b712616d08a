"""What became of firms that borrow from us, by hand, and the information value against another implementation."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from features.contract import TABLES
from pipelines.modelling.outcomes import information_value, outcomes
from pipelines.store import Store

AS_OF = date(2024, 1, 1)
LOAN = {"product": "p", "repayment": "bullet", "committed": "1.00", "principal": "1.00", "annual_rate": "0.05",
        "term_months": 12, "disbursed_on": date(2023, 6, 1), "matures_on": date(2024, 6, 1),
        "known_at": date(2023, 6, 1)}  # fmt: skip
DUE = {"number": 1, "principal_due": "1.00", "interest_due": "0.00", "paid": "0.00", "known_at": date(2023, 6, 1)}


@pytest.fixture
def outcome_of(tmp_path, table):
    """The outcome of each firm, from loans by firm and the dates on which one instalment was due and paid."""

    def of(last_known=date(2025, 1, 1), **firms):
        loans, dues = [], []
        for firm, (loan, due, paid) in firms.items():
            key = {"loan_id": f"L{firm}", "enterprise_id": firm}
            loans.append({**LOAN, **key, **loan})
            planned = {**DUE, **key, "due_on": due}
            dues += [planned, {**planned, "paid_on": paid, "known_at": last_known}]
        store = Store(tmp_path / "store")
        tables = {"loan": loans, "instalment": dues} if firms else {}
        store.commit((name, table(name, rows).cast(TABLES[name].schema)) for name, rows in tables.items())
        names = [*firms, "none"]
        found = outcomes(store, pd.DataFrame({"enterprise_id": names, "as_of": AS_OF}, index=[7] * len(names)))
        return {name: None if np.isnan(value) else value for name, value in zip(names, found, strict=True)}

    return of


def test_a_default_is_the_first_within_twelve_months_of_a_loan_that_ran(outcome_of):
    due, late = date(2024, 3, 1), date(2024, 5, 31)
    assert outcome_of(
        paid=({}, due, due),
        late_90_days=({}, due, date(2024, 5, 30)),
        late_91_days=({}, due, late),
        never=({}, due, None),
        restructured=({"restructured_on": date(2024, 12, 31)}, due, due),
        a_year_later=({"restructured_on": date(2025, 1, 1)}, due, due),
        written_off_on_the_date=({"written_off_on": AS_OF}, due, due),
        before=({"restructured_on": date(2023, 12, 31)}, due, None),
        closed_before=({"closed_on": date(2023, 12, 31)}, due, due),
        granted_in_the_year=({"disbursed_on": date(2024, 12, 31)}, date(2025, 1, 31), None),
        granted_later=({"disbursed_on": date(2025, 1, 1)}, date(2025, 1, 31), None),
    ) == {
        "paid": 0.0,
        "late_90_days": 0.0,
        "late_91_days": 1.0,
        "never": 1.0,
        "restructured": 1.0,
        "a_year_later": 0.0,
        "written_off_on_the_date": 1.0,
        "before": None,
        "closed_before": None,
        "granted_in_the_year": 0.0,
        "granted_later": None,
        "none": None,
    }


def test_months_that_are_not_over_have_no_outcome(outcome_of):
    assert outcome_of(last_known=date(2024, 12, 31), a=({}, date(2024, 3, 1), None)) == {"a": None, "none": None}


def test_a_store_without_loans_has_no_outcome(outcome_of):
    assert outcome_of() == {"none": None}


def test_the_information_value_is_that_of_shares_worked_by_hand():
    """Two groups and the missing ones: 30 good and 10 bad, 20 and 20, 10 and 10."""
    values = np.repeat([1.0, 2.0, np.nan], [40, 40, 20])
    bad = np.concatenate([np.repeat([0, 1], n) for n in ((30, 10), (20, 20), (10, 10))])
    good_share, bad_share = (np.array(n) / np.sum(n) for n in ([30.5, 20.5, 10.5], [10.5, 20.5, 10.5]))
    value, chance = information_value(values, bad)
    assert value == pytest.approx(((good_share - bad_share) * np.log(good_share / bad_share)).sum(), rel=1e-12)
    assert chance == pytest.approx(5.991 * (1 / 60 + 1 / 40), rel=1e-3)


def test_ties_stay_together_and_a_rare_value_apart():
    bad = np.array([0] * 95 + [1] * 5)
    for values in (np.repeat([0.0, 9.0], [95, 5]), np.repeat([1.0, 0.0], [95, 5])):
        assert information_value(values, bad)[0] > 5
    assert information_value(np.ones(100), bad) == (0.0, 0.0)


def test_what_tells_nothing_exceeds_chance_once_in_twenty():
    random = np.random.default_rng(0)
    bad = np.repeat([1, 0], [60, 940])
    trials = [information_value(random.normal(size=1000), bad) for _ in range(1000)]
    assert 0.02 < np.mean([value > chance for value, chance in trials]) < 0.07
