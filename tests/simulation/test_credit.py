"""Credit: what the tables say of a loan is what became of it."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

Tables = dict[str, pa.Table]
Row = dict[str, Any]
END = date(2025, 12, 31)


@pytest.fixture(scope="module")
def hard(make_world: Callable[..., Tables]) -> Tables:
    return make_world(11, 260, 34, "stressed")


def _last(rows: pa.Table, *key: str) -> dict[tuple[Any, ...], Row]:
    found: dict[tuple[Any, ...], Row] = {}
    for row in sorted(rows.to_pylist(), key=lambda row: row["known_at"]):
        found[tuple(row[name] for name in key)] = row
    return found


def test_every_default_can_be_seen_in_the_tables(hard: Tables) -> None:
    """A loan is in default when it was rescheduled in distress or an instalment was more than 90 days late."""
    late = defaultdict(bool)
    for row in _last(hard["instalment"], "loan_id", "number").values():
        late[row["loan_id"]] |= (row["paid_on"] or END) - row["due_on"] > timedelta(days=90)
    loans = _last(hard["loan"], "loan_id")
    real = {row["loan_id"]: row["defaulted_on"] for row in hard["truth/loan"].to_pylist()}
    assert sum(day is not None for day in real.values()) > 5
    for (loan,), row in loans.items():
        assert (real[loan] is not None) == (late[loan] or row["restructured_on"] is not None), loan


def test_only_the_admitted_get_a_loan(hard: Tables) -> None:
    outcome = {row["application_id"]: row["outcome"] for row in hard["application"].to_pylist()}
    lent = {row["application_id"] for row in hard["loan"].to_pylist()}
    assert {outcome[number] for number in lent if number in outcome} <= {"admitted", "admitted_at_random"}
    assert "admitted_at_random" in outcome.values()


def test_a_renewal_starts_no_earlier_than_the_loan_it_renews_matures(hard: Tables) -> None:
    loans = {key[0]: row for key, row in _last(hard["loan"], "loan_id").items()}
    renewals = [row for row in loans.values() if row["renewed_from"] in loans]
    assert len(renewals) > 5
    assert all(row["disbursed_on"] >= loans[row["renewed_from"]]["matures_on"] for row in renewals)


def test_disbursements_stand_in_the_account(hard: Tables) -> None:
    money_in = [row for row in hard["truth/line"].to_pylist() if row["kind"] == "loan_in"]
    lent = {(row["enterprise_id"], row["disbursed_on"], row["principal"]) for row in hard["loan"].to_pylist()}
    for row in money_in:
        assert (f"E{row['account_id'][1:7]}", row["booked_at"], row["amount"]) in lent


def test_a_closed_loan_is_paid_in_full(hard: Tables) -> None:
    left: dict[str, int] = defaultdict(int)
    for row in _last(hard["instalment"], "loan_id", "number").values():
        left[row["loan_id"]] += row["paid_on"] is None
    for (loan,), row in _last(hard["loan"], "loan_id").items():
        if row["closed_on"] and row["closed_on"] < END:
            assert not left[loan]


def test_rings_of_the_truth_have_their_lines(hard: Tables) -> None:
    rings = {row["ring"] for row in hard["truth/ring"].to_pylist()}
    sham = [row for row in hard["truth/line"].to_pylist() if row["kind"] in ("wash_in", "wash_out", "related_in")]
    assert sham
    # Proceeds of a loan that come back over a friend belong to no ring: their reference is -1.
    assert {row["reference"] for row in sham} <= {*rings, -1}


def test_circles_pass_money_on(hard: Tables) -> None:
    circle = {row["ring"] for row in hard["truth/ring"].to_pylist() if row["design"] == "circle"}
    firms = defaultdict(set)
    for row in hard["truth/ring"].to_pylist():
        if row["ring"] in circle:
            firms[row["ring"]].add(row["enterprise_id"])
    assert all(len(members) <= 3 for members in firms.values())


def test_a_group_is_two_firms_that_name_each_other(world: Tables) -> None:
    related = [row for row in world["related_party"].to_pylist() if row["party_id"].startswith("E")]
    pairs = {(row["enterprise_id"], row["party_id"]) for row in related}
    assert pairs
    assert pairs == {(b, a) for a, b in pairs}
    partner = dict(pairs)
    for row in world["loan"].to_pylist():
        inside = {row["enterprise_id"], partner.get(row["enterprise_id"], "")}
        assert (row["group_id"] is not None) == (row["enterprise_id"] in partner)
        assert row["group_id"] is None or row["group_id"][1:] in inside
