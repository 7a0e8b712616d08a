"""The monthly run on the sample firms: the same bytes however often it is killed and whatever is learned later."""

import fcntl
import hashlib
import multiprocessing
import os
import shutil
import signal
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from homes import home_in, sample_store

import pipelines.monitor
import pipelines.watch.watched
from features.errors import CreditError
from pipelines.features import compute
from pipelines.monitor import monitor
from pipelines.record import Record
from pipelines.settings import ROOT

AS_OF = date(2025, 9, 1)


def known_before(name, rows):
    """Only what was known before the date; a consent counts on its day."""
    return rows.filter(pc.less(rows["known_at"], pa.scalar(AS_OF)))


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with home_in(tmp_path_factory.mktemp("monitor-home")) as patch:
        yield patch


@pytest.fixture(scope="module")
def store(tmp_path_factory, home):
    return sample_store(tmp_path_factory.mktemp("monitor-store"))


@pytest.fixture(scope="module")
def whole(store, tmp_path_factory):
    """An undisturbed run, and where it stands."""
    out = tmp_path_factory.mktemp("whole")
    return monitor(store, AS_OF, out, "li"), out


def test_it_writes_the_tables_and_the_page_and_nothing_else(whole):
    _, out = whole
    assert sorted(digests(out)) == [
        "classes.parquet", "limit_actions.parquet", "signal_quality.parquet", "signals.parquet",
        "watch_list.html", "watch_list.parquet",
    ]  # fmt: skip
    firms = pd.read_parquet(out / "watch_list.parquet")
    assert firms["enterprise_id"].is_unique
    assert set(firms["status"]) <= {"watch", "collection", "none", "not_read"}


def test_firms_without_consent_are_named_and_not_read(store, whole):
    done, out = whole
    firms = pd.read_parquet(out / "watch_list.parquet").set_index("enterprise_id")
    consents = store.files("consent")
    asked = pd.concat(map(pd.read_parquet, consents))
    without = set(firms.index) - set(asked.loc[asked["purpose"] == "03", "enterprise_id"])
    assert without
    assert set(firms.index[firms["status"] == "not_read"]) == set(done.refused)
    assert without <= set(done.refused)
    with Record() as record:
        read = {event.enterprise_id for event in record.events(action="query")}
        refused = {event.enterprise_id for event in record.events(action="query_refused")}
        purposes = {event.content["purpose"] for event in record.events()}
        assert record.verify() == ""
    assert set(done.refused) <= refused
    assert not read & without
    assert purposes == {"03"}
    page = (out / "watch_list.html").read_text(encoding="utf-8")
    assert all(f"Firm {firm} has no live consent" in page for firm in done.refused)


def test_run_twice_nothing_doubles(store, whole):
    _, out = whole
    before = digests(out)
    monitor(store, AS_OF, out, "li")
    assert digests(out) == before
    from pipelines.tracking.runs import connect

    assert len(connect().search_runs(experiment_names=["monitor"], output_format="list")) == 1


def _killed(store, out, after):
    """Run in a process of its own that is killed once it has begun so many batches."""

    def watch(items, _):
        for number, item in enumerate(items):
            if number == after:
                os.kill(os.getpid(), signal.SIGKILL)
            yield item

    def work():
        monitor(store, AS_OF, out, "li", watch=watch)

    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join(120)
    return child.exitcode


@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_killed_and_resumed_in_small_batches_it_says_the_same(store, whole, tmp_path, monkeypatch):
    monkeypatch.setattr(pipelines.watch.watched, "FIRMS_A_BATCH", 16)
    stale = tmp_path / f".{AS_OF}-0123456789abcdef"
    stale.mkdir()
    shutil.copy(whole[1] / "watch_list.parquet", stale / "000000.parquet")  # of other facts: not to be taken up
    assert _killed(store, tmp_path, 0) == -signal.SIGKILL
    assert _killed(store, tmp_path, 1) == -signal.SIGKILL
    assert [path for path in tmp_path.iterdir() if not path.name.startswith(".")] == []
    with Record() as record:
        asked = sum(1 for _ in record.events(action="query"))
    monitor(store, AS_OF, tmp_path, "li")
    assert digests(tmp_path) == digests(whole[1])
    with Record() as record:
        again = sum(1 for _ in record.events(action="query")) - asked
    assert again == len(whole[0].tables.read) - 16  # the batch that was done is not read again


def test_it_takes_up_what_the_month_before_read_and_says_the_same(whole, tmp_path, monkeypatch):
    other, asked = sample_store(tmp_path / "store"), []
    monitor(other, date(2025, 8, 1), tmp_path / "before", "li")
    monkeypatch.setattr(
        pipelines.watch.watched, "compute", lambda s, rows, **k: asked.append(rows) or compute(s, rows, **k)
    )
    monitor(other, AS_OF, tmp_path / "out", "li")
    assert digests(tmp_path / "out") == digests(whole[1])
    months = pd.concat(asked).groupby("as_of")["enterprise_id"].nunique()
    assert months.to_dict() == {pd.Timestamp(AS_OF): len(whole[0].tables.read)}


def test_what_it_says_of_a_date_does_not_change_when_more_is_known(whole, tmp_path):
    past = sample_store(tmp_path / "past", known_before)
    assert past.rows("line") < pq.read_metadata(ROOT / "data_samples" / "line.parquet").num_rows
    monitor(past, AS_OF, tmp_path / "out", "li")
    assert digests(tmp_path / "out") == digests(whole[1])


def test_facts_that_come_in_meanwhile_put_no_query_on_the_record_twice(whole, tmp_path, table):
    store, readings = sample_store(tmp_path / "store"), []
    with Record() as record:
        before = record.head().id
    newcomer = min(whole[0].refused)
    given = {"consent_id": "new", "enterprise_id": newcomer, "purpose": "03", "scope": "*", "known_at": AS_OF,
             "valid_from": AS_OF, "valid_to": AS_OF}  # fmt: skip

    def watch(items, _):
        readings.append(len(items))
        for item in items:
            yield item
            store.commit([("consent", table("consent", [given]))])

    done = monitor(store, AS_OF, tmp_path / "out", "li", watch=watch)
    with Record() as record:
        asked = [(e.action, e.enterprise_id) for e in record.events() if e.id > before]
    assert len(readings) == 2
    queries, refusals = (
        {("query", firm) for firm in done.tables.read},
        {("query_refused", f) for f in whole[0].refused},
    )
    assert ("query", newcomer) in queries
    assert sorted(asked) == sorted(queries | refusals)


def test_two_runs_into_one_folder_do_not_meet(store, tmp_path):
    held = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(CreditError, match="another month is being written there; wait"):
        monitor(store, AS_OF, tmp_path, "li")
    os.close(held)
    assert list(tmp_path.iterdir()) == []
