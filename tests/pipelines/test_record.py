"""The record on real databases: SQLite always, PostgreSQL where its server can be started."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import create_engine, text

from pipelines.record import Draft, Record, RecordError
from pipelines.record.chain import GENESIS, canonical, first_break, link


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'record.db'}"
    server = request.getfixturevalue("postgres")
    name = f"record_{abs(hash(tmp_path))}"
    admin = create_engine(server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return server.replace("/postgres?", f"/{name}?")


def test_a_database_without_a_record_is_called_one_and_named_as_its_user_wrote_it(url):
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).touch()
    with Record(url, read_only=True) as record, pytest.raises(RecordError) as error:
        record.verify()
    place = url.partition("?")[0].replace("postgres:@", "postgres:***@")
    for said, words in (
        (error.value.zh, "中没有记录，请核对"),
        (error.value.en, "holds no record; check DATABASE_URL"),
    ):
        assert said.startswith(place)
        assert words in said
        assert "SELECT" not in said


def test_no_password_of_an_address_is_told():
    url = "postgres://li:pine@bank/audit?sslmode=require&password=birch&sslpassword=oak"
    with Record(url, read_only=True) as record:
        assert record.place == "postgres://li:***@bank/audit?sslmode=require"


def query(firm="E1", staff="li", **payload):
    return Draft(staff=staff, action="query", enterprise_id=firm, subject="C1", payload=payload)


def raw(url, *statements):
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


def unguarded(url, *statements):
    """What somebody with the database's owner rights can do: take the guards away first."""
    if url.startswith("sqlite"):
        guards = [f"DROP TRIGGER event_no_{name}" for name in ("update", "delete", "replace")]
    else:
        guards = [f"DROP TRIGGER event_no_{name} ON event" for name in ("change", "truncate")]
    raw(url, *guards, *statements)


def test_an_event_comes_back_as_it_was_written(url):
    with Record(url) as record:
        (written,) = record.append(query(purpose="01", 金额=0.1, missing=float("nan")))
        assert list(record.events()) == [written]
        assert written.id == 1
        assert written.previous_hash == GENESIS
        assert written.content == {"purpose": "01", "金额": 0.1, "missing": None, "name_from": "trust"}
        assert written.at.endswith("Z")
        assert record.verify() == ""


def test_events_survive_reopening_and_are_found_by_column(url):
    with Record(url) as record:
        record.append(query("E1"), query("E2"))
    with Record(url) as record:
        record.append(query("E1"))
        assert [event.id for event in record.events(enterprise_id="E1")] == [1, 3]
        assert record.head().id == 3
        assert record.verify() == ""


@pytest.mark.parametrize(
    "statement",
    ["UPDATE event SET staff = 'wang'", "DELETE FROM event WHERE id = 2", "DELETE FROM event"],
)
def test_the_database_refuses_change(url, statement):
    with Record(url) as record:
        record.append(query(), query())
        with pytest.raises(Exception, match="append-only"):
            raw(url, statement)
        assert record.verify() == ""
        assert len(list(record.events())) == 2


def test_sqlite_refuses_a_replacing_insert(tmp_path):
    url = f"sqlite:///{tmp_path / 'r.db'}"
    with Record(url) as record:
        record.append(query(), query())
        with pytest.raises(Exception, match="after the last one"):
            raw(url, "INSERT OR REPLACE INTO event SELECT id, at, 'wang', action, enterprise_id, subject, payload, "
                "previous_hash, hash FROM event WHERE id = 1")  # fmt: skip
        assert record.verify() == ""


def test_postgresql_refuses_truncate(postgres, request):
    with Record(postgres) as record:
        record.append(query())
        with pytest.raises(Exception, match="TRUNCATE refused"):
            raw(postgres, "TRUNCATE event")


def test_in_postgresql_a_role_that_may_only_insert_and_select_suffices(postgres):
    with Record(postgres):
        pass
    raw(postgres, "CREATE ROLE clerk LOGIN", "GRANT SELECT, INSERT ON event TO clerk")
    clerk = postgres.replace("//postgres:@", "//clerk:@")
    with Record(clerk) as record:
        record.append(query())
        assert record.verify() == ""
    for statement in ("UPDATE event SET staff = 'wang'", "ALTER TABLE event DISABLE TRIGGER ALL"):
        with pytest.raises(Exception, match=r"permission denied|must be owner"):
            raw(clerk, statement)


def test_who_may_only_read_verifies_waits_for_nobody_and_cannot_append(url):
    """A writer holds the lock meanwhile; the database refuses, whatever the code would do."""
    with Record(url) as writer, Record(url, read_only=True) as reader:
        (event,) = writer.append(query())
        with writer._writing():
            assert (reader.verify(event.hash), reader.head()) == ("", event)
            assert "no event carries the hash 000" in reader.verify("0" * 64)
        with pytest.raises(RecordError, match=r"read-?only"):
            reader.append(query())
        assert [*writer.events()] == [event]


def test_a_role_of_postgresql_that_may_only_select_verifies(postgres):
    with Record(postgres):
        pass
    raw(postgres, "CREATE ROLE auditor LOGIN", "GRANT SELECT ON event TO auditor")
    with Record(postgres.replace("//postgres:@", "//auditor:@"), read_only=True) as record:
        assert record.verify() == ""


def test_a_folder_and_a_file_that_may_not_be_written_are_verified_all_the_same():
    """As another user, where this one is root: no mode holds root back."""
    with TemporaryDirectory() as place:
        file = Path(place) / "record.db"
        with Record(f"sqlite:///{file}") as record:
            (event,) = record.append(query())
        file.chmod(0o444)
        Path(place).chmod(0o555)
        me = os.geteuid()
        os.seteuid(me or 65534)
        try:
            with Record(f"sqlite:///{file}", read_only=True) as record:
                assert (record.verify(event.hash), record.head()) == ("", event)
            with pytest.raises(RecordError, match=r"cannot be written|readonly database"):
                Record(f"sqlite:///{file}")
        finally:
            os.seteuid(me)
            Path(place).chmod(0o755)
        assert [path.name for path in Path(place).iterdir()] == ["record.db"]


def test_a_record_that_is_not_there_is_not_made_by_who_reads(tmp_path):
    url = f"sqlite:///{tmp_path / 'a b#.db'}"
    with pytest.raises(RecordError, match=r"a b#\.db is not there; expected the record\.db of SME_CREDIT_HOME"):
        Record(url, read_only=True)
    assert [*tmp_path.iterdir()] == []
    with Record(url) as writer, Record(url, read_only=True) as reader:
        assert writer.append(query()) == [reader.head()]


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE event SET staff = 'wang' WHERE id = 2", "event 2 .* was changed after it was written"),
        ("UPDATE event SET payload = '{}' WHERE id = 3", "event 3 .* was changed"),
        ("DELETE FROM event WHERE id = 2", "event 2 is missing: event 3 stands in its place"),
        ("DELETE FROM event WHERE id = 1", "event 1 is missing"),
        ("UPDATE event SET previous_hash = 'f' WHERE id = 3", "event 3 does not continue"),
    ],
)
def test_tampering_names_the_first_broken_event(url, statement, fault):
    with Record(url) as record:
        record.append(query(n=1), query(n=2), query(n=3), query(n=4))
        unguarded(url, statement)
        with pytest.raises(AssertionError, match=fault):
            raise AssertionError(record.verify())


def test_a_cut_off_end_shows_against_a_head_noted_elsewhere(url):
    with Record(url) as record:
        head = record.append(query(), query(), query())[-1].hash
        assert record.verify(head) == ""
        unguarded(url, "DELETE FROM event WHERE id = 3")
        assert record.verify() == ""
        assert record.verify(head) == (
            f"没有事件的哈希为 {head}，记录末尾被截断或替换。"
            f"no event carries the hash {head}: the end of the record was cut off or replaced"
        )


def test_a_changed_decision_is_not_handed_out(url):
    with Record(url) as record:
        record.append(Draft(staff="li", action="decision", enterprise_id="E1", subject="D1", payload={"limit": 1.0}))
        assert record.decision("D1").content["limit"] == 1.0
        unguarded(url, """UPDATE event SET payload = '{}'""")
        with pytest.raises(RecordError, match="decision D1 was changed after it was written"):
            record.decision("D1")
        with pytest.raises(RecordError, match="decision D2 is not in the record"):
            record.decision("D2")


def test_all_or_none(url):
    with Record(url) as record:
        with pytest.raises(TypeError, match="not JSON serializable"):
            record.append(query(), query(broken=object()))
        assert list(record.events()) == []


def test_threads_and_processes_write_one_chain(url):
    program = (
        "import sys; from pipelines.record import Record, Draft\n"
        "with Record(sys.argv[1]) as record:\n"
        "    for n in range(15):\n"
        "        record.append(Draft(staff=sys.argv[2], action='query', payload={'n': n}))\n"
    )
    workers = [
        subprocess.Popen([sys.executable, "-c", program, url, f"process-{k}"], env={**os.environ, "PYTHONPATH": "."})
        for k in range(3)
    ]
    with Record(url) as record:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: record.append(query(staff=f"thread-{n % 4}", n=n)), range(40)))
        assert [worker.wait(60) for worker in workers] == [0, 0, 0]
        events = list(record.events())
        assert [event.id for event in events] == list(range(1, 86))
        assert record.verify() == ""
        for k in range(3):
            assert [e.content["n"] for e in events if e.staff == f"process-{k}"] == list(range(15))


def test_words_of_a_user_are_parameters_not_sql(url):
    words = "E1'; DROP TABLE event; --"
    with Record(url) as record:
        record.append(query(words, staff='"; DELETE FROM event'))
        assert [event.enterprise_id for event in record.events(enterprise_id=words)] == [words]
        assert record.verify() == ""


def test_the_record_is_readable_by_its_owner_only(tmp_path):
    with Record(f"sqlite:///{tmp_path / 'deep' / 'record.db'}"):
        assert (tmp_path / "deep" / "record.db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nonsense", "DATABASE_URL is not an address"),
        ("mysql://u:p@h/d", "mysql is not supported; expected sqlite or postgresql"),
        ("postgresql://u:secret@127.0.0.1:1/d?connect_timeout=2", "check DATABASE_URL and that the database runs"),
    ],
)
def test_an_unusable_address_is_said(address, message):
    with pytest.raises(RecordError, match=message) as caught:
        Record(address)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_said(tmp_path):
    file = tmp_path / "record.db"
    file.write_text("not a database at all, just words, long enough to be looked at" * 20)
    with pytest.raises(RecordError, match=r"record\.db failed: file is not a database"):
        Record(f"sqlite:///{file}")


def test_canonical_text_does_not_depend_on_order():
    assert canonical({"a": 1, "b": [1.0, None]}) == canonical({"b": (1.0, float("inf")), "a": 1})


def test_the_chain_alone_is_whole_until_one_letter_changes():
    events = [link(None, query(n=0), "2026-01-01T00:00:00.000000Z")]
    events += [link(events[0], query(n=1), "2026-01-02T00:00:00.000000Z")]
    assert first_break(events) == ""
    assert first_break([]) == ""
    assert first_break(events[1:]) == ("缺少事件 1，其位置上是事件 2。event 1 is missing: event 2 stands in its place")


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(RecordError, match=r"file/record\.db cannot be written: File exists; it belongs to who made it"):
        Record(f"sqlite:///{tmp_path / 'file' / 'record.db'}")
