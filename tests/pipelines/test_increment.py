"""A panel that grows with the facts equals one that is built from all of them, and opens no more than it must."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.contract import TABLES
from features.engine import connect
from pipelines import panel as job
from pipelines.store import Store

FIRMS = "abcd"


def committed(folder, world):
    """A store with more facts in it."""
    store = Store(folder)
    store.commit((name, rows.cast(TABLES[name].schema)) for name, rows in world.items() if rows.num_rows)
    return store


def tables(store):
    """The panel of a store, each table in one order; values as they are, not as floats."""
    held = job.panel(store, connect())
    return {name: rows.order_by(*rows.columns).to_pyarrow() for name, rows in held.items()}


def known(world, first, end):
    within = {name: pc.and_(pc.greater_equal(rows["known_at"], first), pc.less(rows["known_at"], end))
              for name, rows in world.items()}  # fmt: skip
    return {name: rows.filter(within[name]) for name, rows in world.items()}


def busy(world, table, rng):
    """Lines that go round, weeks apart and late, so that findings reach back over what stands."""
    lines = []
    for number in range(60):
        day, late = date(2023, 2, 1) + timedelta(days=13 * number), int(rng.choice([0, 0, 30, 120]))
        payer, payee = ("p1", "p2") if number % 2 else ("p3", "p3")
        for side, party, days in (("in", payer, 0), ("out", payee, int(rng.integers(0, 15)))):
            lines.append({"line_id": f"r{number}{side}", "account_id": "a1", "enterprise_id": "a", "direction": side,
                          "booked_at": day + timedelta(days=days), "sequence": number, "amount": "50000.00",
                          "counterparty_id": party, "summary": "货款",
                          "known_at": day + timedelta(days=days + late)})  # fmt: skip
    return world | {"line": pa.concat_tables([world["line"], table("line", lines)])}


@pytest.fixture
def world(random_world, table):
    return lambda seed: busy(random_world(seed, FIRMS), table, np.random.default_rng(seed))


def portions_by_knowledge(world, rng):
    """What was known before each of two dates, and then the rest."""
    days = [date(2020, 1, 1), *(date(2023, 6, 1) + timedelta(days=int(d)) for d in sorted(rng.integers(0, 700, 2)))]
    return [known(world, *span) for span in pairwise([*days, date(2030, 1, 1)])]


def portions_at_random(world, rng):
    """Facts in any order, so that what comes later may have been known earlier, and of one firm alone."""
    places = {name: rng.integers(0, 3, rows.num_rows) for name, rows in world.items()}
    for name, rows in world.items():
        places[name][pc.equal(rows["enterprise_id"], "d").to_numpy(zero_copy_only=False)] = 2
    return [{name: rows.filter(pa.array(places[name] == n)) for name, rows in world.items()} for n in range(3)]


def portions_by_firm(world, rng):
    """News of firms on both sides of one without news, and then of that one."""
    early = {name: rng.random(rows.num_rows) < 0.7 for name, rows in world.items()}
    some = {name: pc.is_in(rows["enterprise_id"], pa.array(["a", "c"])).to_numpy() for name, rows in world.items()}
    return [{name: rows.filter(pa.array(chosen(early[name], some[name]))) for name, rows in world.items()}
            for chosen in (lambda e, s: e, lambda e, s: ~e & s, lambda e, s: ~e & ~s)]  # fmt: skip


@pytest.mark.parametrize(
    ("portions", "seed"), [(portions_by_knowledge, 2), (portions_at_random, 1), (portions_by_firm, 4)]
)
def test_a_panel_that_grew_is_the_panel_of_all_facts(world, tmp_path, portions, seed):
    facts, rng = world(seed), np.random.default_rng(seed)
    for portion in portions(facts, rng):
        grown = tables(committed(tmp_path / "grown", portion))
    whole = tables(committed(tmp_path / "whole", facts))
    assert sum(rows.num_rows for rows in whole.values()) > 1000
    for name in job.TABLES:
        assert grown[name].equals(whole[name]), name


def parts(store):
    folder = store.derived("panel")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.parquet")}


def test_a_new_month_and_late_facts_open_no_part_before_they_are_known(world, tmp_path):
    facts = world(3)
    months = [date(2020, 1, 1), date(2024, 9, 1), date(2024, 10, 1), date(2024, 11, 1), date(2024, 12, 1)]
    store = committed(tmp_path / "store", known(facts, *months[:2]))
    tables(store)
    held = parts(store)
    for span in pairwise(months[1:]):
        committed(store.root, known(facts, *span))
        tables(store)
        now, first = parts(store), span[0].isoformat()
        before = {path: rows for path, rows in held.items() if path.split("/")[1] < first}
        assert len(before) >= 2 * len(job.TABLES)
        assert before == {path: rows for path, rows in now.items() if path.split("/")[1] < first}
        held = now
    days = sorted({path.split("/")[1][:10] for path in held})
    assert days == ["0001-01-01", "2024-08-01", "2024-09-01", "2024-10-01", "2024-11-01", "2024-12-01"]
    late = facts["line"].filter(pc.less(facts["line"]["booked_at"], date(2024, 11, 1)))
    assert known({"line": late}, *months[-2:])["line"].num_rows > 0
