"""Features of a population from a store, as of each row's own date."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from features.catalogue import CATALOGUE, EVERY
from features.contract import TABLES
from features.engine import DUCKDB, Backend, connect, engine, frame, register, run
from features.errors import ContractError, WindowError
from features.evidence.rules import FlowRules
from features.knowledge import MONTHS, newest
from features.matrix import POPULATION, matrix
from pipelines.applicant import from_facts, from_files, told_of
from pipelines.other_firms import other_firms
from pipelines.panel import panel, panel_files
from pipelines.permitted import features_in_use
from pipelines.report.whole import whole
from pipelines.side_by_side import AT_ONCE, side_by_side, threads_for
from pipelines.store import Firms, Store

ASKED = ("requested_amount", "requested_term_months")
QUESTIONS_A_PART = 2_500  # fewer are not worth parting, since each part has a fixed cost
MOST_A_PART, MEMORY = 6_000, "600MB"  # of a part, so that memory does not grow with the questions


def compute(
    store: Store,
    population: pd.DataFrame,
    on: str = DUCKDB,
    names: Collection[str] | None = None,
) -> pd.DataFrame:
    """One row a question: ``enterprise_id``, ``as_of`` and every feature as float64, in the order asked.

    Parameters
    ----------
    store : Store
    population : DataFrame
        ``enterprise_id`` and ``as_of``, optionally ``application_id``, ``requested_amount`` (yuan) and
        ``requested_term_months``.
    on : str
        The engine: ``duckdb``, ``spark``, or the address of a Spark master.
    names : collection
        Features that are asked for, by default all that the bank has in use (``pipelines.permitted``).
    """
    rows, asked = questions(population), features_in_use() if names is None else names
    wanted = [name for name in EVERY if name in asked]
    one = on == DUCKDB and len(wanted) >= len(CATALOGUE) and len(rows["enterprise_id"].unique()) == 1
    found = _of_one(store, rows, wanted) if one else _of_many(store, rows, on, wanted)
    return _in_order(found, wanted)


def compute_alone(facts: Mapping[str, pa.Table], population: pd.DataFrame, bank: Store) -> pd.DataFrame:
    """As ``compute``, from the canonical tables of a firm, or of few, in memory."""
    rows, wanted = questions(population), [*features_in_use()]
    return _in_order(from_facts(facts, rows, _others(bank, rows, wanted), wanted), wanted)


def compute_by(
    store: Store, population: pd.DataFrame, names: Collection[str], by: FlowRules, others: Mapping[str, pa.Table]
) -> pd.DataFrame:
    """As ``compute``, of one firm by other flow rules than those in force, for which no panel stands.

    Parameters
    ----------
    others : mapping
        Figures of other firms by these rules, of which ``store`` tells nothing; those that the features need.
    """
    rows, wanted = questions(population), [name for name in EVERY if name in names]
    (firm,) = rows["enterprise_id"].unique().to_pylist()
    facts = told_of(firm, {name: store.files(name) for name in TABLES})
    return _in_order(from_facts(facts, rows, others, wanted, by), wanted)


def _of_one(store: Store, rows: pa.Table, wanted: list[str]) -> pd.DataFrame:
    held, facts = panel_files(store, engine()), {name: store.files(name) for name in TABLES}
    return from_files(held, facts, rows, _others(store, rows, wanted), wanted)


def _others(bank: Store, rows: pa.Table, wanted: list[str]) -> dict[str, pa.Table]:
    return {name: figures.to_pyarrow() for name, figures in _told(bank, engine(), rows, wanted).items()}


def _told(store: Store, backend: Backend, rows: pa.Table, wanted: list[str]) -> dict[str, ir.Table]:
    return other_firms(store, backend, rows["as_of"].unique().to_pylist(), wanted)


def _of_many(store: Store, rows: pa.Table, on: str, wanted: list[str]) -> pd.DataFrame:
    if on != DUCKDB or rows.num_rows < AT_ONCE * QUESTIONS_A_PART:
        threads = threads_for(max(store.largest, MONTHS * rows.num_rows))
        return _of_part(store, connect(threads) if on == DUCKDB else engine(on), rows, wanted)
    panel_files(store, engine())
    _told(store, engine(), rows, wanted)  # what is kept is made here, or each part would make it
    rows = rows.sort_by("enterprise_id")  # so that a part reads what is of its own firms
    pieces = max(AT_ONCE, -(-rows.num_rows // MOST_A_PART))
    size = -(-rows.num_rows // pieces)
    parts = [rows.slice(start, size) for start in range(0, rows.num_rows, size)]
    return pd.concat(
        side_by_side(lambda part, threads: _of_firms(store, connect(threads, MEMORY), part, wanted), parts)
    )


def _of_firms(store: Store, backend: Backend, rows: pa.Table, wanted: list[str]) -> pd.DataFrame:
    ids = rows["enterprise_id"]
    found = _of_part(store, backend, rows, wanted, (ids[0].as_py(), ids[-1].as_py()))
    backend.disconnect()
    return found


def _of_part(
    store: Store, backend: Backend, rows: pa.Table, wanted: list[str], firms: Firms | None = None
) -> pd.DataFrame:
    asked = register(backend, "population", rows)
    held, facts = panel(store, backend, firms), store.facts(backend)  # a loan of its group may be of another firm
    held |= _told(store, backend, rows, wanted)
    found = run(
        backend,
        "features",
        lambda keep: {"matrix": matrix(held, facts, asked, keep, wanted)},
        repr(wanted),
        reads=(*held.values(), *facts.values(), asked),
    )
    return frame(found["matrix"])


def _in_order(found: pd.DataFrame, wanted: Iterable[str]) -> pd.DataFrame:
    """Rows as they were asked."""
    values = found.sort_values("row", ignore_index=True)
    asked = values[["enterprise_id"]].assign(as_of=pd.to_datetime(values["as_of"]))
    return asked.join(values[list(wanted)].astype("float64"))


def read_population(path: Path) -> pd.DataFrame:
    """The rows of a CSV or Parquet file with ``enterprise_id``, ``as_of`` and optionally the terms asked for.

    Raises
    ------
    ContractError
        When the file cannot be read, lacks a column, or has a cell that is no firm, date or number.
    """
    try:
        frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype="string")
    except (OSError, ValueError) as error:
        raise ContractError(
            f"无法作为名单读取（{error}），应为 CSV 或 Parquet 文件",
            f"cannot be read as a population ({error}); expected CSV or Parquet",
            path,
        ) from error
    if missing := [name for name in ("enterprise_id", "as_of") if name not in frame]:
        raise ContractError(
            f"缺少列 {'、'.join(missing)}，应有 enterprise_id 和 as_of（YYYY-MM-DD）",
            f"lacks column {', '.join(missing)}; expected enterprise_id and as_of (YYYY-MM-DD)",
            path,
        )
    dates = pd.to_datetime(frame["as_of"].astype("string"), format="ISO8601", errors="coerce")
    numbers = {name: pd.to_numeric(frame[name], errors="coerce") for name in ASKED if name in frame}
    _refuse_first(path, frame, "enterprise_id", frame["enterprise_id"].isna(), "企业编号", "a firm")
    _refuse_first(path, frame, "as_of", dates.isna(), "日期（YYYY-MM-DD）", "a date (YYYY-MM-DD)")
    for name, values in numbers.items():
        _refuse_first(path, frame, name, values.isna() & frame[name].notna(), "数", "a number")
    return frame.assign(as_of=dates, **{name: values.astype("float64") for name, values in numbers.items()})


def _refuse_first(path: Path, frame: pd.DataFrame, column: str, wrong: pd.Series, zh: str, en: str) -> None:
    """Raise for the first row that is wrong; the header of a CSV file is its row 1."""
    if wrong.any():
        place = int(wrong.to_numpy().argmax())
        row = place + (1 if path.suffix == ".parquet" else 2)
        found = frame[column].iloc[place]
        shown = ("为空", "is empty") if pd.isna(found) else (f"为 {str(found)!r}", f"is {str(found)!r}")
        raise ContractError(
            f"第 {row} 行列 {column} {shown[0]}，应为{zh}",
            f"row {row}, column {column} {shown[1]}; expected {en}",
            path,
        )


def write_matrix(matrix: pd.DataFrame, out: Path) -> None:
    """Write Parquet beside the target and move it into place, so that no half file is ever seen."""
    with whole(out) as staged:
        matrix.to_parquet(staged, index=False)


def latest_applications(store: Store, as_of: date, enterprises: list[str] | None = None) -> pd.DataFrame:
    """The population of a date: every firm known before it, with the terms of its last application up to the date.

    The application is the question that is asked, so the one handed in on the date itself counts.
    """
    backend = connect()
    facts = store.facts(backend)
    firms = facts["enterprise"]
    firms = firms.filter(firms.known_at < as_of).select("enterprise_id").distinct()
    asked = facts["application"]
    asked = newest(asked.filter(asked.known_at <= as_of), ["application_id"])
    asked = newest(asked.filter(asked.applied_on <= as_of), ["enterprise_id"], "applied_on", "application_id")
    asked = asked.select(
        "enterprise_id",
        "application_id",
        requested_amount=asked.amount.cast("float64"),
        requested_term_months=asked.term_months.cast("float64"),
    )
    joined = firms.left_join(asked, "enterprise_id").drop("enterprise_id_right").order_by("enterprise_id")
    frame: pd.DataFrame = joined.to_pandas().assign(as_of=as_of)
    return frame[frame["enterprise_id"].isin(enterprises)].reset_index(drop=True) if enterprises is not None else frame


def questions(population: pd.DataFrame) -> pa.Table:
    """The population with the columns and types of ``POPULATION``.

    Raises
    ------
    WindowError
        When it lacks a column or a date.
    """
    for needed in ("enterprise_id", "as_of"):
        if needed not in population or population[needed].isna().any():
            raise WindowError(
                f"名单的列“{needed}”缺失或有空值，每行都应有值",
                f"population: column '{needed}' is missing or has empty cells; expected one value a row",
            )
    frame = population.reindex(columns=["enterprise_id", "as_of", *ASKED]).reset_index(drop=True)
    frame["as_of"] = pd.to_datetime(frame["as_of"]).dt.date
    frame[list(ASKED)] = frame[list(ASKED)].astype("float64")
    frame.insert(0, "row", range(len(frame)))
    return pa.Table.from_pandas(frame, schema=POPULATION.to_pyarrow(), preserve_index=False)


def asked_of(backend: Backend, firms: Sequence[str], as_of: date) -> ir.Table:
    """A question about each of the firms on the date, in the engine."""
    rows = questions(pd.DataFrame({"enterprise_id": [*firms], "as_of": as_of}))
    return register(backend, "population", rows)
