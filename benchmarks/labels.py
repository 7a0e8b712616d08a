"""Labels of every line of a store, batch by batch of firms, for the benchmarks that hold them against the truth."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from rich.progress import track

from features.engine import Keep, connected, run
from features.evidence.flows import Facts, flows
from features.evidence.rules import FlowRules
from pipelines.panel import MEMORY, batches, rules
from pipelines.store import Store

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table


def labelled(store: Store) -> "Iterator[Backend]":
    """An engine for each batch of firms, with the table ``label``: what holds of every line in the end."""
    for firms in track(batches(store), "labels ..."):
        with connected(memory=MEMORY) as backend:
            found = run(backend, "standing", partial(_labels, store.facts(backend, firms), rules()), rules().digest)
            backend.create_view("label", found["label"])
            yield backend


def _labels(facts: Facts, by: FlowRules, keep: Keep) -> "dict[str, Table]":
    flow = flows(facts, by, keep)
    return {"label": flow.filter(flow.known_until.isnull())}
