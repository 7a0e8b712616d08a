"""Parts of a store worked on at once, and how many threads they are worth."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Done = TypeVar("Done")
AT_ONCE = 2
FEW = 100_000  # DuckDB gives a step of fewer rows to one thread, for which its others wait busily


def threads_for(rows: int) -> int:
    """Threads of DuckDB that so many rows are worth: one if they are few, else one a core."""
    return 1 if rows < FEW else os.cpu_count() or 1


def side_by_side(
    work: Callable[[Part, int], Done], parts: Sequence[Part], rows: int = FEW, at_once: int = AT_ONCE
) -> Iterator[Done]:
    """What is made of each part, in their order; ``at_once`` are worked on at a time and share the cores.

    Parameters
    ----------
    work : is handed a part and the number of threads that it may take.
    parts : what is worked on.
    rows : of the largest table that is read, of all parts together.

    Examples
    --------
    >>> [*side_by_side(lambda part, threads: part * 10, [1, 2, 3])]
    [10, 20, 30]
    >>> [*side_by_side(lambda part, threads: threads, ["small"], rows=500)]
    [1]
    """
    threads = max(1, threads_for(rows) // max(1, min(len(parts), at_once)))
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(lambda part: work(part, threads), parts)
