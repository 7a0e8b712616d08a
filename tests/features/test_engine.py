"""A build runs the second time as it did the first."""

import gc
from functools import partial
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from features.engine import connect, held, register, run, stored
from features.errors import EngineError


@pytest.fixture
def facts():
    """Two engines with a table of one name and shape each."""
    backends = [connect() for _ in range(2)]
    yield [(b, register(b, "fact", pa.table({"a": [1 + n, 2]}))) for n, b in enumerate(backends)]
    for backend in backends:
        backend.disconnect()


def test_a_second_run_reads_its_own_facts_and_writes_no_expression_again(facts):
    asked = []

    def build(table, keep):
        asked.append(1)
        twice = keep("twice", table.mutate(a=table.a * 2))
        return {"total": twice.agg(a=twice.a.sum())}

    found = [run(b, "test_engine", partial(build, table))["total"].to_pyarrow().to_pylist() for b, table in facts]
    assert found == [[{"a": 6}], [{"a": 8}]]
    assert len(asked) == 1


def test_two_versions_of_a_build_are_two_builds(facts):
    for (backend, table), (version, times, total) in zip(facts, (("1", 1, 3), ("3", 3, 12)), strict=True):
        found = run(
            backend, "test_version", partial(lambda t, n, _: {"x": t.agg(x=t.a.sum() * n)}, table, times), version
        )
        assert found["x"].to_pyarrow().to_pylist() == [{"x": total}]


def test_columns_stored_as_codes_need_no_text_of_their_own(facts):
    asked, found = [], []

    def build(table, keep):
        asked.append(1)
        return {"x": keep("word", table.mutate(word=table.a.cast("string"))).mutate(more=ibis.literal("1"))}

    for (backend, table), codes in zip(facts, ({}, {"word": "digit"}), strict=True):
        backend.raw_sql("CREATE TYPE digit AS ENUM ('1', '2')")
        run(backend, "test_codes", partial(build, table), codes=codes)
        stored = backend.con.table("test_codes_x")
        found.append((dict(zip(stored.columns, map(str, stored.types), strict=True)), sorted(stored.fetchall())))
    assert found == [
        ({"a": "BIGINT", "word": "VARCHAR", "more": "VARCHAR"}, [(1, "1", "1"), (2, "2", "1")]),
        ({"a": "BIGINT", "word": "ENUM('1', '2')", "more": "VARCHAR"}, [(2, "2", "1"), (2, "2", "1")]),
    ]
    assert len(asked) == 1


def test_what_no_step_reads_any_more_is_dropped_but_for_what_is_given_or_lasts():
    """The first run writes the text and cannot know yet; of the second each step tells which tables are there."""
    seen = {}

    def build(table, other, keep):
        first = keep("first", table.mutate(a=table.a + 1))
        keep("stays", other.mutate(a=other.a + 1))
        second = keep("second", first.mutate(a=first.a * 10))
        return {"total": second.agg(a=second.a.sum())}

    def there(run_number, step, backend):
        names = {name for (name,) in backend.raw_sql("SELECT table_name FROM duckdb_tables()").fetchall()}
        seen[run_number, step] = {name.removeprefix("test_spent_") for name in names}

    for number in (1, 2):
        backend = connect()
        backend.raw_sql("CREATE TABLE fact AS SELECT 1 AS a; CREATE VIEW other AS SELECT 2 AS a")
        facts = [held(backend, name) for name in ("fact", "other")]
        then = {step: partial(there, number, step) for step in ("first", "stays", "second", "total")}
        found = run(backend, "test_spent", partial(build, *facts), "", then, reads=facts, lasting=["test_spent_stays"])
        assert found["total"].to_pyarrow().to_pylist() == [{"a": 20}]
        there(number, "end", backend)
        assert backend.con.table("other").fetchall() == [(2,)]
        backend.disconnect()
    assert seen[1, "end"] == {"fact", "first", "stays", "second", "total"}
    assert {step: names for (number, step), names in seen.items() if number == 2} == {
        "first": {"fact", "first"},
        "stays": {"first", "stays"},
        "second": {"first", "stays", "second"},
        "total": {"stays", "second", "total"},
        "end": {"stays", "total"},
    }


def test_the_collector_is_held_while_a_text_is_written_and_not_after(facts):
    seen = []

    def build(keep):
        seen.append(gc.isenabled())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(facts[0][0], "test_collector", build)
    assert (seen, gc.isenabled()) == ([False], True)


def test_two_steps_of_one_name_are_refused(facts):
    backend, table = facts[0]
    with pytest.raises(ValueError, match="two steps of one build are named 'test_double_x'"):
        run(backend, "test_double", lambda keep: {"x": keep("x", table)})


def test_an_enumeration_is_the_text_that_ibis_takes_it_for():
    backend = connect()
    backend.raw_sql("CREATE TYPE code AS ENUM ('a', 'b''c')")
    columns = "'a'::code AS k, 1.5::DECIMAL(18, 2) AS n, [1.0::DOUBLE] AS l, DATE '2025-01-31' AS d"
    backend.raw_sql(f"CREATE TABLE t AS SELECT {columns}")
    assert held(backend, "t").schema() == backend.table("t").schema()
    assert held(backend, "t").to_pyarrow().to_pylist() == backend.table("t").to_pyarrow().to_pylist()
    backend.disconnect()


def test_two_engines_that_have_no_room_spill_each_into_a_folder_of_its_own_that_nobody_else_may_read():
    """Two of one process that shared a folder crashed on each other's files."""
    engines = [connect(threads=1, memory="50MB") for _ in range(2)]
    folders = [Path(e.raw_sql("SELECT current_setting('temp_directory')").fetchone()[0]) for e in engines]
    assert folders[0] != folders[1]
    assert folders[0].parent.stat().st_mode & 0o777 == 0o700  # lines of accounts may be in it
    for each in engines:
        each.raw_sql(
            "CREATE TEMP TABLE wide AS SELECT range AS n, repeat('x', 100) || range AS text FROM range(2000000)"
        )
    assert all(any(folder.iterdir()) for folder in folders)
    assert [e.raw_sql("SELECT sum(n), count(text) FROM wide").fetchone() for e in engines] == [
        (1_999_999_000_000, 2_000_000)
    ] * 2


def test_a_step_that_does_not_fit_into_memory_is_told_in_words():
    """A list of many numbers cannot be spilled."""
    backend = connect(memory="20MB")
    with pytest.raises(EngineError, match=r"step big: does not fit into the 19\.0 MiB that it may take: one firm"):
        stored(backend, "big", "SELECT list(range) AS all_of_them FROM range(10000000)")
    backend.disconnect()
