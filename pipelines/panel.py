"""The panel of a store, kept beside it and built again whenever facts, rules or code differ."""

import json
import shutil
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from features.engine import connect, materialise
from features.evidence.rules import FlowRules
from features.panel import build
from pipelines.settings import ROOT, conf
from pipelines.store import Store, move

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

TABLES = ("flow", "party", "balance", "public")
STAMP = "stamp.json"


def panel(store: Store, backend: "Backend") -> "dict[str, Table]":
    """The panel tables of a store as Ibis tables, built first when they are not up to date."""
    folder = store.derived("panel")
    stamp = _stamp(store)
    if not _is(folder, stamp):
        _build(store, folder, stamp)
    return {name: backend.read_parquet(folder / f"{name}.parquet", table_name=f"panel_{name}") for name in TABLES}


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


def _build(store: Store, folder: Path, stamp: str) -> None:
    with store.writing() as staging:
        staged = staging / "panel"
        staged.mkdir()
        backend = connect()
        for name, table in build(store.facts(backend), rules(), partial(materialise, backend)).items():
            table.order_by(*table.columns).to_parquet(staged / f"{name}.parquet")
        (staged / STAMP).write_text(json.dumps({"stamp": stamp}), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        move(staged, folder)
