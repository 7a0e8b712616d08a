"""A panel that grows with the facts equals one that is built from all of them, and opens no more than it must."""

import shutil
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from by_hand import round_loans, wallet_of, withdrawals
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.contract import TABLES
from features.engine import connect
from pipelines import panel as job
from pipelines.labels import KEPT
from pipelines.storage.parts import Parts, files
from pipelines.store import Store

FIRMS = "abcd"


def committed(folder, world):
    """A store with more facts in it."""
    store = Store(folder)
    store.commit((name, rows.cast(TABLES[name].schema)) for name, rows in world.items() if rows.num_rows)
    return store


def grow(folder, world):
    """A store with more facts in it, and its panel with them."""
    store = committed(folder, world)
    job.up_to_date(store, connect(threads=1))
    return store


def tables(store):
    """The panel of a store and the labels kept in it, each in one order; values as they are, not as floats."""
    backend = connect(threads=1)
    held, folder = job.panel(store, backend), store.derived("panel")
    for name in KEPT:
        held[name] = backend.read_parquet([*map(str, files(folder, name, Parts.read(folder).names))], table_name=name)
    return {name: rows.order_by(*rows.columns).to_pyarrow() for name, rows in held.items()}


def known(world, first, end):
    within = {name: pc.and_(pc.greater_equal(rows["known_at"], first), pc.less(rows["known_at"], end))
              for name, rows in world.items()}  # fmt: skip
    return {name: rows.filter(within[name]) for name, rows in world.items()}


def busy(world, table, rng):
    """Lines that go round, weeks apart and late, so that findings reach back over what stands; loans, payouts too."""
    lines = round_loans(rng, "a", "a1") + withdrawals(rng, "a", "aw", "a1")
    for number in range(60):
        day, late = date(2023, 2, 1) + timedelta(days=13 * number), int(rng.choice([0, 0, 30, 120]))
        payer, payee = ("p1", "p2") if number % 2 else ("p3", "p3")
        for side, party, days in (("in", payer, 0), ("out", payee, int(rng.integers(0, 15)))):
            lines.append({"line_id": f"r{number}{side}", "account_id": "a1", "enterprise_id": "a", "direction": side,
                          "booked_at": day + timedelta(days=days), "sequence": number, "amount": "50000.00",
                          "counterparty_id": party, "summary": "货款",
                          "known_at": day + timedelta(days=days + late)})  # fmt: skip
    added = {"line": table("line", lines), "account": table("account", [wallet_of("a", "aw")])}
    return world | {name: pa.concat_tables([world[name], rows]) for name, rows in added.items()}


@pytest.fixture
def world(random_world, table):
    return lambda seed: busy(random_world(seed, FIRMS), table, np.random.default_rng(seed))


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


@pytest.mark.parametrize(("portions", "seed"), [(portions_at_random, 1), (portions_by_firm, 4)])
def test_a_panel_that_grew_is_the_panel_of_all_facts(world, tmp_path, portions, seed):
    facts, rng = world(seed), np.random.default_rng(seed)
    for portion in portions(facts, rng):
        store = grow(tmp_path / "grown", portion)
    grown, whole = tables(store), tables(committed(tmp_path / "whole", facts))
    assert sum(rows.num_rows for rows in whole.values()) > 1000
    for name in ("bridged", "came_back"):  # told, and booked back
        assert {pc.sign(value).as_py() for value in pc.unique(whole["flow"][name])} == {-1, 0, 1}
    assert_same(grown, whole)


def assert_same(grown, whole):
    for name in (*job.TABLES, *KEPT):
        assert grown[name].equals(whole[name]), name


@pytest.mark.slow
@settings(
    max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 10_000),
    late=st.sampled_from([0.2, 0.02, 0]),
    stretches=st.sampled_from([[("a", "c"), ("d", "h")], [("a", "h")]]),
)
def test_months_and_late_facts_in_turn_give_the_panel_of_all_facts(
    seed, late, stretches, random_world, table, tmp_path_factory, monkeypatch
):
    """What the bank knows by each day comes in by then, but for a share that comes with the next portion.

    The first example is of the first value of each, those that ask most.
    """
    monkeypatch.setattr(job, "batches", lambda *_, **__: stretches)
    rng, root = np.random.default_rng(seed), tmp_path_factory.mktemp("law")
    facts = busy(random_world(seed, "abcdefgh"), table, rng)
    days = sorted(rng.choice(900, 3, replace=False))
    ends = np.array([date(2023, 3, 1) + timedelta(days=int(day)) for day in days], "datetime64[D]")
    places = {name: np.searchsorted(ends, rows["known_at"].to_numpy().astype("datetime64[D]"), side="right")
              + (rng.random(rows.num_rows) < late) for name, rows in facts.items()}  # fmt: skip
    for number in range(len(ends) + 2):
        portion = {name: rows.filter(pa.array(places[name] == number)) for name, rows in facts.items()}
        store = grow(root / "grown", portion)
    assert_same(tables(store), tables(committed(root / "whole", facts)))


@pytest.fixture
def labelled(monkeypatch):
    """How many lines were labelled, firm by firm, of each stretch of a panel that grew."""
    made, add = [], job.add_standing

    def seen(backend, firms, files):
        rows = backend.con.execute("SELECT enterprise_id, count(DISTINCT line_id) FROM panel_labels GROUP BY 1")
        made.append(dict(rows.fetchall()))
        add(backend, firms, files)

    monkeypatch.setattr(job, "add_standing", seen)
    return made


def steady(table, **more):
    """Two firms with a line a day of May and one of June 2024; ``more`` are rows of other tables."""
    day = date(2024, 5, 1)
    firms = [{"enterprise_id": firm, "name": f"{firm}厂", "known_at": day} for firm in "ab"]
    accounts = [{"account_id": f"{firm}1", "enterprise_id": firm, "holder": "firm", "kind": "basic", "institution": "b",
                 "currency": "CNY", "known_at": day} for firm in "ab"]  # fmt: skip
    lines = [{"line_id": f"{firm}{n}", "account_id": f"{firm}1", "enterprise_id": firm, "sequence": n,
              "booked_at": day + timedelta(days=n), "direction": "in", "amount": f"{n + 1}.00", "summary": "货款",
              "counterparty_id": "p", "known_at": day + timedelta(days=n)}
             for firm in "ab" for n in range(32)]  # fmt: skip
    rows = {"enterprise": firms, "account": accounts, "line": lines}
    rows |= {name: [*rows.get(name, ()), *added] for name, added in more.items()}
    return {name: table(name, found) for name, found in rows.items()}


def test_a_month_more_labels_its_own_lines_and_all_of_firms_with_a_new_relation(table, tmp_path, labelled, monkeypatch):
    monkeypatch.setattr(job, "batches", lambda *_, **__: [("a", "a"), ("b", "b")])
    relation = {
        "enterprise_id": "b",
        "party_id": "p",
        "name": "某",
        "relation": "shareholder",
        "known_at": date(2024, 6, 1),
    }
    again = {"line_id": "a3", "account_id": "a1", "enterprise_id": "a", "sequence": 3, "booked_at": date(2024, 5, 4),
             "direction": "out", "amount": "9.00", "summary": "货款", "known_at": date(2024, 6, 2)}  # fmt: skip
    facts = steady(table, related_party=[relation], line=[again])
    grow(tmp_path / "grown", known(facts, date(2024, 5, 1), date(2024, 6, 1)))
    grown = tables(committed(tmp_path / "grown", known(facts, date(2024, 6, 1), date(2024, 7, 1))))
    assert sorted(labelled, key=str) == [
        {"a": 2},
        {"b": 32},
    ]  # the line of June and the corrected one; every line of the other firm
    ends = {(row["line_id"], row["known_from"], row["known_on"]) for row in grown["label_end"].to_pylist()}
    assert ends == {("a3", date(2024, 5, 4), date(2024, 6, 2))} | {
        (f"b{n}", date(2024, 5, 1) + timedelta(days=n), date(2024, 6, 1)) for n in range(31)
    }
    assert_same(grown, tables(committed(tmp_path / "whole", facts)))


def test_a_bridge_ends_with_a_correction_in_another_month_than_that_of_the_repayment(table, tmp_path):
    """Of April nothing else is news."""
    loan = [(25, "in", "60000.00", "s", "往来款"), (28, "out", "110000.00", "bank", "归还贷款本金"),
            (29, "in", "120000.00", "bank", "贷款发放"), (35, "out", "61000.00", "s", "往来款")]  # fmt: skip
    lines = [{"line_id": f"loan{n}", "account_id": "a1", "enterprise_id": "a", "sequence": n, "direction": way,
              "booked_at": date(2024, 3, 31) + timedelta(days=n), "amount": amount, "counterparty_id": party,
              "summary": said, "known_at": date(2024, 5, 6)} for n, way, amount, party, said in loan]  # fmt: skip
    lines.append(lines[-1] | {"amount": "7.00", "known_at": date(2024, 6, 2)})
    facts = steady(table, line=lines)
    grow(tmp_path / "grown", known(facts, date(2024, 5, 1), date(2024, 6, 1)))
    grown = tables(committed(tmp_path / "grown", known(facts, date(2024, 6, 1), date(2024, 7, 1))))
    told = [(row["month"], row["known_on"], int(row["bridged"])) for row in grown["flow"].to_pylist() if row["bridged"]]
    april = date(2024, 4, 1)
    assert sorted(told) == [(april, date(2024, 5, 6), 110_000), (april, date(2024, 6, 2), -110_000)]
    assert_same(grown, tables(committed(tmp_path / "whole", facts)))


def test_lines_that_come_out_of_order_are_labelled_with_all_of_their_firm(table, tmp_path, labelled):
    facts = steady(table)
    middle = pc.equal(facts["line"]["line_id"], "a15")
    grow(tmp_path / "grown", facts | {"line": facts["line"].filter(pc.invert(middle))})
    grown = tables(committed(tmp_path / "grown", {"line": facts["line"].filter(middle)}))
    assert labelled == [{"a": 32}]
    assert_same(grown, tables(committed(tmp_path / "whole", facts)))


def test_a_panel_without_labels_is_built_anew(table, tmp_path, labelled):
    """As Spark leaves it."""
    facts = steady(table)
    store = grow(tmp_path / "grown", known(facts, date(2024, 5, 1), date(2024, 6, 1)))
    for name in KEPT:
        shutil.rmtree(store.derived("panel") / name)
    grown = tables(committed(store.root, known(facts, date(2024, 6, 1), date(2024, 7, 1))))
    assert labelled == []
    assert_same(grown, tables(committed(tmp_path / "whole", facts)))


def parts(store):
    folder = store.derived("panel")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.parquet")}


def test_a_new_month_and_late_facts_open_no_part_before_they_are_known(world, tmp_path):
    facts = world(3)
    months = [date(2020, 1, 1), date(2024, 9, 1), date(2024, 10, 1), date(2024, 11, 1), date(2024, 12, 1)]
    store = grow(tmp_path / "store", known(facts, *months[:2]))
    held = parts(store)
    for span in pairwise(months[1:]):
        grow(store.root, known(facts, *span))
        now, first = parts(store), span[0].isoformat()
        before = {path: rows for path, rows in held.items() if path.split("/")[1] < first}
        assert len(before) >= 2 * len(job.TABLES)
        assert {path.split("/")[0] for path in before} == {*job.TABLES, *KEPT}
        assert before == {path: rows for path, rows in now.items() if path.split("/")[1] < first}
        held = now
    days = sorted({path.split("/")[1][:10] for path in held})
    assert days == ["0001-01-01", "2024-08-01", "2024-09-01", "2024-10-01", "2024-11-01", "2024-12-01"]
    late = facts["line"].filter(pc.less(facts["line"]["booked_at"], date(2024, 11, 1)))
    assert known({"line": late}, *months[-2:])["line"].num_rows > 0
