"""Features of one firm: panel and features are planned once a process, then run over the rows of that firm alone."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from features.catalogue import CATALOGUE
from features.contract import TABLES
from features.engine import connect
from features.evidence.rules import FlowRules
from features.matrix import POPULATION, matrix
from features.panel import build
from features.standing import Standing
from pipelines.other_firms import KINDS
from pipelines.panel import rules
from pipelines.storage.duck import parquet

if TYPE_CHECKING:
    import pandas as pd

MATRIX = "features_matrix"
# A group's exposure is of several firms; every other fact is read of the firm alone.
OF_THE_FIRM = "enterprise_id = $firm"
OF_ITS_GROUPS = "group_id IN (SELECT group_id FROM {rows} WHERE enterprise_id = $firm)"


def from_facts(
    facts: Mapping[str, pa.Table],
    asked: pa.Table,
    others: Mapping[str, pa.Table],
    names: Collection[str] = CATALOGUE,
    by: FlowRules | None = None,
) -> "pd.DataFrame":
    """Features of questions from canonical tables in memory.

    Parameters
    ----------
    facts : mapping
        Canonical tables of one firm, or few, by name.
    asked : table
        The questions, columns of ``features.matrix.POPULATION``.
    others : mapping
        Figures of other firms for the months of the questions, by the names of ``pipelines.other_firms.KINDS``; those
        that the features need.
    names : collection
        Features that are asked for, in the order of the catalogue. Each choice has plans of its own, of which few are
        kept.
    by : FlowRules
        By default those in force.

    Returns
    -------
    DataFrame
        As ``features.matrix.matrix`` gives it, in no particular order.
    """
    rows = {f"fact_{name}": table for name, table in facts.items()}
    standing = _standing(by or rules(), tuple(names))
    return standing.over({**rows, **_beside(asked, others)}, ("panel", "features"), MATRIX)


def from_files(
    panel: Mapping[str, list[Path]],
    facts: Mapping[str, list[Path]],
    asked: pa.Table,
    others: Mapping[str, pa.Table],
    names: Collection[str] = CATALOGUE,
) -> "pd.DataFrame":
    """As ``from_facts``, of questions that are all of one firm, from the Parquet files of a panel and of facts."""
    standing, (firm,) = _standing(rules(), tuple(names)), asked["enterprise_id"].unique().to_pylist()
    files = {f"panel_{name}": paths for name, paths in panel.items()} | {f"fact_{n}": f for n, f in facts.items()}
    rows = _read({name: files[name] for name in standing.reads("features") if files.get(name)}, firm)
    return standing.over({**rows, **_beside(asked, others)}, ("features",), MATRIX)


def told_of(firm: str, facts: Mapping[str, list[Path]]) -> dict[str, pa.Table]:
    """What the Parquet files of facts tell of a firm, as ``from_facts`` takes it."""
    rows = _read({f"fact_{name}": files for name, files in facts.items() if files}, firm)
    return {name.removeprefix("fact_"): table for name, table in rows.items()}


def _beside(asked: pa.Table, others: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    return {"population": asked, **{f"panel_{name}": rows for name, rows in others.items()}}


def _read(files: Mapping[str, list[Path]], firm: str) -> dict[str, pa.Table]:
    """The rows of a firm in each table."""
    con, found = connect(threads=1).con, {}
    for name, paths in files.items():
        rows = parquet(paths)
        where = f"{OF_THE_FIRM} OR {OF_ITS_GROUPS.format(rows=rows)}" if name == "fact_loan" else OF_THE_FIRM
        found[name] = con.execute(f"SELECT * FROM {rows} WHERE {where}", {"firm": firm}).to_arrow_table()  # noqa: S608
    con.close()
    return found


@lru_cache(maxsize=2)
def _standing(by: FlowRules, names: tuple[str, ...]) -> Standing:
    """The builds by these flow rules."""
    facts = {f"fact_{name}": table.schema for name, table in TABLES.items()}
    others = {f"panel_{name}": kind.schema for name, kind in KINDS.items() if kind.needed(names)}
    standing = Standing({**facts, **others, "population": POPULATION.to_pyarrow()})
    known = {name: standing.table(f"fact_{name}") for name in TABLES}
    held = standing.build("panel", lambda keep: build(known, by, keep), by.digest, known.values())
    held |= {name.removeprefix("panel_"): standing.table(name) for name in others}
    population = standing.table("population")
    reads = (*held.values(), *known.values(), population)
    standing.build(
        "features", lambda keep: {"matrix": matrix(held, known, population, keep, names)}, repr([*names]), reads
    )
    return standing
