"""Small worlds written by hand: rows with the columns that matter, the rest filled in."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.catalogue import CATALOGUE
from features.contract import TABLES
from features.engine import connect, register, run
from features.evidence.flows import flows
from features.evidence.rules import FlowRules
from features.panel import build
from features.standing import Standing

World = Mapping[str, pa.Table]
FIRM = {"enterprise_id": "a", "known_at": date(2020, 1, 1)}
BASIC = {"holder": "firm", "kind": "basic", "institution": "bank", "currency": "CNY"}
DEFAULTS: dict[str, dict[str, object]] = {
    "enterprise": {"name": "甲厂"},
    "account": {"account_id": "a1", **BASIC},
    "line": {"account_id": "a1", "direction": "in", "amount": "100.00"},
    "platform_month": {"institution": "other", "category": "other_counterparty", "direction": "in", "count": 1},
    "account_month": {"account_id": "a1"},
    "invoice": {"direction": "in", "number": "1", "counterparty_id": "p", "net": 0, "vat": 0},
    "related_party": {"name": "某", "relation": "owner"},
    "utility_bill": {"kind": "electricity"},
    "tax_filing": {"kind": "vat"},
    "credit_line": {"institution": "x", "kind": "bank", "committed": 0, "balance": 0, "overdue": 0},
    "credit_query": {"institution": "x", "reason": "application"},
    "court_event": {"kind": "enforcement"},
    "loan": {"product": "p", "repayment": "annuity", "principal": 0, "annual_rate": 0, "term_months": 12},
    "application": {"purpose": "unknown", "term_months": 12, "amount": 0},
    "instalment": {"principal_due": 100, "interest_due": 0, "paid": 0},
}
HAPPENED = ("booked_at", "issued_on", "due_on", "happened_on", "queried_on", "opened_on", "disbursed_on", "applied_on")


def _whole(name: str, number: int, row: dict[str, object]) -> dict[str, object]:
    """A row with what it leaves out: numbered where it has no identifier, known when it happened."""
    day = next((row[column] for column in HAPPENED if row.get(column)), FIRM["known_at"])
    own = {key: f"{name}{number}" for key in TABLES[name].key if key.endswith("_id") and key != "enterprise_id"}
    return {**FIRM, "known_at": day, "sequence": number, **own, **DEFAULTS.get(name, {}), **row}


@pytest.fixture(scope="session")
def world_of(table) -> Callable[..., World]:
    """Canonical tables from rows; a firm ``a`` with one account is there unless given otherwise."""

    def of(**rows: list[dict[str, object]]) -> World:
        rows = {"enterprise": [{}], "account": [{}], **rows}
        return {name: table(name, [_whole(name, n, row) for n, row in enumerate(some)]) for name, some in rows.items()}

    return of


def _apart(number: int, world: World) -> World:
    """The world with its number before every identifier, so that worlds can stand side by side."""
    accounts = world["account"]["account_id"].combine_chunks()

    def numbered(column: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
        named = pc.binary_join_element_wise(str(number), values, ".") if pa.types.is_string(values.type) else values
        if column == "counterparty_account":
            return pc.if_else(pc.is_in(values, accounts), named, values)
        return named if column.endswith("_id") else values

    return {
        name: pa.table([numbered(c, rows[c]) for c in rows.column_names], rows.schema) for name, rows in world.items()
    }


def _side_by_side(worlds: Sequence[World]) -> World:
    """Worlds as one, each of firms of its own: an engine takes as long for one firm as for fifty."""
    apart = [_apart(number, world) for number, world in enumerate(worlds)]
    return {name: pa.concat_tables(w[name] for w in apart if name in w) for name in {n for w in apart for n in w}}


@pytest.fixture(scope="session")
def side_by_side() -> Callable[[Sequence[World]], World]:
    """Several worlds as one; ``1.a`` is firm ``a`` of the second."""
    return _side_by_side


def _of_one(number: int, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of one of the worlds that stood side by side, with the identifiers that it had."""
    own = frame[frame["enterprise_id"].str.startswith(f"{number}.")].reset_index(drop=True)
    texts = own.select_dtypes("str")
    return own.assign(**{name: texts[name].str.removeprefix(f"{number}.") for name in texts})


@pytest.fixture(scope="module")
def answers(request, world_of, features_of) -> Mapping[tuple[str, str], pd.Series]:
    """Features of firm ``a`` in every world that a test of the file is marked with, by test and name of the world."""
    tests = [item for item in request.session.items if item.path == request.path]
    marks = [(test.name, mark.kwargs) for test in tests for mark in test.iter_markers("worlds")]
    marked = {(test, name): dict(rows) for test, worlds in marks for name, rows in worlds.items()}
    as_of = [rows.pop("as_of", request.module.AS_OF) for rows in marked.values()]
    worlds = [world_of(**rows) for rows in marked.values()]
    population = pd.DataFrame({"enterprise_id": [f"{n}.a" for n in range(len(worlds))], "as_of": as_of})
    found = features_of(_side_by_side(worlds), population).astype(dict.fromkeys(CATALOGUE, float))
    return {key: found.iloc[number] for number, key in enumerate(marked)}


@pytest.fixture
def found(request, answers) -> Mapping[str, pd.Series]:
    """Features of firm ``a`` on the file's ``AS_OF``, or the world's own, in each of the worlds of the test's mark."""
    return {name: row for (test, name), row in answers.items() if test == request.node.name}


@pytest.fixture(scope="session")
def facts_of(table) -> Callable[[World], dict[str, object]]:
    """The tables of a world in an engine of their own; for so little, a second thread costs more than it saves."""

    def of(world: World, threads: int = 1) -> dict[str, object]:
        backend = connect(threads)
        return {name: register(backend, f"fact_{name}", world.get(name, table(name, []))) for name in TABLES}

    return of


@pytest.fixture(scope="session")
def standing(rules) -> Callable[..., Callable[[World], dict[str, pa.Table]]]:
    """A build over all facts that is planned once: the tables that it gives of a world, by name."""

    def planned(name: str, build: Callable[..., Mapping[str, object]]) -> Callable[[World], dict[str, pa.Table]]:
        plans = Standing({f"fact_{fact}": table.schema for fact, table in TABLES.items()})
        facts = {fact: plans.table(f"fact_{fact}") for fact in TABLES}
        given = plans.build(name, lambda keep: build(facts, rules, keep), rules.digest, facts.values())
        names = {table: rows.get_name() for table, rows in given.items()}

        def of(world: World) -> dict[str, pa.Table]:
            found = plans.each({f"fact_{fact}": rows for fact, rows in world.items()}, (name,), names.values())
            return {table: found[stored] for table, stored in names.items()}

        return of

    return planned


@pytest.fixture(scope="session")
def flows_of(facts_of, rules, standing) -> Callable[..., list[dict[str, object]]]:
    """Label versions of a world's flows, in the order of line and time."""
    planned = standing("flows", lambda facts, by, keep: {"labelled": flows(facts, by, keep)})

    def by_other(world: World, by: FlowRules) -> pa.Table:
        facts = facts_of(world)
        found = run(
            facts["line"].get_backend(), "flows", lambda keep: {"labelled": flows(facts, by, keep)}, by.digest,
            reads=facts.values(),
        )  # fmt: skip
        return found["labelled"].to_pyarrow()

    def of(world: World, by: FlowRules = rules) -> list[dict[str, object]]:
        rows = (planned(world)["labelled"] if by is rules else by_other(world, by)).to_pylist()
        return sorted(rows, key=lambda row: (row["line_id"], row["known_from"]))

    return of


@pytest.fixture(scope="session")
def flows_each(flows_of, world_of) -> Callable[..., list[list[dict[str, object]]]]:
    """What ``flows_of`` says of each of several worlds, given as rows by table and worked out at once."""

    def of(worlds: Sequence[dict[str, object]]) -> list[list[dict[str, object]]]:
        rows = flows_of(_side_by_side([world_of(**rows) for rows in worlds]))
        return [
            [{k: v.removeprefix(f"{n}.") if isinstance(v, str) else v for k, v in row.items()}
             for row in rows if str(row["enterprise_id"]).startswith(f"{n}.")]
            for n in range(len(worlds))
        ]  # fmt: skip

    return of


@pytest.fixture(scope="session")
def panel_each(panel_of, world_of) -> Callable[..., list[dict[str, pd.DataFrame]]]:
    """What ``panel_of`` says of each of several worlds, given as rows by table and worked out at once."""

    def of(worlds: Sequence[dict[str, object]]) -> list[dict[str, pd.DataFrame]]:
        panel = panel_of(_side_by_side([world_of(**rows) for rows in worlds]))
        return [{name: _of_one(n, frame) for name, frame in panel.items()} for n in range(len(worlds))]

    return of


@pytest.fixture(scope="session")
def panel_of(standing) -> Callable[[World], dict[str, pd.DataFrame]]:
    """The panel tables of a world as frames, sorted by their columns."""
    planned = standing("panel", build)

    def of(world: World) -> dict[str, pd.DataFrame]:
        frames = {name: rows.to_pandas() for name, rows in planned(world).items()}
        return {name: rows.sort_values([*rows.columns], ignore_index=True) for name, rows in frames.items()}

    return of
