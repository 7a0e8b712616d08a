"""One firm with 20,000 lines, from canonical lines to its whole vector in a warm process.

``python -m benchmarks.applicant STORE``: the firm of the store with the most lines up to 20,000; beside it the time of
reading the lines. The first answer of a process is told apart, where it writes the expressions and where it finds them
written.
"""

import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import alone, timed
from features.contract import TABLES
from features.engine import connect, frame, hold, register, run
from features.matrix import POPULATION, matrix
from features.panel import build
from features.peers import PEER
from pipelines.panel import rules
from pipelines.scripts import Scripts
from pipelines.store import Store

MOST, RUNS = 20_000, 5


def vector(facts: dict[str, pa.Table]) -> None:
    """Panel and features of the only firm, in the engine's memory; for so few rows one thread is the fastest."""
    backend, labelling = connect(threads=1), rules()
    tables = {name: register(backend, f"fact_{name}", facts[name]) for name in TABLES}
    held = run(backend, "panel", lambda keep: build(tables, labelling, keep), labelling.digest, reads=tables.values())
    held["peer"] = register(backend, "panel_peer", PEER.to_pyarrow().empty_table())
    row = {"row": 0, "enterprise_id": facts["enterprise"]["enterprise_id"][0].as_py(), "as_of": date(2026, 1, 1)}
    asked = register(backend, "population", pa.Table.from_pylist([row], POPULATION.to_pyarrow()))
    reads = (*held.values(), *tables.values(), asked)
    built = run(backend, "features", lambda keep: {"matrix": matrix(held, tables, asked, keep)}, reads=reads)
    frame(built["matrix"])
    backend.disconnect()


def first(folder: str) -> float:
    """Seconds of the first answer of a process, from the facts in a folder and the scripts that it finds there."""
    hold(Scripts(Path(folder) / "scripts"))
    facts = {name: pq.read_table(Path(folder) / f"{name}.parquet") for name in TABLES}
    return timed(lambda: vector(facts))


def largest(store: Store) -> str:
    """The firm with the most lines up to ``MOST``."""
    line = store.facts(connect())["line"]
    firms = line.group_by("enterprise_id").agg(lines=line.count()).filter(lambda t: t.lines <= MOST)
    return str(firms.to_pandas().sort_values(["lines", "enterprise_id"])["enterprise_id"].iloc[-1])


def main(folder: str) -> None:
    """Print seconds of first answers, the median of later ones, and the median of reading the lines."""
    store = Store(Path(folder))
    firm = largest(store)
    facts = {name: rows.to_pyarrow() for name, rows in store.facts(connect(), (firm, firm)).items()}
    with tempfile.TemporaryDirectory() as scratch:
        for name, rows in facts.items():
            pq.write_table(rows, Path(scratch) / f"{name}.parquet")
        writing, finding = alone(first, scratch), alone(first, scratch)
        vector(facts)
        start = time.process_time()
        warm = statistics.median(timed(lambda: vector(facts)) for _ in range(RUNS))
        processor = (time.process_time() - start) / RUNS
        read = statistics.median(
            timed(lambda: connect().read_parquet(Path(scratch) / "line.parquet").to_pyarrow()) for _ in range(RUNS)
        )
    print(
        f"{firm}, {facts['line'].num_rows:,} lines: first of a process {writing.seconds:.2f} s, where another has "
        f"written the expressions {finding.seconds:.2f} s, then {warm:.2f} s, {processor:.2f} s of processor time; "
        f"reading the lines {read:.3f} s, ratio {warm / read:.0f}"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
