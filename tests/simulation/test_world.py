"""Laws of a whole small world, to the cent."""

from collections.abc import Callable
from datetime import date
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.contract import TABLES
from features.contract.words import NATURES

Tables = dict[str, pa.Table]
INSIDE = ("purchase", "wash_out", "refund_out", "owner_out")


def test_same_seed_same_world_other_seed_another(make_world: Callable[..., Tables]) -> None:
    one, again, other = make_world(3, 25, 6), make_world(3, 25, 6), make_world(4, 25, 6)
    assert all(again[name].equals(rows) for name, rows in one.items())
    assert not other["line"].equals(one["line"])


def test_the_number_of_cores_changes_no_byte(make_world: Callable[..., Tables]) -> None:
    cores = pa.cpu_count()
    many = make_world(3, 25, 3)
    try:
        pa.set_cpu_count(1)
        one = make_world(3, 25, 3)
    finally:
        pa.set_cpu_count(cores)
    assert all(one[name].equals(rows) for name, rows in many.items())


def test_variants_are_different_worlds(make_world: Callable[..., Tables]) -> None:
    assert not make_world(3, 25, 3, "stressed")["line"].equals(make_world(3, 25, 3, "calm")["line"])


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_table_is_there_and_keeps_the_contract(world: Tables, name: str) -> None:
    rows = world[name]
    assert rows.num_rows > 0
    assert rows.schema == TABLES[name].schema
    for column in TABLES[name].columns:
        _keeps(rows[column.name], column.nullable, column.values, column.minimum)


def _keeps(values: pa.ChunkedArray, nullable: bool, allowed: tuple[str, ...], minimum: float | None) -> None:
    assert nullable or not values.null_count
    if allowed:
        assert set(pc.unique(values).to_pylist()) <= {*allowed, None}
    if minimum is not None:
        assert not pc.any(pc.less(values, pa.scalar(minimum))).as_py()


def test_versions_are_unique(world: Tables) -> None:
    for name, rows in world.items():
        if name in TABLES:
            keys = list(TABLES[name].version_key)
            assert rows.group_by(keys).aggregate([]).num_rows == rows.num_rows, name


def test_references_are_found(world: Tables) -> None:
    for name, table in TABLES.items():
        for column in table.columns:
            if column.references and name in world:
                other, key = column.references.split(".")
                known = pc.unique(world[other][key])
                found = pc.is_in(world[name][column.name].drop_null(), known)
                assert pc.all(found, min_count=0).as_py(), (name, column.name)


def test_every_balance_is_the_one_before_plus_or_minus_the_line(world: Tables) -> None:
    lines = world["truth/line"]
    account, balance = lines["account_id"].to_numpy(), _cents(lines["balance_after"])
    moved = _cents(lines["amount"]) * np.where(lines["direction"].to_numpy() == "in", 1, -1)
    order = np.argsort(account, kind="stable")
    account, balance, moved = account[order], balance[order], moved[order]
    same = account[1:] == account[:-1]
    assert same.sum() > 10_000
    assert (balance[:-1] + moved[1:] == balance[1:])[same].all()
    assert (balance >= 0).all()


def test_what_the_bank_shows_is_what_happened(world: Tables) -> None:
    """A shown line has the amount and balance of the true one, and nothing of an unseen account is shown."""
    truth = {row["line_id"]: row for row in world["truth/line"].to_pylist()}
    for row in world["line"].slice(0, 5000).to_pylist():
        real = truth[row["line_id"]]
        assert real["seen"]
        assert (real["amount"], real["balance_after"]) == (row["amount"], row["balance_after"])


def test_a_payment_between_two_firms_stands_in_both_accounts(world: Tables) -> None:
    lines = world["truth/line"]
    inside = lines.filter(pc.fill_null(pc.starts_with(lines["counterparty_id"], "E"), False))
    firm = pc.binary_join_element_wise("E", pc.utf8_slice_codeunits(inside["account_id"], 1, 7), "")
    inside = inside.filter(pc.not_equal(firm, inside["counterparty_id"]))
    pairs = _pairs(inside)
    left, right = pairs.filter(pairs["out"]).drop(["out"]), pairs.filter(pc.invert(pairs["out"])).drop(["out"])
    order = [(name, "ascending") for name in ("payer", "payee", "day", "amount")]
    assert left.num_rows > 100
    assert left.sort_by(order).equals(right.sort_by(order))


def _pairs(lines: pa.Table) -> pa.Table:
    firm = pc.binary_join_element_wise("E", pc.utf8_slice_codeunits(lines["account_id"], 1, 7), "")
    out, other = pc.equal(lines["direction"], "out"), lines["counterparty_id"]
    payer, payee = pc.if_else(out, firm, other), pc.if_else(out, other, firm)
    return pa.table({"payer": payer, "payee": payee, "day": lines["booked_at"], "amount": lines["amount"], "out": out})


def test_own_transfers_balance_out(world: Tables) -> None:
    lines = world["truth/line"].filter(pc.equal(world["truth/line"]["nature"], "own_transfer"))
    amount, out = _cents(lines["amount"]), lines["direction"].to_numpy() == "out"
    assert out.sum() > 50
    assert amount[out].sum() == amount[~out].sum()


def test_true_income_is_operating_inflow_less_refunds(world: Tables) -> None:
    lines = world["truth/line"]
    sign = np.where(lines["kind"].to_numpy() == "refund_out", -1, 0)
    operating = (lines["nature"].to_numpy() == "operating") & (lines["direction"].to_numpy() == "in")
    total = (_cents(lines["amount"]) * np.where(operating, 1, sign)).sum()
    assert total == _cents(world["truth/income"]["income"]).sum()


def test_natures_are_those_of_the_contract(world: Tables) -> None:
    assert set(pc.unique(world["truth/line"]["nature"]).to_pylist()) <= set(NATURES)


def test_nothing_is_known_after_the_last_day_or_before_it_happened(world: Tables) -> None:
    lines = world["line"]
    assert pc.all(pc.greater_equal(lines["known_at"], lines["booked_at"])).as_py()
    told = [rows["known_at"] for name, rows in world.items() if name in TABLES and rows.num_rows]
    assert max(pc.max(known).as_py() for known in told) == date(2025, 12, 31)


def test_a_reversal_undoes_a_line_of_the_same_account_and_amount(world: Tables) -> None:
    lines = {row["line_id"]: row for row in world["line"].to_pylist()}
    reversals = [row for row in lines.values() if row["reversal_of"]]
    assert reversals
    for row in reversals:
        undone = lines[row["reversal_of"]]
        assert (undone["account_id"], undone["amount"]) == (row["account_id"], row["amount"])


def test_seven_to_eighteen_percent_of_summaries_are_blank_or_mislead(world: Tables) -> None:
    blank = world["line"]["summary"].null_count / world["line"].num_rows
    assert 0.07 < blank < 0.11


def _cents(values: pa.ChunkedArray) -> np.ndarray:
    return np.array([int(value * 100) for value in values.to_pylist()], dtype=np.int64)


def test_money_comes_and_goes_only_through_named_sources(world: Tables) -> None:
    """What moves inside cancels out; what crosses the border has a name, or is cash or household money."""
    lines = world["truth/line"]
    other = lines["counterparty_id"].to_pylist()
    signed = _cents(lines["amount"]) * np.where(lines["direction"].to_numpy() == "in", 1, -1)
    kind = lines["kind"].to_numpy()
    with_firm = np.array([name is not None and name[0] == "E" for name in other])
    own_purse = np.array([name is not None and name[0] == "P" for name in other])
    assert signed[with_firm | own_purse].sum() == 0
    nameless = np.array([name is None for name in other])
    assert set(kind[nameless]) <= {"cash_sale", "cash_owner_in", "cash_out", "household_in"}


def test_balances_of_a_month_join_up(world: Tables) -> None:
    """A month opens where the month before closed, and its extremes enclose its average."""
    rows = sorted(world["account_month"].to_pylist(), key=lambda row: (row["account_id"], row["month"]))
    joined = 0
    for before, after in pairwise(rows):
        assert after["lowest_balance"] <= after["average_balance"] <= after["highest_balance"]
        if before["account_id"] == after["account_id"] and (after["month"] - before["month"]).days <= 31:
            assert before["closing_balance"] == after["opening_balance"]
            joined += 1
    assert joined > 1000


def test_the_platform_tells_what_happened_in_the_accounts_it_covers(world: Tables) -> None:
    covered = set(world["platform_month"]["enterprise_id"].to_pylist())
    lines = world["truth/line"].to_pylist()
    mine = [row for row in lines if row["account_id"].endswith("B") and f"E{row['account_id'][1:7]}" in covered]
    # December is told in January, after the last day.
    told = sum(row["amount"] for row in world["platform_month"].to_pylist())
    assert told == sum(row["amount"] for row in mine if row["booked_at"] < date(2025, 12, 1))
