"""What many tests share: canonical tables of small random worlds, and features straight from such tables."""

import gc
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from features.catalogue import CATALOGUE
from features.catalogue.peers import FEWEST
from features.contract import TABLES
from features.contract.words import CATEGORIES
from features.engine import connect, frame, hold, register, run
from features.evidence.rules import FlowRules
from features.matrix import POPULATION, matrix
from features.panel import build
from features.peers import PEER, peers
from pipelines.applicant import from_facts
from pipelines.scripts import Scripts
from pipelines.settings import conf

World = dict[str, pa.Table]
WHOLE = repr([*CATALOGUE])
START, DAYS = date(2023, 1, 1), 900
SUMMARIES = [
    "货款",
    "工资",
    "缴税 增值税",
    "社保",
    "电费",
    "归还贷款本金",
    "贷款发放",
    "退款",
    "现金存入",
    "结息",
    None,
]


def typed(name: str, rows: list[dict[str, object]]) -> pa.Table:
    """Rows as a canonical table; columns left out are null."""
    schema = TABLES[name].schema
    nullable = pa.schema([field.with_nullable(True) for field in schema])
    filled = [{column: row.get(column) for column in schema.names} for row in rows]
    frame = {
        field.name: pa.array([_fitting(row[field.name], field.type) for row in filled], field.type)
        for field in nullable
    }
    return pa.table(frame, schema=nullable)


def _fitting(value: object, kind: pa.DataType) -> object:
    from decimal import Decimal

    return Decimal(str(value)) if pa.types.is_decimal(kind) and value is not None else value


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first, and the longest of all, so that in the end no worker waits for another's file."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path.name != "test_engines.py", item.path not in slow))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and collected stays: the collector would look at its objects, half a million, time and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(50_000)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything must be at hand, a test that was skipped is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("SME_CREDIT_NO_SKIPS"):
        reporter.write_line(f"{len(skipped)} tests were skipped, and SME_CREDIT_NO_SKIPS is set")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def without_sync() -> Iterator[None]:
    """Nothing that a test writes must outlive a power cut, and each of thousands of small files would wait for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        event.listen(Engine, "connect", _no_wait)
        yield
        event.remove(Engine, "connect", _no_wait)


def _no_wait(connection: object, _: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder that all processes of a run have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def scripts(shared: Path) -> Path:
    """Folder where all processes of a run keep the text of builds."""
    folder = shared / "scripts"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@pytest.fixture(scope="session", autouse=True)
def migrated_once(shared: Path) -> Iterator[None]:
    """MLflow takes two seconds to make the tables of a new database: it does once a run, and then they are copied."""
    made = shared / "tables" / "mlflow.db"

    def begin(_dialect: object, _record: object, arguments: tuple[object, ...], _more: object) -> None:
        file = Path(str(arguments[0] if arguments else ""))
        if file.name == made.name and file.parent.parent != made.parent and not file.exists():
            if not made.exists():
                _make_tables(made)
            shutil.copyfile(made, file)

    event.listen(Engine, "do_connect", begin)
    yield
    event.remove(Engine, "do_connect", begin)


def _make_tables(file: Path) -> None:
    """As MLflow makes them, in a process of its own: here it is about to make others, and holds a lock."""
    file.parent.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=file.parent) as folder:
        make = "from mlflow.store.tracking import sqlalchemy_store as s; import sys; s.SqlAlchemyStore(*sys.argv[1:])"
        subprocess.run([sys.executable, "-c", make, f"sqlite:///{folder}/{file.name}", folder], check=True)
        (Path(folder) / file.name).replace(file)  # in one step, since another worker may do the same


@pytest.fixture(scope="session", autouse=True)
def written_once(tmp_path_factory: pytest.TempPathFactory, scripts: Path) -> Iterator[None]:
    """A build that a worker has written is there for the others, for the processes that they start and for commands.

    No test writes into the home folder of whoever runs it.
    """
    home = tmp_path_factory.mktemp("home")
    (home / "scripts").symlink_to(scripts)
    hold(Scripts(scripts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SME_CREDIT_HOME", str(home))
        yield


@pytest.fixture(scope="session")
def table() -> Callable[[str, list[dict[str, object]]], pa.Table]:
    """Make a canonical table from dictionaries."""
    return typed


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data beside the checkout; without it a test is skipped, or fails where no skip is allowed."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        reason = f"needs the real data in {folder}"
        if os.environ.get("SME_CREDIT_NO_SKIPS"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def rules() -> FlowRules:
    """The flow rules that ship."""
    return FlowRules.parse(conf("flow_rules.yaml"), conf("institutions.yaml"))


@pytest.fixture(scope="session")
def peers_of() -> Callable[..., object]:
    """The table ``peer`` of the months that are asked for, by the name that it has in a store; empty with few firms."""

    def of(panel: dict[str, object], facts: dict[str, object], population: pd.DataFrame) -> object:
        backend = facts["enterprise"].get_backend()
        rows = PEER.to_pyarrow().empty_table()
        if facts["enterprise"].enterprise_id.nunique().execute() >= FEWEST:
            days = sorted({pd.Timestamp(day).date().replace(day=1) for day in population["as_of"]})
            dates = register(backend, "dates", pa.table({"as_of": pa.array(days, pa.date32())}))
            reads = (*panel.values(), *facts.values(), dates)
            # as pipelines.other_firms builds it, so that a process writes the text once
            found = run(backend, "peers", lambda keep: {"figures": peers(panel, facts, dates, keep)}, reads=reads)
            rows = found["figures"].to_pyarrow()
        return register(backend, "panel_peer", rows)

    return of


@pytest.fixture(scope="session")
def features_of(
    rules: FlowRules, peers_of: Callable[..., object]
) -> Callable[[Mapping[str, pa.Table], pd.DataFrame], pd.DataFrame]:
    """Panel and matrix of a world of Arrow tables, without a store: with few firms by plans that stand."""

    def compute(world: Mapping[str, pa.Table], population: pd.DataFrame) -> pd.DataFrame:
        rows = population.reindex(columns=["enterprise_id", "as_of", "requested_amount", "requested_term_months"])
        rows.insert(0, "row", range(len(rows)))
        asked = pa.Table.from_pandas(rows, POPULATION.to_pyarrow(), False)
        few = len(world.get("enterprise", ())) < FEWEST
        found = from_facts(world, asked, {"peer": PEER.to_pyarrow().empty_table()}) if few else of_many(world, asked)
        return found.sort_values("row", ignore_index=True)

    def of_many(world: Mapping[str, pa.Table], asked: pa.Table) -> pd.DataFrame:
        backend = connect(threads=1)  # for so little, a second costs more than it saves
        facts = {name: register(backend, f"fact_{name}", world.get(name, typed(name, []))) for name in TABLES}
        panel = run(backend, "panel", lambda keep: build(facts, rules, keep), rules.digest, reads=facts.values())
        panel["peer"] = peers_of(panel, facts, asked.to_pandas())
        population = register(backend, "population", asked)
        reads = (*panel.values(), *facts.values(), population)
        # by the name of pipelines.features, so that a process writes the text of this build once
        found = run(
            backend, "features", lambda keep: {"matrix": matrix(panel, facts, population, keep)}, WHOLE, reads=reads
        )
        return frame(found["matrix"])

    return compute


@pytest.fixture(scope="session")
def random_world() -> Callable[..., World]:
    """A world of firms ``a``, ``b`` ... with late news, corrections, and bills paid late or never."""
    return _random_world


@pytest.fixture(scope="session")
def trading_world() -> Callable[..., World]:
    """As ``random_world``, of six firms or more, where the counterparties of lines are the first six of them."""

    def of(seed: int, firms: str) -> World:
        world = _random_world(seed, firms)
        lines, column = world["line"], "counterparty_id"
        places = pc.index_in(lines[column], pa.array([f"p{number}" for number in range(6)]))
        parties = pa.array([*firms]).take(places)
        return {**world, "line": lines.set_column(lines.column_names.index(column), column, parties)}

    return of


def _random_world(seed: int, firms: str = "abc") -> World:
    rng = np.random.default_rng(seed)
    made = partial(_rows, rng)
    world: dict[str, list[dict[str, object]]] = {
        "enterprise": made(_enterprise, firms, 1),
        "account": [_account(rng, firm, number) for firm in firms for number in range(2)],
        "related_party": made(_related, firms, 2),
        "line": made(_line, firms, 90),
        "invoice": made(_invoice, firms[2::3], 20),
        "utility_bill": made(_bill, firms, 24),
        "bill": made(_acceptance, firms, 4),
        "guarantee": made(_guarantee, firms, 2),
        "tax_filing": made(_filing, firms, 6),
        "tax_grade": made(_grade, firms, 2),
        "social_insurance": made(_social, firms, 6),
        "court_event": made(_court, firms, 2),
        "credit_query": made(_query, firms, 3),
        "credit_line": made(_credit_line, firms, 3),
        "loan": made(_loan, firms, 2),
        "instalment": made(_instalment, firms, 6),
        "platform_month": made(_statistic, firms, 40),
        "account_month": made(_account_month, firms, 12),
        "financial_statement": made(_statement, firms, 3),
    }
    world["account"] += [_elsewhere(rng, firm) for firm in firms]
    return {name: typed(name, _once(name, rows)) for name, rows in world.items()}


def _rows(rng: np.random.Generator, make, firms: str, each: int) -> list[dict[str, object]]:  # type: ignore[no-untyped-def]
    """Rows of each firm; about one in six comes again as a later version with other content."""
    rows = []
    for firm in firms:
        for number in range(each):
            first = make(rng, firm, number)
            rows.append(first)
            if rng.random() < 1 / 6:
                key = {k: first[k] for k in TABLES[make.table].key}
                later = first["known_at"] + timedelta(days=int(rng.integers(1, 200)))
                rows.append({**make(rng, firm, number), **key, "known_at": later})
    return rows


def _once(name: str, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return list({tuple(row[k] for k in TABLES[name].version_key): row for row in rows}.values())


def _day(rng: np.random.Generator) -> date:
    return START + timedelta(days=int(rng.integers(0, DAYS)))


def _late(rng: np.random.Generator, day: date) -> date:
    return day + timedelta(days=int(rng.choice([0, 0, 0, 1, 5, 40, 200])))


def _maybe(rng: np.random.Generator, value: object, share: float = 0.5) -> object:
    return value if rng.random() < share else None


def _money(rng: np.random.Generator) -> str:
    return f"{rng.integers(1, 5_000_000) / 100:.2f}"


def _of(table_name: str):  # type: ignore[no-untyped-def]
    def mark(make):  # type: ignore[no-untyped-def]
        make.table = table_name
        return make

    return mark


@_of("financial_statement")
def _statement(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    end = (date(2023, 12, 31), date(2024, 6, 30), date(2024, 12, 31))[number]
    figures = ("revenue", "cost", "net_profit", "inventory", "receivables", "prepayments", "payables", "advances")
    known = {"enterprise_id": firm, "period_end": end, "months": (12, 6, 12)[number], "known_at": _late(rng, end)}
    return {**known, "equity": _money(rng), **{name: _money(rng) for name in figures}}


@_of("enterprise")
def _enterprise(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    return {
        "enterprise_id": firm,
        "name": f"企业{firm}{rng.integers(0, 2)}",
        "founded_on": _day(rng) - timedelta(days=2000),
        "sole_proprietor": bool(rng.random() < 0.5),
        "employees": int(rng.integers(1, 50)),
        "industry": ("C17", "C29", "C35")[ord(firm) % 3],
        "region": ("370100", "370281", "370300")[ord(firm) % 3],
        "size_class": ("micro", "small", "medium")[ord(firm) % 3],
        "known_at": START + timedelta(days=int(rng.integers(0, 60))),
    }


def _account(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    kind = "invoice_ledger" if firm in "cfil" and number == 0 else "basic"
    known = START + timedelta(days=int(rng.integers(0, 90)))
    return {"account_id": f"{firm}{number}", "enterprise_id": firm, "holder": "firm", "kind": kind,
            "institution": "bank", "currency": "CNY", "frozen": number == 1, "known_at": known}  # fmt: skip


def _elsewhere(rng: np.random.Generator, firm: str) -> dict[str, object]:
    """An account of which no line is ever shown; statistics may tell of its bank."""
    return {"account_id": f"{firm}2", "enterprise_id": firm, "holder": "firm", "kind": "general",
            "institution": "other", "currency": "CNY", "closed_on": _maybe(rng, _day(rng), 0.3),
            "known_at": START + timedelta(days=int(rng.integers(0, 300)))}  # fmt: skip


@_of("related_party")
def _related(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    return {"enterprise_id": firm, "party_id": f"p{number}", "name": "某", "relation": "owner", "known_at": _day(rng)}


@_of("line")
def _line(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    day = _day(rng)
    return {
        "line_id": f"{firm}-{number}",
        "account_id": f"{firm}{rng.integers(0, 2)}",
        "enterprise_id": firm,
        "booked_at": day,
        "sequence": number,
        "direction": str(rng.choice(["in", "out"])),
        "amount": _money(rng),
        "balance_after": _maybe(rng, f"{rng.integers(-500_000, 5_000_000) / 100:.2f}", 0.9),
        "counterparty_id": _maybe(rng, f"p{rng.integers(0, 6)}", 0.8),
        "counterparty_name": _maybe(rng, f"企业{firm}0", 0.1),
        "summary": SUMMARIES[int(rng.integers(0, len(SUMMARIES)))],
        "known_at": _late(rng, day),
    }


@_of("invoice")
def _invoice(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    day = _day(rng)
    gross = f"{rng.integers(-100_000, 1_000_000) / 100:.2f}"
    return {"invoice_id": f"i{firm}{number}", "enterprise_id": firm, "direction": str(rng.choice(["in", "out"])),
            "number": str(number), "issued_on": day, "counterparty_id": f"p{rng.integers(0, 4)}", "net": gross,
            "vat": "0.00", "gross": gross, "known_at": _late(rng, day)}  # fmt: skip


@_of("utility_bill")
def _bill(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    due, kind, usage = _day(rng), str(rng.choice(["electricity", "water"])), _money(rng)
    return {"bill_id": f"u{firm}{number}", "enterprise_id": firm, "kind": kind,
            "period": due.replace(day=1), "usage": usage, "usage_peak": usage if number % 3 else None,
            "amount": _money(rng), "due_on": due,
            "paid_on": _maybe(rng, _late(rng, due)), "known_at": _late(rng, due - timedelta(days=20))}  # fmt: skip


@_of("bill")
def _acceptance(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    day = _day(rng)
    return {"bill_id": f"b{firm}{number}", "enterprise_id": firm, "direction": "in", "kind": "bank_acceptance",
            "ground": str(rng.choice(["sale", "unknown"])), "counterparty_id": f"p{rng.integers(0, 4)}",
            "amount": _money(rng), "received_on": day, "matures_on": day + timedelta(days=180),
            "known_at": _late(rng, day)}  # fmt: skip


@_of("guarantee")
def _guarantee(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    day = _day(rng)
    return {"guarantee_id": f"g{firm}{number}", "enterprise_id": firm, "side": str(rng.choice(["given", "received"])),
            "party_id": f"p{number}", "amount": _money(rng), "starts_on": day,
            "ends_on": _maybe(rng, day + timedelta(days=365)), "known_at": _late(rng, day)}  # fmt: skip


@_of("tax_filing")
def _filing(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    due = _day(rng)
    return {"filing_id": f"t{firm}{number}", "enterprise_id": firm, "kind": "vat", "period_start": due,
            "period_end": due, "base": _money(rng), "amount_due": _maybe(rng, _money(rng), 0.9), "due_on": due,
            "paid_on": _maybe(rng, _late(rng, due)), "known_at": _late(rng, due)}  # fmt: skip


@_of("tax_grade")
def _grade(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    return {
        "enterprise_id": firm,
        "year": 2022 + number,
        "grade": str(rng.choice(list("ABMCD"))),
        "known_at": _day(rng),
    }


@_of("social_insurance")
def _social(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    due = _day(rng)
    return {"enterprise_id": firm, "month": due.replace(day=1), "headcount": int(rng.integers(1, 40)),
            "amount_due": _money(rng), "due_on": due, "paid_on": _maybe(rng, _late(rng, due)),
            "known_at": _late(rng, due)}  # fmt: skip


@_of("court_event")
def _court(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    day = _day(rng)
    return {"event_id": f"c{firm}{number}", "enterprise_id": firm, "kind": "enforcement", "happened_on": day,
            "known_at": _late(rng, day)}  # fmt: skip


@_of("credit_query")
def _query(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    day = _day(rng)
    return {"query_id": f"q{firm}{number}", "enterprise_id": firm, "queried_on": day, "institution": "x",
            "reason": str(rng.choice(["application", "own"])), "known_at": _late(rng, day)}  # fmt: skip


@_of("credit_line")
def _credit_line(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    day = _day(rng)
    return {"credit_line_id": f"l{firm}{number}", "enterprise_id": firm, "institution": f"bank{number % 2}",
            "kind": "bank", "committed": _money(rng), "balance": _money(rng), "overdue": _money(rng),
            "opened_on": day, "closed_on": _maybe(rng, _late(rng, day)), "known_at": _late(rng, day)}  # fmt: skip


@_of("loan")
def _loan(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    day = _day(rng)
    return {"loan_id": f"o{firm}{number}", "enterprise_id": firm, "product": "p", "repayment": "annuity",
            "committed": _money(rng), "principal": _money(rng), "annual_rate": "0.05", "term_months": 12,
            "disbursed_on": day, "matures_on": day + timedelta(days=365),
            "closed_on": _maybe(rng, _late(rng, day), 0.3), "known_at": _late(rng, day)}  # fmt: skip


@_of("instalment")
def _instalment(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    due = _day(rng)
    return {"loan_id": f"o{firm}0", "enterprise_id": firm, "number": number + 1, "due_on": due,
            "principal_due": _money(rng), "interest_due": "1.00", "paid": 0, "paid_on": _maybe(rng, _late(rng, due)),
            "known_at": _late(rng, due)}  # fmt: skip


@_of("platform_month")
def _statistic(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    month = _day(rng).replace(day=1)
    return {"enterprise_id": firm, "month": month, "institution": str(rng.choice(["bank", "other"])),
            "category": str(rng.choice(CATEGORIES)), "direction": str(rng.choice(["in", "out"])),
            "amount": _money(rng), "count": int(rng.integers(1, 20)),
            "known_at": _late(rng, month + timedelta(days=40))}  # fmt: skip


@_of("account_month")
def _account_month(rng: np.random.Generator, firm: str, number: int) -> dict[str, object]:
    month, lowest = _day(rng).replace(day=1), int(rng.integers(-200_000, 1_000_000))
    return {"account_id": f"{firm}{rng.integers(0, 3)}", "enterprise_id": firm, "month": month,
            "opening_balance": _maybe(rng, _money(rng)), "closing_balance": _money(rng),
            "average_balance": _maybe(rng, _money(rng)), "lowest_balance": _maybe(rng, f"{lowest / 100:.2f}"),
            "highest_balance": _maybe(rng, f"{(lowest + 100_000) / 100:.2f}"),
            "known_at": _late(rng, month + timedelta(days=35))}  # fmt: skip
