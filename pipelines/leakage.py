"""Does the future leak into features? Take it away, then change it, and compare every feature bit for bit.

Three stores answer the same questions, each through a panel of its own: the store itself; a copy that holds only what
was known before the date (``deleted``); and a copy with another future (``altered``). There every fact, also one that
has no later version, has one with other values known on the date itself, and much of what is learned later tells of
the months before. So ``<=`` in place of ``<`` and a latest version in place of the one known are found on any data.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from features.catalogue import EVERY
from features.contract import TABLES, Column, Table
from features.engine import connected
from features.errors import CreditError, WindowError
from pipelines.features import compute, latest_applications, write_matrix
from pipelines.panel import MEMORY, batches, panel
from pipelines.permitted import features_in_use
from pipelines.store import Firms, Store

FIRMS, ROWS = 5000, 100_000  # firms that are compared, rows that are copied, at a time
BEFORE, AFTER = 400, 60  # days around the date into which other values of dates fall
Future = Literal["deleted", "altered"]
Watch = Callable[[Sequence[Any], str], Iterable[Any]]


@dataclass(frozen=True, kw_only=True)
class Leak:
    """A feature that changes with the future, of how many firms, and one of them with both values.

    ``value`` is that of the store, ``other`` that of the copy; none where the feature is missing.
    """

    feature: str
    future: Future
    firms: int
    enterprise_id: str
    value: float | None
    other: float | None


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What was compared: facts known before the date and later (rows), firms and features; and what leaks."""

    as_of: date
    known: int
    later: int
    firms: int
    features: int
    leaks: tuple[Leak, ...]

    def json(self) -> dict[str, Any]:
        """The published shape."""
        return {**asdict(self), "as_of": self.as_of.isoformat(), "leaks": [asdict(leak) for leak in self.leaks]}


def leakage_check(store: Store, as_of: date, watch: Watch = lambda items, _: items) -> Checked:
    """Compare the features of every firm known before the date with those of copies that have no or another future.

    The copies stand beside the store, one at a time, and are gone at the end; what a killed check left is swept away
    by the next one.

    Parameters
    ----------
    store : Store
    as_of : the date.
    watch : is handed what is worked on, with a word for it, and gives it back one by one.

    Raises
    ------
    WindowError
        When no firm is known before the date.
    CreditError
        When another check of this store is running, or the store changed meanwhile.
    """
    asked, content = latest_applications(store, as_of), store.content_hash
    if asked.empty:
        raise WindowError(
            f"在 {as_of} 之前没有已知的企业，请改用更晚的日期",
            f"no firm is known before {as_of}; ask for a later date",
            store.root,
        )
    stretches = [(n, asked.iloc[n : n + FIRMS]) for n in range(0, len(asked), FIRMS)]
    root = store.root.resolve()
    leaks: list[Leak] = []
    known = 0
    with Store(root.with_name(f".{root.name}.leakage")).writing() as folder:
        for number, firms in watch(_with_panel(store, stretches), "features"):
            write_matrix(compute(store, firms), folder / f"{number}.parquet")
        futures: Mapping[Future, Callable[[ir.Table, Table, date], ir.Table]] = {"deleted": before, "altered": altered}
        for future, change in futures.items():
            copy = Store(folder / future)
            copy.commit(_copied(store, as_of, change, watch, future))
            known = known or _rows(copy)  # the first copy holds the past alone
            for number, firms in watch(_with_panel(copy, stretches), future):
                now = pd.read_parquet(folder / f"{number}.parquet")
                leaks = merged(leaks, differences(now, compute(copy, firms), future))
            shutil.rmtree(copy.root)
        later = _rows(store) - known
    if store.content_hash != content:
        raise CreditError(
            "检查期间数据有变动，请在没有导入时重新检查",
            "changed while it was checked; check again when nothing is being ingested",
            store.root,
        )
    features = len(features_in_use())
    return Checked(as_of=as_of, known=known, later=later, firms=len(asked), features=features, leaks=tuple(leaks))


def before(rows: ir.Table, table: Table, as_of: date) -> ir.Table:
    """The rows known before the date."""
    del table
    return rows.filter(rows.known_at < as_of)


def altered(rows: ir.Table, table: Table, as_of: date) -> ir.Table:
    """The rows known before the date, and another future.

    Of each fact the first later version, or where there is none a new one, becomes known on the date itself; what is
    learned after that keeps its time. Keys, firm and references stay, all other values change.
    """
    past = rows.known_at < as_of
    order = [past, ibis.ifelse(past, None, rows.known_at), ibis.desc("known_at")]
    place = ibis.row_number().over(ibis.window(group_by=list(table.key), order_by=order))
    future = rows.mutate(place=place, seed=ibis.literal("|").join([rows[k].cast("string") for k in table.version_key]))
    future = future.filter((future.place == 0) | (future.known_at >= as_of))
    kept = {*table.version_key, "enterprise_id", *(column.name for column in table.columns if column.references)}
    changed = {c.name: _other(future, c, as_of) for c in table.columns if c.name not in kept}
    known_at = ibis.ifelse(future.place == 0, as_of, future.known_at)
    return before(rows, table, as_of).union(future.mutate(**changed, known_at=known_at).select(*rows.columns))


def _other(rows: ir.Table, column: Column, as_of: date) -> ir.Value:
    """Another value in the range of a column, following from row and column alone.

    Where nothing stood something does, and where something stood half of the time nothing, if nothing may stand there.
    """
    value = rows[column.name]

    def any_of(number: int, word: str = column.name) -> ir.Value:
        return ((rows.seed + word).hash() % number).abs()

    if column.type == "date":
        day = (ibis.literal(as_of) + (AFTER - any_of(BEFORE + AFTER)).as_interval("D")).cast("timestamp")
        other = (day.truncate("M") if column.first_of_month else day).cast("date")
    elif column.type == "boolean":
        other = ~value.fill_null(False)
    elif column.type == "string":
        among = [(any_of(len(column.values)) == place, word) for place, word in enumerate(column.values)]
        other = ibis.cases(*among, else_=None) if among else value.fill_null(column.name).reverse()
    else:
        other = (value.fill_null(0) / 2 + any_of(10_000) + 1).cast(value.type())
    gone = value.notnull() & (any_of(2, f"no {column.name}") == 0)
    return ibis.ifelse(gone, None, other) if column.nullable else other


def differences(now: pd.DataFrame, then: pd.DataFrame, future: Future) -> list[Leak]:
    """Features that are not the same bit for bit in two matrices over the same questions; missing equals missing."""
    leaks = []
    for name in (name for name in EVERY if name in now):
        differ = np.flatnonzero(_bits(now[name]) != _bits(then[name]))
        if len(differ):
            row = differ[0]
            value, other = (None if np.isnan(v) else float(v) for v in (now[name].iloc[row], then[name].iloc[row]))
            firm = str(now["enterprise_id"].iloc[row])
            leaks.append(
                Leak(feature=name, future=future, firms=len(differ), enterprise_id=firm, value=value, other=other)
            )
    return leaks


def merged(found: Sequence[Leak], more: Sequence[Leak]) -> list[Leak]:
    """Leaks of several stretches of firms, each feature and future once."""
    by = {(leak.future, leak.feature): leak for leak in found}
    for leak in more:
        first = by.get((leak.future, leak.feature))
        by[leak.future, leak.feature] = replace(first, firms=first.firms + leak.firms) if first else leak
    return list(by.values())


def _bits(values: pd.Series) -> "np.ndarray[Any, Any]":
    numbers = values.to_numpy(dtype="float64")
    return np.where(np.isnan(numbers), np.nan, numbers).view("int64")


def _with_panel(store: Store, stretches: Sequence[Any]) -> Sequence[Any]:
    """The stretches, once the panel is built, which shows a bar of its own."""
    with connected() as backend:
        panel(store, backend)
    return stretches


def _copied(
    store: Store, as_of: date, change: Callable[[ir.Table, Table, date], ir.Table], watch: Watch, word: str
) -> Iterator[tuple[str, pa.Table]]:
    """Every table changed, a stretch of firms after the other."""
    firms: Firms
    for firms in watch(batches(store), f"{word}: copy"):
        with connected(memory=MEMORY) as backend:
            for name, rows in store.facts(backend, firms).items():
                query = str(backend.compile(change(rows, TABLES[name], as_of)))
                for batch in backend.con.execute(query).to_arrow_reader(ROWS):
                    yield name, pa.Table.from_batches([batch])


def _rows(store: Store) -> int:
    return sum(store.rows(name) for name in TABLES)
