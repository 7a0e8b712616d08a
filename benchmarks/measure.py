"""Time two pieces of work in turn, each run in a process of its own, and compare pair by pair."""

import multiprocessing as mp
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Work = Callable[[str], float]


@dataclass(frozen=True)
class Case:
    """``ours`` against a named ``peer`` on the same work; both get the folder of the prepared data.

    Each returns the seconds of the part that counts, so that imports and set-up are left out of it.
    """

    name: str
    peer_name: str
    prepare: Callable[[str], None]
    ours: Work
    peer: Work
    runs: int = 3


@dataclass(frozen=True)
class Result:
    """Medians over the runs; ``ratio`` is the median of the ratios ours / peer."""

    name: str
    peer: str
    ours_seconds: float
    peer_seconds: float
    ratio: float
    ours_megabytes: float
    peer_megabytes: float


def measure(case: Case, folder: str) -> Result:
    """Prepare once, warm up once unless there is one run alone, then run ours and the peer in turn."""
    case.prepare(folder)
    turns = case.runs + (case.runs > 1)
    pairs = [(alone(case.ours, folder), alone(case.peer, folder)) for _ in range(turns)][-case.runs :]
    ours, peers = zip(*pairs, strict=True)

    def median(name: str, side: tuple[Used, ...]) -> float:
        return statistics.median(getattr(run, name) for run in side)

    return Result(
        name=case.name,
        peer=case.peer_name,
        ours_seconds=median("seconds", ours),
        peer_seconds=median("seconds", peers),
        ratio=statistics.median(o.seconds / p.seconds for o, p in pairs),
        ours_megabytes=median("megabytes", ours),
        peer_megabytes=median("megabytes", peers),
    )


@dataclass(frozen=True)
class Used:
    """Wall seconds of the part of the work that counts; processor seconds and peak memory of its whole process."""

    seconds: float
    processor: float
    megabytes: float


def alone(work: Work, folder: str) -> Used:
    """One run in a process of its own."""
    context = mp.get_context("spawn")
    queue = context.SimpleQueue()
    process = context.Process(target=_report, args=(work, folder, queue))
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"{getattr(work, '__name__', work)} ended with {process.exitcode}")
    return Used(*queue.get())


def _report(work: Work, folder: str, queue: "mp.queues.SimpleQueue[tuple[float, float, float]]") -> None:
    seconds = work(folder)
    used = resource.getrusage(resource.RUSAGE_SELF)
    queue.put((seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024))


def timed(action: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def duck() -> "DuckDBPyConnection":
    """A peer's DuckDB as it comes, but without a bar that would stand among the results."""
    import duckdb

    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    return con
