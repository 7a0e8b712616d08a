"""Laws of a whole small world."""

from collections import defaultdict
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.contract import TABLES
from simulation import digest, simulate

Tables = dict[str, pa.Table]


def _world(seed: int, enterprises: int = 40, months: int = 9) -> Tables:
    parts: dict[str, list[pa.Table]] = defaultdict(list)
    for name, rows in simulate(enterprises, months, seed):
        parts[name].append(rows)
    return {name: pa.concat_tables(rows) for name, rows in parts.items()}


@pytest.fixture(scope="module")
def world() -> Tables:
    return _world(7)


def test_same_seed_same_world_other_seed_another(world: Tables) -> None:
    again, other = _world(7), _world(8)
    assert all(again[name].equals(rows) for name, rows in world.items())
    assert not other["line"].equals(world["line"])


def test_every_table_keeps_the_contract(world: Tables) -> None:
    for name, rows in world.items():
        if name in TABLES:
            assert rows.schema == TABLES[name].schema
            assert all(field.nullable or not rows[field.name].null_count for field in TABLES[name].schema)


def test_versions_are_unique(world: Tables) -> None:
    for name, rows in world.items():
        if name in TABLES:
            keys = list(TABLES[name].version_key)
            assert rows.group_by(keys).aggregate([]).num_rows == rows.num_rows, name


def test_every_balance_is_the_one_before_plus_or_minus_the_line(world: Tables) -> None:
    """Law of the ledger, to the cent, in seen and unseen accounts."""
    before: dict[str, int] = {}
    lines = world["truth/line"].select(["account_id", "direction", "amount", "balance_after"])
    checked = 0
    for row in lines.to_pylist():
        moved = row["amount"] if row["direction"] == "in" else -row["amount"]
        if row["account_id"] in before:
            assert before[row["account_id"]] + moved == row["balance_after"]
            checked += 1
        assert row["balance_after"] >= 0
        before[row["account_id"]] = row["balance_after"]
    assert checked > 5000


def test_a_payment_between_two_firms_stands_in_both_accounts(world: Tables) -> None:
    lines = world["truth/line"]
    inside = lines.filter(pc.starts_with(lines["counterparty_id"], "E"))
    inside = inside.filter(pc.is_in(inside["kind"], pa.array(["purchase", "sale"])))
    firm = pc.binary_join_element_wise("E", pc.utf8_slice_codeunits(inside["account_id"], 1, 7), "")
    out = pc.equal(inside["direction"], "out")
    payer, payee = pc.if_else(out, firm, inside["counterparty_id"]), pc.if_else(out, inside["counterparty_id"], firm)
    pairs = pa.table(
        {"payer": payer, "payee": payee, "day": inside["booked_at"], "amount": inside["amount"], "out": out}
    )
    left, right = pairs.filter(pairs["out"]), pairs.filter(pc.invert(pairs["out"]))
    order = [(name, "ascending") for name in ("payer", "payee", "day", "amount")]
    assert left.num_rows > 50
    assert left.sort_by(order).drop(["out"]).equals(right.sort_by(order).drop(["out"]))


def test_nothing_is_known_after_the_last_day_or_before_it_happened(world: Tables) -> None:
    lines = world["line"]
    assert pc.all(pc.greater_equal(lines["known_at"], lines["booked_at"])).as_py()
    told = [rows["known_at"] for name, rows in world.items() if name in TABLES and rows.num_rows]
    assert max(pc.max(known).as_py() for known in told) == date(2025, 12, 31)


def test_the_parameters_have_a_fingerprint() -> None:
    assert len(digest()) == 64
