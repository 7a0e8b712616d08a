import os
import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.contract import TABLES
from features.engine import connect, run
from features.panel import build
from pipelines import panel as job
from pipelines import side_by_side
from pipelines.features import compute
from pipelines.labels import KEPT
from pipelines.other_firms import _write
from pipelines.settings import conf_path
from pipelines.storage.parts import draft
from pipelines.store import Store

AS_OF = date(2024, 6, 15)
FIRM = {"enterprise_id": "a", "name": "甲厂", "known_at": date(2023, 1, 1)}
ACCOUNT = {"account_id": "a1", "enterprise_id": "a", "holder": "firm", "kind": "basic", "institution": "b",
           "currency": "CNY", "known_at": date(2023, 1, 1)}  # fmt: skip


def line(number, amount, **more):
    day = date(2024, 5, number)
    return {"line_id": f"l{number}", "account_id": "a1", "enterprise_id": "a", "booked_at": day, "sequence": number,
            "direction": "in", "amount": amount, "summary": "货款", "known_at": day} | more  # fmt: skip


@pytest.fixture
def add(tmp_path, table):
    """Add rows to the store; gives the store."""

    def rows(**some):
        store = Store(tmp_path / "store")
        store.commit((name, table(name, found).cast(TABLES[name].schema)) for name, found in some.items())
        return store

    return rows


@pytest.fixture
def store(add):
    return add(enterprise=[FIRM], account=[ACCOUNT], line=[line(1, "100.00")])


@pytest.fixture
def built(monkeypatch):
    """How often a panel was built."""
    times = []
    build = job._build
    monkeypatch.setattr(job, "_build", lambda *args: times.append(1) or build(*args))
    return times


def contents(store):
    folder = store.derived("panel")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def total(store):
    return job.panel(store, connect())["flow"].amount.sum().execute()


def test_a_panel_is_built_once_for_the_same_facts(store, built):
    assert float(total(store)) == 100.0
    assert float(total(store)) == 100.0
    assert float(total(Store(store.root))) == 100.0
    assert len(built) == 1


def test_threads_of_one_service_that_find_no_panel_build_it_once(store, built):
    with ThreadPoolExecutor(4) as pool:
        found = [future.result() for future in [pool.submit(total, store) for _ in range(4)]]
    assert [float(amount) for amount in found] == [100.0] * 4
    assert len(built) == 1


def test_two_writers_of_a_months_figures_do_not_take_each_others_draft(tmp_path):
    file, rows = tmp_path / "peers" / "2024-06-01.ab.parquet", pa.table({"value": pa.array(range(200_000))})
    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(lambda _: _write(rows, file), range(16))] == [None] * 16
    assert pq.read_table(file).equals(rows)
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_draft_that_a_killed_process_left_goes_after_a_day(tmp_path):
    file, rows = tmp_path / "2024-06-01.ab.parquet", pa.table({"value": [1]})
    left, begun = draft(file), draft(file)
    for path in (left, begun):
        path.write_text("half")
    os.utime(left, (time.time() - 2 * 86_400,) * 2)
    _write(rows, file)
    assert sorted(tmp_path.iterdir()) == sorted([file, begun])


def test_new_facts_build_it_again(store, add, built):
    total(store)
    assert float(total(add(line=[line(2, "20.00")]))) == 120.0
    assert len(built) == 2


def test_other_rules_build_it_again(store, built, tmp_path, monkeypatch):
    assert compute(store, pd.DataFrame({"enterprise_id": ["a"], "as_of": [AS_OF]}))["income_sum_12m"][0] == 100.0
    own = tmp_path / "conf"
    own.mkdir()
    text = conf_path("flow_rules.yaml").read_text(encoding="utf-8")
    loan = "  - { id: mine, category: account_bank, nature: financing, summary: 货款 }\n"
    (own / "flow_rules.yaml").write_text(text.replace("rules:\n", f"rules:\n{loan}", 1), encoding="utf-8")
    monkeypatch.setenv("SME_CREDIT_CONF", str(own))
    row = compute(store, pd.DataFrame({"enterprise_id": ["a"], "as_of": [AS_OF]})).iloc[0]
    assert (row["income_sum_12m"], row["inflow_financing_mean_12m"]) == (0.0, 100.0)
    assert len(built) == 2


def test_other_code_builds_it_again(store, built, tmp_path, monkeypatch):
    total(store)
    code = tmp_path / "code" / "features" / "panel"
    code.mkdir(parents=True)
    (code / "build.py").write_text("changed = True\n")
    monkeypatch.setattr(job, "ROOT", tmp_path / "code")
    total(store)
    assert len(built) == 2


@pytest.mark.parametrize("left", [None, "", "{", "[]"])
def test_a_panel_without_a_sound_stamp_is_not_trusted(store, built, left):
    total(store)
    stamp = store.derived("panel") / "stamp.json"
    stamp.unlink() if left is None else stamp.write_text(left)
    assert float(total(store)) == 100.0
    assert len(built) == 2


@pytest.mark.parametrize("gone", ["flow", "balance"])
def test_a_table_that_is_gone_is_built_again_and_not_read_as_empty(store, built, gone):
    total(store)
    before = contents(store)
    shutil.rmtree(store.derived("panel") / gone)
    assert float(total(store)) == 100.0
    assert (contents(store), len(built)) == (before, 2)


def test_a_part_that_may_not_be_read_is_no_empty_one(store, monkeypatch):
    """Whoever runs the tests may read all, so that the system is made to refuse."""
    total(store)

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    for name in ("listdir", "scandir"):
        monkeypatch.setattr(os, name, refuse)
    with pytest.raises(PermissionError):
        total(store)


def test_a_build_that_dies_leaves_the_old_panel(store, add, monkeypatch):
    total(store)
    before = contents(store)
    more = add(line=[line(2, "20.00")])
    with monkeypatch.context() as patch:
        patch.setattr(job, "move", lambda *_: pytest.fail("must not come so far"))
        patch.setattr(job, "run", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            job.panel(more, connect())
    assert contents(store) == before
    assert float(total(more)) == 120.0


def test_a_panel_is_no_part_of_the_facts(store):
    before = store.content_hash
    total(store)
    assert store.content_hash == before
    names = sorted(contents(store))
    assert [name for name in names if "/" not in name] == ["stamp.json"]
    assert {name.split("/")[0] for name in names if "/" in name} == {*job.TABLES, *KEPT}
    assert {re.sub(r"\.[0-9a-f]{8}$", "", name.split("/")[1]) for name in names if "/" in name} == {
        "0001-01-01",
        "2024-05-01",
        "2024-06-01",
    }


def test_firms_are_worked_on_in_batches_and_none_is_lost_or_cut(add, monkeypatch):
    """Three lines, one line, and none: two batches at three lines a batch, one at the usual size."""
    firms = [{**FIRM, "enterprise_id": one} for one in "abc"]
    accounts = [{**ACCOUNT, "account_id": f"{one}1", "enterprise_id": one} for one in "ab"]
    lines = [line(number, "1.00") for number in (1, 2, 3)]
    lines.append({**line(4, "5.00"), "account_id": "b1", "enterprise_id": "b"})
    store = add(enterprise=firms, account=accounts, line=lines)
    assert job.batches(store, lines=3) == [("a", "a"), ("b", "c")]
    assert job.batches(store) == [("a", "c")]
    whole = job.panel(store, connect())["flow"].to_pandas()
    monkeypatch.setattr(job, "batches", lambda *_, **__: [("a", "a"), ("b", "c")])
    shutil.rmtree(store.derived("panel"))
    parts = job.panel(store, connect())["flow"].to_pandas()
    assert sorted(whole.itertuples(index=False)) == sorted(parts.itertuples(index=False))
    assert len(whole) == 2


def test_a_large_firm_is_a_stretch_of_its_own_that_has_more_memory(add, monkeypatch):
    """Of five firms with a line or two the one with four is large: it is worked on last, with more memory."""
    counts = {"a": 1, "b": 2, "c": 4, "d": 1, "e": 1}
    firms = [{**FIRM, "enterprise_id": firm} for firm in counts]
    accounts = [{**ACCOUNT, "account_id": f"{firm}1", "enterprise_id": firm} for firm in counts]
    lines = [{**line(number, "1.00"), "line_id": f"{firm}{number}", "account_id": f"{firm}1", "enterprise_id": firm}
             for firm, count in counts.items() for number in range(1, count + 1)]  # fmt: skip
    store, asked = add(enterprise=firms, account=accounts, line=lines), []
    plain = {name: sorted_rows(rows) for name, rows in job.panel(store, connect()).items()}
    monkeypatch.setattr(job, "LARGE", 3)
    assert job.batches(store) == [("a", "b"), ("c", "c"), ("d", "e")]
    assert job.batches(store, lines=3) == [("a", "b"), ("c", "c"), ("d", "e")]
    assert job.batches(store, firms=["c", "d"]) == [("c", "c"), ("d", "d")]
    monkeypatch.setattr(job, "connect", lambda *of, **by: asked.extend(of[1:]) or connect(*of, **by))
    shutil.rmtree(store.derived("panel"))
    cut = {name: sorted_rows(rows) for name, rows in job.panel(store, connect()).items()}
    assert asked == ["600MB", "600MB", "1400MB"]
    assert cut == plain


def test_few_facts_are_given_one_thread_many_each_core_and_the_panel_is_the_same(random_world, tmp_path, monkeypatch):
    store, asked = Store(tmp_path / "store"), []
    store.commit((name, rows.cast(TABLES[name].schema)) for name, rows in random_world(5).items())
    monkeypatch.setattr(job, "connect", lambda *of, **by: asked.extend(of) or connect(*of, **by))
    few = {name: sorted_rows(rows) for name, rows in job.panel(store, connect()).items()}
    shutil.rmtree(store.derived("panel"))
    monkeypatch.setattr(side_by_side, "FEW", store.largest)
    many = {name: sorted_rows(rows) for name, rows in job.panel(store, connect()).items()}
    assert [threads for threads in asked if isinstance(threads, int)] == [1, os.cpu_count()]
    assert all(few[name].equals(many[name]) for name in job.TABLES)


def test_counts_are_whole_numbers_in_the_stored_panel_too(store):
    """DuckDB sums whole numbers into a wider type that Parquet holds as a float."""
    tables = job.panel(store, connect())
    counts = {"flow": ["lines"], "balance": ["negative_days"], "public": ["late", "count", "headcount"]}
    counts |= {"own": ["lines"], "restart": ["lines"], "compared": ["lines_count", "statistics_count"]}
    found = {(name, c): str(tables[name].schema()[c]) for name, columns in counts.items() for c in columns}
    assert set(found.values()) == {"int64"}, found


def test_texts_kept_as_numbers_give_the_panel_that_texts_give(random_world, tmp_path):
    facts = random_world(5)
    stranger = facts["utility_bill"].slice(0, 1).to_pylist()[0] | {"bill_id": "x", "enterprise_id": "ab"}
    store = Store(tmp_path / "store")
    store.commit((name, rows.cast(TABLES[name].schema)) for name, rows in facts.items())
    store.commit([("utility_bill", pa.Table.from_pylist([stranger], TABLES["utility_bill"].schema))])
    backend = connect()
    tables = store.facts(backend)
    texts = run(backend, "panel", partial(build, tables, job.rules()), job.rules().digest, reads=tables.values())
    for name, rows in job.panel(store, connect()).items():
        assert sorted_rows(rows).equals(sorted_rows(texts[name])), name
        assert rows.count().execute() > 0 or name == "compared"


def sorted_rows(rows):
    return rows.order_by(*rows.columns).to_pyarrow()
