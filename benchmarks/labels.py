"""Labels of every line of a store, batch by batch of firms, for the benchmarks that hold them against the truth."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from rich.progress import track

from features.engine import connect, materialise
from features.evidence.flows import flows
from pipelines.panel import MEMORY, batches, rules
from pipelines.store import Store

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


def labelled(store: Store) -> "Iterator[Backend]":
    """An engine for each batch of firms, with the table ``label``: what holds of every line in the end."""
    for firms in track(batches(store), "labels ..."):
        backend = connect(memory=MEMORY)
        keep = partial(materialise, backend)
        flow = flows(store.facts(backend, firms), rules(), keep)
        keep("label", lambda flow=flow: flow.filter(flow.known_until.isnull()))
        yield backend
        backend.disconnect()
