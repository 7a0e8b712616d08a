import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.contract import TABLES
from features.engine import connect
from features.errors import ContractError, CreditError
from pipelines.settings import ROOT
from pipelines.storage.partitions import Partitions
from pipelines.store import SourceRecord, Store


def invoices(*days, known=date(2024, 4, 1), start=0):
    rows = [
        {
            "invoice_id": f"I{number}",
            "enterprise_id": f"E{number % 2}",
            "direction": "in",
            "number": str(number),
            "issued_on": day,
            "counterparty_id": "C1",
            "net": Decimal("100.00"),
            "vat": Decimal("13.00"),
            "gross": Decimal("113.00"),
            "known_at": known,
        }
        for number, day in enumerate(days, start=start)
    ]
    return pa.Table.from_pylist(rows, schema=TABLES["invoice"].schema)


DAYS = (date(2024, 1, 31), date(2024, 2, 1), date(2024, 1, 1), date(2024, 3, 15), date(2024, 2, 29))


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def snapshot(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_store_that_is_not_there_has_every_table_empty_and_typed(store):
    facts = store.facts(connect())
    assert set(facts) == set(TABLES)
    assert facts["line"].count().execute() == 0
    assert facts["line"].schema().names == TABLES["line"].names
    assert str(facts["line"].schema()["amount"]) == "decimal(18, 2)"
    assert store.files("line") == []
    assert not store.root.exists()


def test_rows_are_partitioned_by_month_and_the_month_is_no_column(store):
    store.commit([("invoice", invoices(*DAYS))])
    folders = [file.parent.relative_to(store.root).as_posix() for file in store.files("invoice")]
    assert folders == ["invoice/month=2024-01", "invoice/month=2024-02", "invoice/month=2024-03"]
    assert store.rows("invoice") == store.largest == 5
    table = store.facts(connect())["invoice"]
    assert table.schema().names == TABLES["invoice"].names
    assert table.gross.sum().execute() == Decimal("565.00")


def test_a_table_without_months_is_one_file(store):
    firm = dict.fromkeys(TABLES["enterprise"].names)
    firm |= {"enterprise_id": "E1", "name": "甲厂", "known_at": date(2024, 1, 1)}
    store.commit([("enterprise", pa.Table.from_pylist([firm], schema=TABLES["enterprise"].schema))])
    assert [file.parent.name for file in store.files("enterprise")] == ["enterprise"]


def test_rows_of_a_firm_lie_side_by_side(store):
    store.commit([("invoice", invoices(*[date(2024, 1, 5)] * 6))])
    firms = pq.read_table(store.files("invoice")[0]).column("enterprise_id").to_pylist()
    assert firms == sorted(firms)


def test_the_same_rows_in_any_order_and_portion_are_the_same_store(tmp_path):
    rows = invoices(*DAYS)
    one, other = Store(tmp_path / "one"), Store(tmp_path / "other")
    one.commit([("invoice", rows)])
    other.commit([("invoice", rows.slice(place, 1)) for place in (3, 0, 4, 2, 1)])
    assert one.content_hash == other.content_hash
    assert snapshot(one.root) == snapshot(other.root)


def test_pieces_spooled_to_disk_make_the_same_files(tmp_path):
    rows = invoices(*DAYS)
    in_memory = list(Partitions(tmp_path / "a").write([("invoice", rows)]))
    spooled = list(Partitions(tmp_path / "b", buffer_bytes=1).write(("invoice", rows.slice(n, 1)) for n in range(5)))
    assert spooled == in_memory
    assert not list((tmp_path / "b" / "spool").rglob("*.arrow"))


def test_committing_twice_changes_nothing_and_a_new_row_does(store):
    store.commit([("invoice", invoices(*DAYS))])
    before = snapshot(store.root)
    store.commit([("invoice", invoices(*DAYS))])
    assert snapshot(store.root) == before
    content = store.content_hash
    store.commit([("invoice", invoices(date(2024, 1, 7), start=9))])
    assert store.content_hash != content
    assert store.rows("invoice") == 6


def test_what_was_ingested_is_recorded(store):
    record = SourceRecord(digest="ab12", kind="contract", files=("line.csv",), rows_in=2, kept={"line": 2})
    store.commit([], record)
    assert store.source("ab12") == record
    assert store.source("cd34") is None


@pytest.mark.parametrize("step", range(4))
def test_a_failure_between_two_steps_leaves_the_old_state(store, monkeypatch, step):
    store.commit([("invoice", invoices(date(2024, 1, 1)))])
    content, files = store.content_hash, store.files("invoice")
    steps, replace = iter(range(step + 1)), Path.replace

    def fail(self, target):
        if next(steps) == step:
            raise OSError("disk gone")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk gone"):
        store.commit([("invoice", invoices(*DAYS, start=5))])
    monkeypatch.undo()
    assert (store.content_hash, store.files("invoice")) == (content, files)
    store.commit([("invoice", invoices(date(2024, 5, 1), start=20))])
    assert store.rows("invoice") == 2
    assert len(list((store.root / "invoice").rglob("*.parquet"))) == 2
    assert not (store.root / ".staging").exists()


KILLED = """
import os, sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {root!r}]
from test_store import DAYS, invoices
from pipelines.store import Store
replace, left = Path.replace, [2]
def stop(self, target):
    left[0] -= 1
    if not left[0]:
        os._exit(9)
    return replace(self, target)
Path.replace = stop
Store(Path({store!r})).commit([("invoice", invoices(*DAYS, start=5))])
"""


def test_a_killed_process_leaves_the_old_state(store):
    store.commit([("invoice", invoices(date(2024, 1, 1)))])
    content = store.content_hash
    script = KILLED.format(tests=str(Path(__file__).parent), root=str(ROOT), store=str(store.root))
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    assert store.content_hash == content
    assert store.facts(connect())["invoice"].count().execute() == 1
    assert len(list((store.root / "invoice").rglob("*.parquet"))) == 2, "the killed job left a file behind"
    store.commit([])
    assert len(list((store.root / "invoice").rglob("*.parquet"))) == 1


def test_findings_of_a_killed_ingest_are_swept_and_those_of_a_recorded_one_stay(store):
    record = SourceRecord(digest="ab12", kind="contract", files=(), rows_in=0)
    store.commit([], record)
    for digest in ("ab12", "dead"):
        store.docs(digest).mkdir(parents=True)
        store.quarantine(digest).mkdir(parents=True)
    store.commit([])
    assert store.docs("ab12").exists()
    assert store.quarantine("ab12").exists()
    assert not store.docs("dead").exists()
    assert not store.quarantine("dead").exists()


def test_two_writers_do_not_collide(store):
    with store.writing(), pytest.raises(CreditError, match="another process is writing to this store; wait until"):
        Store(store.root).commit([("invoice", invoices(*DAYS))])
    store.commit([("invoice", invoices(*DAYS))])
    assert store.rows("invoice") == 5


def test_threads_that_share_a_store_take_turns(store):
    with ThreadPoolExecutor(1) as other:
        with store.writing() as staging, store.writing():  # a thread may nest it
            (staging / "mine").touch()
            with pytest.raises(CreditError, match=r"另一进程.*another process is writing to this store"):
                other.submit(store.commit, [("invoice", invoices(*DAYS))]).result()
            waiting = other.submit(waits, store)
            assert (staging / "mine").exists()
        assert waiting.result() == []  # a folder of its own, once the first had ended


def waits(store):
    with store.writing(wait=60) as staging:
        return [*staging.iterdir()]


def test_a_failed_first_commit_leaves_no_folder(store):
    def broken():
        yield "invoice", invoices(*DAYS)
        raise ContractError("否", "no")

    with pytest.raises(ContractError):
        store.commit(broken())
    assert not store.root.exists()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (invoices(*DAYS).drop_columns(["vat"]), "invoice: lacks column vat; expected invoice_id, enterprise_id"),
        (
            invoices(*DAYS).set_column(2, "direction", pa.nulls(5, pa.string())),
            "invoice: column 'direction' has 5 nulls; expected none",
        ),
        (
            invoices(*DAYS).set_column(6, "net", pa.array(["x"] * 5)),
            r"invoice: column 'net' is not decimal128\(18, 2\)",
        ),
        (
            invoices(*DAYS).set_column(6, "net", pa.array([Decimal("1.005")] * 5)),
            r"invoice: column 'net' is not decimal128\(18, 2\)",
        ),
    ],
)
def test_rows_that_break_the_schema_are_refused(store, rows, words):
    with pytest.raises(ContractError, match=words):
        store.commit([("invoice", rows)])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not a manifest .* restore it or rebuild the store"),
        ("{}", "not a manifest .* restore it or rebuild the store"),
        ("[]", "not a manifest .* restore it or rebuild the store"),
        ('{"contract": "1.0.0", "files": [], "sources": []}', "not a manifest .* restore it or rebuild the store"),
        ('{"contract": "0.9.0"}', "written under contract 0.9.0, this is .*; ingest the sources again"),
    ],
)
def test_a_manifest_that_cannot_be_used_says_what_to_do(store, text, words):
    store.root.mkdir()
    (store.root / "manifest.json").write_text(text)
    with pytest.raises(ContractError, match=words):
        _ = store.content_hash


def test_derived_data_is_a_folder_beside(store):
    assert store.derived("panel") == store.root / "derived" / "panel"


def test_two_stores_read_through_one_engine_are_each_themselves(tmp_path):
    full, empty = Store(tmp_path / "full"), Store(tmp_path / "empty")
    full.commit([("invoice", invoices(*DAYS))])
    backend = connect()
    counts = [store.facts(backend)["invoice"].count().execute() for store in (full, empty, full)]
    assert counts == [5, 0, 5]
