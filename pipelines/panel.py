"""The panel of a store, kept beside it and built again whenever facts, rules or code differ."""

import json
import shutil
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import track

from features.engine import DUCKDB, connect, run
from features.evidence.rules import FlowRules
from features.panel import build
from pipelines.parquet import read, write
from pipelines.settings import ROOT, conf
from pipelines.store import Firms, Store, move

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from features.engine import Backend, Keep
    from features.evidence.flows import Facts

TABLES = ("flow", "party", "balance", "integrity", "public", "bill", "vat", "shown", "own", "compared")
STAMP = "stamp.json"
LINES_A_BATCH, MEMORY = 2000000, "2GB"


def panel(store: Store, backend: "Backend") -> "dict[str, Table]":
    """The panel tables of a store as Ibis tables, built first when they are not up to date.

    The engine that asks builds it: DuckDB a stretch of firms at a time in bounded memory, Spark all firms at once. Both
    leave the same Parquet files beside the facts, so that a panel outlives the process, is built once for all who ask,
    and serves either engine. On a cluster the store is on storage that every machine has under the same path.
    """
    folder = store.derived("panel")
    stamp = _stamp(store)
    if not _is(folder, stamp):
        _build(store, folder, stamp, backend)
    return {name: _read(backend, name, folder) for name in TABLES}


def rules() -> FlowRules:
    """The flow rules of ``conf/`` with the institutions that they name."""
    return FlowRules.parse(conf("flow_rules.yaml"), conf("institutions.yaml"))


def _is(folder: Path, stamp: str) -> bool:
    path = folder / STAMP
    return path.exists() and json.loads(path.read_text(encoding="utf-8"))["stamp"] == stamp


def _stamp(store: Store) -> str:
    """One hash over the facts, the rules, and the code that turns facts into the panel."""
    digest = sha256(store.content_hash.encode())
    digest.update(rules().digest.encode())
    for part in ("contract", "evidence", "panel"):
        for file in sorted((ROOT / "features" / part).glob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _build(store: Store, folder: Path, stamp: str, backend: "Backend") -> None:
    with store.writing() as staging:
        staged = staging / "panel"
        staged.mkdir()
        if backend.name == DUCKDB:
            _by_stretches(store, staged)
        else:
            _write(backend, store.facts(backend), staged)
        (staged / STAMP).write_text(json.dumps({"stamp": stamp}), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        move(staged, folder)


def _by_stretches(store: Store, staged: Path) -> None:
    todo = batches(store)
    console = Console(stderr=True)
    for number, firms in enumerate(track(todo, "panel", console=console, transient=True, disable=len(todo) < 2)):
        backend = connect(memory=MEMORY)
        _write(backend, store.facts(backend, firms), staged, f"{number:06}")
        backend.disconnect()


def _write(backend: "Backend", facts: "Facts", staged: Path, part: str = "0") -> None:
    labelling = rules()
    for name, table in run(backend, "panel", partial(_ordered, facts, labelling), labelling.digest).items():
        write(backend, table, staged / name, part)


def batches(store: Store, lines: int = LINES_A_BATCH) -> "list[Firms]":
    """Stretches of firms with about so many lines and invoices together; a firm is never cut.

    All evidence on a line is within its firm, so that a store of any size is worked on in bounded memory.
    """
    backend = connect()
    facts = store.facts(backend)
    firms = facts["enterprise"].select("enterprise_id").distinct().mutate(rows=ibis.literal(0, "int64"))
    for name in ("line", "invoice"):
        counted = facts[name].group_by("enterprise_id").agg(rows=facts[name].count())
        firms = firms.union(counted)
    frame = firms.group_by("enterprise_id").agg(rows=firms.rows.sum()).order_by("enterprise_id").to_pandas()
    backend.disconnect()
    number = (frame["rows"].cumsum() - frame["rows"]) // lines
    return [(ids.iloc[0], ids.iloc[-1]) for _, ids in frame["enterprise_id"].groupby(number)] or [("", "")]


def _ordered(facts: "Facts", labelling: FlowRules, keep: "Keep") -> "dict[str, Table]":
    return {name: table.order_by(*table.columns) for name, table in build(facts, labelling, keep).items()}


def _read(backend: "Backend", name: str, folder: Path) -> "Table":
    files = sorted((folder / name).glob("*.parquet"))
    return read(backend, f"panel_{name}", files, pq.read_schema(files[0]))
