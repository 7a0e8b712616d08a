"""A plan that stands gives what a new one gives, whatever rows there were before."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from features.engine import connect, register, run
from features.standing import Standing

SCHEMA = pa.schema([("key", pa.int64()), ("yuan", pa.decimal128(18, 2)), ("word", pa.string())])


def rows(seed, size, most):
    """Keys up to ``most``, so that a plan that went by the keys of before would go wrong."""
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, most, size)
    yuan = pa.array([Decimal(n) for n in rng.integers(-most, most, size).tolist()], SCHEMA.field("yuan").type)
    return pa.table([pa.array(keys), yuan, pa.array([f"w{k % 7}" for k in keys], pa.string())], SCHEMA)


def ledger(table):
    """Groups, a join of a table with itself, a window and a sum: what evidence is made of."""

    def build(keep):
        by_key = keep("by_key", table.group_by("key").agg(yuan=table.yuan.sum(), lines=table.count()))
        joined = keep("joined", table.join(by_key, "key").filter(lambda t: t.lines > 1))
        ranked = joined.mutate(place=joined.yuan.rank(), least=joined.yuan.min().over(group_by=joined.word))
        return {
            "words": ranked.group_by("word").agg(
                lines=ranked.count(), place=ranked.place.sum(), least=ranked.least.min()
            )
        }

    return build


def by_word(frame):
    return frame.sort_values("word", ignore_index=True).to_dict("list")


@pytest.fixture
def standing():
    made = Standing({"ledger": SCHEMA})
    table = made.table("ledger")
    made.build("ledgers", ledger(table), reads=[table])
    return made


@pytest.fixture
def anew():
    """The same by plans that are made for the rows."""

    def of(table):
        backend = connect()
        held = register(backend, "ledger", table)
        found = run(backend, "ledgers_anew", ledger(held), reads=[held])["words"].to_pandas()
        backend.disconnect()
        return by_word(found)

    return of


def test_small_large_and_empty_tables_in_turn_give_what_new_plans_give(standing, anew):
    for seed, size, most in ((1, 3, 4), (2, 5000, 40), (3, 2000, 10**12), (4, 0, 1), (5, 40, 9), (6, 9000, 3000)):
        table = rows(seed, size, most)
        assert by_word(standing.over({"ledger": table}, ["ledgers"], "ledgers_words")) == anew(table), seed


def test_what_fails_leaves_nothing_behind(standing, anew):
    wrong = rows(1, 10, 4).set_column(0, "key", pa.array(["no number"] * 10))
    with pytest.raises(duckdb.ConversionException):
        standing.over({"ledger": wrong}, ["ledgers"], "ledgers_words")
    table = rows(2, 50, 9)
    assert by_word(standing.over({"ledger": table}, ["ledgers"], "ledgers_words")) == anew(table)


def test_callers_on_several_threads_each_get_their_own(standing, anew):
    tables = [rows(seed, 300, 20) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = [*pool.map(lambda table: standing.over({"ledger": table}, ["ledgers"], "ledgers_words"), tables)]
    assert [by_word(one) for one in found] == [anew(table) for table in tables]


def test_it_tells_which_tables_a_build_reads(standing):
    assert standing.reads("ledgers") == ["ledger"]
