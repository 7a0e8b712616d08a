"""Figures of like firms, kept beside a store: a file a month, made when it is first asked for."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.catalogue.peers import FEWEST
from features.engine import DUCKDB, connect, frame, register, run
from features.peers import PEER, peers
from pipelines.fingerprint import code
from pipelines.panel import MEMORY, panel
from pipelines.parquet import read
from pipelines.parts import Parts, day_file, put
from pipelines.settings import ROOT
from pipelines.store import Store

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from features.engine import Backend

SCHEMA = PEER.to_pyarrow()
KEY = ("known_on", "scope", "code")
QUESTIONS = 200_000  # firms times months that are worked on at a time


def peer(store: Store, backend: "Backend", dates: Iterable[date]) -> "Table":
    """The panel table ``peer`` for questions of these dates, from a panel that is up to date.

    A month has a file, which is made without a lock, since who makes it a second time makes the same.
    """
    folder, parts = store.derived("peers"), Parts.read(store.derived("panel"))
    wanted = {day: day_file(folder, day, parts, _code()) for day in sorted({asked.replace(day=1) for asked in dates})}
    for day, rows in _made(store, backend, [day for day, file in wanted.items() if not file.exists()]):
        _write(rows, wanted[day])
    return read(backend, "panel_peer", list(wanted.values()), SCHEMA)


@cache
def _code() -> str:
    """What turns the panel into the figures."""
    return code(ROOT / "features")


def _made(store: Store, backend: "Backend", days: list[date]) -> Iterator[tuple[date, pa.Table]]:
    """The rows of each day, some days at a time."""
    if not days:
        return
    firms = int(store.facts(backend)["enterprise"].enterprise_id.nunique().execute())
    if firms < FEWEST:
        yield from ((day, SCHEMA.empty_table()) for day in days)
        return
    several = max(QUESTIONS // firms, 1)
    for start in range(0, len(days), several):
        some = days[start : start + several]
        rows = _figures(store, backend, some)
        for day in some:
            yield day, rows.filter(pc.equal(rows["known_on"], day - timedelta(days=1)))


def _figures(store: Store, backend: "Backend", days: list[date]) -> pa.Table:
    own = connect(memory=MEMORY) if backend.name == DUCKDB else backend
    held, facts = panel(store, own), store.facts(own)
    dates = register(own, "dates", pa.table({"as_of": pa.array(days, pa.date32())}))
    reads = (*held.values(), *facts.values(), dates)
    built = run(own, "peers", lambda keep: {"peer": peers(held, facts, dates, keep)}, reads=reads)
    found: pd.DataFrame = frame(built["peer"])
    if own is not backend:
        own.disconnect()
    return pa.Table.from_pandas(found, SCHEMA, preserve_index=False).sort_by([(name, "ascending") for name in KEY])


def _write(rows: pa.Table, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    staged = file.with_suffix(".part")
    pq.write_table(rows, staged)
    put(staged, file)
