"""The panel of a store, kept beside it; new facts open only those parts of it that they can change."""

import math
import shutil
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import track

from features.contract import TABLES as FACTS
from features.engine import DUCKDB, connect, run
from features.evidence.flows import flows
from features.evidence.rules import FlowRules
from features.panel import build
from pipelines.codes import CODES, as_codes
from pipelines.fingerprint import code
from pipelines.labels import KEPT, add_standing, leave_unlabelled, told_labels
from pipelines.news import FRESH, OLD, leave_changed, leave_reopened, news, tell, write_rows
from pipelines.settings import ROOT, conf
from pipelines.side_by_side import AT_ONCE, side_by_side
from pipelines.storage.parquet import read, write
from pipelines.storage.parts import STAMP, Parts, files, first_day, spans
from pipelines.store import Firms, Store, move

if TYPE_CHECKING:
    import pandas as pd
    from ibis.expr.types import Table

    from features.engine import Backend, Then
    from features.evidence.flows import Facts

TABLES = (
    "flow", "party", "payee", "restart", "balance", "integrity", "public", "bill", "vat", "shown", "own", "compared"
)  # fmt: skip
RULES = ("flow_rules.yaml", "institutions.yaml")
LINES_A_BATCH, MEMORY = 1_700_000, "2GB"
MEGABYTES, ALONE = 600, 1_400  # of a stretch, two of which may be worked on at a time, and of a firm that is one
LARGE = 150_000  # lines; a firm with more is a stretch of its own
WAIT_SECONDS = 60  # for who builds the panel, or writes to the store, already
WORTH_PARTING = 750_000  # lines; fewer are one stretch, since each has a fixed cost
Spans = dict[str, tuple[date, date]]


def panel(store: Store, backend: "Backend", firms: Firms | None = None) -> "dict[str, Table]":
    """The panel tables of a store as Ibis tables, brought up to date first when they are not.

    The engine that asks does it: DuckDB a stretch of firms at a time in bounded memory, and of a panel that stands only
    the parts that new facts open; Spark all firms at once. Both leave Parquet files beside the facts, so that a panel
    outlives the process, is built once for all who ask, and serves either engine. On a cluster the store is on storage
    that every machine has under the same path. ``firms`` (DuckDB alone) leaves only rows of these.
    """
    return {name: _read(backend, name, found, firms) for name, found in panel_files(store, backend).items()}


def panel_files(store: Store, backend: "Backend") -> dict[str, list[Path]]:
    """The Parquet files of the panel tables of a store, brought up to date as ``panel`` does it."""
    folder, names = store.derived("panel"), up_to_date(store, backend).names
    return {name: files(folder, name, names) for name in TABLES}


def up_to_date(store: Store, backend: "Backend") -> Parts:
    """The parts of the panel of a store, once they hold all of its facts."""
    folder = store.derived("panel")
    held = _held(folder)
    if held.serve(_wanted(store)):
        return held
    with store.writing(WAIT_SECONDS) as staging:
        held, wanted = _held(folder), _wanted(store)  # who held the lock may have built it, or added facts
        return held if held.serve(wanted) else _build(store, staging, folder, wanted, backend)


def rules() -> FlowRules:
    """The flow rules of ``conf/`` with the institutions that they name."""
    return FlowRules.parse(*map(conf, RULES))


def rules_in_force() -> str:
    """Version and digest of the rules, as a decision's record names them."""
    found = rules()
    return f"{found.version} ({found.digest})"


def labelled(backend: "Backend", facts: "Facts") -> "Table":
    """Every version of the label of each line, by the flow rules in force."""
    by = rules()
    built = run(backend, "flows", lambda keep: {"labelled": flows(facts, by, keep)}, by.digest, reads=facts.values())
    return built["labelled"]


def _held(folder: Path) -> Parts:
    """The parts that stand; none when a folder of theirs is gone, since its table would be read as an empty one."""
    held = Parts.read(folder)
    return held if all((folder / name / part).is_dir() for name in TABLES for part in held.names) else Parts()


def _wanted(store: Store) -> Parts:
    """All facts of the store, the rules, and the code that turns facts into the panel."""
    written = code(*(ROOT / "features" / part for part in ("contract", "evidence", "panel")))
    facts = [file.relative_to(store.root).as_posix() for name in FACTS for file in store.files(name)]
    return Parts(code=sha256((rules().digest + written).encode()).hexdigest(), facts=tuple(facts))


def _build(store: Store, staging: Path, folder: Path, wanted: Parts, backend: "Backend") -> Parts:
    """Write the parts that change beside those that stand, then replace the stamp in one step."""
    token = sha256(repr(wanted).encode()).hexdigest()[:8]
    staged = staging / "panel"
    staged.mkdir()
    if backend.name == DUCKDB:
        names = _grown(store, folder, staged, wanted, token)
    else:
        names = tuple(spans([date.min], token))
        for name, table in _built(backend, store.facts(backend), {}).items():
            write(backend, table, staged / name / names[0])
    made = replace(wanted, names=names)
    for part in sorted(staged.glob("*/*")):
        move(part, folder / part.relative_to(staged))
    move(made.write(staged), folder / STAMP)
    _sweep(folder, names)
    return made


def _grown(store: Store, folder: Path, staged: Path, wanted: Parts, token: str) -> tuple[str, ...]:
    """Names of the parts of the panel with the new facts in it; those that they open are in ``staged``."""
    held = _held(folder)
    if not files(folder, "label", held.names):  # Spark keeps no labels
        held = Parts()
    held = held.on_the_way_to(wanted)
    new = sorted({*wanted.facts} - {*held.facts})
    told = news(store.root, new, held.facts)
    opened = held.opened_by(min(told["since"], default=date.min))
    days = [*map(first_day, opened)] or [date.min]
    newest = max(told["latest"], default=days[-1]).replace(day=1)
    ends = (newest, (newest + timedelta(days=31)).replace(day=1))  # what is known ahead is a part of its own
    parts = spans([*days, *(day for day in ends if day > days[-1])], token)
    if opened:
        _keep(folder, staged, opened, parts, told)
    stretches = batches(store, firms=told["enterprise_id"] if opened else None)
    console = Console(stderr=True)
    lines = [store.root / file for file in new if file.split("/")[0] == "line"]
    standing = {name: files(folder, name, held.names) for name in KEPT} if opened else {}

    # Of one firm nothing is known beforehand but that it cannot be cut: it has the memory and the cores for itself.
    def add(stretch: tuple[int, Firms], threads: int, megabytes: int) -> None:
        number, firms = stretch
        backend = connect(threads, f"{megabytes}MB")
        if opened:
            _grow(backend, store, firms, told, lines, standing)
        else:
            _begin(backend, store, firms, told)
        told_labels(backend)
        _write(backend, FRESH, parts, staged / f"{number:06}.parquet")

    def added() -> Iterator[None]:
        one = [each for each in enumerate(stretches) if each[1][0] == each[1][1]]
        several = [each for each in enumerate(stretches) if each not in one]
        for some, at_once, megabytes in ((several, min(len(several), AT_ONCE), MEGABYTES), (one, 1, ALONE)):
            if some:
                work = partial(add, megabytes=megabytes)
                yield from side_by_side(work, some, store.largest, at_once)

    for _ in track(added(), "panel", len(stretches), console=console, transient=True, disable=len(stretches) < 2):
        pass
    return (*held.names[: len(held.names) - len(opened)], *parts)


def _keep(folder: Path, staged: Path, opened: tuple[str, ...], parts: Spans, told: "pd.DataFrame") -> None:
    """Rows of the opened parts that stand."""
    backend = connect(memory=MEMORY)
    tell(backend, told)
    for name in (*TABLES, *KEPT):
        _read(backend, name, files(folder, name, opened))
    _write(backend, OLD, parts, staged / "kept.parquet")


def _begin(backend: "Backend", store: Store, firms: Firms, told: "pd.DataFrame") -> None:
    """The panel of a stretch of firms."""
    facts = store.facts(backend, firms)
    as_codes(backend)
    tell(backend, told)
    _built(backend, facts, {}, CODES)


def _grow(
    backend: "Backend",
    store: Store,
    firms: Firms,
    told: "pd.DataFrame",
    lines: list[Path],
    labels: dict[str, list[Path]],
) -> None:
    """Of the panel of a stretch of firms what news can change, with the files of new lines and of labels that stand."""
    facts = store.facts(backend, firms, unread=["line"])
    tell(backend, told)
    leave_unlabelled(backend, lines, firms)
    as_codes(backend)
    leave_changed(backend)
    standing = partial(add_standing, firms=firms, files=labels)
    _built(backend, facts, {"labels": standing, "findings": leave_reopened}, CODES)


def _built(
    backend: "Backend", facts: "Facts", then: "dict[str, Then]", codes: "dict[str, str] | None" = None
) -> "dict[str, Table]":
    labelling = rules()
    building = partial(build, facts, labelling)
    return run(backend, "panel", building, labelling.digest, then, codes, facts.values(), lasting=["panel_labels"])


def _write(backend: "Backend", which: str, parts: Spans, file: Path) -> None:
    """A file beside ``file`` for each table and part; then the engine is let go."""
    for name in (*TABLES, *KEPT):
        for part, span in parts.items():
            target = file.parent / name / part / file.name
            write_rows(backend, f"panel_{name}", which, span, target, many=name in KEPT)
    backend.disconnect()


def _sweep(folder: Path, names: Collection[str]) -> None:
    """Remove the parts that were replaced, and what a killed job left."""
    for path in folder.glob("*/*"):
        if path.is_dir() and path.name not in names:
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()


def batches(store: Store, lines: int = LINES_A_BATCH, firms: Collection[str] | None = None) -> "list[Firms]":
    """Stretches of firms, or of some of them, each with about as many lines and invoices, at most about ``lines``.

    A firm is never cut, and one with more than ``LARGE`` stands alone. All evidence on a line is within its firm, so
    that a store of any size is worked on in bounded memory.
    """
    backend = connect()
    facts = store.facts(backend)
    counts = facts["enterprise"].select("enterprise_id").distinct().mutate(rows=ibis.literal(0, "int64"))
    for name in ("line", "invoice"):
        counted = facts[name].group_by("enterprise_id").agg(rows=facts[name].count())
        counts = counts.union(counted)
    frame = counts.group_by("enterprise_id").agg(rows=counts.rows.sum()).order_by("enterprise_id").to_pandas()
    backend.disconnect()
    if firms is not None:
        frame = frame[frame["enterprise_id"].isin(firms)]
    large = frame["rows"] > LARGE
    alone = 2 * large.cumsum() - large  # a large firm has an odd number, those between two of them an even one
    rows = frame["rows"].where(~large, 0)
    total = max(1, rows.sum())
    pieces = max(math.ceil(total / lines), min(AT_ONCE, math.ceil(total / WORTH_PARTING)))
    number = ((rows.cumsum() - rows) * pieces // total).clip(upper=pieces - 1)
    return [(ids.iloc[0], ids.iloc[-1]) for _, ids in frame["enterprise_id"].groupby([alone, number])] or [("", "")]


def _read(backend: "Backend", name: str, found: "list[Path]", firms: Firms | None = None) -> "Table":
    return read(backend, f"panel_{name}", found, pq.read_schema(found[0]), firms)
