"""Plans that change: repaid early, put off in distress."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from simulation.economy import start
from simulation.ledger import NOBODY
from simulation.month import live
from simulation.parameters import VARIANTS
from simulation.public import Notices
from simulation.randomness import stream
from simulation.renewals import renew

Tables = dict[str, pa.Table]
Row = dict[str, Any]


@pytest.fixture(scope="module")
def changed(make_world: Callable[..., Tables]) -> Tables:
    """A stressed world whose bank reschedules nearly every late loan, and whose sound firms often repay early."""
    often = replace(VARIANTS["stressed"], restructuring_share=0.9, early_repayment_rate=0.3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(VARIANTS, "often", often)
        return make_world(11, 160, 30, "often")


def _versions(world: Tables) -> dict[str, dict[int, list[Row]]]:
    """Loan -> number of the instalment -> its versions in the order in which they became known."""
    found: dict[str, dict[int, list[Row]]] = {}
    for row in sorted(world["instalment"].to_pylist(), key=lambda row: row["known_at"]):
        found.setdefault(row["loan_id"], {}).setdefault(row["number"], []).append(row)
    return found


def _loans(world: Tables) -> list[Row]:
    last = {row["loan_id"]: row for row in sorted(world["loan"].to_pylist(), key=lambda row: row["known_at"])}
    return list(last.values())


def test_a_loan_repaid_early_owes_its_principal_and_no_interest_after_that_day(changed: Tables) -> None:
    versions, found = _versions(changed), 0
    for loan in _loans(changed):
        if not loan["closed_on"] or loan["restructured_on"] or loan["repayment"] == "bullet":
            continue
        if loan["matures_on"] - loan["closed_on"] < timedelta(days=60):
            continue
        found += 1
        ahead = [rows[-1] for rows in versions[loan["loan_id"]].values() if rows[-1]["due_on"] > loan["closed_on"]]
        assert ahead
        assert all(row["interest_due"] == 0 and row["paid"] == row["principal_due"] for row in ahead)
        principal = sum(rows[-1]["principal_due"] for rows in versions[loan["loan_id"]].values())
        assert principal == loan["principal"]
    assert found > 2


def test_a_rescheduled_loan_has_a_new_plan_half_a_year_later(changed: Tables) -> None:
    """182 days, moved on to a working day: never less, and never more than a golden week over."""
    versions, found = _versions(changed), 0
    for loan in _loans(changed):
        day = loan["restructured_on"]
        for rows in versions[loan["loan_id"]].values():
            before = [row for row in rows if day and row["known_at"] < day]
            after = [row for row in rows if day and row["known_at"] == day]
            if after and before[-1]["paid_on"] is None and after[0]["paid_on"] is None:
                found += 1
                assert timedelta(182) <= after[0]["due_on"] - before[-1]["due_on"] <= timedelta(182 + 10)
                assert after[0]["principal_due"] == before[-1]["principal_due"]
                assert loan["matures_on"] >= after[0]["due_on"]
    assert found > 20


def test_the_time_of_grace_costs_interest_on_what_is_left(changed: Tables) -> None:
    versions, found = _versions(changed), 0
    for loan in _loans(changed):
        if not loan["restructured_on"] or loan["repayment"] == "bullet":
            continue
        day, plan = loan["restructured_on"], versions[loan["loan_id"]]
        known = {number: [row for row in rows if row["known_at"] <= day] for number, rows in plan.items()}
        if any(len(rows) < 2 for number, rows in known.items() if number == max(plan)):
            continue
        left = sum(
            min(rows[-1]["principal_due"], rows[-2]["principal_due"] + rows[-2]["interest_due"] - rows[-1]["paid"])
            for rows in known.values()
            if rows[-1]["paid_on"] is None and len(rows) > 1
        )
        last = known[max(plan)]
        more = last[-1]["interest_due"] - last[-2]["interest_due"]
        assert abs(more - left * loan["annual_rate"] * 182 / 360) <= Decimal("0.01")
        found += 1
    assert found > 3


def test_what_instalments_say_was_paid_left_the_accounts(changed: Tables) -> None:
    lines = [row for row in changed["truth/line"].to_pylist() if row["kind"] in ("loan_principal", "loan_interest")]
    paid = sum(rows[-1]["paid"] for plan in _versions(changed).values() for rows in plan.values())
    assert paid == sum(row["amount"] for row in lines)


def test_what_became_of_a_loan_is_not_handed_on_to_the_one_that_renews_it() -> None:
    """Though every loan has been in default, rescheduled and called, its renewal starts with a clean sheet."""
    world, calendar = start(80, 20, 3)
    for month in calendar[:-2]:
        live(world, Notices(), month)
    fates = ["default", "restructured", "called", "recovered"]
    for fate in fates:
        world.book.loans[fate] = 1
    new = renew(world, calendar[-2], len(world.book.loans), stream(3, "renewal"))
    assert len(new)
    assert all((new[fate] == NOBODY).all() for fate in [*fates, "closed", "written_off"])


def test_no_instalment_is_paid_beyond_what_is_due(changed: Tables) -> None:
    for plan in _versions(changed).values():
        for rows in plan.values():
            for row in rows:
                assert row["paid"] <= row["principal_due"] + row["interest_due"]
                assert (row["paid_on"] is not None) == (row["paid"] == row["principal_due"] + row["interest_due"])


def test_own_acceptances_are_paid_to_the_bank_on_their_day_or_later(world: Tables) -> None:
    issued: dict[str, Row] = {}
    for row in sorted(world["bill"].to_pylist(), key=lambda row: row["known_at"]):
        if row["direction"] == "out":
            issued[row["bill_id"]] = row
    due = sorted((row["enterprise_id"], row["amount"]) for row in issued.values() if row["ground"] == "purchase")
    assert len(due) == len(issued) > 20
    paid = [row for row in world["truth/line"].to_pylist() if row["kind"] == "bill_out"]
    assert paid
    first = {}
    for row in sorted(issued.values(), key=lambda row: row["matures_on"], reverse=True):
        first[row["enterprise_id"], row["amount"]] = row["matures_on"]
    matched = [(row, first.get((f"E{row['account_id'][1:7]}", row["amount"]))) for row in paid]
    # Bills of the months before the first that is shown mature unseen.
    assert sum(day is not None for _, day in matched) > 0.8 * len(paid) - 20
    assert all(row["booked_at"] >= day for row, day in matched if day)
