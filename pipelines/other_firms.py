"""Figures of other firms, kept beside a store: a file a month of each kind, made when it is first asked for."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.catalogue.peers import FEWEST
from features.engine import DUCKDB, connect, connected, frame, register, run
from features.health import FIRM, health, tells_of_partners
from features.peers import PEER, compares, peers
from pipelines.fingerprint import code
from pipelines.panel import MEMORY, panel
from pipelines.settings import ROOT
from pipelines.storage.parquet import read
from pipelines.storage.parts import Parts, day_file, draft, put
from pipelines.store import Store

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from features.engine import Backend

QUESTIONS = 200_000  # firms times months that are worked on at a time


@dataclass(frozen=True)
class Kind:
    """What is told of other firms: how it is worked out, its columns, their order, and of how many firms at least.

    ``folder`` is where its files stand beside a store; ``needed`` says whether features by these names read it.
    """

    folder: str
    work_out: "Callable[..., Table]"
    schema: pa.Schema
    key: tuple[str, ...]
    fewest: int
    needed: Callable[[Collection[str]], bool]


KINDS = {
    "peer": Kind("peers", peers, PEER.to_pyarrow(), ("known_on", "scope", "code"), FEWEST, compares),
    "health": Kind("health", health, FIRM.to_pyarrow(), ("known_on", "party"), 2, tells_of_partners),
}


def other_firms(store: Store, backend: "Backend", dates: Iterable[date], names: Collection[str]) -> "dict[str, Table]":
    """The panel tables that these features read of other firms, for questions of these dates.

    The panel must be up to date. A month has a file, which is made without a lock, since who makes it a second time
    makes the same.
    """
    days = sorted({asked.replace(day=1) for asked in dates})
    return {name: _held(store, backend, name, days) for name, kind in KINDS.items() if kind.needed(names)}


def _held(store: Store, backend: "Backend", name: str, days: list[date]) -> "Table":
    kind, parts = KINDS[name], Parts.read(store.derived("panel"))
    wanted = {day: day_file(store.derived(kind.folder), day, parts, _code()) for day in days}
    for day, rows in _made(store, backend, kind, [day for day, file in wanted.items() if not file.exists()]):
        _write(rows, wanted[day])
    return read(backend, f"panel_{name}", list(wanted.values()), kind.schema)


@cache
def _code() -> str:
    """What turns the panel into the figures."""
    return code(ROOT / "features")


def _made(store: Store, backend: "Backend", kind: Kind, days: list[date]) -> Iterator[tuple[date, pa.Table]]:
    """The rows of each day, some days at a time."""
    if not days:
        return
    firms = _firms(store)
    if firms < kind.fewest:
        yield from ((day, kind.schema.empty_table()) for day in days)
        return
    several = max(QUESTIONS // firms, 1)
    for start in range(0, len(days), several):
        some = days[start : start + several]
        rows = _figures(store, backend, kind, some)
        for day in some:
            yield day, rows.filter(pc.equal(rows["known_on"], day - timedelta(days=1)))


def _firms(store: Store) -> int:
    """How many firms the store holds; counted here, as Spark's own way to pandas warns of pandas 3."""
    with connected() as backend:
        return int(store.facts(backend)["enterprise"].enterprise_id.nunique().execute())


def _figures(store: Store, backend: "Backend", kind: Kind, days: list[date]) -> pa.Table:
    own = connect(memory=MEMORY) if backend.name == DUCKDB else backend
    held, facts = panel(store, own), store.facts(own)
    dates = register(own, "dates", pa.table({"as_of": pa.array(days, pa.date32())}))
    reads = (*held.values(), *facts.values(), dates)
    built = run(own, kind.folder, lambda keep: {"figures": kind.work_out(held, facts, dates, keep)}, reads=reads)
    found: pd.DataFrame = frame(built["figures"])
    if own is not backend:
        own.disconnect()
    return pa.Table.from_pandas(found, kind.schema, preserve_index=False).sort_by(
        [(name, "ascending") for name in kind.key]
    )


def _write(rows: pa.Table, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    staged = draft(file)
    pq.write_table(rows, staged)
    put(staged, file)
