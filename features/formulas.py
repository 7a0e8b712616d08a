"""From a row of monthly lists and stocks to features, stage by stage in a fixed order."""

from collections.abc import Collection, Iterable
from typing import cast

import ibis
import ibis.expr.types as ir

from features.catalogue import EVERY, SUBJECTS, Row
from features.engine import Keep


def formulas(wide: ir.Table, keep: Keep, names: Collection[str]) -> ir.Table:
    """``row``, ``enterprise_id``, ``as_of`` and these features of the catalogue, in its order."""
    for number, stage in enumerate(_stages(names), start=1):
        row = Row(wide)
        values = _values(row, stage)
        if row.parts:
            wide = keep(f"parts_{number}", wide.mutate(**row.parts))
            values = _values(Row(wide), stage)
        wide = wide.mutate(**values)
    return wide.select("row", "enterprise_id", "as_of", *(name for name in EVERY if name in names))


def reads(names: Collection[str]) -> set[str]:
    """Columns that these features and all that they read are made of: subjects, and what blocks tell of a question."""
    asked = _Asked()
    row = Row(cast("ir.Table", asked))
    for stage in _stages(names):
        _values(row, stage)
    return asked.names - {*EVERY}


class _Asked:
    """Stands for a wide table that has every column, and remembers which were asked for."""

    columns = ()

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> ir.Value:
        self.names.add(name)
        kind = "array<float64>" if name in SUBJECTS else "float64"
        return ibis.table({name: kind}, name="wide")[name]


def beside(wide: ir.Table, blocks: Iterable[ir.Table]) -> ir.Table:
    """The columns of blocks that have one row a question, nothing where a block has none."""
    for block in blocks:
        wide = wide.left_join(block, "row").drop("row_right")
    return wide


def _values(row: Row, names: Iterable[str]) -> dict[str, ir.Value]:
    return {name: EVERY[name].formula(row).cast("float64") for name in names}


def _stages(names: Collection[str]) -> list[list[str]]:
    """These features and all that they read, by the depth at which everything they read is there."""
    depth: dict[str, int] = {}

    def of(name: str) -> int:
        if name not in depth:
            depth[name] = 1 + max((of(a) for a in EVERY[name].after), default=0)
        return depth[name]

    deepest = max(of(name) for name in names)
    return [[name for name in EVERY if depth.get(name) == d] for d in range(1, deepest + 1)]
