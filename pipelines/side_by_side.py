"""Parts of a store worked on at once."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Done = TypeVar("Done")
AT_ONCE = 2


def side_by_side(work: Callable[[Part, int], Done], parts: Sequence[Part]) -> Iterator[Done]:
    """What is made of each part, in their order; ``AT_ONCE`` are worked on at a time and share the cores.

    DuckDB gives a step of fewer than a hundred thousand rows to one thread, for which its others wait busily.

    Parameters
    ----------
    work : is handed a part and the number of threads that it may take.

    Examples
    --------
    >>> [*side_by_side(lambda part, threads: part * 10, [1, 2, 3])]
    [10, 20, 30]
    """
    threads = max(1, (os.cpu_count() or 1) // max(1, min(len(parts), AT_ONCE)))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(lambda part: work(part, threads), parts)
