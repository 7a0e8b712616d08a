"""Time two pieces of work in turn, each run in a process of its own, and compare pair by pair."""

import multiprocessing as mp
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

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


def measure(case: Case, folder: str, runs: int = 3) -> Result:
    """Prepare once, warm up once, then run ours and the peer in turn."""
    case.prepare(folder)
    pairs = [(_alone(case.ours, folder), _alone(case.peer, folder)) for _ in range(runs + 1)][1:]
    ours, peers = zip(*pairs, strict=True)

    def median(index: int, side: tuple[tuple[float, float], ...]) -> float:
        return statistics.median(run[index] for run in side)

    ratio = statistics.median(o[0] / p[0] for o, p in pairs)
    return Result(
        case.name, case.peer_name, median(0, ours), median(0, peers), ratio, median(1, ours), median(1, peers)
    )


def _alone(work: Work, folder: str) -> tuple[float, float]:
    context = mp.get_context("spawn")
    queue = context.SimpleQueue()
    process = context.Process(target=_report, args=(work, folder, queue))
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"{work.__name__} ended with {process.exitcode}")
    seconds, megabytes = queue.get()
    return seconds, megabytes


def _report(work: Work, folder: str, queue: "mp.queues.SimpleQueue[tuple[float, float]]") -> None:
    seconds = work(folder)
    queue.put((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def timed(action: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start
