"""Small worlds that several tests look at."""

from collections import defaultdict
from collections.abc import Callable

import pyarrow as pa
import pytest

from simulation import simulate

Tables = dict[str, pa.Table]


def _make(seed: int, enterprises: int, months: int, variant: str = "base") -> Tables:
    parts: dict[str, list[pa.Table]] = defaultdict(list)
    for name, rows in simulate(enterprises, months, seed, variant=variant):
        parts[name].append(rows)
    return {name: pa.concat_tables(rows) for name, rows in parts.items()}


@pytest.fixture(scope="session")
def make_world() -> Callable[..., Tables]:
    """Make a world: every table whole."""
    return _make


@pytest.fixture(scope="session")
def world() -> Tables:
    """A hundred and twenty firms over thirty hard months."""
    return _make(7, 120, 30, "stressed")
